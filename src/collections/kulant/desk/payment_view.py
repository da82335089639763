"""A payment as the matching page shows it, and where the page is by its address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.core.money import decimal_string
from kulant.intake.payments_csv import OPENING, SETTLED
from kulant.ledger import matching_queries as matching
from kulant.ledger.models import Customer, OpenItem, PaymentDetail
from kulant.ledger.payers import details_of
from kulant.ledger.queries import customer_by_number, customers_by_id, open_items
from kulant.ledger.suggestions import Suggestion, suggest
from kulant.people.models import Creditor

PLACES = ("waiting", "parked", "matched")
FORMS = ("split", "park", "move")
SHOWN = 100
FOUND_AT_MOST = 12
FOUND_BY = {
    "reference": "by its reference",
    "number": "by an invoice number in its text",
    "amount": "by its amount",
    "payer": "by who paid",
    "clerk": "by a clerk",
}


@dataclass(frozen=True, slots=True)
class PaymentView:
    """Which list, which payment, which form, and what was done last."""

    show: str = "waiting"
    payment: int | None = None
    do: str = ""
    customer: str = ""
    q: str = ""
    last: int | None = None

    def url(self, **changes: Any) -> str:
        """The address of this view with something changed; what is as usual is left out."""
        said = {
            name: value
            for name, value in asdict(replace(self, **changes)).items()
            if value not in (None, "") and (name, value) != ("show", "waiting")
        }
        return f"/payments?{urlencode(said)}" if said else "/payments"


def get_view(
    show: str = "waiting",
    payment: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    do: str = "",
    customer: Annotated[str, Query(max_length=80)] = "",
    q: Annotated[str, Query(max_length=120)] = "",
    last: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> PaymentView:
    """The view an address asks for; unknown words in it mean the usual."""
    return PaymentView(
        show=show if show in PLACES else "waiting",
        payment=payment,
        do=do if do in FORMS else "",
        customer=customer,
        q=q.strip(),
        last=last,
    )


PaymentViewDep = Annotated[PaymentView, Depends(get_view)]


@dataclass(frozen=True, slots=True)
class Line:
    """One payment of the list."""

    id: int
    on: date | None
    amount_minor: int  # as the bank said it: received above zero
    currency: str
    payer: str
    text: str
    customer: str


@dataclass(frozen=True, slots=True)
class Choice:
    """An open item a payment can be split over, with the amount the form begins with."""

    item: OpenItem
    proposed: str


@dataclass(frozen=True, slots=True)
class ShownPayment:
    """Everything the panel shows."""

    item: OpenItem
    detail: PaymentDetail | None
    customer: Customer | None
    received_minor: int
    left_minor: int
    found_by: str
    parked: bool
    suggestions: Sequence[Suggestion]
    used: Sequence[matching.Used]
    splitter: Customer | None
    choices: Sequence[Choice]
    found: Sequence[Customer]


def shown_lines(session: Session, creditor: Creditor, view: PaymentView) -> tuple[list[Line], dict[str, int]]:
    """The payments of the list that is shown, and how many each list holds."""
    counts = {
        "waiting": session.scalar(matching.count_waiting(creditor.id)) or 0,
        "parked": session.scalar(matching.count_waiting(creditor.id, parked=True)) or 0,
        "matched": 0,
    }
    if view.show == "matched":
        payments = matching.matched_lately(session, creditor.id, limit=SHOWN, without=(OPENING, SETTLED))
    else:
        payments = matching.waiting_payments(session, creditor.id, parked=view.show == "parked", limit=SHOWN)
    details = details_of(session, payments)
    customers = customers_by_id(session, {one.customer_id for one in payments if one.customer_id is not None})
    return [_line(one, details.get(one.id), customers.get(one.customer_id or 0)) for one in payments], counts


def _line(payment: OpenItem, detail: PaymentDetail | None, customer: Customer | None) -> Line:
    said = [payment.payment_reference, detail.message if detail else None]
    if detail and detail.parked_reason:
        said.insert(0, detail.parked_reason)
    payer = (detail.payer_name or detail.payer_account) if detail else None
    return Line(
        id=payment.id,
        on=payment.issue_date,
        amount_minor=-payment.amount_minor,
        currency=payment.currency,
        payer=payer or (customer.name if customer else "Unknown payer"),
        text=" · ".join(part for part in said if part) or payment.number,
        customer=customer.name if customer else "",
    )


def open_payment(session: Session, creditor: Creditor, view: PaymentView, *, today: date) -> ShownPayment:
    """The payment of that id with its suggestions; refuses another creditor's."""
    payment = session.get(OpenItem, view.payment)
    if payment is None or payment.creditor_id != creditor.id or payment.kind not in matching.MONEY:
        raise NotFound("no_payment", "There is no such payment.")
    detail = details_of(session, [payment]).get(payment.id)
    suggestions = suggest(session, creditor=creditor, payment=payment, today=today) if payment.open_minor else []
    customer = session.get(Customer, payment.customer_id) if payment.customer_id is not None else None
    splitter = _splitter(session, creditor, view, customer, suggestions)
    return ShownPayment(
        item=payment,
        detail=detail,
        customer=customer,
        received_minor=-payment.amount_minor,
        left_minor=-payment.open_minor,
        found_by=FOUND_BY.get(detail.found_by or "", "") if detail else "",
        parked=detail is not None and detail.parked_on is not None,
        suggestions=suggestions,
        used=matching.used_for(session, payment),
        splitter=splitter,
        choices=_choices(session, payment, splitter, suggestions, today) if view.do == "split" else [],
        found=matching.customers_like(session, creditor.id, view.q, limit=FOUND_AT_MOST) if view.q else [],
    )


def _splitter(
    session: Session, creditor: Creditor, view: PaymentView, customer: Customer | None, guesses: Sequence[Suggestion]
) -> Customer | None:
    """Whose invoices the money is split over: the one chosen, else the payer, else the likeliest."""
    if view.customer:
        return customer_by_number(session, creditor.id, view.customer)
    return customer or (guesses[0].customer if guesses else None)


def _choices(
    session: Session, payment: OpenItem, customer: Customer | None, guesses: Sequence[Suggestion], today: date
) -> list[Choice]:
    if customer is None:
        return []
    likeliest = next((guess for guess in guesses if guess.customer.id == customer.id), None)
    proposed = {item.id: amount for item, amount in likeliest.parts} if likeliest else {}
    items = open_items(session, customer.id, today=today, currency=payment.currency)
    return [
        Choice(item, decimal_string(proposed[item.id], item.currency) if item.id in proposed else "")
        for item in items
        if item.open_minor > 0
    ]


def next_waiting(session: Session, creditor: Creditor, done: OpenItem) -> OpenItem | None:
    """The payment that comes after this one in the list, else the first."""
    waiting = matching.waiting_payments(session, creditor.id, limit=SHOWN)
    place = (done.issue_date or date.max, done.id)
    others = [one for one in waiting if one.id != done.id]
    return next((one for one in others if (one.issue_date or date.max, one.id) > place), others[0] if others else None)
