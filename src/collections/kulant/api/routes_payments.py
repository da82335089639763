"""Payments: what waits for a place, placing it, taking it back, write-offs, refunds, money moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from kulant.api.bodies import PlainRoute
from kulant.api.call import Acting, Call, Reading, minor
from kulant.api.given import Moving, Place, Reason, Refund
from kulant.api.parts import CustomerNumber, InvoiceNumber, PaymentNumber
from kulant.api.shapes import AnyShape, PaymentShape, PlacedShape
from kulant.core.errors import NotFound, Refusal
from kulant.db import Act
from kulant.delivery.plan_events import follow_plans
from kulant.intake.payments_csv import OPENING, SETTLED
from kulant.ledger import adjustments, placing
from kulant.ledger import matching_queries as matching
from kulant.ledger import payment_views as views
from kulant.ledger import queries as ledger
from kulant.ledger.models import OpenItem

router = APIRouter(route_class=PlainRoute, tags=["Payments"])

MOST_SUGGESTED = 100


@router.get("/payments", response_model=list[PaymentShape])
def payments(
    call: Reading,
    state: Annotated[Literal["unmatched", "parked", "matched"], Query()] = "unmatched",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    suggestions: Annotated[bool, Query(description="Of those that wait: where each may belong; at most 100.")] = False,
) -> Response:
    """Payments that wait for a place, those put aside, or those matched lately; the newest first."""
    if suggestions and (state != "unmatched" or limit > MOST_SUGGESTED):
        raise Refusal("too_many_suggestions", f"suggestions are for at most {MOST_SUGGESTED} unmatched payments")
    with call.looking() as session:
        creditor_id = call.creditor.id
        if state == "matched":
            found = matching.matched_lately(session, creditor_id, limit=limit, without=(OPENING, SETTLED))
        else:
            found = matching.waiting_payments(session, creditor_id, parked=state == "parked", limit=limit)
        rows = views.payments_json(session, found, state)
        for row, payment in zip(rows, found, strict=True):
            if suggestions:
                row["suggestions"] = views.suggestions_json(session, call.creditor, payment, call.today)
        return call.show(rows)


def _alone(call: Call, work: Callable[[Act], dict[str, Any]], status: int = 200) -> Response:
    """Does it while nobody else changes this creditor's balances: what is read in it is so until its end."""

    def alone(act: Act) -> dict[str, Any]:
        ledger.work_alone(act.session, call.creditor.id)
        return work(act)

    return call.once(alone, status=status)


def _payment(call: Call, act: Act, number: str) -> OpenItem:
    """The payment of that number; a moved one's credit too."""
    creditor_id = call.creditor.id
    found = ledger.payments_by_number(act.session, creditor_id, [number]).get(number)
    found = found or matching.transfer_by_number(act.session, creditor_id, number)
    if found is None:
        raise NotFound("no_payment", f"there is no payment {number!r}")
    return placing.payment_to_place(act, creditor=call.creditor, payment_id=found.id)


def _after(call: Call, act: Act, payment: OpenItem) -> dict[str, Any]:
    follow_plans(act, call.creditor)
    act.session.flush()
    return views.placed_json(act.session, payment)


@router.post("/payments/{payment:path}/match", response_model=PlacedShape)
def match(call: Acting, payment: PaymentNumber, given: Place) -> Response:
    """Places a payment: with invoices in the order in force, with amounts as given, or as a customer's credit."""
    if bool(given.invoices) == (given.customer is not None):
        raise Refusal("say_where", "give the invoices it pays, or the customer, and not both", status=422)

    def work(act: Act) -> dict[str, Any]:
        found = _payment(call, act, payment)
        if given.customer is not None:
            to = ledger.customer_by_number(act.session, call.creditor.id, given.customer)
            placing.keep_as_credit(act, creditor=call.creditor, payment=found, customer=to)
        else:
            _place(call, act, found, given)
        return _after(call, act, found)

    return _alone(call, work)


def _place(call: Call, act: Act, payment: OpenItem, given: Place) -> None:
    split, whole = [], []
    for one in given.invoices:
        item = ledger.document_by_number(act.session, call.creditor.id, one.invoice)
        if one.amount is not None:
            split.append((item, minor(one.amount, payment.currency, "amount")))
        else:
            whole.append(item)
    if split and whole:
        raise Refusal("say_all_amounts", "give an amount for every invoice, or for none of them", status=422)
    placing.place(act, creditor=call.creditor, payment=payment, invoices=whole, split=split)


@router.post("/payments/{payment:path}/unmatch", response_model=PlacedShape)
def unmatch(call: Acting, payment: PaymentNumber) -> Response:
    """Takes a payment back from everything it pays."""

    def work(act: Act) -> dict[str, Any]:
        found = _payment(call, act, payment)
        placing.unmatch(act, creditor=call.creditor, payment=found)
        return _after(call, act, found)

    return _alone(call, work)


@router.post("/payments/{payment:path}/move", response_model=AnyShape)
def move(call: Acting, payment: PaymentNumber, given: Moving) -> Response:
    """Moves what is left of a payment to another customer; the history stays on both."""

    def work(act: Act) -> dict[str, Any]:
        found = _payment(call, act, payment)
        taker = ledger.customer_by_number(act.session, call.creditor.id, given.to)
        credit = adjustments.move(act, creditor=call.creditor, payment=found, to=taker, reason=given.reason)
        follow_plans(act, call.creditor)
        return views.moved_json(payment, taker, credit)

    return _alone(call, work)


@router.post("/invoices/{invoice:path}/write-off", response_model=AnyShape)
def write_off(call: Acting, invoice: InvoiceNumber, given: Reason) -> Response:
    """Gives up what is open of an invoice and of what was charged for it; more than a small rest needs a manager."""

    def work(act: Act) -> dict[str, Any]:
        item = ledger.document_by_number(act.session, call.creditor.id, invoice)
        items = [item, *matching.charges_of(act.session, [item.id]).get(item.id, ())]
        posted = adjustments.write_off(
            act, creditor=call.creditor, items=items, reason=given.reason, manager=call.bearer.is_manager
        )
        follow_plans(act, call.creditor)
        return views.write_off_json(item, posted, given.reason)

    return _alone(call, work)


@router.post("/customers/{customer:path}/refunds", status_code=201, response_model=AnyShape)
def refund(call: Acting, customer: CustomerNumber, given: Refund) -> Response:
    """Records money paid back to a customer, against the credit they have."""

    def work(act: Act) -> dict[str, Any]:
        found = ledger.customer_by_number(act.session, call.creditor.id, customer)
        amount = minor(given.amount, given.currency, "amount")
        posted = adjustments.refund(
            act,
            creditor=call.creditor,
            customer=found,
            currency=given.currency,
            amount_minor=amount,
            reason=given.reason,
        )
        return views.refund_json(found, posted, given.reason)

    return _alone(call, work, 201)
