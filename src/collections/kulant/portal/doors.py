"""The other doors: I have already paid, something is wrong, I can't manage this, and a proposal of one's own."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from kulant.i18n import Translator
from kulant.ledger.models import OpenItem
from kulant.ledger.queries import open_disputes
from kulant.portal import account as accounts
from kulant.portal.fields import read_date, read_words
from kulant.portal.pages import CalmRoute, Problems, check_seal, go, show, show_form, words
from kulant.portal.visit import Visit, VisitDep, acting
from kulant.relationship import from_customer
from kulant.web.amounts import read_amount

router = APIRouter(route_class=CalmRoute, include_in_schema=False)

Text = Annotated[str, Form()]


@router.get("/done/{what}")
def done(request: Request, visit: VisitDep, what: str) -> Response:
    """What happens next after the customer told us something."""
    days = {
        "paid": from_customer.search_until(visit.today, visit.creditor.country),
        "wrong": from_customer.answer_by(visit.today, visit.creditor.country),
        "help": from_customer.quiet_until(visit.today),
        "own": from_customer.answer_by(visit.today, visit.creditor.country),
    }
    if what not in days:
        return go(visit, "")
    rest = any(account.total_minor > 0 for account in accounts.read_accounts(visit))
    return show(request, visit, "done", {"what": what, "day": days[what], "rest": rest})


# I have already paid


@router.get("/paid")
def when_paid(request: Request, visit: VisitDep) -> Response:
    """When the customer paid."""
    return show_form(request, visit, "paid", {"paid_on": visit.today.isoformat(), "details": ""})


@router.post("/paid")
def tell_paid(request: Request, visit: VisitDep, sealed: Text = "", paid_on: Text = "", details: Text = "") -> Response:
    """The customer says it is paid."""
    _, problems = check_seal(visit, "paid", sealed)
    day = read_date(paid_on)
    problems += _problems_of_date(day, visit.today, words(visit))
    details = read_words(details)
    if problems or day is None:
        return show_form(request, visit, "paid", {"paid_on": paid_on, "details": details}, problems=problems)
    with acting(visit, request) as (act, here):
        from_customer.say_paid(act, creditor=here.creditor, customer=here.customer, paid_on=day, details=details)
    return go(visit, "done/paid")


def _problems_of_date(day: date | None, today: date, t: Translator) -> Problems:
    if day is None:
        return [("paid_on", t.gettext("Write the day you paid."))]
    if day > today:
        return [("paid_on", t.gettext("The day you paid cannot be in the future."))]
    return []


# Something is wrong


def reasons(t: Translator) -> dict[str, tuple[str, str]]:
    """What may be wrong: by code, what the customer reads and what the clerk reads."""
    return {
        "not_received": (t.gettext("I have not received it"), "Not received"),
        "price": (t.gettext("The price or the amount is wrong"), "Price or amount is wrong"),
        "faulty": (t.gettext("There was something wrong with what I got"), "Goods or service at fault"),
        "returned": (t.gettext("I sent it back or cancelled it"), "Returned or cancelled"),
        "not_mine": (t.gettext("The invoice is not mine"), "Not this customer's invoice"),
        "other": (t.gettext("Something else"), "Something else"),
    }


def _disputable(visit: Visit) -> list[OpenItem]:
    """Overdue invoices that are not disputed yet, in every currency, and those a plan covers."""
    read = accounts.read_accounts(visit)
    late = [part.item for account in read for part in account.claim.items]
    planned = [item for account in read if account.active_plan for item in account.active_plan.items]
    disputed = open_disputes(visit.session, [visit.customer.id])
    return [
        item for item in [*late, *planned] if item.kind == "invoice" and item.open_minor > 0 and item.id not in disputed
    ]


@router.get("/wrong")
def what_is_wrong(request: Request, visit: VisitDep) -> Response:
    """Which invoices, and what is wrong with them."""
    return _show_wrong(request, visit, {"chosen": [], "reason": "", "amount": "", "details": ""})


def _show_wrong(request: Request, visit: Visit, filled: dict[str, Any], problems: Problems | None = None) -> Response:
    context = {"items": _disputable(visit), "reasons": reasons(words(visit)), **filled}
    return show_form(request, visit, "wrong", context, problems=problems)


@router.post("/wrong")
def tell_wrong(
    request: Request,
    visit: VisitDep,
    sealed: Text = "",
    item: Annotated[list[str] | None, Form()] = None,
    reason: Text = "",
    amount: Text = "",
    details: Text = "",
) -> Response:
    """The customer says something is wrong."""
    _, problems = check_seal(visit, "wrong", sealed)
    items = _disputable(visit)
    chosen = [each for each in items if str(each.id) in (item or [])] if len(items) != 1 else items
    details = read_words(details)
    minor, more = _read_complaint(words(visit), chosen, reason, amount, details)
    problems += more
    if problems:
        filled = {"chosen": item or [], "reason": reason, "amount": amount, "details": details}
        return _show_wrong(request, visit, filled, problems)
    said = reasons(words(visit))[reason][1] + (f": {details}" if details else "")
    with acting(visit, request) as (act, here):
        ids = {each.id for each in chosen}
        items = [each for each in _disputable(here) if each.id in ids]
        complaint = from_customer.Complaint([(each, minor) for each in items], said)
        from_customer.complain(act, creditor=here.creditor, customer=here.customer, complaint=complaint)
    return go(visit, "done/wrong")


def _read_complaint(
    t: Translator, chosen: list[OpenItem], reason: str, amount: str, details: str
) -> tuple[int | None, Problems]:
    problems: Problems = []
    if not chosen:
        problems.append(("item", t.gettext("Choose at least one invoice.")))
    if reason not in reasons(t):
        problems.append(("reason", t.gettext("Choose what is wrong.")))
    elif reason == "other" and not details:
        problems.append(("details", t.gettext("Tell us in a few words what is wrong.")))
    if not amount.strip() or not chosen:
        return None, problems
    minor = read_amount(amount, chosen[0].currency)
    if len(chosen) > 1:
        problems.append(("amount", t.gettext("Leave the amount empty when you choose more than one invoice.")))
    elif minor is None or not 0 < minor <= chosen[0].open_minor:
        problems.append(("amount", t.gettext("Write an amount that is not more than the invoice.")))
    return minor, problems


# I can't manage this


@router.get("/help")
def offer_help(request: Request, visit: VisitDep) -> Response:
    """A quiet time, and a person to talk to."""
    quiet = from_customer.quiet_until(visit.today)
    return show_form(request, visit, "help", {"phone": "", "details": "", "quiet": quiet})


@router.post("/help")
def ask_for_help(
    request: Request, visit: VisitDep, sealed: Text = "", phone: Text = "", details: Text = ""
) -> Response:
    """The customer cannot manage."""
    _, problems = check_seal(visit, "help", sealed)
    phone, details = read_words(phone, 40), read_words(details)
    if problems:
        quiet = from_customer.quiet_until(visit.today)
        filled = {"phone": phone, "details": details, "quiet": quiet}
        return show_form(request, visit, "help", filled, problems=problems)
    with acting(visit, request) as (act, here):
        from_customer.ask_for_help(act, creditor=here.creditor, customer=here.customer, phone=phone, words=details)
    return go(visit, "done/help")


# A proposal of one's own


@router.get("/parts/own")
def own_plan(request: Request, visit: VisitDep) -> Response:
    """What would work for the customer."""
    account = accounts.read_account(visit)
    return show_form(request, visit, "own", {"account": account, "monthly": "", "details": ""})


@router.post("/parts/own")
def propose_own(
    request: Request, visit: VisitDep, sealed: Text = "", monthly: Text = "", details: Text = ""
) -> Response:
    """The customer proposes a plan."""
    t = words(visit)
    _, problems = check_seal(visit, "own", sealed)
    account = accounts.read_account(visit)
    details = read_words(details)
    minor = read_amount(monthly, account.currency) if monthly.strip() else None
    if monthly.strip() and not minor:
        problems.append(("monthly", t.gettext("Write the amount in figures.")))
    if not monthly.strip() and not details:
        problems.append(("monthly", t.gettext("Write an amount, or tell us in a few words what would work.")))
    if problems:
        filled = {"account": account, "monthly": monthly, "details": details}
        return show_form(request, visit, "own", filled, problems=problems)
    with acting(visit, request) as (act, here):
        from_customer.propose(
            act,
            creditor=here.creditor,
            customer=here.customer,
            monthly_minor=minor,
            currency=account.currency,
            words=details,
        )
    return go(visit, "done/own")
