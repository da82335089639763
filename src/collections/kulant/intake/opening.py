"""A file opened as a table: delimited text, or one sheet of a workbook; where its header is and how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, cast

from kulant.intake import dialect as dialects
from kulant.intake.dialect import Dialect
from kulant.intake.guess import ALL_NAMES
from kulant.intake.layout import known_names, layout_for, recognise
from kulant.intake.mapping import Mapping
from kulant.intake.tables import Header, find_header
from kulant.intake.workbook import WRITTEN, SheetText, is_workbook, open_sheet

_KNOWN_ENOUGH = 2  # columns


@dataclass(frozen=True, slots=True)
class Opened:
    """Rows to read: the text they stand in, how it is written, and the row that names the columns."""

    stream: BinaryIO
    dialect: Dialect
    header: Header
    sha256: str = ""  # of the file handed in, where all of it was read
    sheet: str | None = None  # of a workbook


def open_rows(stream: BinaryIO, *, format_name: str | None, mapping: Mapping | None) -> Opened:
    """A file to import, read once from beginning to end; refused when it is no sound table of known columns."""
    if is_workbook(stream):
        return _open_workbook(stream, format_name, mapping)
    head = dialects.read_head(stream)
    stated = mapping.encoding if mapping is not None else None
    encoding = dialects.encoding_of(head, stated)
    _, header = _locate(stream, encoding, head, format_name, mapping)
    layout_for(header.columns, format_name=format_name, mapping=mapping)
    scanned = dialects.scan(stream, encoding, stated=stated is not None)
    dialect, header = _locate(stream, scanned.encoding, head, format_name, mapping)
    return Opened(stream, Dialect(dialect.encoding, dialect.delimiter, scanned.closed), header, scanned.sha256)


def _locate(
    stream: BinaryIO, encoding: str, head: bytes, format_name: str | None, mapping: Mapping | None
) -> tuple[Dialect, Header]:
    """The delimiter and the header row of a text in this encoding."""
    wanted = known_names(format_name, mapping)
    delimiter = mapping.delimiter if mapping is not None else None
    if delimiter is None:
        delimiter = dialects.delimiter_of(dialects.sample_text(head, encoding), wanted)
    dialect = Dialect(encoding, delimiter)
    return dialect, _header(stream, dialect, wanted, mapping)


def _header(stream: BinaryIO, dialect: Dialect, wanted: frozenset[str], mapping: Mapping | None) -> Header:
    """The header: where the mapping says, else the first row when it is one, else the row with most known names."""
    if mapping is not None:
        return find_header(stream, dialect, skip_rows=mapping.skip_rows, wanted=wanted)
    first = find_header(stream, dialect, skip_rows=0)
    return first if recognise(first.columns) else find_header(stream, dialect, wanted=wanted)


def _open_workbook(stream: BinaryIO, format_name: str | None, mapping: Mapping | None) -> Opened:
    wanted = known_names(format_name, mapping)

    def fits(columns: list[str]) -> bool:
        if mapping is None:
            return recognise(columns) is not None
        return set(map(dialects.header_key, mapping.columns)) <= set(map(dialects.header_key, columns))

    text = open_sheet(stream, sheet=mapping.sheet if mapping else None, wanted=wanted, fits=fits)
    return _opened(text, _header(cast(BinaryIO, text), WRITTEN, wanted, mapping))


def _opened(text: SheetText, header: Header) -> Opened:
    return Opened(cast(BinaryIO, text), WRITTEN, header, text.sha256, text.sheet)


def look_at_rows(stream: BinaryIO, *, mapping: Mapping | None) -> Opened:
    """The beginning of a file that somebody wants to see before its columns are known."""
    wanted = known_names(None, mapping) if mapping else ALL_NAMES
    if is_workbook(stream):
        text = open_sheet(stream, sheet=mapping.sheet if mapping else None, wanted=wanted, fits=_looks_known)
        return _opened(text, _header(cast(BinaryIO, text), WRITTEN, wanted, mapping))
    head = dialects.read_head(stream)
    encoding = dialects.encoding_of(head, mapping.encoding if mapping else None)
    delimiter = (mapping.delimiter if mapping else None) or dialects.delimiter_of(
        dialects.sample_text(head, encoding), wanted
    )
    dialect = Dialect(encoding, delimiter)
    return Opened(stream, dialect, _header(stream, dialect, wanted, mapping))


def _looks_known(columns: list[str]) -> bool:
    """Whether the columns are those of a format, or some have names that ledgers give them."""
    if recognise(columns) is not None:
        return True
    return sum(dialects.header_key(column) in ALL_NAMES for column in columns) >= _KNOWN_ENOUGH
