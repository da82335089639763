"""The overdue list: who comes first, how old the debt is, and what is known of the customer beside it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from kulant.db import Act
from kulant.delivery.acceptance import accept_plan
from kulant.insight.worklist import Row, row_json, worklist
from kulant.ledger.models import Customer
from kulant.ledger.service import open_dispute
from kulant.people.models import Creditor
from kulant.plans.service import make_offers
from kulant.relationship.scoring import score_portfolio
from kulant.relationship.service import make_promise, place_hold
from kulant.treatment.service import propose_all
from tests.conftest import Statements
from tests.support.factories import (
    create_credit_note,
    create_creditor,
    create_customer,
    create_invoice,
    create_payment,
)
from tests.support.proposals import letters

TODAY = date(2026, 11, 23)
KEYS = {
    "customer", "name", "currency", "open", "overdue", "oldest_due", "days_overdue", "items", "ageing", "grade",
    "value_12m", "on_time_rate", "risk", "treatment", "reason", "priority", "hold", "plan", "owner",
}  # fmt: skip


def rows(act: Act, creditor: Creditor, limit: int | None = None) -> list[Row]:
    act.session.flush()
    return worklist(act.session, creditor, act.today, limit=limit)


def shown(act: Act, creditor: Creditor) -> dict[str, Any]:
    [row] = rows(act, creditor)
    return row_json(row)


@pytest.fixture
def customer(act: Act, creditor: Creditor) -> Customer:
    return create_customer(act, creditor, "C1", name="Fjordbakeriet AS", account_manager="Kari Prøve")


def test_a_row_has_every_key_of_the_contract(act: Act, creditor: Creditor, customer: Customer) -> None:
    create_invoice(act, creditor, customer, "1000.00", due=date(2026, 11, 3))
    row = shown(act, creditor)
    assert set(row) >= KEYS
    assert list(row["ageing"]) == ["current", "1-30", "31-60", "61-90", "90+"]
    assert {key: row[key] for key in ("customer", "name", "currency", "open", "overdue", "owner", "items")} == {
        "customer": "C1", "name": "Fjordbakeriet AS", "currency": "NOK", "open": "1000.00", "overdue": "1000.00",
        "owner": "Kari Prøve", "items": 1,
    }  # fmt: skip
    assert (row["oldest_due"], row["days_overdue"]) == ("2026-11-03", 20)
    unknown = ("grade", "value_12m", "on_time_rate", "risk", "treatment", "hold", "plan")
    assert {row[key] for key in unknown} == {None}


def test_debts_stand_in_their_bucket_by_the_day_and_credits_apart(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    for amount, late in (("1.00", 0), ("2.00", 1), ("4.00", 30), ("8.00", 31), ("16.00", 60), ("32.00", 61),
                         ("64.00", 90), ("128.00", 91)):  # fmt: skip
        create_invoice(act, creditor, customer, amount, days_late=late)
    create_credit_note(act, creditor, customer, "5.00")
    row = shown(act, creditor)
    assert row["ageing"] == {
        "current": "1.00", "1-30": "6.00", "31-60": "24.00", "61-90": "96.00", "90+": "128.00",
    }  # fmt: skip
    assert (row["overdue"], row["open"], row["credits"], row["items"]) == ("254.00", "250.00", "-5.00", 7)


def test_only_those_who_are_late_are_listed_and_of_another_creditor_nobody(act: Act, creditor: Creditor) -> None:
    punctual, future = create_customer(act, creditor, "C2"), create_customer(act, creditor, "C3")
    create_invoice(act, creditor, punctual, due=TODAY)
    create_invoice(act, creditor, future, due=TODAY - timedelta(days=1), issue_date=TODAY + timedelta(days=1))
    paid = create_customer(act, creditor, "C4")
    create_payment(act, creditor, "1000.00", invoice=create_invoice(act, creditor, paid))
    other = create_creditor(act, "SYD")
    create_invoice(act, other, create_customer(act, other, "S1"))
    assert rows(act, creditor) == []
    assert [row.number for row in rows(act, other)] == ["S1"]


def test_more_money_and_longer_lateness_come_first(act: Act, creditor: Creditor) -> None:
    for number, amount, late in (("SMALL", "100.00", 90), ("BIG", "9000.00", 2), ("OLD", "4000.00", 80)):
        create_invoice(act, creditor, create_customer(act, creditor, number), amount, days_late=late)
    listed = rows(act, creditor)
    assert [row.number for row in listed] == ["OLD", "BIG", "SMALL"]
    assert [row.priority for row in listed] == sorted((row.priority for row in listed), reverse=True)
    assert [row.number for row in rows(act, creditor, limit=2)] == ["OLD", "BIG"]


def test_lateness_stops_counting_after_three_months(act: Act, creditor: Creditor) -> None:
    for number, late in (("A", 90), ("B", 900)):
        create_invoice(act, creditor, create_customer(act, creditor, number), "1000.00", days_late=late)
    assert len({row.priority for row in rows(act, creditor)}) == 1


def test_each_currency_is_a_row_of_its_own(act: Act, creditor: Creditor, customer: Customer) -> None:
    create_invoice(act, creditor, customer, "100.00")
    create_invoice(act, creditor, customer, "200.00", currency="EUR")
    assert {(row.currency, row.open_minor) for row in rows(act, creditor)} == {("NOK", 10000), ("EUR", 20000)}


def test_the_customers_worth_and_habit_stand_beside_the_debt(act: Act, creditor: Creditor, customer: Customer) -> None:
    for ago, late in ((200, 0), (160, 0), (120, 12)):
        due = TODAY - timedelta(days=ago)
        bought = create_invoice(act, creditor, customer, "4000.00", due=due)
        create_payment(act, creditor, "4000.00", invoice=bought, on=due + timedelta(days=late))
    create_invoice(act, creditor, customer, "5000.00", days_late=20)
    create_invoice(act, creditor, customer, "300.00", days_late=20, currency="EUR")
    act.session.flush()
    score_portfolio(act, creditor=creditor)
    by_currency = {row.currency: row for row in rows(act, creditor)}
    krone = row_json(by_currency["NOK"])
    assert krone["grade"] in "ABCD"
    assert float(krone["value_12m"]) > 0
    assert krone["on_time_rate"] == pytest.approx(2 / 3, abs=0.001)
    assert 0 < krone["risk"] < 1
    assert by_currency["NOK"].habit[:3] == ["on_time", "on_time", "late"]
    assert row_json(by_currency["EUR"])["value_12m"] is None  # worth in kroner says nothing beside euros


def test_what_is_proposed_and_why_stands_in_the_row(act: Act, creditor: Creditor, customer: Customer) -> None:
    create_invoice(act, creditor, customer)
    act.session.flush()
    [proposal] = letters(act, propose_all(act, creditor=creditor))
    row = shown(act, creditor)
    assert (row["treatment"], row["proposal"]) == ("reminder", str(proposal.id))
    assert row["reason"] == proposal.reasons[0]["text"]


def test_hold_promise_dispute_and_plan_are_marked(act: Act, creditor: Creditor, customer: Customer) -> None:
    disputed = create_invoice(act, creditor, customer, "100.00")
    create_invoice(act, creditor, customer, "9000.00", days_late=30)
    open_dispute(act, item=disputed, reason="never came")
    place_hold(act, customer=customer, until=date(2026, 12, 1), reason="moving house")
    make_promise(act, customer=customer, currency="NOK", amount_minor=50000, due=date(2026, 12, 2))
    plan = make_offers(act, creditor=creditor, customer=customer, currency="NOK")
    assert shown(act, creditor)["plan"] == "Plan offered"
    accept_plan(act, plan=plan, offer=2, name="Test Testesen")
    row = shown(act, creditor)
    assert row["hold"] == "On hold until 1 Dec: moving house"
    assert row["promise"] == "Promised 500.00 by 2 Dec"
    assert (row["dispute"], row["plan"]) == ("1 dispute", "Plan agreed")


def test_a_hold_that_is_over_is_not_marked(act: Act, creditor: Creditor, customer: Customer) -> None:
    create_invoice(act, creditor, customer)
    place_hold(act, customer=customer, until=TODAY, reason="moving house")
    act.session.flush()
    [row] = worklist(act.session, creditor, TODAY + timedelta(days=1))
    assert row.hold is None


def test_fifty_customers_cost_as_many_statements_as_five(act: Act, creditor: Creditor, statements: Statements) -> None:
    def listing(customers: int) -> int:
        for _ in range(customers):
            create_invoice(act, creditor, create_customer(act, creditor))
        act.session.flush()
        propose_all(act, creditor=creditor)
        act.session.flush()
        act.session.expire_all()
        own = creditor.id
        statements.clear()
        listed = worklist(act.session, creditor, TODAY)
        assert own and len(listed) >= customers
        [row_json(row) for row in listed]
        return len(statements)

    assert listing(5) == listing(45)
