"""A plan of the customer's own: what would suit, what it comes to, and the agreement or the wait for an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from kulant.core.errors import Conflict, Refusal
from kulant.delivery.plan_proposals import propose_own
from kulant.delivery.portal_mail import address_of
from kulant.plans.choices import Wish
from kulant.plans.counter_proposals import Considered, consider
from kulant.plans.one_time_codes import use_codes
from kulant.portal import account as accounts
from kulant.portal import receipts
from kulant.portal.account import Account
from kulant.portal.doors import confirmed
from kulant.portal.fields import MAX_NAME, read_date, read_words
from kulant.portal.pages import CalmRoute, Problems, check_seal, go, show, show_form, words
from kulant.portal.parts import agree_problems, asked_currency, code_problems, evidence, read_day
from kulant.portal.proof import masked
from kulant.portal.receipts import proposal_answer_by
from kulant.portal.visit import Visit, VisitDep, acting
from kulant.web.amounts import read_amount

router = APIRouter(route_class=CalmRoute, include_in_schema=False)

Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the customer typed, as it stands in the address of the page that shows what it comes to."""

    monthly: str = ""
    count: str = ""
    first: str = ""
    day: str = ""
    details: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The same for an address; what was left empty is left out."""
        given = {name: getattr(self, name) for name in ("monthly", "count", "first", "day", "details")}
        return {name: value for name, value in given.items() if value}


def asked_in(request: Request) -> Asked:
    """What stands in the address."""
    given = request.query_params
    kept = {name: read_words(given.get(name, "")) for name in ("monthly", "count", "first", "day", "details")}
    return Asked(**kept)


@router.get("/parts/own")
def own_plan(request: Request, visit: VisitDep) -> Response:
    """What would work for the customer."""
    account = accounts.read_account(visit)
    if account.total_minor <= 0:
        return go(visit, "parts")
    return show(request, visit, "own", {"account": account, "asked": asked_in(request), "problems": [], "wrong": set()})


@router.get("/parts/own/check")
def look_at_own(request: Request, visit: VisitDep) -> Response:
    """What the wish comes to: each payment, what it costs, and whether it can be agreed at once."""
    asked = asked_in(request)
    account = accounts.read_account(visit)
    wish, problems = _read(visit, account, asked)
    considered, more = _consider(visit, account, wish) if wish is not None else (None, [])
    if considered is None:
        problems += more
        context = {
            "account": account,
            "asked": asked,
            "problems": problems,
            "wrong": {field for field, _ in problems},
        }
        return show(request, visit, "own", context, status=422)
    return _show_check(request, visit, account, asked, considered)


@router.post("/parts/own/code")
def mail_me_a_code(
    request: Request, visit: VisitDep, sealed: Text = "", agreed: Text = "", name: Text = ""
) -> Response:
    """Mails a one-time code to the address on file, and shows the page on which it is typed as it was."""
    asked, account = asked_in(request), accounts.read_account(visit)
    problems = code_problems(request, visit, "own_check", sealed=sealed, agreed=agreed)
    wish, _ = _read(visit, account, asked)
    considered, _ = _consider(visit, account, wish) if wish is not None else (None, [])
    if considered is None:
        return go(visit, "parts/own", **asked.query)
    return _show_check(
        request,
        visit,
        account,
        asked,
        considered,
        name=read_words(name, MAX_NAME),
        agreed=bool(agreed),
        mailed=not problems,
        problems=problems,
    )


def _show_check(
    request: Request,
    visit: Visit,
    account: Account,
    asked: Asked,
    considered: Considered,
    *,
    name: str = "",
    agreed: bool = False,
    mailed: bool = False,
    problems: Problems | None = None,
) -> Response:
    context = {
        "account": account,
        "asked": asked,
        "considered": considered,
        "offer": considered.offer,
        "name": name,
        "agreed": agreed,
        "mailed": mailed,
        "mail_to": masked(address_of(visit.session, visit.customer)),
        "answer_by": proposal_answer_by(visit.today, visit.creditor.country),
        "path": visit.path("parts/own/check"),
        "query": asked.query | asked_currency(visit),
    }
    shown = {"currency": account.currency, "consequence": considered.consequence}
    return show_form(request, visit, "own_check", context, problems=problems, shown=shown)


@router.post("/parts/own/check")
def propose(
    request: Request, visit: VisitDep, sealed: Text = "", agreed: Text = "", name: Text = "", proof: Text = ""
) -> Response:
    """The customer agrees to their own plan: at once inside the limits, else a person answers."""
    asked = asked_in(request)
    shown, problems = check_seal(visit, "own_check", sealed)
    account, name = accounts.read_account(visit), read_words(name, MAX_NAME)
    wish, _ = _read(visit, account, asked)
    considered, _ = _consider(visit, account, wish) if wish is not None else (None, [])
    if considered is None or wish is None:
        return go(visit, "parts/own", **asked.query)
    problems = agree_problems(request, visit, account, agreed=agreed, name=name, proof=proof, before=problems)
    if not problems:
        try:
            return _propose(request, visit, account, wish, shown, name, asked.details)
        except Conflict as conflict:
            if conflict.code == "plan_active":
                return show(request, visit, "agreed_before", status=409)
            changed = words(visit).gettext(
                "Something has changed since you opened the page. Please check it once more."
            )
            problems = [("form", changed)]
        except Refusal as refusal:
            if refusal.code != "nothing_owed":
                raise
            return go(visit, "parts")
    return _show_check(request, visit, account, asked, considered, name=name, agreed=bool(agreed), problems=problems)


def _propose(
    request: Request, visit: Visit, account: Account, wish: Wish, shown: dict[str, Any], name: str, details: str
) -> Response:
    with acting(visit, request) as (act, here):
        kept = propose_own(
            act,
            creditor=here.creditor,
            customer=here.customer,
            currency=account.currency,
            wish=wish,
            name=name,
            words=details,
            shown=shown["consequence"],
            evidence=evidence(request, here, shown["consequence"]["schedule"]),
        )
        use_codes(act, link=here.link)
        if kept.status == "waiting":
            told = receipts.proposed(kept, proposal_answer_by(act.today, here.creditor.country))
            confirmed(act, here, told)
    return go(visit, "done/own" if kept.status == "waiting" else "plan")


def _read(visit: Visit, account: Account, asked: Asked) -> tuple[Wish | None, Problems]:
    """The wish as the rules of plans understand it, and what of it cannot be read."""
    t, problems = words(visit), []
    monthly = read_amount(asked.monthly, account.currency) if asked.monthly else None
    count = int(asked.count) if asked.count.isascii() and asked.count.isdigit() and len(asked.count) < 4 else None
    first, day = read_date(asked.first), read_day(asked.day)
    if asked.monthly and not monthly:
        problems.append(("monthly", t.gettext("Write the amount in figures.")))
    if asked.count and not count:
        problems.append(("count", t.gettext("Write how many payments in figures.")))
    if asked.first and first is None:
        problems.append(("first", t.gettext("Write the day of the first payment.")))
    if asked.day and day is None:
        problems.append(("day", t.gettext("Write a day of the month, 1 to 31.")))
    if not asked.monthly and not asked.count:
        problems.append(("monthly", t.gettext("Write how much you can pay a month, or in how many payments.")))
    if problems:
        return None, problems
    return Wish(count=None if monthly else count, monthly_minor=monthly, first_due=first, day_of_month=day), []


def _consider(visit: Visit, account: Account, wish: Wish) -> tuple[Considered | None, Problems]:
    t = words(visit)
    said = {
        "bad_count": ("count", t.gettext("Choose from 1 to 36 payments.")),
        "bad_first_day": ("first", t.gettext("The first payment must be within a year from tomorrow.")),
        "bad_amount": ("monthly", t.gettext("Write an amount above zero.")),
        "too_little": (
            "monthly",
            t.gettext("At that amount it would take more than 36 payments. Choose a larger one."),
        ),
    }
    other = ("form", t.gettext("That cannot be made into a plan. Please change it, or call us."))
    try:
        considered = consider(
            visit.session,
            creditor=visit.creditor,
            customer=visit.customer,
            currency=account.currency,
            wish=wish,
            today=visit.today,
        )
    except Refusal as refusal:
        return None, [said.get(refusal.code, other)]
    return considered, []
