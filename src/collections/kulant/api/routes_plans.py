"""Payment plans: offers, what became of them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.api.bodies import PlainRoute
from kulant.api.call import Acting, Administering, Reading, minor
from kulant.api.given import Cancelling, Reason
from kulant.api.given_plans import (
    Acceptance,
    LimitsGiven,
    OfferDecision,
    OfferWanted,
    OwnOffer,
    OwnPlan,
    PlanChangeWanted,
    ProposalAnswer,
)
from kulant.api.parts import CustomerNumber, Identity
from kulant.api.routes_customers import customer_of, owed_in
from kulant.api.shapes import AnyShape, OffersShape, PlanShape
from kulant.db import Act
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.plan_proposals import decide_proposal, propose_own
from kulant.ledger.models import Customer
from kulant.people.service import check_currency
from kulant.plans import queries
from kulant.plans.changes import Wanted
from kulant.plans.changing import change_plan, preview_change
from kulant.plans.choices import Wish
from kulant.plans.limits import keep_plan_rules, plan_rules, read_plan_rules
from kulant.plans.links import make_link, portal_url, token_for
from kulant.plans.own_offers import decide_offer, offer_own
from kulant.plans.service import break_plan, cancel_plan, make_offers, offer_anew
from kulant.plans.views import change_view, limits_view, offer_json, plan_json, proposal_view

router = APIRouter(route_class=PlainRoute, tags=["Plans"])


@router.post("/customers/{customer:path}/plans", status_code=201, response_model=OffersShape)
def offer(call: Acting, customer: CustomerNumber, given: OfferWanted) -> Response:
    """Makes the offers for what a customer owes, and the link that shows them."""

    def work(act: Act) -> dict[str, Any]:
        found = customer_of(call, act.session, customer)
        currency = check_currency(given.currency or owed_in(act.session, call, found, act.today))
        plan = make_offers(act, creditor=call.creditor, customer=found, currency=currency)
        link, _ = make_link(act, secret=call.settings.secret_key(), customer=found, plan=plan)
        return {"plan": plan.id, "nonce": link.nonce}

    def tell(session: Session, made: dict[str, Any]) -> dict[str, Any]:
        # Who reads the database must not find a link that opens a customer's page; it is derived anew each time.
        token = token_for(call.settings.secret_key(), made["nonce"])
        plan = queries.plan_by_id(session, call.creditor.id, made["plan"])
        return offer_json(session, plan, portal_url(call.settings.base_url, token))

    return call.once(work, status=201, tell=tell)


@router.get("/plans/{plan}", response_model=PlanShape)
def show(call: Reading, plan: Identity) -> Response:
    """A plan and what has been paid of it."""
    with call.looking() as session:
        return call.show(plan_json(session, queries.plan_by_id(session, call.creditor.id, plan)))


@router.post("/plans/{plan}/accept", response_model=PlanShape)
def accept(call: Acting, plan: Identity, given: Acceptance) -> Response:
    """Accepts an offer on the customer's word: reminders stop, the instalments are made, the customer is told."""

    def work(act: Act) -> dict[str, Any]:
        found = queries.plan_by_id(act.session, call.creditor.id, plan)
        agreed = given.name or act.session.get_one(Customer, found.customer_id).name
        accept_plan(act, plan=found, offer=int(given.offer), name=agreed, evidence={"channel": act.actor})
        act.session.flush()
        return plan_json(act.session, found)

    return call.once(work)


@router.post("/plans/{plan}/cancel", response_model=PlanShape)
def cancel(call: Acting, plan: Identity, given: Cancelling) -> Response:
    """Cancels a plan; what is still owed is asked for as before."""

    def work(act: Act) -> dict[str, Any]:
        found = queries.plan_by_id(act.session, call.creditor.id, plan)
        cancel_plan(act, plan=found, reason=given.reason)
        return plan_json(act.session, found)

    return call.once(work)


@router.post("/plans/{plan}/change", response_model=AnyShape)
def change(call: Acting, plan: Identity, given: PlanChangeWanted) -> Response:
    """Changes a plan that runs, with its price; with ``dry_run`` it is only worked out."""
    wanted = Wanted(given.kind, given.number, given.to, given.day, given.parts)

    def work(act: Act) -> dict[str, Any]:
        found = queries.plan_by_id(act.session, call.creditor.id, plan)
        shown = preview_change(act.session, plan=found, wanted=wanted, today=act.today, by_clerk=True)
        if not given.dry_run:
            change_plan(act, plan=found, wanted=wanted, shown=shown, by_clerk=True)
        return change_view(found, shown)

    return call.once(work)


@router.post("/plans/{plan}/give-up", response_model=PlanShape)
def give_up(call: Acting, plan: Identity, given: Reason) -> Response:
    """Gives up a plan that is late; what is left is asked for as before it."""

    def work(act: Act) -> dict[str, Any]:
        found = queries.plan_by_id(act.session, call.creditor.id, plan)
        break_plan(act, plan=found, reason=given.reason)
        return plan_json(act.session, found)

    return call.once(work)


@router.post("/plans/{plan}/anew", status_code=201, response_model=OffersShape)
def anew(call: Acting, plan: Identity) -> Response:
    """Offers a plan in the place of a running one: for what is left of it and what fell due since."""

    def work(act: Act) -> dict[str, Any]:
        offered = offer_anew(act, plan=queries.plan_by_id(act.session, call.creditor.id, plan))
        customer = act.session.get_one(Customer, offered.customer_id)
        link, _ = make_link(act, secret=call.settings.secret_key(), customer=customer, plan=offered)
        return {"plan": offered.id, "nonce": link.nonce}

    def tell(session: Session, made: dict[str, Any]) -> dict[str, Any]:
        token = token_for(call.settings.secret_key(), made["nonce"])
        offered = queries.plan_by_id(session, call.creditor.id, made["plan"])
        return offer_json(session, offered, portal_url(call.settings.base_url, token))

    return call.once(work, status=201, tell=tell)


@router.post("/plans/{plan}/approval", response_model=PlanShape)
def approve(call: Administering, plan: Identity, given: OfferDecision) -> Response:
    """A second person approves an offer beyond the limits, or refuses it."""

    def work(act: Act) -> dict[str, Any]:
        found = queries.plan_by_id(act.session, call.creditor.id, plan)
        decide_offer(act, plan=found, approve=given.approve, manager=True, why=given.why)
        return plan_json(act.session, found)

    return call.once(work)


@router.get("/plan-proposals", response_model=list[AnyShape])
def proposals(call: Reading) -> Response:
    """What customers have proposed and nobody has answered yet."""
    with call.looking() as session:
        return call.show([proposal_view(kept) for kept in queries.waiting_proposals(session, call.creditor.id)])


@router.post("/plan-proposals/{proposal}", response_model=AnyShape)
def answer_proposal(call: Administering, proposal: Identity, given: ProposalAnswer) -> Response:
    """Accepts or declines what a customer proposed."""

    def work(act: Act) -> dict[str, Any]:
        kept = queries.proposal_by_id(act.session, call.creditor.id, proposal)
        decide_proposal(act, kept=kept, accept=given.accept, answer=given.words, manager=True)
        return proposal_view(kept)

    return call.once(work)


@router.get("/plan-limits", response_model=AnyShape)
def limits(call: Reading) -> Response:
    """The limits of plans in force, and their versions."""
    with call.looking() as session:
        return call.show(limits_view(session, call.creditor.id))


@router.post("/plan-limits", response_model=AnyShape)
def change_limits(call: Administering, given: LimitsGiven) -> Response:
    """Puts limits in force as a new version; limits that are not named stay as they are."""

    def work(act: Act) -> dict[str, Any]:
        now = plan_rules(act.session, call.creditor.id)
        keep_plan_rules(act, creditor=call.creditor, rules=read_plan_rules(given.limits, now), why=given.why)
        return limits_view(act.session, call.creditor.id)

    return call.once(work)


@router.post("/customers/{customer:path}/plan-proposals", status_code=201, response_model=AnyShape)
def propose(call: Acting, customer: CustomerNumber, given: OwnPlan) -> Response:
    """The customer proposes a plan: agreed at once inside the limits, else it waits for an answer."""

    def work(act: Act) -> dict[str, Any]:
        found = customer_of(call, act.session, customer)
        currency = check_currency(given.currency or owed_in(act.session, call, found, act.today))
        wish = Wish(
            count=given.parts,
            monthly_minor=minor(given.monthly, currency, "monthly") if given.monthly else None,
            first_due=given.first,
            day_of_month=given.day,
        )
        kept = propose_own(
            act, creditor=call.creditor, customer=found, currency=currency, wish=wish, words=given.words,
            name=given.name or found.name, evidence={"channel": act.actor},
        )  # fmt: skip
        return proposal_view(kept)

    return call.once(work, status=201)


@router.post("/customers/{customer:path}/plan-offers", status_code=201, response_model=PlanShape)
def own_offer(call: Acting, customer: CustomerNumber, given: OwnOffer) -> Response:
    """Puts another way of paying on offer; beyond the limits it waits for a second person."""

    def work(act: Act) -> dict[str, Any]:
        found = customer_of(call, act.session, customer)
        currency = check_currency(given.currency or owed_in(act.session, call, found, act.today))
        wish = Wish(
            count=given.parts,
            monthly_minor=minor(given.monthly, currency, "monthly") if given.monthly else None,
            first_due=given.first,
            day_of_month=given.day,
            first_minor=minor(given.first_amount, currency, "first_amount") if given.first_amount else None,
            shape=given.shape,
            quiet_months=tuple(given.quiet_months),
            free=given.free,
        )
        plan, _ = offer_own(act, creditor=call.creditor, customer=found, currency=currency, wish=wish, why=given.why)
        return plan_json(act.session, plan)

    return call.once(work, status=201)
