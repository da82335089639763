"""What is known of every payer today, counted by the database, and the invoices that are open, streamed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from kulant.ledger.models import Customer, Dispute, OpenItem
from kulant.relationship.behaviour import House, Payers, late_rate, pace, shape
from kulant.relationship.behaviour_queries import LETTER_KINDS
from kulant.relationship.known import LETTER_DAYS, RECENT_DAYS
from kulant.relationship.lateness import BEYOND, FIRST_WEEK, ON_TIME, WEEKS, Floats, Ints, Pace, first_day
from kulant.relationship.ledger_then import Ledger, as_stored, ints, ordinals, rows_of
from kulant.relationship.models import TimelineEvent


def _week(days: ColumnElement[int]) -> ColumnElement[int]:
    """The place of the week; both databases round a quotient of whole numbers towards zero."""
    week = case((days > 0, (days + 6).op("/", precedence=8)(7)), else_=days.op("/", precedence=8)(7))
    return case((week < FIRST_WEEK, 0), (week > BEYOND, WEEKS - 1), else_=week - FIRST_WEEK)


@dataclass(frozen=True, slots=True)
class Present:
    """What is known today of everybody who ever had an invoice; customers ascend, ``payers`` has a row for each."""

    customers: Ints
    payers: Payers
    house: House
    pace: Pace

    def rows(self, customer_ids: Ints) -> Ints:
        """The rows of these customers."""
        return np.searchsorted(self.customers, customer_ids)


def present(session: Session, creditor_id: int, today: date) -> Present:
    """The same counts that :class:`~kulant.relationship.known.Known` makes, of all invoices, by the database."""
    ledger = Ledger(session, creditor_id, today)
    before = today - timedelta(days=RECENT_DAYS)
    settled = ledger.settled_on
    until = func.coalesce(settled, literal(today))
    late = or_(settled.is_(None), settled > OpenItem.due_date)
    recent = case((late, OpenItem.due_date >= before), else_=settled > before)
    week = _week(ledger.days_between(OpenItem.due_date, until))
    paid = settled.is_not(None)
    counted = (
        ledger.invoices(
            OpenItem.customer_id.label("customer_id"), case((paid, 1), else_=0).label("paid"), week.label("week"),
            case((recent, 1), else_=0).label("recent"),
        )
        .where(or_(paid, OpenItem.due_date < today), OpenItem.id.not_in(ledger.taken_back()))
        .subquery()
    )  # fmt: skip
    grouped = select(
        counted.c.customer_id, counted.c.paid, counted.c.week, func.count(), func.sum(counted.c.recent)
    ).group_by(counted.c.customer_id, counted.c.paid, counted.c.week)
    everybody = ints(list(session.scalars(_with_invoices(creditor_id))))
    # As numbers at once: half a million counts as Python's own would take a hundred megabytes.
    parts = [np.asarray([tuple(row) for row in rows], dtype=np.int64) for rows in rows_of(session, grouped)]
    columns = np.concatenate([np.zeros((0, 5), np.int64), *parts]).T
    of, (was_paid, at, count, latest) = np.searchsorted(everybody, columns[0]), columns[1:]
    paid_rows = was_paid == 1

    def sums(which: np.ndarray[Any, np.dtype[np.bool_]], what: Ints) -> Floats:
        return _sums(of[which], what[which], len(everybody))

    is_late = at >= ON_TIME
    waiting = _sums(of[~paid_rows] * WEEKS + at[~paid_rows], count[~paid_rows], len(everybody) * WEEKS)
    by_week = _sums(of[paid_rows] * WEEKS + at[paid_rows], count[paid_rows], len(everybody) * WEEKS)
    payers = Payers(
        known=sums(at >= 0, count),
        late=sums(is_late, count),
        recent_known=sums(at >= 0, latest),
        recent_late=sums(is_late, latest),
        overdue=sums(~paid_rows, count),
        paid=by_week.reshape(len(everybody), WEEKS),
        went_on=_went_on((by_week + waiting).reshape(len(everybody), WEEKS)),
        disputes=_per_customer(session, everybody, _disputed(creditor_id, today)),
        letters=_per_customer(session, everybody, _written_to(creditor_id, today)),
    )
    return Present(everybody, payers, _house(payers), _pace(ledger, payers))


def _sums(places: Ints, what: Ints, length: int) -> Floats:
    return np.asarray(np.bincount(places, weights=what, minlength=length), dtype=np.float64)


def _with_invoices(creditor_id: int) -> Select[int]:
    has = select(OpenItem.id).where(OpenItem.customer_id == Customer.id, OpenItem.kind == "invoice").exists()
    return select(Customer.id).where(Customer.creditor_id == creditor_id, has).order_by(Customer.id)


def _disputed(creditor_id: int, today: date) -> Select[int, int]:
    its = (Dispute.creditor_id == creditor_id, Dispute.opened_on <= today)
    return select(Dispute.customer_id, func.count()).where(*its).group_by(Dispute.customer_id)


def _written_to(creditor_id: int, today: date) -> Select[int, int]:
    return (
        select(TimelineEvent.customer_id, func.count())
        .where(
            TimelineEvent.creditor_id == creditor_id,
            TimelineEvent.kind.in_(LETTER_KINDS),
            and_(TimelineEvent.on <= today, TimelineEvent.on > today - timedelta(days=LETTER_DAYS)),
        )
        .group_by(TimelineEvent.customer_id)
    )


def _per_customer(session: Session, everybody: Ints, counts: Select[int, int]) -> Floats:
    found = np.zeros(len(everybody))
    places = {customer_id: place for place, customer_id in enumerate(everybody.tolist())}
    for customer_id, count in session.execute(counts):
        if customer_id in places:
            found[places[customer_id]] = count
    return found


def _went_on(ended: Floats) -> Floats:
    """Late invoices still open when each week was over: those that were paid, or are open now, in a later one."""
    later = np.cumsum(ended[:, ::-1], axis=1)[:, ::-1] - ended
    later[:, :ON_TIME] = 0.0
    return np.asarray(later, dtype=np.float64)


def _house(payers: Payers) -> House:
    late, known = payers.late.sum(keepdims=True), payers.known.sum(keepdims=True)
    rate = late_rate(late, known)
    recent_known = payers.recent_known.sum(keepdims=True)
    recent = np.where(recent_known > 0, late_rate(payers.recent_late.sum(keepdims=True), recent_known), rate)
    return House(rate, recent, shape(payers.paid.sum(axis=0), payers.went_on.sum(axis=0))[None, :])


def _pace(ledger: Ledger, payers: Payers) -> Pace:
    days = ledger.days_between(OpenItem.due_date, ledger.settled_on)
    told = (
        ledger.invoices(days.label("days"))
        .where(ledger.settled_on.is_not(None), OpenItem.id.not_in(ledger.taken_back()))
        .subquery()
    )
    rows = ledger.session.execute(select(told.c.days, func.count()).group_by(told.c.days)).all()
    lateness, counts = ints([row[0] for row in rows]), ints([row[1] for row in rows])
    at = np.clip(-(-lateness // 7), FIRST_WEEK, BEYOND) - FIRST_WEEK
    day = np.clip(lateness - first_day(at), 0, 6)
    by_day = _sums(at * 7 + day, counts, WEEKS * 7).reshape(WEEKS, 7)
    return pace(by_day, payers.paid.sum(axis=0), payers.went_on.sum(axis=0))


@dataclass(frozen=True, slots=True)
class OpenInvoices:
    """Open invoices as columns, a few thousand at a time."""

    item_ids: Ints
    customer_ids: Ints
    currencies: list[str]
    issued: Ints
    due: Ints
    open_minor: Ints
    amount_minor: Ints
    numbers: list[str]  # the invoices' own, and their customers'; empty where nobody asked
    customers: list[str]


def open_invoices(session: Session, creditor_id: int, today: date, *, named: bool = False) -> Iterator[OpenInvoices]:
    """Every invoice open on the day, due or not, in the order of their ids; never all of them at once."""
    ledger = Ledger(session, creditor_id, today)
    due = as_stored(func.coalesce(OpenItem.due_date, OpenItem.issue_date, today))
    issued = as_stored(func.coalesce(OpenItem.issue_date, OpenItem.due_date, today))
    its = [OpenItem.id, OpenItem.customer_id, OpenItem.currency, issued, due, ledger.open_minor, OpenItem.amount_minor]
    names = [OpenItem.number, Customer.number] if named else []
    statement = ledger.items(*its, *names).where(OpenItem.kind == "invoice", ledger.open_minor > 0)
    if named:
        statement = statement.join(Customer, Customer.id == OpenItem.customer_id)
    for rows in rows_of(session, statement.order_by(OpenItem.id)):
        columns = list(zip(*rows, strict=True))
        yield OpenInvoices(
            ints(columns[0]), ints(columns[1]), list(columns[2]), ordinals(columns[3]), ordinals(columns[4]),
            ints(columns[5]), ints(columns[6]), *([list(columns[7]), list(columns[8])] if named else [[], []]),
        )  # fmt: skip
