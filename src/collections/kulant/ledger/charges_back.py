"""Taking back what a letter charged, when the letter was wrong: each charge is reversed by an equal and opposite item.

What was paid on a charge is set free again, so that it can pay something that is owed; nothing posted is changed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.events import Event
from kulant.core.words import amount_words
from kulant.db import Act
from kulant.ledger.bulk import among
from kulant.ledger.charges import CHARGES
from kulant.ledger.models import Entry, OpenItem
from kulant.ledger.posting import Allocation, NewItem, allocate, post_items, reverse_allocation
from kulant.people.models import Creditor


def charges_of_letter(session: Session, creditor_id: int, letter: int) -> Sequence[OpenItem]:
    """What that letter charged, by the numbers its charges have."""
    fee, *others = (f"{kind}:{letter}" for kind in CHARGES)
    own = OpenItem.number == fee
    for one in others:
        own = own | OpenItem.number.like(f"{one}:%")
    return session.scalars(
        select(OpenItem)
        .where(OpenItem.creditor_id == creditor_id, OpenItem.series == "charge", OpenItem.amount_minor > 0, own)
        .order_by(OpenItem.id)
    ).all()


def take_back_charges(
    act: Act, *, creditor: Creditor, letter: int, charges: Sequence[OpenItem], reason: str
) -> list[tuple[str, int]]:
    """Reverses these charges of a letter; the kind and amount (minor units) of each. What was written off stays so."""
    _set_free(act, [charge.id for charge in charges])
    open_now = [charge for charge in charges if charge.open_minor > 0]
    if not open_now:
        return []
    opposites = post_items(
        act,
        creditor=creditor,
        items=[
            NewItem(
                kind=charge.kind,
                number=f"{charge.kind}:{letter}:back:{charge.id}",
                currency=charge.currency,
                amount_minor=-charge.open_minor,
                customer_id=charge.customer_id,
                issue_date=act.today,
                belongs_to_id=charge.belongs_to_id,
                reason=reason,
            )
            for charge in open_now
        ],
    )
    back = [(charge.kind, charge.open_minor) for charge in open_now]
    pairs = zip(opposites, open_now, strict=True)
    allocate(act, [Allocation(opposite, charge, charge.open_minor, act.today) for opposite, charge in pairs])
    total = sum(minor for _, minor in back)
    act.tell(
        Event(
            "charges_taken_back",
            f"Taken back: {amount_words(total, open_now[0].currency)} in interest and fees. {reason}",
            creditor_id=creditor.id,
            customer_id=open_now[0].customer_id,
            data={"proposal": letter, "items": [charge.number for charge in open_now]},
        )
    )
    return back


def _set_free(act: Act, charge_ids: Collection[int]) -> None:
    """Money that was placed on these charges becomes the customer's credit again."""
    if not charge_ids:
        return
    undone = select(Entry.reverses_id).where(Entry.reverses_id.is_not(None))
    placed = act.session.scalars(
        select(Entry)
        .join(OpenItem, OpenItem.id == Entry.against_item_id)
        .where(
            among(act.session, Entry.item_id, charge_ids),
            Entry.kind == "allocate",
            OpenItem.series.in_(("payment", "document")),
            Entry.id.not_in(undone),
        )
        .order_by(Entry.id)
    ).all()
    for entry in placed:
        reverse_allocation(act, entry, on=act.today)
