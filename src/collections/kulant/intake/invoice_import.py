"""Invoice and credit note rows into the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kulant.core.money import decimal_string
from kulant.db import Act
from kulant.intake import queries
from kulant.intake.credit_links import CreditLinks, Waiting, bring_together, links_now
from kulant.intake.customer_book import CustomerBook, said_of
from kulant.intake.fields import Fault
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
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.posting import NewItem, post_items
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
    """A row on its way in: what it says, the item it is about, and whether it has changed anything so far."""

    record: InvoiceRecord
    item: OpenItem
    new: bool
    target: Target | None
    changed: bool = False


class InvoiceImport:
    """Takes invoices in, chunk by chunk."""

    def __init__(self, act: Act, creditor: Creditor, result: ImportResult, links: CreditLinks) -> None:
        self._act = act
        self._creditor = creditor
        self._result = result
        self._links = links
        self._book = CustomerBook(act, creditor)
        self._waiting: list[Waiting] = []

    def take(self, records: Sequence[InvoiceRecord]) -> None:
        """Posts what is new, brings up to date what is known, rejects what contradicts posted money."""
        first: dict[str, InvoiceRecord] = {}
        again = [record for record in records if first.setdefault(record.number, record) is not record]
        self._take(list(first.values()))
        if again:
            self.take(again)

    def finish(self) -> None:
        """Brings credit notes and their invoices together, now that all of the file is in."""
        bring_together(self._act, self._creditor, self._waiting, self._result)

    def _take(self, records: list[InvoiceRecord]) -> None:
        numbers = {record.number for record in records}
        found = ledger.documents_by_number(
            self._act.session, self._creditor.id, numbers | self._links.credit_numbers(numbers)
        )
        customers = self._book.find(record.customer.number for record in records)
        records = self._without_conflicts(records, found, customers)
        changes = self._book.apply(customers, [(one.customer.number, said_of(one.customer)) for one in records])
        posted = self._post([one for one in records if one.number not in found], customers)
        rows = [
            _Row(
                record,
                posted.get(record.number) or found[record.number],
                new=record.number in posted,
                target=target_of(record, self._act.today),
                changed=changed,
            )
            for record, changed in zip(records, changes, strict=True)
        ]
        for row in rows:
            row.changed |= not row.new and _edit(row)
            if row.changed:
                self._act.touch(row.item.creditor_id, row.item.customer_id)
        self._settle(rows, found)
        self._dispute(rows)
        for row in rows:
            self._count(row)

    def _without_conflicts(
        self, records: list[InvoiceRecord], found: Mapping[str, OpenItem], customers: Mapping[str, Customer]
    ) -> list[InvoiceRecord]:
        raised = [item for one in records if (item := found.get(one.number)) and _is_raised(one, item)]
        covered = queries.covered_by_ours(self._act.session, raised)
        accepted = []
        for record in records:
            try:
                _check_settled(record, self._act)
                if (item := found.get(record.number)) is not None:
                    _check_same(record, item, customers.get(record.customer.number))
                    _check_not_raised(record, item, covered.get(item.id, 0))
            except Fault as fault:
                self._result.reject(fault.rejection(record.row))
            else:
                accepted.append(record)
        return accepted

    def _post(self, records: list[InvoiceRecord], customers: Mapping[str, Customer]) -> dict[str, OpenItem]:
        new = [
            NewItem(
                kind=record.kind,
                number=record.number,
                currency=record.currency,
                amount_minor=record.amount_minor,
                customer_id=customers[record.customer.number].id,
                issue_date=record.issue_date,
                due_date=record.due_date,
                margin_minor=record.margin_minor,
                payment_reference=record.payment_reference,
                order_reference=record.order_reference,
                named_number=record.credits_invoice,
            )
            for record in records
        ]
        posted = post_items(self._act, creditor=self._creditor, items=new) if new else []
        return {item.number: item for item in posted}

    def _settle(self, rows: list[_Row], found: Mapping[str, OpenItem]) -> None:
        """Posts what the file says was paid and the ledger does not know yet."""
        due = [(row, row.target, amount) for row in rows if row.target and (amount := self._unsettled(row, found)) > 0]
        known = [row.item for row, _, _ in due if not row.new]
        earlier = queries.settlements_by_document(self._act.session, known)
        settlements = []
        for row, target, amount in due:
            row.changed = True
            unknown_day = day_before_import(row.record, self._act.today) if row.new else self._act.today
            number = number_of(target.prefix, row.item.number, earlier.get(row.item.number, 0))
            settlements.append(Settlement(row.item, amount, target.on or unknown_day, number))
        post_settlements(self._act, self._creditor, settlements)

    def _unsettled(self, row: _Row, found: Mapping[str, OpenItem]) -> int:
        if row.target is None or self._waits(row):
            return 0
        to_come = self._links.still_to_come(row.record, found) if row.item.kind == "invoice" else 0
        return abs(row.item.open_minor) - abs(row.target.open_minor) - to_come

    def _waits(self, row: _Row) -> bool:
        """A credit note that names its invoice meets it when the file is through."""
        if row.record.credits_invoice is None or not links_now(row.record, self._act.today):
            return False
        return row.new or row.item.open_minor != 0

    def _dispute(self, rows: list[_Row]) -> None:
        """Opens a dispute where the file says so, and resolves only what an import has opened."""
        concerned = [
            row for row in rows if row.item.kind == "invoice" and (row.record.disputed is not None or row.changed)
        ]
        owners = {row.item.customer_id for row in concerned if not row.new and row.item.customer_id is not None}
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

    def _count(self, row: _Row) -> None:
        if row.new:
            self._result.created += 1
        waits = self._waits(row)
        if waits and row.record.credits_invoice:
            self._waiting.append(
                Waiting(row.item.number, row.record.credits_invoice, row.target, counted=row.new, changed=row.changed)
            )
        elif not row.new:
            self._result.taken(changed=row.changed)


def _edit(row: _Row) -> bool:
    """Takes over what may change of a posted document: dates, references, margin; what is not said stays."""
    changed = False
    for said, kept in _EDITABLE.items():
        value = getattr(row.record, said)
        if value is not None and value != getattr(row.item, kept):
            setattr(row.item, kept, value)
            changed = True
    return changed


def _check_settled(record: InvoiceRecord, act: Act) -> None:
    if record.settled_date is not None and record.settled_date <= act.today and record.open_minor:
        still_open = decimal_string(record.open_minor, record.currency)
        raise Fault("open_amount", still_open, f"is open although the row says it was settled on {record.settled_date}")


def _check_same(record: InvoiceRecord, item: OpenItem, customer: Customer | None) -> None:
    """Posted money is never edited: a row that says otherwise of it is refused."""
    name = item.kind.replace("_", " ")
    if record.kind != item.kind:
        raise Fault("kind", record.kind, f"differs: {item.number} is posted as {name}; use a new number")
    if customer is None or customer.id != item.customer_id:
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
