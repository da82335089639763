"""A statement of account put into the outbox: by e-mail where that reaches the customer, else as a letter."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.core.words import day_words
from kulant.db import Act
from kulant.delivery.models import Delivery
from kulant.delivery.notes import new_note, queue
from kulant.delivery.routes import route
from kulant.ledger.models import Customer

KIND = "statement"


def send_statement(act: Act, *, customer: Customer, currency: str, days: tuple[date, date]) -> Delivery:
    """Sends the statement of those days; asked for again on the same day, it is the one that is on its way already."""
    first, last = days
    key = f"statement:{customer.id}:{currency}:{first:%Y%m%d}:{last:%Y%m%d}:{act.today:%Y%m%d}"
    there = act.session.scalar(select(Delivery).where(Delivery.key == key))
    if there is not None:
        return there
    channel, recipient = route(act.session, customer, "email")
    if not (recipient or "").strip():
        raise Refusal(
            "no_address", f"customer {customer.number} has neither an e-mail nor a postal address; add one first"
        )
    context = {"currency": currency, "first": first.isoformat(), "last": last.isoformat()}
    note = new_note(act, customer=customer, kind=KIND, key=key, channel=channel, recipient=recipient, context=context)
    delivery = queue(act, note)
    act.tell(
        Event(
            "statement_queued",
            f"Statement of account in {currency} from {day_words(first)} to {day_words(last)} is sent.",
            creditor_id=customer.creditor_id,
            customer_id=customer.id,
            data={"delivery": delivery.id, "channel": channel},
        )
    )
    return delivery
