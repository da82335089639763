"""What the program says while it runs.

A fault is logged with where it happened and never with what was in hand there: keys, links and customers' letters are,
and whoever reads a log is not meant to read those.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback


def get_logger() -> Any:
    """The log. Its usual way of showing a fault would write down every variable on the way to it."""
    if not structlog.is_configured():
        *before, _ = structlog.get_config()["processors"]
        coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        plain = ConsoleRenderer(colors=coloured, exception_formatter=plain_traceback)
        structlog.configure(processors=[*before, plain])
    return structlog.get_logger()
