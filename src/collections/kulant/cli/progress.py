"""How far a long command is, on one line of a terminal; nothing where nobody watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from kulant.intake.taking import Progress

_WIDTH = 24
_FASTEST = 0.1  # seconds between two drawings
_CLEAR = "\r\033[K"


class Bar:
    """A bar that draws itself anew in place: how much is done, how fast, and how long the rest will take."""

    def __init__(self, title: str, out: TextIO) -> None:
        self._title, self._out = title, out
        self._began: tuple[float, int] | None = None
        self._drawn = 0.0
        self._write(f"{title}: reading …")

    def __call__(self, done: int, total: int) -> None:
        """Draws that so many of so many rows are done."""
        now = time.monotonic()
        if self._began is None:
            self._began = (now, done)
        if now - self._drawn < _FASTEST and done < total:
            return
        self._drawn = now
        if not total:
            self._write(f"{self._title}: {done:,} rows")
            return
        since, at = self._began
        rate = (done - at) / (now - since) if now > since else 0.0
        share = min(1.0, done / total) if total else 1.0
        filled = round(_WIDTH * share)
        words = f"{self._title}: {'█' * filled}{'░' * (_WIDTH - filled)} {share:4.0%}  {done:,} of {total:,} rows"
        if rate:
            left = round((total - done) / rate)
            words += f"  {rate:,.0f} rows/s  {left // 60}:{left % 60:02} left"
        self._write(words)

    def clear(self) -> None:
        """Leaves the line as it was found."""
        self._out.write(_CLEAR)
        self._out.flush()

    def _write(self, words: str) -> None:
        self._out.write(_CLEAR + words)
        self._out.flush()


@contextmanager
def progress_of(title: str, *, quiet: bool) -> Iterator[Progress | None]:
    """A bar on the terminal's error stream, which leaves standard output to the answer; none when it is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    bar = Bar(title, sys.stderr)
    try:
        yield bar
    finally:
        bar.clear()
