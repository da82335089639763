"""What is owed to a creditor in all, by currency and age."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, case, exists, func, or_, select
from sqlalchemy.orm import Session

from kulant.ledger.models import OpenItem
from kulant.ledger.queries import issued_by
from kulant.people.models import Creditor


@dataclass(frozen=True, slots=True)
class Total:
    """The debts of one currency on the day; ``ageing`` runs from not yet due to more than ninety days late."""

    currency: str
    open_minor: int
    overdue_minor: int
    credits_minor: int
    ageing: tuple[int, int, int, int, int]


def totals(session: Session, creditor: Creditor, today: date) -> list[Total]:
    """One total for each currency in which something is open, the creditor's own first, then the largest."""
    owed = OpenItem.open_minor > 0
    edges = [today - timedelta(days=days) for days in (0, 30, 60, 90)]
    late = [OpenItem.due_date < edge for edge in edges]
    due = OpenItem.due_date
    rows = session.execute(
        select(
            OpenItem.currency,
            _sum(owed),
            _sum(~owed),
            _sum(owed & or_(due.is_(None), due >= edges[0])),
            *(_sum(owed & after & ~before) for after, before in itertools.pairwise(late)),
            _sum(owed & late[-1]),
        )
        .where(
            OpenItem.creditor_id == creditor.id,
            OpenItem.open_minor != 0,
            OpenItem.customer_id.is_not(None),
            issued_by(today),
        )
        .group_by(OpenItem.currency)
    )
    found = [
        Total(currency, int(open_), int(open_) - int(buckets[0]), int(credits), tuple(map(int, buckets)))  # type: ignore[arg-type]
        for currency, open_, credits, *buckets in rows
    ]
    return sorted(found, key=lambda total: (total.currency != creditor.currency, -total.open_minor))


def _sum(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((which, OpenItem.open_minor), else_=0)), 0)


def ledger_is_empty(session: Session, creditor: Creditor) -> bool:
    """Whether nothing was ever imported for the creditor."""
    return not session.scalar(select(exists().where(OpenItem.creditor_id == creditor.id)))
