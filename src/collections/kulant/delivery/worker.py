"""Carries what is approved out of the house, exactly once: gate, draw, archive, record, hand over, record.

Each delivery goes through two short transactions and never holds one open while it draws or talks to a server. Before a
message is handed to the mail server that is recorded; a program that dies before it hears the answer leaves a delivery
nobody can be sure of, and a person decides about that one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery import queries
from kulant.delivery.again import held_still
from kulant.delivery.bounce_address import BounceAddress
from kulant.delivery.check import gate
from kulant.delivery.closing import MOST_ATTEMPTS, block, carry_out, close, give_up_waiting, postpone, wait_for_turn
from kulant.delivery.foreseen import line_of
from kulant.delivery.gate_facts import Block
from kulant.delivery.jobs import drop_done
from kulant.delivery.loose import ends_early, refused_by_server
from kulant.delivery.mail import Mailer
from kulant.delivery.mail_archive import keep_mail
from kulant.delivery.mail_sealed import NotSent, Sealed, Unanswered, why_no_address
from kulant.delivery.mail_written import compose, message_id_of
from kulant.delivery.models import Delivery
from kulant.delivery.notes import ARCHIVE
from kulant.delivery.refused import ask_for_address
from kulant.delivery.routes import route
from kulant.delivery.sending_rules import sending_rules
from kulant.delivery.writing import Written, draw, keep, write
from kulant.ledger.models import Customer
from kulant.letters.storage import Storage
from kulant.logs import get_logger
from kulant.people.models import Creditor
from kulant.relationship.reviewing import MARK, mark_on
from kulant.treatment.models import Proposal

log = get_logger()

Open = Callable[[], AbstractContextManager[Act]]

# So long what the gate has said still stands when nothing has changed.
_FRESH = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class House:
    """What a delivery needs besides the database: where documents lie, how mail leaves and where it comes back to, what
    links begin with.
    """

    open: Open
    storage: Storage
    mailer: Mailer
    base_url: str
    secret: str = field(repr=False)
    bounces: BounceAddress | None = None


@dataclass(slots=True)
class Report:
    """What became of everything that was looked at."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    blocked: list[dict[str, Any]] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)
    uncertain: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[dict[str, Any]] = field(default_factory=list)  # for the turn of their mail host


def deliver(
    house: House,
    *,
    creditor_id: int | None,
    now: datetime,
    patiently: bool = False,
    stop: threading.Event | None = None,
) -> Report:
    """Looks at everything that is past its undo period at ``now`` and sends what the gate lets through.

    ``patiently``: what was held back is left alone until it is time to look at it again. ``stop``: ends it between two.
    """
    report = Report()
    for delivery_id in due(house, creditor_id=creditor_id, now=now, patiently=patiently, report=report):
        if stop is not None and stop.is_set():
            break
        deliver_one(house, delivery_id, now=now, report=report)
    with house.open() as act:
        drop_done(act)
    return report


def due(
    house: House, *, creditor_id: int | None, now: datetime, patiently: bool, report: Report | None = None
) -> list[int]:
    """What is to be looked at one by one. What is held back for the same reasons as before is reported at once."""
    with house.open() as act:
        found = queries.due(act.session, creditor_id, now=now, patiently=patiently)
        held = [delivery_id for delivery_id, status in found if status == "blocked"]
        still = held_still(act, ids=held, now=now)
        if report is not None:
            report.blocked.extend(_line(act, delivery) for delivery in still)
    passed = {delivery.id for delivery in still}
    return [delivery_id for delivery_id, _ in found if delivery_id not in passed]


def deliver_one(house: House, delivery_id: int, *, now: datetime, report: Report) -> None:
    """Looks at one delivery and sends it if it may leave; does nothing where it is done, waits or is another's."""
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
    written = prepare(house, delivery_id, now, report)
    if written is not None:
        complete(house, delivery_id, written, now, report)


def complete(house: House, delivery_id: int, written: Written, now: datetime, report: Report) -> None:
    """Draws what was put into words, archives it, records it and lets it out; nothing when it is another's by now."""
    drawn = draw(written)
    with house.open() as act:
        delivery = queries.leased(act.session, delivery_id, written.lease_until)
        if delivery is None or _blocked(act, delivery, now, report, written):
            return
        keep(act, delivery=delivery, written=written, drawn=drawn, storage=house.storage)
        if delivery.channel in ("letter", ARCHIVE):
            if delivery.channel == "letter":
                ask_for_address(act, delivery)
            close(act, delivery=delivery)
            report.sent.append(_line(act, delivery))
            return
        creditor = act.session.get_one(Creditor, delivery.creditor_id)
        delivery.status, delivery.attempts = "handed", delivery.attempts + 1
        delivery.handed_at = queries.clock(act.session)
        delivery.lease_until = delivery.handed_at + queries.HANDED_LEASE
        delivery.message_id = delivery.message_id or message_id_of(house.secret, delivery, creditor)
        message = compose(act, creditor=creditor, delivery=delivery, written=written, pdf=drawn.pdf)
        sealed = house.mailer.seal(message, house.bounces.of(delivery.id) if house.bounces else None)
        replaced = _keep_mail(house, delivery, sealed, drawn.pdf)
    if replaced is not None:
        house.storage.remove(replaced)
    _hand_over(house, delivery_id, sealed, report)


def _keep_mail(house: House, delivery: Delivery, sealed: Sealed, pdf: bytes) -> str | None:
    """Keeps the message as it leaves; returns where that of an earlier try lies, which did not arrive."""
    before = delivery.mail_kept
    kept = keep_mail(house.storage, delivery, sealed.raw, pdf)
    if kept is not None:
        delivery.mail_sha256, delivery.mail_kept = kept.sha256, kept.kept
    return before if before != delivery.mail_kept else None


def prepare(house: House, delivery_id: int, now: datetime, report: Report) -> Written | None:
    """Takes the delivery, asks the gate and writes what it will say; none when there is nothing to draw."""
    with house.open() as act:
        clock = queries.clock(act.session)
        delivery = queries.take(act.session, delivery_id, now=now, clock=clock)
        if delivery is None:
            return None
        if delivery.status == "handed":
            give_up_waiting(act, delivery=delivery)
            report.uncertain.append(_line(act, delivery))
            return None
        _readdress(act, delivery)
        newest = queries.newest_item(act.session)
        if _blocked(act, delivery, now, report):
            return None
        _release(act, delivery)
        if _unwritable_address(act, delivery, report):
            return None
        ended = ends_early(act, delivery, now)
        if ended is not None:
            if ended in ("sent", "failed"):
                getattr(report, ended).append(_line(act, delivery))
            return None
        if delivery.channel == "task":
            carry_out(act, delivery=delivery)
            report.sent.append(_line(act, delivery))
            return None
        if _not_its_turn(act, delivery, clock, report):
            return None
        delivery.status, delivery.lease_until = "rendering", clock + queries.LEASE
        written = write(act, delivery=delivery, base_url=house.base_url, secret=house.secret)
    return replace(written, asked_of=(act.session.info.get(MARK), newest))


def _readdress(act: Act, delivery: Delivery) -> None:
    """Since the approval the customer may have said no to e-mail, or have got another address."""
    if delivery.proposal_id is not None and delivery.channel == "email":
        customer = act.session.get_one(Customer, delivery.customer_id)
        delivery.channel, delivery.recipient = route(act.session, customer, "email")


def _unwritable_address(act: Act, delivery: Delivery, report: Report) -> bool:
    """Whether nothing can be sent to what stands there as e-mail address: then it goes by post, and a task says so."""
    why = why_no_address(delivery.recipient or "") if delivery.channel == "email" else None
    if why is None:
        return False
    refused_by_server(act, delivery, why=why, bad_address=True)
    report.failed.append(_line(act, delivery))
    return True


def _not_its_turn(act: Act, delivery: Delivery, clock: datetime, report: Report) -> bool:
    """Whether its mail host gets no more messages for the moment; if it does, this delivery takes its turn."""
    if delivery.channel != "email" or not delivery.recipient:
        return False
    host = delivery.recipient.rpartition("@")[2].lower()
    most = sending_rules(act.session, delivery.creditor_id).mail_per_host_per_minute
    if most is not None:
        before = queries.handed_lately(act.session, host, clock=clock, most=most)
        if len(before) >= most:
            wait_for_turn(act, delivery=delivery, until=before[-1] + queries.MINUTE)
            report.waiting.append(_line(act, delivery))
            return True
    delivery.mail_host, delivery.handed_at = host, clock
    return False


def _release(act: Act, delivery: Delivery) -> None:
    """The gate lets it through: what was blocked is approved again, so that nobody decides about it while it leaves."""
    delivery.blocked = []
    if delivery.proposal_id is not None:
        proposal = act.session.get_one(Proposal, delivery.proposal_id)
        proposal.status, proposal.blocked = "approved", []


def _blocked(act: Act, delivery: Delivery, now: datetime, report: Report, written: Written | None = None) -> bool:
    """Asks the send gate about a proposal's letter; what is no proposal's (a receipt, a thank-you) always may leave.

    ``written``: the letter, of which the gate was asked before it was drawn. All is asked once more unless nothing can
    have changed since. That the proposal still stands is asked in any case.
    """
    if delivery.proposal_id is None:
        return False
    proposal = act.session.get_one(Proposal, delivery.proposal_id)
    creditor = act.session.get_one(Creditor, delivery.creditor_id)
    if proposal.status not in ("approved", "blocked"):
        reasons = [Block("withdrawn", f"The proposal is {proposal.status}; nothing is sent for it.")]
    elif written is not None and _still_so(act, delivery, written):
        reasons = []
    else:
        reasons = gate(act, creditor=creditor, delivery=delivery, proposal=proposal, now=now)
    if reasons:
        block(act, delivery=delivery, proposal=proposal, reasons=reasons)
        report.blocked.append(_line(act, delivery))
    return bool(reasons)


def _still_so(act: Act, delivery: Delivery, written: Written) -> bool:
    """Whether what the gate said still holds: nobody has touched the customer since, nothing has come into any account,
    and it is but a moment ago, so that rules and hours are the same too. Whoever changes a customer leaves a mark.
    """
    since = queries.clock(act.session) - (written.lease_until - queries.LEASE)
    now = (mark_on(act.session, delivery.customer_id), queries.newest_item(act.session))
    return timedelta() <= since < _FRESH and now == written.asked_of


def _hand_over(house: House, delivery_id: int, sealed: Sealed, report: Report) -> None:
    """Gives it to the mail server and records what that said, whatever anybody has made of it meanwhile."""
    try:
        house.mailer.send(sealed)
    except NotSent as problem:
        with house.open() as act:
            delivery = queries.answered_for(act.session, delivery_id)
            if problem.final or (problem.theirs and delivery.attempts >= MOST_ATTEMPTS):
                refused_by_server(act, delivery, why=str(problem), bad_address=problem.bad_address)
            else:
                postpone(act, delivery=delivery, why=str(problem))
            report.failed.append(_line(act, delivery))
        return
    except Unanswered as problem:
        with house.open() as act:
            delivery = queries.answered_for(act.session, delivery_id)
            give_up_waiting(act, delivery=delivery, why=str(problem))
            report.uncertain.append(_line(act, delivery))
        return
    with house.open() as act:
        delivery = queries.answered_for(act.session, delivery_id)
        if delivery.status != "sent":  # somebody had asked the customer meanwhile and said that it arrived
            close(act, delivery=delivery)
        report.sent.append(_line(act, delivery))


def _line(act: Act, delivery: Delivery) -> dict[str, Any]:
    line = line_of(delivery, act.session.get_one(Customer, delivery.customer_id))
    if delivery.blocked:
        line["blocked"] = delivery.blocked
    if delivery.error:
        line["error"] = delivery.error
    return line
