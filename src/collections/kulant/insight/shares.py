"""A share of counts with the range it may as well be: Wilson's interval, which also holds for few. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

_Z = 1.959964  # 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """The share; nothing of nothing."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the true share lies in 95 of 100 such counts.

        >>> [round(one, 3) for one in Share(8, 10).interval]
        [0.49, 0.943]
        """
        if not self.whole:
            return None
        n, share = self.whole, self.part / self.whole
        middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        reach = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
        # Rounding must not put the ends past the share itself where none or all of them hit.
        return min(share, max(0.0, middle - reach)), max(share, min(1.0, middle + reach))

    @property
    def words(self) -> str:
        """The share for a table; a dash of nothing."""
        return f"{self.part / self.whole:.0%}" if self.whole else "–"

    def json(self) -> dict[str, Any]:
        """The share as JSON shows it."""
        value = self.value
        return {"count": self.part, "of": self.whole, "share": None if value is None else round(value, 4)}
