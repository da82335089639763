"""How long bookkeeping law wants something kept: the years of each country as data, the last day as a pure function.

The books are those of the creditor, so the creditor's country decides. The financial year is taken to be the calendar
year unless it is said when it ends. A country that is not in the file keeps as long as the one that keeps longest: what
was thrown away too early never comes back.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from kulant.core.errors import Refusal
from kulant.law.model import Confidence

_FILE = "retention.yaml"

Kind = Literal["books", "vouchers", "letters"]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
CALENDAR_YEAR = (12, 31)  # month and day on which the financial year ends


class Years(BaseModel):
    """So many years, from a day on; ``source`` says where it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: date
    years: int = Field(ge=1, le=30)
    after_calendar_year: bool = False  # counted from the end of the calendar year in which the financial year ends
    rule: Line
    source: Line
    confidence: Confidence
    note: Line | None = None


class Keeping(BaseModel):
    """What a country wants kept, the oldest row of each kind first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    books: tuple[Years, ...] = Field(min_length=1)
    vouchers: tuple[Years, ...] = Field(min_length=1)
    letters: tuple[Years, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """Until which day something is kept, that day included, and by which rule."""

    until: date
    rule: str
    verified: bool


@lru_cache
def countries() -> dict[str, Keeping]:
    """All that are known, by country; read once."""
    text = (files("kulant.law") / _FILE).read_text("utf-8")
    try:
        # The base loader makes nothing but text, so that a country called NO stays one.
        written = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
        return TypeAdapter(dict[str, Keeping]).validate_python(written)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Refusal("bad_retention", f"{_FILE}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def kept_until(country: str, kind: Kind, on: date, *, today: date, year_end: tuple[int, int] = CALENDAR_YEAR) -> Kept:
    """The last day on which something booked or written ``on`` a day is kept, by the law in force ``today``.

    >>> kept_until("NO", "vouchers", date(2026, 3, 1), today=date(2026, 11, 22)).until
    datetime.date(2031, 12, 31)
    """
    row, known = _in_force(country, kind, today)
    end = _end_of_year(on, year_end)
    until = _day(end.year + row.years, CALENDAR_YEAR if row.after_calendar_year else year_end)
    if known:
        return Kept(until, row.rule, row.confidence == "verified")
    return Kept(until, f"no rule of {country} is known here; kept as long as the longest one known", False)


def _in_force(country: str, kind: Kind, today: date) -> tuple[Years, bool]:
    known = countries()
    if country.upper() in known:
        return _newest(getattr(known[country.upper()], kind), today), True
    return max((_newest(getattr(each, kind), today) for each in known.values()), key=lambda row: row.years), False


def _newest(rows: tuple[Years, ...], today: date) -> Years:
    """The newest row in force; before the first of them, the first."""
    in_force = [row for row in rows if row.since <= today]
    return max(in_force, key=lambda row: row.since) if in_force else rows[0]


def _end_of_year(on: date, year_end: tuple[int, int]) -> date:
    end = _day(on.year, year_end)
    return end if on <= end else _day(on.year + 1, year_end)


def _day(year: int, month_and_day: tuple[int, int]) -> date:
    month, day = month_and_day
    return date(year, month, min(day, monthrange(year, month)[1]))


def unverified() -> list[str]:
    """Each period whose source does not say it in so many words, in words."""
    found: dict[str, list[str]] = {}
    for country, keeping in sorted(countries().items()):
        for kind in ("books", "vouchers", "letters"):
            for row in getattr(keeping, kind):
                if row.confidence != "verified":
                    said = f"{row.years} years, {row.rule}" + (f" ({row.note})" if row.note else "")
                    found.setdefault(f"{country}: {{}} {said}", []).append(kind)
    return [said.format(", ".join(kinds)) for said, kinds in found.items()]
