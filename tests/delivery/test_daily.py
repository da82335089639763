"""The daily run: everything follows from the ledger, and running it again changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from kulant.db import Act, Base
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.daily import run_day
from kulant.delivery.models import Delivery
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.placing import unmatch
from kulant.people.models import Creditor
from kulant.plans.models import Plan
from kulant.plans.service import break_plan, make_offers
from kulant.plans.states import RUNNING
from kulant.relationship.models import Promise, Task
from kulant.relationship.service import make_promise
from kulant.treatment.models import Proposal
from kulant.treatment.policies import apply_policy
from tests.support.factories import (
    create_bank_payment,
    create_creditor,
    create_customer,
    create_invoice,
    create_payment,
)
from tests.support.proposals import leave

TODAY = date(2026, 11, 23)


@pytest.fixture
def customer(act: Act, creditor: Creditor) -> Customer:
    return create_customer(act, creditor, "C1")


@pytest.fixture
def invoice(act: Act, creditor: Creditor, customer: Customer) -> OpenItem:
    return create_invoice(act, creditor, customer, "9000.00", days_late=20)


def on(act: Act, day: date) -> Act:
    return replace(act, today=day)


def rows(act: Act) -> dict[str, int]:
    """How many rows every table holds."""
    act.session.flush()
    return {
        table.name: act.session.scalars(select(func.count()).select_from(table)).one()
        for table in Base.metadata.sorted_tables
    }


CHANGES = (
    "proposed", "approved", "withdrawn", "promises_settled", "plans_completed", "plans_late", "plan_notices",
)  # fmt: skip


def changed(result: dict[str, Any]) -> dict[str, int]:
    return {key: result[key] for key in CHANGES if result[key]}


def test_running_twice_on_a_day_is_running_once(
    act: Act, creditor: Creditor, customer: Customer, invoice: OpenItem
) -> None:
    other = create_customer(act, creditor, "C2")
    create_invoice(act, creditor, other, "500.00", days_late=15)
    make_promise(act, customer=other, currency="NOK", amount_minor=50000, due=TODAY)
    assert changed(run_day(act, creditor=creditor)) == {"proposed": 1}
    before, told = rows(act), len(act.events)
    again = run_day(act, creditor=creditor)
    assert (changed(again), again["unchanged"]) == ({}, 1)
    assert (rows(act), len(act.events)) == (before, told)


def test_the_run_says_what_it_is_about(act: Act, creditor: Creditor, invoice: OpenItem) -> None:
    result = run_day(act, creditor=creditor)
    assert (result["creditor"], result["date"], result["scored"]) == ("NORD", "2026-11-23", 1)
    assert [event.kind for event in act.events][-1] == "daily_run"


def status(act: Act) -> list[str]:
    return list(act.session.scalars(select(Promise.status).order_by(Promise.id)))


def test_a_promise_is_kept_by_enough_money_in_time(
    act: Act, creditor: Creditor, customer: Customer, invoice: OpenItem
) -> None:
    make_promise(act, customer=customer, currency="NOK", amount_minor=100000, due=TODAY + timedelta(days=5))
    create_payment(act, creditor, "400.00", invoice=invoice)
    run_day(on(act, TODAY + timedelta(days=1)), creditor=creditor)
    assert status(act) == ["open"]
    create_payment(act, creditor, "600.00", invoice=invoice, on=TODAY + timedelta(days=5))
    result = run_day(on(act, TODAY + timedelta(days=6)), creditor=creditor)
    assert (status(act), result["promises_settled"]) == (["kept"], 1)


def test_a_promise_is_broken_the_day_after_its_day_and_the_case_comes_back(
    act: Act, creditor: Creditor, customer: Customer, invoice: OpenItem
) -> None:
    make_promise(act, customer=customer, currency="NOK", amount_minor=100000, due=TODAY + timedelta(days=2))
    create_payment(act, creditor, "999.99", invoice=invoice)
    assert changed(run_day(on(act, TODAY + timedelta(days=2)), creditor=creditor)) == {}
    result = run_day(on(act, TODAY + timedelta(days=3)), creditor=creditor)
    assert (status(act), changed(result)) == (["broken"], {"proposed": 1, "promises_settled": 1})


def test_one_payment_keeps_one_promise_only_however_often_the_run_is_made(
    act: Act, creditor: Creditor, customer: Customer, invoice: OpenItem
) -> None:
    for days in (5, 9):
        make_promise(act, customer=customer, currency="NOK", amount_minor=100000, due=TODAY + timedelta(days=days))
    create_payment(act, creditor, "1000.00", invoice=invoice)
    for day in (1, 1, 2):
        run_day(on(act, TODAY + timedelta(days=day)), creditor=creditor)
        assert status(act) == ["kept", "open"]
    create_payment(act, creditor, "1000.00", invoice=invoice, on=TODAY + timedelta(days=3))
    run_day(on(act, TODAY + timedelta(days=3)), creditor=creditor)
    assert status(act) == ["kept", "kept"]


def accepted(act: Act, creditor: Creditor, customer: Customer) -> Plan:
    """Three payments of 3,000: 1 December, 4 January, 1 February."""
    plan = make_offers(act, creditor=creditor, customer=customer, currency="NOK")
    return accept_plan(act, plan=plan, offer=2, name="Test Testesen")


def kinds(act: Act) -> list[str]:
    return list(act.session.scalars(select(Delivery.kind).order_by(Delivery.id)))


def test_a_plan_that_is_paid_is_completed_and_thanked_once(
    act: Act, creditor: Creditor, customer: Customer, invoice: OpenItem
) -> None:
    plan = accepted(act, creditor, customer)
    for day in (date(2026, 12, 1), date(2027, 1, 4), date(2027, 2, 1)):
        assert plan.status in RUNNING
        create_payment(act, creditor, "3000.00", reference=plan.reference, on=day)
        run_day(on(act, day), creditor=creditor)
        run_day(on(act, day), creditor=creditor)
    assert (plan.status, kinds(act), invoice.open_minor) == ("completed", ["plan_accepted", "thank_you"], 0)
    assert act.session.scalars(select(Proposal)).all() == []


def test_a_late_plan_is_nudged_then_offered_anew_then_called_about_and_comes_back_when_a_person_gives_it_up(
    act: Act, creditor: Creditor, customer: Customer, invoice: OpenItem
) -> None:
    plan = accepted(act, creditor, customer)
    assert changed(run_day(on(act, date(2026, 12, 1)), creditor=creditor)) == {}
    for day, change in ((2, {"plan_notices": 1}), (3, {}), (5, {"plan_notices": 1}), (7, {"plans_late": 1})):
        assert changed(run_day(on(act, date(2026, 12, day)), creditor=creditor)) == change, day
        assert changed(run_day(on(act, date(2026, 12, day)), creditor=creditor)) == {}, day
    assert act.session.scalars(select(Proposal)).all() == []
    notices = act.session.scalars(select(Delivery).where(Delivery.kind == "instalment_reminder").order_by(Delivery.id))
    assert [notice.context["occasion"] for notice in notices] == ["nudge", "reshape"]
    kinds = select(Task.kind).where(Task.kind.startswith("plan_")).order_by(Task.id)
    assert act.session.scalars(kinds).all() == ["plan_accepted", "plan_late"]
    break_plan(on(act, date(2026, 12, 8)), plan=plan, reason="they do not answer")
    assert changed(run_day(on(act, date(2026, 12, 8)), creditor=creditor)) == {"proposed": 1}
    [proposal] = act.session.scalars(select(Proposal)).all()
    assert proposal.reasons[0]["code"] == "plan_broken"


def test_a_step_that_needs_no_asking_is_approved_by_itself_and_waits_for_its_undo_period(
    act: Act, creditor: Creditor, invoice: OpenItem
) -> None:
    step = "{code: reminder, document: reminder, after: {days: 10, from: due_date}, approval: auto}"
    apply_policy(act, creditor=creditor, text=f"ladder: quick\nsteps:\n  - {step}\n")
    assert changed(run_day(act, creditor=creditor)) == {"proposed": 1, "approved": 1}
    assert changed(run_day(act, creditor=creditor)) == {}
    [delivery] = act.session.scalars(select(Delivery)).all()
    assert (delivery.status, delivery.not_before) == ("approved", act.now + timedelta(seconds=60))


def test_of_a_private_person_somebody_decides_anything_firmer_than_a_reminder_whatever_the_ladder_says(
    act: Act, creditor: Creditor
) -> None:
    more = "channel: letter, approval: auto"
    steps = "".join(
        f"  - {{code: {code}, document: {code}, after: {{days: {days}, from: {since}}}, {more}}}\n"
        for code, days, since in (("reminder", 10, "due_date"), ("final_reminder", 14, "previous_step"))
    )
    apply_policy(act, creditor=creditor, text=f"ladder: quick\nrelationship: off\nsteps:\n{steps}")
    for number, kind in (("P1", "consumer"), ("B1", "business")):
        customer = create_customer(act, creditor, number, kind=kind)
        create_invoice(act, creditor, customer, "9000.00", days_late=20, number=f"F-{number}")
    assert changed(run_day(act, creditor=creditor)) == {"proposed": 2, "approved": 2}
    for proposal in act.session.scalars(select(Proposal)):
        leave(act, proposal, act.today)
    later = on(act, TODAY + timedelta(days=15))
    assert changed(run_day(later, creditor=creditor)) == {"proposed": 2, "approved": 1}
    rows = select(Customer.kind, Proposal.document, Proposal.status).join(Customer, Customer.id == Proposal.customer_id)
    assert {tuple(row) for row in act.session.execute(rows.where(Proposal.on == later.today))} == {
        ("consumer", "final_reminder", "proposed"),
        ("business", "final_reminder", "approved"),
    }


def test_an_invoice_paid_the_same_day_is_not_asked_for(
    act: Act, creditor: Creditor, customer: Customer, invoice: OpenItem
) -> None:
    run_day(act, creditor=creditor)
    create_payment(act, creditor, "9000.00", invoice=invoice)
    assert changed(run_day(act, creditor=creditor)) == {"withdrawn": 1}


def test_one_creditors_run_leaves_the_other_alone(act: Act, creditor: Creditor, invoice: OpenItem) -> None:
    other = create_creditor(act, "SYD", name="Sydlys AS")
    theirs = create_customer(act, other, "S1")
    create_invoice(act, other, theirs, days_late=20)
    run_day(act, creditor=creditor)
    assert {row.creditor_id for row in act.session.scalars(select(Proposal))} == {creditor.id}


def test_a_payment_that_came_before_its_invoice_is_matched_by_the_run(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    payment = create_bank_payment(act, creditor, "9000.00", message="faktura F-77")
    assert (run_day(act, creditor=creditor)["payments_matched"], payment.open_minor) == (0, -900000)
    invoice = create_invoice(act, creditor, customer, "9000.00", days_late=20, number="F-77")
    assert run_day(act, creditor=creditor)["payments_matched"] == 1
    assert (payment.open_minor, invoice.open_minor) == (0, 0)


def test_what_a_clerk_took_back_the_run_leaves_to_the_clerk(
    act: Act, creditor: Creditor, customer: Customer, invoice: OpenItem
) -> None:
    payment = create_bank_payment(act, creditor, "9000.00", message=f"faktura {invoice.number}")
    assert invoice.open_minor == 0
    unmatch(act, creditor=creditor, payment=payment)
    assert run_day(act, creditor=creditor)["payments_matched"] == 0
    assert invoice.open_minor == 900000


def test_the_run_writes_off_small_rests_but_none_that_a_plan_covers(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    creditor.small_balance = {"NOK": 1000}
    rest = create_invoice(act, creditor, customer, "500.00", days_late=40)
    create_payment(act, creditor, "495.00", invoice=rest)
    other = create_customer(act, creditor)
    planned = create_invoice(act, creditor, other, "9000.00", days_late=40)
    plan = make_offers(act, creditor=creditor, customer=other, currency="NOK")
    accept_plan(act, plan=plan, offer=2, name="Test Person", evidence={})
    create_payment(act, creditor, "8995.00", invoice=planned)
    assert run_day(act, creditor=creditor)["written_off"] == 1
    assert (rest.open_minor, planned.open_minor) == (0, 500)
    assert run_day(act, creditor=creditor)["written_off"] == 0
