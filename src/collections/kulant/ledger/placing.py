"""What a clerk does with a payment: place it, split it, take it back, put it aside, let it undo another."""

from __future__ import annotations

from collections.abc import Sequence

from kulant.core.errors import Conflict, NotFound, Refusal
from kulant.core.events import Event
from kulant.core.money import decimal_string
from kulant.core.words import amount_words
from kulant.db import Act
from kulant.ledger import matching_queries as matching
from kulant.ledger import queries
from kulant.ledger.adjustments import Deduction, deduct, deductions_for, move, take_back
from kulant.ledger.allocation import allocation_order, ordered
from kulant.ledger.matching import debts_of
from kulant.ledger.models import Customer, OpenItem, PaymentDetail
from kulant.ledger.payers import forget, learn
from kulant.ledger.posting import Allocation, allocate, give_to, reverse_allocation
from kulant.ledger.rules import spread
from kulant.ledger.service import take_payment_back
from kulant.people.models import Creditor

CLERK = "clerk"


def payment_to_place(act: Act, *, creditor: Creditor, payment_id: int) -> OpenItem:
    """The payment, once nobody else is changing this creditor's balances."""
    queries.work_alone(act.session, creditor.id)
    payment = act.session.get(OpenItem, payment_id)
    if payment is None or payment.creditor_id != creditor.id or payment.kind not in (*matching.MONEY, "refund"):
        raise NotFound("no_payment", "there is no such payment")
    return payment


def place(
    act: Act,
    *,
    creditor: Creditor,
    payment: OpenItem,
    invoices: Sequence[OpenItem] = (),
    split: Sequence[tuple[OpenItem, int]] = (),
    settle_rest: bool = False,
) -> None:
    """Gives a payment to invoices: to ``invoices`` with their charges in the order in force, or exactly as ``split``.

    What is over stays the customer's credit. ``settle_rest`` lets what these invoices are short of go as a deduction.
    """
    if payment.open_minor >= 0 or payment.kind not in matching.MONEY_IN:
        raise Conflict("nothing_left", f"{payment.number} has no money left to place")
    parts = list(split) or _in_order(act, creditor, payment, invoices)
    if not parts:
        raise Conflict("nothing_open", "nothing is open there any more; look at the suggestions again")
    owners = {item.customer_id for item, _ in parts}
    if len(owners) != 1:
        raise Refusal(
            "several_customers",
            "these are invoices of several customers; move a part of the payment to the other first",
        )
    [owner] = owners
    assert owner is not None
    money = _owned_by(act, creditor, payment, owner)
    on = payment.issue_date or act.today
    allocate(act, [Allocation(money, item, amount, on) for item, amount in parts])
    placed = sum(amount for _, amount in parts)
    if settle_rest:
        rests = [Deduction(payment, item, item.open_minor) for item, _ in parts if item.open_minor > 0]
        deduct(act, creditor=creditor, deductions=rests, reason="deduction agreed to")
    _after_placing(act, creditor, payment, owner, "payment_matched", placed, [item.number for item, _ in parts])


def keep_as_credit(act: Act, *, creditor: Creditor, payment: OpenItem, customer: Customer) -> None:
    """The money is this customer's; nothing it pays is known yet."""
    if payment.open_minor >= 0:
        raise Conflict("nothing_left", f"{payment.number} has no money left to place")
    _owned_by(act, creditor, payment, customer.id)
    if payment.customer_id is None:
        give_to(act, payment, customer.id)
    _after_placing(act, creditor, payment, customer.id, "payment_assigned", -payment.open_minor, [])


def _in_order(
    act: Act, creditor: Creditor, payment: OpenItem, invoices: Sequence[OpenItem]
) -> list[tuple[OpenItem, int]]:
    charges = matching.charges_of(act.session, [item.id for item in invoices])
    items = {one.id: one for item in invoices for one in (item, *charges.get(item.id, ())) if one.open_minor > 0}
    debts = ordered(debts_of(items.values(), {one.id: one.open_minor for one in items.values()}), _order(creditor))
    parts = spread(-payment.open_minor, [(debt.id, debt.open_minor) for debt in debts])
    return [(items[item_id], amount) for item_id, amount in parts]


def _order(creditor: Creditor) -> str:
    return allocation_order(creditor).code


def _owned_by(act: Act, creditor: Creditor, payment: OpenItem, owner: int) -> OpenItem:
    """The money as this customer's own: given when it is nobody's, moved when it is another's."""
    if payment.customer_id in (None, owner):
        return payment
    detail = _detail(act, payment)
    if detail.found_by is not None and payment.open_minor == payment.amount_minor:
        act.touch(creditor.id, payment.customer_id)
        payment.customer_id, detail.found_by = None, None  # it was a guess, and nothing was built on it
        return payment
    to = act.session.get_one(Customer, owner)
    return move(act, creditor=creditor, payment=payment, to=to, reason="matched to their invoice")


def _after_placing(
    act: Act, creditor: Creditor, payment: OpenItem, owner: int, kind: str, placed: int, numbers: Sequence[str]
) -> None:
    detail = _detail(act, payment)
    if detail.found_by is None:
        detail.found_by = CLERK
    detail.parked_on = detail.parked_by = detail.parked_reason = None
    learn(act, creditor_id=creditor.id, payers=[(detail, owner)])
    to = f" to {', '.join(numbers)}" if numbers else " as credit"
    act.tell(
        Event(
            kind,
            f"{amount_words(placed, payment.currency)} of payment {payment.number} allocated{to}.",
            creditor_id=creditor.id,
            customer_id=owner,
            item_id=payment.id,
            data={
                "payment": payment.number,
                "amount": decimal_string(placed, payment.currency),
                "items": list(numbers),
                "order": _order(creditor),
            },
        )
    )


def unmatch(act: Act, *, creditor: Creditor, payment: OpenItem) -> int:
    """Takes a payment back from everything it pays; returns how much is free again.

    What was let go because it came short is owed again, and a customer found by matching is unknown again.
    """
    used = [one for one in matching.used_for(act.session, payment) if one.item.kind not in ("chargeback", "refund")]
    moved = [one for one in used if one.item.kind == "transfer"]
    if moved:
        raise Refusal("moved", f"{payment.number} was moved to another customer; move it back from there instead")
    if not used and payment.customer_id is None:
        raise Conflict("not_matched", f"{payment.number} is not matched to anything")
    owner = payment.customer_id
    for one in used:
        reverse_allocation(act, one.entry, on=act.today)
    for deduction in deductions_for(act.session, payment):
        take_back(act, creditor=creditor, adjustment=deduction, reason=f"payment {payment.number} was taken back")
    freed = sum(one.amount_minor for one in used)
    detail = _detail(act, payment)
    if owner is not None:
        forget(act, creditor_id=creditor.id, detail=detail, customer_id=owner)
    if detail.found_by is not None and payment.open_minor == payment.amount_minor:
        act.touch(creditor.id, owner)
        payment.customer_id, detail.found_by = None, None
    numbers = ", ".join(one.item.number for one in used) or "the customer's credit"
    act.tell(
        Event(
            "payment_unmatched",
            f"{amount_words(freed or -payment.open_minor, payment.currency)} of payment {payment.number} "
            f"taken back from {numbers}.",
            creditor_id=creditor.id,
            customer_id=owner,
            item_id=payment.id,
            data={"payment": payment.number, "amount": decimal_string(freed, payment.currency)},
        )
    )
    return freed


def park(act: Act, *, creditor: Creditor, payment: OpenItem, reason: str) -> None:
    """Puts a payment aside, with the reason; it stays in sight apart from the others."""
    if not reason.strip():
        raise Refusal("no_reason", "say why it is put aside")
    if payment.open_minor == 0:
        raise Conflict("nothing_left", f"{payment.number} has nothing left to place")
    detail = _detail(act, payment)
    detail.parked_on, detail.parked_by, detail.parked_reason = act.today, act.actor[:120], reason.strip()
    _tell(act, creditor, payment, "payment_parked", f"Payment {payment.number} put aside: {reason.strip()}.")


def unpark(act: Act, *, creditor: Creditor, payment: OpenItem) -> None:
    """Takes a payment up again."""
    detail = _detail(act, payment)
    detail.parked_on = detail.parked_by = detail.parked_reason = None
    _tell(act, creditor, payment, "payment_unparked", f"Payment {payment.number} taken up again.")


def return_payment(act: Act, *, creditor: Creditor, returned: OpenItem, payment: OpenItem) -> None:
    """A negative bank amount is the return of that payment: what it paid is open again."""
    if returned.kind != "chargeback" or returned.open_minor <= 0:
        raise Conflict("nothing_left", f"{returned.number} has nothing left to place")
    if returned.currency != payment.currency:
        raise Refusal("other_currency", f"{returned.number} is in {returned.currency}, {payment.number} is not")
    take_payment_back(act, creditor=creditor, payment=payment, chargeback=returned)


def pay_out_of_credit(act: Act, *, creditor: Creditor, returned: OpenItem, customer: Customer) -> None:
    """A negative bank amount is money paid back to the customer, out of their credit."""
    if returned.open_minor <= 0:
        raise Conflict("nothing_left", f"{returned.number} has nothing left to place")
    if returned.customer_id not in (None, customer.id):
        raise Refusal("other_customer", f"{returned.number} is another customer's; it cannot be {customer.name}'s too")
    items = queries.open_items(act.session, customer.id, today=act.today, currency=returned.currency)
    credits = {item.id: item for item in items if item.open_minor < 0}
    parts = spread(returned.open_minor, [(item.id, -item.open_minor) for item in credits.values()])
    if not parts:
        raise Conflict("no_credit", f"{customer.name} has no credit to pay it from")
    returned.customer_id = customer.id
    act.touch(creditor.id, customer.id)
    allocate(act, [Allocation(credits[item_id], returned, part, act.today) for item_id, part in parts])
    words = f"{amount_words(returned.amount_minor, returned.currency)} paid back to {customer.name}."
    _tell(act, creditor, returned, "refunded", words)


def _detail(act: Act, payment: OpenItem) -> PaymentDetail:
    detail = act.session.get(PaymentDetail, payment.id)
    if detail is None:
        detail = PaymentDetail(item_id=payment.id)
        act.session.add(detail)
        act.session.flush()
    return detail


def _tell(act: Act, creditor: Creditor, payment: OpenItem, kind: str, text: str) -> None:
    act.tell(
        Event(
            kind,
            text,
            creditor_id=creditor.id,
            customer_id=payment.customer_id,
            item_id=payment.id,
            data={"payment": payment.number},
        )
    )
