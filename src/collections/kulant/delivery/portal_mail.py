"""Mail that the portal asks for: confirmations of what the customer told us, fresh links, one-time codes.

Each is put into the outbox once and written by ``writing_notes`` when it leaves. What is secret (a link's token, a
code) is never kept in the outbox: it is derived from the signing key then.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.db import Act
from kulant.delivery.models import Delivery
from kulant.delivery.notes import ARCHIVE, new_note, queue
from kulant.ledger.models import Customer
from kulant.ledger.queries import primary_contacts
from kulant.ledger.reach import email_address
from kulant.letters.models import Document
from kulant.plans.models import PortalLink
from kulant.plans.one_time_codes import make_code

RECEIPT, FRESH_LINK, ONE_TIME_CODE = "receipt", "fresh_link", "one_time_code"


def address_of(session: Session, customer: Customer) -> str | None:
    """Where e-mail reaches the customer, if anywhere."""
    return email_address(customer, primary_contacts(session, [customer.id]).get(customer.id))


def confirm(act: Act, *, customer: Customer, key: str, received: dict[str, Any], language: str) -> Delivery:
    """Confirms what was received, once for each key: by e-mail, and where none reaches them for the archive alone.

    ``received``: what ``letters.receipt.Received`` is made from. ``language``: the one the customer reads here.
    """
    email = address_of(act.session, customer)
    note = new_note(
        act,
        customer=customer,
        kind=RECEIPT,
        key=_key(key),
        recipient=email,
        context={**received, "language": language},
        channel="email" if email else ARCHIVE,
    )
    return queue(act, note)


def confirmation(session: Session, customer_id: int, key: str) -> Document | None:
    """The document that confirmed it, as it was archived; none as long as it has not been drawn."""
    return session.scalar(
        select(Document)
        .join(Delivery, Delivery.document_id == Document.id)
        .where(Delivery.key == _key(key), Delivery.customer_id == customer_id)
    )


def newest_confirmed(session: Session, customer_id: int, what: str) -> int | None:
    """The number under which something of this kind was confirmed last."""
    start = _key(f"{what}:")
    keys = session.scalars(
        select(Delivery.key).where(Delivery.customer_id == customer_id, Delivery.key.startswith(start, autoescape=True))
    )
    return max((int(key.removeprefix(start)) for key in keys), default=None)


def _key(key: str) -> str:
    return f"portal:{key}"


def mail_fresh_link(act: Act, *, old: PortalLink) -> Delivery | None:
    """Mails a new link to the address on file, in place of one that opens nothing any more."""
    customer = act.session.get_one(Customer, old.customer_id)
    key = f"portal:fresh:{old.id}:{act.now:%Y%m%dT%H%M%S}"
    return _queue(act, customer=customer, kind=FRESH_LINK, key=key, context={"plan": old.plan_id})


def mail_code(act: Act, *, secret: str, link: PortalLink, language: str) -> Delivery | None:
    """Mails a one-time code to the address on file."""
    customer = act.session.get_one(Customer, link.customer_id)
    if address_of(act.session, customer) is None:
        return None
    code = make_code(act, link=link, secret=secret)
    context = {"code": code.id, "language": language}
    return _queue(act, customer=customer, kind=ONE_TIME_CODE, key=f"portal:code:{code.id}", context=context)


def _queue(act: Act, *, customer: Customer, kind: str, key: str, context: dict[str, Any]) -> Delivery | None:
    email = address_of(act.session, customer)
    if email is None:
        return None
    return queue(act, new_note(act, customer=customer, kind=kind, key=key, recipient=email, context=context))
