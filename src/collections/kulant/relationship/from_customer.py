"""What customers tell us themselves, besides agreeing to a plan. Telling the same again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from kulant.core.calendar import add_business_days
from kulant.core.words import amount_words, day_words
from kulant.db import Act
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.queries import open_disputes
from kulant.ledger.service import open_dispute
from kulant.people.models import Creditor
from kulant.relationship.late_reasons import CUSTOMER, set_reason
from kulant.relationship.models import Hold
from kulant.relationship.queries import holds_in_force, open_concerns
from kulant.relationship.service import add_note, place_hold
from kulant.relationship.tasks import add_task

SEARCH_DAYS = 5  # business days in which we look for a payment the customer says was made
ANSWER_DAYS = 3  # business days within which a person answers
BREATHING_DAYS = 30  # nothing goes out so long to a customer who cannot manage


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the customer says is wrong: with which invoices, with how much, and why."""

    items: Sequence[OpenItem]
    reason: str
    amount_minor: int | None


def search_until(today: date, country: str) -> date:
    """The last day on which nothing goes out while we look for a payment."""
    return add_business_days(today, SEARCH_DAYS, country)


def answer_by(today: date, country: str) -> date:
    """The day by which a person answers."""
    return add_business_days(today, ANSWER_DAYS, country)


def quiet_until(today: date) -> date:
    """The last day of the quiet time for a customer who cannot manage."""
    return today + timedelta(days=BREATHING_DAYS)


def say_paid(act: Act, *, creditor: Creditor, customer: Customer, paid_on: date, details: str) -> None:
    """The customer says it is paid: nothing goes out while somebody looks for the money."""
    _one_at_a_time(act, customer)
    if _held(act, customer, "says_paid"):
        return
    until = search_until(act.today, creditor.country)
    said = f"The customer says it was paid on {day_words(paid_on)}"
    reason = f"{said}: {details}" if details else said
    place_hold(act, customer=customer, until=until, reason=reason, code="says_paid")
    _task(act, customer, "says_paid", f"{customer.name}: {reason}. Look for the payment.", due=until)


def ask_for_help(act: Act, *, creditor: Creditor, customer: Customer, phone: str, words: str) -> None:
    """The customer cannot manage: nothing goes out for a month, and a person gets in touch."""
    _one_at_a_time(act, customer)
    if _held(act, customer, "hardship"):
        return
    reason = "The customer cannot manage this now" + (f": {words.rstrip('.')}" if words else "")
    place_hold(act, customer=customer, until=quiet_until(act.today), reason=reason, code="hardship")
    set_reason(act, customer=customer, code="hardship", text=words, said_by=CUSTOMER)
    reach = f" They can be reached on {phone}." if phone else ""
    due = answer_by(act.today, creditor.country)
    _task(act, customer, "hardship", f"Call {customer.name} and find a way together. {reason}.{reach}", due=due)


def complain(act: Act, *, creditor: Creditor, customer: Customer, complaint: Complaint) -> None:
    """The customer says something is wrong: that part is not asked for until a person has answered."""
    _one_at_a_time(act, customer)
    already = open_disputes(act.session, [customer.id])
    fresh = [item for item in complaint.items if item.id not in already]
    for item in fresh:
        open_dispute(act, item=item, amount_minor=complaint.amount_minor, reason=complaint.reason, source="portal")
    if fresh:
        numbers = ", ".join(item.number for item in fresh)
        due = answer_by(act.today, creditor.country)
        _task(act, customer, "dispute", f"{customer.name} disputes {numbers}: {complaint.reason}", due=due)


def propose(
    act: Act, *, creditor: Creditor, customer: Customer, monthly_minor: int | None, currency: str, words: str
) -> None:
    """The customer proposes a plan of their own: a person answers, and nothing goes out until then."""
    _one_at_a_time(act, customer)
    per_month = f"{amount_words(monthly_minor, currency)} a month" if monthly_minor else ""
    wish = "Proposes to pay " + "; ".join(part for part in (per_month, words) if part)
    known = any(one.text == " ".join(wish.split()) for one in open_concerns(act.session, [customer.id]))
    if not known:
        due = answer_by(act.today, creditor.country)
        add_note(act, customer=customer, kind="request", text=wish, answer_by=due)
        set_reason(act, customer=customer, code="cash_gap", text=wish, said_by=CUSTOMER)
        place_hold(act, customer=customer, until=due, reason=f"We owe an answer. {wish}", code="clerk")


def _one_at_a_time(act: Act, customer: Customer) -> None:
    """A form sent twice at the same moment is one after the other, so that the second sees what the first did."""
    act.session.scalars(select(Customer.id).where(Customer.id == customer.id).with_for_update(key_share=True)).all()


def _held(act: Act, customer: Customer, code: str) -> Hold | None:
    return next((hold for hold in holds_in_force(act.session, [customer.id], act.today) if hold.code == code), None)


def _task(act: Act, customer: Customer, kind: str, text: str, *, due: date) -> None:
    add_task(act, creditor_id=customer.creditor_id, customer_id=customer.id, kind=kind, text=text, due=due)
