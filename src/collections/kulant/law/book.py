"""The law book: the countries' files, read once, checked, and arranged for quick looking up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any, NoReturn

import yaml
from pydantic import TypeAdapter, ValidationError

from kulant.core.errors import Refusal
from kulant.core.words import day_words
from kulant.law.entered import Entered, half_year_end, overlaid
from kulant.law.figures import percent
from kulant.law.model import Amount, Confidence, Country, Debtor, Fee, Known, Limit, Notice, Rate, Regime

COUNTRIES = ("NO", "DK", "SE", "FI", "DE", "NL", "GB", "EU")
RATE_UNITS = 10_000  # a rate is kept as so many units to the percent point
LONGEST_FILE = 100_000  # characters; the longest country has a tenth


@dataclass(frozen=True, slots=True)
class Figure:
    """Something the answer was computed from, as it is shown with it."""

    what: str
    known: Known

    def as_json(self, law: Law) -> dict[str, str]:
        known = self.known
        source = law.file.sources[known.source]
        shown = {
            "figure": self.what,
            "confidence": known.confidence,
            "source": source.what,
            "where": source.where,
            "good_for": source.good_for,
        }
        if known.note:
            shown["note"] = known.note
        return shown


@dataclass(frozen=True, slots=True)
class RateRow:
    """The rate of one half-year."""

    units: int
    shown: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Rules:
    """The fees, limits and notice in force on a day; by a regime, or by the body of the file."""

    fees: tuple[Fee, ...]
    limits: tuple[Limit, ...]
    notice: Notice | None
    no_notice: Known | None
    regime: Regime | None = None

    def forbids(self, document: str) -> str | None:
        """The rule by which a creditor may not send that letter; none when it may."""
        regime = self.regime
        return regime.rule if regime and document in regime.only_agencies else None


@dataclass(frozen=True)
class Law:
    """One country's law, arranged from its file."""

    file: Country

    @property
    def country(self) -> str:
        return self.file.country

    @cached_property
    def rates(self) -> Mapping[Debtor, Mapping[tuple[int, bool], RateRow]]:
        """For each kind of debtor, the rate of each half-year (the year, and whether it is the second half)."""
        given = self.file.interest.rates
        return {
            "business": self._by_half_year(given.get("everyone", ()) or given.get("business", ())),
            "consumer": self._by_half_year(given.get("everyone", ()) or given.get("consumer", ())),
        }

    def _by_half_year(self, rows: tuple[Rate, ...]) -> dict[tuple[int, bool], RateRow]:
        return {half_year(row.since): self._row(row) for row in rows}

    def _row(self, row: Rate) -> RateRow:
        shown = percent(row.rate)
        what = f"late interest in {self.file.name} from {row.since}: {shown} % a year"
        return RateRow(int(row.rate * RATE_UNITS), shown, Figure(what, row))

    def rate_on(self, debtor: Debtor, day: date) -> RateRow:
        """The rate in force on a day; refused when nobody has entered one."""
        row = self.rates[debtor].get((day.year, day.month > 6))
        if row is None:
            half = f"the {'second' if day.month > 6 else 'first'} half of {day.year}"
            self.refuse(f"the late-interest rate of a {debtor} in {half} is not known")
        return row

    @cached_property
    def year_length(self) -> int:
        """Days of the year by the country's count; 0 where leap years have one more."""
        return {"actual/365": 365, "30/360": 360, "actual/actual": 0}[self.file.interest.day_count.value]

    @cached_property
    def _rules(self) -> tuple[tuple[date, Rules], ...]:
        """The rules and the first day of each, the newest first."""
        file = self.file
        found = [(date.min, Rules(file.fees, file.limits, file.notice, file.no_notice))]
        for regime in file.regimes:
            if regime.since:
                no_notice = None if regime.notice else regime
                found.append((regime.since, Rules(regime.fees, regime.limits, regime.notice, no_notice, regime)))
        return tuple(sorted(found, key=lambda one: one[0], reverse=True))

    def rules_on(self, day: date) -> Rules:
        """The rules for letters on a day."""
        for since, rules in self._rules:
            if since <= day:
                return rules
        raise AssertionError("the body of the file holds from the first day on")

    @cached_property
    def undecided(self) -> Regime | None:
        """The regime whose first day is signalled but not certain."""
        return next((one for one in self.file.regimes if one.since is None and one.signalled), None)

    @cached_property
    def known_to(self) -> date:
        """The last day for which anything is computed: rates are known, and no regime is open."""
        signalled = self.undecided.signalled if self.undecided else None
        return min(self.file.known_to, signalled - timedelta(days=1)) if signalled else self.file.known_to

    def refuse(self, why: str) -> NoReturn:
        """What is not known is refused, never guessed."""
        raise Refusal("no_law", f"{why} ({self.file.name}); a lawyer enters it: kulant law enter, or the settings page")


def half_year(day: date) -> tuple[int, bool]:
    """The year, and whether it is its second half."""
    return day.year, day.month > 6


def amount_on(
    rows: tuple[Amount, ...], day: date, principal_minor: int, *, each_half_year: bool = False
) -> Amount | None:
    """The row in force on a day for a claim of that principal; none where there is none."""
    since = max((row.since for row in rows if row.since <= day), default=None)
    if since is None or (each_half_year and half_year(since) != half_year(day)):
        return None
    for row in rows:
        if row.since == since and (row.up_to is None or principal_minor <= row.up_to * 100):
            return row
    return None


def law_of(country: str, as_of: date, entered: tuple[Entered, ...] = ()) -> Law:
    """The law of a country as it was known on a day; refused for a country or a day of which nothing is known.

    Of what was entered, only what stood there by that day counts: an old answer comes out as it did then.
    """
    law = law_book(country, tuple(row for row in entered if row.on <= as_of) if entered else ())
    if as_of < law.file.known_from:
        law.refuse(f"nothing is known before {day_words(law.file.known_from)}")
    if as_of > law.known_to:
        law.refuse(_why_not_known(law, as_of))
    return law


def _why_not_known(law: Law, as_of: date) -> str:
    last, open_regime = day_words(law.known_to), law.undecided
    if open_regime and open_regime.signalled and open_regime.signalled <= as_of:
        return f"the law is known to {last}: whether {open_regime.name} is in force after that is not decided"
    return f"rates are known to {last}, and {day_words(as_of)} is later"


def law_book(country: str, entered: tuple[Entered, ...] = ()) -> Law:
    """All that is known of a country's law, with what was entered; refused for a country without a file."""
    if country not in COUNTRIES:
        hint = "; write GB" if country == "UK" else f"; known are {', '.join(COUNTRIES)}"
        raise Refusal("no_law", f"the law of {country[:20]} is not known{hint}")
    if not entered:
        return read_law(country)
    return _overlaid(country, tuple(row for row in entered if row.country == country))


@lru_cache(maxsize=256)
def _overlaid(country: str, rows: tuple[Entered, ...]) -> Law:
    return Law(overlaid(read_law(country).file, rows)) if rows else read_law(country)


@lru_cache
def read_law(country: str) -> Law:
    """A country's file, read once and checked."""
    name = f"{country.lower()}.yaml"
    return Law(parse((files("kulant.law") / "data" / name).read_text("utf-8"), name))


def parse(text: str, name: str) -> Country:
    """A country's file, checked; a mistake is one sentence that names the place."""
    if len(text) > LONGEST_FILE:
        raise Refusal("bad_law", f"{name}: it is longer than {LONGEST_FILE:,} characters; that is no country's file")
    try:
        country = _FILE.validate_python(yaml.load(text, Loader=_Words))  # noqa: S506 - makes nothing but text
    except yaml.YAMLError as error:
        raise Refusal("bad_law", f"{name}: {error}") from None
    except RecursionError:
        raise Refusal("bad_law", f"{name}: it is nested too deeply") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Refusal("bad_law", f"{name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    for mistake in _mistakes(country):
        raise Refusal("bad_law", f"{name}: {mistake}")
    return country


def _mistakes(country: Country) -> Iterator[str]:
    for known in _figures(country):
        if known.source not in country.sources:
            yield f"the source {known.source} is not among the sources"
    if country.interest.fixed_at_start and country.interest.day_count.value == "actual/actual":
        yield "a rate fixed at the start needs a year of fixed length"
    for debtor, rows in country.interest.rates.items():
        days = [row.since for row in rows]
        if any((day.month, day.day) not in ((1, 1), (7, 1)) for day in days):
            yield f"the rates of {debtor} must begin on 1 January or 1 July"
        if days != sorted(set(days)):
            yield f"the rates of {debtor} must stand in order, each half-year once"
        if any(day > country.known_to for day in days):
            yield f"the rates of {debtor} go beyond known_to"


def _figures(part: Any) -> Iterator[Known]:
    """Every figure of a file that says how it is known."""
    if isinstance(part, Known):
        yield part
    if is_dataclass(part):
        for one in fields(part):
            yield from _figures(getattr(part, one.name))
    elif isinstance(part, tuple | list):
        for one in part:
            yield from _figures(one)
    elif isinstance(part, dict):
        yield from _figures(list(part.values()))


@dataclass(frozen=True, slots=True)
class Survey:
    """How much of a country's law is known, and to when."""

    country: str
    figures: int
    unverified: int
    known_to: date
    rates_to: Mapping[Debtor, date]


def survey(entered: tuple[Entered, ...] = ()) -> list[Survey]:
    """What is known, country by country, for whoever keeps the law."""
    return [_survey(law_book(country, entered)) for country in COUNTRIES]


def _survey(law: Law) -> Survey:
    known = list(_figures(law.file))
    sure: Confidence = "verified"
    unverified = sum(one.confidence != sure for one in known)
    rates_to: dict[Debtor, date] = {
        debtor: half_year_end(date(max(rows)[0], 7 if max(rows)[1] else 1, 1))
        for debtor, rows in law.rates.items()
        if rows  # the last half-year with a row
    }
    return Survey(law.country, len(known), unverified, law.known_to, rates_to)


class _Words(yaml.BaseLoader):
    """YAML in which every value is text (``NO`` is no *false*), no key stands twice, and nothing stands for a part."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            # A few of them can stand for more than any memory holds.
            mark: Any = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "write it out instead of *name", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                what = f"{key.value} stands twice" if isinstance(key, yaml.ScalarNode) else "this is no key"
                raise yaml.constructor.ConstructorError(None, None, what, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_FILE = TypeAdapter(Country)
