"""The manager's reports and lost customers, as somebody at a terminal gets them."""

from __future__ import annotations

import pytest

from tests.support.shell import Shell


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("churn", {"months", "quarters", "reasons", "alarms", "signals", "usual", "trace"}),
        ("relationships", {"stages", "not_proof"}),
        ("plans", {"all", "by_reason", "by_grade", "on_time_by_instalment", "trace"}),
        ("promises", {"kept", "by_reason", "by_grade", "by_reason_and_grade", "trace"}),
        ("wrongful", {"letters", "wrongful", "rate", "causes", "trace"}),
        ("dso", {"currencies", "trace"}),
        ("cei", {"currencies", "trace"}),
    ],
)
def test_every_report_is_one_document_with_what_stands_behind_it(shell: Shell, name: str, keys: set[str]) -> None:
    shown = shell.json("report", name, "--trace")
    assert (shown["report"], shown["date"]) == (name, "2026-11-20")
    assert keys <= shown.keys()
    assert shell.ok("report", name).strip()


def test_receivables_are_those_of_the_ageing_and_the_trace_adds_up_to_them(shell: Shell) -> None:
    shown = shell.json("report", "dso", "--trace")
    [kroner] = [one for one in shown["currencies"] if one["currency"] == "NOK"]
    newest = kroner["months"][-1]
    assert (newest["receivables"], newest["on"]) == ("50000.00", "2026-11-20")
    assert sorted(one["item"] for one in shown["trace"] if one["currency"] == "NOK") == ["1001", "1002"]


def test_a_customer_is_said_to_be_lost_and_taken_back(shell: Shell) -> None:
    lost = shell.json("lost", "A1", "--reason", "competitor", "--text", "Got a better offer.")
    assert (lost["customer"], lost["how"], lost["reason"], lost["lost_on"]) == (
        "A1",
        "notice",
        "competitor",
        "2026-11-20",
    )
    [month] = [one for one in shell.json("report", "churn")["months"] if one["month"] == "2026-11"]
    assert month["lost"] == 1
    assert shell.json("lost", "A1", "--back")["returned_on"] == "2026-11-20"
    assert shell.json("report", "churn")["months"][-1]["lost"] == 0


def test_lost_needs_a_reason_or_the_way_back(shell: Shell) -> None:
    assert "give either --reason" in shell.refused("lost", "A1")
    assert "is not one of closed, moved" in shell.refused("lost", "A1", "--reason", "boredom")
    assert "not counted as lost" in shell.refused("lost", "A1", "--back")
