"""The timeline of a customer: invoices, letters, calls, notes, promises and plans in one stream."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from kulant.core.events import Event
from kulant.db import Act
from kulant.relationship.models import TimelineEvent


def write_timeline(act: Act) -> None:
    """One line for each event of the act that concerns a customer."""
    rows = [_row(act, event) for event in act.events if event.customer_id is not None]
    if rows:
        act.session.execute(insert(TimelineEvent), rows)


def _row(act: Act, event: Event) -> dict[str, Any]:
    return {
        "creditor_id": event.creditor_id,
        "customer_id": event.customer_id,
        "on": event.on or act.today,
        "at": act.now,
        "kind": event.kind,
        "actor": act.actor if event.by is None else event.by,
        "text": event.text,
        "item_id": event.item_id,
        "direction": event.direction,
        "data": event.data,
    }
