"""Every SELECT of the relationship room except those of scoring."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.ledger.models import OpenItem
from kulant.relationship.models import Concern, Hold, Promise, Score, Task, TimelineEvent


def timeline(session: Session, customer_id: int, *, limit: int = 200) -> Sequence[TimelineEvent]:
    """What happened with the customer, newest first."""
    return session.scalars(
        select(TimelineEvent)
        .where(TimelineEvent.customer_id == customer_id)
        .order_by(TimelineEvent.on.desc(), TimelineEvent.id.desc())
        .limit(limit)
    ).all()


def holds_in_force(session: Session, customer_ids: Collection[int], today: date) -> Sequence[Hold]:
    """Holds that stop anything from going out on the day."""
    return session.scalars(
        select(Hold)
        .where(Hold.customer_id.in_(customer_ids), Hold.released_on.is_(None), Hold.until >= today)
        .order_by(Hold.id)
    ).all()


def promises(session: Session, customer_ids: Collection[int]) -> Sequence[Promise]:
    """All promises of these customers, oldest first."""
    return session.scalars(
        select(Promise).where(Promise.customer_id.in_(customer_ids)).order_by(Promise.made_on, Promise.id)
    ).all()


def open_promises(session: Session, creditor_id: int) -> Sequence[Promise]:
    """Promises not yet kept or broken."""
    return session.scalars(
        select(Promise)
        .where(Promise.creditor_id == creditor_id, Promise.status == "open")
        .order_by(Promise.made_on, Promise.id)
    ).all()


def paid_by_day(session: Session, customer_ids: Collection[int]) -> dict[tuple[int, str], list[tuple[date, int]]]:
    """What these customers paid, as ``(customer, currency) → [(day, minor)]``; chargebacks count against it."""
    rows = session.execute(
        select(OpenItem.customer_id, OpenItem.currency, OpenItem.issue_date, func.sum(-OpenItem.amount_minor))
        .where(OpenItem.customer_id.in_(customer_ids), OpenItem.series == "payment")
        .group_by(OpenItem.customer_id, OpenItem.currency, OpenItem.issue_date)
    )
    paid: dict[tuple[int, str], list[tuple[date, int]]] = {}
    for customer_id, currency, day, minor in rows:
        if customer_id is not None and day is not None:
            paid.setdefault((customer_id, currency), []).append((day, int(minor)))
    return paid


def open_concerns(session: Session, customer_ids: Collection[int]) -> Sequence[Concern]:
    """Complaints and requests that wait for an answer."""
    return session.scalars(
        select(Concern)
        .where(Concern.customer_id.in_(customer_ids), Concern.answered_on.is_(None))
        .order_by(Concern.opened_on, Concern.id)
    ).all()


def open_tasks(session: Session, creditor_id: int, *, customer_id: int | None = None) -> Sequence[Task]:
    """What a person here should see or do, soonest first."""
    statement = select(Task).where(Task.creditor_id == creditor_id, Task.done_on.is_(None))
    if customer_id is not None:
        statement = statement.where(Task.customer_id == customer_id)
    return session.scalars(statement.order_by(Task.due, Task.id)).all()


# Real contact: somebody spoke with the customer or they wrote to us. Letters and reminders are not contact.
CONTACT_KINDS = ("call", "meeting", "email", "complaint", "request", "plan_accepted", "promise_made")


def last_contacts(session: Session, customer_ids: Collection[int]) -> dict[int, date]:
    """The day of the last real contact, by customer."""
    rows = session.execute(
        select(TimelineEvent.customer_id, func.max(TimelineEvent.on))
        .where(TimelineEvent.customer_id.in_(customer_ids), TimelineEvent.kind.in_(CONTACT_KINDS))
        .group_by(TimelineEvent.customer_id)
    )
    return dict(rows.all())


def last_calls(session: Session, customer_ids: Collection[int]) -> dict[int, date]:
    """The day somebody last called, by customer."""
    rows = session.execute(
        select(TimelineEvent.customer_id, func.max(TimelineEvent.on))
        .where(TimelineEvent.customer_id.in_(customer_ids), TimelineEvent.kind == "call")
        .group_by(TimelineEvent.customer_id)
    )
    return dict(rows.all())


def scores(session: Session, customer_ids: Collection[int]) -> dict[int, Score]:
    """The newest score of each customer."""
    return {row.customer_id: row for row in session.scalars(select(Score).where(Score.customer_id.in_(customer_ids)))}
