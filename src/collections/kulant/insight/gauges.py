"""How the house stands, in figures an operator watches: what waits, what failed, when it last ran."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.delivery.models import Delivery
from kulant.intake.models import ImportRun
from kulant.ledger.models import CustomerBalance
from kulant.people.models import Creditor
from kulant.relationship.models import Task


def deliveries(session: Session) -> dict[tuple[str, str], int]:
    """How many letters there are, by creditor's code and state."""
    rows = session.execute(
        select(Creditor.code, Delivery.status, func.count())
        .join(Creditor, Creditor.id == Delivery.creditor_id)
        .group_by(Creditor.code, Delivery.status)
    )
    return {(code, status): count for code, status, count in rows}


def imports(session: Session) -> dict[tuple[str, str], int]:
    """How many imports there are, by creditor's code and state."""
    rows = session.execute(
        select(Creditor.code, ImportRun.status, func.count())
        .join(Creditor, Creditor.id == ImportRun.creditor_id)
        .group_by(Creditor.code, ImportRun.status)
    )
    return {(code, status): count for code, status, count in rows}


def open_tasks(session: Session) -> dict[str, int]:
    """How many tasks wait for a person, by creditor's code."""
    rows = session.execute(
        select(Creditor.code, func.count(Task.id))
        .outerjoin(Task, (Task.creditor_id == Creditor.id) & Task.done_on.is_(None))
        .group_by(Creditor.code)
    )
    return {code: count for code, count in rows}  # noqa: C416 -- rows are no tuples to mypy


def last_runs(session: Session) -> dict[str, date]:
    """The business date of the last daily run, by creditor's code; none for a creditor to whom nothing is owed.

    A run brings every balance up to its day, and nothing else does that to all of them: the oldest tells.
    """
    rows = session.execute(
        select(Creditor.code, func.min(CustomerBalance.as_of))
        .join(CustomerBalance, CustomerBalance.creditor_id == Creditor.id)
        .group_by(Creditor.code)
    )
    return {code: day for code, day in rows}  # noqa: C416 -- rows are no tuples to mypy
