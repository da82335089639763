"""What waits for the clerk elsewhere: letters in the outbox, tasks that are due, payments without a place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.delivery.models import Delivery, SendingPause
from kulant.ledger.matching_queries import count_waiting
from kulant.people.models import Creditor
from kulant.relationship.models import Task

STUCK = ("blocked", "failed", "uncertain")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many there are of each, and why nothing leaves at all, where sending is paused."""

    outbox: int
    tasks: int
    payments: int
    paused: str | None = None


def waiting(session: Session, creditor: Creditor, *, today: date) -> Waiting:
    """Letters that have not left and need nobody or somebody, tasks whose day has come, payments to match."""
    letters = (
        select(func.count())
        .select_from(Delivery)
        .where(Delivery.creditor_id == creditor.id, Delivery.status.in_(("approved", *STUCK)))
        .scalar_subquery()
    )
    tasks = (
        select(func.count())
        .select_from(Task)
        .where(Task.creditor_id == creditor.id, Task.done_on.is_(None), Task.due <= today)
        .scalar_subquery()
    )
    payments = count_waiting(creditor.id).scalar_subquery()
    paused = (
        select(SendingPause.why)
        .where(SendingPause.ended_at.is_(None))
        .order_by(SendingPause.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    row = session.execute(select(letters, tasks, payments, paused)).one()
    return Waiting(outbox=int(row[0]), tasks=int(row[1]), payments=int(row[2]), paused=row[3])
