"""Documents that were sent, statements of account, and what was posted for the accounting system."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.api.access import require_scope
from kulant.api.bodies import PlainRoute
from kulant.api.call import Call, Reading
from kulant.api.given import Currency, Day
from kulant.api.parts import CustomerNumber, Identity, Limit, Next
from kulant.api.shapes import AnyShape, Page
from kulant.api.shapes_work import DocumentShape
from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.insight import listing
from kulant.insight import listing_queries as lists
from kulant.insight.item_history import history, history_json
from kulant.ledger.book_files import book_file
from kulant.ledger.bookkeeping import books, verification_json
from kulant.ledger.models import Customer
from kulant.ledger.queries import customer_by_number
from kulant.ledger.statement import currencies, period, statement
from kulant.ledger.trace import find_item
from kulant.letters.archive import read
from kulant.letters.queries import document_by_id, restricted_document
from kulant.letters.statement import customer_statement, statement_json
from kulant.letters.storage import open_storage

router = APIRouter(route_class=PlainRoute, tags=["Documents and figures"])

First = Annotated[Day, Query(alias="from", description="The first day.")]
Last = Annotated[Day, Query(alias="to", description="The last day.")]
MaybeFirst = Annotated[Day | None, Query(alias="from", description="The first day; two months back when left out.")]
MaybeLast = Annotated[Day | None, Query(alias="to", description="The last day; the business date when left out.")]
Chosen = Annotated[Currency | None, Query(description="Only this currency; all of them when left out.")]

PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}, "description": "The PDF."}
}


@router.get("/documents", response_model=Page[DocumentShape])
def documents(
    call: Reading,
    customer: Annotated[str | None, Query(max_length=80, description="Only this customer's.")] = None,
    limit: Limit = 100,
    cursor: Next = None,
) -> Response:
    """Letters and agreements as they were sent, the newest first."""
    with call.looking() as session:
        found = customer_by_number(session, call.creditor.id, customer) if customer is not None else None
        only = found.id if found else None
        return call.show_page(
            f"documents:{only}",
            limit,
            cursor,
            lambda after, count: lists.documents(session, call.creditor.id, after, count, customer_id=only),
            lambda row: [row.id],
            lambda rows: listing.documents_json(session, rows),
        )


@router.get("/documents/{number}", response_model=DocumentShape)
def document(call: Reading, number: Identity) -> Response:
    """One document's particulars."""
    with call.looking() as session:
        found = document_by_id(session, call.creditor.id, int(number))
        return call.show(listing.documents_json(session, [found])[0])


@router.get("/documents/{number}/file", response_class=Response, responses=PDF)
def document_file(
    call: Reading,
    number: Identity,
    reason: Annotated[
        str | None,
        Query(max_length=300, description="Only for a letter of an erased customer: why it has to be opened."),
    ] = None,
) -> Response:
    """A document exactly as it was sent. That of an erased customer needs the scope `admin` and a reason."""
    if reason is not None:
        require_scope(call.bearer, "admin")
        with call.doing() as act:
            found = restricted_document(act, creditor_id=call.creditor.id, document_id=int(number), reason=reason)
    else:
        with call.looking() as session:
            found = document_by_id(session, call.creditor.id, int(number))
    pdf = read(open_storage(call.settings.storage_url), found)
    return call.file(pdf, media_type="application/pdf", name=f"{found.kind}-{found.id}.pdf", mark=found.sha256)


@router.get("/customers/{customer:path}/statement.pdf", response_class=Response, responses=PDF)
def statement_file(
    call: Reading, customer: CustomerNumber, first: MaybeFirst = None, last: MaybeLast = None, currency: Chosen = None
) -> Response:
    """A customer's statement of account in one currency as a PDF in their language; noted on the timeline."""
    with call.doing() as act:
        found = customer_by_number(act.session, call.creditor.id, customer)
        days = period(act.today, first, last)
        chosen = currency or _only_currency(call, act.session, found)
        drawn = customer_statement(act.session, creditor=call.creditor, customer=found, currency=chosen, period=days)
        first_day, last_day = (one.isoformat() for one in days)
        act.tell(
            Event(
                "statement_written",
                f"Statement of account in {chosen} from {first_day} to {last_day} written as PDF.",
                creditor_id=call.creditor.id,
                customer_id=found.id,
                data={"currency": chosen, "from": first_day, "to": last_day, "sha256": drawn.sha256},
            )
        )
    return call.file(drawn.pdf, media_type="application/pdf", name=f"statement-{found.number}.pdf")


def _only_currency(call: Call, session: Session, customer: Customer) -> str:
    found = currencies(session, customer) or [call.creditor.currency]
    if len(found) > 1:
        raise Refusal("which_currency", f"{customer.number} has {' and '.join(found)}; choose one with ?currency=")
    return found[0]


@router.get("/customers/{customer:path}/statement", response_model=AnyShape)
def customer_account(
    call: Reading, customer: CustomerNumber, first: MaybeFirst = None, last: MaybeLast = None, currency: Chosen = None
) -> Response:
    """A customer's statement of account: how the balance came about over a period."""
    with call.looking() as session:
        found = customer_by_number(session, call.creditor.id, customer)
        days = period(call.today, first, last)
        chosen = [currency] if currency else currencies(session, found) or [call.creditor.currency]
        statements = [statement(session, call.creditor, found, one, *days) for one in chosen]
        return call.show(
            {
                "creditor": call.creditor.code,
                "customer": found.number,
                "name": found.name,
                "from": days[0].isoformat(),
                "to": days[1].isoformat(),
                "statements": [statement_json(one) for one in statements],
            }
        )


@router.get("/items/{item:path}/trace", response_model=AnyShape)
def trace(call: Reading, item: Annotated[str, "An invoice's or payment's number."]) -> Response:
    """How an item's figure came about: entries, allocations, reversals, the file, the letters."""
    with call.looking() as session:
        return call.show(history_json(history(session, find_item(session, call.creditor.id, item))))


@router.get("/books", response_model=AnyShape)
def postings(call: Reading, first: First, last: Last, currency: Chosen = None) -> Response:
    """What Kulant posted, for the accounting system: fees, interest, write-offs, refunds, and what undid them."""
    with call.looking() as session:
        found = [one for one in books(session, call.creditor, first, last) if currency in (None, one.currency)]
        return call.show(
            {
                "creditor": call.creditor.code,
                "from": first.isoformat(),
                "to": last.isoformat(),
                "verifications": [verification_json(one) for one in found],
            }
        )


@router.get(
    "/books/file",
    response_class=Response,
    responses={
        200: {
            "description": "The file.",
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                "text/plain": {"schema": {"type": "string", "description": "SIE 4, in code page 437."}},
            },
        }
    },
)
def postings_file(
    call: Reading,
    first: First,
    last: Last,
    format: Literal["csv", "sie"] = "csv",
    currency: Annotated[Currency | None, Query(description="Needed for sie where Kulant posted in several.")] = None,
) -> Response:
    """The same as a file, CSV or SIE; noted in the audit trail."""
    with call.doing() as act:
        posted = books(act.session, call.creditor, first, last)
        found = [one for one in posted if currency in (None, one.currency)]
        content = book_file(format, call.creditor, found, last, currency=currency)
        data = {"from": first.isoformat(), "to": last.isoformat(), "format": format, "verifications": len(found)}
        text = f"Postings from {first} to {last} exported as {format}."
        act.tell(Event("books_exported", text, creditor_id=call.creditor.id, data=data))
    kind = "text/csv; charset=utf-8" if format == "csv" else "text/plain; charset=cp437"
    return call.file(content, media_type=kind, name=f"books-{first}-{last}.{'csv' if format == 'csv' else 'se'}")
