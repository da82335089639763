"""Attachment: how close a customer is to us, 0 to 100. Pure.

Spend is not loyalty: nothing here knows what a customer buys or pays. It starts in the middle and moves by points that
are said in words and sum to the figure; all that speaks for a customer adds up to 50, and so does all that speaks
against. The points are judgements. While nothing is known there is no figure: unknown is never bad.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from kulant.core.words import day_words

MIDDLE = 50

FRESH_CONTACT, SOME_CONTACT, NO_CONTACT = 20, 10, -10
EACH_REQUEST, REQUESTS_AT_MOST = -5, -10
EACH_STRIKE, STRIKES_AT_MOST = -10, -20
COMPLAINT_OPEN = -5
COMPLAINT_ENDED = {"put_right": 5, "explained": 2, "rejected": -5}
ABOVE_EXPECTED, AS_EXPECTED, BELOW_EXPECTED = 15, 10, -5
EACH_YEAR, YEARS_AT_MOST = 2, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    """What is known of our dealings with a customer beside the money."""

    today: date
    last_contact: date | None = None
    fresh_days: int = 30  # a contact not older than this counts in full
    danger_days: int = 90  # one older than this counts against us
    late_requests: int = 0  # that wait for our answer longer than they should
    strikes: int = 0
    complaint_open: bool = False
    complaint_outcome: str | None = None  # how the last one ended: put_right | explained | rejected
    expected: int | None = None  # of the expectation check, 0 to 10
    got: int | None = None
    check_gap: int = 3
    check_low: int = 6
    gap_put_right: bool = False
    since: date | None = None  # their first day with us


@dataclass(frozen=True, slots=True)
class Point:
    """One reason and what it counts."""

    code: str
    text: str
    points: int

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"code": self.code, "text": self.text, "points": self.points}


def attachment(bond: Bond) -> tuple[int | None, list[Point]]:
    """The figure and its reasons, which sum to it; none and no reasons while nothing is known."""
    points = [point for point in _points(bond) if point is not None]
    if not points:
        return None, []
    points.insert(0, Point("middle", "Everybody starts in the middle", MIDDLE))
    return sum(point.points for point in points), points


def _points(bond: Bond) -> Iterator[Point | None]:
    yield _contact(bond)
    yield _requests(bond)
    yield _strikes(bond)
    yield _complaint(bond)
    yield _check(bond)
    yield _tenure(bond)


def _contact(bond: Bond) -> Point | None:
    if bond.last_contact is None:
        return None
    silent = (bond.today - bond.last_contact).days
    spoke = f"Last spoke on {day_words(bond.last_contact)}"
    if silent > bond.danger_days:
        return Point("contact", f"{spoke}, more than {bond.danger_days} days ago", NO_CONTACT)
    if silent > bond.fresh_days:
        return Point("contact", f"{spoke}, more than {bond.fresh_days} days ago", SOME_CONTACT)
    return Point("contact", spoke, FRESH_CONTACT)


def _requests(bond: Bond) -> Point | None:
    if not bond.late_requests:
        return None
    requests = "A request waits" if bond.late_requests == 1 else f"{bond.late_requests} requests wait"
    points = max(bond.late_requests * EACH_REQUEST, REQUESTS_AT_MOST)
    return Point("requests", f"{requests} too long for our answer", points)


def _strikes(bond: Bond) -> Point | None:
    if not bond.strikes:
        return None
    strikes = "1 strike" if bond.strikes == 1 else f"{bond.strikes} strikes"
    return Point("strikes", f"{strikes} against us", max(bond.strikes * EACH_STRIKE, STRIKES_AT_MOST))


def _complaint(bond: Bond) -> Point | None:
    if bond.complaint_open:
        return Point("complaint", "A complaint waits for our answer", COMPLAINT_OPEN)
    if bond.complaint_outcome not in COMPLAINT_ENDED:
        return None
    words = {"put_right": "was put right", "explained": "was explained", "rejected": "was rejected"}
    outcome = bond.complaint_outcome
    return Point("complaint", f"Their last complaint {words[outcome]}", COMPLAINT_ENDED[outcome])


def _check(bond: Bond) -> Point | None:
    """What they answered to the expectation check; a gap that was put right counts neither way."""
    if bond.got is None:
        return None
    expected = bond.got if bond.expected is None else bond.expected
    said = f"Expected {expected}, got {bond.got} of 10"
    if is_gap(bond.expected, bond.got, gap=bond.check_gap, low=bond.check_low):
        return (
            Point("check", f"{said}, put right since", 0)
            if bond.gap_put_right
            else Point("check", said, BELOW_EXPECTED)
        )
    if bond.got > expected:
        return Point("check", said, ABOVE_EXPECTED)
    return Point("check", said, AS_EXPECTED) if bond.got == expected else Point("check", said, 0)


def is_gap(expected: int | None, got: int, *, gap: int, low: int) -> bool:
    """Whether an expectation check shows a disappointment: so far below what was expected, or low in itself."""
    return got <= low or (expected is not None and expected - got >= gap)


def _tenure(bond: Bond) -> Point | None:
    years = _whole_years(bond.since, bond.today) if bond.since is not None else 0
    if years < 1:
        return None
    said = "1 year" if years == 1 else f"{years} years"
    return Point("tenure", f"A customer for {said}", min(years * EACH_YEAR, YEARS_AT_MOST))


def _whole_years(since: date, today: date) -> int:
    return today.year - since.year - ((today.month, today.day) < (since.month, since.day))
