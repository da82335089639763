"""Customer rows into the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from kulant.db import Act
from kulant.intake.customer_book import CustomerBook, said_of
from kulant.intake.erased_book import ErasedBook
from kulant.intake.records import CustomerRecord, Rejection
from kulant.intake.result import ImportResult
from kulant.people.models import Creditor


class CustomerImport:
    """Takes customers in, chunk by chunk."""

    def __init__(self, act: Act, creditor: Creditor, result: ImportResult, erased: ErasedBook | None = None) -> None:
        self._book = CustomerBook(act, creditor, erased)
        self._result = result
        self._seen: dict[str, tuple[int, int]] = {}  # number → the row that came first, and a hash of what it says

    def take(self, records: Sequence[CustomerRecord]) -> None:
        """Creates and updates the customers of these rows; a second row that says something else is rejected."""
        ids = self._book.find(record.details.number for record in records)
        existing = set(ids)
        fresh = []
        for record in records:
            number = record.details.number
            row, print_of = self._seen.setdefault(number, (record.row, hash(said_of(record))))
            if row == record.row:
                fresh.append(record)
            elif print_of == hash(said_of(record)):
                self._result.unchanged += 1
            else:
                self._result.reject(
                    Rejection(
                        record.row, "customer_id", number, f"“{number}” stands in row {row} already, with other details"
                    )
                )
        changes = self._book.apply(ids, [(record.details.number, said_of(record)) for record in fresh])
        for record, changed in zip(fresh, changes, strict=True):
            if record.details.number in existing:
                self._result.taken(changed=changed)
            else:
                self._result.created += 1

    def recall(self, records: Sequence[CustomerRecord]) -> None:
        """Remembers rows taken in before an import was cut short."""
        for record in records:
            first, _ = self._seen.setdefault(record.details.number, (record.row, hash(said_of(record))))
            if first == record.row:
                self._book.recall([(record.details.number, said_of(record))])

    def finish(self) -> None:
        """Nothing waits for the end of the file."""
