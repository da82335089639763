"""The timeline of a customer: invoices, letters, calls, notes, promises and plans in one stream."""

from __future__ import annotations

from typing import Any

from kulant.core.events import Event
from kulant.db import Act, canonical_json
from kulant.ledger.bulk import insert_rows
from kulant.relationship.models import TimelineEvent

_COLUMNS = (
    "creditor_id", "customer_id", "happened_on", "at", "kind", "actor", "text", "item_id", "direction", "data",
)  # fmt: skip


def write_timeline(act: Act) -> None:
    """One line for each event of the act that concerns a customer."""
    rows = [_row(act, event) for event in act.events if event.customer_id is not None]
    if rows:
        insert_rows(act.session, TimelineEvent, _COLUMNS, rows)


def _row(act: Act, event: Event) -> tuple[Any, ...]:
    return (
        event.creditor_id,
        event.customer_id,
        event.on or act.today,
        act.now,
        event.kind,
        act.actor if event.by is None else event.by,
        event.text,
        event.item_id,
        event.direction,
        canonical_json(event.data),
    )
