"""SELECTs of the overdue list: one statement for the sums of all customers, a few for what a page shows beside them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from kulant.db import columns_of
from kulant.ledger.bulk import among
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.queries import issued_by
from kulant.ledger.rules import Ageing
from kulant.relationship.models import Score
from kulant.relationship.models_view import Standing
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


class Person(NamedTuple):
    """A customer as the list names them."""

    id: int
    number: str
    name: str
    account_manager: str | None


def people(session: Session, customer_ids: Collection[int]) -> dict[int, Person]:
    """The customers, by id."""
    rows = session.execute(select(*columns_of(Customer, Person)).where(among(session, Customer.id, customer_ids)))
    return {row.id: row for row in map(Person._make, rows)}


class Worth(NamedTuple):
    """A customer's score without how it came about."""

    customer_id: int
    currency: str
    grade: str
    value_12m_minor: int
    thin_data: bool
    on_time_rate: float | None
    late_risk: float


def worths(session: Session, customer_ids: Collection[int]) -> dict[int, Worth]:
    """The scores, by customer."""
    rows = session.execute(select(*columns_of(Score, Worth)).where(among(session, Score.customer_id, customer_ids)))
    return {row.customer_id: row for row in map(Worth._make, rows)}


def value_reasons(session: Session, customer_ids: Collection[int]) -> dict[int, list[dict[str, str]]]:
    """Why each customer is worth what they are."""
    rows = session.execute(
        select(Score.customer_id, Score.reasons).where(among(session, Score.customer_id, customer_ids))
    )
    return dict(rows.all())


class Bond(NamedTuple):
    """How a relationship stands, without why."""

    customer_id: int
    attachment: int | None
    keepability: float | None
    phase: str | None
    danger_reasons: list[dict[str, str]]
    strikes: int
    open_gap: bool
    break_even: str
    saving: bool


def bonds(session: Session, customer_ids: Collection[int]) -> dict[int, Bond]:
    """How relationships stand, by customer."""
    rows = session.execute(
        select(*columns_of(Standing, Bond)).where(among(session, Standing.customer_id, customer_ids))
    )
    return {row.customer_id: row for row in map(Bond._make, rows)}


class Step(NamedTuple):
    """What is proposed, approved or blocked now, without its reasons and reckonings."""

    id: int
    customer_id: int
    currency: str
    treatment: str
    channel: str
    status: str


def live_steps(session: Session, customer_ids: Collection[int]) -> dict[tuple[int, str], Step]:
    """What is proposed, approved or blocked now, by customer and currency."""
    rows = session.execute(
        select(*columns_of(Proposal, Step))
        .where(among(session, Proposal.customer_id, customer_ids), Proposal.status.in_(LIVE))
        .order_by(Proposal.id)
    )
    return {(row.customer_id, row.currency): row for row in map(Step._make, rows)}


def step_reasons(session: Session, proposal_ids: Collection[int]) -> dict[int, list[dict[str, str]]]:
    """Why each of these steps is proposed."""
    rows = session.execute(select(Proposal.id, Proposal.reasons).where(among(session, Proposal.id, proposal_ids)))
    return dict(rows.all())
