"""Months replayed day after day by the business date, as a clerk lives them."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ALFA, BETA, COLUMNS, set_creditor
from tests.support.shell import Shell

# Worth little beside its debt, so that the ladder is climbed; without relationship anyway.
LADDER = """
ladder: plain
relationship: off
minimum_days_between: 7
steps:
  - {code: friendly, document: reminder, after: {days: 10, from: due_date}}
  - {code: final, document: final_reminder, after: {days: 14, from: previous_step}}
  - {code: notice, document: formal_notice, after: {days: 14, from: previous_step}}
"""

COLUMNS_OF_DATES = ("Invoice", "Due", "Settled")


def us_date(text: str) -> date:
    """A date written month first."""
    month, day, year = map(int, text.split("/"))
    return date(year, month, day)


def days(first: str, last: str) -> list[str]:
    """Every day from the first to the last."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(start + timedelta(days=n)).isoformat() for n in range((end - start).days + 1)]


def live_through(shell: Shell, first: str, last: str) -> dict[str, str]:
    """Runs each day, and where that changed something or on a Monday runs, approves and delivers twice.

    Which letter left on which day.
    """
    left: dict[str, str] = {}
    for day in days(first, last):
        shell.today = day
        ran = shell.json("run")
        if not (ran["proposed"] or ran["withdrawn"] or date.fromisoformat(day).weekday() == 0):
            continue
        before = shell.ok("proposals", "--json"), shell.ok("worklist", "--json")
        again = shell.json("run")
        assert (again["proposed"], again["withdrawn"]) == (0, 0), day
        assert (shell.ok("proposals", "--json"), shell.ok("worklist", "--json")) == before, day
        if "proposed" not in before[0]:
            continue
        shell.ok("approve", "--all")
        sent = shell.json("deliver")
        mails = shell.mails()
        assert sent["failed"] == []
        assert shell.json("deliver")["sent"] == []
        assert shell.mails() == mails, day
        gone = [one["document"] for one in shell.json("proposals", "--status", "sent") if one["date"] == day]
        left |= dict.fromkeys([day] if gone else [], *gone)
    return left


@pytest.fixture
def climbing(empty: Shell) -> Shell:
    """One customer, one invoice due on 1 October, and the plain ladder."""
    empty.today = "2026-10-01"
    empty.ok("policy", "apply", empty.write("ladder.yaml", LADDER))
    rows = COLUMNS + ALFA + "1001,invoice,2026-09-01,2026-10-01,48000.00,12000.00,10016,\n"
    empty.ok("import", empty.write("ledger.csv", rows))
    return empty


def pay(shell: Shell, number: str, amount: object, reference: object = "10016") -> Any:
    """Imports one payment of the day."""
    text = (
        f"payment_id,date,amount,currency,customer_id,reference\n{number},{shell.today},{amount},NOK,A1,{reference}\n"
    )
    file = shell.write(f"{number}.csv", text)
    first = shell.json("import", file)
    assert shell.json("import", file)["unchanged"] == 1
    return first


def test_a_debt_climbs_step_by_step_and_each_letter_leaves_once(climbing: Shell) -> None:
    left = live_through(climbing, "2026-10-01", "2026-11-30")
    assert left == {"2026-10-11": "reminder", "2026-10-25": "final_reminder", "2026-11-08": "formal_notice"}
    assert len(climbing.mails()) == 3


def test_a_part_payment_lowers_the_demand_and_the_rest_ends_it(climbing: Shell) -> None:
    live_through(climbing, "2026-10-10", "2026-10-12")
    assert pay(climbing, "P1", "40000.00")["matched"] == 1
    climbing.today = "2026-10-25"
    climbing.ok("run")
    [proposal] = climbing.json("proposals", "--status", "proposed")
    assert (proposal["document"], proposal["demand"]) == ("final_reminder", "8000.00")
    climbing.ok("approve", "--all")
    pay(climbing, "P2", "8000.00")
    report = climbing.json("deliver")
    assert report["sent"] == [] and len(climbing.mails()) == 1
    assert [one["blocked"][0]["code"] for one in climbing.json("proposals", "--status", "blocked")]
    assert climbing.json("worklist") == []
    assert live_through(climbing, "2026-10-26", "2026-11-15") == {}


def test_a_promise_holds_the_letters_until_it_is_broken(climbing: Shell) -> None:
    climbing.today = "2026-10-09"
    climbing.ok("promise", "A1", "--amount", "48000.00", "--date", "2026-10-20")
    left = live_through(climbing, "2026-10-09", "2026-10-23")
    assert left == {"2026-10-21": "reminder"}


def accepted_plan(shell: Shell) -> Any:
    """A plan of several instalments, accepted on 12 October."""
    shell.today = "2026-10-12"
    offered = shell.json("plan", "offer", "A1")
    return shell.json("plan", "accept", offered["id"], "--offer", offered["offers"][-1]["id"])


def test_a_plan_that_is_paid_stops_everything_and_is_completed(climbing: Shell) -> None:
    live_through(climbing, "2026-10-10", "2026-10-11")
    plan = accepted_plan(climbing)
    for n, instalment in enumerate(plan["instalments"]):
        climbing.today = instalment["due"]
        assert pay(climbing, f"I{n}", instalment["amount"], plan["reference"])["matched"] == 1
        climbing.ok("run")
        assert climbing.json("proposals", "--status", "proposed") == []
        paid = [one["paid"] == one["amount"] for one in climbing.json("plan", "show", plan["id"])["instalments"]]
        assert paid == [True] * (n + 1) + [False] * (len(paid) - n - 1)
    assert climbing.json("plan", "show", plan["id"])["status"] == "completed"
    assert climbing.json("worklist") == []
    climbing.ok("deliver")
    mails = climbing.mails()
    climbing.ok("deliver")
    assert climbing.mails() == mails


def test_a_plan_that_is_missed_is_late_until_a_person_gives_it_up_and_the_case_comes_back(climbing: Shell) -> None:
    live_through(climbing, "2026-10-10", "2026-10-11")
    plan = accepted_plan(climbing)
    due = date.fromisoformat(plan["instalments"][0]["due"])
    climbing.today = (due + timedelta(days=5)).isoformat()
    climbing.ok("run")
    assert climbing.json("plan", "show", plan["id"])["status"] == "active"
    climbing.today = (due + timedelta(days=6)).isoformat()
    climbing.ok("run")
    assert climbing.json("plan", "show", plan["id"])["status"] == "late"
    assert climbing.json("proposals", "--status", "proposed") == []
    given_up = climbing.json("plan", "give-up", plan["id"], "--reason", "two calls without an answer")
    assert given_up["status"] == "broken"
    climbing.ok("run")
    [proposal] = climbing.json("proposals", "--status", "proposed")
    assert "plan_broken" in {reason["code"] for reason in proposal["reasons"]}


def test_a_chargeback_brings_the_debt_back(climbing: Shell) -> None:
    climbing.today = "2026-10-05"
    pay(climbing, "P1", "48000.00")
    climbing.today = "2026-10-15"
    assert climbing.json("worklist") == []
    text = "payment_id,date,amount,currency,customer_id,reverses\nR1,2026-10-15,-48000.00,NOK,A1,P1\n"
    climbing.ok("import", climbing.write("back.csv", text))
    assert climbing.json("worklist")[0]["overdue"] == "48000.00"


def test_a_month_on_postgresql(on_postgres: Shell) -> None:
    on_postgres.today = "2026-10-09"
    on_postgres.ok("db", "upgrade")
    set_creditor(on_postgres)
    on_postgres.ok("policy", "apply", on_postgres.write("ladder.yaml", LADDER))
    rows = COLUMNS + BETA + "2001,invoice,2026-09-01,2026-10-01,48000.00,12000.00,10016,\n"
    on_postgres.ok("import", on_postgres.write("ledger.csv", rows))
    left = live_through(on_postgres, "2026-10-10", "2026-10-26")
    assert left == {"2026-10-11": "reminder", "2026-10-25": "final_reminder"}
    assert on_postgres.mails() == []
    assert on_postgres.json("letters", "--out", on_postgres.folder / "letters")["letters"] == 2


def test_a_real_ledger_of_2013(empty: Shell, shared_data: Path) -> None:
    file, mapping = shared_data / "ibm_ar" / "accounts_receivable.csv", Path("examples/ibm_ar.yaml").resolve()
    with file.open(newline="") as source:
        invoices = [
            (row["customerID"], row["Disputed"] == "Yes", *(us_date(row[f"{name}Date"]) for name in COLUMNS_OF_DATES))
            for row in csv.DictReader(source)
        ]

    def late_customers(on: date) -> set[str]:
        return {number for number, _, issued, due, settled in invoices if issued <= on and due < on < settled}

    empty.today = "2013-06-30"
    first = empty.json("import", file, "--mapping", mapping)
    assert (first["read"], first["created"], first["rejected"]) == (2466, 2466, [])
    again = empty.json("import", file, "--mapping", mapping)
    assert (again["unchanged"], again["created"], again["updated"]) == (2466, 0, 0)
    first_day, later_day = date(2013, 6, 30), date(2013, 7, 25)
    assert {row["customer"] for row in empty.json("worklist")} == late_customers(first_day)
    empty.today = "2013-07-25"
    later = empty.json("import", file, "--mapping", mapping)
    paid = sum(first_day < settled <= later_day for *_, settled in invoices)
    # A dispute is opened when its invoice has been issued, not before.
    disputed = sum(
        said_wrong and first_day < issued <= later_day < settled for _, said_wrong, issued, _, settled in invoices
    )
    assert (later["updated"], later["created"]) == (paid + disputed, 0)
    assert {row["customer"] for row in empty.json("worklist")} == late_customers(later_day)
