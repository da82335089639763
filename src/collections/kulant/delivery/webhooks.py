"""Webhooks as people set them up: who is told what, secrets and their change, tests, sending again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from kulant.core.errors import Conflict, Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.delivery import webhook_queries as queries
from kulant.delivery.webhook_events import PING, TYPES, body_of, message
from kulant.delivery.webhook_models import WebhookEndpoint, WebhookMessage
from kulant.delivery.webhook_posting import Poster
from kulant.delivery.webhook_signing import new_nonce, secret_of
from kulant.people.models import Creditor

MOST = 10  # of a creditor
OVERLAP_HOURS = 24  # so long both secrets are valid after a change
LONGEST_OVERLAP = 7 * 24
SHOWN = 50


def add_endpoint(
    act: Act, *, creditor: Creditor, url: str, events: Sequence[str], key: str, poster: Poster
) -> tuple[WebhookEndpoint, str]:
    """Tells an address what happens from now on; its secret is told now and never again. No ``events``: all."""
    unknown = sorted(set(events) - TYPES.keys())
    if unknown:
        raise Refusal("no_such_event", f"{', '.join(unknown)} is no event; choose of {', '.join(TYPES)}")
    if len(queries.endpoints(act.session, creditor.id)) >= MOST:
        raise Conflict("too_many_webhooks", f"{MOST} addresses are told already; remove one of them first")
    endpoint = WebhookEndpoint(
        creditor_id=creditor.id, url=poster.check(url), events=sorted(set(events)), nonce=new_nonce(), status="on",
        failures=0, made_by=act.actor, made_at=act.now,
    )  # fmt: skip
    act.session.add(endpoint)
    act.session.flush()
    _tell(act, endpoint, "webhook_added", f"{endpoint.url} is told what happens.")
    return endpoint, secret_of(key, endpoint.nonce)


def rotate(act: Act, *, endpoint: WebhookEndpoint, key: str, hours: int = OVERLAP_HOURS) -> str:
    """A new secret, told now and never again; the one before it signs too for so many hours."""
    if not 0 <= hours <= LONGEST_OVERLAP:
        raise Refusal("bad_overlap", f"both secrets may be valid from 0 to {LONGEST_OVERLAP} hours")
    endpoint.nonce_before, endpoint.nonce = (endpoint.nonce if hours else None), new_nonce()
    endpoint.before_until = act.now + timedelta(hours=hours) if hours else None
    _tell(act, endpoint, "webhook_secret_changed", f"The secret of {endpoint.url} was changed.")
    return secret_of(key, endpoint.nonce)


def valid_secrets(endpoint: WebhookEndpoint, key: str, now: datetime) -> list[str]:
    """The secrets to sign with: the newest, and the one before it as long as it is valid."""
    nonces = [endpoint.nonce]
    if endpoint.nonce_before and endpoint.before_until and now < endpoint.before_until:
        nonces.append(endpoint.nonce_before)
    return [secret_of(key, nonce) for nonce in nonces]


def switch(act: Act, *, endpoint: WebhookEndpoint, on: bool) -> None:
    """Begins or ends telling an address. What waits goes on where it stopped; what happens meanwhile is not told."""
    if endpoint.status == ("on" if on else "off"):
        return
    endpoint.status, endpoint.failures = ("on" if on else "off"), 0
    said = "is told again what happens" if on else "is told nothing any more"
    _tell(act, endpoint, f"webhook_{endpoint.status}", f"{endpoint.url} {said}.")


def remove(act: Act, *, endpoint: WebhookEndpoint) -> None:
    """Forgets an address, and with it what waits for it."""
    _tell(act, endpoint, "webhook_removed", f"{endpoint.url} was removed.")
    act.session.delete(endpoint)
    act.session.flush()


def ping(act: Act, *, creditor: Creditor, endpoint: WebhookEndpoint) -> WebhookMessage:
    """A test message, sent like any other."""
    if endpoint.status != "on":
        raise Conflict("webhook_off", "nothing is sent there; turn it on first")
    body = body_of(PING, {}, creditor=creditor.code, customer=None, item=None, at=act.now)
    made = message(endpoint, PING.type, body, act.now)
    act.session.add(made)
    act.session.flush()
    return made


def again(act: Act, *, message: WebhookMessage) -> None:
    """Sends a message once more, with the same id: whoever keeps the ids it has seen knows it for the same."""
    if message.status == "waiting" and message.lease_until is not None and message.lease_until > act.now:
        raise Conflict("webhook_under_way", "it is being sent this very moment")
    message.status, message.attempts, message.due_at, message.lease_until = "waiting", 0, act.now, None


def endpoint_json(endpoint: WebhookEndpoint, *, waiting: int | None = None) -> dict[str, Any]:
    """An endpoint for programs; never its secret."""
    shown = {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": endpoint.events,
        "status": endpoint.status,
        "failures": endpoint.failures,
        "made_by": endpoint.made_by,
        "made_at": endpoint.made_at.isoformat(timespec="seconds"),
        "before_until": endpoint.before_until.isoformat(timespec="seconds") if endpoint.before_until else None,
    }
    return shown if waiting is None else shown | {"waiting": waiting}


def message_json(message: WebhookMessage) -> dict[str, Any]:
    """A message for programs: what became of it, and what it says."""
    return {
        "id": message.id,
        "event": message.event_id,
        "type": message.type,
        "status": message.status,
        "attempts": message.attempts,
        "answer": message.answer,
        "problem": message.problem,
        "created_at": message.created_at.isoformat(timespec="seconds"),
        "tried_at": message.tried_at.isoformat(timespec="seconds") if message.tried_at else None,
        "due_at": message.due_at.isoformat(timespec="seconds") if message.status == "waiting" else None,
        "body": message.body,
    }


def _tell(act: Act, endpoint: WebhookEndpoint, kind: str, text: str) -> None:
    data = {"webhook": endpoint.id, "url": endpoint.url}
    act.tell(Event(kind, text, creditor_id=endpoint.creditor_id, data=data))
