"""The timeline of a customer: invoices, letters, calls, notes, promises and plans in one stream."""

from __future__ import annotations

from kulant.db import Act
from kulant.relationship.models import TimelineEvent


def write_timeline(act: Act) -> None:
    """One line for each event of the act that concerns a customer."""
    act.session.add_all(
        TimelineEvent(
            creditor_id=event.creditor_id,
            customer_id=event.customer_id,
            on=act.today,
            at=act.now,
            kind=event.kind,
            actor=act.actor,
            text=event.text,
            item_id=event.item_id,
            data=event.data,
        )
        for event in act.events
        if event.customer_id is not None
    )
