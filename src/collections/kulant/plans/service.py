"""Use cases of payment plans: offering, accepting, cancelling, ending, agreeing anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session
from stdnum import luhn

from kulant.core.errors import Conflict, NotFound, Refusal
from kulant.core.events import Event
from kulant.core.words import amount_words, day_words
from kulant.db import Act
from kulant.ledger import references
from kulant.ledger.charges import join_reference
from kulant.ledger.models import Customer
from kulant.ledger.posting import Allocation, allocate
from kulant.ledger.rules import spread
from kulant.ledger.service import ensure_combined_reference
from kulant.people.models import Creditor
from kulant.plans import queries, rules, settled_queries
from kulant.plans.costs import let_cost_go, post_cost
from kulant.plans.limits import plan_rules
from kulant.plans.models import Instalment, Plan, PlanItem, PlanOffer
from kulant.plans.offering import offers_for
from kulant.plans.payments import follow_payments
from kulant.plans.states import RUNNING, step
from kulant.relationship.late_reasons import reason_on
from kulant.relationship.models import Score

__all__ = [
    "accept_offer", "break_plan", "cancel_plan", "follow_payments", "make_offers", "new_plan", "offer_anew", "to_offer",
]  # fmt: skip


def make_offers(act: Act, *, creditor: Creditor, customer: Customer, currency: str) -> Plan:
    """Offers the customer ways to pay what is overdue in a currency; an older unanswered offer expires.

    Asking again on the same day for the same claim gives the same plan, and so does an offer that a person made or
    approved, as long as it stands.
    """
    queries.lock_account(act.session, customer.id, currency)
    _refuse_second_plan(act, customer, currency)
    claim_minor = _claim_or_refuse(act, customer, currency)
    standing = standing_offer(act.session, customer.id, currency, claim_minor, act.today)
    if standing is not None:
        return standing
    for older in _standing_offers(act.session, customer.id, currency):
        step(act, older, "expired", f"The offer of plan {older.id} was replaced by a newer one.")
    offers = offers_for(
        act.session, creditor=creditor, customer=customer, currency=currency, claim_minor=claim_minor, today=act.today
    )
    return new_plan(
        act, creditor=creditor, customer=customer, currency=currency, claim_minor=claim_minor, offers=offers
    )


def standing_offer(session: Session, customer_id: int, currency: str, claim_minor: int, today: date) -> Plan | None:
    """The offer that asking for one today would give again; none when a new one would be made."""
    for older in _standing_offers(session, customer_id, currency):
        if older.claim_minor == claim_minor and (older.offered_on == today or _somebodys_own(session, older, today)):
            return older
    return None


def offer_anew(act: Act, *, plan: Plan) -> Plan:
    """Offers to put another plan in the place of one that runs: for what is left of it and what fell due since.

    The running plan stays until the customer agrees to the new one; then it ends as renegotiated.
    """
    queries.lock_account(act.session, plan.customer_id, plan.currency)
    act.session.refresh(plan, with_for_update=True)
    if plan.status not in RUNNING:
        raise Conflict("plan_ended", f"plan {plan.id} is {plan.status}; only a running plan can be agreed anew")
    creditor, customer = _parties(act, plan)
    claim_minor = _claim_or_refuse(act, customer, plan.currency, beside=plan.id)
    standing = queries.offers_to_replace(act.session, plan.id, act.today)
    if standing is not None and standing.claim_minor == claim_minor:
        return standing
    if standing is not None:
        step(act, standing, "expired", f"The offer of plan {standing.id} was replaced by a newer one.")
    offers = offers_for(
        act.session, creditor=creditor, customer=customer, currency=plan.currency, claim_minor=claim_minor,
        today=act.today,
    )  # fmt: skip
    return new_plan(
        act, creditor=creditor, customer=customer, currency=plan.currency, claim_minor=claim_minor, offers=offers,
        replaces=plan,
    )  # fmt: skip


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
    longer what the offer was made for, nothing is agreed. A plan that this one replaces ends in the same moment.
    """
    queries.lock_account(act.session, plan.customer_id, plan.currency)
    act.session.refresh(plan, with_for_update=True)
    if plan.status in (*RUNNING, "completed"):
        return _accepted_before(plan, offer, day_of_month)
    _refuse_stale_offer(act, plan)
    creditor, customer = _parties(act, plan)
    _refuse_second_plan(act, customer, plan.currency, but=plan.replaces_id)
    row = _offer_of(act, plan, offer)
    agreed = _as_agreed(row, act.today, creditor.country, day_of_month)
    _end_replaced(act, plan)
    plan.accepted_on, plan.accepted_offer = act.today, offer
    plan.evidence = {
        **(evidence or {}),
        "name": name,
        "at": act.now.isoformat(),
        "day_of_month": day_of_month,
        "schedule": [[due.isoformat(), amount] for due, amount in agreed.schedule],
        "extra_minor": agreed.extra_minor,
    }
    step(act, plan, "accepted", _agreed_words(plan, agreed, name), data={"offer": offer, "evidence": plan.evidence})
    _cover_items(act, creditor, plan, customer, agreed)
    act.session.add_all(
        Instalment(plan_id=plan.id, number=number, due=due, amount_minor=amount, paid_minor=0)
        for number, (due, amount) in enumerate(agreed.schedule, start=1)
    )
    for other in queries.offered_plans(act.session, plan.customer_id, plan.currency):
        if other.id != plan.id:
            step(act, other, "expired", f"The offer of plan {other.id} fell away: plan {plan.id} was accepted.")
    act.session.flush()
    return plan


def cancel_plan(act: Act, *, plan: Plan, reason: str) -> Plan:
    """Ends an offered or running plan; what is still owed is asked for as before. Again: nothing changes."""
    queries.lock_account(act.session, plan.customer_id, plan.currency)
    act.session.refresh(plan, with_for_update=True)
    if plan.status == "cancelled":
        return plan
    if plan.status not in ("offered", *RUNNING):
        raise Conflict(
            "plan_ended", f"plan {plan.id} is {plan.status}; only an offered or running plan can be cancelled"
        )
    let_cost_go(act, plan, f"payment plan {plan.id} was cancelled")
    return step(act, plan, "cancelled", f"Payment plan {plan.id} cancelled: {reason}", reason=reason)


def break_plan(act: Act, *, plan: Plan, reason: str) -> Plan:
    """A person decides that a plan is not kept and ends; what is left is asked for as it was before the plan.

    Again: nothing changes. Only a plan that is late can be given up like this.
    """
    queries.lock_account(act.session, plan.customer_id, plan.currency)
    act.session.refresh(plan, with_for_update=True)
    if plan.status == "broken":
        return plan
    if plan.status != "late":
        raise Conflict("plan_not_late", f"plan {plan.id} is {plan.status}; only a plan that is late can be given up")
    let_cost_go(act, plan, f"payment plan {plan.id} was not kept")
    return step(act, plan, "broken", f"Payment plan {plan.id} was not kept: {reason}.", reason=reason)


def to_offer(row: PlanOffer) -> rules.Offer:
    """A stored offer as the plain value the rules work with."""
    schedule = tuple((date.fromisoformat(due), int(amount)) for due, amount in row.schedule)
    return rules.Offer(len(schedule), schedule, row.total_minor, row.interest_minor, row.fee_minor, row.shape, row.rate)


def new_plan(
    act: Act,
    *,
    creditor: Creditor,
    customer: Customer,
    currency: str,
    claim_minor: int,
    offers: Sequence[rules.Offer],
    replaces: Plan | None = None,
    approval: str | None = None,
) -> Plan:
    """A plan with its ways of paying, on offer from now on; ``approval`` waiting: not to the customer yet."""
    score = act.session.get(Score, customer.id)
    plan = Plan(
        creditor_id=creditor.id,
        customer_id=customer.id,
        currency=currency,
        status="offered",
        claim_minor=claim_minor,
        reference=f"new for {customer.id} {currency}",
        offered_on=act.today,
        offered_by=act.actor,
        valid_until=act.today + timedelta(days=plan_rules(act.session, creditor.id).offer_days),
        late_reason=reason_on(act.session, customer.id, act.today),
        grade=score.grade if score else None,
        replaces_id=replaces.id if replaces else None,
        approval=approval,
    )
    act.session.add(plan)
    act.session.flush()
    # Its own number and a check digit: a slip of the finger must not pay somebody else's plan.
    plan.reference = (
        references.make_own(creditor.reference_scheme, 8, plan.id)
        if creditor.reference_scheme
        else f"PLAN{plan.id:04d}{luhn.calc_check_digit(str(plan.id))}"
    )
    for offer in offers:
        add_offer(act, plan, offer)
    tell_offered(act, plan)
    return plan


def add_offer(act: Act, plan: Plan, offer: rules.Offer, *, made_by: str = "program") -> PlanOffer:
    """Adds a way of paying to a plan that is on offer; it gets the next number."""
    number = len(queries.offers_of(act.session, plan.id)) + 1
    row = PlanOffer(
        plan_id=plan.id,
        number=number,
        schedule=[[due.isoformat(), amount] for due, amount in offer.schedule],
        total_minor=offer.total_minor,
        interest_minor=offer.interest_minor,
        fee_minor=offer.fee_minor,
        shape=offer.shape,
        rate=offer.rate,
        made_by=made_by,
    )
    act.session.add(row)
    act.session.flush()
    return row


def tell_offered(act: Act, plan: Plan) -> None:
    """Tells the timeline that a plan is on offer, or waits to be."""
    amount = amount_words(plan.claim_minor, plan.currency)
    words = "made ready for" if plan.approval == "waiting" else "offered for"
    beside = f" in the place of plan {plan.replaces_id}" if plan.replaces_id else ""
    wait = "; a second person approves it first" if plan.approval == "waiting" else ""
    act.tell(
        Event(
            "plan_offered",
            f"Payment plan {plan.id} {words} {amount}{beside}{wait}.",
            creditor_id=plan.creditor_id,
            customer_id=plan.customer_id,
            data={"plan": plan.id},
        )
    )


def _parties(act: Act, plan: Plan) -> tuple[Creditor, Customer]:
    return act.session.get_one(Creditor, plan.creditor_id), act.session.get_one(Customer, plan.customer_id)


def _claim_or_refuse(act: Act, customer: Customer, currency: str, *, beside: int | None = None) -> int:
    claim_minor = queries.claim(act.session, customer.id, currency, act.today, beside=beside).total_minor
    if claim_minor <= 0:
        raise Refusal(
            "nothing_owed",
            f"{customer.name} owes nothing in {currency} that a plan could cover: nothing is overdue and undisputed",
        )
    return claim_minor


def _standing_offers(session: Session, customer_id: int, currency: str) -> list[Plan]:
    """Unanswered offers that the customer may answer; those that wait for a second person wait on."""
    offered = queries.offered_plans(session, customer_id, currency)
    return [plan for plan in offered if plan.approval in queries.MAY_BE_ANSWERED and plan.replaces_id is None]


def _somebodys_own(session: Session, plan: Plan, today: date) -> bool:
    """Whether a person made an offer of it, or approved it, and it still stands."""
    if plan.valid_until < today:
        return False
    return plan.approval == "given" or any(offer.made_by != "program" for offer in queries.offers_of(session, plan.id))


def _refuse_second_plan(act: Act, customer: Customer, currency: str, *, but: int | None = None) -> None:
    active = queries.active_plan(act.session, customer.id, currency)
    if active is not None and active.id != but:
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
    if plan.approval not in queries.MAY_BE_ANSWERED:
        waits = "waits for a second person's approval" if plan.approval == "waiting" else "was not approved"
        raise Conflict("not_approved", f"plan {plan.id} {waits}, so it cannot be accepted")
    if plan.valid_until < act.today:
        raise Conflict("offer_expired", f"the offer was valid until {day_words(plan.valid_until)}; make a new offer")
    owed = queries.claim(act.session, plan.customer_id, plan.currency, act.today, beside=plan.replaces_id).total_minor
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


def _as_agreed(row: PlanOffer, today: date, country: str, day_of_month: int | None) -> rules.Offer:
    """The offer dated today; days that a person chose stay as long as they lie ahead."""
    offer = to_offer(row)
    if row.made_by != "program" and day_of_month is None and offer.first_due > today:
        return offer
    return rules.as_answered(offer, today=today, country=country, day_of_month=day_of_month)


def _end_replaced(act: Act, plan: Plan) -> None:
    """Ends the plan that this one takes the place of; its items are free for the new one."""
    if plan.replaces_id is None:
        return
    replaced = act.session.get_one(Plan, plan.replaces_id, with_for_update=True, populate_existing=True)
    if replaced.status not in RUNNING:
        raise Conflict("offer_gone", f"plan {replaced.id} is {replaced.status} by now; make a new offer")
    let_cost_go(act, replaced, f"payment plan {replaced.id} was agreed anew")
    said = f"Payment plan {replaced.id} was agreed anew: plan {plan.id} takes its place."
    step(act, replaced, "renegotiated", said, data={"by": plan.id})


def _cover_items(act: Act, creditor: Creditor, plan: Plan, customer: Customer, agreed: rules.Offer) -> None:
    """Sets the customer's credits against the claim and ties what remains of each item, and the cost, to the plan."""
    # Of the plan itself nothing is covered yet, though it runs already.
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
    act.session.flush()
    rate = f"{agreed.rate / 100:g} % a year by agreement"
    cost = [
        post_cost(act, creditor=creditor, plan=plan, kind="fee", amount_minor=agreed.fee_minor,
                  due=agreed.first_due, rule="the plan's fee by agreement"),
        post_cost(act, creditor=creditor, plan=plan, kind="interest", amount_minor=agreed.interest_minor,
                  due=agreed.last_due, rule=rate),
    ]  # fmt: skip
    ensure_combined_reference(
        act,
        customer=customer,
        currency=plan.currency,
        reference=plan.reference,
        items=[items[item_id] for item_id in covered],
    )
    posted = [item for item in cost if item is not None]
    join_reference(act, creditor_id=creditor.id, reference=plan.reference, items=posted)
    act.session.flush()
    plan.ledger_mark = settled_queries.newest_entry(act.session, [*covered, *(item.id for item in posted)])


def _agreed_words(plan: Plan, agreed: rules.Offer, name: str) -> str:
    total = amount_words(agreed.total_minor, plan.currency)
    payments = "one payment" if agreed.instalments == 1 else f"{agreed.instalments} payments"
    extra = f" ({amount_words(agreed.extra_minor, plan.currency)} of it is extra)" if agreed.extra_minor else ""
    return f"{name} agreed to pay {total}{extra} in {payments}, the first on {day_words(agreed.first_due)}."
