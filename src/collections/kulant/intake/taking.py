"""A file's records on their way into the ledger: chunk by chunk, in one transaction or in several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from types import MappingProxyType
from typing import Any, Protocol

from sqlalchemy import text

from kulant.core.collecting import collecting_seldom
from kulant.db import Act
from kulant.intake.ahead import read_beside
from kulant.intake.credit_links import CreditLinks
from kulant.intake.customer_import import CustomerImport
from kulant.intake.documents import DocumentReading
from kulant.intake.erased_book import ErasedBook
from kulant.intake.invoice_import import InvoiceImport
from kulant.intake.payment_import import PaymentImport
from kulant.intake.reading import Reading
from kulant.intake.records import CustomerRecord, Ignored, InvoiceRecord, PaymentRecord, Record, Rejection
from kulant.intake.result import ImportResult
from kulant.people.models import Creditor

CHUNK = 10_000

# A file understood: a table or a document.
Source = Reading | DocumentReading
# Told how many rows are done, and of how many.
Progress = Callable[[int, int], None]


class Import(Protocol):
    """Takes records in chunks, and does at the end what needs the whole file."""

    def take(self, records: Any, /) -> None: ...

    def finish(self) -> None: ...


# How records are taken in that are not for the ledger: rooms above this one bring their own way, by kind of record.
Ways = Mapping[type[Record], Callable[[Act, Creditor, ImportResult], Import]]
NO_WAYS: Ways = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is known of a file before the first of it is posted: how many rows it has, and who credits whom."""

    rows: int
    links: CreditLinks


def read_ahead(source: Source, today: date) -> Ahead:
    """Reads a document to its end, so that one cut off or hostile is refused whole; a table was when it was opened."""
    rows = 0

    def counted() -> Iterator[Record | Rejection | Ignored]:
        nonlocal rows
        for record in source.records():
            rows += 1
            yield record

    links = CreditLinks(counted() if source.names_credits else (), today)
    return Ahead(source.findings.rows if isinstance(source, Reading) else rows, links)


class Taking:
    """Takes a file's records in, each kind the way of its kind: customers first and payments last."""

    def __init__(
        self, act: Act, creditor: Creditor, source: Source, ahead: Ahead, result: ImportResult, ways: Ways
    ) -> None:
        self._act = replace(act)  # what the parts below hold; each transaction is lent to it
        self._result = result
        self._erased = ErasedBook(self._act, creditor)
        self._customers = CustomerImport(self._act, creditor, result, self._erased)
        self._invoices = InvoiceImport(self._act, creditor, result, ahead.links, self._erased)
        self._payments = PaymentImport(self._act, creditor, result)
        self._ways: dict[type[Record], Import] = {
            CustomerRecord: self._customers,
            InvoiceRecord: self._invoices,
            PaymentRecord: self._payments,
        }
        self._ways |= {kind: way(self._act, creditor, result) for kind, way in ways.items()}
        self._rows = ahead.rows
        self._records: Iterator[Record | Rejection | Ignored] = iter(source.records())
        if act.session.get_bind().dialect.name == "postgresql" and ahead.rows > CHUNK:
            self._records = read_beside(self._records)  # the server works in a process of its own, SQLite in ours
        self._chunks = 0

    def lend(self, act: Act) -> None:
        """Goes on in this transaction."""
        self._act.session, self._act.now = act.session, act.now
        self._act.events, self._act.touched, self._act.added = act.events, act.touched, act.added
        self._invoices.go_on()
        self._payments.go_on()

    def take(self, most: int | None = None, progress: Progress | None = None) -> bool:
        """Takes so many rows, or all that are left; tells whether the file is through."""
        with collecting_seldom():
            return self._take_chunks(most, progress)

    def _take_chunks(self, most: int | None, progress: Progress | None) -> bool:
        taken = 0
        while most is None or taken < most:
            chunk = list(islice(self._records, CHUNK if most is None else min(CHUNK, most - taken)))
            if not chunk:
                return True
            taken += len(chunk)
            self._take(chunk)
            if progress is not None:
                progress(self._result.read, self._rows)
        return self._result.read >= self._rows

    def _take(self, chunk: Sequence[Record | Rejection | Ignored]) -> None:
        self._result.read += len(chunk)
        good: list[Record] = []
        for record in chunk:
            if isinstance(record, Rejection):
                self._result.reject(record)
            elif isinstance(record, Ignored):
                self._result.ignored += 1
            else:
                good.append(record)
        if strange := {type(record) for record in good} - self._ways.keys():
            raise TypeError(f"nobody here takes in {strange.pop().__name__}")
        for kind, way in self._ways.items():
            if of_kind := [record for record in good if isinstance(record, kind)]:
                way.take(of_kind)
        self._act.session.flush()
        self._chunks += 1
        if self._chunks.bit_count() == 1 and self._chunks.bit_length() % 2:
            self._tell_planner()

    def _tell_planner(self) -> None:
        """After 1, 4, 16, 64 … chunks: how large the tables have become.

        Within one transaction PostgreSQL does not notice by itself; it would go on planning for empty tables and read
        all rows for every chunk.
        """
        if self._act.session.get_bind().dialect.name == "postgresql":
            self._act.session.execute(text("ANALYZE customer, contact, open_item, entry"))

    def pass_over(self, rows: int, since: datetime) -> None:
        """Leaves out what an import begun at ``since`` has taken in already, and remembers of it what is needed."""
        counted = replace(self._result, rejected=[*self._result.rejected])
        left = rows
        while left and (chunk := list(islice(self._records, min(CHUNK, left)))):
            left -= len(chunk)
            self._customers.recall([one for one in chunk if isinstance(one, CustomerRecord)])
            self._invoices.recall([one for one in chunk if isinstance(one, InvoiceRecord)], since)
            # A payment taken back waits for the end of the file: taking its row again puts it back in line.
            if taken_back := [one for one in chunk if isinstance(one, PaymentRecord) and one.reverses is not None]:
                self._payments.take(taken_back)
        self._result.restore(counted)

    def finish(self) -> None:
        """Does what needs the whole file."""
        for way in self._ways.values():
            way.finish()
        self._result.erased = self._erased.seen()
        self._act.session.flush()
