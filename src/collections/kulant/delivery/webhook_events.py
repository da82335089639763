"""What programs are told of: which events, and what of each. Nothing that is only for people is ever among it."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kulant.db import Act
from kulant.delivery import webhook_queries as queries
from kulant.delivery.webhook_models import WebhookEndpoint, WebhookMessage
from kulant.ledger.models import Customer, OpenItem


@dataclass(frozen=True, slots=True)
class Told:
    """An event as programs know it: its type, in words, and which of its facts they get. Texts are never among them."""

    type: str
    words: str
    facts: tuple[str, ...] = ()


# By the kind in the audit trail. Why somebody cannot pay, why they are left alone and what they wrote stay here.
TOLD: dict[str, Told] = {
    "payment_matched": Told("payment.matched", "A payment found what it pays.", ("payment", "amount", "items")),
    "payment_unmatched": Told("payment.unmatched", "A payment was taken back from it.", ("payment", "amount")),
    "payment_charged_back": Told("payment.charged_back", "A payment was returned.", ("payment", "amount")),
    "letter_sent": Told("letter.sent", "A letter or message left.", ("delivery", "document", "kind", "channel")),
    "sending_failed": Told("letter.failed", "It could not be sent.", ("delivery", "kind", "channel")),
    "plan_offered": Told("plan.offered", "Plans were offered.", ("plan",)),
    "plan_accepted": Told("plan.accepted", "The customer has agreed.", ("plan", "from", "to")),
    "plan_active": Told("plan.active", "The plan is being kept.", ("plan", "from", "to")),
    "plan_late": Told("plan.late", "A payment of it is late.", ("plan", "from", "to")),
    "plan_completed": Told("plan.completed", "It was kept to its end.", ("plan", "from", "to")),
    "plan_broken": Told("plan.broken", "A person has ended it unpaid.", ("plan", "from", "to")),
    "plan_cancelled": Told("plan.cancelled", "It was called off.", ("plan", "from", "to")),
    "plan_renegotiated": Told("plan.renegotiated", "Another took its place.", ("plan", "from", "to")),
    "promise_made": Told("promise.made", "The customer promised to pay.", ("promise", "amount", "due")),
    "promise_kept": Told("promise.kept", "They paid as promised.", ("promise",)),
    "promise_broken": Told("promise.broken", "The promised day has passed.", ("promise",)),
    "dispute_opened": Told("dispute.opened", "An invoice is disputed.", ("dispute",)),
    "dispute_resolved": Told("dispute.resolved", "The dispute is settled.", ("dispute",)),
    "hold_placed": Told("hold.placed", "Nothing goes out for a time.", ("hold", "until")),
    "hold_released": Told("hold.released", "It may go out again.", ("hold",)),
    "hardship_given": Told("customer.needs_care", "A person here looks after somebody who cannot pay."),
}
PING = Told("ping", "A test that somebody asked for.")
TYPES = {told.type: told.words for told in TOLD.values()}


def put(act: Act) -> None:
    """Writes what the act was told of for every endpoint that wants it: with the act, or not at all."""
    told = [event for event in act.events if event.kind in TOLD and event.creditor_id is not None]
    if not told:
        return
    endpoints = queries.listening(act.session, {event.creditor_id for event in told if event.creditor_id is not None})
    if not endpoints:
        return
    told = [event for event in told if event.creditor_id in endpoints]
    customers = queries.numbers(act.session, Customer, {event.customer_id for event in told if event.customer_id})
    items = queries.numbers(act.session, OpenItem, {event.item_id for event in told if event.item_id})
    for event in told:
        creditor, listeners = endpoints[event.creditor_id or 0]
        what = TOLD[event.kind]
        body = body_of(
            what,
            {name: event.data[name] for name in what.facts if name in event.data},
            creditor=creditor,
            customer=customers.get(event.customer_id or 0),
            item=items.get(event.item_id or 0),
            at=act.now,
        )
        for endpoint in listeners:
            if not endpoint.events or what.type in endpoint.events:
                act.session.add(message(endpoint, what.type, body, act.now))


def message(endpoint: WebhookEndpoint, kind: str, body: dict[str, Any], at: datetime) -> WebhookMessage:
    """That event for that endpoint, to be sent at once."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return WebhookMessage(
        endpoint_id=endpoint.id, event_id=body["id"], type=kind, body=text, created_at=at, due_at=at, status="waiting"
    )


def body_of(
    what: Told, facts: dict[str, Any], *, creditor: str, customer: str | None, item: str | None, at: datetime
) -> dict[str, Any]:
    """What is sent: numbers and codes by which the rest can be asked for through the API."""
    return {
        "id": f"evt_{secrets.token_hex(16)}",
        "type": what.type,
        "created": at.isoformat(timespec="seconds"),
        "creditor": creditor,
        "customer": customer,
        "invoice": item,
        "data": facts,
    }
