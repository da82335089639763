"""The send gate about time: hours, weekends, public holidays and the house's own quiet days. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from kulant.core.calendar import is_business_day
from kulant.core.words import day_words
from kulant.delivery.gate_facts import Block, GateFacts, QuietTimes


def quiet_time(facts: GateFacts) -> Block | None:
    """Not at this hour or on this day where the customer is. Post waits only for the house's own quiet days."""
    if facts.channel not in ("email", "letter"):
        return None
    quiet, email = facts.quiet, facts.channel == "email"
    why = _why_quiet(quiet, facts.today, facts.country) if email else _own_quiet_day(quiet, facts.today)
    if why is None and email:
        why = _why_this_hour(quiet, facts.local_time.time())
    if why is None:
        return None
    if not email:
        day = _next_day(quiet, facts.today)
        return Block("quiet_time", f"{why} It leaves on {day_words(day)}.", day)
    opening = next_opening(quiet, facts.today, facts.local_time, facts.country)
    return Block("quiet_time", f"{why} It leaves on {day_words(opening.date())} at {opening:%H:%M}.", opening)


def opening_after(
    quiet: QuietTimes, today: date, local_time: datetime, country: str, *, email: bool
) -> datetime | None:
    """When what asks for nothing may leave, by the customer's clock; none when that is now."""
    if email:
        silent = _why_quiet(quiet, today, country) or _why_this_hour(quiet, local_time.time())
        return next_opening(quiet, today, local_time, country) if silent else None
    day = _next_day(quiet, today)
    return datetime.combine(day, time(0), tzinfo=local_time.tzinfo) if day > today else None


def next_opening(quiet: QuietTimes, today: date, local_time: datetime, country: str) -> datetime:
    """The next moment, by the customer's clock, at which an e-mail may reach them."""
    closed = quiet.closes is not None and local_time.time() >= quiet.closes
    day = today + timedelta(days=1) if closed else today
    while _why_quiet(quiet, day, country):
        day += timedelta(days=1)
    return datetime.combine(day, quiet.opens or time(0), tzinfo=local_time.tzinfo)


def _next_day(quiet: QuietTimes, day: date) -> date:
    while day in quiet.days:
        day += timedelta(days=1)
    return day


def _why_this_hour(quiet: QuietTimes, now: time) -> str | None:
    if quiet.opens is None or quiet.closes is None or quiet.opens <= now < quiet.closes:
        return None
    return f"E-mail goes out between {quiet.opens:%H:%M} and {quiet.closes:%H:%M} where the customer is."


def _why_quiet(quiet: QuietTimes, day: date, country: str) -> str | None:
    if quiet.weekdays_only and day.weekday() >= 5:
        return "No e-mail goes out at weekends."
    if quiet.holidays and day.weekday() < 5 and not is_business_day(day, country):
        return f"No e-mail goes out on a public holiday where the customer is ({country})."
    return _own_quiet_day(quiet, day)


def _own_quiet_day(quiet: QuietTimes, day: date) -> str | None:
    return f"{day_words(day)} is a quiet day here." if day in quiet.days else None
