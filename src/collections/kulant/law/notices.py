"""The notice before collection: when it may be sent, and when its time has passed."""

from __future__ import annotations

from datetime import date, timedelta

from kulant.core.calendar import add_business_days, next_business_day
from kulant.law.facts import Facts
from kulant.law.model import Notice

REMINDERS = frozenset(("reminder", "fee_reminder", "final_reminder"))
_DAY = timedelta(days=1)


def notice_from(facts: Facts, on: date) -> date | None:
    """The first day on which a notice about what is overdue may be sent; none without a debt or a needed reminder."""
    first = _first_late_day(facts, on)
    rules = facts.law.rules_on(on)
    if first is None or rules.forbids("formal_notice"):
        return None
    if rules.notice is None:
        return first if rules.no_notice else None
    return _after_what_must_come_first(facts, rules.notice, first, on)


def _after_what_must_come_first(facts: Facts, notice: Notice, first: date, on: date) -> date | None:
    first += timedelta(days=notice.days_after_due) - _DAY
    if notice.days_after_reminder is None:
        return first
    reminded = [one.on for one in facts.steps if one.document in REMINDERS and one.on <= on]
    return max(first, reminded[0] + timedelta(days=notice.days_after_reminder)) if reminded else None


def hand_over_from(facts: Facts, on: date) -> date | None:
    """The first day on which the claim may be handed over; none without a debt, or while a needed notice is missing.

    A notice counts when it was lawful and everything overdue was already overdue: it cannot have named a later invoice.
    """
    first = _first_late_day(facts, on)
    rules = facts.law.rules_on(on)
    if first is None or (rules.notice is None and rules.no_notice is None):
        return None
    if rules.notice is None or facts.debtor not in rules.notice.debtors:
        return max([first, *_after_a_regime_began(facts, on)])
    allowed = _after_what_must_come_first(facts, rules.notice, first, on)
    if allowed is None:
        return None
    newest = max(one.due for one in facts.overdue(on))
    for step in facts.steps:
        if step.document == "formal_notice" and max(allowed, newest + _DAY) <= step.on <= on:
            return last_day(rules.notice, step.on, facts.law.country) + _DAY
    return None


def _after_a_regime_began(facts: Facts, on: date) -> list[date]:
    """Where a regime did away with the notice: its first day, and the day after any time that was given before it."""
    regime = facts.law.rules_on(on).regime
    if regime is None or regime.since is None:
        return []
    given = [step.on for step in facts.steps if step.document == "formal_notice" and step.on <= on]
    notices = [(facts.law.rules_on(day).notice, day) for day in given]
    return [regime.since, *(last_day(notice, day, facts.law.country) + _DAY for notice, day in notices if notice)]


def last_day(notice: Notice, sent: date, country: str) -> date:
    """The last day on which paying answers a notice in time; moved to a business day, which is never too early."""
    last = sent + timedelta(days=notice.wait_days)
    if notice.wait_business_days:
        last = max(last, add_business_days(sent, notice.wait_business_days, country))
    return next_business_day(last, country)


def _first_late_day(facts: Facts, on: date) -> date | None:
    return min((one.due + _DAY for one in facts.overdue(on)), default=None)
