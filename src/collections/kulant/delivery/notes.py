"""Rows of the outbox that belong to no proposal: confirmations, thanks, apologies, copies by post."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from kulant.db import Act
from kulant.delivery.models import Delivery
from kulant.ledger.models import Customer

# The channel of what is drawn and archived and goes nowhere: the customer fetches it from their own page.
ARCHIVE = "archive"


def new_note(
    act: Act,
    *,
    customer: Customer,
    kind: str,
    key: str,
    recipient: str | None,
    context: dict[str, Any],
    channel: str = "email",
    document_id: int | None = None,
) -> Delivery:
    """A row that may leave at once and has not been added yet. ``context``: what it is written from when it leaves."""
    return Delivery(
        creditor_id=customer.creditor_id,
        customer_id=customer.id,
        proposal_id=None,
        key=key,
        kind=kind,
        channel=channel,
        recipient=recipient,
        status="approved",
        context=context,
        document_id=document_id,
        not_before=act.now,
        approved_on=act.today,
        created_at=act.now,
    )


def queue(act: Act, note: Delivery) -> Delivery:
    """Puts the row into the outbox; the one that is there by its key stands."""
    there = act.session.scalar(select(Delivery).where(Delivery.key == note.key))
    if there is not None:
        return there
    act.session.add(note)
    act.session.flush()
    return note
