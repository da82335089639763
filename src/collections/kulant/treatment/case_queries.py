"""SELECTs of cases: plain rows, for a run reads a million items and everything that stands beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import JSON, ColumnElement, String, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from kulant.db import columns_of
from kulant.ledger.bulk import among
from kulant.ledger.models import OpenItem
from kulant.ledger.queries import issued_by
from kulant.treatment.models import Proposal, StepSent
from kulant.treatment.queries import LIVE

# How far back payment behaviour is looked at.
HISTORY_DAYS = 730


def customers_to_judge(session: Session, creditor_id: int, *, due_before: date, today: date) -> list[int]:
    """Customers with an open invoice due before that day, and those with a proposal that may have to go."""
    indebted = (
        select(OpenItem.customer_id)
        .where(
            OpenItem.creditor_id == creditor_id,
            OpenItem.kind == "invoice",
            OpenItem.open_minor > 0,
            OpenItem.due_date < due_before,
            OpenItem.customer_id.is_not(None),
            issued_by(today),
        )
        .distinct()
    )
    proposed = select(Proposal.customer_id).where(Proposal.creditor_id == creditor_id, Proposal.status.in_(LIVE))
    both = indebted.union(proposed).subquery()
    return list(session.scalars(select(both.c[0]).order_by(both.c[0])))


def count_live(session: Session, creditor_id: int) -> int:
    """How many proposals wait or are on their way."""
    count = select(func.count()).select_from(Proposal)
    return session.scalars(count.where(Proposal.creditor_id == creditor_id, Proposal.status.in_(LIVE))).one()


class ItemRow(NamedTuple):
    """Something open on a customer's account."""

    id: int
    customer_id: int
    currency: str
    kind: str
    number: str
    issue_date: date | None
    due_date: date | None
    due_assumed: bool
    amount_minor: int
    open_minor: int
    belongs_to_id: int | None


_ITEM = columns_of(OpenItem, ItemRow)


def open_items_of(session: Session, customer_ids: Collection[int], today: date) -> list[ItemRow]:
    """Everything open on these customers' accounts on the day, oldest due first."""
    rows = session.execute(
        select(*_ITEM)
        .where(among(session, OpenItem.customer_id, customer_ids), OpenItem.open_minor != 0, issued_by(today))
        .order_by(OpenItem.customer_id, OpenItem.due_date, OpenItem.id)
    )
    return list(map(ItemRow._make, rows))


class Settled(NamedTuple):
    """An invoice that was paid: when it was due, when the last of it came, what it was for."""

    due: date
    paid: date
    amount_minor: int


def settled_invoices(
    session: Session, customer_ids: Collection[int], today: date
) -> dict[tuple[int, str], list[Settled]]:
    """Paid invoices of the last two years, by customer and currency."""
    rows = session.execute(
        select(OpenItem.customer_id, OpenItem.currency, OpenItem.due_date, OpenItem.settled_on, OpenItem.amount_minor)
        .where(
            among(session, OpenItem.customer_id, customer_ids),
            OpenItem.kind == "invoice",
            OpenItem.settled_on <= today,
            OpenItem.settled_on >= today - timedelta(days=HISTORY_DAYS),
            OpenItem.due_date.is_not(None),
        )
        .order_by(OpenItem.due_date, OpenItem.id)
    )
    history: dict[tuple[int, str], list[Settled]] = defaultdict(list)
    for customer_id, currency, due, paid, amount in rows:
        if customer_id is not None and due is not None and paid is not None:
            history[customer_id, currency].append(Settled(due, paid, amount))
    return history


class StepRow(NamedTuple):
    """A ladder step that an item was taken to."""

    item_id: int
    proposal_id: int
    step: str
    document: str
    sent_on: date


def steps_sent(session: Session, customer_ids: Collection[int]) -> dict[int, list[StepRow]]:
    """The ladder steps that each open item of these customers has been taken to, oldest first."""
    rows = session.execute(
        select(*columns_of(StepSent, StepRow))
        .join(OpenItem, OpenItem.id == StepSent.item_id)
        .where(among(session, OpenItem.customer_id, customer_ids), OpenItem.open_minor != 0)
        .order_by(StepSent.sent_on, StepSent.id)
    )
    by_item: dict[int, list[StepRow]] = defaultdict(list)
    for row in map(StepRow._make, rows):
        by_item[row.item_id].append(row)
    return by_item


class Former(NamedTuple):
    """A proposal made before, as far as it matters to what is proposed today."""

    id: int
    customer_id: int
    currency: str
    status: str
    on: date
    treatment: str
    interest_minor: int
    decided_on: date | None
    decision_reason: str | None
    fingerprint: str | None  # of what was proposed; of live ones only


def former_proposals(
    session: Session, customer_ids: Collection[int], since: date
) -> dict[tuple[int, str], list[Former]]:
    """Live proposals of any age, and those decided since that day, by customer and currency, oldest first.

    Their reasons, options and inputs are left where they are: the database reads the fingerprint out of them.
    """
    recent = and_(Proposal.status.in_(("sent", "dismissed")), Proposal.decided_on >= since)
    columns = [getattr(Proposal, name) for name in Former._fields[:-1]]
    rows = session.execute(
        select(*columns, _fingerprint(session))
        .where(among(session, Proposal.customer_id, customer_ids), or_(Proposal.status.in_(LIVE), recent))
        .order_by(Proposal.id)
    )
    by_account: dict[tuple[int, str], list[Former]] = defaultdict(list)
    for row in map(Former._make, rows):
        by_account[row.customer_id, row.currency].append(row)
    return by_account


def _fingerprint(session: Session) -> ColumnElement[str | None]:
    facts = Proposal.__table__.c.facts
    if session.get_bind().dialect.name == "postgresql":
        its = func.json_extract_path_text(cast(facts, JSON), "fingerprint", type_=String)
    else:
        its = func.json_extract(facts, "$.fingerprint", type_=String)
    return case((Proposal.status.in_(LIVE), its))
