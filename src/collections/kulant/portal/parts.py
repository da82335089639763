"""Paying in parts: which plan, which day, check the answers, agree, and the plan's own page afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from kulant.core.errors import Conflict, NotFound
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.agreement import agreement_pdf
from kulant.letters import paying
from kulant.letters.storage import open_storage
from kulant.plans import queries as plans
from kulant.plans import rules
from kulant.plans.service import make_offers, to_offer
from kulant.portal import account as accounts
from kulant.portal.account import Account
from kulant.portal.fields import MAX_NAME, read_words
from kulant.portal.pages import HEADERS, CalmRoute, Problems, check_seal, go, show, show_form, words
from kulant.portal.visit import Visit, VisitDep, acting

router = APIRouter(route_class=CalmRoute, include_in_schema=False)

Day = int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """The plan a customer is about to agree to."""

    account: Account
    offer: rules.Offer
    day: Day

    @property
    def shown(self) -> dict[str, Any]:
        """What the customer saw, as plain data: agreed is exactly this or nothing."""
        return {
            "currency": self.account.currency,
            "day": self.day,
            "schedule": [[due.isoformat(), amount] for due, amount in self.offer.schedule],
        }


def choose(visit: Visit, count: int, day: Day) -> Choice | None:
    """The plan of so many payments, on the chosen day of the month; none when it is not on offer."""
    account = accounts.read_account(visit)
    for offer in accounts.ways_to_pay(visit, account):
        if offer.instalments == count:
            chosen_day = day if count > 1 else None
            dated = rules.as_answered(offer, today=visit.today, country=visit.creditor.country, day_of_month=chosen_day)
            return Choice(account, dated, chosen_day)
    return None


@router.get("/parts")
def which_plan(request: Request, visit: VisitDep) -> Response:
    """The plans side by side."""
    account = accounts.read_account(visit)
    if account.active_plan:
        return go(visit, "plan")
    offers = accounts.ways_to_pay(visit, account)
    others = [
        each for each in accounts.read_accounts(visit) if each.total_minor > 0 and each.currency != account.currency
    ]
    return show(request, visit, "parts", {"account": account, "offers": offers, "others": others})


@router.get("/parts/day")
def which_day(request: Request, visit: VisitDep, n: int) -> Response:
    """Which day of the month suits the customer."""
    choice = choose(visit, n, None)
    if choice is None:
        return go(visit, "parts")
    if n == 1:
        return go(visit, "parts/check", n=1)
    firsts = [(day, choose_first(visit, choice.offer, day)) for day in rules.USUAL_DAYS]
    return show(request, visit, "day", {"choice": choice, "firsts": firsts, "n": n})


def choose_first(visit: Visit, offer: rules.Offer, day: int) -> Any:
    """The first payment's date when that day of the month is chosen."""
    dated = rules.reschedule(offer, today=visit.today, country=visit.creditor.country, day_of_month=day)
    return dated.first_due


@router.get("/parts/check")
def check_answers(request: Request, visit: VisitDep, n: int, day: str = "", own: str = "") -> Response:
    """Everything once more before it is agreed."""
    chosen_day = read_day(own if day == "own" else day)
    if day == "own" and chosen_day is None:
        return go(visit, "parts/day", n=n)
    choice = choose(visit, n, chosen_day)
    if choice is None:
        return go(visit, "parts")
    return show_check(request, visit, choice)


def read_day(text: str) -> Day:
    """A day of the month, or none."""
    day = int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else 0
    return day if 1 <= day <= 31 else None


def show_check(
    request: Request,
    visit: Visit,
    choice: Choice,
    *,
    name: str = "",
    agreed: bool = False,
    problems: Problems | None = None,
) -> Response:
    """The page that asks whether everything is right."""
    context = {"choice": choice, "offer": choice.offer, "account": choice.account, "name": name, "agreed": agreed}
    return show_form(request, visit, "check", context, problems=problems, shown=choice.shown)


@router.post("/parts/check")
def agree(
    request: Request,
    visit: VisitDep,
    n: int,
    day: str = "",
    own: str = "",
    sealed: Annotated[str, Form()] = "",
    agreed: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
) -> Response:
    """The customer agrees. Sending it twice gives the same plan; only what was shown can be agreed."""
    t = words(visit)
    shown, problems = check_seal(visit, "check", sealed)
    name = read_words(name, MAX_NAME)
    if not agreed:
        problems.append(("agreed", t.gettext("Tick the box to agree to the plan.")))
    if len(name) < 2:
        problems.append(("name", t.gettext("Write your name.")))
    if not problems:
        try:
            return _accept(request, visit, shown, name)
        except Conflict as conflict:
            if conflict.code in ("plan_active", "already_accepted"):
                return show(request, visit, "agreed_before", status=409)
            changed = t.gettext("Something has changed since you opened the page. Please check it once more.")
            problems.append(("form", changed))
    choice = choose(visit, n, read_day(own if day == "own" else day))
    if choice is None:
        return go(visit, "parts")
    return show_check(request, visit, choice, name=name, agreed=bool(agreed), problems=problems)


def _accept(request: Request, visit: Visit, shown: dict[str, Any], name: str) -> Response:
    currency = str(shown["currency"])
    with acting(visit, request) as (act, here):
        plans.lock_account(act.session, here.customer.id, currency)
        active = plans.active_plan(act.session, here.customer.id, currency)
        if active is not None:
            _same_or_conflict(plans.instalments_of(act.session, active.id), shown)
            return go(visit, "plan")
        owed = plans.claim(act.session, here.customer.id, currency, act.today).total_minor
        standing = plans.current_offer(act.session, here.customer.id, currency, owed, act.today)
        plan = standing or make_offers(act, creditor=here.creditor, customer=here.customer, currency=currency)
        number = _matching_offer(here, plan.id, shown)
        accept_plan(
            act,
            plan=plan,
            offer=number,
            name=name,
            day_of_month=shown["day"],
            evidence={
                "by": "portal",
                "link": here.link.id,
                "address": request.client.host if request.client else None,
                "shown": shown["schedule"],
                "language": here.language,
            },
        )
    return go(visit, "plan")


def _same_or_conflict(instalments: Any, shown: dict[str, Any]) -> None:
    if [[part.due.isoformat(), part.amount_minor] for part in instalments] != shown["schedule"]:
        raise Conflict("plan_active", "another plan has been agreed already")


def _matching_offer(here: Visit, plan_id: int, shown: dict[str, Any]) -> int:
    """The number of the offer whose payments, dated today, are exactly those the customer saw."""
    for row in plans.offers_of(here.session, plan_id):
        dated = rules.as_answered(
            to_offer(row), today=here.today, country=here.creditor.country, day_of_month=shown["day"]
        )
        if [[due.isoformat(), amount] for due, amount in dated.schedule] == shown["schedule"]:
            return row.number
    raise Conflict("claim_changed", "the plan is no longer as it was shown")


@router.get("/plan")
def plan_page(request: Request, visit: VisitDep) -> Response:
    """The agreed plan: what is paid, what comes next, how to pay it."""
    view = accounts.read_account(visit).plan or _any_plan(visit)
    if view is None:
        return go(visit, "")
    t = words(visit)
    number = visit.creditor.bank_account
    return show(
        request,
        visit,
        "plan",
        {
            "view": view,
            "plan": view.plan,
            "fresh": view.plan.accepted_on == visit.today and view.paid_minor == 0,
            "account_row": paying.account(number, visit.creditor.country, t) if number else None,
            "reference_label": paying.reference_label(view.plan.reference, visit.creditor.country, t),
        },
    )


def _any_plan(visit: Visit) -> accounts.PlanView | None:
    return next((account.plan for account in accounts.read_accounts(visit) if account.plan), None)


@router.get("/plan.pdf")
def plan_pdf(visit: VisitDep) -> Response:
    """The agreement as a PDF to keep."""
    view = accounts.read_account(visit).plan or _any_plan(visit)
    if view is None:
        raise NotFound("no_plan", "there is no plan here")
    name = f"{view.plan.reference}.pdf"
    return Response(
        agreement_pdf(visit.session, view.plan, open_storage(visit.settings.storage_url)),
        media_type="application/pdf",
        headers={**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'},
    )
