"""The second pass: cells become values, rows become records or are rejected with their reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from kulant.core.money import LARGEST, minor_digits, to_minor
from kulant.intake import fields, values
from kulant.intake.dates import read_date, read_stated_date
from kulant.intake.fields import Fault, RowContext
from kulant.intake.layout import Layout, Source
from kulant.intake.records import Ignored, Record, Rejection
from kulant.intake.survey import Findings
from kulant.intake.tables import Row

Read = Callable[[str], Any]

# Words that come again row after row; remembered for each column, within bounds.
_FEW_WORDS: dict[str, Read] = {
    fields.FLAG: values.yes_or_no,
    fields.CURRENCY: values.currency,
    fields.COUNTRY: values.country,
    fields.LANGUAGE: values.language,
    fields.CUSTOMER_KIND: values.customer_kind,
    fields.DOCUMENT_KIND: values.document_kind,
    fields.INTERACTION_KIND: values.interaction_kind,
    fields.DIRECTION: values.direction,
    fields.POINTS: values.points,
}
_MOST_REMEMBERED = 20_000
_CENTS = 2  # decimals


class Cells:
    """Reads the rows of one file as the survey found them to be meant."""

    def __init__(
        self, layout: Layout, findings: Findings, *, today: date, house_currency: str, workbook: bool = False
    ) -> None:
        self._layout = layout
        self._findings = findings
        self._today = today
        self._house_currency = house_currency
        self._workbook = workbook
        self._readers = [
            (source.field.name, source.only_place(), source, self._reader(source)) for source in layout.sources
        ]
        self._required = [field.name for field in layout.format.fields if field.required and field.cell_required]

    def record(self, row: Row) -> Record | Rejection | Ignored:
        """The row as a record, or what is wrong with it."""
        if row.total:
            return Ignored(row.number, "sums up other rows")
        if row.fault is not None:
            return Rejection(row.number, "", "", f"the row {row.fault}")
        try:
            read = self._values(row.cells)
            return self._layout.format.build(read, RowContext(row.number, self._house_currency, self._amount))
        except Fault as fault:
            return fault.rejection(row.number)

    def _values(self, cells: list[str]) -> dict[str, Any]:
        read: dict[str, Any] = {}
        for name, place, source, reader in self._readers:
            text = cells[place] if place is not None else source.text(cells)
            if not text:
                continue
            try:
                read[name] = reader(text)
            except ValueError as error:
                raise Fault(name, text, str(error)) from None
        for name in self._required:
            if name not in read:
                raise Fault(name, "", "is empty")
        return read

    def _reader(self, source: Source) -> Read:
        field = source.field
        if field.holds in _FEW_WORDS:
            return _remembering(_FEW_WORDS[field.holds])
        if field.holds == fields.DATE:
            return _remembering(self._date_reader(field.name))
        if field.holds == fields.AMOUNT:
            return str  # understood when the currency of the row is known
        if field.holds == fields.EMAIL:
            return values.email
        if field.holds == fields.IDENTIFIER:
            mapping = self._layout.mapping
            width = mapping.pad.get(field.name, 0) if mapping else 0
            return _identifier_reader(field.longest, floats=field.name in self._findings.float_ids, width=width)
        if field.holds == fields.LINES:
            return partial(_lines, longest=field.longest)
        return _text_reader(field.longest)

    def _date_reader(self, name: str) -> Read:
        form = self._layout.mapping.date_format(name) if self._layout.mapping else None
        if form is not None:
            return partial(read_stated_date, form=form, today=self._today, cells=self._workbook)
        return partial(read_date, orders=self._findings.date_orders.get(name, {}), today=self._today)

    def _amount(self, field: str, text: str, currency: str) -> int:
        if (minor := values.hundredths(text)) is not None and minor_digits(currency) == _CENTS:
            return minor
        try:
            exact = values.amount(text, self._findings.decimal, currency)
        except ValueError as error:
            raise Fault(field, text, str(error)) from None
        try:
            return to_minor(exact, currency)
        except ValueError:
            too_large = abs(exact) > LARGEST // 10 ** minor_digits(currency)
            decimals = f"has more decimals than {currency} has ({minor_digits(currency)})"
            raise Fault(field, text, "is too large an amount" if too_large else decimals) from None


def _remembering(read: Read) -> Read:
    """The same, asked once for each text."""
    known: dict[str, Any] = {}

    def remembered(text: str) -> Any:
        try:
            return known[text]
        except KeyError:
            pass
        value = read(text)
        if len(known) >= _MOST_REMEMBERED:
            known.clear()
        known[text] = value
        return value

    return remembered


def _text_reader(longest: int) -> Read:
    def read(text: str) -> str:
        if not text.isprintable():
            text = " ".join(text.split()) if "\n" in text or "\r" in text or "\t" in text else text
        if len(text) > longest:
            raise ValueError(f"is longer than {longest} characters")
        return text

    return read


def _identifier_reader(longest: int, *, floats: bool, width: int) -> Read:
    as_text = _text_reader(longest)

    def read(text: str) -> str:
        if not text.isalnum():  # else it holds none of what is looked for here
            text = values.identifier(values.unquoted(text))
            if floats and text.endswith(".0"):
                text = text[:-2]
        text = as_text(text)
        return text.zfill(width) if width else text

    return read


def _lines(text: str, *, longest: int) -> str:
    """An address as on an envelope; one written on a single line is divided at its commas."""
    if len(text) > longest:
        raise ValueError(f"is longer than {longest} characters")
    parts = text.splitlines() if "\n" in text or "\r" in text else re.split(r",\s+", text)
    return "\n".join(stripped for part in parts if (stripped := part.strip()))
