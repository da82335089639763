"""Contact pressure: how often, and how firmly, a customer has heard from us lately, whatever the channel. Pure.

The weights are a judgement, not a measurement: a call takes the customer's time where a letter waits until it is
opened, and a firm letter presses more than a friendly one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WEIGHTS = {"email": 1, "letter": 1, "call": 2}
FIRM = frozenset(("fee_reminder", "final_reminder", "formal_notice", "hand_over"))
FIRM_MORE = 1

# The meter is full at so much weight within so many days: a call and two letters a week, twice that in a month.
WEEK, MONTH = 7, 30
FULL = {WEEK: 4, MONTH: 8}

# Sent because the law wants it sent, on a day the law names: no cap holds it back. It counts for those that follow.
EXEMPT = frozenset(("formal_notice",))


@dataclass(frozen=True, slots=True)
class Contacted:
    """Something of ours that reached the customer: the day, by what, and which document it was (none: no letter)."""

    on: date
    channel: str  # email | letter | call
    document: str | None = None

    @property
    def weight(self) -> int:
        return WEIGHTS[self.channel] + (FIRM_MORE if self.document in FIRM else 0)


@dataclass(frozen=True, slots=True)
class Pressure:
    """The meter over so many days: the contacts, what they weigh, and the weight it is full at."""

    days: int
    contacts: tuple[Contacted, ...]
    weight: int
    full: int

    @property
    def level(self) -> str:
        """``none``, ``light``, ``noticeable`` from half full, ``heavy`` from full."""
        if not self.contacts:
            return "none"
        if self.weight >= self.full:
            return "heavy"
        return "noticeable" if 2 * self.weight >= self.full else "light"


def pressure(contacts: Collection[Contacted], today: date, days: int) -> Pressure:
    """What the contacts of the last so many days (today among them) weigh together."""
    recent = tuple(sorted(within(contacts, today, days), key=lambda one: one.on))
    return Pressure(days, recent, sum(one.weight for one in recent), FULL[days])


def within(contacts: Collection[Contacted], today: date, days: int) -> list[Contacted]:
    """The contacts of the last so many days, today among them."""
    since = today - timedelta(days=days)
    return [one for one in contacts if since < one.on <= today]


def free_again(days_heard: Sequence[date], *, count: int, days: int, today: date) -> date | None:
    """The first day on which another contact keeps to at most ``count`` in ``days``; none when it may be made today."""
    since = today - timedelta(days=days)
    recent = sorted(day for day in days_heard if since < day <= today)
    return recent[-count] + timedelta(days=days) if len(recent) >= count else None
