"""How often a program may ask: a bucket of calls for each token that fills up again steadily.

Each web process counts for itself, so several allow several times as much; what matters is that one program run wild
does not take the desk from the people.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

BURST = 300  # calls at once
PER_SECOND = 20.0
_MOST_KEPT = 10_000


@dataclass
class RateLimit:
    """Counts the calls of each token."""

    burst: int = BURST
    per_second: float = PER_SECOND
    clock: Callable[[], float] = time.monotonic
    _left: dict[int, tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, token_id: int) -> float:
        """Takes one call out of the bucket: zero when there was one, else the seconds until there is."""
        now = self.clock()
        with self._lock:
            left, since = self._left.get(token_id, (float(self.burst), now))
            left = min(float(self.burst), left + (now - since) * self.per_second)
            wait = 0.0 if left >= 1 else (1 - left) / self.per_second
            self._left[token_id] = (left - 1 if not wait else left, now)
            if len(self._left) > _MOST_KEPT:
                self._left.clear()
        return wait
