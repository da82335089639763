"""Messages from the mailbox and refused addresses as programs read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from kulant.delivery.models import InboundMail, RefusedAddress
from kulant.ledger.models import Customer
from kulant.ledger.queries import customers_by_id


def mails_json(session: Session, mails: Sequence[InboundMail]) -> list[dict[str, Any]]:
    """These messages with whose they are."""
    customers = customers_by_id(session, {mail.customer_id for mail in mails if mail.customer_id is not None})
    return [mail_json(mail, customers.get(mail.customer_id or 0)) for mail in mails]


def mail_json(mail: InboundMail, customer: Customer | None) -> dict[str, Any]:
    """One message; its text is plain text."""
    return {
        "id": str(mail.id),
        "kind": mail.kind,
        "customer": customer.number if customer else None,
        "from": mail.sender,
        "subject": mail.subject,
        "text": mail.text,
        "received_at": mail.received_at.isoformat(),
        "read_at": mail.read_at.isoformat() if mail.read_at else None,
        "read_by": mail.read_by,
    }


def refusal_json(refused: RefusedAddress) -> dict[str, Any]:
    """One address and why nothing is sent there."""
    return {
        "id": str(refused.id),
        "address": refused.address,
        "why": refused.why,
        "since": refused.since.isoformat(),
        "ended_on": refused.ended_on.isoformat() if refused.ended_on else None,
    }
