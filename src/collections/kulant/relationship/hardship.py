"""Customers who cannot manage: what they told us in confidence, who may read it, and when it is deleted."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import Forbidden, NotFound
from kulant.core.events import Event
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.relationship.models_care import HardshipNote
from kulant.relationship.tasks import KeyedTask, add_keyed_task, tick_off

CODE = "hardship"
KEY = "hardship:{}"  # of its task: the note
SEEN_BY_ALL = "The customer cannot manage this now"
READERS = ("manager", "admin")  # besides whoever helps the customer


def open_note(session: Session, customer_id: int) -> HardshipNote | None:
    """The newest note that is not closed."""
    return session.scalar(
        select(HardshipNote)
        .where(HardshipNote.customer_id == customer_id, HardshipNote.closed_on.is_(None))
        .order_by(HardshipNote.id.desc())
        .limit(1)
    )


def take_note(act: Act, *, customer: Customer, words: str, phone: str, owner: str | None, due: date) -> HardshipNote:
    """Keeps what the customer told us apart, and asks whoever helps them to get in touch."""
    note = HardshipNote(
        creditor_id=customer.creditor_id,
        customer_id=customer.id,
        words=words or None,
        phone=phone or None,
        owner=owner,
        told_on=act.today,
        answer_by=due,
    )
    act.session.add(note)
    act.session.flush()
    text = f"{handled_by(note)}: call {customer.name} and find a way together."
    task = KeyedTask(key=KEY.format(note.id), text=text, due=due, customer_id=customer.id)
    add_keyed_task(act, creditor_id=customer.creditor_id, kind=CODE, task=task)
    act.session.flush()
    return note


def add_to_note(act: Act, *, note: HardshipNote, words: str, phone: str) -> None:
    """What the customer tells us once more stands beside the first, in the same confidence. The same adds nothing."""
    told = note.words or ""
    if words and words not in told:
        note.words = f"{told} · {words}" if told else words
    if phone:
        note.phone = phone
    act.session.flush()


def handled_by(note: HardshipNote) -> str:
    """What everybody here may know of it."""
    return f"Hardship, handled by {note.owner}" if note.owner else "Hardship, nobody handles it yet"


def may_read(note: HardshipNote, *, role: str, names: tuple[str, ...]) -> bool:
    """Managers may, and whoever helps the customer, under any of their names."""
    owner = (note.owner or "").casefold()
    return role in READERS or (bool(owner) and owner in {name.casefold() for name in names})


def read_note(act: Act, *, note: HardshipNote, role: str, names: tuple[str, ...]) -> HardshipNote:
    """The note, for those who may read it; that it was read is in the audit trail."""
    if not may_read(note, role=role, names=names):
        raise Forbidden("in_confidence", "What this customer told us is read only by whoever helps them.")
    act.tell(
        Event(
            "hardship_read",
            "The hardship note was read.",
            creditor_id=note.creditor_id,
            data={"note": note.id, "customer": note.customer_id},
        )
    )
    return note


def give_note(act: Act, *, note: HardshipNote, owner: str) -> None:
    """Somebody else helps the customer from now on."""
    owner = " ".join(owner.split())[:120]
    if not owner:
        raise NotFound("no_owner", "name the person who helps the customer")
    note.owner = owner
    act.tell(
        Event(
            "hardship_given",
            handled_by(note) + ".",
            creditor_id=note.creditor_id,
            customer_id=note.customer_id,
            data={"note": note.id},
        )
    )


def close_note(act: Act, *, note: HardshipNote) -> None:
    """It is over: the customer's words and number are deleted for good. Again: nothing changes."""
    if note.closed_on is not None:
        return
    note.words, note.phone = None, None
    note.closed_on, note.closed_by = act.today, act.actor
    tick_off(act, creditor_id=note.creditor_id, key=KEY.format(note.id))
    act.tell(
        Event(
            "hardship_closed",
            "Hardship: help has ended, and what the customer told us in confidence is deleted.",
            creditor_id=note.creditor_id,
            customer_id=note.customer_id,
            data={"note": note.id},
        )
    )
