"""What follows from payments and time on plans: thanks when complete, a nudge or a gentler plan where one is.

Safe to run often: every message has a key of its own, and whoever must know has a task.
"""

from __future__ import annotations

from dataclasses import dataclass

from kulant.db import Act
from kulant.delivery.plan_mail import queue_plan_mail
from kulant.delivery.plan_notices import arrivals, queue_notices
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.plans import queries
from kulant.plans import service as plans
from kulant.plans.late_plans import keep_calls, look_after
from kulant.plans.models import Plan
from kulant.plans.reopened import notice_reopened


@dataclass(frozen=True, slots=True)
class PlanChanges:
    """What following the plans has changed."""

    completed: tuple[Plan, ...]
    late: int  # plans that became late
    notices: int  # nudges and gentler plans put into the outbox


def follow_plans(act: Act, creditor: Creditor) -> PlanChanges:
    """Counts payments on running plans, ends those that are complete, sees which are late, thanks and tells."""
    completed = plans.follow_payments(act, creditor)
    for plan in completed:
        customer = act.session.get_one(Customer, plan.customer_id)
        queue_plan_mail(act, plan=plan, customer=customer, kind="thank_you", key=f"plan:{plan.id}:thank_you")
    notice_reopened(act, creditor)
    looked = look_after(act, creditor)
    told = queue_notices(act, creditor, looked.notices)
    late = queries.late_plans(act.session, creditor.id)
    arrived = arrivals(act, creditor, [(plan, part) for plan, part, _ in late])
    keep_calls(act, creditor, late, unreached=told.unreached, arrivals=arrived)
    return PlanChanges(tuple(completed), looked.late, told.queued)
