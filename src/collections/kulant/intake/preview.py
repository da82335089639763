"""A look into a file before it is imported: its columns, its first rows, and what each column seems to be."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from kulant.core.errors import Refusal
from kulant.intake import dialect as dialects
from kulant.intake.dialect import Dialect, header_key
from kulant.intake.formats import FORMATS, MAPPED
from kulant.intake.guess import ALL_NAMES, Guess, guess_fields, guess_format
from kulant.intake.layout import known_names, layout_for, recognise
from kulant.intake.mapping import Mapping
from kulant.intake.reading import check_format
from kulant.intake.tables import Header, Row, Table, find_header

SHOWN = 10
_SAMPLED = 100


@dataclass(frozen=True, slots=True)
class Preview:
    """What a person confirms before an import.

    ``format`` is the file's own format, or ``mapped`` where its columns need a mapping; ``target`` is the format the
    rows would have. ``missing`` lists required fields that no column gives yet.
    """

    file_name: str
    format: str
    target: str
    encoding: str
    delimiter: str
    header_row: int
    columns: list[str]
    rows: list[Row]
    guesses: dict[str, Guess]  # by column
    missing: list[str]

    def fields(self) -> list[str]:
        """Every field of the target format, for a list to choose from."""
        return list(FORMATS[self.target].names)

    def mapping_data(self) -> dict[str, object]:
        """The guessed mapping as plain data; it may lack required fields, which a person then adds."""
        data: dict[str, object] = {
            "format": self.target,
            "columns": {column: guess.field for column, guess in self.guesses.items()},
        }
        if self.header_row > 1:
            data["skip_rows"] = self.header_row - 1
        return data


def preview(stream: BinaryIO, *, file_name: str, format: str | None = None, mapping: Mapping | None = None) -> Preview:
    """Looks at the beginning of a file, and refuses what is no table; ``format`` may be ``mapped`` or the target."""
    if format != MAPPED:
        check_format(format, mapping)
    head = dialects.read_head(stream)
    encoding = dialects.encoding_of(head, mapping.encoding if mapping else None)
    wanted = known_names(None, mapping) if mapping else ALL_NAMES
    delimiter = (mapping.delimiter if mapping else None) or dialects.delimiter_of(
        dialects.sample_text(head, encoding), wanted
    )
    dialect = Dialect(encoding, delimiter)
    header = _header(stream, dialect, mapping)
    if len(header.columns) < 2:
        raise Refusal("not_a_table", "The file has only one column; a table with a delimiter (, ; tab |) is needed.")
    table = Table(stream, dialect, header)
    sample = list(islice(table.rows(), _SAMPLED))
    return _preview(file_name, table, sample, format, mapping)


def _header(stream: BinaryIO, dialect: Dialect, mapping: Mapping | None) -> Header:
    if mapping is not None:
        return find_header(stream, dialect, skip_rows=mapping.skip_rows, wanted=known_names(None, mapping))
    first = find_header(stream, dialect, skip_rows=0)
    return first if recognise(first.columns) else find_header(stream, dialect, wanted=ALL_NAMES)


def _preview(
    file_name: str, table: Table, sample: list[Row], format_name: str | None, mapping: Mapping | None
) -> Preview:
    columns = table.header.columns
    cells = [row.cells for row in sample if row.fault is None]
    native = recognise(columns) if mapping is None and format_name in (None, *FORMATS) else None
    if native is not None and format_name not in (None, native.name):
        native = None
    if mapping is not None:
        target = layout_for(columns, mapping=mapping).format
        fields = {header_key(column): field for column, field in mapping.columns.items()}
        guesses = {
            column: Guess(column, fields[header_key(column)], 1.0, "the mapping says so")
            for column in columns
            if header_key(column) in fields
        }
    else:
        target = native or (FORMATS[format_name] if format_name in FORMATS else guess_format(columns, cells))
        guesses = guess_fields(columns, cells, target)
    given = {guess.field for guess in guesses.values()} | set(mapping.constants if mapping else ())
    return Preview(
        file_name=file_name,
        format=native.name if native else MAPPED,
        target=target.name,
        encoding=table.dialect.encoding,
        delimiter=table.dialect.delimiter,
        header_row=table.header.row,
        columns=columns,
        rows=sample[:SHOWN],
        guesses=guesses,
        missing=[name for name in target.required if name not in given],
    )
