"""The SELECTs of what has been paid on the items of a plan since it was agreed, and what was taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from kulant.ledger.charges import CHARGES
from kulant.ledger.matching_queries import MONEY_IN
from kulant.ledger.models import Entry, OpenItem


@dataclass(slots=True)
class Settled:
    """What became of an item since a plan was agreed, in minor units above zero."""

    payments: int = 0
    credits: int = 0
    reopened: int = 0  # settled before the plan, and taken back since

    def add(self, kind: str, amount: int) -> None:
        """Counts what a payment or a credit has settled."""
        if amount > 0 and kind == "credit_note":
            self.credits += amount
        elif amount > 0:
            self.payments += amount


def settled_since(session: Session, item_ids: Collection[int], mark: int) -> dict[int, Settled]:
    """By item: what happened to it in entries newer than the mark.

    Each payment and credit counts with what it settles now more than it did then. One that settles less than it did
    has been taken back, wholly or in part; what it settles of another of the items instead is no new money.
    """
    against = aliased(OpenItem)
    rows = session.execute(
        select(Entry.item_id, against.id, against.kind, -func.sum(Entry.amount_minor))
        .join(against, against.id == Entry.against_item_id)
        .where(Entry.item_id.in_(item_ids), Entry.id > mark)
        .group_by(Entry.item_id, against.id, against.kind)
        .order_by(Entry.item_id, against.id)
    )
    moved: dict[tuple[int, str], dict[int, int]] = defaultdict(dict)
    for item_id, source, kind, amount in rows:
        moved[source, kind][item_id] = int(amount)
    settled = {item_id: Settled() for item_id in item_ids}
    for (_, kind), amounts in moved.items():
        back = -sum(amount for amount in amounts.values() if amount < 0)
        for item_id, amount in amounts.items():
            turned = min(back, amount) if amount > 0 else 0
            back -= turned
            settled[item_id].add(kind, amount - turned)
        for item_id, amount in amounts.items():
            if amount < 0 and back:
                settled[item_id].reopened += min(back, -amount)
                back -= min(back, -amount)
    return settled


def paid_on_charges(
    session: Session, invoice_ids: Collection[int], mark: int
) -> list[tuple[Entry, OpenItem, OpenItem]]:
    """What payments have paid on these invoices' charges in entries newer than the mark, newest first, and still do."""
    charge, money, undone = aliased(OpenItem), aliased(OpenItem), aliased(Entry)
    rows = session.execute(
        select(Entry, charge, money)
        .join(charge, charge.id == Entry.item_id)
        .join(money, money.id == Entry.against_item_id)
        .where(
            charge.belongs_to_id.in_(invoice_ids),
            charge.id.not_in(invoice_ids),  # what the plan itself costs is to be paid
            charge.kind.in_(CHARGES),
            money.kind.in_(MONEY_IN),
            Entry.kind == "allocate",
            Entry.id > mark,
            ~select(undone.id).where(undone.reverses_id == Entry.id).exists(),
        )
        .order_by(Entry.id.desc())
    )
    return [(entry, one, paid_by) for entry, one, paid_by in rows]


def balance_at(session: Session, item_ids: Collection[int], mark: int) -> dict[int, int]:
    """By item: its open balance when the marked entry was the newest."""
    rows = session.execute(
        select(Entry.item_id, func.sum(Entry.amount_minor))
        .where(Entry.item_id.in_(item_ids), Entry.id <= mark)
        .group_by(Entry.item_id)
    )
    return {item_id: int(amount) for item_id, amount in rows}


def newest_entry(session: Session, item_ids: Collection[int]) -> int:
    """The number of the newest entry on these items."""
    return session.scalar(select(func.max(Entry.id)).where(Entry.item_id.in_(item_ids))) or 0
