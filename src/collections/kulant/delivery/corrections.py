"""Putting a wrong letter right: what it charged is taken back and an apology goes out, in one transaction, once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from kulant.core.events import Event
from kulant.core.words import day_words
from kulant.db import Act
from kulant.delivery.models import Delivery
from kulant.delivery.notes import new_note, queue
from kulant.delivery.refused import usable_email
from kulant.i18n import language_of
from kulant.ledger.charges_back import charges_of_letter, take_back_charges
from kulant.ledger.models import Customer, Entry, OpenItem
from kulant.ledger.queries import primary_contacts
from kulant.people.models import Creditor
from kulant.treatment.models import Proposal, ProposalItem, StepSent

KIND = "apology"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A letter that asked for invoices which had been paid before it left."""

    letter: int  # the proposal
    customer_id: int
    sent_on: date
    items: tuple[int, ...]
    invoices: tuple[str, ...]


def put_right(act: Act, creditor: Creditor, crossing: Crossing) -> Delivery | None:
    """Takes back what the letter charged for what was paid, and queues the apology; safe to ask for again.

    None where no apology can go out by itself: the letter was no letter but a call, or nothing reaches the customer.
    """
    taken_back = _take_back(act, creditor, crossing)
    letter = act.session.scalar(select(Delivery).where(Delivery.proposal_id == crossing.letter))
    if letter is None or letter.channel not in ("email", "letter"):
        return None
    key = f"{KIND}:{letter.id}"
    queued = act.session.scalar(select(Delivery).where(Delivery.key == key))
    return queued or _queue(act, creditor, crossing, key, taken_back)


def _take_back(act: Act, creditor: Creditor, crossing: Crossing) -> list[tuple[str, int]]:
    """The letter's fee, and what it charged on those invoices; what it charged on others is rightly owed."""
    reason = f"The letter of {day_words(crossing.sent_on)} crossed a payment."
    return _reverse(act, creditor, crossing.letter, crossing.items, reason)


def _reverse(act: Act, creditor: Creditor, letter: int, items: Collection[int], reason: str) -> list[tuple[str, int]]:
    """Reverses the letter's fee and what it charged on these invoices; its lines say so, for whoever reckons later."""
    charges = [
        charge
        for charge in charges_of_letter(act.session, creditor.id, letter)
        if charge.kind == "fee" or charge.belongs_to_id in items
    ]
    if not charges:
        return []
    back = take_back_charges(act, creditor=creditor, letter=letter, charges=charges, reason=reason)
    proposal = act.session.get_one(Proposal, letter)
    proposal.charges = [
        line | {"taken_back": act.today.isoformat()} if line["kind"] == "fee" or line["item"] in items else line
        for line in proposal.charges
    ]
    return back


def _queue(
    act: Act, creditor: Creditor, crossing: Crossing, key: str, taken_back: Sequence[tuple[str, int]]
) -> Delivery | None:
    customer = act.session.get_one(Customer, crossing.customer_id)
    contact = primary_contacts(act.session, [customer.id]).get(customer.id)
    email = usable_email(act.session, customer, contact)
    address = (contact.address or "").strip() if contact else ""
    if email is None and not address:
        return None
    context = _context(act.session, creditor, customer, crossing, taken_back)
    channel, recipient = ("email", email) if email else ("letter", address)
    note = new_note(act, customer=customer, kind=KIND, key=key, channel=channel, recipient=recipient, context=context)
    delivery = queue(act, note)
    act.tell(
        Event(
            "apology_queued",
            f"The letter of {day_words(crossing.sent_on)} was wrong: an apology goes out.",
            creditor_id=creditor.id,
            customer_id=customer.id,
            data={"delivery": delivery.id, "proposal": crossing.letter},
        )
    )
    return delivery


def _context(
    session: Session, creditor: Creditor, customer: Customer, crossing: Crossing, taken_back: Sequence[tuple[str, int]]
) -> dict[str, Any]:
    """What the apology is written from; the names are those of ``letters.apology.Wrong``."""
    proposal = session.get_one(Proposal, crossing.letter)
    asked = select(func.count()).where(ProposalItem.proposal_id == crossing.letter, ProposalItem.asked_minor > 0)
    paid_on, paid_minor = _paid(session, crossing)
    return {
        "what": "crossed",
        "proposal": crossing.letter,
        "letter_on": crossing.sent_on.isoformat(),
        "currency": proposal.currency,
        "invoices": list(crossing.invoices),
        "paid_on": paid_on.isoformat() if paid_on else None,
        "paid_minor": paid_minor,
        "taken_back": [{"kind": kind, "amount_minor": minor} for kind, minor in taken_back],
        "others": (session.scalar(asked) or 0) > len(crossing.items),
        "language": language_of(customer.language, customer.country, creditor.language),
    }


def _paid(session: Session, crossing: Crossing) -> tuple[date | None, int | None]:
    """The day and the sum, where one day's money paid it all; several days, or a credit note, are not named."""
    rows = session.execute(
        select(Entry.on, func.sum(-Entry.amount_minor))
        .join(OpenItem, OpenItem.id == Entry.against_item_id)
        .where(Entry.item_id.in_(crossing.items), Entry.on < crossing.sent_on)
        .where(OpenItem.series == "payment")
        .group_by(Entry.on)
        .having(func.sum(-Entry.amount_minor) > 0)
    ).all()
    return (rows[0][0], int(rows[0][1])) if len(rows) == 1 else (None, None)


def must_begin_anew(act: Act, delivery: Delivery) -> bool:
    """Whether a letter that came back cannot simply follow by post: the law gives its reader days from the day it was
    sent, and some of them have passed.
    """
    return delivery.kind == "formal_notice" and delivery.proposal_id is not None and delivery.sent_on != act.today


def begin_anew(act: Act, delivery: Delivery) -> None:
    """It was never sent in any sense that counts: its steps and charges are undone, the next run proposes it anew."""
    if delivery.proposal_id is None:
        return
    creditor = act.session.get_one(Creditor, delivery.creditor_id)
    items = act.session.scalars(select(StepSent.item_id).where(StepSent.proposal_id == delivery.proposal_id)).all()
    _reverse(act, creditor, delivery.proposal_id, items, "The letter came back.")
    act.session.execute(delete(StepSent).where(StepSent.proposal_id == delivery.proposal_id))
    act.tell(
        Event(
            "mail_undone",
            "The letter reached nobody, and by post its last day to pay would come too soon: it is proposed anew.",
            creditor_id=delivery.creditor_id,
            customer_id=delivery.customer_id,
            data={"delivery": delivery.id, "proposal": delivery.proposal_id},
        )
    )


def count_from_today(act: Act, proposal_id: int) -> None:
    """The letter reaches its reader by post only now: what comes next waits from this day on."""
    act.session.execute(update(StepSent).where(StepSent.proposal_id == proposal_id).values(sent_on=act.today))
