"""Changing a plan that runs: shown with its price before anything is changed, then done exactly as it was shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from kulant.core.errors import Conflict
from kulant.core.events import Event
from kulant.core.words import amount_words, day_words
from kulant.db import Act
from kulant.ledger.charges import join_reference
from kulant.people.models import Creditor
from kulant.plans import follow_queries, queries, rules
from kulant.plans.changes import Change, Part, Running, Wanted, pay_all_minor, same, work_out
from kulant.plans.costs import post_cost
from kulant.plans.limits import plan_rules
from kulant.plans.models import Instalment, Plan, PlanChange
from kulant.plans.states import RUNNING, step

_WORDS = {
    "move": "One payment was moved",
    "skip": "One month was skipped",
    "day": "The payments were moved to another day of the month",
    "reshape": "What is left was divided anew",
}


def running(session: Session, plan: Plan, today: date) -> Running:
    """The plan as the rules of change need it; refused when it does not run."""
    if plan.status not in RUNNING:
        raise Conflict("plan_ended", f"plan {plan.id} is {plan.status}; only a running plan can be changed")
    creditor = session.get_one(Creditor, plan.creditor_id)
    agreed = queries.accepted_offer(session, plan)
    changes = queries.changes_of(session, plan.id)
    return Running(
        parts=tuple(_part(row) for row in queries.instalments_of(session, plan.id)),
        currency=plan.currency,
        country=creditor.country,
        today=today,
        limits=plan_rules(session, creditor.id),
        rate=agreed.rate if agreed else 0,
        spare_minor=follow_queries.interest_to_spare(session, plan.id) if agreed and agreed.rate else 0,
        day_of_month=(plan.evidence or {}).get("day_of_month"),
        made=tuple(change.kind for change in changes),
    )


def preview_change(session: Session, *, plan: Plan, wanted: Wanted, today: date, by_clerk: bool = False) -> Change:
    """What the change would do and cost; nothing is changed. Refused with the reason where it cannot be done."""
    return work_out(running(session, plan, today), wanted, by_clerk=by_clerk)


def pay_all(session: Session, *, plan: Plan, today: date) -> int:
    """What pays all of the plan today, in minor units: without the interest of the days that are spared."""
    return pay_all_minor(running(session, plan, today))


def change_plan(
    act: Act,
    *,
    plan: Plan,
    wanted: Wanted,
    shown: Change | None = None,
    by_clerk: bool = False,
    evidence: Mapping[str, Any] | None = None,
) -> PlanChange:
    """Changes the plan as wanted and keeps what it was before; what is owed is looked up under a lock.

    ``shown``: the change as it was confirmed. When it would come out otherwise by now, nothing is changed; confirmed
    a second time, it is the same change.
    """
    queries.lock_account(act.session, plan.customer_id, plan.currency)
    act.session.refresh(plan, with_for_update=True)
    done = _done_before(act, plan, shown) if shown is not None else None
    if done is not None:
        return done
    change = preview_change(act.session, plan=plan, wanted=wanted, today=act.today, by_clerk=by_clerk)
    if shown is not None and change != shown:
        raise Conflict("plan_changed", "the plan has changed since it was shown; look at it once more")
    kept = PlanChange(
        plan_id=plan.id,
        kind=change.kind,
        made_on=act.today,
        made_by=act.actor,
        before=_plain(change.before),
        after=_plain(change.after),
        cost_minor=change.cost_minor,
    )
    act.session.add(kept)
    _post_price(act, plan, change)
    _write(act, plan, change)
    _tell(act, plan, change, kept, evidence)
    _no_longer_late(act, plan)
    return kept


def _done_before(act: Act, plan: Plan, shown: Change) -> PlanChange | None:
    """The change itself, where it was confirmed before and the plan still is as it made it."""
    made = queries.changes_of(act.session, plan.id)
    if not made or made[-1].kind != shown.kind or not same(shown.after, made[-1].after):
        return None
    parts = queries.instalments_of(act.session, plan.id)
    return made[-1] if same([(part.due, part.amount_minor) for part in parts], made[-1].after) else None


def _part(row: Instalment) -> Part:
    return Part(row.number, row.due, row.amount_minor, row.paid_minor, row.moved_from)


def _plain(payments: tuple[rules.Payment, ...]) -> list[list[Any]]:
    return [[due.isoformat(), amount] for due, amount in payments]


def _post_price(act: Act, plan: Plan, change: Change) -> None:
    creditor = act.session.get_one(Creditor, plan.creditor_id)
    item = post_cost(
        act,
        creditor=creditor,
        plan=plan,
        kind="interest",
        amount_minor=change.cost_minor,
        due=change.after[-1][0],
        rule="later payments by agreement",
    )
    if item is not None:
        join_reference(act, creditor_id=creditor.id, reference=plan.reference, items=[item])


def _write(act: Act, plan: Plan, change: Change) -> None:
    """Writes the payments anew; what has been paid stays with the oldest of them."""
    before = list(queries.instalments_of(act.session, plan.id))
    paid = rules.progress([amount for _, amount in change.after], sum(part.paid_minor for part in before))
    for number, (due, amount) in enumerate(change.after, start=1):
        if number > len(before):
            row = Instalment(plan_id=plan.id, number=number, due=due, amount_minor=amount, paid_minor=paid[number - 1])
            act.session.add(row)
            continue
        row = before[number - 1]
        if row.due != due:
            row.moved_from = (row.moved_from or row.due) if change.kind == "move" else None
            row.due, row.reminded_on, row.missed_on = due, None, None
        row.amount_minor, row.paid_minor = amount, paid[number - 1]
    if len(before) > len(change.after):
        act.session.flush()
        act.session.execute(
            delete(Instalment).where(Instalment.plan_id == plan.id, Instalment.number > len(change.after))
        )
    act.session.flush()


def _tell(act: Act, plan: Plan, change: Change, kept: PlanChange, evidence: Mapping[str, Any] | None) -> None:
    price = amount_words(change.cost_minor, plan.currency) if change.cost_minor > 0 else "nothing"
    first = min(due for due, _ in set(change.after) - set(change.before))
    act.tell(
        Event(
            "plan_changed",
            f"{_WORDS[change.kind]} in payment plan {plan.id}: the next of them is on {day_words(first)}. "
            f"It costs {price} more.",
            creditor_id=plan.creditor_id,
            customer_id=plan.customer_id,
            data={
                "plan": plan.id, "change": change.kind, "before": kept.before, "after": kept.after,
                "cost": change.cost_minor, "evidence": dict(evidence or {}),
            },
        )
    )  # fmt: skip


def _no_longer_late(act: Act, plan: Plan) -> None:
    """A plan whose late payment was moved ahead is on its way again."""
    if plan.status != "late":
        return
    grace = plan_rules(act.session, plan.creditor_id).grace_days
    parts = queries.instalments_of(act.session, plan.id)
    schedule = [(part.due, part.amount_minor) for part in parts]
    if not rules.missed(schedule, [part.paid_minor for part in parts], today=act.today, grace_days=grace):
        step(act, plan, "active", f"Payment plan {plan.id} is no longer late: its payments lie ahead again.")
