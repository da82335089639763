"""How often a person may try something here: far more often than people do, far too seldom for guessing."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from fastapi import Request

from kulant.db import Act
from kulant.people.throttle import Limit, tried
from kulant.portal.pages import TooOften
from kulant.portal.visit import address_of_visitor
from kulant.settings import Settings

_HOUR, _QUARTER = timedelta(hours=1), timedelta(minutes=15)

# A letter's code has 50 bits: ten tries an hour for a customer's number find it in ten billion years.
CODE_BY_ADDRESS = Limit("code-address", 20, _QUARTER)
CODE_BY_CUSTOMER = Limit("code-customer", 10, _HOUR)
FRESH_BY_ADDRESS = Limit("fresh-address", 20, _HOUR)
FRESH_BY_LINK = Limit("fresh-link", 3, _HOUR)
PROOF_BY_LINK = Limit("proof-link", 10, _HOUR)
MAILED_BY_LINK = Limit("code-mail-link", 4, _HOUR)
PAID_BY_LINK = Limit("pay-link", 20, _HOUR)
FILES_BY_LINK = Limit("file-link", 10, _HOUR)


def within(act: Act, settings: Settings, limit: Limit, *who: object) -> bool:
    """Counts a try; whether it is within the limit."""
    return tried(act, limit, *map(str, who), secret=settings.secret_key())


def from_where(act: Act, settings: Settings, limit: Limit, request: Request) -> bool:
    """The same for whoever has this network address."""
    return within(act, settings, limit, line_of(address_of_visitor(request)))


def line_of(address: str) -> str:
    """The line behind an address: who has IPv6 has 2^64 addresses on one, and may take another for each try."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Network((found.packed, 64), strict=False))
    return str(found)


def too_often() -> TooOften:
    """What is said to whoever tries too often."""
    return TooOften("too_often", "This was tried very often. Please wait a while and try again.")
