"""One payment plan: its payments, what was offered or agreed, what was changed, every step it took, the evidence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.words import amount_words
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.agreement import agreement_pdf, is_being_drawn
from kulant.desk.account import read_date
from kulant.desk.flash import Flash, redirect
from kulant.desk.offer import offer_address
from kulant.desk.plan_words import CHANGES, MADE_BY, TITLES, dates_words, offer_words, why_offered
from kulant.desk.shell import ShellDep
from kulant.ledger.models import Customer, OpenItem
from kulant.letters.storage import open_storage
from kulant.plans import queries
from kulant.plans.changes import Wanted, change_from, change_json, movable_until, reshape_counts
from kulant.plans.changing import change_plan, pay_all, preview_change, running
from kulant.plans.late_plans import plan_age
from kulant.plans.links import make_link, portal_url
from kulant.plans.models import Plan
from kulant.plans.own_offers import decide_offer
from kulant.plans.payments import reopened_minor
from kulant.plans.service import break_plan, cancel_plan, offer_anew, to_offer
from kulant.plans.states import RUNNING
from kulant.web.deps import ActDep, Reader, RowId, SettingsDep, Writer

router = APIRouter(prefix="/plans/{plan_id}")

Words = Annotated[str, Form(max_length=2000)]
Text = Annotated[str, Query(max_length=20)]


@dataclass(frozen=True, slots=True)
class Preview:
    """A change worked out, to be confirmed: each payment before and after, what it costs, the change sealed as text."""

    kind: str
    rows: list[tuple[date | None, int | None, date | None, int | None]]
    cost_minor: int
    sealed: str
    refused: str = ""


@router.get("")
def show(
    shell: ShellDep, session: Reader, settings: SettingsDep, plan_id: RowId,
    kind: Text = "", number: Text = "", to: Text = "", day: Text = "", count: Text = "",
) -> Response:  # fmt: skip
    """The plan, and a change of it worked out where one is asked for."""
    plan = queries.plan_by_id(session, shell.viewer.creditor.id, plan_id)
    customer = session.get_one(Customer, plan.customer_id)
    state = running(session, plan, shell.today) if plan.status in RUNNING else None
    instalments = queries.instalments_of(session, plan.id)
    covered = queries.items_of(session, plan.id)
    oldest = min((item.due_date for _, item in covered if item.due_date and item.open_minor > 0), default=None)
    return shell.page(
        "desk/plan.html",
        here="overdue",
        plan=plan,
        title=TITLES[plan.status],
        customer=customer,
        path=quote(customer.number, safe=""),
        instalments=instalments,
        offers=_offers(session, plan, shell.today),
        covered=[(part, item, _covered_words(item)) for part, item in covered],
        days_contract=max(0, (shell.today - oldest).days) if oldest else 0,
        days_plan=plan_age(instalments, shell.today) if state else 0,
        left_minor=sum(part.amount_minor - part.paid_minor for part in instalments),
        beside_minor=reopened_minor(session, plan) if state else 0,
        pay_all=pay_all(session, plan=plan, today=shell.today) if state else 0,
        changes=[(one, CHANGES[one.kind], _change_words(plan, one)) for one in queries.changes_of(session, plan.id)],
        steps=queries.plan_events(session, plan.customer_id, plan.id),
        evidence=_evidence(plan),
        being_drawn=is_being_drawn(session, plan),
        address=offer_address(session, plan, settings, shell.today),
        why=why_offered(plan),
        state=state,
        movable_until=movable_until(state, state.left[0]) if state and state.left else None,
        divisions=reshape_counts(state) if state else [],
        preview=_preview(session, plan, {"kind": kind, "number": number, "to": to, "day": day, "count": count}, shell),
        kinds=CHANGES,
        replaces=queries.offers_to_replace(session, plan.id, shell.today),
        may_approve=shell.viewer.may_manage and plan.approval == "waiting" and plan.offered_by != shell.viewer.name,
    )


def _offers(session: Session, plan: Plan, today: date) -> list[Any]:
    if plan.status != "offered":
        return []
    return [
        (row, offer_words(to_offer(row), plan.currency), to_offer(row), MADE_BY[row.made_by])
        for row in queries.offers_of(session, plan.id)
    ]  # fmt: skip


def _covered_words(item: OpenItem) -> str:
    """An invoice by its number; what the plan itself costs, in words."""
    return {"interest": "Interest of the plan", "fee": "Fee of the plan"}.get(item.kind, item.number)


def _change_words(plan: Plan, change: Any) -> str:
    before = {tuple(row) for row in change.before}
    new = [(date.fromisoformat(due), minor) for due, minor in change.after if (due, minor) not in before]
    return dates_words(new, plan.currency)


def _evidence(plan: Plan) -> list[tuple[str, str]]:
    """What is kept of the acceptance, in an order people read it."""
    kept = plan.evidence or {}
    names = (
        ("name", "Name"), ("at", "Time"), ("by", "Way"), ("channel", "Way"), ("address", "Internet address"),
        ("browser", "Browser"), ("link", "Link"), ("language", "Language"), ("shown", "What was shown"),
        ("text", "Version of the page"), ("text_version", "Version of the program"),
        ("words_sha256", "Hash of the words agreed to"), ("pdf_sha256", "Hash of the PDF"),
    )  # fmt: skip
    shown = kept | {"at": str(kept.get("at", ""))[:16].replace("T", " ") + " UTC"}
    if isinstance(kept.get("shown"), list):
        seen = [(date.fromisoformat(due), int(minor)) for due, minor in kept["shown"]]
        shown["shown"] = dates_words(seen, plan.currency)
    return [(words, str(shown[name])) for name, words in names if kept.get(name)]


def _preview(session: Session, plan: Plan, asked: dict[str, str], shell: ShellDep) -> Preview | None:
    if not asked["kind"] or plan.status not in RUNNING:
        return None
    try:
        wanted = _wanted(asked)
        change = preview_change(session, plan=plan, wanted=wanted, today=shell.today, by_clerk=True)
    except Refusal as refusal:
        return Preview(asked["kind"], [], 0, "", refusal.sentence)
    length = max(len(change.before), len(change.after))
    rows = [
        (*_at(change.before, n), *_at(change.after, n))
        for n in range(length)
        if _at(change.before, n) != _at(change.after, n)
    ]
    return Preview(change.kind, rows, change.cost_minor, json.dumps(change_json(change) | {"wanted": asked}))


def _at(payments: tuple[tuple[date, int], ...], n: int) -> tuple[date | None, int | None]:
    return payments[n] if n < len(payments) else (None, None)


def _wanted(asked: dict[str, str]) -> Wanted:
    def whole(name: str) -> int | None:
        text = asked.get(name, "")
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or len(text) > 3:
            raise Refusal("bad_number", f"“{text[:20]}” is not a whole number.")
        return int(text)

    return Wanted(
        asked["kind"], whole("number"), read_date(asked.get("to", ""), "the new day"), whole("day"), whole("count")
    )


@router.post("/change")
def change(
    act: ActDep, viewer: Writer, settings: SettingsDep, plan_id: RowId, sealed: Annotated[str, Form(max_length=20_000)]
) -> Response:
    """Changes the plan exactly as it was shown."""
    plan = queries.plan_by_id(act.session, viewer.creditor.id, plan_id)
    try:
        plain = json.loads(sealed)
        asked = {name: str(plain["wanted"].get(name, "")) for name in ("kind", "number", "to", "day", "count")}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refusal("bad_change", "What was shown cannot be read. Look at the change once more.") from None
    made = change_plan(act, plan=plan, wanted=_wanted(asked), shown=change_from(plain), by_clerk=True)
    cost = f"It costs {amount_words(made.cost_minor, plan.currency)} more." if made.cost_minor > 0 else ""
    return redirect(settings, f"/plans/{plan.id}", Flash(f"{CHANGES[made.kind]}.", cost))


@router.post("/accept")
def accept(
    act: ActDep, viewer: Writer, settings: SettingsDep, plan_id: RowId,
    offer: Annotated[int, Form(ge=1, le=99)], name: Annotated[str, Form(max_length=120)],
) -> Response:  # fmt: skip
    """The customer has agreed by telephone or in writing; reminders stop and it is confirmed to them."""
    plan = queries.plan_by_id(act.session, viewer.creditor.id, plan_id)
    if not name.strip() or "\x00" in name:
        raise Refusal("no_name", "Write who agreed, in plain words.")
    accept_plan(act, plan=plan, offer=offer, name=name.strip(), evidence={"channel": f"told to {act.actor}"})
    return redirect(settings, f"/plans/{plan.id}", Flash("The plan is agreed.", "Reminders about it have stopped."))


@router.post("/cancel")
def cancel(act: ActDep, viewer: Writer, settings: SettingsDep, plan_id: RowId, reason: Words) -> Response:
    """Ends the plan or the offer; what is owed is asked for as before."""
    plan = queries.plan_by_id(act.session, viewer.creditor.id, plan_id)
    cancel_plan(act, plan=plan, reason=_said(reason))
    return redirect(
        settings, f"/plans/{plan.id}", Flash("The plan is cancelled.", "What is owed is asked for as before.")
    )


@router.post("/give-up")
def give_up(act: ActDep, viewer: Writer, settings: SettingsDep, plan_id: RowId, reason: Words) -> Response:
    """A person decides that a late plan is not kept."""
    plan = queries.plan_by_id(act.session, viewer.creditor.id, plan_id)
    break_plan(act, plan=plan, reason=_said(reason))
    return redirect(
        settings, f"/plans/{plan.id}", Flash("The plan is given up.", "What is left is asked for as before.")
    )


@router.post("/anew")
def anew(act: ActDep, viewer: Writer, settings: SettingsDep, plan_id: RowId) -> Response:
    """Offers another plan in the place of this one, with what fell due since; the customer agrees or keeps this one."""
    plan = queries.plan_by_id(act.session, viewer.creditor.id, plan_id)
    offered = offer_anew(act, plan=plan)
    customer = act.session.get_one(Customer, plan.customer_id)
    _, token = make_link(act, secret=settings.secret_key(), customer=customer, plan=offered)
    return redirect(
        settings, f"/plans/{offered.id}", Flash("The new offers are ready.", portal_url(settings.base_url, token))
    )


@router.post("/{answer}")
def decide(
    act: ActDep, viewer: Writer, settings: SettingsDep, plan_id: RowId, answer: str, why: Words = ""
) -> Response:
    """A second person answers for an offer beyond the limits."""
    if answer not in ("approve", "refuse"):
        raise Refusal("no_answer", "Approve the offer or refuse it.", status=404)
    plan = queries.plan_by_id(act.session, viewer.creditor.id, plan_id)
    decide_offer(act, plan=plan, approve=answer == "approve", manager=viewer.may_manage, why=why)
    if answer == "refuse":
        return redirect(settings, "/plans", Flash("The offer is refused.", "Whoever made it sees why on the plan."))
    customer = act.session.get_one(Customer, plan.customer_id)
    _, token = make_link(act, secret=settings.secret_key(), customer=customer, plan=plan)
    return redirect(
        settings, f"/plans/{plan.id}", Flash("The offer is approved.", portal_url(settings.base_url, token))
    )


def _said(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise Refusal("no_reason", "Say why: it stands on the customer's timeline.")
    return words


@router.get("/agreement.pdf")
def agreement(session: Reader, shell: ShellDep, settings: SettingsDep, plan_id: RowId) -> Response:
    """The agreement as the customer has it."""
    plan = queries.plan_by_id(session, shell.viewer.creditor.id, plan_id)
    pdf = agreement_pdf(session, plan, open_storage(settings.storage_url))
    return Response(
        pdf,
        media_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{plan.reference}.pdf"', "Cache-Control": "no-store"},
    )
