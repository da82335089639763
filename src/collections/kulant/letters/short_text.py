"""A document as a short text for a phone: at most three text messages long, with the link. Pure.

A text message holds 160 characters of the GSM alphabet (3GPP TS 23.038), or 70 of any other; a longer text is sent in
parts of 153 or 67. No provider of text messages is connected: the text is shown, and kept with the document.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from kulant.i18n import Translator

MOST_PARTS = 3
_NAME = 30  # a creditor's name longer than this is cut where there is no room for it

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWO_PLACES = frozenset("^{}\\[~]|€")  # each is written as two characters
_PLAINER = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2212": "-", "–": "-", "—": "-", "’": "'", "‘": "'",
                          "“": '"', "”": '"', "«": '"', "»": '"', "…": "...", "·": "-"})  # fmt: skip
# Letters that no accent can be taken off of.
_NEAREST = str.maketrans({"ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L", "œ": "oe", "Œ": "Oe", "đ": "d",
                          "Đ": "D", "ı": "i", "ħ": "h"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShortText:
    """The text, how many text messages carry it, and in which alphabet."""

    text: str
    parts: int
    alphabet: str  # GSM-7 | UCS-2

    def as_content(self) -> dict[str, Any]:
        """The short text as a document keeps it."""
        return {"text": self.text, "parts": self.parts, "alphabet": self.alphabet}


def short_text(content: dict[str, Any], opening: str, t: Translator) -> ShortText:
    """The document's short text: that sentence, the link, and of the rest as much as there is room for.

    Several invoices are named with their amounts all together or not at all: the sum in the first sentence covers them.
    """
    name = content["creditor"]["name"]
    link = content["offer"]["url"] if content["offer"] else None
    paying = _how_to_pay(content)
    ending = t.gettext("Your page: %(link)s", link=link) if link else paying
    wished = [_invoices(content), paying if link else "", _asides(content, t)]
    shorter = name[:_NAME].rstrip()
    for title, said, last in (
        (name, opening, ending),
        (shorter, opening, ending),
        (_gsm(shorter), _gsm(opening), _gsm(ending)),
    ):
        found = _fitted(f"{title}: {said}", [part for part in wished if part], last)
        if found.parts <= MOST_PARTS:
            return found
    return _measured(f"{_gsm(shorter)}: {_gsm(link or opening)}")


def _fitted(beginning: str, wished: list[str], ending: str) -> ShortText:
    """What must be said, with as much between as fits, in that order, and as long as it needs no other alphabet."""
    found = _measured(f"{beginning} {ending}")
    kept = beginning
    for part in wished:
        longer = _measured(f"{kept} {part} {ending}")
        if longer.parts <= MOST_PARTS and longer.alphabet == found.alphabet:
            kept, found = f"{kept} {part}", longer
    return found


def _asides(content: dict[str, Any], t: Translator) -> str:
    phone = content["sign_off"]["phone"]
    said = [
        t.gettext("Already paid? Thank you, then ignore this.") if content["paid"] else "",
        t.gettext("Questions? Call %(phone)s.", phone=phone) if phone else "",
    ]
    return " ".join(part for part in said if part)


def _invoices(content: dict[str, Any]) -> str:
    """Each invoice with its amount, where there are several."""
    table = content["table"]
    rows = [row for row in table["rows"] if row.get("form") == "item"] if table else []
    if len(rows) < 2:
        return ""
    return "; ".join(f"{row['number']}: {row['amount']}" for row in rows) + "."


def _how_to_pay(content: dict[str, Any]) -> str:
    if content["payment"] is None:
        return ""
    # Amount and day stand in the first sentence already.
    rows = content["payment"]["rows"][: 2 if content["creditor"]["bank_account"] else 1]
    return ", ".join(f"{label} {value}" for label, value in rows) + "."


def _measured(text: str) -> ShortText:
    plainer = " ".join(text.translate(_PLAINER).split())
    if all(character in _GSM or character in _TWO_PLACES for character in plainer):
        return ShortText(plainer, _parts(sum(2 if each in _TWO_PLACES else 1 for each in plainer), 160, 153), "GSM-7")
    return ShortText(plainer, _parts(len(plainer.encode("utf-16-be")) // 2, 70, 67), "UCS-2")


def _parts(places: int, whole: int, part: int) -> int:
    return 1 if places <= whole else -(-places // part)


def _gsm(text: str) -> str:
    """The nearest spelling in the GSM alphabet; what has none is left out."""
    return "".join(_nearest(each) for each in text.translate(_PLAINER).translate(_NEAREST))


def _nearest(character: str) -> str:
    if character in _GSM or character in _TWO_PLACES:
        return character
    return "".join(each for each in unicodedata.normalize("NFKD", character) if each in _GSM)
