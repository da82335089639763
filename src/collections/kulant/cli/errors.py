"""How every error becomes one line on stderr."""

from __future__ import annotations

import sys


def refuse(sentence: str) -> None:
    """Says in one line what was wrong and what to do."""
    print(f"error: {' '.join(sentence.split())}", file=sys.stderr)
