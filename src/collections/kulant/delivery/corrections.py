"""Putting a wrong letter right: what it charged is taken back and an apology goes out, in one transaction, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.core.events import Event
from kulant.core.words import day_words
from kulant.db import Act
from kulant.delivery.models import Delivery
from kulant.delivery.refused import usable_email
from kulant.i18n import language_of
from kulant.ledger.charges_back import charges_of_letter, take_back_charges
from kulant.ledger.models import Customer, Entry, OpenItem
from kulant.ledger.queries import primary_contacts
from kulant.people.models import Creditor
from kulant.treatment.models import Proposal, ProposalItem

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
    charges = [
        charge
        for charge in charges_of_letter(act.session, creditor.id, crossing.letter)
        if charge.kind == "fee" or charge.belongs_to_id in crossing.items
    ]
    if not charges:
        return []
    reason = f"The letter of {day_words(crossing.sent_on)} crossed a payment."
    back = take_back_charges(act, creditor=creditor, letter=crossing.letter, charges=charges, reason=reason)
    proposal = act.session.get_one(Proposal, crossing.letter)
    proposal.charges = [
        line | {"taken_back": act.today.isoformat()}
        if line["kind"] == "fee" or line["item"] in crossing.items
        else line
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
    delivery = Delivery(
        creditor_id=creditor.id,
        customer_id=customer.id,
        proposal_id=None,
        key=key,
        kind=KIND,
        channel="email" if email else "letter",
        recipient=email or address,
        status="approved",
        context=_context(act.session, creditor, customer, crossing, taken_back),
        not_before=act.now,
        approved_on=act.today,
        created_at=act.now,
    )
    act.session.add(delivery)
    act.session.flush()
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
