"""The cash forecast: what comes in of what is open, from what the business date knew, and how past ones turned out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kulant.db import Act
from kulant.delivery import forecasts_kept
from kulant.delivery.cash_asides import asides
from kulant.delivery.cash_forecast import CashForecast
from kulant.delivery.forecasts_kept import hits, keep_forecast
from kulant.insight.forecast import behind_week, cash_forecast, forecast_pieces
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.service import open_dispute
from kulant.people.models import Creditor
from kulant.plans.models import Instalment, Plan, PlanItem
from kulant.relationship.forecast import WEEKS_AHEAD
from kulant.relationship.models import Promise
from kulant.relationship.models_view import ForecastMade
from kulant.relationship.service import make_promise
from kulant.treatment.models import Proposal, StepSent
from kulant.treatment.service import propose_all
from tests.conftest import Statements
from tests.support.factories import create_credit_note, create_customer, create_invoice, create_payment


def on(act: Act, day: date) -> Act:
    return replace(act, today=day, events=[])


def who_pays(act: Act, creditor: Creditor, late: int, number: str) -> Customer:
    """A customer who has paid a dozen invoices, each so many days after it was due."""
    customer = create_customer(act, creditor, number)
    for month in range(3, 15):
        due = act.today - timedelta(days=30 * month)
        invoice = create_invoice(act, creditor, customer, due=due)
        create_payment(act, creditor, "1000.00", invoice=invoice, on=due + timedelta(days=late))
    return customer


@pytest.fixture
def prompt(act: Act, creditor: Creditor) -> Customer:
    return who_pays(act, creditor, -1, "PROMPT")


@pytest.fixture
def slow(act: Act, creditor: Creditor) -> Customer:
    return who_pays(act, creditor, 20, "SLOW")


def document(act: Act, creditor: Creditor, *, trace: bool = False) -> dict[str, object]:
    act.session.flush()
    return json.loads("".join(forecast_pieces(act.session, creditor, act.today, trace=trace)))


def rows(act: Act, creditor: Creditor) -> dict[str, dict[str, object]]:
    return {one["invoice"]: one for one in document(act, creditor)["items"]}  # type: ignore[index,attr-defined]


def due_in(act: Act, days: int) -> date:
    return act.today + timedelta(days=days)


def test_the_document_has_the_shape_of_the_contract(act: Act, creditor: Creditor, prompt: Customer) -> None:
    create_invoice(act, creditor, prompt, "2500.50", due=due_in(act, 3), number="F1")
    create_invoice(act, creditor, prompt, "700.00", due=due_in(act, 3), number="E1", currency="EUR")
    shown = document(act, creditor)
    assert shown["model"] == "history"
    weeks = shown["weeks"]
    assert isinstance(weeks, list)
    assert len(weeks) == WEEKS_AHEAD
    assert [one["from"] for one in weeks[:2]] == ["2026-11-23", "2026-11-30"]
    for one in weeks:
        assert set(one) == {"from", "expected", "low", "high"}
        assert 0 <= float(one["low"]) <= float(one["expected"]) <= float(one["high"])
    assert [one["currency"] for one in shown["currencies"]] == ["NOK", "EUR"]  # type: ignore[attr-defined]
    first = rows(act, creditor)["F1"]
    assert (first["customer"], first["currency"], first["due"], first["open"]) == (
        "PROMPT", "NOK", "2026-11-26", "2500.50",
    )  # fmt: skip


def test_every_open_invoice_is_foretold_by_its_payers_habit(
    act: Act, creditor: Creditor, prompt: Customer, slow: Customer
) -> None:
    new = create_customer(act, creditor, "NEW")
    for customer in (prompt, slow, new):
        create_invoice(act, creditor, customer, due=due_in(act, 10), number=f"due {customer.number}")
    create_invoice(act, creditor, slow, days_late=5, number="overdue")
    create_invoice(act, creditor, slow, due=due_in(act, 40), issue_date=due_in(act, 10), number="not issued yet")
    found = rows(act, creditor)
    assert set(found) == {"due PROMPT", "due SLOW", "due NEW", "overdue"}
    p_late = {name: one["p_late"] for name, one in found.items()}
    assert p_late["overdue"] == 1
    assert p_late["due PROMPT"] < 0.2 < p_late["due NEW"] < 0.8 < p_late["due SLOW"]  # type: ignore[operator]
    assert 10 < found["due SLOW"]["expected_days_late"] < 30  # type: ignore[operator]
    assert found["due PROMPT"]["expected_days_late"] < 8  # type: ignore[operator]


def test_nobody_knows_on_the_day_what_came_later(
    act: Act, creditor: Creditor, prompt: Customer, slow: Customer
) -> None:
    first = create_invoice(act, creditor, slow, days_late=5)
    second = create_invoice(act, creditor, prompt, due=due_in(act, 5))
    create_invoice(act, creditor, prompt, days_late=3)
    before = document(act, creditor, trace=True)
    later = on(act, due_in(act, 9))
    create_payment(later, creditor, "1000.00", invoice=first, on=later.today)
    create_payment(later, creditor, "200.00", customer=prompt, on=later.today)
    create_invoice(later, creditor, prompt, due=due_in(later, 14), issue_date=later.today)
    open_dispute(later, item=second, reason="wrong goods", source="clerk")
    make_promise(later, customer=prompt, currency="NOK", amount_minor=50_000, due=due_in(later, 3))
    assert document(act, creditor, trace=True) == before


def test_the_weeks_are_the_sum_of_what_stands_behind_them(
    act: Act, creditor: Creditor, prompt: Customer, slow: Customer
) -> None:
    for n in range(30):
        customer = prompt if n % 2 else slow
        create_invoice(act, creditor, customer, f"{100 + n}.00", due=due_in(act, n - 10), issue_date=due_in(act, -11))
    shown = document(act, creditor, trace=True)
    for place, week in enumerate(shown["weeks"]):  # type: ignore[arg-type,var-annotated]
        parts = [float(one["expected_by_week"][place]) for one in shown["items"]]  # type: ignore[attr-defined]
        assert sum(parts) == pytest.approx(float(week["expected"]), abs=0.2)
    behind, count = behind_week(act.session, creditor, act.today, currency="NOK", week=0, most=10)
    assert len(behind) == 10
    assert count == 30
    everything, _ = behind_week(act.session, creditor, act.today, currency="NOK", week=0, most=100)
    assert behind == everything[:10]
    week = cash_forecast(act.session, creditor, act.today).currencies[0].weeks[0]
    assert sum(one.expected_minor for one in everything) == pytest.approx(week.expected, abs=20)


def test_what_is_disputed_or_covered_is_not_foretold_by_habit(
    act: Act, creditor: Creditor, prompt: Customer, slow: Customer
) -> None:
    disputed = create_invoice(act, creditor, prompt, "1000.00", days_late=3)
    create_invoice(act, creditor, slow, "800.00", days_late=3)
    plain = cash_forecast(act.session, creditor, act.today).currencies[0]
    assert plain.aside == {}
    open_dispute(act, item=disputed, amount_minor=40_000, reason="short delivery", source="clerk")
    create_credit_note(act, creditor, slow, "300.00")
    act.session.flush()
    found = asides(act.session, creditor, act.today)
    assert found.sums["NOK"] == {"handed_over": 0, "disputed": 40_000, "planned": 0, "covered": 30_000, "promised": 0}
    one = cash_forecast(act.session, creditor, act.today).currencies[0]
    assert one.open_minor == plain.open_minor == 180_000
    assert 30_000 < plain.expected_minor - one.expected_minor < 50_000


def test_a_disputed_part_comes_as_slowly_as_disputes_have_ended(act: Act, creditor: Creditor, prompt: Customer) -> None:
    disputed = create_invoice(act, creditor, prompt, "1000.00", days_late=3)
    open_dispute(act, item=disputed, reason="wrong goods", source="clerk")
    act.session.flush()
    weeks = cash_forecast(act.session, creditor, act.today).currencies[0].weeks
    assert [week.expected for week in weeks[:3]] == [10_000, 9_000, 8_100]
    # An earlier dispute of ten weeks, after which the invoice was paid: three of thirty weeks.
    earlier = on(act, due_in(act, -90))
    other = create_invoice(earlier, creditor, prompt, "500.00", days_late=3)
    settled = open_dispute(earlier, item=other, reason="late delivery", source="clerk")
    create_payment(act, creditor, "500.00", invoice=other, on=due_in(act, -20))
    settled.resolved_on = due_in(act, -20)
    act.session.flush()
    assert asides(act.session, creditor, act.today).dispute_ends == pytest.approx(0.1)
    # On the day of that payment another one had waited for nothing yet.
    assert asides(act.session, creditor, due_in(act, -21)).disputed == {other.id: 50_000}


def test_what_others_collect_is_not_counted_on(act: Act, creditor: Creditor, slow: Customer) -> None:
    invoice = create_invoice(act, creditor, slow, "1000.00", days_late=60)
    propose_all(act, creditor=creditor)
    proposal = act.session.scalars(select(Proposal)).one()
    act.session.add(
        StepSent(
            item_id=invoice.id, proposal_id=proposal.id, step="agency", document="hand_over", sent_on=due_in(act, -2)
        )
    )  # fmt: skip
    act.session.flush()
    one = cash_forecast(act.session, creditor, act.today).currencies[0]
    assert (one.open_minor, one.expected_minor, one.aside["handed_over"]) == (100_000, 0, 100_000)
    # The day before it left it was still ours to wait for.
    assert cash_forecast(act.session, creditor, due_in(act, -3)).currencies[0].expected_minor > 0


def test_a_plan_brings_its_instalments_on_their_days(act: Act, creditor: Creditor, slow: Customer) -> None:
    invoice = create_invoice(act, creditor, slow, "3000.00", days_late=30)
    plan = Plan(
        creditor_id=creditor.id, customer_id=slow.id, currency="NOK", status="active", claim_minor=300_000,
        reference="PLAN1", offered_on=due_in(act, -9), offered_by="clerk", valid_until=due_in(act, 5),
        accepted_on=due_in(act, -8), ledger_mark=0,
    )  # fmt: skip
    act.session.add(plan)
    act.session.flush()
    act.session.add(PlanItem(plan_id=plan.id, item_id=invoice.id, amount_minor=300_000))
    for n in range(3):
        act.session.add(Instalment(plan_id=plan.id, number=n + 1, due=due_in(act, 30 * n - 1), amount_minor=100_000))
    # The first instalment has been paid: what is still owed are the last two.
    create_payment(act, creditor, "1000.00", invoice=invoice, on=act.today)
    weeks = cash_forecast(act.session, creditor, act.today).currencies[0].weeks
    assert [week.expected for week in weeks] == [0, 0, 0, 0, 80_000, 0, 0, 0, 80_000, 0, 0, 0]


def test_a_promise_brings_its_money_on_its_day_as_often_as_promises_are_kept(
    act: Act, creditor: Creditor, slow: Customer
) -> None:
    create_invoice(act, creditor, slow, "1000.00", days_late=2)
    before = cash_forecast(act.session, creditor, act.today).currencies[0].weeks
    make_promise(act, customer=slow, currency="NOK", amount_minor=100_000, due=due_in(act, 15))
    act.session.flush()
    after = cash_forecast(act.session, creditor, act.today).currencies[0].weeks
    assert after[2].expected == pytest.approx(70_000 + 0.3 * before[2].expected, abs=2)
    assert after[0].expected == pytest.approx(0.3 * before[0].expected, abs=2)
    # Two of two broken so far: the next is believed less.
    for _ in range(2):
        act.session.add(
            Promise(
                creditor_id=creditor.id, customer_id=slow.id, currency="NOK", amount_minor=5_000,
                made_on=due_in(act, -90), due=due_in(act, -80), status="broken", settled_on=due_in(act, -79),
            )
        )  # fmt: skip
    act.session.flush()
    assert cash_forecast(act.session, creditor, act.today).currencies[0].weeks[2].expected < after[2].expected


def test_the_forecast_is_made_once_a_week_and_held_against_what_came(
    act: Act, creditor: Creditor, slow: Customer, statements: Statements
) -> None:
    invoices = [create_invoice(act, creditor, slow, "1000.00", days_late=20 - n) for n in range(10)]
    act.session.flush()
    assert keep_forecast(act, creditor) == 1
    [made] = act.session.scalars(select(ForecastMade)).all()
    assert (made.currency, made.made_on, made.model, len(made.weeks)) == ("NOK", act.today, "history", 12)
    act.session.flush()
    statements.clear()
    assert keep_forecast(on(act, due_in(act, 6)), creditor) == 0
    assert len(statements) == 1
    for n in range(4):
        later = on(act, due_in(act, n))
        create_payment(later, creditor, "1000.00", invoice=invoices[n], on=later.today)
    # What was invoiced only afterwards was in nobody's forecast.
    quick = create_invoice(later, creditor, slow, "9000.00", due=due_in(act, 20), issue_date=due_in(act, 2))
    create_payment(later, creditor, "9000.00", invoice=quick, on=later.today)
    act.session.flush()
    assert keep_forecast(on(act, due_in(act, 7)), creditor) == 1
    act.session.refresh(made)
    assert [week.get("came_minor") for week in made.weeks[:2]] == [400_000, None]
    [turned_out] = hits(act.session, creditor, due_in(act, 7)).values()
    inside = made.weeks[0]["low_minor"] <= 400_000 <= made.weeks[0]["high_minor"]
    assert (turned_out.weeks, turned_out.inside) == (1, int(inside))
    # On the day it was made nobody could know.
    assert hits(act.session, creditor, act.today)["NOK"].weeks == 0


def test_the_band_becomes_as_wide_as_past_forecasts_ask_for(
    act: Act, creditor: Creditor, slow: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_invoice(act, creditor, slow, "1000.00", days_late=2)
    first = cash_forecast(act.session, creditor, act.today).currencies[0]
    weeks = [
        {
            "from": due_in(act, -7 * n).isoformat(),
            "expected_minor": 100_000, "low_minor": 90_000, "high_minor": 110_000, "width": 1.0,
            "came_minor": 100_000 + (-1) ** n * 3_000 * n,
        }
        for n in range(1, 11)
    ]  # fmt: skip
    for n in range(2):
        row = ForecastMade(
            creditor_id=creditor.id, currency="NOK", made_on=due_in(act, -90 - n), model="history", ledger_mark=0,
            weeks=weeks,
        )  # fmt: skip
        act.session.add(row)
    act.session.flush()
    wider = cash_forecast(act.session, creditor, act.today).currencies[0]
    assert wider.hits is not None
    assert (wider.hits.weeks, wider.hits.inside, wider.hits.rate) == (20, 6, 0.3)
    # Eight of ten were no further off than 2.4 times the half band.
    assert wider.width == pytest.approx(2.4, abs=0.1)
    assert wider.weeks[0].high > first.weeks[0].high
    monkeypatch.setattr(forecasts_kept, "ENOUGH_WEEKS", 21)
    assert cash_forecast(act.session, creditor, act.today).currencies[0].width == 1.0


def test_how_much_is_asked_of_the_database_does_not_depend_on_how_much_is_open(
    act: Act, creditor: Creditor, prompt: Customer, slow: Customer, statements: Statements
) -> None:
    def asked() -> int:
        act.session.flush()
        statements.clear()
        forecast = CashForecast(act.session, creditor, act.today)
        for _ in forecast.parts(named=True):
            pass
        return len(statements)

    create_invoice(act, creditor, prompt, days_late=3)
    before = asked()
    for n in range(20):
        create_invoice(act, creditor, create_customer(act, creditor), days_late=n)
    assert asked() == before


def test_an_empty_ledger_has_an_empty_forecast(act: Act, creditor: Creditor) -> None:
    shown = document(act, creditor)
    assert (shown["weeks"], shown["items"], shown["currencies"]) == ([], [], [])
    assert keep_forecast(act, creditor) == 0
    assert act.session.scalars(select(OpenItem)).all() == []
