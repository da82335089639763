"""Addresses that are not written to: mail there comes back, or their owner has said no. Post goes instead."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.core.errors import Conflict, NotFound
from kulant.core.events import Event
from kulant.db import Act
from kulant.delivery.models import Delivery, RefusedAddress
from kulant.delivery.queries import WAITING, refused_addresses
from kulant.ledger.models import Contact, Customer
from kulant.ledger.queries import primary_contacts
from kulant.ledger.reach import email_address
from kulant.people.models import Creditor
from kulant.relationship.tasks import KeyedTask, add_keyed_task

UNSUBSCRIBED = "its owner asked us not to write there any more"


def usable_email(session: Session, customer: Customer, contact: Contact | None) -> str | None:
    """Where e-mail reaches the customer; none where mail comes back from, or is not wanted."""
    email = email_address(customer, contact)
    if email is None or refused_addresses(session, customer.creditor_id, [email]):
        return None
    return email


def refuse_address(act: Act, *, creditor_id: int, customer_id: int | None, address: str, why: str) -> bool:
    """Writes there no more; what still waits to leave for it goes by post at once. Says whether that is new."""
    address = address.lower()
    if refused_addresses(act.session, creditor_id, [address]):
        return False
    act.session.add(RefusedAddress(creditor_id=creditor_id, address=address, why=why, since=act.today))
    act.session.flush()
    act.tell(
        Event(
            "mail_refused",
            f"Nothing is sent to {address} any more: {why}. What would go there goes by post.",
            creditor_id=creditor_id,
            customer_id=customer_id,
            data={"address": address},
        )
    )
    _reroute(act, creditor_id, address)
    return True


def _reroute(act: Act, creditor_id: int, address: str) -> None:
    """Nothing stays queued for an address that is not written to. Notes that belong to no proposal have their own rule
    (``loose``): by post, or not at all.
    """
    theirs = act.session.scalars(
        select(Delivery)
        .where(
            Delivery.creditor_id == creditor_id,
            Delivery.status.in_(WAITING),
            Delivery.channel == "email",
            Delivery.proposal_id.is_not(None),
            func.lower(Delivery.recipient) == address,
        )
        .order_by(Delivery.id)
        .with_for_update(skip_locked=True)  # one that a worker has just taken is asked about by its gate
    ).all()
    contacts = primary_contacts(act.session, [one.customer_id for one in theirs])
    for delivery in theirs:
        contact = contacts.get(delivery.customer_id)
        delivery.channel, delivery.recipient = "letter", contact.address if contact else None


def without_address(session: Session, delivery: Delivery) -> str | None:
    """Why this letter reaches nobody: mail comes back, and there is no postal address; none where it may be sent."""
    if delivery.channel != "letter":
        return None
    contact = primary_contacts(session, [delivery.customer_id]).get(delivery.customer_id)
    if contact is None or not contact.email or (contact.address or "").strip():
        return None
    if not refused_addresses(session, delivery.creditor_id, [contact.email]):
        return None
    return f"mail to {contact.email} comes back or is not wanted, and no postal address is known; ask the customer"


def ask_for_address(act: Act, delivery: Delivery) -> None:
    """A letter that has nobody's address on it lies with the others to be printed: a person is told before it is."""
    if (delivery.recipient or "").strip():
        return
    customer = act.session.get_one(Customer, delivery.customer_id)
    text = f"Find out where {customer.name} lives: their letter waits to be printed, and no address stands on it."
    task = KeyedTask(key=f"no_address:{delivery.id}", text=text, due=act.today, customer_id=customer.id)
    add_keyed_task(act, creditor_id=delivery.creditor_id, kind="no_address", task=task)


def refusals(session: Session, creditor_id: int, limit: int = 200) -> Sequence[RefusedAddress]:
    """The addresses that are not written to now, newest first."""
    return session.scalars(
        select(RefusedAddress)
        .where(RefusedAddress.creditor_id == creditor_id, RefusedAddress.ended_on.is_(None))
        .order_by(RefusedAddress.id.desc())
        .limit(limit)
    ).all()


def lift_refusal(act: Act, *, creditor: Creditor, refused_id: int) -> RefusedAddress:
    """Writes to an address again: a person knows that it is right now."""
    found = act.session.scalar(
        select(RefusedAddress).where(RefusedAddress.id == refused_id, RefusedAddress.creditor_id == creditor.id)
    )
    if found is None:
        raise NotFound("no_refusal", "there is no such refused address")
    if found.ended_on is not None:
        raise Conflict("lifted_already", f"{found.address} is written to again since {found.ended_on}")
    found.ended_on, found.ended_by = act.today, act.actor
    act.tell(
        Event(
            "mail_allowed",
            f"{found.address} is written to again.",
            creditor_id=creditor.id,
            data={"address": found.address, "since": found.since.isoformat()},
        )
    )
    return found
