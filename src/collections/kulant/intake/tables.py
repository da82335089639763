"""Rows of a text table, one at a time, numbered as a spreadsheet numbers them."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from kulant.core.errors import Refusal
from kulant.intake.dialect import MOST_BLANK_LINES, Dialect, Lines, blank_file, cut_off, header_key

MOST_COLUMNS = 500
ROWS_BEFORE_HEADER = 50

_TOTAL = re.compile(
    r"(?:grand |sub|sub-|del|mellem|zwischen|väli)?"
    r"(?:totals?|totalt|total amount|sum|summa|summe|gesamt|gesamtsumme|insgesamt|i alt|yhteensä)"
    r"\s*[:.=]?\s*(?:[a-z]{3})?",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Row:
    """One row: its number, its cells stripped and as many as there are columns, or what is wrong with it."""

    number: int
    cells: list[str]
    fault: str | None = None
    total: bool = False  # it sums up others and is none of its own


def records(stream: BinaryIO, dialect: Dialect) -> Iterator[tuple[int, list[str] | None]]:
    """Every record with its number, blank ones included; ``None`` where quotes stand in the wrong place."""
    lines = Lines(stream, dialect.encoding)
    reader = csv.reader(lines, delimiter=dialect.delimiter, strict=True)
    number = blank = 0
    while True:
        lines.begin_record()
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise cut_off(f"inside a quoted cell that begins in row {number}") from None
            if lines.spread > 1 or "field larger" in str(error):
                raise Refusal(
                    "open_quote",
                    f"A quote in row {number} is not closed where the cell ends; write quotes inside a cell twice.",
                ) from None
            yield number, None
            continue
        if any(cells) and not "".join(cells).isspace():
            blank = 0
        elif (blank := blank + 1) > MOST_BLANK_LINES:
            raise blank_file()
        yield number, cells


@dataclass(frozen=True, slots=True)
class Header:
    """The row that names the columns."""

    row: int
    columns: list[str]


def named(cells: list[str]) -> list[str]:
    """Column names as they can be referred to: a repeated one gets a number, an empty one its place."""
    seen: dict[str, int] = {}
    names = []
    for place, cell in enumerate(cells, start=1):
        name = cell.replace("\ufeff", "").strip() or f"(column {place})"
        seen[header_key(name)] = count = seen.get(header_key(name), 0) + 1
        names.append(name if count == 1 else f"{name} ({count})")
    return names


def find_header(
    stream: BinaryIO, dialect: Dialect, *, skip_rows: int | None = None, wanted: frozenset[str] = frozenset()
) -> Header:
    """The header: after ``skip_rows`` rows, else the first row with most of the wanted names, else the first one."""
    best: Header | None = None
    most = -1
    for number, cells in records(stream, dialect):
        if number > (skip_rows or 0) + ROWS_BEFORE_HEADER:
            break
        if number <= (skip_rows or 0) or not cells or not any(cell.strip() for cell in cells):
            continue
        header = Header(number, named(_trimmed(cells)))
        hits = len(wanted.intersection(map(header_key, header.columns)))
        if hits > most:
            best, most = header, hits
        if skip_rows is not None or hits == len(wanted):
            break
    if best is None:
        raise Refusal("no_header", "The file has no row that names its columns; the first row must do so.")
    if len(best.columns) > MOST_COLUMNS:
        raise Refusal("too_many_columns", f"The file has more than {MOST_COLUMNS} columns; this is no ledger table.")
    return best


def _trimmed(cells: list[str]) -> list[str]:
    """Without the empty cells a trailing delimiter leaves."""
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


@dataclass(frozen=True, slots=True)
class Table:
    """A table in a file: where it begins, where it ends, and which of its columns identify a row."""

    stream: BinaryIO
    dialect: Dialect
    header: Header
    skip_last_rows: int = 0
    identifying: tuple[int, ...] = ()  # places of the columns a total row leaves empty

    def rows(self) -> Iterator[Row]:
        """The rows below the header without blank ones and the last ``skip_last_rows``; total rows are marked."""
        held: deque[Row] = deque()
        first, width, later = self.header.row, len(self.header.columns), self.skip_last_rows
        last: Row | None = None
        for number, raw in records(self.stream, self.dialect):
            if number <= first:
                continue
            cells = [cell.strip() for cell in raw] if raw is not None else None
            if cells is not None and len(cells) == width:
                if not any(cells):
                    continue
                row = Row(number, cells)
            elif (odd := self._odd_row(number, cells)) is not None:
                row = odd
            else:
                continue
            last = row
            if later:
                held.append(row)
                if len(held) <= later:
                    continue
                row = held.popleft()
            if self.identifying and self._is_total(row.cells):
                row.total = True
            yield row
        if (
            last
            and last.fault
            and not last.total
            and not self.dialect.closed
            and len(last.cells) < len(self.header.columns)
        ):
            raise cut_off(f"in the middle of row {last.number}")

    def _odd_row(self, number: int, cells: list[str] | None) -> Row | None:
        """A row with other cells than the header has; none when it is blank."""
        if cells is None:
            return Row(
                number,
                [""] * len(self.header.columns),
                "has a quote in the wrong place; write quotes inside a cell twice",
            )
        width = len(self.header.columns)
        if not any(cells):
            return None
        if len(cells) > width and not any(cells[width:]):
            return Row(number, cells[:width])
        return Row(number, cells, f"has {len(cells)} cell{'s' * (len(cells) != 1)} where the header has {width}")

    def _is_total(self, cells: list[str]) -> bool:
        """Whether the row begins with a word for a sum and names nothing of its own."""
        first = cells[0] or next((cell for cell in cells if cell), "")
        for place in self.identifying:
            if place < len(cells) and cells[place] and cells[place] != first:
                return False
        return _TOTAL.fullmatch(first) is not None
