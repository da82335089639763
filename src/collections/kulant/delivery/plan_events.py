"""What follows from payments on plans: thanks when one is complete, a call when one was missed. Safe to run often."""

from __future__ import annotations

from dataclasses import dataclass

from kulant.db import Act
from kulant.delivery.plan_mail import queue_plan_mail
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.plans import service as plans
from kulant.plans.models import Plan
from kulant.relationship.tasks import add_task


@dataclass(frozen=True, slots=True)
class PlanChanges:
    """The plans that were completed and those that were broken."""

    completed: tuple[Plan, ...]
    broken: tuple[Plan, ...]


def follow_plans(act: Act, creditor: Creditor) -> PlanChanges:
    """Counts payments on active plans, ends those that are complete or missed, thanks and tells who must know."""
    completed = plans.follow_payments(act, creditor)
    broken = plans.break_missed_plans(act, creditor)
    for plan in completed:
        customer = act.session.get_one(Customer, plan.customer_id)
        queue_plan_mail(act, plan=plan, customer=customer, kind="thank_you", key=f"plan:{plan.id}:thank_you")
    for plan in broken:
        _ask_for_a_call(act, plan)
    return PlanChanges(tuple(completed), tuple(broken))


def _ask_for_a_call(act: Act, plan: Plan) -> None:
    customer = act.session.get_one(Customer, plan.customer_id)
    add_task(
        act,
        creditor_id=plan.creditor_id,
        customer_id=customer.id,
        kind="plan_broken",
        text=f"Call {customer.name}: {plan.end_reason}. A new plan may be agreed once.",
        due=act.today,
    )
