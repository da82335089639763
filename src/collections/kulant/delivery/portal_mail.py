"""Mail that the portal asks for: confirmations of what the customer told us, fresh links, one-time codes.

Each is put into the outbox once and written by ``writing_notes`` when it leaves. What is secret (a link's token, a
code) is never kept in the outbox: it is derived from the signing key then.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from kulant.db import Act
from kulant.delivery.models import Delivery
from kulant.delivery.notes import new_note, queue
from kulant.ledger.models import Customer
from kulant.ledger.queries import primary_contacts
from kulant.ledger.reach import email_address
from kulant.plans.models import PortalLink
from kulant.plans.one_time_codes import make_code

RECEIPT, FRESH_LINK, ONE_TIME_CODE = "receipt", "fresh_link", "one_time_code"


def address_of(session: Session, customer: Customer) -> str | None:
    """Where e-mail reaches the customer, if anywhere."""
    return email_address(customer, primary_contacts(session, [customer.id]).get(customer.id))


def confirm(act: Act, *, customer: Customer, key: str, received: dict[str, Any], language: str) -> Delivery | None:
    """Confirms by e-mail what was received; the same key is confirmed once. None where no e-mail reaches them.

    ``received``: what ``letters.receipt.Received`` is made from. ``language``: the one the customer reads here.
    """
    return _queue(act, customer=customer, kind=RECEIPT, key=f"portal:{key}", context={**received, "language": language})


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
