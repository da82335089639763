"""Text made safe for paper: what other people wrote, without what only machines or tricksters put into it."""

from __future__ import annotations

import re
import unicodedata

# Marks that turn the reading direction around: with them "fdp.exe" can be made to look like "exe.pdf".
_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE = frozenset("\u00ad\u200b\u2060\ufeff\ufffe\uffff")
# Zero-width joiners are part of the spelling in some scripts and of no harm.
_JOINERS = frozenset("\u200c\u200d")


def line(text: str | None) -> str:
    """The text as one line without control characters, direction marks and doubled spaces."""
    return re.sub(r"[ \t\u00a0]+", " ", " ".join(lines(text))).strip()


def lines(text: str | None) -> list[str]:
    """The text's non-empty lines, each without control characters and direction marks."""
    if not text:
        return []
    broken = re.split(r"\r\n|[\r\n\v\f\u0085\u2028\u2029]", text)
    cleaned = ("".join(_printable(character) for character in each).strip() for each in broken)
    return [each for each in cleaned if each]


def _printable(character: str) -> str:
    if character == "\t":
        return " "
    if character in _DIRECTION or character in _INVISIBLE:
        return ""
    category = unicodedata.category(character)
    if category in ("Cc", "Cs", "Cn") or (category == "Cf" and character not in _JOINERS):
        return ""
    return character
