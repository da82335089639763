"""Customers, what happened with them, and the clerk's acts on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.api.bodies import PlainRoute
from kulant.api.call import Acting, Call, Importing, Reading, minor
from kulant.api.given import (
    ConcernsOutcome,
    Interaction,
    InteractionsGiven,
    NewDispute,
    NewHold,
    NewNote,
    NewPromise,
    Outcome,
)
from kulant.api.parts import CustomerNumber, InvoiceNumber, Limit, Next
from kulant.api.shapes import (
    CustomerDetail,
    CustomerShape,
    DisputeShape,
    HoldShape,
    InteractionsTaken,
    ItemShape,
    NoteShape,
    Page,
    PromiseShape,
    ReleasedShape,
    ResolvedShape,
    TimelineShape,
)
from kulant.core.errors import NotFound, Refusal
from kulant.db import Act
from kulant.insight import listing
from kulant.insight import listing_queries as lists
from kulant.insight.ageing import behind_json, items_behind
from kulant.intake.records import InteractionRecord
from kulant.ledger import queries as ledger
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.service import open_dispute
from kulant.ledger.views import dispute_json
from kulant.people.service import check_currency
from kulant.relationship import queries as relationship
from kulant.relationship import views
from kulant.relationship.concerns import answer_concern, settle_dispute
from kulant.relationship.interactions import record_interactions
from kulant.relationship.moments import GROUPS, read_place
from kulant.relationship.service import add_note, make_promise, place_hold, release_holds
from kulant.relationship.stream import Moment, moment_json, stream

router = APIRouter(route_class=PlainRoute)

_CUSTOMERS: list[Any] = ["Customers"]
_ACTS: list[Any] = ["Acts"]


def customer_of(call: Call, session: Session, number: str) -> Customer:
    """The creditor's customer of that number; refuses when there is none."""
    return ledger.customer_by_number(session, call.creditor.id, number)


def invoice_of(call: Call, session: Session, number: str) -> tuple[Customer, OpenItem]:
    """The creditor's invoice of that number and its customer; refuses when there is none."""
    item = ledger.document_by_number(session, call.creditor.id, number)
    if item.customer_id is None:
        raise NotFound("no_invoice", f"there is no invoice {number!r}")
    return session.get_one(Customer, item.customer_id), item


@router.get("/customers", tags=_CUSTOMERS, response_model=Page[CustomerShape])
def customers(
    call: Reading,
    q: Annotated[str | None, Query(max_length=100, description="A number's beginning, or a part of a name.")] = None,
    limit: Limit = 100,
    cursor: Next = None,
) -> Response:
    """Customers by number, with what they owe."""
    with call.looking() as session:
        return call.show_page(
            "customers",
            limit,
            cursor,
            lambda after, count: lists.customers(session, call.creditor.id, after, count, words=q),
            lambda row: [row.number],
            lambda rows: listing.customers_json(session, call.creditor, rows, call.today),
        )


@router.get("/customers/{customer:path}/timeline", tags=_CUSTOMERS, response_model=Page[TimelineShape])
def timeline(
    call: Reading,
    customer: CustomerNumber,
    kind: Annotated[
        list[Literal[tuple(GROUPS)]] | None,  # type: ignore[valid-type]
        Query(description="Only these kinds of moments; may be repeated."),
    ] = None,
    text: Annotated[str, Query(max_length=200, description="Only what has these words.")] = "",
    limit: Limit = 100,
    cursor: Next = None,
) -> Response:
    """Everything that happened with a customer, in one stream, the newest first."""
    with call.looking() as session:
        found = customer_of(call, session, customer)

        def moments(after: list[Any] | None, count: int) -> Sequence[Moment]:
            before = read_place(after[0]) if after else None
            return stream(
                session, found, today=call.today, groups=kind or (), text=text, before=before, limit=count
            ).moments

        return call.show_page(
            f"timeline:{found.id}:{','.join(kind or ())}:{text}",
            limit,
            cursor,
            moments,
            lambda row: [str(row.place)],
            lambda rows: [moment_json(row) for row in rows],
        )


@router.get("/customers/{customer:path}/items", tags=_CUSTOMERS, response_model=list[ItemShape])
def items(call: Reading, customer: CustomerNumber) -> Response:
    """What is open on a customer's account on the business date, debts and credits, by currency, oldest due first."""
    with call.looking() as session:
        found = customer_of(call, session, customer)
        behind = items_behind(session, call.creditor, call.today, customer_ids=[found.id])
        return call.show([{"currency": one.currency} | behind_json(one) for one in behind])


@router.get("/customers/{customer:path}", tags=_CUSTOMERS, response_model=CustomerDetail)
def customer(call: Reading, customer: CustomerNumber) -> Response:
    """One customer: what they owe, what they are worth, holds and promises."""
    with call.looking() as session:
        found = customer_of(call, session, customer)
        return call.show(listing.customer_json(session, call.creditor, found, call.today))


@router.post("/customers/{customer:path}/notes", tags=_ACTS, status_code=201, response_model=NoteShape)
def note(call: Acting, customer: CustomerNumber, given: NewNote) -> Response:
    """Puts a note on the timeline."""

    def work(act: Act) -> dict[str, Any]:
        found = customer_of(call, act.session, customer)
        concern = add_note(
            act,
            customer=found,
            kind=given.kind,
            text=given.text,
            direction=given.direction,
            owner=given.owner,
            answer_by=given.answer_by,
        )
        return views.note_json(found, act.today, given.kind, given.text, concern)

    return call.once(work, status=201)


@router.post("/customers/{customer:path}/holds", tags=_ACTS, status_code=201, response_model=HoldShape)
def hold_customer(call: Acting, customer: CustomerNumber, given: NewHold) -> Response:
    """Lets nothing go out to a customer until that day."""

    def work(act: Act) -> dict[str, Any]:
        found = customer_of(call, act.session, customer)
        placed = place_hold(act, customer=found, until=given.until, reason=given.reason)
        return views.hold_json(placed, found, None)

    return call.once(work, status=201)


@router.post("/invoices/{invoice:path}/holds", tags=_ACTS, status_code=201, response_model=HoldShape)
def hold_invoice(call: Acting, invoice: InvoiceNumber, given: NewHold) -> Response:
    """Lets nothing go out for an invoice until that day."""

    def work(act: Act) -> dict[str, Any]:
        found, item = invoice_of(call, act.session, invoice)
        placed = place_hold(act, customer=found, item=item, until=given.until, reason=given.reason)
        return views.hold_json(placed, found, item)

    return call.once(work, status=201)


@router.post("/customers/{customer:path}/release", tags=_ACTS, response_model=ReleasedShape)
def release_customer(call: Acting, customer: CustomerNumber) -> Response:
    """Ends all holds on a customer."""

    def work(act: Act) -> dict[str, Any]:
        found = customer_of(call, act.session, customer)
        return views.released_json(release_holds(act, customer=found), found, None)

    return call.once(work)


@router.post("/invoices/{invoice:path}/release", tags=_ACTS, response_model=ReleasedShape)
def release_invoice(call: Acting, invoice: InvoiceNumber) -> Response:
    """Ends the holds on an invoice."""

    def work(act: Act) -> dict[str, Any]:
        found, item = invoice_of(call, act.session, invoice)
        return views.released_json(release_holds(act, customer=found, item=item), found, item)

    return call.once(work)


@router.post("/invoices/{invoice:path}/disputes", tags=_ACTS, status_code=201, response_model=DisputeShape)
def dispute(call: Acting, invoice: InvoiceNumber, given: NewDispute) -> Response:
    """Stops asking for an invoice, or a part of it, until the dispute is resolved."""

    def work(act: Act) -> dict[str, Any]:
        _, item = invoice_of(call, act.session, invoice)
        amount = minor(given.amount, item.currency, "amount") if given.amount is not None else None
        return dispute_json(open_dispute(act, item=item, amount_minor=amount, reason=given.reason), item)

    return call.once(work, status=201)


@router.post("/invoices/{invoice:path}/disputes/resolve", tags=_ACTS, response_model=ResolvedShape)
def resolve_invoice(call: Acting, invoice: InvoiceNumber, given: Outcome) -> Response:
    """Resolves an invoice's dispute."""

    def work(act: Act) -> dict[str, Any]:
        found, item = invoice_of(call, act.session, invoice)
        opened = ledger.open_disputes(act.session, [found.id]).get(item.id)
        if opened is None:
            raise NotFound("no_dispute", f"invoice {item.number} has no open dispute")
        settle_dispute(act, dispute=opened, outcome=given.outcome, our_error=given.our_error)
        return views.resolved_json(found, item, given.outcome, 1)

    return call.once(work)


@router.post("/customers/{customer:path}/concerns/resolve", tags=_ACTS, response_model=ResolvedShape)
def resolve_customer(call: Acting, customer: CustomerNumber, given: ConcernsOutcome) -> Response:
    """Answers a customer's open complaints and requests."""

    def work(act: Act) -> dict[str, Any]:
        found = customer_of(call, act.session, customer)
        concerns = relationship.open_concerns(act.session, [found.id])
        if not concerns:
            raise NotFound("nothing_to_resolve", f"customer {found.number} has no open complaint or request")
        for concern in concerns:
            code = given.ended if concern.kind == "complaint" else None
            answer_concern(act, concern=concern, answer=given.outcome, outcome=code, our_error=given.our_error)
        return views.resolved_json(found, None, given.outcome, len(concerns))

    return call.once(work)


@router.post("/customers/{customer:path}/promises", tags=_ACTS, status_code=201, response_model=PromiseShape)
def promise(call: Acting, customer: CustomerNumber, given: NewPromise) -> Response:
    """Records a promise to pay; nothing goes out until its day has passed."""

    def work(act: Act) -> dict[str, Any]:
        found = customer_of(call, act.session, customer)
        currency = given.currency or owed_in(act.session, call, found, act.today)
        amount = minor(given.amount, check_currency(currency), "amount")
        made = make_promise(act, customer=found, currency=currency, amount_minor=amount, due=given.date)
        return views.promise_json(made, found)

    return call.once(work, status=201)


def owed_in(session: Session, call: Call, customer: Customer, today: date) -> str:
    """The currency a customer owes in longest; the creditor's when they owe nothing."""
    return ledger.currency_owed_in(session, customer, today, call.creditor.currency)


@router.post("/customers/{customer:path}/interactions", tags=["Import"], response_model=InteractionsTaken)
def interaction(call: Importing, customer: CustomerNumber, given: Interaction) -> Response:
    """Takes in one contact with a customer; the same one again changes nothing."""
    if given.customer != customer:
        raise Refusal("other_customer", "the customer in the body is not the one in the address", status=422)

    def work(act: Act) -> dict[str, Any]:
        taken = record_interactions(act, call.creditor, [_record(1, given)])
        if taken.rejected:
            [one] = taken.rejected
            raise Refusal("rejected", f"{one.field}: {one.error}", status=422)
        return views.recorded_json(taken)

    return call.once(work)


@router.post("/interactions", tags=["Import"], response_model=InteractionsTaken)
def interactions(call: Importing, given: InteractionsGiven) -> Response:
    """Takes in many contacts; what is wrong with one is said of it, and the others go in."""

    def work(act: Act) -> dict[str, Any]:
        records = [_record(row, one) for row, one in enumerate(given.interactions, start=1)]
        return views.recorded_json(record_interactions(act, call.creditor, records))

    return call.once(work)


def _record(row: int, given: Interaction) -> InteractionRecord:
    return InteractionRecord(
        row=row,
        number=given.interaction_id,
        customer_number=given.customer,
        on=given.date,
        kind=given.kind,
        direction=given.direction,
        text=given.text,
        by=given.by,
        answered_on=given.answered_on,
        outcome=given.outcome,
        expected=given.expected,
        got=given.got,
    )
