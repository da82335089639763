"""Balances and ages per customer and currency: kept as a summary, and derivable for any day from the entries alone.

The summary is written in the transaction of the change it tells of: :func:`keep` runs before each commit for every
customer the act has touched, and adds items that were posted by the thousand. The daily run computes all of it anew,
since debts grow older by themselves. A row holds for its ``as_of`` day; ``kulant doctor`` proves each row equal to what
the items give on that day.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Label,
    Select,
    SQLColumnExpression,
    and_,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kulant.db import Act
from kulant.ledger.bulk import among
from kulant.ledger.models import Customer, CustomerBalance, Entry, OpenItem
from kulant.ledger.rules import Ageing

# From so many customers on, computing all of a creditor's balances is quicker than computing theirs.
MANY = 20_000
_LOCK = 0x4B42
AGES = ("current_minor", "days_1_30_minor", "days_31_60_minor", "days_61_90_minor", "days_over_90_minor")
_SUMS = ("items", "open_minor", "overdue_minor", *AGES, "credits_minor")
_COLUMNS = ["customer_id", "currency", "creditor_id", "as_of", *_SUMS, "oldest_due"]


@dataclass(frozen=True, slots=True)
class Balance:
    """One customer's account in one currency on a day."""

    customer_id: int
    currency: str
    items: int
    ageing: Ageing
    oldest_due: date | None


def keep(act: Act) -> None:
    """Brings the balances of all customers the act has touched up to date; called once, before the commit."""
    if not act.touched and not act.added:
        return
    act.session.flush()
    creditors: dict[int, tuple[set[int], list[range]]] = {}
    for creditor_id, customer_id in act.touched:
        creditors.setdefault(creditor_id, (set(), []))[0].add(customer_id)
    for creditor_id, item_ids in act.added:
        creditors.setdefault(creditor_id, (set(), []))[1].append(item_ids)
    for creditor_id, (customer_ids, added) in sorted(creditors.items()):
        _keep(act.session, creditor_id, customer_ids, added, act.today)
    act.touched.clear()
    act.added.clear()


def _keep(session: Session, creditor_id: int, touched: set[int], added: list[range], today: date) -> None:
    """Reckons the balances of the customers touched anew, and adds new items to those of the others."""
    new_items = or_(false(), *(OpenItem.id.between(ids.start, ids.stop - 1) for ids in added))
    if added:
        _one_at_a_time(session, creditor_id)
        touched |= _of_another_day(session, creditor_id, new_items, today)
    if len(touched) >= MANY:
        rebuild(session, creditor_id, today)
        return
    if touched:
        refresh(session, creditor_id, touched, today)
    if added:
        _add(session, of_items(today, new_items, ~among(session, OpenItem.customer_id, touched)))


def _of_another_day(session: Session, creditor_id: int, new_items: ColumnElement[bool], today: date) -> set[int]:
    """Which customers of these items have a balance that holds for another day: nothing can be added to it."""
    other_day = or_(CustomerBalance.as_of < today, CustomerBalance.as_of > today)
    return set(
        session.scalars(
            select(CustomerBalance.customer_id).where(
                CustomerBalance.creditor_id == creditor_id,
                other_day,
                CustomerBalance.customer_id.in_(select(OpenItem.customer_id).where(new_items)),
            )
        )
    )


def _add(session: Session, rows: Select[*tuple[Any, ...]]) -> None:
    """Adds the balances of new items to those that are there."""
    own = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    adding = own(CustomerBalance).from_select(_COLUMNS, rows)
    said = adding.excluded
    sums = {name: getattr(CustomerBalance, name) + said[name] for name in _SUMS}
    older = case(
        (CustomerBalance.oldest_due <= said.oldest_due, CustomerBalance.oldest_due),
        else_=func.coalesce(said.oldest_due, CustomerBalance.oldest_due),
    )
    session.execute(adding.on_conflict_do_update(index_elements=_COLUMNS[:2], set_=sums | {"oldest_due": older}))


def rebuild(session: Session, creditor_id: int, today: date) -> None:
    """Computes all balances of a creditor from its open items, in one statement."""
    _one_at_a_time(session, creditor_id)
    session.execute(delete(CustomerBalance).where(CustomerBalance.creditor_id == creditor_id), **_UNSEEN)
    _write(session, of_items(today, OpenItem.creditor_id == creditor_id))


def refresh(session: Session, creditor_id: int, customer_ids: Collection[int], today: date) -> None:
    """Computes the balances of these customers from their open items."""
    _one_at_a_time(session, creditor_id)
    ordered = sorted(customer_ids)
    session.execute(delete(CustomerBalance).where(among(session, CustomerBalance.customer_id, ordered)), **_UNSEEN)
    _write(session, of_items(today, among(session, OpenItem.customer_id, ordered)))


# Rows are written set by set; nobody holds one as an object meanwhile.
_UNSEEN: dict[str, Any] = {"execution_options": {"synchronize_session": False}}


def _one_at_a_time(session: Session, creditor_id: int) -> None:
    """Waits for whoever writes balances of this creditor now, so that what they have committed is seen here.

    It is the last lock a transaction takes. SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock, :id)"), {"lock": _LOCK, "id": creditor_id})


def _write(session: Session, rows: Select[*tuple[Any, ...]]) -> None:
    session.execute(insert(CustomerBalance).from_select(_COLUMNS, rows))


def of_items(as_of: date, *which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """A row for each customer and currency with something open, in the order of the summary's columns.

    An item dated later is not owed yet; what was already allocated to it stands as a credit, as in its entries.
    """
    later = OpenItem.issue_date > as_of
    minor = case((later, OpenItem.open_minor - OpenItem.amount_minor), else_=OpenItem.open_minor)
    account = (OpenItem.customer_id, OpenItem.currency, OpenItem.creditor_id)
    item = (
        select(*account, OpenItem.due_date, minor.label("minor"))
        .where(OpenItem.customer_id.is_not(None), or_(OpenItem.open_minor != 0, later), *which)
        .subquery()
    )
    account_then = (item.c.customer_id, item.c.currency, item.c.creditor_id)
    day = literal(as_of, Date).label("as_of")
    return select(*account_then, day, *_sums(item.c.due_date, item.c.minor, as_of)).group_by(*account_then)


def _sums(due: SQLColumnExpression[Any], minor: ColumnElement[Any], as_of: date) -> list[Label[Any]]:
    """The summary's figures of items that were due then and are open with so much."""
    edges = [as_of - timedelta(days=days) for days in (0, 30, 60, 90)]
    owed = minor > 0
    spans = [
        or_(due.is_(None), due >= edges[0]),
        *(and_(due < newer, due >= older) for newer, older in itertools.pairwise(edges)),
        due < edges[-1],
    ]

    def total(which: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.sum(case((which, minor), else_=0))

    columns = [
        func.sum(case((minor != 0, 1), else_=0)),
        func.sum(minor),
        total(owed & (due < edges[0])),
        *(total(owed & span) for span in spans),
        total(minor < 0),
    ]
    labelled = [column.label(name) for name, column in zip(_SUMS, columns, strict=True)]
    return [*labelled, func.min(case((owed, due))).label("oldest_due")]


def at(session: Session, creditor_id: int, day: date, *, customer_ids: Collection[int] | None = None) -> list[Balance]:
    """The balances on any day, from the entries booked up to then; the due date is the one that stands now."""
    open_then = items_at(creditor_id, day, customer_ids).subquery()
    rows = session.execute(
        select(open_then.c.customer_id, open_then.c.currency, *_sums(open_then.c.due_date, open_then.c.minor, day))
        .where(open_then.c.customer_id.is_not(None))
        .group_by(open_then.c.customer_id, open_then.c.currency)
        .order_by(open_then.c.customer_id, open_then.c.currency)
    )
    return [_balance(row) for row in rows]


def items_at(creditor_id: int, day: date, customer_ids: Collection[int] | None = None) -> Select[*tuple[Any, ...]]:
    """What of each item was open on the day, as ``minor``: the sum of its entries booked up to then, if any is left."""
    minor = func.sum(Entry.amount_minor)
    chosen = (
        select(
            OpenItem.id.label("item_id"),
            OpenItem.customer_id,
            OpenItem.currency,
            OpenItem.due_date,
            minor.label("minor"),
        )
        .join(Entry, Entry.item_id == OpenItem.id)
        .where(OpenItem.creditor_id == creditor_id, Entry.on <= day)
        .group_by(OpenItem.id)
        .having(minor != 0)
    )
    return chosen if customer_ids is None else chosen.where(OpenItem.customer_id.in_(customer_ids))


def kept(session: Session, creditor_id: int) -> list[Balance]:
    """The summary as it stands."""
    rows = session.execute(
        select(
            CustomerBalance.customer_id,
            CustomerBalance.currency,
            *(getattr(CustomerBalance, name) for name in _SUMS),
            CustomerBalance.oldest_due,
        )
        .where(CustomerBalance.creditor_id == creditor_id, CustomerBalance.items > 0)
        .order_by(CustomerBalance.customer_id, CustomerBalance.currency)
    )
    return [_balance(row) for row in rows]


def on_day(session: Session, creditor_id: int, day: date) -> list[Balance]:
    """The balances on a day: from the summary where it holds for that day, else from the entries."""
    return kept(session, creditor_id) if is_current(session, creditor_id, day) else at(session, creditor_id, day)


def is_current(session: Session, creditor_id: int, day: date) -> bool:
    """Whether the summary tells how things stand on that day: all of it is of that day, and nothing is booked later."""
    its = CustomerBalance.creditor_id == creditor_id
    return bool(
        session.scalar(
            select(
                and_(
                    exists().where(its),
                    ~exists().where(its, CustomerBalance.as_of != day),
                    ~exists().where(Entry.creditor_id == creditor_id, Entry.on > day),
                )
            )
        )
    )


def _balance(row: Sequence[Any]) -> Balance:
    customer_id, currency, items, _open, _overdue, *ages, credits, oldest_due = row
    current, month, two_months, three_months, older = map(int, ages)
    ageing = Ageing(current, month, two_months, three_months, older, int(credits))
    return Balance(customer_id, currency, int(items), ageing, oldest_due)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A balance that is not what the items give; ``kept_minor`` is none where there should be a row and is none."""

    customer: str
    currency: str
    kept_minor: int | None


def mismatches(session: Session) -> list[Mismatch]:
    """Balances that do not equal what the items give on their own day, or are missing; none in a sound ledger."""
    found = _missing(session)
    days = session.execute(select(CustomerBalance.creditor_id, CustomerBalance.as_of).distinct()).all()
    for creditor_id, as_of in sorted(days):
        found += _wrong(session, creditor_id, as_of)
    return found[:20]


def _missing(session: Session) -> list[Mismatch]:
    there = exists().where(
        CustomerBalance.customer_id == OpenItem.customer_id, CustomerBalance.currency == OpenItem.currency
    )
    rows = session.execute(
        select(Customer.number, OpenItem.currency)
        .join(Customer, Customer.id == OpenItem.customer_id)
        .where(OpenItem.open_minor != 0, ~there)
        .distinct()
        .order_by(Customer.number)
        .limit(20)
    )
    return [Mismatch(number, currency, None) for number, currency in rows]


def _wrong(session: Session, creditor_id: int, as_of: date) -> list[Mismatch]:
    given = of_items(as_of, OpenItem.creditor_id == creditor_id).subquery()
    differs = [func.coalesce(given.c[name], 0) != getattr(CustomerBalance, name) for name in _SUMS]
    rows = session.execute(
        select(Customer.number, CustomerBalance.currency, CustomerBalance.open_minor)
        .join(Customer, Customer.id == CustomerBalance.customer_id)
        .outerjoin(
            given,
            and_(given.c.customer_id == CustomerBalance.customer_id, given.c.currency == CustomerBalance.currency),
        )
        .where(CustomerBalance.creditor_id == creditor_id, CustomerBalance.as_of == as_of)
        .where(or_(*differs, given.c.oldest_due.is_distinct_from(CustomerBalance.oldest_due)))
        .order_by(Customer.number)
        .limit(20)
    )
    return [Mismatch(*row) for row in rows]
