"""A look into a file before it is imported: its columns, its first rows, and what each column seems to be."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from kulant.core.errors import Refusal
from kulant.intake.dialect import header_key
from kulant.intake.formats import FORMATS, MAPPED
from kulant.intake.guess import Guess, guess_fields, guess_format
from kulant.intake.layout import layout_for, recognise
from kulant.intake.mapping import Mapping
from kulant.intake.opening import Opened, look_at_rows
from kulant.intake.reading import check_format
from kulant.intake.tables import Row, Table

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
    sheet: str | None = None  # of a workbook

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
    opened = look_at_rows(stream, mapping=mapping)
    if len(opened.header.columns) < 2:
        raise Refusal("not_a_table", "The file has only one column; a table with a delimiter (, ; tab |) is needed.")
    table = Table(opened.stream, opened.dialect, opened.header)
    sample = list(islice(table.rows(), _SAMPLED))
    return _preview(file_name, opened, sample, format, mapping)


def _preview(
    file_name: str, opened: Opened, sample: list[Row], format_name: str | None, mapping: Mapping | None
) -> Preview:
    columns = opened.header.columns
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
        sheet=opened.sheet,
        format=native.name if native else MAPPED,
        target=target.name,
        encoding=opened.dialect.encoding,
        delimiter=opened.dialect.delimiter,
        header_row=opened.header.row,
        columns=columns,
        rows=sample[:SHOWN],
        guesses=guesses,
        missing=[name for name in target.required if name not in given],
    )
