"""The danger zone: nobody has spoken with a customer for too long, or we owe them an answer. Pure.

A person calls before any letter goes out. Only real contact counts, never a letter of ours about money. A customer with
whom no contact is known is not in danger: unknown is never bad.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Any

from kulant.core.calendar import add_business_days
from kulant.core.words import day_words
from kulant.relationship.rulebook import RuleBook

# A usual gap is known from so many days of contact on: two gaps to take the middle of.
CONTACTS_FOR_A_GAP = 3


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of danger in words."""

    code: str
    text: str

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"code": self.code, "text": self.text}


def usual_gap(days: Sequence[date]) -> int | None:
    """The customer's own median gap between contacts in days, rounded up; none while too few are known."""
    distinct = sorted(set(days))
    if len(distinct) < CONTACTS_FOR_A_GAP:
        return None
    gaps = [(later - earlier).days for earlier, later in pairwise(distinct)]
    return -(-int(2 * median(gaps)) // 2)


def longest_silence(rules: RuleBook, gap: int | None) -> int:
    """So many days without contact are still well: the rule's, or some times the customer's own usual gap."""
    return max(rules.danger_gap_days, int(rules.danger_gap_times * (gap or 0)))


def is_late(opened_on: date, today: date, *, days: int, country: str) -> bool:
    """Whether a request that still waits was not answered within so many working days."""
    return today > add_business_days(opened_on, days, country)


def danger(
    rules: RuleBook, *, today: date, last_contact: date | None, gap: int | None, late_requests: Sequence[date]
) -> list[Sign]:
    """Every sign of danger; ``late_requests``: the days of requests unanswered for too long."""
    found = []
    longest = longest_silence(rules, gap)
    if last_contact is not None and (today - last_contact).days > longest:
        own = ", more than usual for them" if longest > rules.danger_gap_days else ""
        since = day_words(last_contact)
        found.append(Sign("contact_gap", f"Nobody has spoken with them since {since}: over {longest} days{own}."))
    for day in sorted(late_requests):
        found.append(Sign("request_waiting", f"A request of {day_words(day)} has not been answered."))
    return found
