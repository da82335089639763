"""The rules of care in the shell, and what the worklist says of relationships."""

from __future__ import annotations

from tests.support.shell import Shell


def test_the_rules_are_shown_with_what_they_do(shell: Shell) -> None:
    text = shell.ok("rules", "show")
    assert "danger_gap_days" in text and "90 days" in text and "a person calls before any letter" in text
    shown = shell.json("rules", "show")
    assert (shown["version"], shown["versions"], shown["rules"]["danger_gap_days"]) == (0, [], 90)


def test_a_file_changes_what_it_names_and_the_version_says_who_and_why(shell: Shell) -> None:
    file = shell.write("rules.yaml", "danger_gap_days: 60\nsave_desk: {A: Test Kari}\n")
    made = shell.json("rules", "set", file, "--why", "call sooner", "--by", "test boss")
    assert made == {
        "version": 1,
        "changed": {
            "danger_gap_days": {"before": 90, "after": 60},
            "save_desk": {"before": {}, "after": {"A": "Test Kari"}},
        },
    }
    [version] = shell.json("rules", "show")["versions"]
    assert (version["by"], version["why"], version["date"]) == ("test boss", "call sooner", "2026-11-20")
    assert "in force already" in shell.refused("rules", "set", file)
    later = shell.write("later.yaml", "strikes_stop: 3\n")
    assert shell.json("rules", "set", later)["version"] == 2
    assert shell.json("rules", "show")["rules"]["danger_gap_days"] == 60, "what a file does not name stays"


def test_a_file_that_is_none_is_refused_in_a_line(shell: Shell) -> None:
    for name, text, word in (
        ("a.yaml", "danger_gap_days: never\n", "danger_gap_days"),
        ("b.yaml", "no_such_rule: 1\n", "no_such_rule"),
        ("c.yaml", "- 1\n", "names and values"),
        ("d.yaml", "a: [", "not YAML"),
    ):
        error = shell.refused("rules", "set", shell.write(name, text))
        assert word in error and error.count("\n") <= 1
    assert "cannot be read" in shell.refused("rules", "set", shell.folder / "nowhere.yaml")


def test_the_worklist_says_how_the_relationship_stands(shell: Shell) -> None:
    shell.ok("note", "A1", "--kind", "complaint", "--text", "The goods were broken")
    shell.ok("run")
    row = next(one for one in shell.json("worklist") if one["customer"] == "A1")
    assert (row["attachment"], row["phase"], row["strikes"]) == (65, "using_and_paying", 0)
    assert (row["danger"], row["open_gap"], row["break_even"], row["save_desk"]) == (None, False, "unknown", False)
    assert 0 < row["keepability"] < 0.1
