"""Credit notes that name the invoice they credit: in a file either may come first, so they meet at its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from kulant.db import Act
from kulant.intake.queries import KnownDocument
from kulant.intake.records import Ignored, InvoiceRecord, Record, Rejection
from kulant.intake.result import ImportResult
from kulant.intake.settlement import Settlement, Target, number_of, post_settlements, target_of
from kulant.ledger import queries as ledger
from kulant.ledger.models import OpenItem
from kulant.ledger.posting import Allocation, allocate
from kulant.people.models import Creditor

_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Link:
    """A credit note of the file, and how much of it goes to the invoice it names."""

    credit_number: str
    customer_number: str
    currency: str
    usable_minor: int
    kept_minor: int  # what of it stays open, above zero


class CreditLinks:
    """Who credits whom in the whole file, read ahead: an invoice's open amount already reckons with its credits."""

    def __init__(self, records: Iterable[Record | Rejection | Ignored], today: date) -> None:
        self._by_invoice: dict[str, list[Link]] = {}
        for record in records:
            if isinstance(record, InvoiceRecord) and record.credits_invoice and links_now(record, today):
                self._by_invoice.setdefault(record.credits_invoice, []).append(_link(record, today))

    def name(self, invoice_number: str) -> bool:
        """Whether a credit note of the file credits this invoice."""
        return invoice_number in self._by_invoice

    def credit_numbers(self, invoice_numbers: Iterable[str]) -> set[str]:
        """The credit notes of the file that credit one of these invoices."""
        if not self._by_invoice:
            return set()
        return {link.credit_number for number in invoice_numbers for link in self._by_invoice.get(number, ())}

    def still_to_come(self, record: InvoiceRecord, known: Mapping[str, KnownDocument]) -> int:
        """How much of the invoice the file's credit notes will cover that have not done so in the ledger yet."""
        total = 0
        for link in self._by_invoice.get(record.number, ()):
            if (link.customer_number, link.currency) != (record.customer.number, record.currency):
                continue
            credit = known.get(link.credit_number)
            total += link.usable_minor if credit is None else max(0, -credit.open_minor - link.kept_minor)
        return total


def links_now(record: InvoiceRecord, today: date) -> bool:
    """Whether the credit note exists on the business date; one issued later credits nothing yet."""
    return record.issue_date is None or record.issue_date <= today


def _link(record: InvoiceRecord, today: date) -> Link:
    target = target_of(record, today)
    kept = -target.open_minor if target else 0
    usable = -record.amount_minor - kept
    return Link(record.number, record.customer.number, record.currency, usable, kept)


@dataclass(slots=True)
class Waiting:
    """A credit note whose invoice is looked for when the whole file is in."""

    credit_number: str
    invoice_number: str
    target: Target | None
    counted: bool  # as created; one known before is counted when it is clear whether anything changed
    changed: bool
    touched: bool = False


def bring_together(act: Act, creditor: Creditor, waiting: list[Waiting], result: ImportResult) -> None:
    """Allocates the credit notes to their invoices where both are there; the rest stay open credits."""
    for start in range(0, len(waiting), _CHUNK):
        chunk = waiting[start : start + _CHUNK]
        numbers = {one.credit_number for one in chunk} | {one.invoice_number for one in chunk}
        found = ledger.documents_by_number(act.session, creditor.id, numbers)
        allocate(act, _allocations(act, chunk, found))
        post_settlements(act, creditor, list(_used_elsewhere(act, chunk, found)))
        for one in chunk:
            if not one.counted:
                result.taken(changed=one.changed or one.touched)


def _allocations(act: Act, chunk: list[Waiting], found: Mapping[str, OpenItem]) -> Iterator[Allocation]:
    """One after another, each seeing the balances the one before has left."""
    for one in chunk:
        credit, invoice = found.get(one.credit_number), found.get(one.invoice_number)
        if credit is None or invoice is None or invoice.kind != "invoice":
            continue
        if (credit.customer_id, credit.currency) != (invoice.customer_id, invoice.currency):
            continue
        kept = -one.target.open_minor if one.target else 0
        amount = min(-credit.open_minor - kept, invoice.open_minor)
        if amount > 0:
            one.touched = True
            yield Allocation(credit, invoice, amount, credit.issue_date or act.today)


def _used_elsewhere(act: Act, chunk: list[Waiting], found: Mapping[str, OpenItem]) -> Iterator[Settlement]:
    """What the file says is no longer open of a credit note, beyond what its invoice took."""
    for one in chunk:
        credit = found.get(one.credit_number)
        if credit is None or one.target is None or not one.counted:
            continue
        rest = -credit.open_minor + one.target.open_minor
        if rest > 0:
            number = number_of(one.target.prefix, credit.number, 0)
            yield Settlement(credit, rest, one.target.on or act.today, number)
