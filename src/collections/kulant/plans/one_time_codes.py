"""One-time codes: mailed to the address on file, they prove that whoever types one reads that mailbox.

The code is derived from the signing key and the row, so that the mail can be written later; only a hash is kept.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from sqlalchemy import select

from kulant.db import Act
from kulant.plans.models import PortalLink
from kulant.plans.models_portal import OneTimeCode

VALID_FOR = timedelta(minutes=20)
MOST_ATTEMPTS = 5
_DIGITS = 6


def make_code(act: Act, *, link: PortalLink, secret: str) -> OneTimeCode:
    """A new code for the link; the one before it opens nothing any more."""
    for older in act.session.scalars(
        select(OneTimeCode).where(OneTimeCode.link_id == link.id, OneTimeCode.used_at.is_(None))
    ):
        older.expires_at = min(older.expires_at, act.now)
    made = OneTimeCode(link_id=link.id, code_hash="", made_at=act.now, expires_at=act.now + VALID_FOR, attempts=0)
    act.session.add(made)
    act.session.flush()
    made.code_hash = _hash(secret, made.id, code_text(secret, made))
    act.session.flush()
    return made


def code_text(secret: str, code: OneTimeCode) -> str:
    """The figures that are mailed."""
    mac = hmac.new(secret.encode(), f"one-time-code:{code.id}:{code.link_id}".encode(), hashlib.sha256).digest()
    return str(int.from_bytes(mac[:8], "big") % 10**_DIGITS).zfill(_DIGITS)


def try_code(act: Act, *, link: PortalLink, typed: str, secret: str) -> bool:
    """Whether these figures are the link's newest code, in time and not tried too often. Counts the try."""
    newest = act.session.scalar(
        select(OneTimeCode)
        .where(OneTimeCode.link_id == link.id)
        .order_by(OneTimeCode.id.desc())
        .limit(1)
        .with_for_update()
    )
    if newest is None or newest.used_at is not None or newest.expires_at <= act.now:
        return False
    newest.attempts += 1
    if newest.attempts > MOST_ATTEMPTS:
        return False
    figures = "".join(sign for sign in typed if sign.isdigit())
    return hmac.compare_digest(newest.code_hash, _hash(secret, newest.id, figures))


def use_codes(act: Act, *, link: PortalLink) -> None:
    """What was proved is done: no code of the link opens anything any more."""
    for code in act.session.scalars(
        select(OneTimeCode).where(OneTimeCode.link_id == link.id, OneTimeCode.used_at.is_(None))
    ):
        code.used_at = act.now


def _hash(secret: str, code_id: int, figures: str) -> str:
    return hmac.new(secret.encode(), f"one-time-hash:{code_id}:{figures}".encode(), hashlib.sha256).hexdigest()
