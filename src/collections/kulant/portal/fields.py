"""What people type on a phone, read kindly: dates and words."""

from __future__ import annotations

import re
from datetime import date

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


def read_words(text: str, limit: int = MAX_WORDS) -> str:
    """Free text on one line, without control characters, cut to what a note may hold."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:limit]
