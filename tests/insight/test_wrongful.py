"""Letters that should not have been sent: every cause is found, and what happened on the day itself is no mistake."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kulant.db import Act
from kulant.insight.wrongful import wrongful, wrongful_json
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.service import open_dispute
from kulant.people.models import Creditor
from kulant.relationship.models import Concern, Hold, Promise
from kulant.treatment.models import Proposal, StepSent
from tests.support import factories as make

SENT = date(2026, 11, 10)


@pytest.fixture
def customer(act: Act, creditor: Creditor) -> Customer:
    return make.create_customer(act, creditor, "K1")


@pytest.fixture
def invoice(act: Act, creditor: Creditor, customer: Customer) -> OpenItem:
    return make.create_invoice(act, creditor, customer, due=date(2026, 10, 20), number="I-1")


def send(act: Act, creditor: Creditor, item: OpenItem, document: str = "reminder", on: date = SENT) -> None:
    proposal = Proposal(
        creditor_id=creditor.id, customer_id=item.customer_id, currency="NOK", on=on, treatment=document,
        document=document, channel="email", language="nb", firmness=1, demand_minor=1, reasons=[], options=[],
        break_evens=[], offers=[], facts={}, status="sent", created_at=act.now,
    )  # fmt: skip
    act.session.add(proposal)
    act.session.flush()
    act.session.add(StepSent(item_id=item.id, proposal_id=proposal.id, step="s", document=document, sent_on=on))
    act.session.flush()


def causes(act: Act, creditor: Creditor) -> list[str]:
    found = wrongful(act.session, creditor, act.today)
    assert found.wrongful == len({one.letter for one in found.wrong})
    return [code for one in found.wrong for code in one.causes]


def test_a_letter_after_the_payment_by_value_date_is_wrongful(
    act: Act, creditor: Creditor, customer: Customer, invoice: OpenItem
) -> None:
    send(act, creditor, invoice)
    make.create_payment(act, creditor, "1000.00", invoice=invoice, on=SENT - timedelta(days=1))
    act.session.flush()
    shown = wrongful_json(wrongful(act.session, creditor, act.today), trace=True)
    assert (shown["letters"], shown["wrongful"], shown["rate"]) == (1, 1, 1.0)
    [traced] = shown["trace"]
    assert (traced["customer"], traced["invoice"], traced["sent"]) == ("K1", "I-1", "2026-11-10")
    assert traced["causes"] == [{"code": "paid", "words": "It had been paid, by value date"}]


def test_a_payment_of_the_same_day_or_of_a_part_is_no_mistake(
    act: Act, creditor: Creditor, customer: Customer, invoice: OpenItem
) -> None:
    send(act, creditor, invoice)
    make.create_payment(act, creditor, "400.00", invoice=invoice, on=SENT - timedelta(days=3))
    make.create_payment(act, creditor, "600.00", invoice=invoice, on=SENT)
    act.session.flush()
    assert causes(act, creditor) == []


@pytest.mark.parametrize("days", [0, 1])
def test_what_began_before_the_letter_makes_it_wrongful_and_what_began_that_day_does_not(
    act: Act, creditor: Creditor, customer: Customer, invoice: OpenItem, days: int
) -> None:
    began = SENT - timedelta(days=days)
    send(act, creditor, invoice)
    ours = {"creditor_id": creditor.id, "customer_id": customer.id}
    dispute = open_dispute(act, item=invoice, reason="not ours")
    dispute.opened_on = began
    act.session.add_all(
        [
            Hold(**ours, code="clerk", reason="x", placed_on=began, until=SENT),
            Promise(**ours, currency="NOK", amount_minor=1, made_on=began, due=SENT, status="open"),
            Concern(**ours, kind="complaint", text="x", opened_on=began),
            Concern(**ours, kind="request", text="x", opened_on=began - timedelta(days=9)),
            Promise(**ours, currency="EUR", amount_minor=1, made_on=began - timedelta(days=9), due=SENT),
        ]
    )
    act.session.flush()
    assert sorted(causes(act, creditor)) == (["complaint", "disputed", "hold", "promise"] if days else [])


def test_what_was_over_before_the_letter_does_not_count(
    act: Act, creditor: Creditor, customer: Customer, invoice: OpenItem
) -> None:
    send(act, creditor, invoice)
    early, over = SENT - timedelta(days=9), SENT - timedelta(days=2)
    ours = {"creditor_id": creditor.id, "customer_id": customer.id}
    act.session.add_all(
        [
            Hold(**ours, code="clerk", reason="x", placed_on=early, until=SENT, released_on=over),
            Hold(**ours, code="clerk", reason="x", placed_on=early, until=over),
            Concern(**ours, kind="complaint", text="x", opened_on=early, answered_on=over),
        ]
    )
    act.session.flush()
    assert causes(act, creditor) == []


def test_a_courtesy_note_is_no_reminder(act: Act, creditor: Creditor, customer: Customer, invoice: OpenItem) -> None:
    make.create_payment(act, creditor, "1000.00", invoice=invoice, on=SENT - timedelta(days=5))
    send(act, creditor, invoice, "courtesy")
    found = wrongful(act.session, creditor, act.today)
    assert (found.letters, found.wrongful) == (0, 0)
