"""What the send gate would say now, asked beforehand: about proposals nobody has decided, and about the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, defer

from kulant.db import Act
from kulant.delivery import queries
from kulant.delivery.check import Letter, gate_all
from kulant.delivery.gate_facts import Block
from kulant.delivery.models import Delivery
from kulant.delivery.routes import Route, routes_of
from kulant.ledger.models import Customer
from kulant.ledger.queries import customers_by_id
from kulant.people.models import Creditor
from kulant.treatment.models import Proposal

WAITING = ("proposed", "approved", "blocked")

# What the gate does not ask about, and what would take longer to read than to judge.
_UNREAD = [defer(column) for column in (Proposal.options, Proposal.break_evens, Proposal.offers, Proposal.reasons)]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A proposal, the way it would leave, and every reason why it would not."""

    proposal: Proposal
    customer: Customer
    route: Route
    reasons: list[Block]


def foresee(act: Act, *, creditor: Creditor, proposals: Sequence[Proposal], now: datetime) -> list[Foreseen]:
    """What the gate would say of each of these at that moment; nothing is changed, and statements do not grow."""
    routes = routes_of(act.session, creditor.id, proposals)
    letters = [Letter(proposal, *routes[proposal.id]) for proposal in proposals]
    said = gate_all(act, creditor=creditor, letters=letters, now=now)
    customers = customers_by_id(act.session, {proposal.customer_id for proposal in proposals})
    return [
        Foreseen(proposal, customers[proposal.customer_id], routes[proposal.id], said[proposal.id])
        for proposal in proposals
    ]


def waiting(session: Session, creditor_id: int, statuses: Sequence[str], limit: int) -> tuple[Sequence[Proposal], int]:
    """The largest proposals in these states, and how many there are in all."""
    which: ColumnElement[bool] = (Proposal.creditor_id == creditor_id) & Proposal.status.in_(statuses)
    found = session.scalars(
        select(Proposal).where(which).order_by(Proposal.demand_minor.desc(), Proposal.id).limit(limit).options(*_UNREAD)
    ).all()
    if len(found) < limit:
        return found, len(found)
    return found, session.scalar(select(func.count()).select_from(Proposal).where(which)) or 0


def dry_run(act: Act, *, creditor: Creditor, now: datetime) -> dict[str, Any]:
    """What carrying out the outbox at that moment would send and hold back, as ``kulant deliver --dry-run`` says it."""
    found = queries.due(act.session, creditor.id, now=now, patiently=False, though_paused=True)
    due = [one for one, status in found if status in _ASKED]
    rows = queries.deliveries_with_proposals(act.session, due)
    letters = [Letter(one, delivery.channel, delivery.recipient) for delivery, one in rows if one is not None]
    said = gate_all(act, creditor=creditor, letters=letters, now=now)
    customers = customers_by_id(act.session, {delivery.customer_id for delivery, _ in rows})
    shown: dict[str, Any] = {"sent": [], "blocked": [], "dry_run": True}
    for delivery, proposal in rows:
        line = line_of(delivery, customers[delivery.customer_id])
        reasons = said[proposal.id] if proposal is not None else []
        if reasons:
            shown["blocked"].append(line | {"blocked": [reason.as_json() for reason in reasons]})
        else:
            shown["sent"].append(line)
    return shown


_ASKED = ("approved", "blocked")


def line_of(delivery: Delivery, customer: Customer) -> dict[str, Any]:
    """A delivery as commands and programs are told about it."""
    return {
        "proposal": str(delivery.proposal_id) if delivery.proposal_id else None,
        "customer": customer.number,
        "document": delivery.kind,
        "channel": delivery.channel,
        "to": delivery.recipient if delivery.channel == "email" else None,
    }
