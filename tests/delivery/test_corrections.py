"""A payment that crossed a letter: the apology, what was charged taken back, a strike on us, all by itself and once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from kulant.delivery.daily import run_day
from kulant.delivery.models import Delivery
from kulant.delivery.refused import refuse_address
from kulant.insight.wrongful import wrongful
from kulant.ledger.balances import mismatches
from kulant.ledger.models import Contact, OpenItem
from kulant.ledger.posting import Allocation, allocate
from kulant.ledger.queries import imbalances
from kulant.relationship.models import Task, TimelineEvent
from kulant.relationship.models_care import Strike
from kulant.treatment.models import Proposal
from tests.delivery.conftest import Desk
from tests.delivery.outbox_helpers import pdf_of, words
from tests.delivery.replaying import apply, open_items, owe, replay
from tests.support.factories import create_payment

# What has nothing to do with the kind of database is seen on one.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SENT = date(2026, 2, 9)  # the fee reminder leaves, with interest and compensation
RUN = date(2026, 2, 12)


def fee_reminder(desk: Desk, *amounts: str) -> None:
    """A fee reminder with charges has left for these invoices."""
    apply(desk)
    owe(desk, *amounts, kind="consumer")
    left = replay(desk, date(2026, 1, 24), SENT)
    assert left[-1][1] == "fee_reminder" and ("fee", 3800) in left[-1][2]


def paid_before(desk: Desk, invoice: str, amount: str) -> None:
    """The bank tells on the day of the run of a payment dated the day before the letter."""
    with desk.on(RUN).doing() as act:
        create_payment(act, desk.creditor(act), amount, invoice=desk.invoice(act, invoice), on=SENT - timedelta(days=1))


def run(desk: Desk, day: date = RUN) -> None:
    with desk.on(day).doing() as act:
        run_day(act, creditor=desk.creditor(act))


def apologies(desk: Desk) -> list[Delivery]:
    return [one for one in desk.deliveries() if one.kind == "apology"]


def test_the_apology_goes_out_with_what_was_charged_taken_back_and_it_counts_once(desk: Desk) -> None:
    fee_reminder(desk, "1000.00", "500.00")
    before = open_items(desk)
    charged = {number for number in before if number.startswith(("fee:", "interest:2:F1"))}
    assert charged
    paid_before(desk, "F1", "1000.00")
    for day in (RUN, RUN, RUN + timedelta(days=1)):
        run(desk, day)
    [apology] = apologies(desk)
    mails = len(desk.mail.received)
    desk.on(RUN).deliver()
    [message] = desk.mail.messages[mails:]
    text = words(pdf_of(message))
    assert "1 000,00" in text and "F1" in text and "F2" not in text
    assert apology.context["others"] is True
    open_now = open_items(desk)
    assert not charged & open_now.keys()
    assert {number for number in before if "F2" in number} <= open_now.keys()  # rightly asked: nothing changes
    with desk.doing() as act:
        assert [one.code for one in act.session.scalars(select(Strike))] == ["wrong_reminder"]
        told = set(act.session.scalars(select(TimelineEvent.kind)))
        assert {"strike_added", "charges_taken_back", "apology_queued"} <= told
        report = wrongful(act.session, desk.creditor(act), RUN)
        assert (report.letters, report.wrongful, report.wrong[0].causes) == (2, 1, ("paid", "strike"))
        assert imbalances(act.session) == [] and mismatches(act.session) == []
        assert act.session.scalar(select(func.count()).select_from(Task).where(Task.kind == "wrong_reminder")) == 0
        [line] = [
            line for one in act.session.scalars(select(Proposal).where(Proposal.document == "fee_reminder"))
            for line in one.charges if line["kind"] == "fee"
        ]  # fmt: skip
        assert line["taken_back"] == RUN.isoformat()


@ON_SQLITE
def test_what_was_paid_on_a_charge_becomes_the_customers_credit_again(desk: Desk) -> None:
    fee_reminder(desk, "1000.00")
    [fee] = [number for number in open_items(desk) if number.startswith("fee:")]
    with desk.on(SENT + timedelta(days=1)).doing() as act:
        item = act.session.scalars(select(OpenItem).where(OpenItem.number == fee)).one()
        payment = create_payment(act, desk.creditor(act), "38.00", customer=desk.customer(act))
        if payment.open_minor:
            allocate(act, [Allocation(payment, item, 3800, act.today)])
        assert item.open_minor == 0
    paid_before(desk, "F1", "1000.00")
    run(desk)
    with desk.doing() as act:
        items = {item.number: item.open_minor for item in act.session.scalars(select(OpenItem))}
        assert items[fee] == 0
        assert min(items.values()) == -3800  # theirs again
        assert imbalances(act.session) == []


@ON_SQLITE
@pytest.mark.parametrize("postal", ["Testgata 2\n0002 Oslo", None])
def test_where_mail_is_refused_the_apology_goes_by_post_and_else_a_person_apologises(
    desk: Desk, postal: str | None
) -> None:
    fee_reminder(desk, "1000.00")
    paid_before(desk, "F1", "1000.00")
    with desk.on(RUN).doing() as act:
        contact = act.session.scalars(select(Contact)).one()
        contact.address = postal
        refuse_address(
            act, creditor_id=desk.creditor_id, customer_id=None, address=str(contact.email), why="mail came back"
        )
    run(desk)
    assert [one.channel for one in apologies(desk)] == (["letter"] if postal else [])
    with desk.doing() as act:
        asked = act.session.scalars(select(Task.text).where(Task.kind == "wrong_reminder")).all()
    assert len(asked) == (0 if postal else 1)
