"""What people say of a relationship: why a customer pays late, that one left."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from kulant.api.bodies import PlainRoute
from kulant.api.call import Acting, Reading
from kulant.api.given import LateReasonGiven, LossGiven
from kulant.api.parts import CustomerNumber
from kulant.api.routes_customers import customer_of
from kulant.api.shapes import AnyShape
from kulant.db import Act
from kulant.relationship.late_reasons import end_reason, set_reason
from kulant.relationship.losses import say_lost, say_not_lost
from kulant.relationship.views import loss_json
from kulant.treatment.act_views import late_json

router = APIRouter(route_class=PlainRoute, tags=["Relationship"])


@router.get("/customers/{customer:path}/late", response_model=AnyShape)
def late(call: Reading, customer: CustomerNumber) -> Response:
    """Why a customer pays late: what was said, and what speaks for which reason."""
    with call.looking() as session:
        return call.show(late_json(session, customer_of(call, session, customer), call.today))


@router.post("/customers/{customer:path}/late", response_model=AnyShape)
def say_why(call: Acting, customer: CustomerNumber, given: LateReasonGiven) -> Response:
    """Writes down why a customer pays late, as they said it."""

    def work(act: Act) -> dict[str, Any]:
        found = customer_of(call, act.session, customer)
        set_reason(act, customer=found, code=given.reason, text=given.text)
        act.session.flush()
        return late_json(act.session, found, act.today)

    return call.once(work)


@router.post("/customers/{customer:path}/late/end", response_model=AnyShape)
def no_longer(call: Acting, customer: CustomerNumber) -> Response:
    """The reason does not hold any more."""

    def work(act: Act) -> dict[str, Any]:
        found = customer_of(call, act.session, customer)
        end_reason(act, customer=found)
        act.session.flush()
        return late_json(act.session, found, act.today)

    return call.once(work)


@router.post("/customers/{customer:path}/lost", response_model=AnyShape)
def lost(call: Acting, customer: CustomerNumber, given: LossGiven) -> Response:
    """Writes down that a customer left, and why."""

    def work(act: Act) -> dict[str, Any]:
        found = customer_of(call, act.session, customer)
        loss = say_lost(act, creditor=call.creditor, customer=found, reason=given.reason, words=given.text)
        return loss_json(loss, found)

    return call.once(work)


@router.post("/customers/{customer:path}/lost/back", response_model=AnyShape)
def not_lost(call: Acting, customer: CustomerNumber) -> Response:
    """Still a customer: takes the loss back."""

    def work(act: Act) -> dict[str, Any]:
        found = customer_of(call, act.session, customer)
        return loss_json(say_not_lost(act, creditor=call.creditor, customer=found), found)

    return call.once(work)
