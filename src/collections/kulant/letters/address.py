"""Postal addresses: the lines on the envelope, the side of its window, the postcode to sort by."""

from __future__ import annotations

import re

from kulant.core.errors import Refusal
from kulant.i18n import language_of, territory
from kulant.letters import plain

# Swedish, Swiss and French window envelopes have their window on the right, the others on the left.
_RIGHT_WINDOW = frozenset({"SE", "AX", "CH", "LI", "FR"})
# What of a folded A4 sheet can be seen through the window, in millimetres from the sheet's left and upper edge: left,
# top, width, height. The sheet may slip some millimetres in its envelope, so the address keeps a rim from it.
WINDOWS = {"left": (20.0, 45.0, 90.0, 40.0), "right": (110.0, 45.0, 90.0, 40.0)}
# What fits into the window under the name.
MAX_LINES = 5


def address_lines(address: str | None) -> list[str]:
    """The lines of an address. One written on a single line is broken at its commas.

    >>> address_lines("Storgata 1, 0155 Oslo")
    ['Storgata 1', '0155 Oslo']
    """
    found = plain.lines(address)
    if len(found) == 1:
        found = [part.strip() for part in found[0].split(",") if part.strip()]
    if len(found) <= MAX_LINES:
        return found
    # Nothing may be lost: what does not fit stands together on the last line but one.
    return [*found[: MAX_LINES - 2], ", ".join(found[MAX_LINES - 2 : -1]), found[-1]]


def country_line(country: str | None, sender_country: str) -> str | None:
    """The country's name in capitals when the letter crosses a border, in the sender's language."""
    if not country or country.upper() == sender_country.upper():
        return None
    return territory(country, language_of(None, sender_country)).upper()


def window_side(country: str) -> str:
    """The side on which envelopes of that country have their window: ``left`` or ``right``."""
    return "right" if country.upper() in _RIGHT_WINDOW else "left"


_POSTCODES = (
    r"(?<!\d)(?:[A-Z]{1,2}-)?(\d{3} \d{2})(?!\d)",  # Sweden: 113 22
    r"(?<!\d)(\d{4} ?[A-Z]{2})(?![A-Za-z])",  # the Netherlands: 1012 AB
    r"(?<!\d)(?:[A-Z]{1,2}-)?(\d{4,5})(?!\d)",
    r"\b([A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})\b",  # Britain: EC1A 1BB
)


def postcode(address: list[str]) -> str:
    """The postcode of an address, for sorting; empty when none is seen. The last line that has one counts.

    >>> postcode(["Storgata 11", "113 22 Stockholm"])
    '11322'
    """
    for each in reversed(address):
        for pattern in _POSTCODES:
            found = re.search(pattern, each)
            if found:
                return found[1].replace(" ", "")
    return ""


def web_address(url: str | None) -> str | None:
    """The link as it stands, provided that it is one for the web."""
    if not url:
        return None
    if not re.fullmatch(r"https?://[^\s<>\"']+", url):
        raise Refusal("bad_link", f"{url!r} is no web address; set KULANT_BASE_URL to one, e.g. https://pay.example")
    return url
