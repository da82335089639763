"""What had happened in the ninety days before customers left, against what happens to those who stay. Pure.

A signal's lift is how many times as often it was seen before a loss. It says where to look, not what was the cause:
who complains is still speaking with us.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WINDOW = timedelta(days=90)
FEW = 5  # seen before fewer losses than this, a lift says nothing


@dataclass(frozen=True, slots=True)
class Signal:
    """How often something was seen in the ninety days before a loss, and in as long with customers who stayed."""

    code: str
    lost_seen: int
    lost: int
    stayed_seen: int
    stayed: int

    @property
    def lift(self) -> float | None:
        """How many times as often before a loss; nothing where too little is known."""
        if not (self.lost and self.stayed and self.stayed_seen) or self.lost_seen < FEW:
            return None
        return (self.lost_seen / self.lost) / (self.stayed_seen / self.stayed)


@dataclass(frozen=True, slots=True)
class Relation:
    """When a customer began and, if they did, left."""

    customer_id: int
    first: date
    lost_on: date | None


def seen_before(
    codes: Iterable[str],
    events: Iterable[tuple[str, int, date]],
    relations: Sequence[Relation],
    windows: Sequence[date],
    since: date,
) -> list[Signal]:
    """Each signal's counts: before the losses since that day, and before the ``windows``' ends with those who stayed.

    A customer counts as staying at a window's end when they had begun by then and did not leave within as long again.
    """
    days: dict[str, dict[int, list[date]]] = defaultdict(lambda: defaultdict(list))
    for code, customer_id, day in events:
        days[code][customer_id].append(day)
    left = {one.customer_id: one.lost_on for one in relations if one.lost_on and one.lost_on >= since}
    staying = [
        sum(1 for one in relations if one.first < end and not (one.lost_on and one.lost_on < end + WINDOW))
        for end in windows
    ]
    known = {one.customer_id: one for one in relations}
    found = []
    for code in codes:
        seen = days.get(code, {})
        before_loss = sum(1 for customer_id, day in left.items() if _within(seen.get(customer_id, ()), day))
        before_end = sum(_staying_seen(seen, known, end) for end in windows)
        found.append(Signal(code, before_loss, len(left), before_end, sum(staying)))
    return sorted(found, key=lambda one: (-(one.lift or 0), -one.lost_seen, one.code))


def _staying_seen(seen: Mapping[int, Sequence[date]], known: Mapping[int, Relation], end: date) -> int:
    total = 0
    for customer_id, days in seen.items():
        one = known.get(customer_id)
        if one is None or one.first >= end or (one.lost_on and one.lost_on < end + WINDOW):
            continue
        total += _within(days, end)
    return total


def _within(days: Iterable[date], end: date) -> bool:
    return any(end - WINDOW <= day < end for day in days)
