"""The second age of a debt: what customers pay by a plan, by the days since its due date and by the days on the plan.

The contractual age never changes by a plan; whoever keeps it is not late on the plan. Both stand beside each other in
every report. A fixed number of statements, however many plans run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from kulant.core.money import decimal_string
from kulant.ledger.bulk import among
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.rules import BUCKETS, Ageing, ageing
from kulant.plans.models import Instalment, Plan, PlanItem
from kulant.plans.states import RUNNING


@dataclass(frozen=True, slots=True)
class PlanAge:
    """A plan that runs, in both ages. Amounts in minor units."""

    plan_id: int
    status: str
    customer: str
    name: str
    currency: str
    open_minor: int
    contract: Ageing  # what is open of it, by the invoices' due dates
    plan: Ageing  # the same, by the instalments' days
    days_contract: int  # since the oldest invoice was due
    days_plan: int  # since the oldest short instalment was


def plan_ages(session: Session, creditor_id: int, today: date) -> list[PlanAge]:
    """Every plan that runs today, oldest first."""
    heads = session.execute(
        select(Plan.id, Plan.status, Customer.number, Customer.name, Plan.currency)
        .join(Customer, Customer.id == Plan.customer_id)
        .where(Plan.creditor_id == creditor_id, Plan.status.in_(RUNNING))
        .order_by(Plan.id)
    ).all()
    if not heads:
        return []
    items, parts = _open_items(session, creditor_id), _open_parts(session, creditor_id)
    return [
        _age(plan_id, status, customer, name, currency, items[plan_id], parts[plan_id], today)
        for plan_id, status, customer, name, currency in heads
    ]


Dated = tuple[date | None, int]


def _open_items(session: Session, creditor_id: int) -> dict[int, list[Dated]]:
    share = case((OpenItem.open_minor < PlanItem.amount_minor, OpenItem.open_minor), else_=PlanItem.amount_minor)
    rows = session.execute(
        select(PlanItem.plan_id, OpenItem.due_date, share)
        .join(Plan, Plan.id == PlanItem.plan_id)
        .join(OpenItem, OpenItem.id == PlanItem.item_id)
        .where(Plan.creditor_id == creditor_id, Plan.status.in_(RUNNING), OpenItem.open_minor > 0)
    )
    return _by_plan(rows)


def _open_parts(session: Session, creditor_id: int) -> dict[int, list[Dated]]:
    rows = session.execute(
        select(Instalment.plan_id, Instalment.due, Instalment.amount_minor - Instalment.paid_minor)
        .join(Plan, Plan.id == Instalment.plan_id)
        .where(Plan.creditor_id == creditor_id, Plan.status.in_(RUNNING))
        .where(Instalment.paid_minor < Instalment.amount_minor)
    )
    return _by_plan(rows)


def _by_plan(rows: Iterable[Any]) -> dict[int, list[Dated]]:
    found: dict[int, list[Dated]] = defaultdict(list)
    for plan_id, due, minor in rows:
        found[plan_id].append((due, int(minor)))
    return found


def _age(
    plan_id: int, status: str, customer: str, name: str, currency: str, items: list[Dated], parts: list[Dated],
    today: date,
) -> PlanAge:  # fmt: skip
    return PlanAge(
        plan_id,
        status,
        customer,
        name,
        currency,
        sum(minor for _, minor in items),
        ageing(items, today),
        ageing(parts, today),
        _oldest_days(items, today),
        _oldest_days(parts, today),
    )


def _oldest_days(dated: list[Dated], today: date) -> int:
    return max((max(0, (today - due).days) for due, _ in dated if due), default=0)


def days_on_plans(session: Session, customer_ids: Collection[int], today: date) -> dict[tuple[int, str], int]:
    """By customer and currency: how many days the plan they pay by is late; zero while it is kept."""
    short = case((Instalment.paid_minor < Instalment.amount_minor, Instalment.due))
    rows = session.execute(
        select(Plan.customer_id, Plan.currency, func.min(short))
        .join(Instalment, Instalment.plan_id == Plan.id)
        .where(among(session, Plan.customer_id, customer_ids), Plan.status.in_(RUNNING))
        .group_by(Plan.customer_id, Plan.currency)
    )
    return {(customer, currency): max(0, (today - due).days) if due else 0 for customer, currency, due in rows}


@dataclass(frozen=True, slots=True)
class PlansSum:
    """What runs by plans in one currency, in both ages."""

    plans: int
    open_minor: int
    contract: tuple[int, ...]
    plan: tuple[int, ...]


def in_currency(ages: Iterable[PlanAge], currency: str) -> PlansSum | None:
    """The plans of a currency together; none where none runs."""
    its = [one for one in ages if one.currency == currency]
    if not its:
        return None
    contract = tuple(map(sum, zip(*(one.contract.buckets for one in its), strict=True)))
    plan = tuple(map(sum, zip(*(one.plan.buckets for one in its), strict=True)))
    return PlansSum(len(its), sum(one.open_minor for one in its), contract, plan)


def summed(ages: Iterable[PlanAge], currency: str) -> dict[str, Any]:
    """The same as the reports print it."""
    found = in_currency(ages, currency) or PlansSum(0, 0, (0,) * len(BUCKETS), (0,) * len(BUCKETS))
    return {
        "plans": found.plans,
        "open": decimal_string(found.open_minor, currency),
        "ageing": _buckets(found.contract, currency),
        "ageing_by_plan": _buckets(found.plan, currency),
    }


def _buckets(minors: tuple[int, ...], currency: str) -> dict[str, str]:
    return {name: decimal_string(minor, currency) for name, minor in zip(BUCKETS, minors, strict=True)}


def age_json(one: PlanAge) -> dict[str, Any]:
    """One plan's two ages."""
    return {
        "plan": str(one.plan_id),
        "status": one.status,
        "open": decimal_string(one.open_minor, one.currency),
        "days_contract": one.days_contract,
        "days_plan": one.days_plan,
    }
