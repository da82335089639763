"""SELECTs of the overdue list: one statement for the sums of all customers, a few for what a page shows beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from kulant.ledger.models import OpenItem
from kulant.ledger.queries import issued_by
from kulant.ledger.rules import Ageing
from kulant.treatment.models import Proposal
from kulant.treatment.queries import LIVE


@dataclass(frozen=True, slots=True)
class Account:
    """A customer's late account in one currency: sums in minor units."""

    customer_id: int
    currency: str
    items: int
    ageing: Ageing
    oldest_due: date


def accounts(session: Session, creditor_id: int, today: date) -> list[Account]:
    """Every account with something overdue, in one statement."""
    positive = OpenItem.open_minor > 0
    sums = [func.sum(case((and_(positive, span), OpenItem.open_minor), else_=0)) for span in _spans(today)]
    overdue = func.sum(case((and_(positive, OpenItem.due_date < today), OpenItem.open_minor), else_=0))
    statement = (
        select(
            OpenItem.customer_id,
            OpenItem.currency,
            func.sum(case((and_(positive, OpenItem.due_date < today), 1), else_=0)),
            *sums,
            func.sum(case((OpenItem.open_minor < 0, OpenItem.open_minor), else_=0)),
            func.min(case((and_(positive, OpenItem.due_date < today), OpenItem.due_date))),
        )
        .where(
            OpenItem.creditor_id == creditor_id,
            OpenItem.open_minor != 0,
            OpenItem.customer_id.is_not(None),
            issued_by(today),
        )
        .group_by(OpenItem.customer_id, OpenItem.currency)
        .having(overdue > 0)
    )
    return [
        Account(row[0], row[1], int(row[2]), Ageing(*(int(amount) for amount in row[3:9])), row[9])
        for row in session.execute(statement)
    ]


def _spans(today: date) -> list[ColumnElement[bool]]:
    """The five ageing buckets as conditions on the due date."""
    due = OpenItem.due_date
    edges = [today - timedelta(days=days) for days in (30, 60, 90)]
    return [
        or_(due.is_(None), due >= today),
        and_(due < today, due >= edges[0]),
        and_(due < edges[0], due >= edges[1]),
        and_(due < edges[1], due >= edges[2]),
        due < edges[2],
    ]


def live_proposals(session: Session, creditor_id: int) -> dict[tuple[int, str], Proposal]:
    """What is proposed, approved or blocked now, by customer and currency."""
    rows = session.scalars(
        select(Proposal).where(Proposal.creditor_id == creditor_id, Proposal.status.in_(LIVE)).order_by(Proposal.id)
    )
    return {(row.customer_id, row.currency): row for row in rows}
