"""Scoring a creditor's whole portfolio from the ledger: what is written, what is not, and how little it asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select

from kulant.core.money import round_half_up
from kulant.db import Act
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.posting import Allocation, NewItem, allocate, post_items
from kulant.people.models import Creditor
from kulant.relationship.models import Score
from kulant.relationship.scoring import score_portfolio
from tests.conftest import Statements
from tests.support.factories import create_creditor, create_customer, create_invoice, create_payment


def bought(
    act: Act,
    creditor: Creditor,
    customer: Customer,
    *days_ago: int,
    amount: str = "4000.00",
    paid_after_due: int | None = 0,
    **fields: Any,
) -> list[OpenItem]:
    """Invoices issued so many days ago, due 14 days later and, unless told otherwise, paid on the due date."""
    invoices = []
    for ago in days_ago:
        issued = act.today - timedelta(days=ago)
        due = issued + timedelta(days=14)
        invoice = create_invoice(act, creditor, customer, amount, due=due, issue_date=issued, **fields)
        if paid_after_due is not None:
            on = due + timedelta(days=paid_after_due)
            create_payment(act, creditor, amount, invoice=invoice, on=on, currency=invoice.currency)
        invoices.append(invoice)
    return invoices


def score_of(act: Act, customer: Customer) -> Score:
    return act.session.get_one(Score, customer.id, populate_existing=True)


def texts(score: Score) -> dict[str, str]:
    return {reason["code"]: reason["text"] for reason in score.reasons}


def snapshot(act: Act) -> list[tuple[Any, ...]]:
    columns = Score.__table__.columns
    return [tuple(map(repr, row)) for row in act.session.execute(select(*columns).order_by(Score.customer_id))]


def on(act: Act, today: date) -> Act:
    return replace(act, today=today, events=[])


def test_a_customer_is_scored_with_value_grade_habit_and_reasons(act: Act, creditor: Creditor) -> None:
    regular, rare = create_customer(act, creditor), create_customer(act, creditor)
    bought(act, creditor, regular, 330, 300, 270, 240, 210, 180, 150, 120, 90, 60, 30, margin_minor=120_000)
    bought(act, creditor, rare, 300, margin_minor=60_000, paid_after_due=9)

    assert score_portfolio(act, creditor=creditor) == 2

    score = score_of(act, regular)
    assert (score.grade, score.currency, score.purchases, score.scored_on) == ("A", "NOK", 11, act.today)
    assert not score.thin_data
    assert not score.from_revenue
    # Own mean 1,200, the creditor's mean over twelve purchases 1,150: (11 × 1,200 + 3 × 1,150) / 14.
    assert score.margin_minor == 118_929
    assert score.value_12m_minor == round_half_up(Decimal(str(score.expected_purchases)) * score.margin_minor)
    assert (score.paid_invoices, score.on_time_rate, score.median_days_late) == (11, 1.0, 0.0)
    assert texts(score)["habit"] == "pays all 11 on time"
    assert score.model["parameters"]["fitted"] is False
    assert score.model["parameters"]["reason"] == "stored starting values: 2 customers, a fit needs 50"

    thin = score_of(act, rare)
    assert thin.thin_data
    assert thin.grade == "D"
    assert thin.late_risk > score.late_risk
    assert texts(thin)["thin_data"] == "thin data: only 1 purchase"
    assert texts(thin)["habit"] == "has paid its one invoice 9 days late"


def test_the_compared_factors_multiply_to_the_value_against_the_median_customer(act: Act, creditor: Creditor) -> None:
    customers = [create_customer(act, creditor) for _ in range(3)]
    for n, customer in enumerate(customers, start=1):
        bought(act, creditor, customer, *range(20, 400, 90 // n), margin_minor=50_000 * n, paid_after_due=None)
    score_portfolio(act, creditor=creditor)
    values, products = [], []
    for customer in customers:
        score = score_of(act, customer)
        times = score.model["times_median"]
        values.append(score.value_12m_minor)
        products.append(times["frequency"] * times["still_active"] * times["margin"])
    assert [value / values[0] for value in values] == pytest.approx([p / products[0] for p in products], rel=1e-3)


def test_scoring_again_on_the_same_day_writes_nothing(act: Act, creditor: Creditor, statements: Statements) -> None:
    for n in range(4):
        bought(act, creditor, create_customer(act, creditor), 200 - n, 100, 50, paid_after_due=n)
    assert score_portfolio(act, creditor=creditor) == 4
    before, told = snapshot(act), len(act.events)
    statements.clear()
    assert score_portfolio(act, creditor=creditor) == 0
    assert all(statement.lstrip().upper().startswith("SELECT") for statement in statements)
    assert snapshot(act) == before
    assert len(act.events) == told


def test_the_next_day_scores_are_written_anew(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    bought(act, creditor, customer, 200, 100)
    score_portfolio(act, creditor=creditor)
    loaded = score_of(act, customer)
    before = loaded.p_alive
    tomorrow = act.today + timedelta(days=1)
    assert score_portfolio(on(act, tomorrow), creditor=creditor) == 1
    assert loaded.scored_on == tomorrow
    assert loaded.p_alive < before


def test_nothing_dated_after_today_changes_a_score(act: Act, creditor: Creditor) -> None:
    customer, other = create_customer(act, creditor), create_customer(act, creditor)
    newcomer = create_customer(act, creditor)
    bought(act, creditor, other, 150, 20)
    [_, waiting] = bought(act, creditor, customer, 200, 30, paid_after_due=None)
    score_portfolio(act, creditor=creditor)
    before = snapshot(act)

    bought(act, creditor, customer, -1, -20, amount="99000.00", paid_after_due=None)
    bought(act, creditor, newcomer, -1, paid_after_due=None)
    create_payment(act, creditor, "4000.00", invoice=waiting, on=act.today + timedelta(days=1))
    assert waiting.settled_on == act.today + timedelta(days=1)

    assert score_portfolio(act, creditor=creditor) == 0
    assert snapshot(act) == before
    assert act.session.get(Score, newcomer.id) is None


def test_going_back_in_time_gives_the_scores_of_that_day(act: Act, creditor: Creditor) -> None:
    customer, late_comer = create_customer(act, creditor), create_customer(act, creditor)
    bought(act, creditor, customer, 200, 150, 90)
    bought(act, creditor, late_comer, 20, amount="90000.00", paid_after_due=None)
    earlier = on(act, act.today - timedelta(days=40))
    score_portfolio(earlier, creditor=creditor)
    then = snapshot(act)
    score_portfolio(act, creditor=creditor)
    assert snapshot(act) != then
    score_portfolio(earlier, creditor=creditor)
    assert snapshot(act) == then


def test_a_grade_falls_only_in_the_second_month_it_is_seen_lower(act: Act, creditor: Creditor) -> None:
    small, large = create_customer(act, creditor), create_customer(act, creditor)
    bought(act, creditor, small, 200, 150, 120)
    score_portfolio(act, creditor=creditor)
    assert score_of(act, small).grade == "A"

    bought(act, creditor, large, *range(1, 300, 14), amount="90000.00", paid_after_due=None)
    score_portfolio(act, creditor=creditor)
    score = score_of(act, small)
    assert (score.grade, score.lower_grade, score.lower_grade_since) == ("A", "D", act.today)
    assert score_of(act, large).grade == "A"

    score_portfolio(on(act, act.today + timedelta(days=7)), creditor=creditor)
    assert score_of(act, small).grade == "A"
    december = date(2026, 12, 1)
    score_portfolio(on(act, december), creditor=creditor)
    score = score_of(act, small)
    assert (score.grade, score.lower_grade, score.lower_grade_since) == ("D", None, None)


def test_margins_nobody_gave_are_estimated_and_marked(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    bought(act, creditor, customer, 90, 60, 30, amount="4000.00")
    score_portfolio(act, creditor=creditor)
    score = score_of(act, customer)
    assert score.from_revenue
    assert score.margin_minor == 100_000
    assert score.model["margin_share"] == "0.25"
    assert "from_revenue" in texts(score)


def test_customers_are_compared_only_with_those_of_their_own_currency(act: Act, creditor: Creditor) -> None:
    norwegian, icelandic = create_customer(act, creditor), create_customer(act, creditor)
    bought(act, creditor, norwegian, 90, 60, 30, amount="4000.00")
    bought(act, creditor, icelandic, 90, 60, amount="900000", currency="ISK", paid_after_due=None)
    bought(act, creditor, icelandic, 30, amount="10.00")
    score_portfolio(act, creditor=creditor)
    assert score_of(act, norwegian).grade == score_of(act, icelandic).grade == "A"
    assert score_of(act, icelandic).currency == "ISK"
    assert score_of(act, icelandic).purchases == 2
    # Habit is one, whatever the currency.
    assert score_of(act, icelandic).paid_invoices == 1


def test_an_invoice_taken_back_by_a_credit_note_says_nothing_about_paying(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    [invoice] = bought(act, creditor, customer, 90, paid_after_due=None)
    bought(act, creditor, customer, 60)
    [credit] = post_items(
        act,
        creditor=creditor,
        items=[NewItem("credit_note", "K1", "NOK", -400_000, customer.id, act.today, named_number=invoice.number)],
    )
    allocate(act, [Allocation(credit, invoice, 400_000, act.today)])
    score_portfolio(act, creditor=creditor)
    score = score_of(act, customer)
    assert (score.paid_invoices, score.on_time_rate) == (1, 1.0)
    assert score.purchases == 2
    # Two purchases, one of them given back: half the margin is left.
    assert score.margin_minor == 50_000


def test_an_invoice_without_an_issue_date_is_bought_on_its_due_date(act: Act, creditor: Creditor) -> None:
    customer, waiting = create_customer(act, creditor), create_customer(act, creditor)
    create_invoice(act, creditor, customer, due=act.today - timedelta(days=10), issue_date=None)
    create_invoice(act, creditor, waiting, due=act.today + timedelta(days=10), issue_date=None)
    assert score_portfolio(act, creditor=creditor) == 1
    assert score_of(act, customer).model["last_purchase"] == (act.today - timedelta(days=10)).isoformat()


def test_a_creditors_scores_rest_on_its_own_customers_only(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor)
    bought(act, creditor, customer, 90, 60, 30)
    score_portfolio(act, creditor=creditor)
    before = snapshot(act)
    other = create_creditor(act, code="OTHER")
    bought(act, other, create_customer(act, other), 90, amount="900000.00", paid_after_due=50)
    assert score_portfolio(act, creditor=creditor) == 0
    assert snapshot(act) == before


def test_nothing_to_score_writes_nothing(act: Act, creditor: Creditor) -> None:
    create_customer(act, creditor)
    assert score_portfolio(act, creditor=creditor) == 0
    assert "scored" not in {event.kind for event in act.events}


def test_sixty_customers_are_fitted_and_the_run_says_so(act: Act, creditor: Creditor) -> None:
    portfolio(act, creditor, 60)
    assert score_portfolio(act, creditor=creditor) == 60
    [model] = {
        repr(model) for model in act.session.scalars(select(Score.model)).all() for model in [model["parameters"]]
    }
    assert "'fitted': True" in model
    assert [event.kind for event in act.events].count("scored") == 1


def test_the_number_of_statements_does_not_grow_with_the_customers(
    act: Act, creditor: Creditor, statements: Statements
) -> None:
    counts = []
    for customers in (20, 60):
        portfolio(act, creditor, customers, start=customers * 1000)
        statements.clear()
        score_portfolio(act, creditor=creditor)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 5


def portfolio(act: Act, creditor: Creditor, customers: int, *, start: int = 0) -> None:
    """Customers with four to nine invoices each, straight into the tables."""
    names = [{"creditor_id": creditor.id, "number": f"K{start + n}", "name": f"Kunde {n}"} for n in range(customers)]
    act.session.execute(insert(Customer), names)
    ids = act.session.scalars(select(Customer.id).where(Customer.number.in_([row["number"] for row in names]))).all()
    act.session.execute(insert(OpenItem), [row for id_ in sorted(ids) for row in _invoices(act, creditor, id_)])


def _invoices(act: Act, creditor: Creditor, customer_id: int) -> Sequence[dict[str, Any]]:
    # Coprime steps give every customer a rhythm of their own; a third of them stopped some time ago.
    stopped = 200 if customer_id % 3 == 0 else 0
    days = [stopped + 5 + n * (20 + customer_id * 7 % 31) for n in range(4 + customer_id % 6)]
    return [
        {
            "creditor_id": creditor.id,
            "customer_id": customer_id,
            "series": "document",
            "kind": "invoice",
            "number": f"{customer_id}-{n}",
            "currency": "NOK",
            "issue_date": act.today - timedelta(days=ago),
            "due_date": act.today - timedelta(days=ago - 14),
            "amount_minor": 100_000 + 1_000 * (customer_id % 17),
            "open_minor": 0,
            "settled_on": act.today - timedelta(days=ago - 14 - customer_id % 5),
        }
        for n, ago in enumerate(days)
    ]
