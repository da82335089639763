"""SELECTs of how plans and promises are kept: what was agreed, and what was paid on it by which day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.ledger.models import Customer, Entry, OpenItem
from kulant.plans.models import Instalment, Plan, PlanItem
from kulant.relationship.models import Promise


def plans(session: Session, creditor_id: int, today: date) -> list[tuple[Plan, str]]:
    """All plans offered by that day with their customer's number, the newest first."""
    rows = session.execute(
        select(Plan, Customer.number)
        .join(Customer, Customer.id == Plan.customer_id)
        .where(Plan.creditor_id == creditor_id, Plan.offered_on <= today)
        .order_by(Plan.offered_on.desc(), Plan.id.desc())
    )
    return [(plan, number) for plan, number in rows]


def instalments(session: Session, creditor_id: int) -> dict[int, list[tuple[int, date, int]]]:
    """Number, day and amount of the instalments of each accepted plan, in their order."""
    rows = session.execute(
        select(Instalment.plan_id, Instalment.number, Instalment.due, Instalment.amount_minor)
        .join(Plan, Plan.id == Instalment.plan_id)
        .where(Plan.creditor_id == creditor_id)
        .order_by(Instalment.plan_id, Instalment.number)
    )
    found: dict[int, list[tuple[int, date, int]]] = defaultdict(list)
    for plan_id, number, due, amount in rows:
        found[plan_id].append((number, due, amount))
    return found


def paid_on_plans(session: Session, creditor_id: int, today: date) -> dict[int, list[tuple[date, int]]]:
    """What was settled of each accepted plan's items since it was agreed, by day; money taken back is below zero."""
    rows = session.execute(
        select(PlanItem.plan_id, Entry.on, -func.sum(Entry.amount_minor))
        .join(Plan, Plan.id == PlanItem.plan_id)
        .join(Entry, Entry.item_id == PlanItem.item_id)
        .where(Plan.creditor_id == creditor_id, Plan.accepted_on.is_not(None), Entry.kind != "post")
        .where(Entry.id > func.coalesce(Plan.ledger_mark, 0), Entry.on <= today)
        .group_by(PlanItem.plan_id, Entry.on)
        .order_by(PlanItem.plan_id, Entry.on)
    )
    found: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for plan_id, day, minor in rows:
        found[plan_id].append((day, int(minor)))
    return found


def agreed_days(session: Session, creditor_id: int, today: date) -> dict[int, date]:
    """The day a plan was agreed for each invoice that is in one."""
    rows = session.execute(
        select(PlanItem.item_id, func.min(Plan.accepted_on))
        .join(Plan, Plan.id == PlanItem.plan_id)
        .join(OpenItem, OpenItem.id == PlanItem.item_id)
        .where(Plan.creditor_id == creditor_id, Plan.accepted_on <= today, OpenItem.kind == "invoice")
        .group_by(PlanItem.item_id)
    )
    return {item: day for item, day in rows if day is not None}


def promises(session: Session, creditor_id: int, today: date) -> list[tuple[Promise, str]]:
    """All promises made by that day with their customer's number, the newest first."""
    rows = session.execute(
        select(Promise, Customer.number)
        .join(Customer, Customer.id == Promise.customer_id)
        .where(Promise.creditor_id == creditor_id, Promise.made_on <= today)
        .order_by(Promise.made_on.desc(), Promise.id.desc())
    )
    return [(promise, number) for promise, number in rows]
