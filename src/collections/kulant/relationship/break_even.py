"""Break-even: from when on a customer has left more than it cost to win them. Pure.

The first month at whose end the cumulative margin less the cost to serve reaches the acquisition cost. Once reached it
stays reached: a later credit note does not take back what was true then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

# Who came so shortly before the first document of the ledger has all of theirs in it.
BEFORE = timedelta(days=60)

UNKNOWN, NOT_YET, REACHED, LOST_BEFORE = "unknown", "not_yet", "reached", "lost_before"


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Where a customer stands; ``on`` is the first day of the month it was reached in."""

    state: str
    on: date | None = None


def break_even(cost_minor: int | None, reached: date | None, *, lost: bool, whole: bool = True) -> BreakEven:
    """The state from the acquisition cost, the month it was earned back in, and whether the customer has left.

    ``whole``: all that they left us is known, in the currency of the cost. Where it is not, they may have reached it
    without our knowing; where it was reached, then by that month at the latest.
    """
    if cost_minor is None:
        return BreakEven(UNKNOWN)
    if reached is not None:
        return BreakEven(REACHED, reached)
    if not whole:
        return BreakEven(UNKNOWN)
    return BreakEven(LOST_BEFORE if lost else NOT_YET)


def came_within(since: date | None, begins: date | None) -> bool:
    """Whether a customer came after the ledger begins: what they left before it, nobody knows."""
    return since is None or begins is None or since >= begins - BEFORE


def months_between(since: date, reached: date) -> int:
    """Whole months from the first day with us to the month break-even was reached in, the first month being one."""
    return max(1, (reached.year - since.year) * 12 + reached.month - since.month + 1)


@dataclass(frozen=True, slots=True)
class Member:
    """A customer of a cohort. Amounts in minor units of the creditor's currency."""

    number: str
    name: str
    since: date
    state: str
    reached_on: date | None
    cost_minor: int
    margin_minor: int  # left so far, less the cost to serve
    value_12m_minor: int | None  # to expect in the next twelve months
    whole: bool = True  # all they left is known


@dataclass(frozen=True, slots=True)
class Cohort:
    """The customers who came in one quarter or year."""

    name: str
    members: tuple[Member, ...]

    def count(self, state: str) -> int:
        """How many are in that state."""
        return sum(member.state == state for member in self.members)

    @property
    def share_past(self) -> float:
        """The share past break-even; at least so much where not all they left is known."""
        return self.count(REACHED) / len(self.members)

    @property
    def is_whole(self) -> bool:
        """Whether all that its customers left is known."""
        return all(member.whole for member in self.members)

    @property
    def median_months(self) -> float | None:
        """Half of those past break-even needed no longer, as far as it is known when they reached it."""
        needed = [
            months_between(member.since, member.reached_on)
            for member in self.members
            if member.reached_on is not None and member.whole
        ]
        return float(median(needed)) if needed else None

    @property
    def cost_minor(self) -> int:
        """What winning all of them cost."""
        return sum(member.cost_minor for member in self.members)

    @property
    def margin_minor(self) -> int:
        """What all of them have left so far."""
        return sum(member.margin_minor for member in self.members)

    @property
    def expected_minor(self) -> int:
        """What those still with us are expected to leave in the next twelve months, less the cost to serve."""
        return sum(member.value_12m_minor or 0 for member in self.members if member.state != LOST_BEFORE)


def cohorts(members: Sequence[Member], *, by: str) -> list[Cohort]:
    """The customers by the ``quarter`` or ``year`` they came in, oldest first."""
    groups: dict[str, list[Member]] = {}
    for member in sorted(members, key=lambda member: (member.since, member.number)):
        groups.setdefault(cohort_name(member.since, by), []).append(member)
    return [Cohort(name, tuple(group)) for name, group in groups.items()]


def cohort_name(since: date, by: str) -> str:
    """``2024 Q3`` or ``2024``."""
    return f"{since.year} Q{(since.month + 2) // 3}" if by == "quarter" else str(since.year)
