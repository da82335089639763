"""The other doors: I have already paid, something is wrong, I can't manage this; and what confirms each of them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import Response

from kulant.delivery.portal_mail import address_of, confirm
from kulant.i18n import Translator
from kulant.law.debt_advice import advisers_for
from kulant.portal import account as accounts
from kulant.portal import receipts
from kulant.portal.fields import read_date, read_words
from kulant.portal.files import keep_file, read_file
from kulant.portal.pages import CalmRoute, Problems, check_seal, go, kept_pdf, show, show_form, soon, words
from kulant.portal.proof import masked
from kulant.portal.receipts import Told
from kulant.portal.visit import Visit, VisitDep, acting
from kulant.relationship import from_customer

router = APIRouter(route_class=CalmRoute, include_in_schema=False)

Text = Annotated[str, Form()]
Upload = Annotated[UploadFile | None, File()]
_YEARS_BACK = 10  # a payment longer ago is a slip of the keyboard; banks do not look further back either
_MOST_IN_CONFIDENCE = 500  # characters: enough to say what helps, too few for a life's story


def confirmed(act: Any, here: Visit, told: Told) -> None:
    """Puts the e-mail that confirms it into the outbox, once."""
    confirm(act, customer=here.customer, key=told.key, received=told.received, language=here.language)


@router.get("/done/{what}")
def done(request: Request, visit: VisitDep, what: str) -> Response:
    """What happens next after the customer told us something, as it stands today."""
    told = receipts.newest(visit, what)
    if told is None:
        return go(visit, "")
    rest = any(account.total_minor > 0 for account in accounts.read_accounts(visit))
    context = {
        "what": what,
        "told": told,
        "rest": rest,
        "mailed_to": masked(address_of(visit.session, visit.customer)),
        "advisers": advisers(visit) if what == "help" else (),
    }
    return show(request, visit, "done", context)


@router.get("/done/{what}/receipt.pdf")
def done_pdf(request: Request, visit: VisitDep, what: str) -> Response:
    """The same as a PDF to keep."""
    told = receipts.newest(visit, what)
    if told is None:
        return go(visit, "")
    pdf = receipts.pdf_of(visit, told)
    return soon(request, visit, f"done/{what}") if pdf is None else kept_pdf(pdf, told.reference)


# I have already paid


@router.get("/paid")
def when_paid(request: Request, visit: VisitDep) -> Response:
    """When the customer paid."""
    return show_form(request, visit, "paid", {"paid_on": "", "details": ""})


@router.post("/paid")
def tell_paid(
    request: Request, visit: VisitDep, sealed: Text = "", paid_on: Text = "", details: Text = "", file: Upload = None
) -> Response:
    """The customer says it is paid, and may add what proves it."""
    _, problems = check_seal(visit, "paid", sealed)
    t, day = words(visit), read_date(paid_on)
    given, wrong = read_file(file, t)
    problems += _problems_of_date(day, visit.today, t) + wrong
    details = read_words(details)
    if problems or day is None:
        return show_form(request, visit, "paid", {"paid_on": paid_on, "details": details}, problems=problems)
    with acting(visit, request) as (act, here):
        hold = from_customer.say_paid(act, creditor=here.creditor, customer=here.customer, paid_on=day, details=details)
        keep_file(act, here, "paid", given)
        confirmed(act, here, receipts.says_paid(hold))
    return go(visit, "done/paid")


def _problems_of_date(day: date | None, today: date, t: Translator) -> Problems:
    if day is None or day.year < today.year - _YEARS_BACK:
        return [("paid_on", t.gettext("Write the day you paid."))]
    if day > today:
        return [("paid_on", t.gettext("The day you paid cannot be in the future."))]
    return []


# I can't manage this


@router.get("/help")
def offer_help(request: Request, visit: VisitDep) -> Response:
    """A quiet time, a person to talk to, and independent advice."""
    return _show_help(request, visit, {"phone": "", "details": "", "please": False})


def advisers(visit: Visit) -> Any:
    """Independent advice where the customer lives; for people, not for companies."""
    return advisers_for(visit.customer.kind, visit.customer.country or visit.creditor.country)


def _show_help(request: Request, visit: Visit, filled: dict[str, Any], problems: Problems | None = None) -> Response:
    context = {
        "quiet": from_customer.quiet_until(visit.today),
        "helper": from_customer.helper_of(visit.creditor, visit.customer),
        "advisers": advisers(visit),
        **filled,
    }
    return show_form(request, visit, "help", context, problems=problems)


@router.post("/help")
def ask_for_help(
    request: Request, visit: VisitDep, sealed: Text = "", please: Text = "", phone: Text = "", details: Text = ""
) -> Response:
    """The customer cannot manage: nothing goes out, and a person calls."""
    _, problems = check_seal(visit, "help", sealed)
    phone, details = read_words(phone, 40), read_words(details, _MOST_IN_CONFIDENCE)
    if not please:
        problems.append(("please", words(visit).gettext("Tick the box, and we get in touch.")))
    if problems:
        filled = {"phone": phone, "details": details, "please": bool(please)}
        return _show_help(request, visit, filled, problems)
    with acting(visit, request) as (act, here):
        note = from_customer.ask_for_help(
            act, creditor=here.creditor, customer=here.customer, phone=phone, words=details
        )
        confirmed(act, here, receipts.asked_for_help(note, from_customer.quiet_until(note.told_on)))
    return go(visit, "done/help")
