"""Whom to call today: calls that are proposed, and tasks that ask for one; each customer once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.delivery.calls import AGAIN, CALL, NUMBER
from kulant.insight.worklist import priority
from kulant.insight.worklist_queries import people, worths
from kulant.ledger.bulk import among
from kulant.ledger.models import OpenItem
from kulant.ledger.queries import issued_by, primary_contacts
from kulant.people.models import Creditor
from kulant.relationship.models import Task, TimelineEvent
from kulant.treatment.models import Proposal
from kulant.treatment.queries import LIVE

# Tasks that a call settles, or begins with. Hardship is left out: it is for whoever helps the customer.
_TASKS = (CALL, AGAIN, NUMBER, "plan_late", "save_case", "expectation_check")


@dataclass(frozen=True, slots=True)
class CallToMake:
    """A customer to call. ``overdue_minor`` is in the currency of the oldest debt, 0 where nothing is late."""

    customer_id: int
    number: str
    name: str
    grade: str | None
    phone: str | None
    currency: str
    overdue_minor: int
    days_overdue: int
    why: str
    tries: int  # calls that nobody answered since the one that was
    later: date | None  # somebody tries again on that day
    priority: int


class _Late(NamedTuple):
    currency: str
    minor: int
    oldest: date


def calls_to_make(session: Session, creditor: Creditor, today: date) -> list[CallToMake]:
    """The customers to call, those of today first, the most urgent of them first. Six statements, however many."""
    reasons, later = _wanted(session, creditor.id, today)
    customers, contacts = people(session, reasons), primary_contacts(session, reasons)
    late, grades, tries = _late(session, reasons, today), worths(session, reasons), _tries(session, reasons)
    found = []
    for customer_id, why in reasons.items():
        customer, contact = customers[customer_id], contacts.get(customer_id)
        owed = late.get(customer_id, _Late(creditor.currency, 0, today))
        worth = grades.get(customer_id)
        found.append(
            CallToMake(
                customer_id=customer_id,
                number=customer.number,
                name=customer.name,
                grade=worth.grade if worth else None,
                phone=contact.phone if contact else None,
                currency=owed.currency,
                overdue_minor=owed.minor,
                days_overdue=(today - owed.oldest).days,
                why=why,
                tries=tries.get(customer_id, 0),
                later=later.get(customer_id),
                priority=priority(owed.minor, owed.currency, owed.oldest, today),
            )
        )
    return sorted(found, key=lambda one: (one.later is not None, one.later or today, -one.priority, one.name))


def _wanted(session: Session, creditor_id: int, today: date) -> tuple[dict[int, str], dict[int, date]]:
    """Why each customer is to be called, and the day where somebody has tried and does so again later."""
    reasons: dict[int, str] = {}
    later: dict[int, date] = {}
    tasks = session.execute(
        select(Task.customer_id, Task.kind, Task.text, Task.due)
        .where(
            Task.creditor_id == creditor_id,
            Task.done_on.is_(None),
            Task.kind.in_(_TASKS),
            Task.customer_id.is_not(None),
        )
        .order_by(Task.due, Task.id)
    )
    for customer_id, kind, text, due in tasks:
        if customer_id is None:
            continue
        if kind in (AGAIN, NUMBER) and due > today:
            later[customer_id] = due
        reasons.setdefault(customer_id, text)
    proposed = session.execute(
        select(Proposal.customer_id, Proposal.reasons)
        .where(Proposal.creditor_id == creditor_id, Proposal.status.in_(LIVE), Proposal.channel == "call")
        .order_by(Proposal.id)
    )
    for customer_id, said in proposed:
        reasons.setdefault(customer_id, next((reason["text"] for reason in said), ""))
    return reasons, later


def _late(session: Session, customer_ids: Collection[int], today: date) -> dict[int, _Late]:
    """What is overdue, in the currency of the oldest debt."""
    rows = session.execute(
        select(OpenItem.customer_id, OpenItem.currency, func.sum(OpenItem.open_minor), func.min(OpenItem.due_date))
        .where(
            among(session, OpenItem.customer_id, customer_ids),
            OpenItem.open_minor > 0,
            OpenItem.due_date < today,
            issued_by(today),
        )
        .group_by(OpenItem.customer_id, OpenItem.currency)
    )
    found: dict[int, _Late] = {}
    for customer_id, currency, minor, oldest in rows:
        if customer_id is None or oldest is None:
            continue
        if customer_id not in found or oldest < found[customer_id].oldest:
            found[customer_id] = _Late(currency, int(minor), oldest)
    return found


def _tries(session: Session, customer_ids: Collection[int]) -> dict[int, int]:
    """Calls that reached nobody since the last one that reached somebody."""
    rows = session.execute(
        select(TimelineEvent.customer_id, TimelineEvent.kind)
        .where(
            among(session, TimelineEvent.customer_id, customer_ids),
            TimelineEvent.kind.in_(("call", "call_unanswered")),
        )
        .order_by(TimelineEvent.on, TimelineEvent.id)
    )
    tries: dict[int, int] = {}
    for customer_id, kind in rows:
        tries[customer_id] = 0 if kind == "call" else tries.get(customer_id, 0) + 1
    return tries
