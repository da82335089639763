"""The relationship from the shell: contacts imported, the timeline, promises of ours, strikes."""

from __future__ import annotations

import pytest

from tests.support.shell import Shell

CONTACTS = (
    "interaction_id;customer_id;date;kind;direction;text;by\n"
    "crm-1;A1;2.11.2026;call;out;Will pay on Friday.;Kari\n"
    "crm-2;A1;16.11.2026;complaint;;Two boxes were missing.;\n"
    "crm-3;Z9;9.11.2026;call;;Nobody.;\n"
)


@pytest.fixture
def shell(shell: Shell) -> Shell:
    """A small ledger, with contacts that another program knows of."""
    done = shell.json("import", shell.write("crm.csv", CONTACTS))
    assert (done["format"], done["created"], done["rejected"][0]["row"]) == ("interactions-csv", 2, 4)
    return shell


def test_contacts_stand_on_the_timeline_once_among_the_invoices(shell: Shell) -> None:
    assert shell.json("import", shell.write("crm.csv", CONTACTS))["unchanged"] == 2
    shown = shell.json("timeline", "A1")
    assert shown["customer"] == "A1" and shown["older"] is None
    call = next(one for one in shown["moments"] if one["kind"] == "call")
    assert (call["date"], call["by"], call["direction"], call["group"]) == ("2026-11-02", "Kari", "out", "talks")
    assert {"invoice", "payment", "complaint"} <= {one["kind"] for one in shown["moments"]}
    talks = shell.json("timeline", "A1", "--kind", "talks", "--kind", "concerns")["moments"]
    assert [one["kind"] for one in talks] == ["complaint", "call"]
    assert [one["kind"] for one in shell.json("timeline", "A1", "--text", "BOXES")["moments"]] == ["complaint"]


def test_the_timeline_goes_on_where_a_page_ended(shell: Shell) -> None:
    whole = shell.json("timeline", "A1")["moments"]
    first = shell.json("timeline", "A1", "--limit", "3")
    rest = shell.json("timeline", "A1", "--before", first["older"])
    assert first["moments"] + rest["moments"] == whole
    assert "no place" in shell.refused("timeline", "A1", "--before", "yesterday")
    assert "gossip" in shell.refused("timeline", "A1", "--kind", "gossip")


def test_a_late_answer_and_a_broken_promise_are_a_strike_each(shell: Shell) -> None:
    made = shell.json("commitment", "add", "A1", "--text", "A credit note", "--date", "2026-11-23", "--owner", "Ola")
    assert (made["status"], made["owner"], made["due"]) == ("open", "Ola", "2026-11-23")
    assert [one["id"] for one in shell.json("commitment", "list", "A1")] == [made["id"]]
    shell.today = "2026-11-24"
    run = shell.json("run")
    assert (run[0] if isinstance(run, list) else run)["strikes"] == 2
    counted = shell.json("strike", "list", "A1")
    assert {(one["code"], one["date"]) for one in counted} == {
        ("late_reply", "2026-11-24"),
        ("broken_promise", "2026-11-24"),
    }
    assert shell.json("commitment", "list", "A1") == []
    again = shell.json("run")
    assert (again[0] if isinstance(again, list) else again)["strikes"] == 0


def test_promises_of_ours_are_kept_or_broken_by_hand(shell: Shell) -> None:
    ids = [
        shell.json("commitment", "add", "A1", "--text", text, "--date", "2026-11-27")["id"] for text in ("One", "Two")
    ]
    assert shell.json("commitment", "keep", ids[0])["status"] == "kept"
    assert shell.json("commitment", "break", ids[1], "--reason", "nobody had time")["status"] == "broken"
    assert "broken already" in shell.refused("commitment", "keep", ids[1])


def test_at_two_strikes_no_letter_is_proposed_and_a_person_takes_it(shell: Shell) -> None:
    shell.json("run")
    assert [one["customer"] for one in shell.json("proposals") if one["document"]] != []
    for text in ("The price was wrong", "So was the next"):
        shell.json("strike", "add", "B2", "--text", text)
    shell.json("run")
    assert [one for one in shell.json("proposals") if one["customer"] == "B2" and one["document"]] == []
    assert "two_strikes" in shell.ok("explain", "B2", "--json")


def test_a_strike_is_counted_and_withdrawn(shell: Shell) -> None:
    counted = shell.json("strike", "add", "A1", "--text", "The price was wrong", "--date", "2026-11-18")
    assert (counted["code"], counted["date"], counted["withdrawn"]) == ("invoice_error", "2026-11-18", None)
    withdrawn = shell.json("strike", "withdraw", counted["id"], "--reason", "it was right")
    assert (withdrawn["withdrawn"], withdrawn["withdrawn_reason"]) == ("2026-11-20", "it was right")
    assert "withdrawn: it was right" in shell.ok("strike", "list", "A1")


def test_a_complaint_has_its_day_and_ends_as_our_error(shell: Shell) -> None:
    noted = shell.json("note", "A1", "--kind", "complaint", "--text", "Late again", "--owner", "Ola")
    assert (noted["owner"], noted["answer_by"]) == ("Ola", "2026-11-27")
    done = shell.json("resolve", "A1", "--outcome", "Said sorry", "--ended", "put_right", "--our-error")
    assert done["resolved"] == 2
    assert len(shell.json("strike", "list", "A1")) == 2
