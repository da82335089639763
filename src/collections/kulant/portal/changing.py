"""Changing an agreed plan within its limits: move a payment, skip once, another day, divide the rest anew, pay it all.

Each change is shown with every payment and its price before it is made.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from kulant.core.errors import Conflict, Refusal
from kulant.delivery.plan_mail import queue_plan_mail
from kulant.plans.changes import KINDS, Change, Wanted, may_still, movable_until, pay_all_minor, reshape_counts
from kulant.plans.changing import change_plan, preview_change, running
from kulant.plans.models import Plan
from kulant.plans.rules import USUAL_DAYS
from kulant.portal import account as accounts
from kulant.portal.account import PlanView
from kulant.portal.fields import read_date
from kulant.portal.pages import CalmRoute, Problems, check_seal, go, show, show_form, words
from kulant.portal.parts import evidence, plain, read_day
from kulant.portal.visit import Visit, VisitDep, acting

router = APIRouter(route_class=CalmRoute, include_in_schema=False)

Text = Annotated[str, Form()]


def _plan(visit: Visit) -> PlanView | None:
    """The plan that runs in the currency asked for, else the first that does."""
    running_plans = [one.active_plan for one in accounts.read_accounts(visit) if one.active_plan]
    wanted = [view for view in running_plans if view.plan.currency == visit.asked_currency]
    return next(iter(wanted or running_plans), None)


@router.get("/plan/early")
def pay_early(request: Request, visit: VisitDep) -> Response:
    """What pays all that is left today."""
    view = _plan(visit)
    if view is None:
        return go(visit, "plan")
    now = running(visit.session, view.plan, visit.today)
    context = {"plan": view.plan, "left_minor": now.left_minor, "all_minor": pay_all_minor(now)}
    return show(request, visit, "early", context)


@router.get("/plan/change/{kind}")
def which_change(request: Request, visit: VisitDep, kind: str) -> Response:
    """What the customer wants changed."""
    view = _plan(visit)
    if view is None or kind not in KINDS:
        return go(visit, "plan")
    return _ask(request, visit, view, kind, [])


def _ask(request: Request, visit: Visit, view: PlanView, kind: str, problems: Problems) -> Response:
    now = running(visit.session, view.plan, visit.today)
    if not may_still(now, kind):
        return go(visit, "plan", currency=view.plan.currency)
    context = {
        "kind": kind,
        "plan": view.plan,
        "now": now,
        "latest": [(part, movable_until(now, part)) for part in now.left],
        "usual_days": USUAL_DAYS,
        "counts": reshape_counts(now),
        "typed": request.query_params,
        "problems": problems,
        "wrong": {field for field, _ in problems},
    }
    return show(request, visit, "change", context, status=422 if problems else 200)


def _wanted(request: Request, kind: str) -> Wanted:
    """The change as it stands in the address."""
    given = request.query_params
    number, count = (int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None
                     for text in (given.get("number", ""), given.get("count", "")))  # fmt: skip
    day = given.get("own", "") if given.get("day") == "own" else given.get("day", "")
    return Wanted(kind, number=number, to=read_date(given.get("to", "")), day=read_day(day), count=count)


@router.get("/plan/change/{kind}/check")
def look_at_change(request: Request, visit: VisitDep, kind: str) -> Response:
    """The plan before and after the change, and what it costs."""
    view = _plan(visit)
    if view is None or kind not in KINDS:
        return go(visit, "plan")
    change, problems = _work_out(request, visit, view.plan, kind)
    if change is None:
        return _ask(request, visit, view, kind, problems)
    return _show_check(request, visit, view, kind, change, [])


def _show_check(
    request: Request, visit: Visit, view: PlanView, kind: str, change: Change, problems: Problems
) -> Response:
    shown = {"plan": view.plan.id, "before": plain(change.before), "after": plain(change.after),
             "cost": change.cost_minor, "number": change.number}  # fmt: skip
    asked = {name: value for name, value in request.query_params.items() if name not in ("lang", "currency")}
    context = {"kind": kind, "plan": view.plan, "change": change, "asked": asked}
    return show_form(request, visit, "change_check", context, problems=problems, shown=shown)


@router.post("/plan/change/{kind}/check")
def make_change(request: Request, visit: VisitDep, kind: str, sealed: Text = "", agreed: Text = "") -> Response:
    """Changes the plan just as it was shown, or not at all. Sent twice it is one change."""
    view, t = _plan(visit), words(visit)
    if view is None or kind not in KINDS:
        return go(visit, "plan")
    shown, problems = check_seal(visit, "change_check", sealed)
    if not agreed:
        problems.append(("agreed", t.gettext("Tick the box to agree to the change.")))
    if not problems and shown.get("plan") == view.plan.id:
        try:
            return _change(request, visit, view.plan, kind, shown)
        except Conflict:
            again = t.gettext("Something has changed since you opened the page. Please check it once more.")
            problems.append(("form", again))
    change, more = _work_out(request, visit, view.plan, kind)
    if change is None:
        return _ask(request, visit, view, kind, more)
    return _show_check(request, visit, view, kind, change, problems)


def _change(request: Request, visit: Visit, plan: Plan, kind: str, shown: dict[str, Any]) -> Response:
    before, after = (
        tuple((date.fromisoformat(due), int(minor)) for due, minor in shown[part]) for part in ("before", "after")
    )
    with acting(visit, request) as (act, here):
        own = act.session.get_one(Plan, plan.id)
        made = change_plan(
            act,
            plan=own,
            wanted=_wanted(request, kind),
            shown=Change(kind, before, after, shown["cost"], shown["number"]),
            evidence=evidence(request, here, shown["after"]),
        )
        key = f"plan:{own.id}:changed:{made.id}"
        queue_plan_mail(act, plan=own, customer=here.customer, kind="plan_accepted", key=key)
    return go(visit, "plan", currency=plan.currency, changed="yes")


def _work_out(request: Request, visit: Visit, plan: Plan, kind: str) -> tuple[Change | None, Problems]:
    t = words(visit)
    said = {
        "no_day": ("to" if kind == "move" else "day", t.gettext("Choose a day.")),
        "bad_day": ("day", t.gettext("Write a day of the month, 1 to 31.")),
        "too_early": ("to", t.gettext("Choose a later day. You may always pay earlier.")),
        "too_late": ("to", t.gettext("That day is too far away. Choose an earlier one.")),
        "too_near": ("form", t.gettext("Two payments would come within a week. Choose another day.")),
        "same_plan": ("form", t.gettext("That is how the plan is already.")),
        "too_small": ("count", t.gettext("The payments would be too small. Choose fewer.")),
        "too_many_parts": ("count", t.gettext("That is more payments than we can offer here. Choose fewer.")),
    }
    try:
        change = preview_change(visit.session, plan=plan, wanted=_wanted(request, kind), today=visit.today)
    except Refusal as refusal:
        other = ("form", t.gettext("That cannot be changed here. Please call us, and we will find a way."))
        return None, [said.get(refusal.code, other)]
    return change, []
