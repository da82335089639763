"""The ledger as it stood on a business date: what was booked later is taken off again, by the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    SQLColumnExpression,
    String,
    Subquery,
    case,
    cast,
    exists,
    func,
    null,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session, aliased

from kulant.ledger.models import Entry, OpenItem
from kulant.ledger.queries import issued_by
from kulant.relationship.known import NEVER
from kulant.relationship.lateness import Ints

AT_A_TIME = 20_000


class Ledger:
    """The creditor's open items as they stood at the end of the business date."""

    def __init__(self, session: Session, creditor_id: int, today: date) -> None:
        self.session, self.creditor_id, self.today = session, creditor_id, today
        booked_later = (Entry.creditor_id == creditor_id, Entry.on > today)
        self._later: Subquery | None = None
        if session.scalar(select(exists().where(*booked_later))):
            sums = select(Entry.item_id, func.sum(Entry.amount_minor).label("minor")).where(*booked_later)
            self._later = sums.group_by(Entry.item_id).subquery()

    @property
    def open_minor(self) -> ColumnElement[int]:
        """What of an item was open."""
        if self._later is None:
            return OpenItem.open_minor.expression
        return OpenItem.open_minor - func.coalesce(self._later.c.minor, 0)

    @property
    def settled_on(self) -> ColumnElement[Any]:
        """The day an item was settled, if it was by then."""
        if self._later is None:
            return OpenItem.settled_on.expression
        last = (
            select(func.max(Entry.on))
            .where(Entry.item_id == OpenItem.id, Entry.on <= self.today)
            .correlate(OpenItem)
            .scalar_subquery()
        )
        then = case((self.open_minor == 0, last), else_=null())
        return case((self._later.c.item_id.is_(None), OpenItem.settled_on), else_=then)

    def invoices(self, *columns: Any) -> Select[*tuple[Any, ...]]:
        """These columns of every invoice of a known customer that was issued."""
        return self.items(*columns).where(OpenItem.kind == "invoice", OpenItem.due_date.is_not(None))

    def items(self, *columns: Any) -> Select[*tuple[Any, ...]]:
        """These columns of every item of a known customer that was there."""
        found = select(*columns).select_from(OpenItem)
        if self._later is not None:
            found = found.outerjoin(self._later, self._later.c.item_id == OpenItem.id)
        its = (OpenItem.creditor_id == self.creditor_id, OpenItem.customer_id.is_not(None))
        return found.where(*its, issued_by(self.today))

    def taken_back(self) -> Select[int]:
        """Invoices that credit notes took back whole."""
        credit, whole = aliased(OpenItem), aliased(OpenItem)
        return (
            select(Entry.item_id)
            .join(whole, whole.id == Entry.item_id)
            .join(credit, credit.id == Entry.against_item_id)
            .where(
                Entry.creditor_id == self.creditor_id,
                Entry.on <= self.today,
                whole.kind == "invoice",
                credit.kind == "credit_note",
            )
            .group_by(Entry.item_id, whole.amount_minor)
            .having(func.sum(Entry.amount_minor) + whole.amount_minor <= 0)
        )

    def days_between(self, earlier: Any, later: Any) -> ColumnElement[int]:
        """Days from one date to another, in the database's own way."""
        if self.session.get_bind().dialect.name == "postgresql":
            return cast(later - earlier, Integer)
        return cast(func.round(func.julianday(later) - func.julianday(earlier)), Integer)


def rows_of(session: Session, statement: Select[*tuple[Any, ...]]) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    """The rows of a statement, a few thousand at a time, as the driver gives them: a million take seconds."""
    session.flush()
    found = session.connection().execute(statement, execution_options={"yield_per": AT_A_TIME})
    yield from found.partitions()


def columns_of(session: Session, statement: Select[*tuple[Any, ...]], width: int) -> list[list[Any]]:
    """The rows of a statement as columns."""
    columns: list[list[Any]] = [[] for _ in range(width)]
    for rows in rows_of(session, statement):
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column.extend(values)
    return columns


def as_stored(day: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    """A day as the database keeps it; :func:`ordinals` reads it, once for each of the few there are."""
    return type_coerce(day, String)


def ints(values: Sequence[Any]) -> Ints:
    """Whole numbers as an array."""
    return np.asarray(values, dtype=np.int64)


def ordinals(values: Sequence[date | str | None]) -> Ints:
    """Days as ordinals, whether they came as days, as text or not at all."""
    known = {one: _ordinal(one) for one in set(values)}
    return np.fromiter((known[one] for one in values), dtype=np.int64, count=len(values))


def _ordinal(day: date | str | None) -> int:
    if day is None:
        return NEVER
    return (date.fromisoformat(day) if isinstance(day, str) else day).toordinal()
