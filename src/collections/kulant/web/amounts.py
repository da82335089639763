"""Amounts as people type them into a form."""

from __future__ import annotations

import re
from string import ascii_letters

from kulant.core.money import minor_digits, to_minor

_FIGURES = re.compile(r"[0-9.,]+")


def read_amount(text: str, currency: str) -> int | None:
    """An amount in minor units: 1 500, 1.500,50, 1,500.50, 1500,5 and 1500,- are all understood; none below zero."""
    if re.search(r"[-\u2212]\s*\d", text):
        return None
    # The mark of "kr." is none of the amount's, nor is that of "1500,-".
    compact = re.sub(r"(?i)kr\.|[^\w.,]", "", text).strip(ascii_letters).rstrip(".,")
    if not _FIGURES.fullmatch(compact):
        return None  # a letter among the figures is a slip of the keyboard, and so is 1e9
    whole, decimals = compact, ""
    last = max(compact.rfind("."), compact.rfind(","))
    # Three figures after the last mark are thousands, unless the currency has so many decimals.
    if last >= 0 and (len(compact) - last - 1 != 3 or minor_digits(currency) == 3):
        whole, decimals = compact[:last], compact[last + 1 :]
    whole = re.sub(r"[.,]", "", whole)
    if not whole and not decimals:
        return None
    try:
        return to_minor(f"{whole or '0'}.{decimals or '0'}", currency)
    except ValueError:
        return None
