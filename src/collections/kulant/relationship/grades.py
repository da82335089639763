"""Grades A to D: who the creditor's next twelve months depend on. Pure; no clock.

A customer rises at once. A customer falls only when the lower grade was also seen in an earlier calendar month: one
quiet month is no reason to treat somebody as worth less.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

# The best customers who together bring the first half of all value are A, those up to 80 % B, up to 95 % C.
_LIMITS = ((50, "A"), (80, "B"), (95, "C"))
LOWEST = "D"

THIN_DATA_BELOW = 3  # purchases


@dataclass(frozen=True, slots=True)
class Standing:
    """The grade in force, and a lower one that waits for a second month."""

    grade: str
    lower_grade: str | None = None
    lower_grade_since: date | None = None


def grades(values: Sequence[int]) -> list[str]:
    """The grade of each value among all of them, by cumulative share.

    A value's grade is that of the point where it begins, so that the largest is always A; equal values get equal
    grades, and who brings nothing is D.
    """
    total = sum(value for value in values if value > 0)
    counts = Counter(values)
    by_value: dict[int, str] = {}
    before = 0
    for value in sorted(counts, reverse=True):
        by_value[value] = _grade(before, total) if value > 0 else LOWEST
        before += value * counts[value]
    return [by_value[value] for value in values]


def _grade(before: int, total: int) -> str:
    return next((grade for limit, grade in _LIMITS if before * 100 < limit * total), LOWEST)


def settle(seen: str, before: Standing | None, today: date) -> Standing:
    """The standing after a grade was seen on the day; seeing it again that day changes nothing."""
    if before is None or seen <= before.grade:
        return Standing(seen)
    if before.lower_grade is None or before.lower_grade_since is None:
        return Standing(before.grade, seen, today)
    if _month(before.lower_grade_since) >= _month(today):
        return Standing(before.grade, seen, before.lower_grade_since)
    # Seen lower in two months: the customer falls as far as both months say, and no further.
    confirmed = min(seen, before.lower_grade)
    return Standing(confirmed) if seen == confirmed else Standing(confirmed, seen, today)


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month
