"""A reminder that crossed a payment counts against us once, and somebody apologises."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kulant.db import Act
from kulant.delivery.wrong_reminders import notice_wrong_reminders
from kulant.ledger.models import Customer, OpenItem
from kulant.people.models import Creditor
from kulant.relationship.models import Task
from kulant.relationship.models_care import Strike
from kulant.treatment.models import Proposal, ProposalItem, StepSent
from tests.support import factories as make

SENT = date(2026, 11, 10)


@pytest.fixture
def customer(act: Act, creditor: Creditor) -> Customer:
    return make.create_customer(act, creditor, "K1")


def invoice(act: Act, creditor: Creditor, customer: Customer, number: str) -> OpenItem:
    return make.create_invoice(act, creditor, customer, due=date(2026, 10, 20), number=number)


def send(act: Act, creditor: Creditor, *items: OpenItem, document: str = "reminder", on: date = SENT) -> None:
    """A letter that left on that day and took these invoices to a step."""
    letter = Proposal(
        creditor_id=creditor.id, customer_id=items[0].customer_id, currency="NOK", on=on, treatment=document,
        document=document, channel="email", language="nb", firmness=1, demand_minor=1, reasons=[], options=[],
        break_evens=[], offers=[], facts={}, status="sent", decided_on=on, created_at=act.now,
    )  # fmt: skip
    act.session.add(letter)
    act.session.flush()
    for item in items:
        act.session.add(ProposalItem(proposal_id=letter.id, item_id=item.id, asked_minor=1, step="s"))
        act.session.add(StepSent(item_id=item.id, proposal_id=letter.id, step="s", document=document, sent_on=on))
    act.session.flush()


def strikes(act: Act) -> list[Strike]:
    return list(act.session.scalars(select(Strike)))


def test_a_payment_dated_before_the_letter_is_a_strike_once(act: Act, creditor: Creditor, customer: Customer) -> None:
    first, second, open_one = (invoice(act, creditor, customer, number) for number in ("I-1", "I-2", "I-3"))
    send(act, creditor, first, second, open_one)
    assert notice_wrong_reminders(act, creditor) == 0
    for item in (first, second):
        make.create_payment(act, creditor, "1000.00", invoice=item, on=SENT - timedelta(days=1))
    assert [notice_wrong_reminders(act, creditor), notice_wrong_reminders(act, creditor)] == [1, 0]
    [strike] = strikes(act)
    assert (strike.code, strike.on, strike.item_id, strike.customer_id) == (
        "wrong_reminder", SENT, first.id, customer.id,
    )  # fmt: skip
    [task] = act.session.scalars(select(Task))
    assert (task.due, "I-1, I-2" in task.text, "Apologise" in task.text) == (act.today, True, True)


@pytest.mark.parametrize(
    ("amount", "days_before", "document"),
    [("1000.00", 0, "reminder"), ("999.00", 1, "reminder"), ("1000.00", 1, "courtesy")],
)
def test_the_same_day_a_part_and_a_courtesy_note_are_no_mistake(
    act: Act, creditor: Creditor, customer: Customer, amount: str, days_before: int, document: str
) -> None:
    item = invoice(act, creditor, customer, "I-1")
    send(act, creditor, item, document=document)
    make.create_payment(act, creditor, amount, invoice=item, on=SENT - timedelta(days=days_before))
    assert notice_wrong_reminders(act, creditor) == 0


def test_what_comes_to_light_long_after_counts_nothing(act: Act, creditor: Creditor, customer: Customer) -> None:
    item = make.create_invoice(act, creditor, customer, due=date(2026, 6, 1), number="I-1")
    send(act, creditor, item, on=date(2026, 7, 1))
    make.create_payment(act, creditor, "1000.00", invoice=item, on=date(2026, 6, 28))
    assert notice_wrong_reminders(act, creditor) == 0
