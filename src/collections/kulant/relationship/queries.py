"""Every SELECT of the relationship room except those of scoring."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.ledger.bulk import among
from kulant.ledger.models import Customer, OpenItem
from kulant.relationship.models import Concern, Hold, Promise, Score, Task, TimelineEvent
from kulant.relationship.models_care import Commitment, Interaction, Strike


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
        .where(among(session, Hold.customer_id, customer_ids), Hold.released_on.is_(None), Hold.until >= today)
        .order_by(Hold.id)
    ).all()


def promises(session: Session, customer_ids: Collection[int]) -> Sequence[Promise]:
    """All promises of these customers, oldest first."""
    return session.scalars(
        select(Promise).where(among(session, Promise.customer_id, customer_ids)).order_by(Promise.made_on, Promise.id)
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
        .where(among(session, Concern.customer_id, customer_ids), Concern.answered_on.is_(None))
        .order_by(Concern.opened_on, Concern.id)
    ).all()


def open_tasks(session: Session, creditor_id: int, *, customer_id: int | None = None) -> Sequence[Task]:
    """What a person here should see or do, soonest first."""
    statement = select(Task).where(Task.creditor_id == creditor_id, Task.done_on.is_(None))
    if customer_id is not None:
        statement = statement.where(Task.customer_id == customer_id)
    return session.scalars(statement.order_by(Task.due, Task.id)).all()


# Real contact: somebody spoke with the customer or they wrote to us. Letters and reminders are not contact.
CONTACT_KINDS = (
    "call", "meeting", "email", "visit", "survey", "complaint", "request", "plan_accepted", "promise_made",
)  # fmt: skip


def last_contacts(session: Session, customer_ids: Collection[int]) -> dict[int, date]:
    """The day of the last real contact, by customer."""
    rows = session.execute(
        select(TimelineEvent.customer_id, func.max(TimelineEvent.on))
        .where(among(session, TimelineEvent.customer_id, customer_ids), TimelineEvent.kind.in_(CONTACT_KINDS))
        .group_by(TimelineEvent.customer_id)
    )
    return dict(rows.all())


def last_calls(session: Session, customer_ids: Collection[int]) -> dict[int, date]:
    """The day somebody last called, by customer."""
    rows = session.execute(
        select(TimelineEvent.customer_id, func.max(TimelineEvent.on))
        .where(among(session, TimelineEvent.customer_id, customer_ids), TimelineEvent.kind == "call")
        .group_by(TimelineEvent.customer_id)
    )
    return dict(rows.all())


def scores(session: Session, customer_ids: Collection[int]) -> dict[int, Score]:
    """The newest score of each customer."""
    rows = session.scalars(select(Score).where(among(session, Score.customer_id, customer_ids)))
    return {row.customer_id: row for row in rows}


class KnownCustomer(NamedTuple):
    """A customer as far as what is recorded about them needs it."""

    id: int
    account_manager: str | None


def customers_known(session: Session, creditor_id: int, numbers: Collection[str]) -> dict[str, KnownCustomer]:
    """Those of these customers that exist, by number."""
    rows = session.execute(
        select(Customer.number, Customer.id, Customer.account_manager).where(
            Customer.creditor_id == creditor_id, among(session, Customer.number, numbers)
        )
    )
    return {number: KnownCustomer(customer_id, manager) for number, customer_id, manager in rows}


def known_interactions(
    session: Session, creditor_id: int, numbers: Collection[str]
) -> dict[str, tuple[str, Concern | None]]:
    """What those of these contacts said that were taken in before, and the concerns they opened, by number."""
    rows = session.execute(
        select(Interaction.number, Interaction.said, Concern)
        .outerjoin(Concern, Concern.id == Interaction.concern_id)
        .where(Interaction.creditor_id == creditor_id, among(session, Interaction.number, numbers))
    )
    return {number: (said_then, concern) for number, said_then, concern in rows}


def known_strikes(session: Session, creditor_id: int, keys: Collection[str]) -> set[str]:
    """Those of these keys that were counted before, withdrawn ones among them."""
    return set(
        session.scalars(select(Strike.key).where(Strike.creditor_id == creditor_id, among(session, Strike.key, keys)))
    )


def strikes(session: Session, customer_ids: Collection[int], since: date, until: date) -> Sequence[Strike]:
    """The strikes of that time, withdrawn ones among them, newest first."""
    return session.scalars(
        select(Strike)
        .where(Strike.customer_id.in_(customer_ids), Strike.on >= since, Strike.on <= until)
        .order_by(Strike.on.desc(), Strike.id.desc())
    ).all()


def strike_by_id(session: Session, creditor_id: int, strike_id: int) -> Strike:
    """A strike of one of this creditor's customers; refuses when there is none of that id."""
    found = session.scalar(select(Strike).where(Strike.id == strike_id, Strike.creditor_id == creditor_id))
    if found is None:
        raise NotFound("no_strike", f"there is no strike {strike_id}")
    return found


def concern_by_id(session: Session, creditor_id: int, concern_id: int) -> Concern:
    """A complaint or request of one of this creditor's customers; refuses when there is none of that id."""
    found = session.scalar(select(Concern).where(Concern.id == concern_id, Concern.creditor_id == creditor_id))
    if found is None:
        raise NotFound("no_concern", f"there is no complaint or request {concern_id}")
    return found


def commitment_by_id(session: Session, creditor_id: int, commitment_id: int) -> Commitment:
    """A promise of ours to one of this creditor's customers; refuses when there is none of that id."""
    found = session.scalar(
        select(Commitment).where(Commitment.id == commitment_id, Commitment.creditor_id == creditor_id)
    )
    if found is None:
        raise NotFound("no_commitment", f"there is no promise of ours {commitment_id}")
    return found


def open_commitments(session: Session, customer_ids: Collection[int]) -> Sequence[Commitment]:
    """What we promised these customers and have still to do, soonest first."""
    return session.scalars(
        select(Commitment)
        .where(Commitment.customer_id.in_(customer_ids), Commitment.status == "open")
        .order_by(Commitment.due, Commitment.id)
    ).all()
