"""The kind ladder of a late plan, in the outbox: a nudge the day after, an offer of smaller payments some days later.

Each leaves once for an instalment and its day. They go by e-mail alone: by post they would come after the day they are
about, and then a person calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.models import Delivery
from kulant.delivery.notes import new_note
from kulant.i18n import language_of
from kulant.ledger.bulk import among
from kulant.ledger.models import Customer
from kulant.ledger.queries import primary_contacts
from kulant.ledger.reach import email_address
from kulant.people.models import Creditor
from kulant.plans import queries
from kulant.plans.changes import Change, Wanted, may_still, reshape_counts, work_out
from kulant.plans.changing import running
from kulant.plans.late_plans import Notice
from kulant.plans.models import Instalment, Plan

KIND = "instalment_reminder"


def queue_notices(act: Act, creditor: Creditor, notices: Sequence[Notice]) -> int:
    """Puts those into the outbox that are not there yet; returns how many."""
    parts = {part.id: part for part in queries.instalments_by_ids(act.session, [one.instalment_id for one in notices])}
    keyed = {_key(one, parts[one.instalment_id]): one for one in notices}
    there = set(act.session.scalars(select(Delivery.key).where(among(act.session, Delivery.key, list(keyed)))))
    new = {key: one for key, one in keyed.items() if key not in there}
    if not new:
        return 0
    customers = [one.customer_id for one in new.values()]
    contacts = primary_contacts(act.session, customers)
    plans = {plan.id: plan for plan in queries.plans_by_ids(act.session, [one.plan_id for one in new.values()])}
    queued = 0
    for key, one in new.items():
        customer = act.session.get_one(Customer, one.customer_id)
        email = email_address(customer, contacts.get(customer.id))
        if email is None:
            continue
        context = _context(act, creditor, customer, plans[one.plan_id], parts[one.instalment_id], one.occasion)
        act.session.add(new_note(act, customer=customer, kind=KIND, key=key, recipient=email, context=context))
        queued += 1
    act.session.flush()
    return queued


def _key(one: Notice, part: Instalment) -> str:
    return f"plan:{one.plan_id}:{one.occasion}:{part.id}:{part.due.isoformat()}"


def _context(
    act: Act, creditor: Creditor, customer: Customer, plan: Plan, part: Instalment, occasion: str
) -> dict[str, Any]:
    """What the message is written from; the names are those of ``letters.instalment_reminder.InstalmentDue``."""
    parts = queries.instalments_of(act.session, plan.id)
    left = sum(other.amount_minor - other.paid_minor for other in parts)
    state = running(act.session, plan, act.today)
    gentler = _gentler(act, plan) if occasion == "reshape" else None
    return {
        "plan": plan.id,
        "occasion": occasion,
        "number": part.number,
        "count": len(parts),
        "due": part.due.isoformat(),
        "amount_minor": part.amount_minor - part.paid_minor,
        "left_after_minor": left - (part.amount_minor - part.paid_minor),
        "pay_by": max(act.today, part.due + timedelta(days=state.limits.grace_days)).isoformat(),
        "currency": plan.currency,
        "reference": plan.reference,
        "can_move": may_still(state, "move"),
        "offer": [[due.isoformat(), minor] for due, minor in _ahead(gentler)] if gentler else [],
        "cost_minor": gentler.cost_minor if gentler else 0,
        "language": language_of(customer.language, customer.country, creditor.language),
    }


def _gentler(act: Act, plan: Plan) -> Change | None:
    """What is left in more and smaller payments, where the limits allow it once more."""
    state = running(act.session, plan, act.today)
    counts = reshape_counts(state)
    if not counts or not may_still(state, "reshape"):
        return None
    try:
        return work_out(state, Wanted("reshape", count=counts[-1]))
    except Refusal:
        return None


def _ahead(change: Change) -> list[tuple[Any, int]]:
    before = set(change.before)
    return [payment for payment in change.after if payment not in before and payment[1] > 0]
