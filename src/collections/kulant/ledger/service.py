"""Use cases of the ledger beyond posting: chargebacks, disputes, combined references."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from kulant.core.errors import Conflict, Refusal
from kulant.core.events import Event
from kulant.core.money import decimal_string
from kulant.core.words import amount_words
from kulant.db import Act
from kulant.ledger import queries
from kulant.ledger.adjustments import deductions_for, take_back
from kulant.ledger.models import CombinedReference, CombinedReferenceItem, Customer, Dispute, OpenItem
from kulant.ledger.posting import Allocation, NewItem, allocate, post_items, reverse_allocation
from kulant.ledger.rules import Owing
from kulant.people.models import Creditor

# Money of a payment that is not here any more, and cannot be taken back once more.
_GONE = ("chargeback", "refund", "transfer")


def charge_back(
    act: Act, *, creditor: Creditor, payment: OpenItem, number: str, amount_minor: int, on: date
) -> OpenItem:
    """Takes a payment back, wholly or in part: what it paid is open again. ``amount_minor`` is above zero."""
    _check_return(act, payment, amount_minor)
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
    _set_against(act, creditor, payment, chargeback)
    return chargeback


def take_payment_back(act: Act, *, creditor: Creditor, payment: OpenItem, chargeback: OpenItem) -> None:
    """The same, when the bank's return is posted already and only now known to be this payment's."""
    _check_return(act, payment, chargeback.open_minor)
    if chargeback.customer_id is None:
        chargeback.customer_id = payment.customer_id
    if chargeback.customer_id != payment.customer_id:
        raise Refusal("other_customer", f"{chargeback.number} and {payment.number} belong to different customers")
    _set_against(act, creditor, payment, chargeback)


def _check_return(act: Act, payment: OpenItem, amount_minor: int) -> None:
    if payment.kind != "payment":
        raise Refusal("not_a_payment", f"{payment.number} is not a payment, so it cannot be charged back")
    gone = sum(
        entry.amount_minor
        for entry in queries.allocations_of(act.session, payment.id)
        if act.session.get_one(OpenItem, entry.against_item_id).kind in _GONE
    )
    if amount_minor > -payment.amount_minor - gone:
        raise Refusal("charged_back_already", f"payment {payment.number} does not have that much left to take back")


def _set_against(act: Act, creditor: Creditor, payment: OpenItem, chargeback: OpenItem) -> None:
    amount_minor, on = chargeback.open_minor, chargeback.issue_date or act.today
    _free(act, payment, amount_minor, on)
    for deduction in deductions_for(act.session, payment):
        take_back(act, creditor=creditor, adjustment=deduction, reason=f"payment {payment.number} was charged back")
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


def _free(act: Act, payment: OpenItem, needed: int, on: date) -> None:
    """Reverses the payment's newest allocations until so much of it is free; gives back what was reversed too much."""
    for entry in queries.allocations_of(act.session, payment.id):
        if -payment.open_minor >= needed:
            return
        invoice = act.session.get_one(OpenItem, entry.against_item_id)
        if invoice.kind in _GONE:
            continue
        reverse_allocation(act, entry, on=on)
        surplus = -payment.open_minor - needed
        if surplus > 0:
            allocate(act, [Allocation(payment, invoice, surplus, entry.on)])


def open_dispute(
    act: Act,
    *,
    item: OpenItem,
    amount_minor: int | None = None,
    reason: str,
    source: str = "clerk",
    owner: str | None = None,
    answer_by: date | None = None,
) -> Dispute:
    """Stops asking for an invoice, or for so much of it, until the dispute is resolved.

    ``owner`` looks into it, and ``answer_by`` is the day the customer was promised an answer.
    """
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
        owner=owner,
        answer_by=answer_by,
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


def disputed_minor(dispute: Dispute | None, item: Owing) -> int:
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
