"""What the clerk records about a customer: notes, promises, holds, disputes, plans."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from kulant.core.errors import NotFound, Refusal
from kulant.core.words import day_words
from kulant.db import Act
from kulant.desk.account import read_date
from kulant.desk.flash import Flash, redirect
from kulant.ledger import queries as ledger
from kulant.ledger import service as ledger_service
from kulant.ledger.models import Customer, OpenItem
from kulant.people.service import check_currency
from kulant.plans.links import make_link, portal_url
from kulant.plans.service import make_offers
from kulant.relationship import service as relationship
from kulant.relationship.commitments import make_commitment
from kulant.relationship.concerns import KINDS as CONCERNS
from kulant.relationship.concerns import settle_dispute
from kulant.web.amounts import read_amount
from kulant.web.deps import ActDep, SettingsDep, Viewer, Writer, safe_back

router = APIRouter(prefix="/customers/{number:path}")

Back = Annotated[str, Form()]
Words = Annotated[str, Form(max_length=4000)]
Name = Annotated[str, Form(max_length=120)]
Day = Annotated[str, Form(max_length=10)]


def _customer(act: Act, viewer: Viewer, number: str) -> Customer:
    return ledger.customer_by_number(act.session, viewer.creditor.id, number)


def required_day(text: str, name: str) -> date:
    """A day somebody must name; no year in which nobody does business, for days are counted on from it."""
    day = read_date(text, name)
    if day is None:
        raise Refusal("no_day", f"Say {name}.")
    return day


def read_minor(text: str, currency: str) -> int:
    """An amount somebody must name, in minor units."""
    minor = read_amount(text, currency)
    if minor is None:
        raise Refusal("bad_amount", f"“{text}” is not an amount in {currency}. Write it as 1250.00.")
    return minor


def invoice_of(act: Act, viewer: Viewer, customer: Customer, number: str) -> OpenItem:
    """The customer's invoice of that number."""
    item = ledger.document_by_number(act.session, viewer.creditor.id, number)
    if item.customer_id != customer.id:
        raise NotFound("no_invoice", f"{customer.name} has no invoice {number}.")
    return item


@router.post("/note")
def note(
    act: ActDep, viewer: Writer, settings: SettingsDep, number: str,
    kind: Annotated[str, Form(max_length=20)], text: Words, direction: Annotated[str, Form(max_length=3)] = "",
    owner: Name = "", answer_by: Day = "", promised: Words = "", promised_by: Day = "", promised_owner: Name = "",
    back: Back = "/",
) -> Response:  # fmt: skip
    """A call, meeting, visit, e-mail, complaint, request or note, and what we promised in it."""
    customer = _customer(act, viewer, number)
    concern = relationship.add_note(
        act,
        customer=customer,
        kind=kind,
        text=text,
        # They come to us with what they complain about or ask for.
        direction=None if kind in CONCERNS else direction or None,
        owner=owner,
        answer_by=read_date(answer_by, "answer by"),
    )
    due = read_date(promised_by, "by when")
    if promised.strip() and due is None:
        raise Refusal("no_day", "Say by when we promised it.")
    if due is not None:
        make_commitment(act, customer=customer, text=promised, due=due, owner=promised_owner)
    detail = f"To be answered by {day_words(concern.answer_by)}." if concern and concern.answer_by else ""
    return redirect(settings, safe_back(back), Flash(f"Recorded for {customer.name}.", detail))


@router.post("/promise")
def promise(
    act: ActDep, viewer: Writer, settings: SettingsDep, number: str,
    amount: Annotated[str, Form(max_length=40)], currency: Annotated[str, Form(max_length=3)],
    due: Day, back: Back = "/",
) -> Response:  # fmt: skip
    """So much by that day; nothing goes out until then."""
    customer = _customer(act, viewer, number)
    minor, day = read_minor(amount, check_currency(currency)), required_day(due, "by when they pay")
    relationship.make_promise(act, customer=customer, currency=currency, amount_minor=minor, due=day)
    return redirect(
        settings, safe_back(back), Flash("Promise recorded.", f"Nothing is sent before {day:%-d %B} has passed.")
    )


@router.post("/hold")
def hold(
    act: ActDep, viewer: Writer, settings: SettingsDep, number: str,
    until: Day, reason: Words, back: Back = "/",
) -> Response:  # fmt: skip
    """Nothing goes out to the customer up to and including that day."""
    customer = _customer(act, viewer, number)
    day = required_day(until, "until when")
    relationship.place_hold(act, customer=customer, until=day, reason=reason)
    return redirect(settings, safe_back(back), Flash(f"{customer.name} is on hold until {day_words(day)}."))


@router.post("/release")
def release(act: ActDep, viewer: Writer, settings: SettingsDep, number: str, back: Back = "/") -> Response:
    """Ends the holds on the customer."""
    customer = _customer(act, viewer, number)
    relationship.release_holds(act, customer=customer)
    return redirect(
        settings, safe_back(back), Flash("Hold released.", "The next daily run looks at this customer again.")
    )


@router.post("/dispute")
def dispute(
    act: ActDep, viewer: Writer, settings: SettingsDep, number: str,
    invoice: Annotated[str, Form(max_length=80)], reason: Words, amount: Annotated[str, Form(max_length=40)] = "",
    back: Back = "/",
) -> Response:  # fmt: skip
    """That invoice, or part of it, is not asked for until the dispute is resolved."""
    item = invoice_of(act, viewer, _customer(act, viewer, number), invoice)
    part = read_minor(amount, item.currency) if amount.strip() else None
    ledger_service.open_dispute(act, item=item, amount_minor=part, reason=reason)
    return redirect(
        settings, safe_back(back), Flash(f"Invoice {item.number} is disputed.", "That part is not asked for.")
    )


@router.post("/resolve")
def resolve(
    act: ActDep, viewer: Writer, settings: SettingsDep, number: str,
    invoice: Annotated[str, Form(max_length=80)], outcome: Words, our_error: Annotated[bool, Form()] = False,
    back: Back = "/",
) -> Response:  # fmt: skip
    """Ends the dispute of an invoice and says how."""
    customer = _customer(act, viewer, number)
    item = invoice_of(act, viewer, customer, invoice)
    found = ledger.open_disputes(act.session, [customer.id]).get(item.id)
    if found is None:
        raise NotFound("no_dispute", f"Invoice {item.number} is not disputed any more.")
    settle_dispute(act, dispute=found, outcome=outcome, our_error=our_error)
    detail = "It counts as a strike against us." if our_error else ""
    return redirect(settings, safe_back(back), Flash(f"The dispute of invoice {item.number} is resolved.", detail))


@router.post("/plan")
def plan(
    act: ActDep, viewer: Writer, settings: SettingsDep, number: str,
    currency: Annotated[str, Form(max_length=3)], back: Back = "/",
) -> Response:  # fmt: skip
    """Makes the offers and the link where the customer chooses; nothing is sent."""
    customer = _customer(act, viewer, number)
    offered = make_offers(act, creditor=viewer.creditor, customer=customer, currency=currency)
    _, token = make_link(act, secret=settings.secret_key(), customer=customer, plan=offered)
    return redirect(settings, safe_back(back), Flash("The offers are ready.", portal_url(settings.base_url, token)))
