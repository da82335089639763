"""The jobs that carry deliveries on PostgreSQL, put there in the transaction that puts the letter into the outbox.

The delivery row is the truth. A job only says that somebody should look at one: it may run twice, late or never, and
:func:`defer_leftovers` makes another for whatever is due and has none. SQLite has no jobs: its one worker looks itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.orm import Session

from kulant.db import Act

if TYPE_CHECKING:
    from procrastinate.types import JSONValue

QUEUE = "outbox"

# A worker that has not been heard of for so long is dead, and its jobs are somebody else's.
DEAD_AFTER_SECONDS = 30

_ALONE = text("SELECT pg_try_advisory_xact_lock(:lock)")
_LOCK = 0x4B53

# A job that is being done counts as long as its worker lives, and has not taken the delivery: one that was taken has a
# lease, and is due again only when that has run out.
_LIVING = text("""
    SELECT delivery.id
    FROM procrastinate_jobs job
    JOIN delivery ON delivery.id = (job.args ->> 'delivery')::bigint
    LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
    WHERE job.queue_name = :queue AND (
        job.status = 'todo'
        OR job.status = 'doing' AND delivery.lease_until IS NULL
            AND worker.last_heartbeat > clock_timestamp() - make_interval(secs => :seconds)
    )
""")

_DEAD = text("""
    DELETE FROM procrastinate_jobs job
    WHERE job.queue_name = :queue AND job.status = 'doing' AND NOT EXISTS (
        SELECT FROM procrastinate_workers worker
        WHERE worker.id = job.worker_id
            AND worker.last_heartbeat > clock_timestamp() - make_interval(secs => :seconds)
    )
""")


_DONE = text("""
    DELETE FROM procrastinate_jobs job
    USING delivery
    WHERE job.queue_name = :queue AND job.status = 'todo'
        AND delivery.id = (job.args ->> 'delivery')::bigint
        AND delivery.status IN ('sent', 'cancelled', 'failed', 'uncertain')
""")


def carries(session: Session) -> bool:
    """Whether jobs carry deliveries here."""
    return session.get_bind().dialect.name == "postgresql"


def defer(act: Act, delivery_ids: Collection[int], at: datetime) -> None:
    """Jobs for these deliveries at that moment, committed or rolled back with everything else the act does."""
    if not delivery_ids or not carries(act.session):
        return
    from kulant.delivery.tasks import carry  # takes long to load, and SQLite has no jobs

    connection = act.session.connection().connection.driver_connection
    deferred = carry().configure(schedule_at=at if at > act.now else None, connection=connection)
    named: list[dict[str, JSONValue]] = [{"delivery": delivery_id} for delivery_id in delivery_ids]
    deferred.batch_defer(*named)


def defer_leftovers(act: Act, due: Sequence[int]) -> int:
    """Jobs for what is due and has none: its job was lost, it was queued without one, or it waited and waits no more.

    Also removes the jobs of workers that died. One worker at a time does so; returns how many jobs were made.
    """
    if not act.session.scalar(_ALONE, {"lock": _LOCK}):
        return 0
    known = {"queue": QUEUE, "seconds": DEAD_AFTER_SECONDS}
    living = set(act.session.scalars(_LIVING, known))
    act.session.execute(_DEAD, known)
    left = [delivery_id for delivery_id in due if delivery_id not in living]
    defer(act, left, act.now)
    return len(left)


def drop_done(act: Act) -> None:
    """Removes the jobs of what was carried out without them, so that they do not pile up where no worker runs."""
    if carries(act.session):
        act.session.execute(_DONE, {"queue": QUEUE})
