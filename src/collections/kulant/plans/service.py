"""Use cases of payment plans: offering, accepting, cancelling."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from stdnum import luhn

from kulant.core.errors import Conflict, NotFound, Refusal
from kulant.core.events import Event
from kulant.core.words import amount_words, day_words
from kulant.db import Act
from kulant.ledger import references
from kulant.ledger.models import Customer
from kulant.ledger.posting import Allocation, allocate
from kulant.ledger.rules import spread
from kulant.ledger.service import ensure_combined_reference
from kulant.people.models import Creditor
from kulant.plans import queries, rules
from kulant.plans.models import Instalment, Plan, PlanItem, PlanOffer
from kulant.plans.payments import break_missed_plans, follow_payments
from kulant.plans.states import RUNNING
from kulant.relationship.late_reasons import reason_on
from kulant.relationship.models import Score

__all__ = ["accept_offer", "break_missed_plans", "cancel_plan", "follow_payments", "make_offers", "to_offer"]

OFFER_DAYS = 14  # how long the customer may think about it


def make_offers(act: Act, *, creditor: Creditor, customer: Customer, currency: str) -> Plan:
    """Offers the customer ways to pay what is overdue in a currency; an older unanswered offer expires.

    Asking again on the same day for the same claim gives the same plan.
    """
    queries.lock_account(act.session, customer.id, currency)
    _refuse_second_plan(act, customer, currency)
    claim_minor = queries.claim(act.session, customer.id, currency, act.today).total_minor
    if claim_minor <= 0:
        raise Refusal(
            "nothing_owed",
            f"{customer.name} owes nothing in {currency} that a plan could cover: nothing is overdue and undisputed",
        )
    for older in queries.offered_plans(act.session, customer.id, currency):
        if older.offered_on == act.today and older.claim_minor == claim_minor:
            return older
        _end(act, older, "expired", "replaced by a newer offer")
    plan = _new_plan(act, creditor, customer, currency, claim_minor)
    act.tell(
        Event(
            "plan_offered",
            f"Payment plan {plan.id} offered for {amount_words(claim_minor, currency)}.",
            creditor_id=creditor.id,
            customer_id=customer.id,
            data={"plan": plan.id},
        )
    )
    return plan


def accept_offer(
    act: Act,
    *,
    plan: Plan,
    offer: int,
    name: str,
    evidence: Mapping[str, Any] | None = None,
    day_of_month: int | None = None,
) -> Plan:
    """The customer agrees to pay as offered: makes the instalments and ties the claim's items to the plan.

    Accepting the same offer again gives the same plan. What is owed is looked up anew under a lock; when it is no
    longer what the offer was made for, nothing is agreed.
    """
    queries.lock_account(act.session, plan.customer_id, plan.currency)
    act.session.refresh(plan, with_for_update=True)
    if plan.status in (*RUNNING, "completed"):
        return _accepted_before(plan, offer, day_of_month)
    _refuse_stale_offer(act, plan)
    customer = act.session.get_one(Customer, plan.customer_id)
    _refuse_second_plan(act, customer, plan.currency)
    chosen = to_offer(_offer_of(act, plan, offer))
    country = act.session.get_one(Creditor, plan.creditor_id).country
    agreed = rules.as_answered(chosen, today=act.today, country=country, day_of_month=day_of_month)
    _cover_items(act, plan, customer)
    act.session.add_all(
        Instalment(plan_id=plan.id, number=number, due=due, amount_minor=amount, paid_minor=0)
        for number, (due, amount) in enumerate(agreed.schedule, start=1)
    )
    plan.status, plan.accepted_on, plan.accepted_offer = "active", act.today, offer
    plan.evidence = {**(evidence or {}), "name": name, "at": act.now.isoformat(), "day_of_month": day_of_month}
    for other in queries.offered_plans(act.session, plan.customer_id, plan.currency):
        if other.id != plan.id:
            _end(act, other, "expired", f"plan {plan.id} was accepted")
    act.session.flush()
    _tell_accepted(act, plan, agreed, name)
    return plan


def cancel_plan(act: Act, *, plan: Plan, reason: str) -> Plan:
    """Ends an offered or active plan; what is still owed is asked for as before. Again: nothing changes."""
    queries.lock_account(act.session, plan.customer_id, plan.currency)
    act.session.refresh(plan, with_for_update=True)
    if plan.status == "cancelled":
        return plan
    if plan.status not in ("offered", *RUNNING):
        raise Conflict(
            "plan_ended", f"plan {plan.id} is {plan.status}; only an offered or running plan can be cancelled"
        )
    _end(act, plan, "cancelled", reason)
    act.tell(
        Event(
            "plan_cancelled",
            f"Payment plan {plan.id} cancelled: {reason}",
            creditor_id=plan.creditor_id,
            customer_id=plan.customer_id,
            data={"plan": plan.id},
        )
    )
    return plan


def to_offer(row: PlanOffer) -> rules.Offer:
    """A stored offer as the plain value the rules work with."""
    schedule = tuple((date.fromisoformat(due), int(amount)) for due, amount in row.schedule)
    return rules.Offer(len(schedule), schedule, row.total_minor, row.interest_minor)


def _new_plan(act: Act, creditor: Creditor, customer: Customer, currency: str, claim_minor: int) -> Plan:
    plan = Plan(
        creditor_id=creditor.id,
        customer_id=customer.id,
        currency=currency,
        status="offered",
        claim_minor=claim_minor,
        reference=f"new for {customer.id} {currency}",
        offered_on=act.today,
        offered_by=act.actor,
        valid_until=act.today + timedelta(days=OFFER_DAYS),
        late_reason=reason_on(act.session, customer.id, act.today),
        grade=score.grade if (score := act.session.get(Score, customer.id)) else None,
    )
    act.session.add(plan)
    act.session.flush()
    # Its own number and a check digit: a slip of the finger must not pay somebody else's plan.
    plan.reference = (
        references.make_own(creditor.reference_scheme, 8, plan.id)
        if creditor.reference_scheme
        else f"PLAN{plan.id:04d}{luhn.calc_check_digit(str(plan.id))}"
    )
    offers = rules.make_offers(claim_minor, currency, act.today, creditor.country)
    act.session.add_all(
        PlanOffer(
            plan_id=plan.id,
            number=number,
            schedule=[[due.isoformat(), amount] for due, amount in offer.schedule],
            total_minor=offer.total_minor,
            interest_minor=offer.interest_minor,
        )
        for number, offer in enumerate(offers, start=1)
    )
    act.session.flush()
    return plan


def _refuse_second_plan(act: Act, customer: Customer, currency: str) -> None:
    active = queries.active_plan(act.session, customer.id, currency)
    if active is not None:
        raise Conflict(
            "plan_active",
            f"{customer.name} has an active plan already ({active.id}); cancel it before another is agreed",
        )


def _accepted_before(plan: Plan, offer: int, day_of_month: int | None) -> Plan:
    chosen_day = (plan.evidence or {}).get("day_of_month")
    if (plan.accepted_offer, chosen_day) == (offer, day_of_month):
        return plan
    raise Conflict("already_accepted", f"plan {plan.id} was already accepted with offer {plan.accepted_offer}")


def _refuse_stale_offer(act: Act, plan: Plan) -> None:
    if plan.status != "offered":
        raise Conflict("offer_gone", f"plan {plan.id} is {plan.status} and can no longer be accepted; make a new offer")
    if plan.valid_until < act.today:
        raise Conflict("offer_expired", f"the offer was valid until {day_words(plan.valid_until)}; make a new offer")
    owed = queries.claim(act.session, plan.customer_id, plan.currency, act.today).total_minor
    if owed != plan.claim_minor:
        before, now = (amount_words(amount, plan.currency) for amount in (plan.claim_minor, owed))
        raise Conflict(
            "claim_changed",
            f"what is owed has changed since the offer was made: it was {before}, now it is {now}; make a new offer",
        )


def _offer_of(act: Act, plan: Plan, number: int) -> PlanOffer:
    offers = queries.offers_of(act.session, plan.id)
    for offer in offers:
        if offer.number == number:
            return offer
    raise NotFound("no_offer", f"plan {plan.id} has no offer {number}; choose 1 to {len(offers)}")


def _cover_items(act: Act, plan: Plan, customer: Customer) -> None:
    """Sets the customer's credits against the claim and ties what remains of each item to the plan."""
    claim = queries.claim(act.session, customer.id, plan.currency, act.today)
    left = {part.item.id: part.asked_minor for part in claim.items if part.asked_minor > 0}
    items = {part.item.id: part.item for part in claim.items}
    for credit in claim.credits:
        for item_id, amount in spread(-credit.open_minor, list(left.items())):
            allocate(act, [Allocation(credit, items[item_id], amount, act.today)])
            left[item_id] -= amount
    covered = {item_id: amount for item_id, amount in left.items() if amount > 0}
    act.session.add_all(
        PlanItem(plan_id=plan.id, item_id=item_id, amount_minor=amount) for item_id, amount in covered.items()
    )
    ensure_combined_reference(
        act,
        customer=customer,
        currency=plan.currency,
        reference=plan.reference,
        items=[items[item_id] for item_id in covered],
    )
    act.session.flush()
    plan.ledger_mark = queries.newest_entry(act.session, list(covered))


def _end(act: Act, plan: Plan, status: str, reason: str) -> None:
    plan.status, plan.ended_on, plan.end_reason = status, act.today, reason


def _tell_accepted(act: Act, plan: Plan, agreed: rules.Offer, name: str) -> None:
    total = amount_words(agreed.total_minor, plan.currency)
    payments = "one payment" if agreed.instalments == 1 else f"{agreed.instalments} payments"
    act.tell(
        Event(
            "plan_accepted",
            f"{name} agreed to pay {total} in {payments}, the first on {day_words(agreed.first_due)}.",
            creditor_id=plan.creditor_id,
            customer_id=plan.customer_id,
            data={"plan": plan.id, "offer": plan.accepted_offer, "evidence": plan.evidence},
        )
    )
