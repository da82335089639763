"""Paying in parts: which plan, which day, check the answers, agree, and the plan's own page afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from kulant.core.errors import Conflict, NotFound, Refusal
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.agreement import agreement_pdf
from kulant.delivery.portal_mail import address_of, mail_code
from kulant.letters import paying
from kulant.letters.storage import open_storage
from kulant.plans import queries as plans
from kulant.plans import rules
from kulant.plans.changes import KINDS, may_still
from kulant.plans.changing import running
from kulant.plans.one_time_codes import use_codes
from kulant.plans.service import make_offers, to_offer
from kulant.portal import account as accounts
from kulant.portal import limits
from kulant.portal.account import Account, Way
from kulant.portal.fields import MAX_NAME, read_words
from kulant.portal.pages import CalmRoute, Problems, by_hand, check_seal, go, kept_pdf, show, show_form, soon, words
from kulant.portal.proof import masked, proof_problem
from kulant.portal.visit import Visit, VisitDep, acting, address_of_visitor

router = APIRouter(route_class=CalmRoute, include_in_schema=False)

Text = Annotated[str, Form()]
Day = int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """The plan a customer is about to agree to: the number it has among those offered, and the chosen day."""

    account: Account
    number: int
    offer: rules.Offer
    day: Day

    @property
    def shown(self) -> dict[str, Any]:
        """What the customer saw, as plain data: agreed is exactly this or nothing."""
        return {
            "currency": self.account.currency,
            "day": self.day,
            "schedule": plain(self.offer.schedule),
        }


def plain(schedule: Sequence[rules.Payment]) -> list[list[Any]]:
    """Payments as plain data."""
    return [[due.isoformat(), amount] for due, amount in schedule]


def choose(visit: Visit, number: int, day: Day) -> Choice | None:
    """The plan of that number, on the chosen day of the month; none when it is not on offer."""
    account = accounts.read_account(visit)
    for way in accounts.ways_to_pay(visit, account):
        if way.number == number:
            chosen_day = day if way.offer.instalments > 1 else None
            return Choice(account, number, dated(visit, way.offer, chosen_day), chosen_day)
    return None


def dated(visit: Visit, offer: rules.Offer, day: Day) -> rules.Offer:
    """The offer as it would be agreed today, on that day of the month."""
    return rules.as_answered(offer, today=visit.today, country=visit.creditor.country, day_of_month=day)


@router.get("/parts")
def which_plan(request: Request, visit: VisitDep) -> Response:
    """The plans side by side."""
    account = accounts.read_account(visit)
    if account.active_plan:
        return go(visit, "plan")
    ways = [Way(each.number, dated(visit, each.offer, None)) for each in accounts.ways_to_pay(visit, account)]
    others = [
        each for each in accounts.read_accounts(visit) if each.total_minor > 0 and each.currency != account.currency
    ]
    return show(request, visit, "parts", {"account": account, "ways": ways, "others": others})


@router.get("/parts/day")
def which_day(request: Request, visit: VisitDep, n: int) -> Response:
    """Which day of the month suits the customer."""
    choice = choose(visit, n, None)
    if choice is None:
        return go(visit, "parts")
    if choice.offer.instalments == 1:
        return go(visit, "parts/check", n=n)
    firsts = [(day, _first(visit, choice.offer, day)) for day in rules.USUAL_DAYS]
    return show(request, visit, "day", {"choice": choice, "firsts": firsts, "n": n})


def _first(visit: Visit, offer: rules.Offer, day: int) -> date:
    """The first payment's date when that day of the month is chosen."""
    return dated(visit, offer, day).first_due


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
    mailed: bool = False,
    problems: Problems | None = None,
) -> Response:
    """The page that asks whether everything is right."""
    context = {
        "choice": choice,
        "offer": choice.offer,
        "account": choice.account,
        "name": name,
        "agreed": agreed,
        "mailed": mailed,
        "mail_to": masked(address_of(visit.session, visit.customer)),
    }
    context["query"] = {"n": choice.number, "day": choice.day or ""} | asked_currency(visit)
    context["path"] = visit.path("parts/check")
    return show_form(request, visit, "check", context, problems=problems, shown=choice.shown)


def asked_currency(visit: Visit) -> dict[str, str]:
    """The currency for the address of a page, where one was asked for."""
    return {"currency": visit.asked_currency} if visit.asked_currency else {}


@router.post("/parts/code")
def mail_me_a_code(
    request: Request,
    visit: VisitDep,
    n: int,
    day: Text = "",
    sealed: Text = "",
    agreed: Text = "",
    name: Text = "",
) -> Response:
    """Mails a one-time code to the address on file, and shows the page on which it is typed as it was."""
    problems = code_problems(request, visit, "check", sealed=sealed, agreed=agreed)
    choice = choose(visit, n, read_day(day))
    if choice is None:
        return go(visit, "parts")
    name = read_words(name, MAX_NAME)
    return show_check(request, visit, choice, name=name, agreed=bool(agreed), mailed=not problems, problems=problems)


def code_problems(request: Request, visit: Visit, form: str, *, sealed: str, agreed: str) -> Problems:
    """Mails a one-time code, or says why not."""
    _, problems = check_seal(visit, form, sealed)
    if not problems and not by_hand(request, agreed):
        problems = [("agreed", words(visit).gettext("Tick the box to agree to the plan."))]
    if not problems:
        with acting(visit, request) as (act, here):
            if not limits.within(act, here.settings, limits.MAILED_BY_LINK, here.link.id):
                raise limits.too_often()
            mail_code(act, secret=here.settings.secret_key(), link=here.link, language=here.language)
    return problems


def agree_problems(
    request: Request, visit: Visit, account: Account, *, agreed: str, name: str, proof: str, before: Problems
) -> Problems:
    """What is missing before a plan can be agreed: the tick, the name, and what shows that a person agrees."""
    t = words(visit)
    problems = list(before)
    if not agreed:
        problems.append(("agreed", t.gettext("Tick the box to agree to the plan.")))
    if len(name) < 2:
        problems.append(("name", t.gettext("Write your name.")))
    if not problems and (wrong := proof_problem(request, visit, account, proof)):
        problems.append(("proof", wrong))
    return problems


@router.post("/parts/check")
def agree(
    request: Request,
    visit: VisitDep,
    n: int,
    day: str = "",
    own: str = "",
    sealed: Text = "",
    agreed: Text = "",
    name: Text = "",
    proof: Text = "",
) -> Response:
    """The customer agrees. Sending it twice gives the same plan; only what was shown can be agreed."""
    shown, problems = check_seal(visit, "check", sealed)
    name = read_words(name, MAX_NAME)
    account = accounts.read_account(visit)
    problems = agree_problems(request, visit, account, agreed=agreed, name=name, proof=proof, before=problems)
    if not problems:
        try:
            return _accept(request, visit, shown, name)
        except Conflict as conflict:
            if conflict.code in ("plan_active", "already_accepted"):
                return show(request, visit, "agreed_before", status=409)
            changed = words(visit).gettext(
                "Something has changed since you opened the page. Please check it once more."
            )
            problems.append(("form", changed))
        except Refusal as refusal:
            if refusal.code != "nothing_owed":
                raise
            return go(visit, "parts")
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
            _same_or_conflict((active.evidence or {}).get("schedule"), shown)
            return go(visit, "plan")
        owed = plans.claim(act.session, here.customer.id, currency, act.today).total_minor
        standing = plans.current_offer(act.session, here.customer.id, currency, owed, act.today)
        plan = standing or make_offers(act, creditor=here.creditor, customer=here.customer, currency=currency)
        accept_plan(
            act,
            plan=plan,
            offer=_matching_offer(here, plan.id, shown),
            name=name,
            day_of_month=shown["day"],
            evidence=evidence(request, here, shown["schedule"]),
        )
        use_codes(act, link=here.link)
    return go(visit, "plan")


def evidence(request: Request, here: Visit, shown: Any) -> dict[str, Any]:
    """What proves later that it was agreed here: by which link, from where, with what, and what was shown."""
    return {
        "by": "portal",
        "link": here.link.id,
        "address": address_of_visitor(request) or None,
        "browser": read_words(request.headers.get("user-agent", ""), 300) or None,
        "shown": shown,
        "language": here.language,
        "text": TEXT_VERSION,
    }


# Raised whenever the sentences of the page that is agreed to change their meaning.
TEXT_VERSION = "2026-11"


def _same_or_conflict(agreed: Any, shown: dict[str, Any]) -> None:
    if agreed != shown["schedule"]:
        raise Conflict("plan_active", "another plan has been agreed already")


def _matching_offer(here: Visit, plan_id: int, shown: dict[str, Any]) -> int:
    """The number of the offer whose payments, dated today, are exactly those the customer saw."""
    for row in plans.offers_of(here.session, plan_id):
        if plain(dated(here, to_offer(row), shown["day"]).schedule) == shown["schedule"]:
            return row.number
    raise Conflict("claim_changed", "the plan is no longer as it was shown")


@router.get("/plan")
def plan_page(request: Request, visit: VisitDep, changed: str = "") -> Response:
    """The agreed plan: what is paid, what comes next, how to pay it, what can be changed."""
    view = accounts.read_account(visit).plan or _any_plan(visit)
    if view is None:
        return go(visit, "")
    t = words(visit)
    number, country = visit.creditor.bank_account, visit.creditor.country
    return show(
        request,
        visit,
        "plan",
        {
            "view": view,
            "plan": view.plan,
            "fresh": view.plan.accepted_on == visit.today and view.paid_minor == 0 and not changed,
            "changed": bool(changed),
            "account_row": paying.account(number, country, t) if number else None,
            "reference_label": paying.reference_label(view.plan.reference, country, t),
            "changes": changes_possible(visit, view),
        },
    )


def changes_possible(visit: Visit, view: accounts.PlanView) -> list[str]:
    """The changes the customer may make of this plan today."""
    if not view.runs:
        return []
    now = running(visit.session, view.plan, visit.today)
    return [kind for kind in KINDS if may_still(now, kind)]


def _any_plan(visit: Visit) -> accounts.PlanView | None:
    return next((account.plan for account in accounts.read_accounts(visit) if account.plan), None)


@router.get("/plan.pdf")
def plan_pdf(request: Request, visit: VisitDep) -> Response:
    """The agreement as a PDF to keep."""
    view = accounts.read_account(visit).plan or _any_plan(visit)
    if view is None:
        return go(visit, "")
    try:
        pdf = agreement_pdf(visit.session, view.plan, open_storage(visit.settings.storage_url))
    except NotFound as missing:
        if missing.code != "not_drawn_yet":
            raise
        return soon(request, visit, "plan")
    return kept_pdf(pdf, view.plan.reference)
