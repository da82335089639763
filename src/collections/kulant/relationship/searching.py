"""Looking for a payment the customer says was made: for some days nothing goes out; a payment that comes ends it."""

from __future__ import annotations

from sqlalchemy import func, select

from kulant.core.events import Event
from kulant.db import Act
from kulant.ledger.models import Customer, Entry, OpenItem
from kulant.people.models import Creditor
from kulant.relationship.models import Hold
from kulant.relationship.tasks import KeyedTask, add_keyed_task, tick_off

CODE = "says_paid"
KEY = "says_paid:{}"  # of the task: the hold


def begin(act: Act, *, creditor: Creditor, customer: Customer, hold: Hold) -> None:
    """Remembers how far the ledger had come, and asks a person to look for the money."""
    entries = select(func.max(Entry.id)).join(OpenItem, OpenItem.id == Entry.item_id)
    hold.ledger_mark = act.session.scalar(entries.where(OpenItem.customer_id == customer.id)) or 0
    task = KeyedTask(
        key=KEY.format(hold.id),
        text=f"{customer.name}: {hold.reason}. Look for the payment.",
        due=hold.until,
        customer_id=customer.id,
    )
    add_keyed_task(act, creditor_id=creditor.id, kind=CODE, task=task)
    act.session.flush()


def end_searches(act: Act, creditor: Creditor) -> int:
    """Ends the search where a payment has found its invoice since; what is still open is looked at by the next run.

    One statement for all customers; running it again changes nothing.
    """
    paid = (
        select(Entry.id)
        .join(OpenItem, OpenItem.id == Entry.item_id)
        .where(
            OpenItem.customer_id == Hold.customer_id,
            OpenItem.kind == "payment",
            Entry.kind == "allocate",
            Entry.id > Hold.ledger_mark,
        )
    )
    found = act.session.scalars(
        select(Hold)
        .where(
            Hold.creditor_id == creditor.id,
            Hold.code == CODE,
            Hold.until >= act.today,
            Hold.released_on.is_(None),
            Hold.ledger_mark.is_not(None),
            paid.exists(),
        )
        .order_by(Hold.id)
    ).all()
    for hold in found:
        hold.released_on = act.today
        tick_off(act, creditor_id=creditor.id, key=KEY.format(hold.id))
        act.tell(
            Event(
                "hold_released",
                "Hold released: a payment has come since the customer said it was paid.",
                creditor_id=creditor.id,
                customer_id=hold.customer_id,
                data={"hold": hold.id},
            )
        )
    return len(found)
