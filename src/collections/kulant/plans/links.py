"""The links customers open the portal with.

A token is derived from the signing key and a nonce, so that it can be printed again on a second letter, and the
database holds only its hash: who reads the database, or a backup of it, can open nobody's link.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.plans.models import Plan, PortalLink

VALID_DAYS = 60
_TOKEN_LENGTH = 43  # 256 bits in base64 without padding


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


def find_link(session: Session, token: str, today: date) -> FoundLink | None:
    """The link a token opens, and whether it still does; none for a token that never was one.

    The token is looked up by its hash, so how long the answer takes says nothing about how near a guess came.
    """
    if len(token) != _TOKEN_LENGTH or not token.isascii():
        return None
    link = session.scalar(select(PortalLink).where(PortalLink.token_hash == _hash(token)))
    if link is None:
        return None
    if link.revoked_on is not None and link.revoked_on <= today:
        return FoundLink(link, "revoked")
    return FoundLink(link, "open" if today <= link.expires_on else "expired")


def offer_token(session: Session, secret: str, plan: Plan, today: date) -> str | None:
    """The token of the newest link that opens this offer today, so that it can be read out again; none when there is
    none."""
    link = session.scalar(
        select(PortalLink)
        .where(PortalLink.plan_id == plan.id, PortalLink.revoked_on.is_(None), PortalLink.expires_on >= today)
        .order_by(PortalLink.id.desc())
        .limit(1)
    )
    return _derive(secret, link.nonce) if link else None


def revoke_link(act: Act, *, link: PortalLink) -> None:
    """Closes a link; doing so again changes nothing."""
    link.revoked_on = link.revoked_on or act.today


def portal_url(base_url: str, token: str) -> str:
    """The address the customer opens."""
    return f"{base_url.rstrip('/')}/p/{token}"


def _derive(secret: str, nonce: str) -> str:
    mac = hmac.new(secret.encode(), f"portal:{nonce}".encode(), hashlib.sha256)
    return urlsafe_b64encode(mac.digest()).rstrip(b"=").decode()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
