"""Every SELECT about webhooks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.delivery.queries import NOT_PAUSED, clock
from kulant.delivery.webhook_models import WebhookEndpoint, WebhookMessage
from kulant.ledger.models import Customer, OpenItem
from kulant.people.models import Creditor

LEASE = timedelta(seconds=60)  # so long a message is one worker's; it takes a sixth of that at most
KEPT = timedelta(days=30)
_AT_A_TIME = 500


def listening(session: Session, creditors: Collection[int]) -> dict[int, tuple[str, list[WebhookEndpoint]]]:
    """Those of the creditors that somebody listens to, by id: their code and who listens."""
    rows = session.execute(
        select(WebhookEndpoint, Creditor.code)
        .join(Creditor, Creditor.id == WebhookEndpoint.creditor_id)
        .where(WebhookEndpoint.creditor_id.in_(creditors), WebhookEndpoint.status == "on")
        .order_by(WebhookEndpoint.id)
    )
    found: dict[int, tuple[str, list[WebhookEndpoint]]] = {}
    for endpoint, code in rows:
        found.setdefault(endpoint.creditor_id, (code, []))[1].append(endpoint)
    return found


def numbers(session: Session, table: type[Customer] | type[OpenItem], ids: Collection[int]) -> dict[int, str]:
    """The numbers that people know them by."""
    found: dict[int, str] = {}
    several = sorted(ids)
    for begin in range(0, len(several), _AT_A_TIME):
        rows = select(table.id, table.number).where(table.id.in_(several[begin : begin + _AT_A_TIME]))
        found.update((row.id, row.number) for row in session.execute(rows))
    return found


def endpoints(session: Session, creditor_id: int) -> Sequence[WebhookEndpoint]:
    """Who listens to a creditor, or did."""
    rows = select(WebhookEndpoint).where(WebhookEndpoint.creditor_id == creditor_id).order_by(WebhookEndpoint.id)
    return session.scalars(rows).all()


def endpoint_by_id(session: Session, creditor_id: int, number: int) -> WebhookEndpoint:
    """A creditor's endpoint; refused where it has none of that number."""
    found = session.get(WebhookEndpoint, number)
    if found is None or found.creditor_id != creditor_id:
        raise NotFound("no_webhook", f"there is no webhook {number}")
    return found


def messages(session: Session, endpoint_id: int, most: int) -> Sequence[WebhookMessage]:
    """The newest messages for an endpoint."""
    rows = select(WebhookMessage).where(WebhookMessage.endpoint_id == endpoint_id)
    return session.scalars(rows.order_by(WebhookMessage.id.desc()).limit(most)).all()


def message_by_id(session: Session, creditor_id: int, number: int) -> WebhookMessage:
    """A message to one of the creditor's endpoints; refused where there is none of that number."""
    found = session.get(WebhookMessage, number)
    if found is None:
        raise NotFound("no_webhook_message", f"there is no message {number}")
    endpoint_by_id(session, creditor_id, found.endpoint_id)
    return found


def waiting(session: Session, endpoint_id: int) -> int:
    """How many messages an endpoint has still to get."""
    counted = select(func.count()).where(WebhookMessage.endpoint_id == endpoint_id, WebhookMessage.status == "waiting")
    return session.scalar(counted) or 0


def due(session: Session, most: int) -> list[tuple[int, int]]:
    """Messages to be sent now and their endpoints, oldest first; none while sending is paused."""
    now = clock(session)
    rows = session.execute(
        select(WebhookMessage.id, WebhookMessage.endpoint_id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookMessage.endpoint_id)
        .where(WebhookMessage.status == "waiting", WebhookMessage.due_at <= now, WebhookEndpoint.status == "on")
        .where(or_(WebhookMessage.lease_until.is_(None), WebhookMessage.lease_until < now), NOT_PAUSED)
        .order_by(WebhookMessage.due_at, WebhookMessage.id)
        .limit(most)
    )
    return [(row.id, row.endpoint_id) for row in rows]


def take(session: Session, message_id: int) -> tuple[WebhookMessage, WebhookEndpoint, datetime] | None:
    """Takes a message for this worker, with the moment its attempt begins; none where it is another's or done."""
    now = clock(session)
    taken = session.execute(
        update(WebhookMessage)
        .where(WebhookMessage.id == message_id, WebhookMessage.status == "waiting", WebhookMessage.due_at <= now)
        .where(or_(WebhookMessage.lease_until.is_(None), WebhookMessage.lease_until < now), NOT_PAUSED)
        .values(lease_until=now + LEASE, tried_at=now, attempts=WebhookMessage.attempts + 1)
        .returning(WebhookMessage.id)
    ).first()
    if taken is None:
        return None
    message = session.get_one(WebhookMessage, message_id, populate_existing=True)
    return message, session.get_one(WebhookEndpoint, message.endpoint_id), now


def tidy(session: Session) -> None:
    """Forgets what was sent, or given up, long ago."""
    old = clock(session) - KEPT
    done = WebhookMessage.status.in_(("sent", "failed"))
    session.execute(delete(WebhookMessage).where(done, WebhookMessage.due_at < old))
