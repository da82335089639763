"""What people type on a phone, read kindly: dates, amounts, words."""

from __future__ import annotations

import re
from datetime import date

from kulant.core.money import to_minor

MAX_WORDS = 1000
MAX_NAME = 120


def read_date(text: str) -> date | None:
    """A date as the browser sends it, or as typed by hand: 2026-11-20, 20.11.2026, 20/11/2026."""
    numbers = re.findall(r"\d+", text)
    if len(numbers) != 3:
        return None
    year, month, day = numbers if len(numbers[0]) == 4 else reversed(numbers)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def read_amount(text: str, currency: str) -> int | None:
    """An amount in minor units: 1 500, 1.500,50, 1,500.50 and 1500,5 are all understood."""
    compact = re.sub(r"[^\d.,]", "", text)
    whole, mark, decimals = compact, "", ""
    last = max(compact.rfind("."), compact.rfind(","))
    # Three figures after the last mark are thousands, not decimals.
    if last >= 0 and len(compact) - last - 1 != 3:
        whole, mark, decimals = compact[:last], ".", compact[last + 1 :]
    whole = re.sub(r"[.,]", "", whole)
    try:
        minor = to_minor(f"{whole or '0'}{mark}{decimals}", currency)
    except ValueError:
        return None
    return minor if whole or decimals else None


def read_words(text: str, limit: int = MAX_WORDS) -> str:
    """Free text on one line, without control characters, cut to what a note may hold."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:limit]
