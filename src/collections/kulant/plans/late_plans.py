"""Plans and time: which become active, which are late, and the kind ladder of one that is late.

Day 1 a nudge, day 4 a reshaped offer, after the days of grace a person calls; a second miss, and a person decides. The
program never gives a plan up and never asks for all of it at once. While nothing may be asked of the customer, or about
a part they dispute, nothing is late. All running plans are looked at by a few statements; only what changes is opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kulant.core.words import amount_words, day_words
from kulant.db import Act
from kulant.ledger import queries as ledger
from kulant.ledger.models import Customer
from kulant.ledger.queries import customers_by_id
from kulant.people.models import Creditor
from kulant.plans import follow_queries, queries, rules
from kulant.plans.follow_queries import Waiting
from kulant.plans.limits import PlanRules, plan_rules
from kulant.plans.models import Instalment, Plan
from kulant.plans.payments import disputed_in_plan
from kulant.plans.states import step
from kulant.relationship.queries import holds_in_force
from kulant.relationship.tasks import KeyedTask, keep_tasks

CALL, DECIDE = "plan_late", "plan_decide"  # kinds of tasks
DECIDE_AFTER_DAYS = 14  # of an instalment that was missed: then a person decides, though it was the first miss


@dataclass(frozen=True, slots=True)
class Notice:
    """Something kind to tell a customer whose instalment is late; sent once for each instalment and day it is due."""

    plan_id: int
    customer_id: int
    instalment_id: int
    occasion: str  # nudge | reshape


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking after the plans has changed, and what is to be told."""

    started: int
    late: int
    on_time_again: int
    notices: tuple[Notice, ...]


def stage(days_late: int, limits: PlanRules) -> str:
    """Where on the ladder an instalment stands so many days after it was due: one step a day."""
    if days_late > limits.grace_days:
        return "missed"
    if days_late >= limits.reshape_day:
        return "reshape"
    return "nudge" if days_late >= limits.nudge_day else "none"


def look_after(act: Act, creditor: Creditor) -> Looked:
    """Takes every running plan to the state that fits the day."""
    act.session.flush()
    limits = plan_rules(act.session, creditor.id)
    waiting = follow_queries.waiting_plans(act.session, creditor.id, act.today)
    late = {row.plan_id: row for row in waiting if row.oldest_due < act.today and not _in_time(row, act.today, limits)}
    excused = _excused(act, list(late.values()))
    plans = {plan.id: plan for plan in queries.plans_by_ids(act.session, _to_open(waiting, late, act.today))}
    seen = _Seen(act, limits, plans)
    for row in waiting:
        seen.take(row, excused=row.plan_id in excused)
    act.session.flush()
    return Looked(seen.started, seen.late, seen.on_time_again, tuple(seen.notices))


def _in_time(row: Waiting, today: date, limits: PlanRules) -> bool:
    return stage((today - row.oldest_due).days, limits) == "none"


def _to_open(waiting: Sequence[Waiting], late: dict[int, Waiting], today: date) -> list[int]:
    return [row.plan_id for row in waiting if row.plan_id in late or row.status == "late" or _starts(row, today)]


def _starts(row: Waiting, today: date) -> bool:
    return row.status == "accepted" and (row.paid_minor > 0 or row.first_due <= today)


def _excused(act: Act, late: Sequence[Waiting]) -> set[int]:
    """Of late plans, those about which nothing may be asked, or whose customer disputes what is short."""
    customers = [row.customer_id for row in late]
    if not customers:
        return set()
    held = {hold.customer_id for hold in holds_in_force(act.session, customers, act.today) if hold.item_id is None}
    excused = {row.plan_id for row in late if row.customer_id in held}
    disputed = _with_disputes(act.session, [row for row in late if row.plan_id not in excused])
    for plan in queries.plans_by_ids(act.session, disputed):
        parts = queries.instalments_of(act.session, plan.id)
        due = sum(part.amount_minor for part in parts if part.due < act.today)
        paid = sum(part.paid_minor for part in parts)
        if paid + disputed_in_plan(act, plan) >= due:
            excused.add(plan.id)
    return excused


def _with_disputes(session: Session, late: Sequence[Waiting]) -> list[int]:
    disputes = ledger.open_disputes(session, [row.customer_id for row in late])
    if not disputes:
        return []
    return queries.plans_covering(session, [row.plan_id for row in late], list(disputes))


class _Seen:
    """The plans of one run, taken one by one."""

    def __init__(self, act: Act, limits: PlanRules, plans: dict[int, Plan]) -> None:
        self.act, self.limits, self.plans = act, limits, plans
        self.parts = queries.instalments_by_plan(act.session, plans)
        self.started = self.late = self.on_time_again = 0
        self.notices: list[Notice] = []

    def take(self, row: Waiting, *, excused: bool) -> None:
        """Takes one plan's steps of the day."""
        plan = self.plans.get(row.plan_id)
        if plan is None:
            return
        if _starts(row, self.act.today):
            self.started += 1
            said = "money has come" if row.paid_minor > 0 else "its first day has come"
            step(self.act, plan, "active", f"Payment plan {plan.id} has begun: {said}.")
        short = [part for part in self.parts[plan.id] if part.paid_minor < part.amount_minor]
        missed = [part for part in short if self._stage(part) == "missed"]
        if plan.status == "late" and not missed:
            self.on_time_again += 1
            step(self.act, plan, "active", f"Payment plan {plan.id} is no longer late: what was short has been paid.")
        if excused:
            return
        if missed:
            self._missed(plan, missed)
        elif short and (occasion := self._stage(short[0])) != "none":
            self.notices.append(Notice(plan.id, plan.customer_id, short[0].id, occasion))

    def _stage(self, part: Instalment) -> str:
        return stage((self.act.today - part.due).days, self.limits)

    def _missed(self, plan: Plan, missed: Sequence[Instalment]) -> None:
        new = [part for part in missed if part.missed_on is None]
        for part in new:
            part.missed_on = self.act.today
        plan.misses += len(new)
        if plan.status != "late":
            self.late += 1
            step(self.act, plan, "late", f"Payment plan {plan.id} is late: {_short_words(plan, missed[0])}.")


def _short_words(plan: Plan, part: Instalment) -> str:
    short = amount_words(part.amount_minor - part.paid_minor, plan.currency)
    return f"payment {part.number} of {day_words(part.due)} was not made ({short} short)"


LatePlan = tuple[Plan, Instalment, Customer]


def keep_calls(
    act: Act,
    creditor: Creditor,
    late: Sequence[LatePlan],
    *,
    unreached: Sequence[Notice] = (),
    arrivals: Mapping[int, date] | None = None,
) -> None:
    """A call for each late plan, or a decision where it is late for the second time; ticked off when it is not late.

    ``unreached``: of whose instalments no e-mail or letter can tell in time, so that a person calls before the plan is
    late. ``arrivals``: by instalment, the day on which a letter about it may have arrived; the call waits for it.
    """
    limits = plan_rules(act.session, creditor.id)
    calls = _early_calls(act, unreached)
    decisions: list[KeyedTask] = []
    for plan, part, customer in late:
        decide = plan.misses >= limits.misses_to_decide or _long_missed(part, act.today, limits)
        words = _short_words(plan, part)
        task = KeyedTask(
            key=_task_key(DECIDE if decide else CALL, part),
            text=_decide_words(plan, customer, words)
            if decide
            else f"Call {customer.name}: {words}. Offer another day.",
            due=max(act.today, (arrivals or {}).get(part.id, act.today)),
            customer_id=customer.id,
        )
        (decisions if decide else calls).append(task)
    keep_tasks(act, creditor_id=creditor.id, kind=CALL, tasks=calls)
    keep_tasks(act, creditor_id=creditor.id, kind=DECIDE, tasks=decisions)


def _early_calls(act: Act, unreached: Sequence[Notice]) -> list[KeyedTask]:
    plans = {plan.id: plan for plan in queries.plans_by_ids(act.session, [one.plan_id for one in unreached])}
    parts = {
        part.id: part for part in queries.instalments_by_ids(act.session, [one.instalment_id for one in unreached])
    }
    customers = customers_by_id(act.session, {one.customer_id for one in unreached}) if unreached else {}
    tasks = []
    for one in unreached:
        part, customer = parts[one.instalment_id], customers[one.customer_id]
        words = f"{_short_words(plans[one.plan_id], part)}. Neither e-mail nor a letter reaches them in time"
        text = f"Call {customer.name}: {words}. Offer another day, or smaller payments."
        tasks.append(KeyedTask(key=_task_key(CALL, part), text=text, due=act.today, customer_id=customer.id))
    return tasks


def _task_key(kind: str, part: Instalment) -> str:
    return f"{kind}:{part.id}:{part.due.isoformat()}"


def _long_missed(part: Instalment, today: date, limits: PlanRules) -> bool:
    return (today - part.due).days > limits.grace_days + DECIDE_AFTER_DAYS


def _decide_words(plan: Plan, customer: Customer, words: str) -> str:
    times = "once" if plan.misses == 1 else f"{plan.misses} times"
    return (
        f"Decide about payment plan {plan.id} of {customer.name}, missed {times}: {words}. "
        "Agree anew, give them time, or give the plan up."
    )


def plan_age(instalments: Sequence[Instalment], today: date) -> int:
    """The plan's own age: days its oldest short instalment is late."""
    schedule = [(part.due, part.amount_minor) for part in instalments]
    return rules.plan_days_late(schedule, [part.paid_minor for part in instalments], today)
