"""Payment plans: offers, what became of them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.api.bodies import PlainRoute
from kulant.api.call import Acting, Reading
from kulant.api.given import Acceptance, Cancelling, OfferWanted
from kulant.api.parts import CustomerNumber, Identity
from kulant.api.routes_customers import customer_of, owed_in
from kulant.api.shapes import OffersShape, PlanShape
from kulant.db import Act
from kulant.delivery.acceptance import accept_plan
from kulant.ledger.models import Customer
from kulant.people.service import check_currency
from kulant.plans import queries
from kulant.plans.links import make_link, portal_url, token_for
from kulant.plans.service import cancel_plan, make_offers
from kulant.plans.views import offer_json, plan_json

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
