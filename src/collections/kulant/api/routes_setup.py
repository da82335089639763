"""Setting up: creditors, people, tokens, ladders, exchange rates, and whether everything is well."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from kulant.api.bodies import PlainRoute
from kulant.api.call import Administering, Reading, minor
from kulant.api.given import CreditorGiven, Currency, NewUser, RatesGiven
from kulant.api.parts import Identity
from kulant.api.shapes import AnyShape, CreditorShape
from kulant.api.shapes_work import TokenShape, UserShape
from kulant.core.errors import Forbidden, NotFound
from kulant.db import Act
from kulant.doctor import examine
from kulant.ledger import exchange
from kulant.ledger.references import check_scheme
from kulant.people.models import User
from kulant.people.service import add_user, find_creditor, set_creditor
from kulant.people.tokens import all_tokens, revoke_token, token_by_id, token_json
from kulant.people.views import creditor_json

router = APIRouter(route_class=PlainRoute, tags=["Setting up"])


@router.get("/creditors", response_model=list[CreditorShape])
def creditors(call: Reading) -> Response:
    """The creditors this token sees."""
    return call.show([creditor_json(one) for one in call.creditors])


@router.put("/creditors/{code}", response_model=CreditorShape)
def change_creditor(
    call: Administering, code: Annotated[str, Path(max_length=40, examples=["NORD"])], given: CreditorGiven
) -> Response:
    """Creates a creditor, or changes what is given of one. A new one needs name and country, and an administrator."""
    if code not in {one.code for one in call.creditors} and call.bearer.role != "admin":
        raise NotFound("no_creditor", f"this token sees no creditor {code!r}")
    if given.reference_scheme not in (None, "none"):
        check_scheme(given.reference_scheme)
    fields: dict[str, Any] = given.model_dump(exclude_none=True)
    for name in ("small_balance", "bank_fee_tolerance"):
        if name in fields:
            fields[name] = {money: minor(text, money, name) for money, text in fields[name].items()}
    country = next((one.country for one in call.creditors if one.code == code), given.country or "NO")
    return call.once(lambda act: creditor_json(set_creditor(act, code=code, **fields)), country=country)


@router.post("/users", status_code=201, response_model=UserShape)
def new_user(call: Administering, given: NewUser) -> Response:
    """Adds a person who may log in to the desk; for administrators. The password is the one given."""
    if call.bearer.role != "admin":
        raise Forbidden("only_admins", "only an administrator's token may add people")

    def work(act: Act) -> dict[str, Any]:
        chosen = [find_creditor(act.session, code) for code in given.creditors]
        if not chosen and given.role != "admin":
            chosen = [find_creditor(act.session, call.creditor.code)]
        add_user(act, name=given.name, role=given.role, password=given.password, creditors=chosen)
        return {"name": given.name.strip(), "role": given.role, "creditors": [one.code for one in chosen]}

    return call.once(work, status=201, country="NO")


@router.get("/tokens", response_model=list[TokenShape])
def tokens(call: Administering) -> Response:
    """Tokens and when they were last used; a manager sees their own, an administrator all. Never the secrets."""
    with call.looking() as session:
        own = None if call.bearer.role == "admin" else session.get_one(User, call.bearer.user_id)
        return call.show([token_json(one, of, datetime.now(UTC)) for one, of in all_tokens(session, own)])


@router.post("/tokens/{number}/revoke", response_model=TokenShape)
def revoke(call: Administering, number: Identity) -> Response:
    """Ends a token at once."""

    def work(act: Act) -> dict[str, Any]:
        found = token_by_id(act.session, number)
        if call.bearer.role != "admin" and found.user_id != call.bearer.user_id:
            raise NotFound("no_token", f"there is no token {number}")
        revoke_token(act, token=found)
        return token_json(found, act.session.get_one(User, found.user_id), act.now)

    return call.once(work, country="NO")


@router.get("/rates", response_model=list[AnyShape])
def rates(call: Reading, currency: Annotated[Currency | None, Query(description="Only this one.")] = None) -> Response:
    """Every exchange rate known, the newest first; for reports only."""
    with call.looking() as session:
        found = exchange.all_rates(session, call.creditor, currency)
        return call.show([exchange.rate_json(row, call.creditor) for row in found])


@router.post("/rates", response_model=AnyShape)
def set_rates(call: Administering, given: RatesGiven) -> Response:
    """Enters what currencies were worth from a day on, or corrects it; all of them or none."""
    new = [exchange.NewRate(one.currency, one.date, exchange.read_rate(one.rate), one.source) for one in given.rates]

    def work(act: Act) -> dict[str, Any]:
        changed = exchange.set_rates(act, creditor=call.creditor, rates=new)
        return {"read": len(new), "changed": changed, "unchanged": len(new) - changed}

    return call.once(work)


@router.get("/doctor", response_model=AnyShape)
def doctor(call: Administering, deep: bool = False) -> Response:
    """Checks everything Kulant stands on and says what to do about each failure; for administrators.

    ``deep``: every archived document is read, not only the newest.
    """
    if call.bearer.role != "admin":  # it looks at every creditor's ledger, and at the machine
        raise Forbidden("only_admins", "only an administrator's token may look at the whole house")
    findings = examine(call.settings, deep=deep)
    healthy = all(finding.status != "failed" for finding in findings)
    return call.show({"healthy": healthy, "checks": [asdict(finding) for finding in findings]})
