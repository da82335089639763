"""A look into a file before it is imported: its columns, its first rows, and what each column seems to be."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from kulant.core.errors import Refusal
from kulant.core.words import amount_words, day_words
from kulant.intake.dialect import header_key
from kulant.intake.documents import DOCUMENTS, Context, open_document
from kulant.intake.formats import FORMATS, MAPPED
from kulant.intake.guess import Guess, guess_fields, guess_format
from kulant.intake.layout import layout_for, recognise
from kulant.intake.mapping import Mapping
from kulant.intake.opening import Opened, look_at_rows
from kulant.intake.reading import check_format
from kulant.intake.records import (
    CustomerRecord,
    Ignored,
    InteractionRecord,
    InvoiceRecord,
    PaymentRecord,
    Record,
    Rejection,
)
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


@dataclass(frozen=True, slots=True)
class DocumentPreview:
    """A document before it is imported: which format it is, and its first records in plain words."""

    file_name: str
    format: str
    title: str
    target: str
    lines: list[tuple[int, str]]  # place in the file, and what stands there


def preview_document(
    stream: BinaryIO, *, file_name: str, context: Context, format: str | None = None
) -> DocumentPreview | None:
    """Looks at the beginning of an e-invoice, a bank file or the like; none when the file looks like a table."""
    reading = open_document(stream, context, format_name=format if format in DOCUMENTS else None)
    if reading is None:
        return None
    lines = [(one.row, in_words(one)) for one in islice(reading.records(), SHOWN)]
    return DocumentPreview(file_name, reading.name, reading.format.title, reading.target, lines)


def in_words(record: Record | Rejection | Ignored) -> str:
    """What a record says, as a clerk would."""
    match record:
        case Rejection():
            return f"Cannot be taken in: {record.error}"
        case Ignored():
            return f"Left out: {record.why}"
        case CustomerRecord():
            return " ".join(filter(None, ("Customer", record.details.number, record.details.name)))
        case InvoiceRecord():
            return _invoice_in_words(record)
        case PaymentRecord():
            return _payment_in_words(record)
        case InteractionRecord():
            kind = record.kind.capitalize()
            return f"{kind} on {day_words(record.on)} with {record.customer_number}: {record.text or ''}"


def _invoice_in_words(record: InvoiceRecord) -> str:
    kind = "Credit note" if record.kind == "credit_note" else "Invoice"
    amount = amount_words(abs(record.amount_minor), record.currency)
    words = [f"{kind} {record.number} to {record.customer.name or record.customer.number}: {amount}"]
    if record.due_date is not None:
        words.append(
            f"due {day_words(record.due_date)}"
            + (" (reckoned, the file names no due date)" if record.due_assumed else "")
        )
    if record.payment_reference:
        words.append(f"reference {record.payment_reference}")
    return ", ".join(words)


def _payment_in_words(record: PaymentRecord) -> str:
    kind = "Payment" if record.amount_minor > 0 else "Paid out or taken back"
    words = [f"{kind}: {amount_words(abs(record.amount_minor), record.currency)} on {day_words(record.on)}"]
    payer = record.payer_name or record.customer_number or record.payer_account
    named = record.reference or record.invoice_number or record.message
    return ", ".join([*words, *([f"from {payer}"] if payer else []), *([f"for {named}"] if named else [])])


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
