"""The clerk's acts as programs see them: the JSON of the command line and the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from kulant.core.money import decimal_string
from kulant.ledger.models import Customer, OpenItem
from kulant.relationship.interactions import Recorded
from kulant.relationship.models import Concern, Hold, Promise
from kulant.relationship.models_care import Commitment, Loss, Strike


def names(customer: Customer, item: OpenItem | None) -> dict[str, str | None]:
    """Whom, and which invoice, an act is about."""
    return {"customer": customer.number, "invoice": item.number if item else None}


def hold_json(hold: Hold, customer: Customer, item: OpenItem | None) -> dict[str, Any]:
    """A hold that was placed."""
    return {"id": str(hold.id), **names(customer, item), "until": hold.until.isoformat(), "reason": hold.reason}


def released_json(released: Sequence[Hold], customer: Customer, item: OpenItem | None) -> dict[str, Any]:
    """The holds that were ended."""
    return {**names(customer, item), "released": [str(one.id) for one in released]}


def resolved_json(customer: Customer, item: OpenItem | None, outcome: str, count: int) -> dict[str, Any]:
    """How many disputes, complaints or requests were closed."""
    return {**names(customer, item), "outcome": outcome, "resolved": count}


def promise_json(promise: Promise, customer: Customer) -> dict[str, Any]:
    """A promise to pay."""
    return {
        "id": str(promise.id),
        "customer": customer.number,
        "amount": decimal_string(promise.amount_minor, promise.currency),
        "currency": promise.currency,
        "due": promise.due.isoformat(),
        "status": promise.status,
    }


def note_json(customer: Customer, on: date, kind: str, text: str, concern: Concern | None) -> dict[str, str | None]:
    """A note that was put on the timeline, and by when and by whom a complaint or request is answered."""
    return {
        "customer": customer.number,
        "date": on.isoformat(),
        "kind": kind,
        "text": text,
        "answer_by": concern.answer_by.isoformat() if concern and concern.answer_by else None,
        "owner": concern.owner if concern else None,
    }


def commitment_json(one: Commitment) -> dict[str, Any]:
    """What we promised a customer."""
    return {
        "id": str(one.id),
        "text": one.text,
        "owner": one.owner,
        "made": one.made_on.isoformat(),
        "due": one.due.isoformat(),
        "status": one.status,
    }


def strike_json(one: Strike) -> dict[str, Any]:
    """A mistake of ours that counts, or that was struck out."""
    return {
        "id": str(one.id),
        "code": one.code,
        "date": one.on.isoformat(),
        "text": one.text,
        "withdrawn": one.withdrawn_on.isoformat() if one.withdrawn_on else None,
        "withdrawn_reason": one.withdrawn_reason,
    }


def recorded_json(taken: Recorded) -> dict[str, Any]:
    """What became of contacts another program sent."""
    return {
        "created": taken.created,
        "updated": taken.updated,
        "unchanged": taken.unchanged,
        "rejected": [one.as_json() for one in taken.rejected],
    }


def loss_json(loss: Loss, customer: Customer) -> dict[str, Any]:
    """A customer who left, and whether they came back."""
    return {
        "id": str(loss.id),
        "customer": customer.number,
        "lost_on": loss.lost_on.isoformat(),
        "how": loss.how,
        "reason": loss.reason,
        "text": loss.words,
        "margin_12m": decimal_string(loss.margin_12m_minor, loss.currency),
        "currency": loss.currency,
        "returned_on": loss.returned_on.isoformat() if loss.returned_on else None,
    }
