"""What people say of a relationship: why a customer pays late, that one left, what we promised, where we failed."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from kulant.api.bodies import PlainRoute
from kulant.api.call import Acting, Administering, Reading
from kulant.api.given import (
    Because,
    LateReasonGiven,
    LossGiven,
    NewCommitment,
    NewStrike,
    Reason,
    RulesGiven,
)
from kulant.api.parts import CustomerNumber, Identity
from kulant.api.routes_customers import customer_of
from kulant.api.shapes import AnyShape
from kulant.db import Act
from kulant.relationship import queries, views
from kulant.relationship.commitments import break_commitment, keep_commitment, make_commitment
from kulant.relationship.late_reasons import end_reason, set_reason
from kulant.relationship.losses import say_lost, say_not_lost
from kulant.relationship.rule_views import rules_json, rules_set_json
from kulant.relationship.rulebook import read_rules, rules_of, set_rules
from kulant.relationship.strikes import add_strike, counting_since, withdraw_strike
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
        return views.loss_json(loss, found)

    return call.once(work)


@router.post("/customers/{customer:path}/lost/back", response_model=AnyShape)
def not_lost(call: Acting, customer: CustomerNumber) -> Response:
    """Still a customer: takes the loss back."""

    def work(act: Act) -> dict[str, Any]:
        found = customer_of(call, act.session, customer)
        return views.loss_json(say_not_lost(act, creditor=call.creditor, customer=found), found)

    return call.once(work)


@router.get("/customers/{customer:path}/commitments", response_model=list[AnyShape])
def commitments(call: Reading, customer: CustomerNumber) -> Response:
    """What we promised a customer and have still to do, soonest first."""
    with call.looking() as session:
        found = customer_of(call, session, customer)
        return call.show([views.commitment_json(one) for one in queries.open_commitments(session, [found.id])])


@router.post("/customers/{customer:path}/commitments", status_code=201, response_model=AnyShape)
def commit(call: Acting, customer: CustomerNumber, given: NewCommitment) -> Response:
    """Records what we promised a customer. Not done by its day, it is broken and counts as a strike."""

    def work(act: Act) -> dict[str, Any]:
        found = customer_of(call, act.session, customer)
        made = make_commitment(act, customer=found, text=given.text, due=given.date, owner=given.owner)
        return views.commitment_json(made) | {"customer": found.number}

    return call.once(work, status=201)


@router.post("/commitments/{number}/keep", response_model=AnyShape)
def keep(call: Acting, number: Identity) -> Response:
    """We have done what we promised."""

    def work(act: Act) -> dict[str, Any]:
        found = queries.commitment_by_id(act.session, call.creditor.id, int(number))
        keep_commitment(act, commitment=found)
        return views.commitment_json(found)

    return call.once(work)


@router.post("/commitments/{number}/break", response_model=AnyShape)
def fail(call: Acting, number: Identity, given: Because) -> Response:
    """We have not done what we promised, or will not; the next daily run counts it as a strike."""

    def work(act: Act) -> dict[str, Any]:
        found = queries.commitment_by_id(act.session, call.creditor.id, int(number))
        break_commitment(act, commitment=found, why=given.reason)
        return views.commitment_json(found)

    return call.once(work)


@router.get("/customers/{customer:path}/strikes", response_model=list[AnyShape])
def strikes(call: Reading, customer: CustomerNumber) -> Response:
    """Our mistakes that count today, and those that were withdrawn."""
    with call.looking() as session:
        found = customer_of(call, session, customer)
        since = counting_since(call.today, rules_of(session, call.creditor.id))
        return call.show([views.strike_json(one) for one in queries.strikes(session, [found.id], since, call.today)])


@router.post("/customers/{customer:path}/strikes", status_code=201, response_model=AnyShape)
def strike(call: Acting, customer: CustomerNumber, given: NewStrike) -> Response:
    """Counts a mistake of ours."""

    def work(act: Act) -> dict[str, Any]:
        found = customer_of(call, act.session, customer)
        added = add_strike(act, customer=found, code=given.code, text=given.text, on=given.date)
        return (views.strike_json(added) if added else {}) | {"customer": found.number}

    return call.once(work, status=201)


@router.post("/strikes/{number}/withdraw", response_model=AnyShape)
def withdraw(call: Acting, number: Identity, given: Reason) -> Response:
    """Strikes one out that was counted wrongly."""

    def work(act: Act) -> dict[str, Any]:
        found = queries.strike_by_id(act.session, call.creditor.id, int(number))
        withdraw_strike(act, strike=found, reason=given.reason)
        return views.strike_json(found)

    return call.once(work)


@router.get("/rules", response_model=AnyShape)
def rules(call: Reading) -> Response:
    """The rules of care in force: every threshold that decides how a relationship is seen, and their versions."""
    with call.looking() as session:
        return call.show(rules_json(session, call.creditor.id))


@router.post("/rules", response_model=AnyShape)
def change_rules(call: Administering, given: RulesGiven) -> Response:
    """Puts rules in force as a new version; rules that are not named stay as they are."""

    def work(act: Act) -> dict[str, Any]:
        before = rules_of(act.session, call.creditor.id)
        after = read_rules(given.rules, before)
        return rules_set_json(set_rules(act, creditor=call.creditor, rules=after, why=given.why), before, after)

    return call.once(work)
