"""Every SELECT behind what is written without a proposal."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from kulant.ledger.charges import CHARGES
from kulant.ledger.models import Entry, OpenItem
from kulant.plans.models import Plan, PlanItem


def dropped_with(session: Session, plan: Plan) -> int:
    """What was written off of the fees and interest on a kept plan's invoices on the day it was complete."""
    charge, given_up = aliased(OpenItem), aliased(OpenItem)
    found = session.scalar(
        select(func.sum(-Entry.amount_minor))
        .join(charge, charge.id == Entry.item_id)
        .join(given_up, given_up.id == Entry.against_item_id)
        .join(PlanItem, PlanItem.item_id == charge.belongs_to_id)
        .where(
            PlanItem.plan_id == plan.id,
            charge.kind.in_(CHARGES),
            given_up.kind == "write_off",
            Entry.on == plan.ended_on,
        )
    )
    return int(found or 0)
