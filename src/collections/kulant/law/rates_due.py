"""Which figures somebody must enter soon: the next half-year's rates, and whether a signalled regime begins. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from kulant.core.words import day_words
from kulant.law.book import Law
from kulant.law.entered import half_year_end

DAYS_BEFORE = 30


@dataclass(frozen=True, slots=True)
class Due:
    """Something to enter, by when, and in words. ``key`` stays the same from day to day."""

    key: str
    country: str
    since: date
    what: tuple[str, ...]  # the names under which the figures are entered; empty for a regime
    text: str


def due(law: Law, today: date) -> list[Due]:
    """What is missing today for the half-year that runs, and for the next one from 30 days before it begins."""
    return [*_rates_due(law, today), *_regime_due(law, today)]


def next_half_year(day: date) -> date:
    """The first day of the half-year after the one in which the day falls."""
    return half_year_end(day) + timedelta(days=1)


def running_half_year(day: date) -> date:
    """The first day of the half-year in which the day falls."""
    return date(day.year, 7 if day.month > 6 else 1, 1)


def half_year_words(since: date) -> str:
    """The half-year as one says it."""
    return f"the {'second' if since.month > 6 else 'first'} half of {since.year}"


def missing(law: Law, since: date) -> tuple[str, ...]:
    """The names of the figures that the half-year beginning on that day still lacks."""
    lacking = [
        f"rate:{debtor}" for debtor, rows in law.file.interest.rates.items() if since not in {row.since for row in rows}
    ]
    compensation = law.file.compensation
    if compensation.each_half_year and since not in {row.since for row in compensation.amounts}:
        lacking.append("compensation")
    return tuple(lacking)


def _rates_due(law: Law, today: date) -> Iterator[Due]:
    running, coming = running_half_year(today), next_half_year(today)
    for since in (running, coming) if today >= coming - timedelta(days=DAYS_BEFORE) else (running,):
        lacking = missing(law, since)
        if lacking:
            yield Due(f"rates:{law.country}:{since}", law.country, since, lacking, _asking(law, since, lacking))


def _asking(law: Law, since: date, lacking: tuple[str, ...]) -> str:
    half, said = half_year_words(since), []
    debtors = [one.removeprefix("rate:") for one in lacking if one.startswith("rate:")]
    if debtors:
        whose = "" if debtors == ["everyone"] else f" ({' and '.join(debtors)})"
        said.append(f"late-interest rate{whose}")
    if "compensation" in lacking:
        said.append("compensation between businesses")
    text = f"Enter the {' and the '.join(said)} of {law.file.name} for {half}, on the settings page."
    if debtors:
        return f"{text} Nothing is computed from {day_words(since)} without it."
    return f"{text} None is computed for debts due in that half-year without it."


def _regime_due(law: Law, today: date) -> Iterator[Due]:
    regime = law.undecided
    if regime is None or regime.signalled is None or today < regime.signalled - timedelta(days=DAYS_BEFORE):
        return
    day = day_words(regime.signalled)
    text = f"Say whether {regime.name} of {law.file.name} is in force on {day}, on the settings page."
    text += " Nothing is computed from that day before it is decided."
    yield Due(f"regime:{law.country}:{regime.key}:{regime.signalled}", law.country, regime.signalled, (), text)
