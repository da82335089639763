"""The links customers open the portal with, and the codes they type from a letter instead.

Token and code are derived from the signing key and a nonce, so that they can be printed again on a second letter, and
the database holds only hashes of them: who reads the database, or a backup of it, can open nobody's link. A code is
short, so its hash is keyed: without the key nobody can try out all codes against it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, false, or_, select, update
from sqlalchemy.orm import Session

from kulant.core.events import Event
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.plans.models import Plan, PortalLink

VALID_DAYS = 60
_TOKEN_LENGTH = 43  # 256 bits in base64 without padding
_CODE_LENGTH = 10  # 50 bits, typed by hand beside the customer's number; how often it may be tried is limited
_CODE_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no sign that looks like another
_READ_AS = str.maketrans("OIL", "011")
_NAMESAKES = 50  # customers of several creditors may have the same number


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link that exists or once did. Only an ``open`` one may show anything of the customer's."""

    link: PortalLink
    state: str  # open | expired | revoked


def make_link(
    act: Act,
    *,
    secret: str,
    customer: Customer,
    plan: Plan | None = None,
    days: int = VALID_DAYS,
    nonce: str | None = None,
) -> tuple[PortalLink, str]:
    """A new link for the customer, and the token that opens it.

    A caller that must show the token before it makes the link (a letter's preview) names the nonce itself; the same
    nonce always gives the same token.
    """
    nonce = nonce or secrets.token_hex(16)
    token = _derive(secret, nonce)
    made = act.session.scalar(select(PortalLink).where(PortalLink.token_hash == _hash(token)))
    if made is not None:
        made.plan_id = plan.id if plan else made.plan_id
        return made, token
    link = PortalLink(
        creditor_id=customer.creditor_id,
        customer_id=customer.id,
        plan_id=plan.id if plan else None,
        nonce=nonce,
        token_hash=_hash(token),
        code_hash=_code_hash(secret, customer.id, _plain_code(code_of(secret, nonce))),
        created_on=act.today,
        expires_on=act.today + timedelta(days=days),
        revoked_on=None,
        created_at=act.now,
    )
    act.session.add(link)
    act.session.flush()
    return link, token


def token_for(secret: str, nonce: str) -> str:
    """The token that a link of this nonce will have, or has."""
    return _derive(secret, nonce)


def code_of(secret: str, nonce: str) -> str:
    """The code that a letter prints beside the link of this nonce, to be typed where a link cannot be opened."""
    mac = hmac.new(secret.encode(), f"portal-code:{nonce}".encode(), hashlib.sha256).digest()
    number = int.from_bytes(mac[:8], "big")
    signs = "".join(_CODE_SIGNS[number >> 5 * place & 31] for place in range(_CODE_LENGTH))
    return f"{signs[:5]}-{signs[5:]}"


def find_by_code(session: Session, secret: str, number: str, code: str, today: date) -> FoundLink | None:
    """The link of the letter on which this code stands, for the customer of this number; none when they do not fit.

    The same is looked up whether or not there is such a customer, and compared in constant time.
    """
    written = number.strip()
    alike = (written, written.upper(), written.lower())
    customers = session.scalars(select(Customer.id).where(Customer.number.in_(alike)).limit(_NAMESAKES)).all()
    hashes = [_code_hash(secret, customer_id, _plain_code(code)) for customer_id in customers or [0]]
    link = session.scalar(select(PortalLink).where(PortalLink.code_hash.in_(hashes)))
    if link is None or not any(hmac.compare_digest(link.code_hash or "", one) for one in hashes):
        return None
    return FoundLink(link, _state(link, today))


def find_link(session: Session, token: str, today: date) -> FoundLink | None:
    """The link a token opens, and whether it still does; none for a token that never was one.

    The token is looked up by its hash, so how long the answer takes says nothing about how near a guess came.
    """
    link = session.scalar(select(PortalLink).where(opened_by(token)))
    return FoundLink(link, _state(link, today)) if link is not None else None


def opened_by(token: str) -> ColumnElement[bool]:
    """The link that this token opens; none when it cannot be one."""
    if len(token) != _TOKEN_LENGTH or not token.isascii():
        return false()
    return PortalLink.token_hash == _hash(token)


def offer_token(session: Session, secret: str, plan: Plan, today: date) -> str | None:
    """The token of the newest link that opens this offer today, so that it can be read out again; none when there is
    none."""
    link = session.scalar(
        select(PortalLink)
        .where(PortalLink.plan_id == plan.id, _not_revoked(today), PortalLink.expires_on >= today)
        .order_by(PortalLink.id.desc())
        .limit(1)
    )
    return _derive(secret, link.nonce) if link else None


def revoke_link(act: Act, *, link: PortalLink) -> None:
    """Closes a link; doing so again changes nothing."""
    link.revoked_on = link.revoked_on or act.today


def revoke_links(act: Act, *, customer: Customer) -> int:
    """Closes every link that still opens the customer's page; returns how many. A new letter brings a new one."""
    found = act.session.scalars(
        select(PortalLink).where(
            PortalLink.customer_id == customer.id, _not_revoked(act.today), PortalLink.expires_on >= act.today
        )
    ).all()
    for link in found:
        link.revoked_on = None  # one that was to close later closes now
        revoke_link(act, link=link)
    if found:
        links = "the link" if len(found) == 1 else f"all {len(found)} links"
        act.tell(
            Event(
                "links_closed",
                f"Closed {links} to the customer's page.",
                creditor_id=customer.creditor_id,
                customer_id=customer.id,
            )
        )
    return len(found)


def close_older(act: Act, *, customer_id: int, nonce: str, on: date) -> None:
    """From that day on no older link of the customer's opens anything: each letter that leaves brings a new one.

    A letter by post is on its way for some days, in which the link before it still opens.
    """
    newest = select(PortalLink.id).where(PortalLink.customer_id == customer_id, PortalLink.nonce == nonce)
    act.session.execute(
        update(PortalLink)
        .where(
            PortalLink.customer_id == customer_id,
            PortalLink.id < newest.scalar_subquery(),
            or_(PortalLink.revoked_on.is_(None), PortalLink.revoked_on > on),
        )
        .values(revoked_on=on),
        execution_options={"synchronize_session": False},
    )


def portal_url(base_url: str, token: str) -> str:
    """The address the customer opens."""
    return f"{base_url.rstrip('/')}/p/{token}"


def is_open(link: PortalLink, today: date) -> bool:
    """Whether the link opens anything on the day."""
    return _state(link, today) == "open"


def entry_url(base_url: str) -> str:
    """The address where the code of a letter is typed."""
    return f"{base_url.rstrip('/')}/p"


def _state(link: PortalLink, today: date) -> str:
    if link.revoked_on is not None and link.revoked_on <= today:
        return "revoked"
    return "open" if today <= link.expires_on else "expired"


def _not_revoked(today: date) -> ColumnElement[bool]:
    return or_(PortalLink.revoked_on.is_(None), PortalLink.revoked_on > today)


def _plain_code(code: str) -> str:
    """The code without spaces and strokes, small letters and mistaken signs read as what they look like."""
    signs = "".join(sign for sign in code.upper() if sign.isalnum())
    return signs.translate(_READ_AS)


def _code_hash(secret: str, customer_id: int, plain: str) -> str:
    named = f"portal-code-of:{customer_id}:{plain}"
    return hmac.new(secret.encode(), named.encode(), hashlib.sha256).hexdigest()


def _derive(secret: str, nonce: str) -> str:
    mac = hmac.new(secret.encode(), f"portal:{nonce}".encode(), hashlib.sha256)
    return urlsafe_b64encode(mac.digest()).rstrip(b"=").decode()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
