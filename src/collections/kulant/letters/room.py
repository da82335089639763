"""How much room a letter takes, reckoned before it is drawn: so that it is laid out once, not tried again and again.

The figures follow ``static/letters.css`` and are right to a few millimetres; what lies within that is tried out. Pure.
"""

from __future__ import annotations

from math import ceil
from typing import Any

SETTINGS = ("", "snug", "snug compact")

_PAGE = 264.0  # millimetres from the upper to the lower margin of the first page
_LINE = 13.5 * 25.4 / 72  # of ordinary text; a point is 25.4/72 mm
_ROW = 6.4  # of the table
_WITHIN = 3.0  # how far the reckoning may be too high; where it is too low, one setting more is tried
# What each setting saves: of the whole, and of each row.
_SAVED = {"": (0.0, 0.0), "snug": (12.0, 0.6), "snug compact": (24.0, 0.6)}
# More rows than these are not pressed onto one page.
_MOST_ROWS = 14


def settings_to_try(content: dict[str, Any]) -> tuple[str, ...]:
    """The settings in which the letter may fit on one page, the roomiest first; none when it flows on anyway."""
    rows = len(content["table"]["rows"]) if content["table"] else 0
    if rows > _MOST_ROWS:
        return ()
    height = taken(content)
    return tuple(
        setting for setting in SETTINGS if height - _SAVED[setting][0] - rows * _SAVED[setting][1] <= _PAGE + _WITHIN
    )


def taken(content: dict[str, Any]) -> float:
    """The height of the letter in millimetres, in its roomiest setting."""
    said = [*content["paragraphs"], *([content["covers"]] if content["covers"] else [])]
    heights = [
        90.1,  # letterhead, window and heading, with the greeting
        _lines(content["lead"], 86) * 5.65 + 1.7,
        sum(_lines(each, 102) * _LINE + 1.7 for each in said),
        6 + sum(_lines(each, 100) * _LINE for each in content["message"]) if content["message"] else 0,
        _table(content["table"]),
        15 if content.get("summary") else 0,
        _payment(content["payment"]),
        _offer(content["offer"]),
        _close(content),
    ]
    return sum(heights)


def _lines(text: str, width: int) -> int:
    """How many lines a text takes where so many letters fit on one."""
    return max(1, ceil(len(text) / width))


def _table(table: dict[str, Any] | None) -> float:
    return 23 + _ROW * len(table["rows"]) if table else 0


def _payment(payment: dict[str, Any] | None) -> float:
    if payment is None:
        return 0
    code = payment.get("code")
    return 34 if code and code["kind"] != "swiss" else 15


def _offer(offer: dict[str, Any] | None) -> float:
    if offer is None:
        return 0
    listed = 2.7 + len(offer["lines"]) * 6.1 if offer["lines"] else 0
    typed = 3.9 if "typed" in offer else 0
    return 5 + max(36, 21 + _lines(offer["text"], 72) * _LINE + listed + typed)


def _close(content: dict[str, Any]) -> float:
    signed, objection = content["sign_off"], content["objection"]
    left = 2 + bool(signed["phone"]) + bool(signed["email"])
    right = _lines(signed["invitation"], 60) + (1 + _lines(objection["text"], 66) if objection else 0)
    enclosed = _lines(content["enclosed"], 60) if content.get("enclosed") else 0
    return 5.5 + max(left, right + enclosed) * _LINE
