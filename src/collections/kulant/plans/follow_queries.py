"""What the daily run reads about all running plans of a creditor, each in one statement however many there are."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from kulant.ledger.charges import CHARGES
from kulant.ledger.matching_queries import MONEY_IN
from kulant.ledger.models import Entry, OpenItem
from kulant.plans.models import Instalment, Plan, PlanItem
from kulant.plans.states import RUNNING

REVERSIBLE_DAYS = 120  # so long after a plan was completed a bank may still take money back


def moved_plans(session: Session, creditor_id: int, today: date) -> list[int]:
    """The plans to open, in order: running ones whose account says other than they do, and completed ones with
    something open again."""
    stored = _stored(session, creditor_id)
    covered = _covered(session, creditor_id)
    found = {plan_id for plan_id, (agreed, paid) in stored.items() if covered.get(plan_id, 0) != agreed - paid}
    found.update(_with_credits(session, creditor_id), _with_paid_charges(session, creditor_id))
    found.update(reopened_plans(session, creditor_id))  # what is open of them says nothing about what was paid
    found.update(_completed_but_open(session, creditor_id, today))
    return sorted(found)


def _stored(session: Session, creditor_id: int) -> dict[int, tuple[int, int]]:
    rows = session.execute(
        select(Plan.id, func.sum(Instalment.amount_minor), func.sum(Instalment.paid_minor))
        .join(Instalment, Instalment.plan_id == Plan.id)
        .where(Plan.creditor_id == creditor_id, Plan.status.in_(RUNNING))
        .group_by(Plan.id)
    )
    return {plan_id: (int(agreed), int(paid)) for plan_id, agreed, paid in rows}


def _covered(session: Session, creditor_id: int) -> dict[int, int]:
    """By plan: what is open now of the shares it covers.

    The open part of an item that was left out of the plan is open too; a plan whose sum differs is looked at closely.
    """
    open_share = case((OpenItem.open_minor < PlanItem.amount_minor, OpenItem.open_minor), else_=PlanItem.amount_minor)
    rows = session.execute(
        select(Plan.id, func.sum(open_share))
        .join(PlanItem, PlanItem.plan_id == Plan.id)
        .join(OpenItem, OpenItem.id == PlanItem.item_id)
        .where(Plan.creditor_id == creditor_id, Plan.status.in_(RUNNING))
        .group_by(Plan.id)
    )
    return {plan_id: int(left) for plan_id, left in rows}


def _with_credits(session: Session, creditor_id: int) -> list[int]:
    credit = exists().where(
        OpenItem.customer_id == Plan.customer_id, OpenItem.currency == Plan.currency, OpenItem.open_minor < 0
    )
    return list(
        session.scalars(select(Plan.id).where(Plan.creditor_id == creditor_id, Plan.status.in_(RUNNING), credit))
    )


def _with_paid_charges(session: Session, creditor_id: int) -> list[int]:
    """The plans on whose invoices' resting charges money has come since they were agreed."""
    charge, money, own = aliased(OpenItem), aliased(OpenItem), aliased(PlanItem)
    return list(
        session.scalars(
            select(Plan.id)
            .distinct()
            .join(PlanItem, PlanItem.plan_id == Plan.id)
            .join(charge, and_(charge.belongs_to_id == PlanItem.item_id, charge.kind.in_(CHARGES)))
            .join(Entry, and_(Entry.item_id == charge.id, Entry.kind == "allocate", Entry.id > Plan.ledger_mark))
            .join(money, money.id == Entry.against_item_id)
            .where(
                Plan.creditor_id == creditor_id,
                Plan.status.in_(RUNNING),
                money.kind.in_(MONEY_IN),
                ~exists().where(own.plan_id == Plan.id, own.item_id == charge.id),
            )
        )
    )


def reopened_plans(session: Session, creditor_id: int) -> list[int]:
    """Running plans of whose items something was taken back since that had been settled before them."""
    taken, first = aliased(Entry), aliased(Entry)
    return list(
        session.scalars(
            select(Plan.id)
            .distinct()
            .join(PlanItem, PlanItem.plan_id == Plan.id)
            .join(taken, and_(taken.item_id == PlanItem.item_id, taken.kind == "reverse", taken.id > Plan.ledger_mark))
            .join(first, and_(first.id == taken.reverses_id, first.id <= Plan.ledger_mark))
            .where(Plan.creditor_id == creditor_id, Plan.status.in_(RUNNING))
            .order_by(Plan.id)
        )
    )


def _completed_but_open(session: Session, creditor_id: int, today: date) -> list[int]:
    return list(
        session.scalars(
            select(Plan.id)
            .distinct()
            .join(PlanItem, PlanItem.plan_id == Plan.id)
            .join(OpenItem, OpenItem.id == PlanItem.item_id)
            .where(
                Plan.creditor_id == creditor_id,
                Plan.status == "completed",
                Plan.ended_on >= today - timedelta(days=REVERSIBLE_DAYS),
                OpenItem.open_minor > 0,
            )
        )
    )


class Waiting(NamedTuple):
    """A running plan that has something due, or whose state no longer fits what is due."""

    plan_id: int
    status: str
    customer_id: int
    paid_minor: int
    first_due: date  # of all its payments
    oldest_due: date  # of those with something left on them


def waiting_plans(session: Session, creditor_id: int, today: date) -> list[Waiting]:
    """Running plans with a payment due by today that is short, those not yet active, and those that are late."""
    unpaid = case((Instalment.paid_minor < Instalment.amount_minor, Instalment.due))
    oldest = func.min(unpaid)
    rows = session.execute(
        select(
            Plan.id, Plan.status, Plan.customer_id, func.sum(Instalment.paid_minor), func.min(Instalment.due), oldest
        )
        .join(Instalment, Instalment.plan_id == Plan.id)
        .where(Plan.creditor_id == creditor_id, Plan.status.in_(RUNNING))
        .group_by(Plan.id, Plan.status, Plan.customer_id)
        .having(or_(oldest <= today, Plan.status != "active"))
        .order_by(Plan.id)
    )
    return [Waiting(row[0], row[1], row[2], int(row[3]), row[4], row[5]) for row in rows if row[5] is not None]


def interest_to_spare(session: Session, plan_id: int) -> int:
    """Of the plan's own interest, what has not been let go yet, paid or not."""
    own = (
        select(OpenItem.id)
        .join(PlanItem, PlanItem.item_id == OpenItem.id)
        .where(PlanItem.plan_id == plan_id, OpenItem.kind == "interest")
    )
    against = aliased(OpenItem)
    posted = session.scalar(select(func.sum(OpenItem.amount_minor)).where(OpenItem.id.in_(own))) or 0
    let_go = (
        select(-func.sum(Entry.amount_minor))
        .join(against, against.id == Entry.against_item_id)
        .where(Entry.item_id.in_(own), against.kind == "write_off")
    )
    return int(posted) - int(session.scalar(let_go) or 0)


def paid_on_interest(session: Session, plan_id: int) -> list[tuple[Entry, OpenItem]]:
    """What payments have paid on the plan's own interest and still do, newest first, with the money."""
    own, money, undone = aliased(OpenItem), aliased(OpenItem), aliased(Entry)
    rows = session.execute(
        select(Entry, money)
        .join(own, own.id == Entry.item_id)
        .join(PlanItem, PlanItem.item_id == own.id)
        .join(money, money.id == Entry.against_item_id)
        .where(PlanItem.plan_id == plan_id, own.kind == "interest", Entry.kind == "allocate")
        .where(money.kind.in_(MONEY_IN), ~exists().where(undone.reverses_id == Entry.id))
        .order_by(Entry.id.desc())
    )
    return [(entry, paid_by) for entry, paid_by in rows]


def newest_money(session: Session, plan_id: int, mark: int) -> date | None:
    """The day of the newest entry that settled something of the plan since it was agreed."""
    return session.scalar(
        select(func.max(Entry.on))
        .join(PlanItem, PlanItem.item_id == Entry.item_id)
        .where(PlanItem.plan_id == plan_id, Entry.id > mark, Entry.against_item_id.is_not(None))
    )
