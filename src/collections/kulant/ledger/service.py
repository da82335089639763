"""Use cases of the ledger beyond posting: matching payments, chargebacks, disputes, combined references."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from kulant.core.errors import Conflict, Refusal
from kulant.core.events import Event
from kulant.core.money import decimal_string
from kulant.core.words import amount_words
from kulant.db import Act
from kulant.ledger import queries
from kulant.ledger.models import CombinedReference, CombinedReferenceItem, Customer, Dispute, OpenItem
from kulant.ledger.posting import Allocation, NewItem, allocate, post_items, reverse_allocation
from kulant.ledger.rules import spread
from kulant.people.models import Creditor


def match_payments(act: Act, *, creditor: Creditor, payments: Sequence[OpenItem]) -> set[int]:
    """Allocates payments by reference, then by invoice number; returns the ids of those that found an invoice.

    Only an unambiguous match is applied: a reference that leads to several customers, or to a customer other than the
    payment's own, leaves the payment unmatched. What is over stays on the customer's account as unallocated credit.
    """
    references = {name for payment in payments for name in _names(payment.payment_reference)}
    numbers = references | {name for payment in payments for name in _names(payment.named_number)}
    by_reference = queries.invoices_by_reference(act.session, creditor.id, references)
    by_number = {
        number: [item]
        for number, item in queries.documents_by_number(act.session, creditor.id, numbers).items()
        if item.kind == "invoice"
    }
    matched: set[int] = set()

    def found() -> Iterator[Allocation]:
        """One payment after another, each seeing the balances the one before has left."""
        for payment in sorted(payments, key=lambda payment: (payment.issue_date or date.max, payment.id)):
            candidates = [
                *(by_reference.get(name) for name in _names(payment.payment_reference)),
                *(by_number.get(name) for name in _names(payment.payment_reference)),
                *(by_number.get(name) for name in _names(payment.named_number)),
            ]
            parts = next(filter(None, (_parts(act, payment, invoices) for invoices in candidates if invoices)), [])
            if parts:
                matched.add(payment.id)
                yield from parts

    allocate(act, found())
    return matched


def _names(text: str | None) -> list[str]:
    """A reference as written, and without the spaces people put in it."""
    if not text:
        return []
    return list(dict.fromkeys((text.strip(), text.replace(" ", ""))))


def pay(act: Act, *, payment: OpenItem, invoices: Sequence[OpenItem]) -> bool:
    """Allocates a payment to these invoices in their order; false when none of them may take any of it."""
    parts = _parts(act, payment, invoices)
    allocate(act, parts)
    return bool(parts)


def _parts(act: Act, payment: OpenItem, invoices: Sequence[OpenItem]) -> list[Allocation]:
    """How a payment falls on these invoices; nothing when they are not all of one customer, who may be its payer."""
    owners = {invoice.customer_id for invoice in invoices}
    if len(owners) != 1 or payment.customer_id not in (None, *owners):
        return []
    by_id = {invoice.id: invoice for invoice in invoices if invoice.currency == payment.currency}
    parts = spread(-payment.open_minor, [(invoice.id, invoice.open_minor) for invoice in by_id.values()])
    on = payment.issue_date or act.today
    return [Allocation(payment, by_id[item_id], amount, on) for item_id, amount in parts]


def charge_back(
    act: Act, *, creditor: Creditor, payment: OpenItem, number: str, amount_minor: int, on: date
) -> OpenItem:
    """Takes a payment back, wholly or in part: what it paid is open again. ``amount_minor`` is above zero."""
    if payment.kind != "payment":
        raise Refusal("not_a_payment", f"{payment.number} is not a payment, so it cannot be charged back")
    taken_back = sum(
        entry.amount_minor
        for entry in queries.allocations_of(act.session, payment.id)
        if act.session.get_one(OpenItem, entry.against_item_id).kind == "chargeback"
    )
    if amount_minor > -payment.amount_minor - taken_back:
        raise Refusal("charged_back_already", f"payment {payment.number} does not have that much left to take back")
    _free(act, payment, amount_minor, on)
    [chargeback] = post_items(
        act,
        creditor=creditor,
        items=[
            NewItem(
                kind="chargeback",
                number=number,
                currency=payment.currency,
                amount_minor=amount_minor,
                customer_id=payment.customer_id,
                issue_date=on,
                named_number=payment.number,
            )
        ],
    )
    allocate(act, [Allocation(payment, chargeback, amount_minor, on)])
    if payment.customer_id is not None:
        act.tell(
            Event(
                "payment_charged_back",
                f"Payment {payment.number} was charged back: {amount_words(amount_minor, payment.currency)}.",
                creditor_id=creditor.id,
                customer_id=payment.customer_id,
                item_id=chargeback.id,
                data={"payment": payment.number, "amount": decimal_string(amount_minor, payment.currency)},
            )
        )
    return chargeback


def _free(act: Act, payment: OpenItem, needed: int, on: date) -> None:
    """Reverses the payment's newest allocations until so much of it is free; gives back what was reversed too much."""
    for entry in queries.allocations_of(act.session, payment.id):
        if -payment.open_minor >= needed:
            return
        invoice = act.session.get_one(OpenItem, entry.against_item_id)
        if invoice.kind == "chargeback":
            continue
        reverse_allocation(act, entry, on=on)
        surplus = -payment.open_minor - needed
        if surplus > 0:
            allocate(act, [Allocation(payment, invoice, surplus, entry.on)])


def open_dispute(
    act: Act, *, item: OpenItem, amount_minor: int | None = None, reason: str, source: str = "clerk"
) -> Dispute:
    """Stops asking for an invoice, or for so much of it, until the dispute is resolved."""
    if item.kind != "invoice" or item.customer_id is None:
        raise Refusal("not_an_invoice", f"{item.number} is not an invoice, so it cannot be disputed")
    if item.open_minor <= 0:
        raise Refusal("nothing_open", f"invoice {item.number} is paid; there is nothing to dispute")
    if amount_minor is not None and not 0 < amount_minor <= item.open_minor:
        open_amount = amount_words(item.open_minor, item.currency)
        raise Refusal("bad_amount", f"the disputed amount must be above zero and at most {open_amount}")
    if item.id in queries.open_disputes(act.session, [item.customer_id]):
        raise Conflict("disputed_already", f"invoice {item.number} is disputed already; resolve that dispute first")
    dispute = Dispute(
        creditor_id=item.creditor_id,
        customer_id=item.customer_id,
        item_id=item.id,
        amount_minor=amount_minor,
        reason=reason,
        source=source,
        opened_on=act.today,
    )
    act.session.add(dispute)
    act.session.flush()
    share = "" if amount_minor is None else f" ({amount_words(amount_minor, item.currency)} of it)"
    act.tell(
        Event(
            "dispute_opened",
            f"Invoice {item.number} disputed{share}: {reason}",
            creditor_id=item.creditor_id,
            customer_id=item.customer_id,
            item_id=item.id,
            data={"dispute": dispute.id, "source": source},
        )
    )
    return dispute


def resolve_dispute(act: Act, *, dispute: Dispute, outcome: str) -> None:
    """Ends a dispute and says how; the invoice may be asked for again."""
    if dispute.resolved_on is not None:
        raise Conflict("resolved_already", "this dispute is resolved already")
    dispute.resolved_on = act.today
    dispute.outcome = outcome
    item = act.session.get_one(OpenItem, dispute.item_id)
    act.tell(
        Event(
            "dispute_resolved",
            f"Dispute of invoice {item.number} resolved: {outcome}",
            creditor_id=dispute.creditor_id,
            customer_id=dispute.customer_id,
            item_id=dispute.item_id,
            data={"dispute": dispute.id},
        )
    )


def disputed_minor(dispute: Dispute | None, item: OpenItem) -> int:
    """How much of an open item is disputed: all of it when the dispute names no amount."""
    if dispute is None:
        return 0
    return item.open_minor if dispute.amount_minor is None else min(dispute.amount_minor, item.open_minor)


def ensure_combined_reference(
    act: Act, *, customer: Customer, currency: str, reference: str, items: Collection[OpenItem]
) -> str:
    """Makes the reference stand for these items, so that one payment with it pays them oldest due first.

    A reference is made once; asked for again, it is left as it is.
    """
    if act.session.scalar(queries.combined_reference(customer.creditor_id, reference)) is not None:
        return reference
    combined = CombinedReference(
        creditor_id=customer.creditor_id, customer_id=customer.id, currency=currency, reference=reference
    )
    act.session.add(combined)
    act.session.flush()
    act.session.add_all(CombinedReferenceItem(reference_id=combined.id, item_id=item.id) for item in items)
    return reference
