"""Every SELECT about occasions: instalments and invoices whose day comes soon, and who is to be left alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from kulant.delivery.models import Delivery, InboundMail
from kulant.ledger.bulk import among
from kulant.ledger.models import Customer, Dispute, OpenItem
from kulant.plans.models import Instalment, Plan, PlanItem
from kulant.plans.states import RUNNING
from kulant.relationship.models import Concern, Hold
from kulant.relationship.models_care import LateReason
from kulant.relationship.why_late import FOR_A_PERSON
from kulant.treatment.models import StepSent


def instalments_due(session: Session, creditor_id: int, today: date, last: date) -> list[tuple[Plan, Instalment]]:
    """Instalments of plans that are kept, due after today and by that day, not paid and not reminded of."""
    rows = session.execute(
        select(Plan, Instalment)
        .join(Instalment, Instalment.plan_id == Plan.id)
        .where(
            Plan.creditor_id == creditor_id,
            Plan.status.in_([status for status in RUNNING if status != "late"]),  # who is late is spoken with anyway
            Instalment.due > today,
            Instalment.due <= last,
            Instalment.paid_minor < Instalment.amount_minor,
            Instalment.reminded_on.is_(None),
        )
        .order_by(Instalment.id)
    )
    return [(plan, part) for plan, part in rows]


def parts_of(session: Session, plan_ids: Collection[int]) -> Sequence[Instalment]:
    """All instalments of these plans."""
    if not plan_ids:
        return ()
    return session.scalars(
        select(Instalment).where(among(session, Instalment.plan_id, sorted(plan_ids))).order_by(Instalment.number)
    ).all()


def due_soon(
    session: Session, creditor_id: int, segments: Collection[str], today: date, last: date
) -> Sequence[OpenItem]:
    """Invoices of these segments due from today to that day, soonest first; none that is disputed, in a plan, on hold,
    or named by a letter already.
    """
    disputed = select(Dispute.id).where(Dispute.item_id == OpenItem.id, Dispute.resolved_on.is_(None))
    planned = (
        select(PlanItem.item_id)
        .join(Plan, Plan.id == PlanItem.plan_id)
        .where(PlanItem.item_id == OpenItem.id, Plan.status.in_(RUNNING))
    )
    held = select(Hold.id).where(Hold.item_id == OpenItem.id, Hold.released_on.is_(None), Hold.until >= today)
    asked = select(StepSent.id).where(StepSent.item_id == OpenItem.id)
    return session.scalars(
        select(OpenItem)
        .join(Customer, Customer.id == OpenItem.customer_id)
        .where(
            OpenItem.creditor_id == creditor_id,
            OpenItem.open_minor != 0,  # the condition of the index
            OpenItem.open_minor > 0,
            OpenItem.kind == "invoice",
            OpenItem.due_date >= today,
            OpenItem.due_date <= last,
            Customer.segment.in_(segments),
            Customer.contact_opt_out.is_(False),
            Customer.no_dunning.is_(False),
            ~disputed.exists(),
            ~planned.exists(),
            ~held.exists(),
            ~asked.exists(),
        )
        .order_by(OpenItem.due_date, OpenItem.id)
    ).all()


def courtesies_of(session: Session, customer_ids: Collection[int]) -> list[tuple[int, date, dict[str, Any]]]:
    """The friendly notes these customers got or are to get: whose, when, about what."""
    if not customer_ids:
        return []
    rows = session.execute(
        select(Delivery.customer_id, Delivery.approved_on, Delivery.context).where(
            among(session, Delivery.customer_id, sorted(customer_ids)),
            Delivery.kind == "courtesy",
            Delivery.proposal_id.is_(None),
        )
    )
    return [(customer_id, on, context) for customer_id, on, context in rows]


def spared(session: Session, customer_ids: Collection[int], today: date) -> set[int]:
    """Who gets no friendly note: on hold, waiting for our answer, or late for a reason that a person takes."""
    if not customer_ids:
        return set()
    ids = sorted(customer_ids)
    held = select(Hold.customer_id).where(
        among(session, Hold.customer_id, ids), Hold.item_id.is_(None), Hold.released_on.is_(None), Hold.until >= today
    )
    waiting = select(Concern.customer_id).where(among(session, Concern.customer_id, ids), Concern.answered_on.is_(None))
    unread = select(InboundMail.customer_id).where(
        among(session, InboundMail.customer_id, ids), InboundMail.kind == "reply", InboundMail.read_at.is_(None)
    )
    reasons = select(LateReason.customer_id).where(
        among(session, LateReason.customer_id, ids),
        LateReason.ended_on.is_(None),
        LateReason.code.in_(sorted(FOR_A_PERSON)),
    )
    return {one for one in session.scalars(union(held, waiting, unread, reasons)) if one is not None}
