"""The audit trail: every state change with who, when and what, written in the transaction it tells of."""

from __future__ import annotations

from typing import Any

from kulant.db import Act, canonical_json

COLUMNS = ("at", "creditor_id", "customer_id", "actor", "action", "text", "data")


def audit_rows(act: Act) -> list[tuple[Any, ...]]:
    """One line for each event of the act, column by column."""
    return [
        (act.now, event.creditor_id, event.customer_id, act.actor, event.kind, event.text, canonical_json(event.data))
        for event in act.events
    ]
