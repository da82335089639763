"""The audit trail: every state change with who, when and what, written in the transaction it tells of."""

from __future__ import annotations

from sqlalchemy import insert

from kulant.db import Act
from kulant.people.models import AuditEntry


def write_audit(act: Act) -> None:
    """One line for each event of the act."""
    rows = [
        {
            "at": act.now,
            "creditor_id": event.creditor_id,
            "customer_id": event.customer_id,
            "actor": act.actor,
            "action": event.kind,
            "text": event.text,
            "data": event.data,
        }
        for event in act.events
    ]
    if rows:
        act.session.execute(insert(AuditEntry), rows)
