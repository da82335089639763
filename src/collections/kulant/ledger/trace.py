"""From a figure to what it rests on: an item's entries, what they were allocated to, what was undone, and by what act.

Entries carry the instant of the act that wrote them; the audit trail carries the same, with who did it and what it was.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.ledger.models import Customer, Dispute, Entry, OpenItem, PaymentDetail
from kulant.people.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Booking:
    """One entry, with the balance of the item after it, and who wrote it when in which act."""

    entry_id: int
    kind: str  # post | allocate | reverse
    on: date
    amount_minor: int
    open_after_minor: int
    against: OpenItem | None
    reverses_id: int | None
    reversed_by_id: int | None
    recorded_at: datetime
    actor: str | None
    act: str | None  # what the audit trail says of it


@dataclass(frozen=True, slots=True)
class Trace:
    """An item and all that made it what it is."""

    item: OpenItem
    customer: Customer | None
    belongs_to: OpenItem | None
    charges: list[OpenItem]
    bookings: list[Booking]
    detail: PaymentDetail | None
    disputes: list[Dispute]
    files: set[str]  # by their SHA-256: what was imported by an act that booked on it
    last_recorded: datetime | None


def find_item(session: Session, creditor_id: int, number: str) -> OpenItem:
    """The invoice, payment or other item of that number; an invoice before anything else of the same number."""
    rows = session.scalars(select(OpenItem).where(OpenItem.creditor_id == creditor_id, OpenItem.number == number)).all()
    order = ("document", "payment", "charge", "adjustment")
    found = sorted(rows, key=lambda item: order.index(item.series))
    if not found:
        raise NotFound("no_item", f"there is no invoice, payment or other item {number!r}")
    return found[0]


def item_by_id(session: Session, creditor_id: int, item_id: int) -> OpenItem:
    """The item of that id; refuses when it is not this creditor's."""
    item = session.get(OpenItem, item_id)
    if item is None or item.creditor_id != creditor_id:
        raise NotFound("no_item", f"there is no item {item_id}")
    return item


def trace(session: Session, item: OpenItem) -> Trace:
    """Everything booked on the item, in the order it was written, in a fixed number of statements."""
    entries = session.scalars(select(Entry).where(Entry.item_id == item.id).order_by(Entry.id)).all()
    others = _items(session, {entry.against_item_id for entry in entries if entry.against_item_id})
    told = _told(session, item, {entry.recorded_at for entry in entries})
    acts = {at: (some[0].actor, _about(some, item)) for at, some in told.items()}
    reversed_by = {entry.reverses_id: entry.id for entry in entries if entry.reverses_id}
    after = accumulate(entry.amount_minor for entry in entries)
    bookings = [
        Booking(
            entry_id=entry.id,
            kind=entry.kind,
            on=entry.on,
            amount_minor=entry.amount_minor,
            open_after_minor=left,
            against=others.get(entry.against_item_id or 0),
            reverses_id=entry.reverses_id,
            reversed_by_id=reversed_by.get(entry.id),
            recorded_at=entry.recorded_at,
            actor=acts.get(entry.recorded_at, (None, None))[0],
            act=acts.get(entry.recorded_at, (None, None))[1],
        )
        for entry, left in zip(entries, after, strict=True)
    ]
    return Trace(
        item=item,
        customer=session.get(Customer, item.customer_id) if item.customer_id else None,
        belongs_to=session.get(OpenItem, item.belongs_to_id) if item.belongs_to_id else None,
        charges=list(session.scalars(select(OpenItem).where(OpenItem.belongs_to_id == item.id).order_by(OpenItem.id))),
        bookings=bookings,
        detail=session.get(PaymentDetail, item.id) if item.series == "payment" else None,
        disputes=list(session.scalars(select(Dispute).where(Dispute.item_id == item.id).order_by(Dispute.id))),
        files={one.data["sha256"] for some in told.values() for one in some if _is_import(one)},
        last_recorded=max((entry.recorded_at for entry in entries), default=None),
    )


def _items(session: Session, ids: Collection[int]) -> dict[int, OpenItem]:
    return {item.id: item for item in session.scalars(select(OpenItem).where(OpenItem.id.in_(ids)))}


def _told(session: Session, item: OpenItem, instants: Collection[datetime]) -> dict[datetime, list[AuditEntry]]:
    """What the audit trail has of the acts at these instants."""
    rows = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.creditor_id == item.creditor_id, AuditEntry.at.in_(instants))
        .order_by(AuditEntry.id)
    )
    told: dict[datetime, list[AuditEntry]] = {}
    for row in rows:
        told.setdefault(row.at, []).append(row)
    return told


def _is_import(one: AuditEntry) -> bool:
    return one.action.startswith("import") and "sha256" in one.data


def _about(told: list[AuditEntry], item: OpenItem) -> str | None:
    """Of all that one act told: what names the item, else the import it came in by, else what it told alone."""
    named = [one.text for one in told if one.customer_id == item.customer_id and item.number in one.text]
    imported = [one.text for one in told if _is_import(one)]
    alone = [told[0].text] if len(told) == 1 else []
    return next(iter(named or imported or alone), None)
