"""What people here have entered beside the files: new rates, confirmed figures, the first day of a regime. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from kulant.core.words import day_words
from kulant.law.figures import Listed, listed, with_figure, with_row
from kulant.law.model import Amount, Country, Known, Rate, Regime, Source

BEGINS, NOT_BEFORE, UNSET = "begins", "not before", "unset"


@dataclass(frozen=True, slots=True)
class Entered:
    """One entry; of those about the same thing, the newest counts."""

    id: int
    country: str
    what: str
    since: date
    value: str
    source: str
    on: date
    by: str

    @property
    def source_key(self) -> str:
        """The name its source has among those of the file."""
        return f"ENTERED-{self.id}"


def overlaid(file: Country, rows: tuple[Entered, ...]) -> Country:
    """The file as it stands with what was entered, each figure with who entered it and from where."""
    for row in _newest(rows):
        file = _with_regime(file, row) if row.what.startswith("regime:") else _with_figure(file, row)
    return replace(file, known_to=_known_to(file))


def _newest(rows: tuple[Entered, ...]) -> list[Entered]:
    """Of each thing its newest entry, the oldest of them first. A regime has one first day, whatever day was said."""
    newest = {}
    for row in sorted(rows, key=lambda one: one.id):
        newest[row.what, None if row.what.startswith("regime:") else row.since] = row
    return sorted(newest.values(), key=lambda one: one.since)


def _with_figure(file: Country, row: Entered) -> Country:
    series = [one for one in listed(file) if one.what == row.what]
    standing = next((one for one in series if one.since == row.since), None)
    if standing is None:
        return _with_new_row(file, series, row)
    if not standing.number and standing.value != row.value:
        return file  # what was confirmed no longer stands there
    return with_figure(_with_source(file, row), standing, _known(standing.known, row))


def _with_new_row(file: Country, series: list[Listed], row: Entered) -> Country:
    if not series or not series[-1].number:
        return file
    new = _known(series[-1].known, row)
    assert isinstance(new, Rate | Amount)
    return with_row(_with_source(file, row), series[-1], replace(new, since=row.since))


def _known(known: Known, row: Entered) -> Known:
    """The figure as it was entered: seen by a person, in a source they named."""
    said = f"confirmed by {row.by} on {day_words(row.on)}"
    sure = replace(known, source=row.source_key, confidence="verified", note=said)
    if isinstance(sure, Rate):
        return replace(sure, rate=Decimal(row.value))
    if isinstance(sure, Amount):
        return replace(sure, amount=Decimal(row.value))
    return sure


def _with_source(file: Country, row: Entered) -> Country:
    where = f"entered by {row.by} on {day_words(row.on)}"
    source = Source(what=row.source, where=where, good_for=row.on.isoformat())
    return replace(file, sources={**file.sources, row.source_key: source})


def _with_regime(file: Country, row: Entered) -> Country:
    key = row.what.removeprefix("regime:")
    regimes = tuple(_decided(one, row) if one.key == key else one for one in file.regimes)
    return replace(_with_source(file, row), regimes=regimes)


def _decided(regime: Regime, row: Entered) -> Regime:
    match row.value:
        case "begins":
            return replace(regime, since=row.since, source=row.source_key)
        case "not before":
            return replace(regime, since=None, signalled=row.since, source=row.source_key)
    return regime


def _known_to(file: Country) -> date:
    """Rates are known to the end of the last half-year of which every rate the country needs is there."""
    needed = [{row.since for row in rows} for rows in file.interest.rates.values()]
    known_to = file.known_to
    while all(known_to + timedelta(days=1) in days for days in needed):
        known_to = half_year_end(known_to + timedelta(days=1))
    return known_to


def half_year_end(day: date) -> date:
    """The last day of the half-year in which the day falls."""
    return date(day.year, 12, 31) if day.month > 6 else date(day.year, 6, 30)
