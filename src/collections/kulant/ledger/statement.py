"""The statement of account: how a customer's balance in one currency came about over a period. Built from rows, purely.

Only what brings money onto the account or takes it off moves the balance; an allocation moves nothing, it says which
credit pays which debt. A statement is by the day things are booked on, whenever they were recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from kulant.core.calendar import add_months
from kulant.core.errors import Refusal
from kulant.ledger import balances
from kulant.ledger.allocation import Order, allocation_order
from kulant.ledger.models import Customer, Entry, OpenItem
from kulant.ledger.rules import Ageing, ageing, days_late
from kulant.people.models import Creditor

_MONTHS_SHOWN = 2  # before the one the statement ends in, when nobody says from when


@dataclass(frozen=True, slots=True)
class Part:
    """So much of an item was allocated to or from another."""

    item_id: int
    kind: str
    number: str
    amount_minor: int  # above zero


@dataclass(frozen=True, slots=True)
class Movement:
    """One line: a posting, or its reversal."""

    entry_id: int
    on: date
    item_id: int
    kind: str
    number: str
    amount_minor: int
    due: date | None = None
    reason: str | None = None
    about: str | None = None  # the number of the invoice a charge, credit or adjustment belongs to
    reversal: bool = False
    parts: tuple[Part, ...] = ()

    @property
    def debit_minor(self) -> int:
        """What it adds to the debt."""
        return max(0, self.amount_minor)

    @property
    def credit_minor(self) -> int:
        """What it takes off the debt, above zero."""
        return max(0, -self.amount_minor)


@dataclass(frozen=True, slots=True)
class Remaining:
    """An item still open at the end."""

    item_id: int
    kind: str
    number: str
    due: date | None
    days_late: int
    open_minor: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A customer's account in one currency over a period, both days included."""

    currency: str
    first: date
    last: date
    opening_minor: int
    movements: list[Movement]
    remaining: list[Remaining]
    ageing: Ageing
    order: Order
    running: list[int] = field(init=False)

    def __post_init__(self) -> None:
        amounts = (movement.amount_minor for movement in self.movements)
        balances_after = list(accumulate(amounts, initial=self.opening_minor))[1:]
        object.__setattr__(self, "running", balances_after)

    @property
    def lines(self) -> list[tuple[Movement, int]]:
        """Each movement with the balance after it."""
        return list(zip(self.movements, self.running, strict=True))

    @property
    def debits_minor(self) -> int:
        """All that was added."""
        return sum(movement.debit_minor for movement in self.movements)

    @property
    def credits_minor(self) -> int:
        """All that was taken off, above zero."""
        return sum(movement.credit_minor for movement in self.movements)

    @property
    def closing_minor(self) -> int:
        """The balance on the last day."""
        return self.opening_minor + self.debits_minor - self.credits_minor


def build(
    *,
    currency: str,
    period: tuple[date, date],
    opening_minor: int,
    movements: Iterable[Movement],
    remaining: Iterable[Remaining],
    order: Order,
) -> Statement:
    """The statement of these rows: movements in the order of their days, debts before what pays them."""
    first, last = period
    left = sorted(remaining, key=lambda item: (item.due or date.max, item.item_id))
    return Statement(
        currency=currency,
        first=first,
        last=last,
        opening_minor=opening_minor,
        movements=sorted(movements, key=lambda one: (one.on, one.amount_minor < 0, one.entry_id)),
        remaining=left,
        ageing=ageing([(item.due, item.open_minor) for item in left], last),
        order=order,
    )


def period(today: date, first: date | None, last: date | None) -> tuple[date, date]:
    """The period asked for; by default up to the business date, from the first of the month two months before."""
    end = last or today
    if end > today:
        raise Refusal("not_yet", f"a statement ends on the business date ({today}) at the latest")
    start = first or add_months(end.replace(day=1), -_MONTHS_SHOWN)
    if start > end:
        raise Refusal("bad_period", f"the statement begins on {start}, after it ends on {end}; swap the two days")
    return start, end


def statement(
    session: Session, creditor: Creditor, customer: Customer, currency: str, first: date, last: date
) -> Statement:
    """A customer's statement in one currency, in a fixed number of statements to the database."""
    moves = _movements(session, customer, currency, first, last)
    parts = _parts(session, {item.id for _, item in moves}, last)
    abouts = _numbers(session, {item.belongs_to_id for _, item in moves if item.belongs_to_id})
    return build(
        currency=currency,
        period=(first, last),
        opening_minor=_posted_before(session, customer, currency, first),
        movements=[_movement(entry, item, parts.get(item.id, ()), abouts) for entry, item in moves],
        remaining=_remaining(session, creditor, customer, currency, last),
        order=allocation_order(creditor),
    )


def currencies(session: Session, customer: Customer) -> list[str]:
    """In which currencies anything was ever booked for the customer."""
    return sorted(session.scalars(select(OpenItem.currency).where(OpenItem.customer_id == customer.id).distinct()))


def _posted_before(session: Session, customer: Customer, currency: str, day: date) -> int:
    total = session.scalar(
        select(func.sum(Entry.amount_minor))
        .join(OpenItem, OpenItem.id == Entry.item_id)
        .where(OpenItem.customer_id == customer.id, OpenItem.currency == currency)
        .where(Entry.against_item_id.is_(None), Entry.on < day)
    )
    return int(total or 0)


def _movements(
    session: Session, customer: Customer, currency: str, first: date, last: date
) -> Sequence[tuple[Entry, OpenItem]]:
    rows = session.execute(
        select(Entry, OpenItem)
        .join(OpenItem, OpenItem.id == Entry.item_id)
        .where(OpenItem.customer_id == customer.id, OpenItem.currency == currency)
        .where(Entry.against_item_id.is_(None), Entry.on >= first, Entry.on <= last)
        .order_by(Entry.on, Entry.id)
    )
    return [(entry, item) for entry, item in rows]


def _parts(session: Session, item_ids: set[int], last: date) -> dict[int, list[Part]]:
    """What each item is allocated to or from on the last day, reversals taken off."""
    other = aliased(OpenItem)
    allocated = func.sum(Entry.amount_minor)
    rows = session.execute(
        select(Entry.item_id, other.id, other.kind, other.number, allocated)
        .join(other, other.id == Entry.against_item_id)
        .where(Entry.item_id.in_(item_ids), Entry.on <= last)
        .group_by(Entry.item_id, other.id, other.kind, other.number)
        .having(allocated != 0)
        .order_by(Entry.item_id, func.min(Entry.id))
    )
    found: dict[int, list[Part]] = {}
    for item_id, other_id, kind, number, minor in rows:
        found.setdefault(item_id, []).append(Part(other_id, kind, number, abs(int(minor))))
    return found


def _numbers(session: Session, item_ids: set[int]) -> dict[int, str]:
    if not item_ids:
        return {}
    rows = session.execute(select(OpenItem.id, OpenItem.number).where(OpenItem.id.in_(item_ids)))
    return {row.id: row.number for row in rows}


def _movement(entry: Entry, item: OpenItem, parts: Sequence[Part], abouts: dict[int, str]) -> Movement:
    return Movement(
        entry_id=entry.id,
        on=entry.on,
        item_id=item.id,
        kind=item.kind,
        number=item.number,
        amount_minor=entry.amount_minor,
        due=item.due_date,
        reason=item.reason,
        about=abouts.get(item.belongs_to_id or 0) or item.named_number,
        reversal=entry.kind == "reverse",
        parts=tuple(parts),
    )


def _remaining(session: Session, creditor: Creditor, customer: Customer, currency: str, last: date) -> list[Remaining]:
    then = balances.items_at(creditor.id, last, [customer.id]).where(OpenItem.currency == currency).subquery()
    rows = session.execute(select(OpenItem, then.c.minor).join(then, then.c.item_id == OpenItem.id))
    return [
        Remaining(
            item.id,
            item.kind,
            item.number,
            item.due_date,
            days_late(item.due_date, last) if minor > 0 else 0,
            int(minor),
        )
        for item, minor in rows
    ]
