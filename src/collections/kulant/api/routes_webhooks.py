"""Webhooks: which addresses are told what happens, their secrets, what became of each message."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy.orm import Session

from kulant.api.bodies import PlainRoute
from kulant.api.call import Administering, Call, Reading
from kulant.api.given import Given
from kulant.api.parts import Identity
from kulant.api.shapes import AnyShape
from kulant.db import Act
from kulant.delivery import webhook_queries as queries
from kulant.delivery import webhooks
from kulant.delivery.webhook_events import TYPES
from kulant.delivery.webhook_posting import Poster
from kulant.delivery.webhook_signing import secret_of

router = APIRouter(route_class=PlainRoute, tags=["Webhooks"])

Hours = Annotated[int, Field(ge=0, le=webhooks.LONGEST_OVERLAP, description="So long the old secret signs too.")]


class WebhookGiven(Given):
    """An address that is to be told what happens."""

    url: Annotated[str, Field(min_length=1, max_length=500, examples=["https://hooks.example.com/kulant"])]
    events: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=100)] = Field(
        default=[], description=f"Of {', '.join(TYPES)}; none: all."
    )


class SecretGiven(Given):
    """How a secret is changed."""

    hours: Hours = webhooks.OVERLAP_HOURS


@router.get("/webhooks", response_model=list[AnyShape])
def endpoints(call: Reading) -> Response:
    """The addresses that are told what happens, and how many messages wait for each."""
    with call.looking() as session:
        return call.show(
            [
                webhooks.endpoint_json(one, waiting=queries.waiting(session, one.id))
                for one in queries.endpoints(session, call.creditor.id)
            ]
        )


@router.post("/webhooks", status_code=201, response_model=AnyShape)
def add(call: Administering, given: WebhookGiven) -> Response:
    """Tells an address from now on. The answer has its secret, which is never told again."""
    key, poster = call.settings.secret_key(), Poster(private=call.settings.webhooks_private)

    def work(act: Act) -> dict[str, Any]:
        made, _ = webhooks.add_endpoint(
            act, creditor=call.creditor, url=given.url, events=given.events, key=key, poster=poster
        )
        return webhooks.endpoint_json(made)

    return call.once(work, status=201, tell=_with_secret(call))


@router.post("/webhooks/{number}/secret", response_model=AnyShape)
def change_secret(call: Administering, number: Identity, given: SecretGiven) -> Response:
    """A new secret, told this once; for some hours messages are signed with the one before it too."""
    key = call.settings.secret_key()

    def work(act: Act) -> dict[str, Any]:
        endpoint = queries.endpoint_by_id(act.session, call.creditor.id, int(number))
        webhooks.rotate(act, endpoint=endpoint, key=key, hours=given.hours)
        return webhooks.endpoint_json(endpoint)

    return call.once(work, tell=_with_secret(call))


def _with_secret(call: Call) -> Any:
    """Adds the secret to an answer without keeping it."""
    key = call.settings.secret_key()

    def tell(session: Session, shown: dict[str, Any]) -> dict[str, Any]:
        endpoint = queries.endpoint_by_id(session, call.creditor.id, shown["id"])
        return shown | {"secret": secret_of(key, endpoint.nonce)}

    return tell


@router.post("/webhooks/{number}/on", response_model=AnyShape)
def turn_on(call: Administering, number: Identity) -> Response:
    """Tells it again; what waits goes on where it stopped."""
    return _switch(call, number, on=True)


@router.post("/webhooks/{number}/off", response_model=AnyShape)
def turn_off(call: Administering, number: Identity) -> Response:
    """Tells it nothing any more; what happens meanwhile is not told later."""
    return _switch(call, number, on=False)


def _switch(call: Call, number: str, *, on: bool) -> Response:
    def work(act: Act) -> dict[str, Any]:
        endpoint = queries.endpoint_by_id(act.session, call.creditor.id, int(number))
        webhooks.switch(act, endpoint=endpoint, on=on)
        return webhooks.endpoint_json(endpoint)

    return call.once(work)


@router.post("/webhooks/{number}/ping", response_model=AnyShape)
def ping(call: Administering, number: Identity) -> Response:
    """Sends it a test message, with the next round of the worker."""

    def work(act: Act) -> dict[str, Any]:
        endpoint = queries.endpoint_by_id(act.session, call.creditor.id, int(number))
        return webhooks.message_json(webhooks.ping(act, creditor=call.creditor, endpoint=endpoint))

    return call.once(work)


@router.post("/webhooks/{number}/remove", response_model=AnyShape)
def remove(call: Administering, number: Identity) -> Response:
    """Forgets the address and what waits for it."""

    def work(act: Act) -> dict[str, Any]:
        endpoint = queries.endpoint_by_id(act.session, call.creditor.id, int(number))
        shown = webhooks.endpoint_json(endpoint)
        webhooks.remove(act, endpoint=endpoint)
        return shown | {"status": "removed"}

    return call.once(work)


@router.get("/webhooks/{number}/messages", response_model=list[AnyShape])
def messages(call: Reading, number: Identity) -> Response:
    """The newest messages to it, at most fifty: what they said and what became of them."""
    with call.looking() as session:
        endpoint = queries.endpoint_by_id(session, call.creditor.id, int(number))
        return call.show([webhooks.message_json(one) for one in queries.messages(session, endpoint.id, webhooks.SHOWN)])


@router.post("/webhooks/messages/{number}/again", response_model=AnyShape)
def again(call: Administering, number: Identity) -> Response:
    """Sends a message once more, under the same id."""

    def work(act: Act) -> dict[str, Any]:
        message = queries.message_by_id(act.session, call.creditor.id, int(number))
        webhooks.again(act, message=message)
        return webhooks.message_json(message)

    return call.once(work)
