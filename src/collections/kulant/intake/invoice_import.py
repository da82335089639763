"""Invoice and credit note rows into the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from kulant.core.money import decimal_string
from kulant.db import Act
from kulant.intake import queries
from kulant.intake.credit_links import CreditLinks, Waiting, bring_together, links_now
from kulant.intake.customer_book import CustomerBook, said_of
from kulant.intake.erased_book import ErasedBook
from kulant.intake.fields import Fault
from kulant.intake.known import KnownDocuments
from kulant.intake.queries import KnownDocument
from kulant.intake.records import InvoiceRecord
from kulant.intake.result import ImportResult
from kulant.intake.settlement import (
    Settlement,
    Target,
    day_before_import,
    number_of,
    post_settlements,
    target_of,
)
from kulant.ledger import queries as ledger
from kulant.ledger.models import OpenItem
from kulant.ledger.posting import Covering, NewItem, post_new
from kulant.ledger.service import open_dispute, resolve_dispute
from kulant.people.models import Creditor

_EDITABLE = {
    "issue_date": "issue_date",
    "due_date": "due_date",
    "margin_minor": "margin_minor",
    "payment_reference": "payment_reference",
    "order_reference": "order_reference",
    "credits_invoice": "named_number",
}


@dataclass(slots=True)
class _Row:
    """A row about a known item: what it says, the item, and whether it has changed anything so far."""

    record: InvoiceRecord
    item: OpenItem
    target: Target | None
    changed: bool = False


class InvoiceImport:
    """Takes invoices in, chunk by chunk.

    New rows are written by the thousand and rows that say nothing new are only compared; an object is made of what
    an earlier import has posted and this file says otherwise of.
    """

    def __init__(
        self,
        act: Act,
        creditor: Creditor,
        result: ImportResult,
        links: CreditLinks,
        erased: ErasedBook | None = None,
    ) -> None:
        self._act = act
        self._creditor = creditor
        self._result = result
        self._links = links
        self._erased = erased or ErasedBook(act, creditor)
        self._book = CustomerBook(act, creditor, self._erased)
        self._known = KnownDocuments(act, creditor)
        self._waiting: list[Waiting] = []

    def take(self, records: Sequence[InvoiceRecord]) -> None:
        """Posts what is new, brings up to date what is known, rejects what contradicts posted money."""
        first: dict[str, InvoiceRecord] = {}
        again = [record for record in records if first.setdefault(record.number, record) is not record]
        self._take(list(first.values()))
        if again:
            self.take(again)

    def go_on(self) -> None:
        """Another transaction has begun."""
        self._known.go_on()

    def recall(self, records: Sequence[InvoiceRecord], since: datetime) -> None:
        """Remembers rows taken in before an import was cut short, which had begun at ``since``."""
        self._known.look_up()
        self._book.recall((record.customer.number, said_of(record.customer)) for record in records)
        linked = [one for one in records if one.credits_invoice and links_now(one, self._act.today)]
        if not linked:
            return
        numbers = {one.number for one in linked}
        known = queries.known_documents(self._act.session, self._creditor.id, numbers)
        new = queries.documents_posted_since(self._act.session, self._creditor.id, numbers, since)
        new -= {one.credit_number for one in self._waiting}  # a second row of the same number was not new any more
        for record in linked:
            if (item := known.get(record.number)) is not None and (record.number in new or item.open_minor):
                self._wait(record, new=record.number in new, changed=False)
                new.discard(record.number)

    def finish(self) -> None:
        """Brings credit notes and their invoices together, now that all of the file is in."""
        bring_together(self._act, self._creditor, self._waiting, self._result)

    def _take(self, records: list[InvoiceRecord]) -> None:
        numbers = {record.number for record in records}
        known = self._known.of(numbers | self._links.credit_numbers(numbers))
        customers = self._book.find({record.customer.number for record in records})
        records = self._without_erased(records, known)
        changing = self._changing(records, known, customers)
        records, items = self._without_conflicts(records, changing, known, customers)
        changes = self._book.apply(customers, [(one.customer.number, said_of(one.customer)) for one in records])
        self._post([one for one in records if one.number not in known], known, customers)
        rows = []
        for record, changed in zip(records, changes, strict=True):
            if record.due_assumed and (record.number not in known or known[record.number].due_assumed):
                self._result.due_assumed += 1
            if (item := items.get(record.number)) is not None:
                rows.append(_Row(record, item, target_of(record, self._act.today), changed))
            elif record.number in known:
                self._result.taken(changed=changed)
        self._bring_up_to_date(rows, known)

    def _without_erased(self, records: list[InvoiceRecord], known: Mapping[str, KnownDocument]) -> list[InvoiceRecord]:
        """An erased customer's documents that are known stay as they are; a new one is booked without free texts."""
        found = []
        for record in records:
            number = record.customer.number
            if not self._erased.is_erased(number, "all"):
                found.append(record)
            elif record.number in known:
                self._erased.allowed(number, said_of(record.customer))
                self._result.unchanged += 1
            else:
                found.append(replace(record, order_reference=None))
        return found

    def _changing(
        self, records: list[InvoiceRecord], known: Mapping[str, KnownDocument], customers: Mapping[str, int]
    ) -> dict[str, InvoiceRecord]:
        """The rows about known items that say anything else than what is known."""
        about = [(one, item) for one in records if (item := known.get(one.number)) is not None]
        if not about:
            return {}
        say = {one.number for one, _ in about if one.disputed is not None}
        disputed = queries.disputed_items(self._act.session, self._creditor.id) if say else set()
        return {
            one.number: one
            for one, item in about
            if one.disputed
            or item.id in disputed
            or self._links.name(one.number)
            or not _says_the_same(one, item, customers.get(one.customer.number), self._act.today)
        }

    def _without_conflicts(
        self,
        records: list[InvoiceRecord],
        changing: Mapping[str, InvoiceRecord],
        known: Mapping[str, KnownDocument],
        customers: Mapping[str, int],
    ) -> tuple[list[InvoiceRecord], dict[str, OpenItem]]:
        items = queries.documents(self._act.session, self._creditor.id, changing)
        raised = [item for number, item in items.items() if _is_raised(changing[number], item)]
        covered = queries.covered_by_ours(self._act.session, raised)
        accepted = []
        for record in records:
            item = items.get(record.number)
            if item is None and (record.number in known or record.settled_date is None):
                accepted.append(record)  # it says what is known, or there is nothing it could contradict
                continue
            try:
                _check_settled(record, self._act)
                if item is not None:
                    _check_same(record, item, customers.get(record.customer.number))
                    _check_not_raised(record, item, covered.get(item.id, 0))
            except Fault as fault:
                self._result.reject(fault.rejection(record.row))
            else:
                accepted.append(record)
        return accepted, items

    def _post(
        self, records: list[InvoiceRecord], known: Mapping[str, KnownDocument], customers: Mapping[str, int]
    ) -> None:
        """Posts new documents, with what the file says was paid of them; disputes what it says is disputed."""
        if not records:
            return
        ids = post_new(
            self._act,
            creditor=self._creditor,
            items=[(_new_item(one, customers[one.customer.number]), self._covering(one, known)) for one in records],
        )
        self._known.posted([one.number for one in records], ids)
        self._result.created += len(records)
        for record in records:
            if record.credits_invoice is not None and links_now(record, self._act.today):
                self._wait(record, new=True, changed=True)
        disputed = [record for record in records if record.disputed and record.kind == "invoice"]
        items = queries.documents(self._act.session, self._creditor.id, {record.number for record in disputed})
        self._dispute([_Row(record, items[record.number], None) for record in disputed])

    def _covering(self, record: InvoiceRecord, known: Mapping[str, KnownDocument]) -> Covering | None:
        if record.credits_invoice is not None and links_now(record, self._act.today):
            return None  # it meets its invoice when the file is through
        target = target_of(record, self._act.today)
        if target is None:
            return None
        to_come = self._links.still_to_come(record, known) if record.kind == "invoice" else 0
        amount = abs(record.amount_minor) - abs(target.open_minor) - to_come
        if amount <= 0:
            return None
        on = target.on or day_before_import(record, self._act.today)
        return Covering(amount, on, number_of(target.prefix, record.number, 0))

    def _wait(self, record: InvoiceRecord, *, new: bool, changed: bool) -> None:
        target = target_of(record, self._act.today)
        self._waiting.append(Waiting(record.number, record.credits_invoice or "", target, counted=new, changed=changed))

    def _bring_up_to_date(self, rows: list[_Row], known: Mapping[str, KnownDocument]) -> None:
        for row in rows:
            if _edit(row):
                self._act.touch(row.item.creditor_id, row.item.customer_id)
                row.changed = True
        self._settle(rows, known)
        self._dispute(rows)
        for row in rows:
            if self._waits(row):
                self._wait(row.record, new=False, changed=row.changed)
            else:
                self._result.taken(changed=row.changed)

    def _settle(self, rows: list[_Row], known: Mapping[str, KnownDocument]) -> None:
        """Posts what the file says was paid and the ledger does not know yet."""
        due = [(row, row.target, amount) for row in rows if row.target and (amount := self._unsettled(row, known)) > 0]
        earlier = queries.settlements_by_document(self._act.session, [row.item for row, _, _ in due])
        settlements = []
        for row, target, amount in due:
            row.changed = True
            number = number_of(target.prefix, row.item.number, earlier.get(row.item.number, 0))
            settlements.append(Settlement(row.item, amount, target.on or self._act.today, number))
        post_settlements(self._act, self._creditor, settlements)

    def _unsettled(self, row: _Row, known: Mapping[str, KnownDocument]) -> int:
        if row.target is None or self._waits(row):
            return 0
        to_come = self._links.still_to_come(row.record, known) if row.item.kind == "invoice" else 0
        return abs(row.item.open_minor) - abs(row.target.open_minor) - to_come

    def _waits(self, row: _Row) -> bool:
        """A credit note that names its invoice meets it when the file is through."""
        linked = row.record.credits_invoice is not None and links_now(row.record, self._act.today)
        return linked and row.item.open_minor != 0

    def _dispute(self, rows: list[_Row]) -> None:
        """Opens a dispute where the file says so, and resolves only what an import has opened."""
        concerned = [
            row for row in rows if row.item.kind == "invoice" and (row.record.disputed is not None or row.changed)
        ]
        owners = {row.item.customer_id for row in concerned if row.item.customer_id is not None}
        disputes = ledger.open_disputes(self._act.session, owners) if owners else {}
        for row in concerned:
            dispute, item = disputes.get(row.item.id), row.item
            if dispute is None:
                issued = item.issue_date is None or item.issue_date <= self._act.today
                if row.record.disputed and item.open_minor > 0 and issued:
                    open_dispute(self._act, item=item, reason="Marked as disputed in the ledger file", source="import")
                    row.changed = True
            elif dispute.source == "import" and (row.record.disputed is False or item.open_minor == 0):
                outcome = "Paid in full" if item.open_minor == 0 else "No longer disputed in the ledger file"
                resolve_dispute(self._act, dispute=dispute, outcome=outcome)
                row.changed = True


def _new_item(record: InvoiceRecord, customer_id: int) -> NewItem:
    return NewItem(
        kind=record.kind,
        number=record.number,
        currency=record.currency,
        amount_minor=record.amount_minor,
        customer_id=customer_id,
        issue_date=record.issue_date,
        due_date=record.due_date,
        margin_minor=record.margin_minor,
        payment_reference=record.payment_reference,
        order_reference=record.order_reference,
        named_number=record.credits_invoice,
        due_assumed=record.due_assumed,
    )


def _says_the_same(record: InvoiceRecord, item: KnownDocument, customer_id: int | None, today: date) -> bool:
    """Whether a row leaves a known item as it is; where in doubt it does not, and is looked at more closely."""
    if (record.kind, record.currency, record.amount_minor, customer_id) != (
        item.kind,
        item.currency,
        item.amount_minor,
        item.customer_id,
    ):
        return False
    target = target_of(record, today)
    if target is not None and abs(target.open_minor) != abs(item.open_minor):
        return False
    if record.settled_date is not None and record.open_minor:
        return False
    if record.credits_invoice is not None and item.open_minor:
        return False
    return not any(True for _ in _edits(record, item))


def _edits(record: InvoiceRecord, item: OpenItem | KnownDocument) -> Iterator[tuple[str, Any]]:
    """What may change of a posted document and does: dates, references, margin; what is not said stays.

    A due date that was only reckoned gives way to one that is stated, and never the other way round.
    """
    for said, kept in _EDITABLE.items():
        value = getattr(record, said)
        if value is None or (said == "due_date" and record.due_assumed and not item.due_assumed):
            continue
        if value != getattr(item, kept):
            yield kept, value
    if record.due_date is not None and item.due_assumed and not record.due_assumed:
        yield "due_assumed", False


def _edit(row: _Row) -> bool:
    edits = list(_edits(row.record, row.item))
    for name, value in edits:
        setattr(row.item, name, value)
    return bool(edits)


def _check_settled(record: InvoiceRecord, act: Act) -> None:
    if record.settled_date is not None and record.settled_date <= act.today and record.open_minor:
        still_open = decimal_string(record.open_minor, record.currency)
        raise Fault("open_amount", still_open, f"is open although the row says it was settled on {record.settled_date}")


def _check_same(record: InvoiceRecord, item: OpenItem, customer_id: int | None) -> None:
    """Posted money is never edited: a row that says otherwise of it is refused."""
    name = item.kind.replace("_", " ")
    if record.kind != item.kind:
        raise Fault("kind", record.kind, f"differs: {item.number} is posted as {name}; use a new number")
    if customer_id is None or customer_id != item.customer_id:
        raise Fault(
            "customer_id",
            record.customer.number,
            f"differs: {name} {item.number} is posted for another customer; credit it and use a new number",
        )
    if record.currency != item.currency:
        raise Fault("currency", record.currency, f"differs: {name} {item.number} is posted in {item.currency}")
    if record.amount_minor != item.amount_minor:
        posted = decimal_string(item.amount_minor, item.currency)
        raise Fault(
            "amount",
            decimal_string(record.amount_minor, record.currency),
            f"differs: {name} {item.number} is posted with {posted} {item.currency}, and posted money is never edited; "
            "send a credit note for the difference",
        )


def _is_raised(record: InvoiceRecord, item: OpenItem) -> bool:
    return record.open_minor is not None and abs(record.open_minor) > abs(item.open_minor)


def _check_not_raised(record: InvoiceRecord, item: OpenItem, covered_minor: int) -> None:
    """More open than here is only right when the file does not know of payments we do."""
    if record.open_minor is None or record.settled_date is not None or not _is_raised(record, item):
        return
    if abs(record.open_minor) - abs(item.open_minor) > covered_minor:
        here = decimal_string(item.open_minor, item.currency)
        raise Fault(
            "open_amount",
            decimal_string(record.open_minor, record.currency),
            f"is more than the {here} open here of {item.number}; import the chargeback that raised it",
        )
