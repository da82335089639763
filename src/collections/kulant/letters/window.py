"""What stands in an envelope's window: the sender in one or two small lines, and under it the address. Pure.

Nothing may slip out of the window, however long a name is: the size of the letters follows from how many rows there
are, and only what does not fit even in the smallest is shortened, names first. Widths are reckoned on the safe side
from how wide each letter is; ``static/letters.css`` has the same sizes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_MM = 25.4 / 72  # of a point
# How wide the address may be, in millimetres, by the side of the window.
_WIDTH = {"left": 82.0, "right": 70.0}
# From a millimetre under the window's upper edge to the rim at its foot.
_HEIGHT = 37.0
_SENDER_SIZE, _SENDER_LINE = 6.5, 8.5  # points
_GAP = 2.0  # millimetres under the sender
# The class in the style sheet, the size of its letters and the distance of its lines, in points; the largest first.
_SIZES = (("", 10.5, 14.5), ("dense", 8.5, 10.2), ("tight", 7.0, 8.5))
_MOST_NAME_ROWS = 2
_MOST_SENDER_ROWS = 2
_SHORTEST_SENDER = 20  # letters that a sender's name keeps


@dataclass(frozen=True, slots=True)
class InWindow:
    """The window's text as it is drawn; ``size`` is the class of its letters in the style sheet."""

    sender: str
    lines: tuple[str, ...]
    size: str


def window_of(content: dict[str, Any]) -> InWindow:
    """What stands in the envelope's window of that document."""
    sender, to = content["creditor"], content["recipient"]
    own = sender.get("return_address")
    name, lines = (own, ()) if own else (sender["name"], sender["address"])
    return in_window(name, lines, to["name"], to["lines"], content["window"])


def in_window(sender: str, sender_lines: Sequence[str], name: str, lines: Sequence[str], side: str) -> InWindow:
    """The sender's line and the address of a window on that side."""
    width = _WIDTH[side]
    back = _sender_line(sender, sender_lines, width)
    rest = _HEIGHT - _GAP - _rows(back, _SENDER_SIZE, width) * _SENDER_LINE * _MM
    address = (name, *lines)
    for size, points, line in _SIZES:
        if sum(_rows(each, points, width) for each in address) * line * _MM <= rest:
            return InWindow(back, address, size)
    size, points, _ = _SIZES[-1]
    shortened = (_cut(name, points, width, _MOST_NAME_ROWS), *(_cut(each, points, width) for each in lines))
    return InWindow(back, shortened, size)


def _sender_line(sender: str, lines: Sequence[str], width: float) -> str:
    """Name and address of the sender on two rows at most; where mail comes back to is never what is cut."""
    address = "".join(f" · {each}" for each in lines)
    name = sender
    while len(name) > _SHORTEST_SENDER and _rows(name + address, _SENDER_SIZE, width) > _MOST_SENDER_ROWS:
        name = f"{name[:-2].rstrip()}…"
    return _cut(name + address, _SENDER_SIZE, width, _MOST_SENDER_ROWS)


def fits_return_address(line: str) -> bool:
    """Whether a line fits over the address, whichever side the window is on."""
    return _rows(line, _SENDER_SIZE, min(_WIDTH.values())) <= _MOST_SENDER_ROWS


def width_of(text: str, points: float) -> float:
    """About how wide a text is in millimetres, rather more than less."""
    return sum(_em(each) for each in text) * points * _MM


def _em(letter: str) -> float:
    letter = unicodedata.normalize("NFD", letter)[0]
    if letter in "MWmw@%Ææœ½¼¾":
        return 1.02
    if letter in "—Œ" or unicodedata.east_asian_width(letter) in "WF":
        return 1.2
    if letter in "iljtfrI.,:;'|!·()[] -":
        return 0.48
    if letter in "aceksvxyz":
        return 0.6
    if unicodedata.combining(letter):
        return 0.0
    return 0.86 if letter.isupper() or letter in "&…" or not letter.isascii() else 0.67


def _rows(text: str, points: float, width: float) -> int:
    """How many rows a text takes: broken between words, and inside a word that is longer than a row."""
    rows, used = 1, 0.0
    for word in text.split(" "):
        wide = width_of(word, points)
        if used and used + width_of(" ", points) + wide > width:
            rows, used = rows + 1, 0.0
        used += wide + (width_of(" ", points) if used else 0)
        while used > width:
            rows, used = rows + 1, used - width * 0.95
    return rows


def _cut(text: str, points: float, width: float, rows: int = 1) -> str:
    """As much of a text as fits into so many rows."""
    if _rows(text, points, width) <= rows:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if _rows(f"{text[:middle].rstrip()}…", points, width) <= rows:
            fits = middle
        else:
            too_long = middle
    return f"{text[:fits].rstrip()}…"
