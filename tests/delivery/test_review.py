"""A run looks only at those about whom something changed since it looked last that day, and misses nobody."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.daily import run_day
from kulant.delivery.models import Delivery
from kulant.delivery.outbox import approve, undo
from kulant.intake.service import import_file
from kulant.ledger.models import Contact, Customer, Dispute, OpenItem
from kulant.ledger.service import open_dispute, resolve_dispute
from kulant.people.models import Creditor
from kulant.people.service import set_creditor
from kulant.plans.models import Plan
from kulant.plans.service import accept_offer, cancel_plan, make_offers
from kulant.plans.states import RUNNING
from kulant.relationship import reviewing
from kulant.relationship.late_reasons import set_reason
from kulant.relationship.models import Hold, Score
from kulant.relationship.models_view import Reviewed, RuleBookVersion, Standing
from kulant.relationship.service import add_note, make_promise, place_hold, release_holds
from kulant.relationship.strikes import add_strike
from kulant.transaction import keep_events
from kulant.treatment.clerk import dismiss, edit
from kulant.treatment.judged_by import judged_by
from kulant.treatment.models import Proposal
from kulant.treatment.policies import apply_policy
from kulant.treatment.queries import LIVE
from tests.delivery.conftest import Desk
from tests.support.factories import create_credit_note, create_customer, create_invoice, create_payment
from tests.support.proposals import ladder

TODAY = date(2026, 11, 23)


def looked_at(act: Act, creditor: Creditor) -> set[int]:
    """Whom a run looks at that begins now."""
    review = reviewing.begin(act, creditor.id, judged_by(act.session, creditor))
    act.reviews.clear()
    return {*act.session.scalars(select(Customer.id))} if review.customers is None else review.customers


def run(act: Act, creditor: Creditor) -> dict[str, Any]:
    """A run, committed as far as the test goes."""
    result = run_day(act, creditor=creditor)
    keep_events(act)
    return result


@pytest.fixture
def customers(act: Act, creditor: Creditor) -> list[Customer]:
    """Three customers with a late invoice each, looked at by today's run."""
    made = [create_customer(act, creditor, f"C{n}") for n in (1, 2, 3)]
    for customer in made:
        create_invoice(act, creditor, customer, "9000.00", days_late=20)
    keep_events(act)
    run(act, creditor)
    assert looked_at(act, creditor) == set()
    return made


def test_the_second_run_of_a_day_looks_at_nobody_and_the_next_days_at_everybody(
    act: Act, creditor: Creditor, customers: list[Customer]
) -> None:
    again = run(act, creditor)
    assert (again["proposed"], again["unchanged"], again["withdrawn"], again["scored"]) == (0, 3, 0, 0)
    tomorrow = replace(act, today=TODAY + timedelta(days=1))
    assert looked_at(tomorrow, creditor) == {customer.id for customer in customers}


def test_a_run_judging_by_something_else_looks_at_everybody(
    act: Act, creditor: Creditor, customers: list[Customer]
) -> None:
    everybody = {customer.id for customer in customers}
    apply_policy(act, creditor=creditor, text=ladder())
    assert looked_at(act, creditor) == everybody
    run(act, creditor)
    set_creditor(act, code=creditor.code, fee_agreed=True)
    assert looked_at(act, creditor) == everybody
    run(act, creditor)
    act.session.add(
        RuleBookVersion(
            creditor_id=creditor.id, version=1, rules={"strikes_stop": 1}, set_on=TODAY, set_at=act.now, set_by="clerk",
            why="one is enough",
        )
    )  # fmt: skip
    assert looked_at(act, creditor) == everybody
    run(act, creditor)
    assert looked_at(act, creditor) == set()


def test_imported_invoices_have_their_customers_looked_at_again_known_and_new(
    act: Act, creditor: Creditor, customers: list[Customer]
) -> None:
    rows = (
        "customer_id,currency,invoice_number,due_date,amount\nC2,NOK,F1,2026-11-01,10.00\nC9,NOK,F2,2026-11-01,10.00\n"
    )
    import_file(act, creditor=creditor, source=BytesIO(rows.encode()))
    keep_events(act)
    new = act.session.scalars(select(Customer.id).where(Customer.number == "C9")).one()
    assert looked_at(act, creditor) == {customers[1].id, new}
    run(act, creditor)
    assert looked_at(act, creditor) == set()


def note(act: Act, customer: Customer) -> None:
    add_note(act, customer=customer, kind="call", text="spoke with them")


def import_them(act: Act, customer: Customer) -> None:
    rows = f"customer_id,name,segment\n{customer.number},{customer.name},gold\n"
    creditor = act.session.get_one(Creditor, customer.creditor_id)
    import_file(act, creditor=creditor, source=BytesIO(rows.encode()), format="customers-csv")


def new_address(act: Act, customer: Customer) -> None:
    contact = act.session.scalars(select(Contact).where(Contact.customer_id == customer.id)).one()
    contact.email = None


def mark_no_dunning(act: Act, customer: Customer) -> None:
    customer.no_dunning = True


@pytest.mark.parametrize("change", [note, import_them, new_address, mark_no_dunning])
def test_whoever_something_changed_about_is_looked_at_again(
    act: Act, creditor: Creditor, customers: list[Customer], change: Callable[[Act, Customer], None]
) -> None:
    change(act, customers[1])
    keep_events(act)
    assert looked_at(act, creditor) == {customers[1].id}


def test_what_a_clerk_does_while_the_run_thinks_is_looked_at_by_the_next(desk: Desk) -> None:
    if desk.settings.database_url.startswith("sqlite"):
        pytest.skip("on SQLite the clerk waits until the run is done")
    for number in ("C1", "C2"):
        desk.owe("9000.00", number=number)
    with desk.doing() as act:
        run_day(act, creditor=desk.creditor(act))
        with desk.doing() as clerk:
            place_hold(clerk, customer=desk.customer(clerk), until=TODAY, reason="on holiday")
    with desk.doing() as act:
        assert looked_at(act, desk.creditor(act)) == {desk.customer(act).id}
        act.session.rollback()


def open_invoice(act: Act, customer: Customer) -> OpenItem | None:
    found = select(OpenItem).where(
        OpenItem.customer_id == customer.id, OpenItem.kind == "invoice", OpenItem.open_minor > 0
    )
    return act.session.scalars(found.order_by(OpenItem.id)).first()


def waiting(act: Act, customer: Customer) -> Proposal | None:
    return act.session.scalar(
        select(Proposal).where(Proposal.customer_id == customer.id, Proposal.status.in_(("proposed", "blocked")))
    )


def owe(act: Act, creditor: Creditor, customer: Customer) -> None:
    create_invoice(act, creditor, customer, "7000.00", days_late=15)


def pay(act: Act, creditor: Creditor, customer: Customer) -> None:
    if (invoice := open_invoice(act, customer)) is not None:
        create_payment(act, creditor, "3000.00", invoice=invoice)


def credit(act: Act, creditor: Creditor, customer: Customer) -> None:
    create_credit_note(act, creditor, customer, "500.00")


def hold(act: Act, creditor: Creditor, customer: Customer) -> None:
    if act.session.scalar(select(Hold.id).where(Hold.customer_id == customer.id, Hold.released_on.is_(None))):
        release_holds(act, customer=customer)
    else:
        place_hold(act, customer=customer, until=act.today + timedelta(days=3), reason="on holiday")


def promise(act: Act, creditor: Creditor, customer: Customer) -> None:
    make_promise(act, customer=customer, currency="NOK", amount_minor=100, due=act.today + timedelta(days=2))


def complain(act: Act, creditor: Creditor, customer: Customer) -> None:
    add_note(act, customer=customer, kind="complaint", text="half of it was broken")


def call(act: Act, creditor: Creditor, customer: Customer) -> None:
    add_note(act, customer=customer, kind="call", text="spoke with them")


def strike(act: Act, creditor: Creditor, customer: Customer) -> None:
    add_strike(act, customer=customer, text="we sent the wrong goods")


def dispute(act: Act, creditor: Creditor, customer: Customer) -> None:
    opened = act.session.scalar(
        select(Dispute).where(Dispute.customer_id == customer.id, Dispute.resolved_on.is_(None))
    )
    if opened is not None:
        resolve_dispute(act, dispute=opened, outcome="all is well")
    elif (invoice := open_invoice(act, customer)) is not None:
        open_dispute(act, item=invoice, reason="never ordered")


def plan(act: Act, creditor: Creditor, customer: Customer) -> None:
    offered = act.session.scalar(select(Plan).where(Plan.customer_id == customer.id, Plan.status == "offered"))
    active = act.session.scalar(select(Plan).where(Plan.customer_id == customer.id, Plan.status.in_(RUNNING)))
    if active is not None:
        cancel_plan(act, plan=active, reason="they wish it")
    elif offered is not None:
        accept_offer(act, plan=offered, offer=1, name="Test Testesen")
    else:
        make_offers(act, creditor=creditor, customer=customer, currency="NOK")


def approve_it(act: Act, creditor: Creditor, customer: Customer) -> None:
    if (proposal := waiting(act, customer)) is not None:
        approve(act, creditor=creditor, proposal=proposal, undo_seconds=60)


def dismiss_it(act: Act, creditor: Creditor, customer: Customer) -> None:
    if (proposal := waiting(act, customer)) is not None:
        dismiss(act, proposal=proposal, reason="spoke with them")


def edit_it(act: Act, creditor: Creditor, customer: Customer) -> None:
    if (proposal := waiting(act, customer)) is not None:
        edit(act, proposal=proposal, message="Ring me.")


def take_back(act: Act, creditor: Creditor, customer: Customer) -> None:
    found = select(Delivery).where(Delivery.customer_id == customer.id, Delivery.status == "approved")
    if (delivery := act.session.scalars(found.order_by(Delivery.id)).first()) is not None:
        undo(act, delivery=delivery)


def say_why(act: Act, creditor: Creditor, customer: Customer) -> None:
    set_reason(act, customer=customer, code="cash_gap", text="waits for its own customer")


def import_invoice(act: Act, creditor: Creditor, customer: Customer) -> None:
    due = act.today - timedelta(days=15)
    rows = "customer_id,currency,invoice_number,due_date,amount\n"
    rows += f"{customer.number},NOK,F{len(act.session.scalars(select(OpenItem.id)).all())},{due},700.00\n"
    import_file(act, creditor=creditor, source=BytesIO(rows.encode()), format="invoices-csv")


def import_payment(act: Act, creditor: Creditor, customer: Customer) -> None:
    rows = f"payment_id,date,amount,currency,customer_id\nI{len(act.session.scalars(select(OpenItem.id)).all())},"
    rows += f"{act.today},1500.00,NOK,{customer.number}\n"
    import_file(act, creditor=creditor, source=BytesIO(rows.encode()), format="payments-csv")


def change_ladder(act: Act, creditor: Creditor, customer: Customer) -> None:
    apply_policy(act, creditor=creditor, text=ladder(relationship="on" if customer.number == "C1" else "off"))


ACTS = (
    owe, pay, credit, hold, promise, complain, call, strike, dispute, plan, approve_it, take_back, dismiss_it, edit_it,
    say_why, import_invoice, import_payment, change_ladder,
)  # fmt: skip
SEQUENCES = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 3), st.sampled_from([0, 0, 0, 1, 6])), min_size=1, max_size=8
)


def outcome(act: Act, creditor: Creditor, *, everybody: bool) -> list[Any]:
    """What a run leaves behind; it is rolled back."""
    with act.session.begin_nested() as attempt:
        if everybody:
            act.session.execute(delete(Reviewed))
        result = run_day(act, creditor=creditor)
        act.session.flush()
        proposals = act.session.execute(
            select(
                Proposal.customer_id, Proposal.currency, Proposal.on, Proposal.treatment, Proposal.document,
                Proposal.step, Proposal.demand_minor, Proposal.status, Proposal.reasons, Proposal.options,
            ).where(Proposal.status.in_(LIVE)).order_by(Proposal.customer_id)
        ).all()  # fmt: skip
        derived = [
            act.session.execute(select(*table.__table__.columns).order_by(table.customer_id)).all()
            for table in (Score, Standing)
        ]
        attempt.rollback()
    act.events.clear()
    act.touched.clear()
    act.added.clear()
    act.reviews.clear()
    counted = {key: result[key] for key in ("proposed", "withdrawn", "scored", "standings")}
    return [counted, proposals, *derived]


@settings(max_examples=7, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=SEQUENCES)
def test_whatever_happens_a_run_proposes_what_one_would_that_looks_at_everybody(
    act: Act, creditor: Creditor, steps: list[tuple[Any, int, int]]
) -> None:
    act.session.flush()
    with act.session.begin_nested() as example:
        then = replace(act, events=[], touched=set(), added=[], reviews=[])
        customers = [create_customer(then, creditor, f"C{n}") for n in range(4)]
        for customer in customers:
            create_invoice(then, creditor, customer, "20000.00", days_late=12)
        run(then, creditor)
        for what, which, days in steps:
            then = replace(then, today=then.today + timedelta(days=days))
            if days:
                run(then, creditor)
            with suppress(Refusal):
                what(then, creditor, customers[which])
            keep_events(then)
            assert outcome(then, creditor, everybody=False) == outcome(then, creditor, everybody=True)
            run(then, creditor)
        example.rollback()
