"""Formats that are no tables: e-invoices, bank files, audit files. Each reader is pure: bytes in, typed records out.

A reader never touches a database. It refuses the whole file (``Refusal``) when it is not what it says, cut off or
hostile, yields a ``Rejection`` for one part that cannot be taken, and ``Ignored`` for what is left out on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from typing import BinaryIO, cast

from kulant.core.errors import Refusal
from kulant.intake.records import Ignored, Record, Rejection

HEAD = 65_536  # so many first bytes tell the format
LARGEST = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader may know besides the bytes."""

    today: date
    country: str  # the creditor's
    currency: str  # the creditor's
    payment_days: int  # of an invoice that names neither a due date nor terms
    organisation_number: str | None = None  # the creditor's: a document addressed to it is a bill, not a claim


Read = Callable[[BinaryIO, Context], Iterator[Record | Rejection | Ignored]]


@dataclass(frozen=True, slots=True)
class DocumentFormat:
    """A format by name, what its records are, and the module whose ``recognises`` and ``read`` know it."""

    name: str
    title: str
    target: str  # invoices-csv | payments-csv | mixed: how its records go into the ledger
    module: str

    def recognises(self, head: bytes) -> bool:
        """Whether the file's first bytes (64 KiB at most) look like this format."""
        return bool(self._module("recognises")(head))

    def read(self, stream: BinaryIO, context: Context) -> Iterator[Record | Rejection | Ignored]:
        """The file's records in order; may be asked for again."""
        return cast(Read, self._module("read"))(stream, context)

    def available(self) -> bool:
        """Whether its reader is there."""
        return find_spec(self.module) is not None

    def _module(self, name: str) -> Callable[..., object]:
        return cast(Callable[..., object], getattr(import_module(self.module), name))


DOCUMENTS: dict[str, DocumentFormat] = {
    one.name: one
    for one in (
        DocumentFormat("ubl", "UBL e-invoice", "invoices-csv", "kulant.intake.readers.ubl"),
        DocumentFormat("cii", "CII e-invoice (Factur-X, ZUGFeRD)", "invoices-csv", "kulant.intake.readers.cii"),
        DocumentFormat("saft", "Norwegian SAF-T Financial", "mixed", "kulant.intake.readers.saft"),
        DocumentFormat("camt053", "ISO 20022 bank statement", "payments-csv", "kulant.intake.readers.camt053"),
        DocumentFormat("camt054", "ISO 20022 notification", "payments-csv", "kulant.intake.readers.camt054"),
        DocumentFormat("ocr", "Norwegian OCR giro", "payments-csv", "kulant.intake.readers.ocr"),
        DocumentFormat("bgmax", "Swedish Bankgirot", "payments-csv", "kulant.intake.readers.bgmax"),
        DocumentFormat("mt940", "MT940 bank statement", "payments-csv", "kulant.intake.readers.mt940"),
    )
}


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """A file of such a format, opened for import."""

    format: DocumentFormat
    stream: BinaryIO
    context: Context
    sha256: str

    @property
    def name(self) -> str:
        """The format's name."""
        return self.format.name

    @property
    def target(self) -> str:
        """What its records are."""
        return self.format.target

    ignored_columns: tuple[str, ...] = ()
    names_credits: bool = True  # a credit note may name the invoice it credits

    def records(self) -> Iterator[Record | Rejection | Ignored]:
        """Everything of the file, in its order; may be asked for again."""
        self.stream.seek(0)
        return self.format.read(self.stream, self.context)


def open_document(stream: BinaryIO, context: Context, *, format_name: str | None = None) -> DocumentReading | None:
    """The file as a document of the format named, or of the one it looks like; none when it looks like a table."""
    stream.seek(0)
    head = stream.read(HEAD)
    wanted = [DOCUMENTS[format_name]] if format_name is not None else list(DOCUMENTS.values())
    fitting = next((one for one in wanted if one.available() and one.recognises(head)), None)
    if fitting is None:
        if format_name is not None:
            raise Refusal("not_that_format", f"This file is no {DOCUMENTS[format_name].title} ({format_name}).")
        return None
    stream.seek(0)
    return DocumentReading(fitting, stream, context, _digest(stream))


def _digest(stream: BinaryIO) -> str:
    digest, size = sha256(), 0
    while block := stream.read(1 << 20):
        size += len(block)
        if size > LARGEST:
            raise Refusal("too_large", f"The file is larger than {LARGEST >> 20} MB; export a shorter period.")
        digest.update(block)
    return digest.hexdigest()
