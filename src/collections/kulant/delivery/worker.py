"""Carries what is approved out of the house, exactly once: gate, draw, archive, record, hand over, record.

Each delivery goes through two short transactions and never holds one open while it draws or talks to a server. Before a
message is handed to the mail server that is recorded; a program that dies before it hears the answer leaves a delivery
nobody can be sure of, and a person decides about that one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery import queries
from kulant.delivery.check import gate
from kulant.delivery.closing import block, carry_out, close, fail, give_up_waiting, postpone
from kulant.delivery.gate_facts import Block
from kulant.delivery.mail import Attachment, Mailer, NotSent, Unanswered, write_message
from kulant.delivery.models import Delivery
from kulant.delivery.routes import route
from kulant.delivery.writing import Written, draw, keep, write
from kulant.ledger.models import Customer
from kulant.letters.storage import Storage
from kulant.people.models import Creditor
from kulant.treatment.models import Proposal

log = structlog.get_logger()

Open = Callable[[], AbstractContextManager[Act]]

LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class House:
    """What a delivery needs besides the database: where documents lie, how mail leaves, what links begin with."""

    open: Open
    storage: Storage
    mailer: Mailer
    base_url: str
    secret: str


@dataclass(slots=True)
class Report:
    """What became of everything that was looked at."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    blocked: list[dict[str, Any]] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)
    uncertain: list[dict[str, Any]] = field(default_factory=list)


def deliver(house: House, *, creditor_id: int | None, now: datetime) -> Report:
    """Looks at everything that is past its undo period at ``now`` and sends what the gate lets through."""
    report = Report()
    with house.open() as act:
        ids = queries.due_ids(act.session, creditor_id, now=now, clock=act.now)
    for delivery_id in ids:
        try:
            _one(house, delivery_id, now, report)
        except Refusal as refusal:
            _hold_back(house, delivery_id, refusal, report)
        except SQLAlchemyError:
            raise
        except Exception as fault:
            # One letter that trips the program up must not keep all others in the house, round after round.
            log.exception("delivery", delivery=delivery_id)
            _hold_back(house, delivery_id, _unwritable(fault), report)
    return report


def _unwritable(fault: Exception) -> Refusal:
    return Refusal("cannot_be_written", f"The message could not be made ({type(fault).__name__}); the log says more.")


def _hold_back(house: House, delivery_id: int, refusal: Refusal, report: Report) -> None:
    """What cannot be written or kept stays in the house and says why; the others leave all the same."""
    with house.open() as act:
        delivery = queries.unsent(act.session, delivery_id)
        if delivery is None:
            return
        if delivery.proposal_id is not None:
            proposal = act.session.get_one(Proposal, delivery.proposal_id)
            block(act, delivery=delivery, proposal=proposal, reasons=[Block(refusal.code, refusal.sentence)])
            report.blocked.append(_line(act, delivery))
            return
        delivery.attempts += 1
        postpone(act, delivery=delivery, why=refusal.sentence)
        report.failed.append(_line(act, delivery))


def _one(house: House, delivery_id: int, now: datetime, report: Report) -> None:
    written = _prepare(house, delivery_id, now, report)
    if written is None:
        return
    drawn = draw(written)
    with house.open() as act:
        delivery = queries.leased(act.session, delivery_id, written.lease_until)
        if delivery is None or _blocked(act, delivery, now, report):
            return
        keep(act, delivery=delivery, written=written, drawn=drawn, storage=house.storage)
        if delivery.channel == "letter":
            close(act, delivery=delivery)
            report.sent.append(_line(act, delivery))
            return
        creditor = act.session.get_one(Creditor, delivery.creditor_id)
        delivery.status, delivery.attempts = "handed", delivery.attempts + 1
        delivery.message_id = delivery.message_id or f"<{delivery.key.replace(':', '-')}.{creditor.code}@kulant>"
        message = write_message(
            act,
            creditor=creditor,
            to=delivery.recipient or "",
            mail=written.mail,
            message_id=delivery.message_id,
            attachments=[Attachment(written.file_name, drawn.pdf)] if written.attached else [],
        )
    _hand_over(house, delivery_id, message, report)


def _prepare(house: House, delivery_id: int, now: datetime, report: Report) -> Written | None:
    """Takes the delivery, asks the gate and writes what it will say; none when there is nothing to draw."""
    with house.open() as act:
        delivery = queries.take(act.session, delivery_id, now=now, clock=act.now)
        if delivery is None:
            return None
        if delivery.status == "handed":
            give_up_waiting(act, delivery=delivery)
            report.uncertain.append(_line(act, delivery))
            return None
        _readdress(act, delivery)
        if _blocked(act, delivery, now, report):
            return None
        _release(act, delivery)
        if delivery.channel == "task":
            carry_out(act, delivery=delivery)
            report.sent.append(_line(act, delivery))
            return None
        delivery.status, delivery.lease_until = "rendering", act.now + LEASE
        return write(act, delivery=delivery, base_url=house.base_url, secret=house.secret)


def _readdress(act: Act, delivery: Delivery) -> None:
    """Since the approval the customer may have said no to e-mail, or have got another address."""
    if delivery.proposal_id is not None and delivery.channel == "email":
        customer = act.session.get_one(Customer, delivery.customer_id)
        delivery.channel, delivery.recipient = route(act.session, customer, "email")


def _release(act: Act, delivery: Delivery) -> None:
    """The gate lets it through: what was blocked is approved again, so that nobody decides about it while it leaves."""
    delivery.blocked = []
    if delivery.proposal_id is not None:
        proposal = act.session.get_one(Proposal, delivery.proposal_id)
        proposal.status, proposal.blocked = "approved", []


def _blocked(act: Act, delivery: Delivery, now: datetime, report: Report) -> bool:
    """Asks the send gate about a proposal's letter; what is no proposal's (a receipt, a thank-you) always may leave."""
    if delivery.proposal_id is None:
        return False
    proposal = act.session.get_one(Proposal, delivery.proposal_id)
    creditor = act.session.get_one(Creditor, delivery.creditor_id)
    if proposal.status not in ("approved", "blocked"):
        reasons = [Block("withdrawn", f"The proposal is {proposal.status}; nothing is sent for it.")]
    else:
        reasons = gate(act, creditor=creditor, delivery=delivery, proposal=proposal, now=now)
    if reasons:
        block(act, delivery=delivery, proposal=proposal, reasons=reasons)
        report.blocked.append(_line(act, delivery))
    return bool(reasons)


def _hand_over(house: House, delivery_id: int, message: Any, report: Report) -> None:
    try:
        house.mailer.send(message)
    except NotSent as problem:
        with house.open() as act:
            delivery = act.session.get_one(Delivery, delivery_id)
            (fail if problem.final else postpone)(act, delivery=delivery, why=str(problem))
            report.failed.append(_line(act, delivery))
        return
    except Unanswered as problem:
        with house.open() as act:
            delivery = act.session.get_one(Delivery, delivery_id)
            give_up_waiting(act, delivery=delivery, why=str(problem))
            report.uncertain.append(_line(act, delivery))
        return
    with house.open() as act:
        delivery = act.session.get_one(Delivery, delivery_id)
        close(act, delivery=delivery)
        report.sent.append(_line(act, delivery))


def _line(act: Act, delivery: Delivery) -> dict[str, Any]:
    customer = act.session.get_one(Customer, delivery.customer_id)
    line: dict[str, Any] = {
        "proposal": str(delivery.proposal_id) if delivery.proposal_id else None,
        "customer": customer.number,
        "document": delivery.kind,
        "channel": delivery.channel,
        "to": delivery.recipient if delivery.channel == "email" else None,
    }
    if delivery.blocked:
        line["blocked"] = delivery.blocked
    if delivery.error:
        line["error"] = delivery.error
    return line
