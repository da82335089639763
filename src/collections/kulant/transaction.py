"""The one place where a transaction begins and ends: a request, a job or a command is one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from kulant import models  # noqa: F401  # all tables are known before the first flush, whatever a door imported
from kulant.db import Act, engine_for
from kulant.delivery import webhook_events
from kulant.delivery.again import wake
from kulant.ledger import balances
from kulant.ledger.bulk import insert_rows
from kulant.people import audit
from kulant.people.models import AuditEntry, Creditor
from kulant.relationship import reviewing
from kulant.relationship.standings import cared_for, refresh_standings
from kulant.relationship.timeline import write_timeline
from kulant.settings import Settings
from kulant.treatment.queries import without_plan


@contextmanager
def doing(settings: Settings, *, actor: str, country: str = "NO", today: date | None = None) -> Iterator[Act]:
    """A transaction in which ``actor`` does something; all of it is committed at the end, or none of it.

    ``country`` decides what day it is when no business date is set. What was told to the act is on the timeline and in
    the audit trail in the same transaction.
    """
    with Session(engine_for(settings.database_url), expire_on_commit=False) as session, session.begin():
        act = Act(
            session=session,
            actor=actor,
            today=today or settings.today(country),
            now=datetime.now(UTC),
            secret=settings.secret_key,
        )
        yield act
        keep_events(act)


def keep_events(act: Act) -> None:
    """Writes what happened to the timeline, the audit trail and the balances, and whom a run has to look at again.

    What waits at the send gate for somebody of whom anything was recorded is looked at again soon.

    Called once, before the commit.
    """
    changed, added = reviewing.changed_one_by_one(act), [ids for _, ids in act.added]
    wake(act, changed)
    if act.events:
        insert_rows(act.session, AuditEntry, audit.COLUMNS, audit.audit_rows(act))
        write_timeline(act)
        webhook_events.put(act)
        _keep_standings(act)
    act.events.clear()
    balances.keep(act)
    reviewing.keep(act, changed, added)


def _keep_standings(act: Act) -> None:
    """Lets the lists know at once what was recorded about a few customers; many wait for the next run."""
    for creditor_id, customer_ids in cared_for(act).items():
        creditor = act.session.get_one(Creditor, creditor_id)
        no_plan = without_plan(act.session, creditor_id, act.today, customer_ids)
        refresh_standings(act, creditor, customer_ids, no_plan=no_plan)
