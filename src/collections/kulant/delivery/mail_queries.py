"""Every SELECT about messages from the mailbox: whose they are, and which wait for somebody to read them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.delivery.models import Delivery, InboundMail, MailboxMark
from kulant.ledger.models import Contact, Customer
from kulant.people.models import Creditor

# Kinds of messages that wait for a person.
WAITS = ("reply", "unknown", "unsure")

# A report that names no message of ours is about the last one that went to that address within these days.
REPORTED_WITHIN = timedelta(days=30)


def is_taken(session: Session, message_id: str) -> bool:
    """Whether that message was taken in before."""
    return session.scalar(select(InboundMail.id).where(InboundMail.message_id == message_id)) is not None


def mark_of(session: Session, mailbox: str) -> MailboxMark | None:
    """How far that mailbox has been read; locked, so that two who read it take turns."""
    return session.scalar(
        select(MailboxMark)
        .where(MailboxMark.mailbox == mailbox)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def delivery_of(session: Session, message_ids: Collection[str]) -> Delivery | None:
    """The newest of our deliveries among these Message-IDs."""
    if not message_ids:
        return None
    return session.scalar(
        select(Delivery).where(Delivery.message_id.in_(message_ids)).order_by(Delivery.id.desc()).limit(1)
    )


def delivery_numbered(session: Session, delivery_id: int | None) -> Delivery | None:
    """That delivery; none where there is no such number."""
    return None if delivery_id is None else session.get(Delivery, delivery_id)


def is_asked_about(session: Session, delivery: Delivery) -> bool:
    """Whether a report about it, of which nobody knows who wrote it, waits for a person already."""
    waits = (InboundMail.delivery_id == delivery.id, InboundMail.kind == "unsure", InboundMail.read_at.is_(None))
    return session.scalar(select(InboundMail.id).where(*waits).limit(1)) is not None


def deliveries_by_ids(session: Session, ids: Collection[int]) -> Sequence[Delivery]:
    """These deliveries."""
    return session.scalars(select(Delivery).where(Delivery.id.in_(ids))).all() if ids else ()


def last_delivery_to(session: Session, addresses: Collection[str], now: datetime) -> Delivery | None:
    """What was last handed over for one of these addresses, if that is not long ago."""
    hosts = {address.rpartition("@")[2] for address in addresses}
    if not hosts:
        return None
    return session.scalar(
        select(Delivery)
        .where(
            Delivery.mail_host.in_(hosts),
            Delivery.handed_at >= now - REPORTED_WITHIN,
            func.lower(Delivery.recipient).in_(addresses),
        )
        .order_by(Delivery.handed_at.desc(), Delivery.id.desc())
        .limit(1)
    )


def customers_with(session: Session, address: str) -> Sequence[Customer]:
    """The customers, of all creditors, whom that address belongs to; at most two, for one is what is asked for."""
    return session.scalars(
        select(Customer)
        .join(Contact, Contact.customer_id == Customer.id)
        .where(func.lower(Contact.email) == address)
        .distinct()
        .order_by(Customer.id)
        .limit(2)
    ).all()


def creditor_at(session: Session, addresses: Collection[str]) -> int | None:
    """The creditor one of these addresses belongs to; the only one, where there is but one."""
    own = func.lower(func.coalesce(Creditor.contact_email, Creditor.email))
    found = session.scalars(
        select(Creditor.id).where(or_(own.in_(addresses), func.lower(Creditor.email).in_(addresses))).limit(2)
    ).all()
    found = found or session.scalars(select(Creditor.id).limit(2)).all()
    return found[0] if len(found) == 1 else None


def mail_by_id(session: Session, creditor_id: int, mail_id: int, *, with_nobodys: bool = False) -> InboundMail:
    """A message of this creditor, or for who may see them one that names none; refuses when there is none."""
    whose = InboundMail.creditor_id == creditor_id
    found = session.scalar(
        select(InboundMail).where(
            InboundMail.id == mail_id, or_(whose, InboundMail.creditor_id.is_(None)) if with_nobodys else whose
        )
    )
    if found is None:
        raise NotFound("no_mail", "there is no such message")
    return found


def inbound(
    session: Session, creditor_id: int, *, unread: bool, with_nobodys: bool = False, limit: int = 100
) -> Sequence[InboundMail]:
    """Messages that wait for somebody to read them, oldest first; or all others, newest first."""
    waits = InboundMail.read_at.is_(None) & InboundMail.kind.in_(WAITS)
    whose = InboundMail.creditor_id == creditor_id
    order = (InboundMail.received_at, InboundMail.id)
    return session.scalars(
        select(InboundMail)
        .where(or_(whose, InboundMail.creditor_id.is_(None)) if with_nobodys else whose, waits if unread else ~waits)
        .order_by(*(order if unread else (column.desc() for column in order)))
        .limit(limit)
    ).all()


def customer_of(session: Session, mail: InboundMail) -> Customer | None:
    """Whose message it is."""
    return session.get(Customer, mail.customer_id) if mail.customer_id is not None else None
