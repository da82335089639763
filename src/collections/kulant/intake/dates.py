"""Dates as exports write them: what one cell may mean, and what a whole column of them therefore means. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache

from babel import Locale

from kulant.core.errors import Refusal
from kulant.i18n import LANGUAGES

EARLIEST_YEAR = 1990
YEARS_AHEAD = 10

_CLOCK = r"(?:[T ]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?\s*(?:[AaPp][Mm])?\s*(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
_NUMERIC = re.compile(r"([0-9]{1,4})\s*([./\-])\s*([0-9]{1,2})\s*\2\s*([0-9]{1,4})\.?" + _CLOCK)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:\.0+)?")
_DAY_MONTH = re.compile(r"([0-9]{1,2})[ .\-/]*([^\W\d_]{3,12})\.?[ ,\-/]*([0-9]{4}|[0-9]{2})" + _CLOCK)
_MONTH_DAY = re.compile(r"([^\W\d_]{3,12})\.?\s+([0-9]{1,2}),?\s+([0-9]{4})" + _CLOCK)
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SURE = "sure"
_NAMES = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}


@lru_cache(maxsize=32768)
def readings(text: str) -> tuple[str, dict[str, date]]:
    """The kind of notation, and every date the text may mean under it by the order of its parts; none: no date.

    The notation is ``sure`` where the order is beyond doubt; else cells of one notation share one order.
    """
    if match := _COMPACT.fullmatch(text):
        return _SURE, _dated({"ymd": (match[1], match[2], match[3])})
    if match := _NUMERIC.fullmatch(text):
        return _numeric(match[1], match[2], match[3], match[4])
    if match := _DAY_MONTH.fullmatch(text):
        return _SURE, _dated({"dmy": (match[3], _month(match[2]), match[1])})
    if match := _MONTH_DAY.fullmatch(text):
        return _SURE, _dated({"mdy": (match[3], _month(match[1]), match[2])})
    return _SURE, {}


def _numeric(first: str, separator: str, second: str, last: str) -> tuple[str, dict[str, date]]:
    if len(first) > 2:
        return _SURE, _dated({"ymd": (first, second, last)}) if len(first) == 4 and len(last) <= 2 else {}
    if len(last) == 3:
        return _SURE, {}
    orders = {"dmy": (last, second, first)}
    if separator == ".":
        return _SURE, _dated(orders)
    orders["mdy"] = (last, first, second)
    if separator == "-" and len(last) <= 2:
        orders["ymd"] = (first, second, last)
    return f"{separator}{'yyyy' if len(last) == 4 else 'yy'}", _dated(orders)


@cache
def _months() -> dict[str, str]:
    """Month names, whole and shortened, in the languages of the house."""
    return {
        name.lower().rstrip("."): str(number)
        for language in LANGUAGES
        for width in ("wide", "abbreviated")
        for number, name in Locale(language).months["format"][width].items()
    }


def _month(name: str) -> str:
    return _months().get(name.lower(), "0")


def _dated(orders: dict[str, tuple[str, str, str]]) -> dict[str, date]:
    dates = {}
    for order, (year, month, day) in orders.items():
        number = int(year)
        if len(year) <= 2:
            number += 2000 if number < 70 else 1900
        try:
            dates[order] = date(number, int(month), int(day))
        except ValueError:
            continue
    return dates


@dataclass(slots=True)
class _Notation:
    """The cells of one notation, by the orders they fit and whether these mean different days."""

    counts: dict[tuple[frozenset[str], bool], int] = field(default_factory=dict)
    examples: dict[tuple[frozenset[str], bool], list[int]] = field(default_factory=dict)

    def add(self, row: int, dates: dict[str, date]) -> None:
        kind = (frozenset(dates), len(set(dates.values())) > 1)
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if len(rows := self.examples.setdefault(kind, [])) < 3:
            rows.append(row)

    def fitting(self, order: str) -> int:
        """How many cells fit the order."""
        return sum(count for (orders, _), count in self.counts.items() if order in orders)

    def rows(self, *, fits: str | None = None, misfits: str | None = None, doubtful: bool = False) -> list[int]:
        """The first rows that fit, or do not fit, an order, or that mean different days by different orders."""
        return sorted(
            row
            for (orders, differ), rows in self.examples.items()
            if (fits is None or fits in orders) and misfits not in orders and (differ or not doubtful)
            for row in rows
        )[:3]


class DateColumn:
    """Collects what the cells of one column may mean, to settle on one order for each notation."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.notations: dict[str, _Notation] = {}

    def add(self, row: int, text: str) -> None:
        """One cell of the column."""
        notation, dates = readings(text)
        if notation is not _SURE and dates:
            self.notations.setdefault(notation, _Notation()).add(row, dates)


def settle(columns: Iterable[DateColumn]) -> dict[str, dict[str, str]]:
    """The order of each notation by column; columns of one file that say nothing follow those that do.

    Refuses a column whose cells may be read in two ways with different dates, naming rows.
    """
    columns = list(columns)
    decided = {
        (column.name, notation): order
        for column in columns
        for notation, seen in column.notations.items()
        if (order := _order(column.name, seen)) is not None
    }
    settled: dict[str, dict[str, str]] = {}
    for column in columns:
        for notation, seen in column.notations.items():
            elsewhere = {order for (_, other), order in decided.items() if other == notation}
            order = decided.get((column.name, notation)) or (elsewhere.pop() if len(elsewhere) == 1 else None)
            if order is None and (doubtful := seen.rows(doubtful=True)):
                raise Refusal(
                    "ambiguous_dates",
                    f"Column {column.name}: the dates in {_rows(doubtful)} can be read day first or "
                    'month first, and no row decides which; state the format in a mapping, e.g. dates: "%d/%m/%Y".',
                )
            settled.setdefault(column.name, {})[notation] = order or "dmy"
    return settled


def _order(name: str, seen: _Notation) -> str | None:
    """The one order all cells fit; a stray few against many are rows to reject, not a doubt."""
    total = sum(seen.counts.values())
    support = {order: seen.fitting(order) for order in _NAMES}
    best = max(support, key=lambda order: support[order])
    if support[best] == total:
        return best if sum(count == total for count in support.values()) == 1 else None
    if (total - support[best]) * 20 > support[best]:
        other = max((order for order in _NAMES if order != best), key=lambda order: support[order])
        raise Refusal(
            "ambiguous_dates",
            f"Column {name}: {_rows(seen.rows(fits=best, misfits=other))} can only be {_NAMES[best]}, but "
            f"{_rows(seen.rows(misfits=best))} cannot; give the column one date format.",
        )
    return best


def _rows(rows: list[int]) -> str:
    return f"row {rows[0]}" if len(rows) == 1 else "rows " + ", ".join(map(str, rows))


def read_date(text: str, orders: dict[str, str], today: date) -> date:
    """The date of a cell in a column whose orders are settled."""
    notation, dates = readings(text)
    if not dates:
        raise ValueError("is not a date")
    if notation is _SURE:
        return _sensible(next(iter(dates.values())), today)
    order = orders.get(notation, "dmy")
    if order not in dates:
        raise ValueError(f"is not a date with the {_NAMES[order]}, as the others of the column")
    return _sensible(dates[order], today)


@lru_cache(maxsize=32768)
def stated_date(text: str, form: str) -> date:
    """The date of a cell whose format a mapping states."""
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 -- a calendar day has no zone
    except ValueError:
        raise ValueError(f"is not a date written as {form}") from None


def read_stated_date(text: str, form: str, today: date, *, cells: bool = False) -> date:
    """Like ``read_date``, in the format a mapping states.

    ``cells``: the file is a workbook, whose date cells carry no notation and come with the year first.
    """
    if cells and _ISO.fullmatch(text):
        with suppress(ValueError):
            return _sensible(date.fromisoformat(text), today)
    return _sensible(stated_date(text, form), today)


def _sensible(day: date, today: date) -> date:
    if not EARLIEST_YEAR <= day.year <= today.year + YEARS_AHEAD:
        raise ValueError(f"lies outside the years {EARLIEST_YEAR} to {today.year + YEARS_AHEAD}")
    return day
