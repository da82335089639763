"""Rules of the sub-ledger, pure: how far a credit reaches, how old a debt is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

BUCKETS = ("current", "1-30", "31-60", "61-90", "90+")


class Owing(Protocol):
    """An open item as rules look at it: an object of the ledger's table, or a plain row of it."""

    @property
    def id(self) -> int: ...
    @property
    def customer_id(self) -> int | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def issue_date(self) -> date | None: ...
    @property
    def due_date(self) -> date | None: ...
    @property
    def due_assumed(self) -> bool: ...
    @property
    def amount_minor(self) -> int: ...
    @property
    def open_minor(self) -> int: ...
    @property
    def belongs_to_id(self) -> int | None: ...


def spread(available: int, debits: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Gives what is available to debits in their order, never above either side: ``(id, open)`` to ``(id, part)``."""
    allocated = []
    for item_id, open_minor in debits:
        part = min(available, open_minor)
        if part > 0:
            allocated.append((item_id, part))
            available -= part
    return allocated


def days_late(due: date | None, today: date) -> int:
    """Days since the due date; zero on the due date, before it, and where there is none."""
    return max(0, (today - due).days) if due else 0


def bucket(due: date | None, today: date) -> str:
    """The ageing bucket of an item: not yet late is ``current``."""
    late = days_late(due, today)
    if late == 0:
        return "current"
    return BUCKETS[min(4, 1 + (late - 1) // 30)]


def asked(open_minor: int, disputed_minor: int) -> int:
    """What may be asked for of an open item: its undisputed part."""
    return max(0, open_minor - disputed_minor)


@dataclass(frozen=True, slots=True)
class Ageing:
    """Open amounts by age, in minor units; credits stand apart and are not netted into a bucket."""

    current: int = 0
    days_1_30: int = 0
    days_31_60: int = 0
    days_61_90: int = 0
    days_over_90: int = 0
    credits: int = 0

    @property
    def buckets(self) -> tuple[int, int, int, int, int]:
        """The five buckets in the order of ``BUCKETS``."""
        return (self.current, self.days_1_30, self.days_31_60, self.days_61_90, self.days_over_90)

    @property
    def overdue(self) -> int:
        """Everything past its due date."""
        return sum(self.buckets[1:])

    @property
    def open(self) -> int:
        """The balance: all that is owed, less credits."""
        return sum(self.buckets) + self.credits


def ageing(items: Iterable[tuple[date | None, int]], today: date) -> Ageing:
    """The ageing of ``(due date, open minor)`` pairs of one currency; negative amounts are credits."""
    sums = dict.fromkeys(BUCKETS, 0)
    credits = 0
    for due, open_minor in items:
        if open_minor < 0:
            credits += open_minor
        else:
            sums[bucket(due, today)] += open_minor
    current, month, two_months, three_months, older = (sums[name] for name in BUCKETS)
    return Ageing(current, month, two_months, three_months, older, credits)
