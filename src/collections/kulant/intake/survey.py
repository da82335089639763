"""The first pass over a file: what whole columns say about their dates and amounts, and whether anything is hostile.

Nothing is posted before this pass is through, so a file refused here leaves no trace.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kulant.core.errors import Refusal
from kulant.intake import values
from kulant.intake.dates import DateColumn, settle
from kulant.intake.fields import AMOUNT, DATE, IDENTIFIER
from kulant.intake.layout import Layout, Source
from kulant.intake.tables import Row, Table

_MOST_REMEMBERED = 50_000
_FLOAT = re.compile(r"-?[0-9]+\.0")


@dataclass(frozen=True, slots=True)
class Findings:
    """What the whole file says about how single cells are to be read."""

    rows: int
    date_orders: dict[str, dict[str, str]]  # by field, by notation
    decimal: str | None  # the decimal mark, where the file leaves no doubt
    float_ids: frozenset[str]  # identifiers a program has turned into 1234.0


@dataclass(slots=True)
class _Amounts:
    marks: set[str] = field(default_factory=set)
    doubtful: list[tuple[int, str, str]] = field(default_factory=list)
    clear: set[str] = field(default_factory=set)  # texts that leave no doubt, which a column has over and over

    def add(self, row: int, name: str, text: str) -> None:
        if text in self.clear:
            return
        mark = values.decimal_mark(text)
        if mark != values.AMBIGUOUS and len(self.clear) < _MOST_REMEMBERED:
            self.clear.add(text)
        if mark == values.AMBIGUOUS:
            if len(self.doubtful) < 3:
                self.doubtful.append((row, name, text))
        elif mark:
            self.marks.add(mark)

    def settled(self) -> str | None:
        if len(self.marks) == 1:
            return next(iter(self.marks))
        if self.doubtful and not self.marks:
            row, name, text = self.doubtful[0]
            rows = ", ".join(str(row) for row, _, _ in self.doubtful)
            raise Refusal(
                "ambiguous_amounts",
                f"Column {name}: {text} in row {row} may mean thousands or decimals, and no row decides which (see row "
                f'{rows}); write amounts with two decimals, or state the mark in a mapping, e.g. decimal: ",".',
            )
        return None


def survey(table: Table, layout: Layout) -> Findings:
    """Reads every row once and settles what its columns mean; refuses what is hostile or cannot be told."""
    mapping = layout.mapping
    dates = [
        (source, DateColumn(source.field.name))
        for source in _holding(layout, DATE)
        if mapping is None or mapping.date_format(source.field.name) is None
    ]
    amounts, amount_sources = _Amounts(), _holding(layout, AMOUNT)
    if mapping is not None and mapping.decimal is not None:
        amount_sources = []
    ids = {source.field.name: True for source in _holding(layout, IDENTIFIER)}
    id_sources = _holding(layout, IDENTIFIER)
    rows = 0
    _refuse_formulas(Row(table.header.row, table.header.columns))
    for row in table.rows():
        rows += 1
        _refuse_formulas(row)
        if row.fault is not None or row.total:
            continue
        for source, column in dates:
            if text := source.text(row.cells):
                column.add(row.number, text)
        for source in amount_sources:
            if text := source.text(row.cells):
                amounts.add(row.number, source.field.name, text)
        id_sources = [source for source in id_sources if _still_floats(source, row, ids)]
    seen_floats = frozenset(name for name, floats in ids.items() if floats and rows)
    decimal = mapping.decimal if mapping is not None and mapping.decimal else amounts.settled()
    return Findings(rows, settle(column for _, column in dates), decimal, seen_floats)


def _holding(layout: Layout, holds: str) -> list[Source]:
    return [source for source in layout.sources if source.field.holds == holds and source.places]


def _still_floats(source: Source, row: Row, ids: dict[str, bool]) -> bool:
    """Whether every number of the column so far ends in .0, as programs write whole numbers they took for floats."""
    text = source.text(row.cells)
    if text and not _FLOAT.fullmatch(text):
        ids[source.field.name] = False
    return ids[source.field.name]


def _refuse_formulas(row: Row) -> None:
    for place, cell in enumerate(row.cells, start=1):
        if cell and cell[0] in "=+-@" and values.is_formula(cell):
            raise Refusal(
                "formula",
                f"Row {row.number} holds a formula in column {place} ({cell[:30]}); an import takes values only.",
            )
