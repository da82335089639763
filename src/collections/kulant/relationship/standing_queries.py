"""Every SELECT behind standings: set-based, a fixed number of them however many customers there are."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, extract, func, or_, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from kulant.db import Json
from kulant.ledger.bulk import among
from kulant.ledger.erased import not_erased
from kulant.ledger.models import Customer, OpenItem
from kulant.relationship.models import Concern, Score, TimelineEvent
from kulant.relationship.models_care import ExpectationCheck, Loss, SaveCase, Strike
from kulant.relationship.models_view import Standing
from kulant.relationship.purchases import DEFAULT_MARGIN_SHARE
from kulant.relationship.queries import CONTACT_KINDS

_AT_A_TIME = 5_000
_BASIS = 10_000
_ESTIMATED = int(100 * DEFAULT_MARGIN_SHARE)  # of the revenue, where no margin was given, in percent


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose standings are looked at: all customers of a creditor, or only these."""

    session: Session
    creditor_id: int
    today: date
    customer_ids: Collection[int] | None = None

    def of(
        self, creditor: InstrumentedAttribute[int], customer: InstrumentedAttribute[Any]
    ) -> list[ColumnElement[bool]]:
        """The conditions on a table with these two columns."""
        mine: list[ColumnElement[bool]] = [creditor == self.creditor_id]
        if self.customer_ids is not None:
            mine.append(among(self.session, customer, sorted(self.customer_ids)))
        return mine

    def rows(self, statement: Select[*tuple[Any, ...]]) -> Iterator[Any]:
        """The rows of a statement, streamed."""
        return iter(self.session.execute(statement, execution_options={"yield_per": _AT_A_TIME}))


@dataclass(frozen=True, slots=True)
class Person:
    """A customer with what scoring says of them."""

    id: int
    since: date | None
    acquisition_cost_minor: int | None
    p_active: float | None
    purchases: int
    paid_invoices: int
    currency: str | None  # they mostly buy in


def people(scope: Scope, *, to_keep: bool = False) -> Iterator[Person]:
    """The customers, by id; ``to_keep``: only those of whom a standing may be kept, not who was erased."""
    kept = [not_erased()] if to_keep else []
    rows = scope.rows(
        select(
            Customer.id,
            Customer.customer_since,
            Customer.acquisition_cost_minor,
            Score.p_alive,
            func.coalesce(Score.purchases, 0),
            func.coalesce(Score.paid_invoices, 0),
            Score.currency,
        )
        .outerjoin(Score, Score.customer_id == Customer.id)
        .where(*scope.of(Customer.creditor_id, Customer.id), *kept)
        .order_by(Customer.id)
    )
    return (Person(*row) for row in rows)


def first_purchases(scope: Scope) -> dict[int, date]:
    """The day of the first invoice of customers of whom nobody said since when they are one."""
    day = func.coalesce(OpenItem.issue_date, OpenItem.due_date)
    rows = scope.rows(
        select(OpenItem.customer_id, func.min(day))
        .join(Customer, Customer.id == OpenItem.customer_id)
        .where(
            *scope.of(OpenItem.creditor_id, OpenItem.customer_id),
            Customer.customer_since.is_(None),
            OpenItem.kind == "invoice",
            day <= scope.today,
        )
        .group_by(OpenItem.customer_id)
    )
    return dict(rows)


def ledger_begins(session: Session, creditor_id: int) -> date | None:
    """The day of the creditor's first document: what happened before, the ledger does not tell."""
    day = func.coalesce(OpenItem.issue_date, OpenItem.due_date)
    return session.scalar(
        select(func.min(day)).where(OpenItem.creditor_id == creditor_id, OpenItem.series == "document")
    )


def contact_days(scope: Scope) -> Iterator[tuple[int, list[date]]]:
    """The days of real contact with each customer, oldest first, one customer at a time."""
    rows = scope.rows(
        select(TimelineEvent.customer_id, TimelineEvent.on)
        .where(
            *scope.of(TimelineEvent.creditor_id, TimelineEvent.customer_id),
            TimelineEvent.kind.in_(CONTACT_KINDS),
            TimelineEvent.on <= scope.today,
        )
        .order_by(TimelineEvent.customer_id, TimelineEvent.on)
    )
    for customer_id, group in groupby(rows, key=lambda row: row[0]):
        yield customer_id, [row[1] for row in group]


def concerns(scope: Scope, since: date) -> Iterator[Concern]:
    """Complaints and requests that wait for an answer, and complaints that ended since then, in order of their end."""
    ended = Concern.answered_on
    return (
        row[0]
        for row in scope.rows(
            select(Concern)
            .where(
                *scope.of(Concern.creditor_id, Concern.customer_id),
                Concern.opened_on <= scope.today,
                or_(ended.is_(None), (Concern.kind == "complaint") & (ended >= since)),
            )
            .order_by(ended, Concern.id)
        )
    )


def strikes(scope: Scope, since: date) -> dict[int, int]:
    """How many strikes against us count, by customer."""
    rows = scope.rows(
        select(Strike.customer_id, func.count())
        .where(
            *scope.of(Strike.creditor_id, Strike.customer_id),
            Strike.on >= since,
            Strike.on <= scope.today,
            Strike.withdrawn_on.is_(None),
        )
        .group_by(Strike.customer_id)
    )
    return dict(rows)


def surveys(scope: Scope) -> dict[int, dict[str, Any]]:
    """What each customer said last of what they expected and what they got: the check's answer or another survey's."""
    rows = scope.rows(
        select(TimelineEvent.customer_id, TimelineEvent.data)
        .where(
            *scope.of(TimelineEvent.creditor_id, TimelineEvent.customer_id),
            TimelineEvent.kind == "survey",
            TimelineEvent.on <= scope.today,
        )
        .order_by(TimelineEvent.on, TimelineEvent.id)
    )
    return {customer_id: said for customer_id, said in rows if said.get("got") is not None}


def checks(scope: Scope) -> dict[int, ExpectationCheck]:
    """The expectation check of each customer who answered one."""
    rows = scope.rows(
        select(ExpectationCheck).where(
            *scope.of(ExpectationCheck.creditor_id, ExpectationCheck.customer_id),
            ExpectationCheck.got.is_not(None),
        )
    )
    return {check.customer_id: check for (check,) in rows}


def being_saved(scope: Scope) -> set[int]:
    """The customers with an open case of the save desk."""
    rows = scope.rows(
        select(SaveCase.customer_id).where(
            *scope.of(SaveCase.creditor_id, SaveCase.customer_id), SaveCase.closed_on.is_(None)
        )
    )
    return {customer_id for (customer_id,) in rows}


def lost(scope: Scope) -> set[int]:
    """The customers who left, as it was known before the day: what a run finds out counts from the next day on."""
    rows = scope.rows(
        select(Loss.customer_id).where(
            *scope.of(Loss.creditor_id, Loss.customer_id),
            Loss.noticed_on < scope.today,
            Loss.returned_on.is_(None),
        )
    )
    return {customer_id for (customer_id,) in rows}


@dataclass(frozen=True, slots=True)
class Earned:
    """What a customer left so far, less the cost to serve, and the first month in which it reached its cost."""

    margin_minor: int
    reached: date | None


def earned(scope: Scope, currency: str, cost_to_serve_share: float) -> dict[int, Earned]:
    """What each customer of a known acquisition cost earned back, in that cost's currency. All sums in whole numbers.

    Margins nobody gave count as in the score; a credit note's margin is lost, whatever its sign in the file.
    """
    day = func.coalesce(OpenItem.issue_date, OpenItem.due_date)
    month = extract("year", day) * 12 + extract("month", day) - 1
    margin = case(
        (OpenItem.margin_minor.is_(None), OpenItem.amount_minor * _ESTIMATED),
        (OpenItem.kind == "credit_note", -100 * func.abs(OpenItem.margin_minor)),
        else_=100 * OpenItem.margin_minor,
    )
    # Peers of a window share their sum: every row of a month tells what was left at the month's end.
    so_far = func.sum(margin).over(partition_by=OpenItem.customer_id, order_by=month)
    growing = (
        select(
            OpenItem.customer_id.label("id"),
            month.label("month"),
            margin.label("margin"),
            so_far.label("total"),
            Customer.acquisition_cost_minor.label("cost"),
        )
        .join(Customer, Customer.id == OpenItem.customer_id)
        .where(
            *scope.of(OpenItem.creditor_id, OpenItem.customer_id),
            Customer.acquisition_cost_minor.is_not(None),
            OpenItem.series == "document",
            OpenItem.currency == currency,
            day <= scope.today,
        )
        .subquery()
    )
    kept = _BASIS - round(cost_to_serve_share * _BASIS)
    enough = growing.c.total * kept >= growing.c.cost * (100 * _BASIS)
    rows = scope.rows(
        select(growing.c.id, func.sum(growing.c.margin), func.min(case((enough, growing.c.month)))).group_by(
            growing.c.id
        )
    )
    return {
        customer_id: Earned(int(total) * kept // (100 * _BASIS), None if month is None else _first_day(int(month)))
        for customer_id, total, month in rows
    }


def _first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def stored(scope: Scope) -> dict[int, tuple[Any, ...]]:
    """The standings as they are stored, by customer: the values of ``COLUMNS``, JSON as the text it is kept as."""
    columns = [type_coerce(column, Text) if isinstance(column.type, Json) else column for column in COLUMNS]
    rows = scope.rows(
        select(Standing.customer_id, *columns).where(*scope.of(Standing.creditor_id, Standing.customer_id))
    )
    return {row[0]: tuple(row[1:]) for row in rows}


# What tells one standing from another: everything but whose it is and the day it was written.
COLUMNS = tuple(
    column for column in Standing.__table__.columns if column.name not in ("customer_id", "creditor_id", "as_of")
)
