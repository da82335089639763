"""What customers tell us themselves, besides agreeing to a plan. Telling the same again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from kulant.core.calendar import add_business_days
from kulant.core.words import day_words
from kulant.db import Act
from kulant.ledger.models import Customer, Dispute, OpenItem
from kulant.ledger.queries import open_disputes
from kulant.ledger.service import open_dispute
from kulant.people.models import Creditor
from kulant.relationship import hardship, searching
from kulant.relationship.answers import add_dispute_tasks
from kulant.relationship.late_reasons import CUSTOMER, set_reason
from kulant.relationship.models import Hold, TimelineEvent
from kulant.relationship.models_care import HardshipNote
from kulant.relationship.queries import holds_in_force
from kulant.relationship.service import add_note, place_hold

SEARCH_DAYS = 5  # the bank's days in which we look for a payment the customer says was made
ANSWER_DAYS = 3  # business days within which a person answers
BREATHING_DAYS = 30  # nothing goes out so long to a customer who cannot manage


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the customer says is wrong: with how much of which invoices (none: all of it), and why."""

    parts: Sequence[tuple[OpenItem, int | None]]
    reason: str


def search_until(today: date, country: str) -> date:
    """The last day on which nothing goes out while we look for a payment."""
    return add_business_days(today, SEARCH_DAYS, country)


def answer_by(today: date, country: str) -> date:
    """The day by which a person answers."""
    return add_business_days(today, ANSWER_DAYS, country)


def quiet_until(today: date) -> date:
    """The last day of the quiet time for a customer who cannot manage."""
    return today + timedelta(days=BREATHING_DAYS)


def helper_of(creditor: Creditor, customer: Customer) -> str | None:
    """Who takes care of what the customer tells us: their account manager, else the person customers may call."""
    return customer.account_manager or creditor.contact_name


def say_paid(act: Act, *, creditor: Creditor, customer: Customer, paid_on: date, details: str) -> Hold:
    """The customer says it is paid: nothing goes out and no fee is charged while somebody looks for the money.

    Said again while somebody looks, it prolongs nothing; what is new in it is on the timeline.
    """
    _one_at_a_time(act, customer)
    said = f"The customer says it was paid on {day_words(paid_on)}"
    reason = f"{said}: {details}" if details else said
    held = _held(act, customer, searching.CODE)
    if held is not None:
        if held.reason != reason and (details or held.paid_on != paid_on):
            _note_once(act, customer, reason)
        return held
    until = search_until(act.today, creditor.country)
    hold = place_hold(act, customer=customer, until=until, reason=reason, code=searching.CODE)
    hold.paid_on = paid_on
    searching.begin(act, customer=customer, hold=hold, creditor=creditor)
    return hold


def ask_for_help(act: Act, *, creditor: Creditor, customer: Customer, phone: str, words: str) -> HardshipNote:
    """The customer cannot manage: nothing goes out for a month, and a person gets in touch.

    Their own words and number are kept apart, for whoever helps them; everybody else sees only that somebody does.
    """
    _one_at_a_time(act, customer)
    note = hardship.open_note(act.session, customer.id)
    if note is not None and _held(act, customer, hardship.CODE):
        hardship.add_to_note(act, note=note, words=words, phone=phone)
        return note
    owner = helper_of(creditor, customer)
    until, due = quiet_until(act.today), answer_by(act.today, creditor.country)
    place_hold(act, customer=customer, until=until, reason=hardship.SEEN_BY_ALL, code=hardship.CODE)
    set_reason(act, customer=customer, code=hardship.CODE, said_by=CUSTOMER)
    return hardship.take_note(act, customer=customer, words=words, phone=phone, owner=owner, due=due)


def complain(act: Act, *, creditor: Creditor, customer: Customer, complaint: Complaint) -> list[Dispute]:
    """The customer says something is wrong: that part is not asked for until a person has answered."""
    _one_at_a_time(act, customer)
    already = open_disputes(act.session, [customer.id])
    due, owner = answer_by(act.today, creditor.country), helper_of(creditor, customer)
    disputes = [
        open_dispute(
            act,
            item=item,
            amount_minor=minor,
            reason=complaint.reason,
            source="portal",
            owner=owner,
            answer_by=due,
        )
        for item, minor in complaint.parts
        if item.id not in already
    ]
    add_dispute_tasks(act, creditor=creditor, disputes=disputes)
    return disputes


def wait_for_us(act: Act, *, creditor: Creditor, customer: Customer) -> None:
    """Nothing goes out while the customer waits for our answer to their own plan."""
    _one_at_a_time(act, customer)
    until = answer_by(act.today, creditor.country)
    if not any(hold.until >= until for hold in holds_in_force(act.session, [customer.id], act.today)):
        place_hold(act, customer=customer, until=until, reason="We owe an answer to their own plan")


def _one_at_a_time(act: Act, customer: Customer) -> None:
    """A form sent twice at the same moment is one after the other, so that the second sees what the first did."""
    act.session.scalars(select(Customer.id).where(Customer.id == customer.id).with_for_update(key_share=True)).all()


def _note_once(act: Act, customer: Customer, text: str) -> None:
    """On the timeline, unless the same was the last that was said: a form may be sent twice."""
    last = act.session.scalar(
        select(TimelineEvent.text)
        .where(TimelineEvent.customer_id == customer.id, TimelineEvent.kind == "note")
        .order_by(TimelineEvent.id.desc())
        .limit(1)
    )
    if last != text:
        add_note(act, customer=customer, kind="note", text=text, direction="in")


def _held(act: Act, customer: Customer, code: str) -> Hold | None:
    return next((hold for hold in holds_in_force(act.session, [customer.id], act.today) if hold.code == code), None)
