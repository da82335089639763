"""Sends what programs are to be told: at least once, with ever longer waits where nobody answers.

A message is taken in one short transaction, posted outside of any, and what came of it written in another. A worker
that dies between leaves it to the next, which sends it again under the same id.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from kulant.core.events import Event
from kulant.db import Act, reading
from kulant.delivery import webhook_queries as queries
from kulant.delivery.webhook_models import WebhookEndpoint, WebhookMessage
from kulant.delivery.webhook_posting import Poster, Unreachable
from kulant.delivery.webhook_signing import HEADER, signature
from kulant.delivery.webhooks import valid_secrets
from kulant.logs import get_logger
from kulant.relationship.tasks import KeyedTask, add_keyed_task
from kulant.settings import Settings
from kulant.transaction import doing

log = get_logger()

Open = Callable[[], AbstractContextManager[Act]]

# How long after each attempt the next one comes; after the last of them it is given up.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (0.2, 1, 5, 15, 60, 3 * 60, 6 * 60, 12 * 60, 24 * 60, 24 * 60))
MOST_FAILURES = 30  # in a row, then the address is given up
GONE = 410
_ROUND = 100  # messages that one round sends at most
ACTOR = "worker"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message that is being sent: to where, the very bytes, and how they are signed."""

    message_id: int
    url: str
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)


def send_webhooks(settings: Settings, *, stop: threading.Event | None = None) -> int:
    """Sends what is due; returns how many were taken by those they are for. Who does not answer waits for a round."""
    with reading(settings.database_url) as session:
        due = queries.due(session, _ROUND)
    if not due:
        return 0
    opened, key = partial(doing, settings, actor=ACTOR), settings.secret_key()
    with opened() as act:
        queries.tidy(act.session)
    poster, sent, silent = Poster(private=settings.webhooks_private), 0, set()
    for message_id, endpoint_id in due:
        if stop is not None and stop.is_set():
            break
        if endpoint_id in silent:
            continue
        came = send_one(opened, message_id, poster=poster, key=key)
        sent += bool(came)
        if came is False:
            silent.add(endpoint_id)
    return sent


def send_one(opened: Open, message_id: int, *, poster: Poster, key: str) -> bool | None:
    """Sends one message; whether it was taken, none where it is another worker's or done."""
    with opened() as act:
        attempt = _begin(act, message_id, key)
    if attempt is None:
        return None
    answer, problem = None, None
    try:
        answer = poster.post(attempt.url, attempt.body, attempt.headers)
    except Unreachable as unreachable:
        problem = str(unreachable)
    with opened() as act:
        return _record(act, message_id, answer, problem)


def _begin(act: Act, message_id: int, key: str) -> Attempt | None:
    taken = queries.take(act.session, message_id)
    if taken is None:
        return None
    message, endpoint, now = taken
    body = message.body.encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Kulant-Webhook/1",
        "Kulant-Event": message.type,
        "Kulant-Event-Id": message.event_id,
        HEADER: signature(valid_secrets(endpoint, key, now), body, now),
    }
    return Attempt(message.id, endpoint.url, body, headers)


def _record(act: Act, message_id: int, answer: int | None, problem: str | None) -> bool:
    message = act.session.get(WebhookMessage, message_id)
    if message is None:  # somebody has removed the endpoint meanwhile
        return True
    endpoint = act.session.get_one(WebhookEndpoint, message.endpoint_id, with_for_update=True)
    message.answer, message.problem, message.lease_until = answer, problem, None
    if answer is not None and 200 <= answer < 300:
        message.status, endpoint.failures = "sent", 0
        return True
    now: datetime = message.tried_at or act.now
    if message.attempts > len(WAITS):
        message.status = "failed"
    else:
        message.due_at = now + WAITS[message.attempts - 1]
    endpoint.failures += 1
    if endpoint.status == "on" and (answer == GONE or endpoint.failures >= MOST_FAILURES):
        _give_up(act, endpoint, answer)
    return False


def _give_up(act: Act, endpoint: WebhookEndpoint, answer: int | None) -> None:
    """Stops telling an address that does not listen, and has a person look at it."""
    endpoint.status = "failing"
    why = "it says that it is gone" if answer == GONE else f"it did not take {endpoint.failures} messages in a row"
    said = f"{endpoint.url} is told nothing any more: {why}. Look at it, then turn it on again under Webhooks."
    key = f"webhook:{endpoint.id}:{act.now:%Y%m%dT%H%M%S%f}"
    task = KeyedTask(key=key, text=said, due=act.today)
    add_keyed_task(act, creditor_id=endpoint.creditor_id, kind="webhook_failing", task=task)
    act.tell(Event("webhook_failing", said, creditor_id=endpoint.creditor_id, data={"webhook": endpoint.id}))
    log.warning("webhook", webhook=endpoint.id, problem=why)
