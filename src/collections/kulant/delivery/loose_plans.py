"""Whether a note about an instalment of a plan may leave now: before its day, or when it has not come.

One before its day keeps a date that was agreed. One about a late instalment asks for money, so it is held to what holds
for every letter that does: nobody hears from us too often, waits for our answer meanwhile, or is asked though we said
that we would not.
"""

from __future__ import annotations

from datetime import date

from kulant.db import Act
from kulant.delivery import queries
from kulant.delivery.models import Delivery
from kulant.ledger.models import Customer
from kulant.letters.late_instalment import OCCASIONS
from kulant.people.models import Creditor
from kulant.plans.limits import plan_rules
from kulant.plans.models import Instalment, Plan
from kulant.plans.states import RUNNING
from kulant.relationship import queries as relationship
from kulant.relationship.pressure import free_again
from kulant.relationship.pressure_queries import contacts
from kulant.treatment.policies import ladder_for, ladders_in_force


def is_late_note(delivery: Delivery) -> bool:
    """Whether it asks for an instalment that has not come."""
    return delivery.context.get("occasion") in OCCASIONS


def why_not(act: Act, delivery: Delivery, customer: Customer) -> str | None:
    """Why it has lost its point since it was queued; none while it has not."""
    plan = act.session.get(Plan, delivery.context.get("plan"))
    if plan is None or plan.status not in RUNNING:
        return "The payment plan does not run any more."
    if "instalment" not in delivery.context:
        return None
    part = act.session.get(Instalment, delivery.context["instalment"])
    if part is None or part.paid_minor >= part.amount_minor:
        return "The instalment is paid."
    if part.due.isoformat() != delivery.context["due"]:
        return "The instalment has been moved to another day."
    if not is_late_note(delivery):
        return "Its day has passed before the note left." if part.due < act.today else None
    if part.amount_minor - part.paid_minor != delivery.context["amount_minor"]:
        return "What is short of the instalment is another sum by now."
    return _why_not_asked(act, customer, part)


def _why_not_asked(act: Act, customer: Customer, part: Instalment) -> str | None:
    if (act.today - part.due).days > plan_rules(act.session, customer.creditor_id).grace_days:
        return "A person calls about it by now."
    if customer.no_dunning:
        return "This customer is marked as never to be reminded."
    one = [customer.id]
    if queries.unread_replies(act.session, one) or relationship.open_concerns(act.session, one):
        return "The customer waits for an answer of ours; that comes first."
    return None


def heard_enough_until(act: Act, customer: Customer) -> date | None:
    """The day from which the ladder's contact cap lets the customer hear from us again; none when that is now."""
    creditor = act.session.get_one(Creditor, customer.creditor_id)
    ladder = ladder_for(customer, creditor, ladders_in_force(act.session, creditor.id))
    cap = ladder.policy.contact.max_contacts if ladder and ladder.policy.contact else None
    if cap is None:
        return None
    heard = contacts(act.session, [customer.id], act.today, cap.days).get(customer.id, [])
    return free_again([one.on for one in heard], count=cap.count, days=cap.days, today=act.today)
