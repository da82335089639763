"""How a webhook proves where it comes from. Pure.

A secret is HMAC-SHA-256 of the endpoint's nonce under the house's signing key: nothing of it is kept, so nobody who
reads the database can sign. A signature is ``t=SECONDS,v1=HEX``: HMAC-SHA-256 of ``SECONDS.BODY``, once for each valid
secret.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime

HEADER = "Kulant-Signature"
PREFIX = "whsec_"  # so that a secret left in a file or log is known for what it is


def new_nonce() -> str:
    """What makes a secret its own."""
    return secrets.token_urlsafe(32)


def secret_of(key: str, nonce: str) -> str:
    """The secret that endpoint and house share."""
    digest = hmac.new(key.encode(), f"webhook:{nonce}".encode(), hashlib.sha256).digest()
    return PREFIX + urlsafe_b64encode(digest).decode().rstrip("=")


def signature(valid: Sequence[str], body: bytes, at: datetime) -> str:
    """The header's value, with one signature for each secret that is valid."""
    seconds = str(int(at.timestamp()))
    marks = [hmac.new(one.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest() for one in valid]
    return ",".join([f"t={seconds}", *(f"v1={mark}" for mark in marks)])
