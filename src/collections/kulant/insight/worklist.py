"""The overdue list: one row per customer and currency, their worth beside their debt, and what to do next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.money import decimal_string, minor_digits
from kulant.core.words import figures
from kulant.insight import worklist_queries as queries
from kulant.insight.habit import last_invoices_of
from kulant.insight.plan_ages import days_on_plans
from kulant.ledger import queries as ledger
from kulant.ledger.rules import BUCKETS
from kulant.people.models import Creditor
from kulant.plans.models import Plan
from kulant.plans.states import RUNNING
from kulant.relationship import queries as relationship
from kulant.relationship.break_even import UNKNOWN
from kulant.treatment.queries import plans_of
from kulant.treatment.views import summary_words

# Lateness adds to priority until this day; after that a debt is simply old.
FULL_LATENESS_DAYS = 90

_PLAN_WORDS = {
    "offered": "Plan offered", "accepted": "Plan agreed", "active": "Plan active", "late": "Plan late",
    "broken": "Plan broken",
}  # fmt: skip

# Of a customer whom no run has looked at yet.
NOTHING_KNOWN = queries.Bond(0, None, None, None, [], 0, open_gap=False, break_even=UNKNOWN, saving=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One customer in one currency. Amounts in minor units."""

    customer_id: int
    number: str
    name: str
    currency: str
    open_minor: int  # what is owed less credits
    overdue_minor: int
    credits_minor: int
    oldest_due: date
    days_overdue: int
    items: int
    ageing: tuple[int, int, int, int, int]
    grade: str | None
    value_12m_minor: int | None
    value_reasons: list[dict[str, str]]
    thin_data: bool
    on_time_rate: float | None
    risk: float | None
    habit: list[str]
    treatment: str | None
    treatment_text: str
    reason: str
    proposal_id: int | None
    proposal_status: str | None
    priority: int
    hold: str | None
    promise: str | None
    plan: str | None
    dispute: str | None
    owner: str | None
    attachment: int | None
    keepability: float | None
    phase: str | None
    danger: str | None  # why a person should call first
    strikes: int
    open_gap: bool
    break_even: str
    saving: bool
    plan_days_late: int | None = None  # on the plan they pay by; the days above stay those of the invoices


def worklist(session: Session, creditor: Creditor, today: date, *, limit: int | None = None) -> list[Row]:
    """Every customer with something overdue, the most urgent first, in a fixed number of statements."""
    return in_full(session, today, overview(session, creditor, today, limit=limit))


def overview(session: Session, creditor: Creditor, today: date, *, limit: int | None = None) -> list[Row]:
    """The same rows, without what takes long to read for many: why they are worth it, how they paid, why this step."""
    accounts = queries.accounts(session, creditor.id, today)
    accounts.sort(key=lambda account: (-_priority(account, today), account.customer_id, account.currency))
    chosen = accounts if limit is None else accounts[:limit]
    beside = _beside(session, {account.customer_id for account in chosen}, today)
    return [_row(account, beside, today) for account in chosen]


def in_full(session: Session, today: date, rows: Sequence[Row]) -> list[Row]:
    """These rows of the overview with all that is shown of them."""
    ids = {row.customer_id for row in rows}
    habits = last_invoices_of(session, ids, today)
    values = queries.value_reasons(session, ids)
    steps = queries.step_reasons(session, [row.proposal_id for row in rows if row.proposal_id is not None])
    return [
        replace(
            row,
            value_reasons=values.get(row.customer_id, []),
            habit=habits.get(row.customer_id, []),
            reason=next((reason["text"] for reason in steps.get(row.proposal_id or 0, ())), ""),
        )
        for row in rows
    ]


def priority(overdue_minor: int, currency: str, oldest_due: date, today: date) -> int:
    """How urgent a debt is: the money late, in whole units, counted up to four times over for lateness."""
    late = min((today - oldest_due).days, FULL_LATENESS_DAYS)
    whole: int = overdue_minor // 10 ** minor_digits(currency)
    return whole + whole * late // 30


def _priority(account: queries.Account, today: date) -> int:
    return priority(account.ageing.overdue, account.currency, account.oldest_due, today)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What stands beside the sums, by customer (and currency)."""

    customers: dict[int, queries.Person]
    scores: dict[int, queries.Worth]
    steps: dict[tuple[int, str], queries.Step]
    plans: dict[tuple[int, str], list[Plan]]
    holds: dict[int, str]
    promises: dict[tuple[int, str], str]
    disputes: dict[int, int]
    standings: dict[int, queries.Bond]
    plan_days: dict[tuple[int, str], int]


def _beside(session: Session, ids: Collection[int], today: date) -> _Beside:
    holds = relationship.holds_in_force(session, ids, today)
    promises = [row for row in relationship.promises(session, ids) if row.status == "open"]
    disputes: dict[int, int] = {}
    for dispute in ledger.open_disputes(session, ids).values():
        disputes[dispute.customer_id] = disputes.get(dispute.customer_id, 0) + 1
    return _Beside(
        customers=queries.people(session, ids),
        scores=queries.worths(session, ids),
        steps=queries.live_steps(session, ids),
        plans=plans_of(session, ids),
        holds={hold.customer_id: f"On hold until {hold.until:%-d %b}: {hold.reason}" for hold in holds},
        promises={
            (
                row.customer_id,
                row.currency,
            ): f"Promised {figures(row.amount_minor, row.currency)} by {row.due:%-d %b}"
            for row in promises
        },
        disputes=disputes,
        standings=queries.bonds(session, ids),
        plan_days=days_on_plans(session, ids, today),
    )


def _row(account: queries.Account, beside: _Beside, today: date) -> Row:
    customer = beside.customers[account.customer_id]
    key = (account.customer_id, account.currency)
    score = beside.scores.get(customer.id)
    standing = beside.standings.get(customer.id) or NOTHING_KNOWN
    step = beside.steps.get(key)
    same_currency = score is not None and score.currency == account.currency
    return Row(
        customer_id=customer.id,
        number=customer.number,
        name=customer.name,
        currency=account.currency,
        open_minor=account.ageing.open,
        overdue_minor=account.ageing.overdue,
        credits_minor=account.ageing.credits,
        oldest_due=account.oldest_due,
        days_overdue=(today - account.oldest_due).days,
        items=account.items,
        ageing=account.ageing.buckets,
        grade=score.grade if score else None,
        value_12m_minor=score.value_12m_minor if score and same_currency else None,
        value_reasons=[],
        thin_data=score.thin_data if score else False,
        on_time_rate=score.on_time_rate if score else None,
        risk=round(score.late_risk, 3) if score else None,
        habit=[],
        treatment=step.treatment if step else None,
        treatment_text=summary_words(step.treatment, step.channel) if step else "",
        reason="",
        proposal_id=step.id if step else None,
        proposal_status=step.status if step else None,
        priority=_priority(account, today),
        hold=beside.holds.get(customer.id),
        promise=beside.promises.get(key),
        plan=_plan_words(beside.plans.get(key, ()), beside.plan_days.get(key, 0)),
        plan_days_late=beside.plan_days.get(key),
        dispute=_dispute_words(beside.disputes.get(customer.id, 0)),
        owner=customer.account_manager,
        attachment=standing.attachment,
        keepability=standing.keepability,
        phase=standing.phase,
        danger=" ".join(sign["text"] for sign in standing.danger_reasons) or None,
        strikes=standing.strikes,
        open_gap=standing.open_gap,
        break_even=standing.break_even,
        saving=standing.saving,
    )


def _plan_words(plans: Sequence[Plan], days_late: int) -> str | None:
    running = next((plan for plan in reversed(plans) if plan.status in RUNNING), None)
    newest = running or (plans[-1] if plans else None)
    words = _PLAN_WORDS.get(newest.status) if newest else None
    return f"{words}, {days_late} days" if words and days_late and running and running.status == "late" else words


def _dispute_words(count: int) -> str | None:
    if count == 0:
        return None
    return "1 dispute" if count == 1 else f"{count} disputes"


def row_json(row: Row) -> dict[str, Any]:
    """A row as the contract shows it."""

    def amount(minor: int | None) -> str | None:
        return None if minor is None else decimal_string(minor, row.currency)

    return {
        "customer": row.number,
        "name": row.name,
        "currency": row.currency,
        "open": amount(row.open_minor),
        "overdue": amount(row.overdue_minor),
        "credits": amount(row.credits_minor),
        "oldest_due": row.oldest_due.isoformat(),
        "days_overdue": row.days_overdue,
        "items": row.items,
        "ageing": {name: amount(minor) for name, minor in zip(BUCKETS, row.ageing, strict=True)},
        "grade": row.grade,
        "value_12m": amount(row.value_12m_minor),
        "thin_data": row.thin_data,
        "on_time_rate": None if row.on_time_rate is None else round(row.on_time_rate, 3),
        "risk": row.risk,
        "treatment": row.treatment,
        "reason": row.reason,
        "proposal": str(row.proposal_id) if row.proposal_id else None,
        "priority": row.priority,
        "hold": row.hold,
        "promise": row.promise,
        "plan": row.plan,
        "plan_days_late": row.plan_days_late,
        "dispute": row.dispute,
        "owner": row.owner,
        "attachment": row.attachment,
        "keepability": row.keepability,
        "phase": row.phase,
        "danger": row.danger,
        "strikes": row.strikes,
        "open_gap": row.open_gap,
        "break_even": row.break_even,
        "save_desk": row.saving,
    }
