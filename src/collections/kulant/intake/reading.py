"""A file opened for import: what it is, and its records one after another. Reads only; knows no database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from kulant.core.errors import Refusal
from kulant.intake.cells import Cells
from kulant.intake.documents import DOCUMENTS, Context, DocumentReading, open_document
from kulant.intake.formats import FORMATS, MAPPED
from kulant.intake.layout import Layout, layout_for
from kulant.intake.mapping import Mapping
from kulant.intake.opening import open_rows
from kulant.intake.records import Ignored, Record, Rejection
from kulant.intake.survey import Findings, survey
from kulant.intake.tables import Table


@dataclass(frozen=True, slots=True)
class Reading:
    """A file understood: its layout, its table and what its columns were found to mean."""

    layout: Layout
    table: Table
    findings: Findings
    sha256: str
    cells: Cells

    @property
    def name(self) -> str:
        """The format's name, or ``mapped``."""
        return self.layout.name

    @property
    def target(self) -> str:
        """The format its rows have, mapped or not."""
        return self.layout.format.name

    @property
    def ignored_columns(self) -> tuple[str, ...]:
        """Columns that nothing is taken from."""
        return self.layout.ignored

    @property
    def names_credits(self) -> bool:
        """Whether a credit note may name the invoice it credits."""
        return any(source.field.name == "credits_invoice" for source in self.layout.sources)

    def records(self) -> Iterator[Record | Rejection | Ignored]:
        """Every row, in the file's order; may be asked for again."""
        return (self.cells.record(row) for row in self.table.rows())


def check_format(format_name: str | None, mapping: Mapping | None) -> str | None:
    """The native format asked for, if any; refuses names nobody knows and pairs that contradict each other."""
    known = [*FORMATS, MAPPED, *DOCUMENTS]
    if format_name is not None and format_name not in known:
        raise Refusal("unknown_format", f"There is no format {format_name!r}; the formats are {', '.join(known)}.")
    if format_name == MAPPED and mapping is None:
        raise Refusal("no_mapping", "The format mapped needs a mapping file; give one with --mapping.")
    if mapping is not None and format_name not in (None, MAPPED, mapping.format):
        raise Refusal("two_formats", f"The mapping is for {mapping.format}, not {format_name}; leave the format out.")
    return None if format_name == MAPPED else format_name


def open_file(
    stream: BinaryIO, *, context: Context, format_name: str | None = None, mapping: Mapping | None = None
) -> Reading | DocumentReading:
    """Understands a file without posting anything; refuses it whole when it is not what it says, cut off or hostile."""
    format_name = check_format(format_name, mapping)
    if mapping is None and (format_name is None or format_name in DOCUMENTS):
        document = open_document(stream, context, format_name=format_name)
        if document is not None:
            return document
    return _open_table(stream, context, format_name, mapping)


def _open_table(stream: BinaryIO, context: Context, format_name: str | None, mapping: Mapping | None) -> Reading:
    opened = open_rows(stream, format_name=format_name, mapping=mapping)
    layout = layout_for(opened.header.columns, format_name=format_name, mapping=mapping)
    table = Table(
        opened.stream,
        opened.dialect,
        opened.header,
        skip_last_rows=mapping.skip_last_rows if mapping is not None else 0,
        identifying=layout.identifying(),
    )
    findings = survey(table, layout)
    cells = Cells(
        layout,
        findings,
        today=context.today,
        house_currency=context.currency,
        workbook=opened.sheet is not None,
    )
    return Reading(layout, table, findings, opened.sha256, cells)
