"""The hook for paying on a payment provider's page: one interface, and an adapter for hosted pages over HTTPS.

Whatever the provider, the same three things are asked of it: begin a payment and say where the customer goes, say how
a payment stands, and sign what it sends by itself. What any of them costs, and which cards it takes, is not ours.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Any, Protocol
from urllib.error import URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from kulant.core.errors import Forbidden, Refusal

TIMEOUT_SECONDS = 10
TOLERATED_SECONDS = 300  # a signed message older or newer than this is not taken: it may be sent again by somebody else
LONGEST_ANSWER = 64 * 1024
MOST_MINOR = 10**15  # more than any invoice, and less than a database can hold
PENDING, PAID, FAILED, EXPIRED = "pending", "paid", "failed", "expired"
SIGNATURE = "kulant-signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A payment to be begun: ``key`` is our own name for it, and asking twice with it begins one payment."""

    key: str
    merchant: str  # the creditor's code
    amount_minor: int
    currency: str
    reference: str
    language: str
    return_url: str
    notify_url: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A payment that was begun: the provider's number for it, and the page the customer goes to."""

    provider_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Word:
    """How a payment stands, as the provider says; the amount is what was really paid."""

    provider_id: str
    key: str
    status: str  # pending | paid | failed | expired
    amount_minor: int
    currency: str


class PaymentProvider(Protocol):
    """What a provider has to be able to do."""

    name: str
    site: str  # where its pages lie, e.g. https://pay.example: the only other site a form of ours leads to

    def begin(self, order: Order) -> Begun:
        """Begins the payment; raises ``Refusal`` when the provider cannot be reached or does not want it."""

    def status(self, provider_id: str) -> Word:
        """How the payment stands now."""

    def read(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Word:
        """What the provider has sent by itself; raises ``Forbidden`` when it is not signed by the provider."""


class HostedPage:
    """A provider that shows its own page: JSON over HTTPS, everything signed with a key both of us know.

    ``POST {address}/payments`` begins, ``GET {address}/payments/{id}`` tells; the provider posts the same words to
    ``notify_url``. The signature is ``t=SECONDS,v1=HEX``: HMAC-SHA-256 of ``SECONDS.BODY``.
    """

    name = "hosted"

    def __init__(self, address: str, key: str) -> None:
        parts = urlsplit(address)
        self.site = f"{parts.scheme}://{parts.netloc}"
        self._address = address.rstrip("/")
        self._key = key.encode()
        self._open = build_opener(_NoRedirects)

    def begin(self, order: Order) -> Begun:
        """Begins the payment and returns where the customer goes."""
        asked = {
            "key": order.key,
            "merchant": order.merchant,
            "amount_minor": order.amount_minor,
            "currency": order.currency,
            "reference": order.reference,
            "language": order.language,
            "return_url": order.return_url,
            "notify_url": order.notify_url,
        }
        answer = self._ask(f"{self._address}/payments", json.dumps(asked).encode())
        begun = Begun(_text(answer, "id"), _text(answer, "url"))
        if f"{urlsplit(begun.url).scheme}://{urlsplit(begun.url).netloc}" != self.site:
            raise Refusal("provider_page", "the payment provider named a page on another site; nobody is sent there")
        return begun

    def status(self, provider_id: str) -> Word:
        """How the payment stands now."""
        return _word(self._ask(f"{self._address}/payments/{quote(provider_id, safe='')}", None))

    def read(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Word:
        """What the provider has sent by itself, once its signature is right and not old."""
        given = dict(part.partition("=")[::2] for part in headers.get(SIGNATURE, "").split(","))
        seconds, signature = given.get("t", ""), given.get("v1", "")
        sent = int(seconds[:12]) if seconds.isascii() and seconds.isdigit() else 0
        if abs(now.timestamp() - sent) > TOLERATED_SECONDS:
            raise Forbidden("not_signed", "this is not signed, or was signed too long ago")
        if not hmac.compare_digest(signature.encode(), self.sign(seconds, body).encode()):
            raise Forbidden("not_signed", "this was not signed by the payment provider")
        try:
            return _word(json.loads(body))
        except ValueError:
            raise Refusal("bad_notice", "the payment provider's message cannot be read") from None

    def sign(self, seconds: str, body: bytes) -> str:
        """The signature of a message sent at that second."""
        return hmac.new(self._key, seconds.encode() + b"." + body, hashlib.sha256).hexdigest()

    def _ask(self, url: str, body: bytes | None) -> Any:
        seconds = str(int(datetime.now().astimezone().timestamp()))
        signature = f"t={seconds},v1={self.sign(seconds, body or url.encode())}"
        asked = Request(url, body, {"Content-Type": "application/json", SIGNATURE: signature})
        try:
            with self._open.open(asked, timeout=TIMEOUT_SECONDS) as answer:
                return json.loads(answer.read(LONGEST_ANSWER))
        except (URLError, OSError, HTTPException, ValueError) as problem:
            raise Refusal("provider_silent", f"the payment provider does not answer: {problem}") from problem


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Nobody sends us, and the key's signature, to another address."""


def open_provider(url: str | None, key: str | None) -> PaymentProvider | None:
    """The provider of ``KULANT_PAYMENT_URL``; none where customers pay by bank alone."""
    if not url:
        return None
    parts = urlsplit(url)
    loopback = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme not in ("https", "http") or not parts.hostname or (parts.scheme == "http" and not loopback):
        raise Refusal("bad_payment_url", "KULANT_PAYMENT_URL must begin with https://")
    if not key:
        raise Refusal("no_payment_key", "KULANT_PAYMENT_KEY is not set; the payment provider gives it to you")
    return HostedPage(url, key)


def _word(said: Any) -> Word:
    status, minor = _text(said, "status"), said.get("amount_minor")
    counted = isinstance(minor, int) and not isinstance(minor, bool) and 0 <= minor <= MOST_MINOR
    if status not in (PENDING, PAID, FAILED, EXPIRED) or not counted:
        raise Refusal("bad_notice", "the payment provider's message cannot be read")
    return Word(_text(said, "id"), _text(said, "key"), status, minor, _text(said, "currency"))


def _text(said: Any, name: str) -> str:
    value = said.get(name) if isinstance(said, dict) else None
    if not isinstance(value, str) or not 0 < len(value) <= 2000:
        raise Refusal("bad_notice", f"the payment provider's message lacks {name}")
    return value
