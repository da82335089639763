"""Offers a clerk makes beside the usual ones: inside the limits on offer at once, beyond them after a second person."""

from __future__ import annotations

from kulant.core.errors import Conflict, Forbidden, Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.people.tokens import person_of
from kulant.plans import queries
from kulant.plans.choices import Wish
from kulant.plans.counter_proposals import Considered, consider
from kulant.plans.models import Plan
from kulant.plans.offering import offers_for
from kulant.plans.service import add_offer, make_offers, new_plan, offer_anew, to_offer
from kulant.plans.states import step
from kulant.relationship.said import said

MOST_OFFERS = 6  # on one plan: more is no choice any more


def offer_own(
    act: Act, *, creditor: Creditor, customer: Customer, currency: str, wish: Wish, why: str = ""
) -> tuple[Plan, Considered]:
    """Adds a way of paying to what the customer may choose; ``why`` is needed where it goes beyond the limits.

    Beyond them a plan of its own is made ready that waits for a second person. Asked for again, it is there already.
    """
    queries.lock_account(act.session, customer.id, currency)
    considered = consider(
        act.session, creditor=creditor, customer=customer, currency=currency, wish=wish, today=act.today
    )
    active = queries.active_plan(act.session, customer.id, currency)
    if considered.beyond:
        return _ask(
            act, creditor, customer, currency, considered, active, said(why, "asking a second person")
        ), considered
    plan = (
        offer_anew(act, plan=active)
        if active
        else make_offers(act, creditor=creditor, customer=customer, currency=currency)
    )
    _add(act, plan, considered)
    return plan, considered


def decide_offer(act: Act, *, plan: Plan, approve: bool, manager: bool, why: str = "") -> Plan:
    """A second person answers for an offer beyond the limits: then the customer may choose it, or it falls away."""
    queries.lock_account(act.session, plan.customer_id, plan.currency)
    act.session.refresh(plan, with_for_update=True)
    if plan.approval != "waiting" or plan.status != "offered":
        raise Conflict("offer_decided", f"plan {plan.id} waits for nobody's approval any more")
    if not manager:
        raise Forbidden("needs_manager", "a manager approves what goes beyond the limits")
    if person_of(plan.offered_by) == person_of(act.actor):
        raise Forbidden("second_person", "a second person approves this: whoever made the offer cannot")
    plan.approval, plan.approved_by, plan.approved_on = ("given" if approve else "refused"), act.actor, act.today
    if not approve:
        reason = said(why, "refusing an offer")
        return step(act, plan, "cancelled", f"The offer of plan {plan.id} was not approved: {reason}", reason=reason)
    for other in queries.offered_plans(act.session, plan.customer_id, plan.currency):
        if other.id != plan.id and other.approval != "waiting" and other.replaces_id == plan.replaces_id:
            step(act, other, "expired", f"The offer of plan {other.id} was replaced by plan {plan.id}.")
    act.tell(
        Event(
            "plan_approved",
            f"{act.actor} approved the offer of plan {plan.id}, beyond the limits.",
            creditor_id=plan.creditor_id,
            customer_id=plan.customer_id,
            data={"plan": plan.id},
        )
    )
    act.session.flush()
    return plan


def _ask(
    act: Act, creditor: Creditor, customer: Customer, currency: str, considered: Considered, active: Plan | None,
    why: str,
) -> Plan:  # fmt: skip
    for waiting in queries.offered_plans(act.session, customer.id, currency):
        offers = [to_offer(row) for row in queries.offers_of(act.session, waiting.id)]
        if waiting.approval == "waiting" and considered.offer in offers:
            return waiting
    usual = offers_for(
        act.session, creditor=creditor, customer=customer, currency=currency,
        claim_minor=considered.ground.claim_minor, today=act.today,
    )  # fmt: skip
    plan = new_plan(
        act, creditor=creditor, customer=customer, currency=currency, claim_minor=considered.ground.claim_minor,
        offers=usual, replaces=active, approval="waiting",
    )  # fmt: skip
    add_offer(act, plan, considered.offer, made_by="clerk")
    act.tell(
        Event(
            "plan_approval_asked",
            f"A second person is asked about plan {plan.id} ({why}). Beyond the limits: {'; '.join(considered.beyond)}",
            creditor_id=plan.creditor_id,
            customer_id=plan.customer_id,
            data={"plan": plan.id, "why": why, "beyond": list(considered.beyond)},
        )
    )
    return plan


def _add(act: Act, plan: Plan, considered: Considered) -> None:
    rows = queries.offers_of(act.session, plan.id)
    if considered.offer in [to_offer(row) for row in rows]:
        return
    if len(rows) >= MOST_OFFERS:
        raise Refusal("many_offers", f"plan {plan.id} has {len(rows)} ways of paying already; cancel it and begin anew")
    row = add_offer(act, plan, considered.offer, made_by="clerk")
    act.tell(
        Event(
            "plan_offer_added",
            f"Another way of paying was added to plan {plan.id}: {considered.offer.instalments} payments.",
            creditor_id=plan.creditor_id,
            customer_id=plan.customer_id,
            data={"plan": plan.id, "offer": row.number},
        )
    )
