"""What an invoice file says was paid, as payments of the ledger: each difference once, however often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kulant.db import Act
from kulant.intake.payments_csv import OPENING, SETTLED
from kulant.intake.records import InvoiceRecord
from kulant.ledger.models import OpenItem
from kulant.ledger.posting import Allocation, Covering, allocate, paying, post_items
from kulant.people.models import Creditor


@dataclass(frozen=True, slots=True)
class Target:
    """What the file says should be open of an item, and since when."""

    open_minor: int
    on: date | None  # the day it was paid, where the file says so
    prefix: str


def target_of(record: InvoiceRecord, today: date) -> Target | None:
    """What should be open as far as it is known on the business date; ``None`` where the file does not say.

    A settlement after the business date is not known yet, and neither is an open amount that already reckons with it.
    """
    if record.settled_date is not None:
        return Target(0, record.settled_date, SETTLED) if record.settled_date <= today else None
    if record.open_minor is not None:
        return Target(record.open_minor, None, OPENING)
    return None


def day_before_import(record: InvoiceRecord, today: date) -> date:
    """The day a part paid before the import is booked on. It is unknown; unknown is not counted as late."""
    known = [day for day in (record.issue_date, record.due_date) if day is not None]
    return min([today, max(known)]) if known else today


@dataclass(frozen=True, slots=True)
class Settlement:
    """So much of an item is settled on that day."""

    item: OpenItem
    amount_minor: int  # above zero
    on: date
    number: str


def number_of(prefix: str, item_number: str, earlier: int) -> str:
    """The settlement's own number: the same facts always get the same one."""
    return f"{prefix}{item_number}:{earlier + 1}" if earlier else f"{prefix}{item_number}"


def post_settlements(act: Act, creditor: Creditor, settlements: Sequence[Settlement]) -> None:
    """Posts and allocates them all: a payment against what is owed, a paid-out sum against a credit note."""
    if not settlements:
        return
    posted = post_items(
        act,
        creditor=creditor,
        items=[paying(one.item, Covering(one.amount_minor, one.on, one.number)) for one in settlements],
    )
    allocate(
        act,
        [
            Allocation(item, settlement.item, settlement.amount_minor, settlement.on)
            if settlement.item.open_minor > 0
            else Allocation(settlement.item, item, settlement.amount_minor, settlement.on)
            for item, settlement in zip(posted, settlements, strict=True)
        ],
    )
