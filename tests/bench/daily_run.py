"""The daily run over a million open items of fifty thousand customers by the command, and the overdue list after it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import text

from kulant.db import engine_for, reading
from kulant.insight.worklist import in_full, overview
from kulant.people.service import find_creditor
from tests.bench.large_import import CUSTOMERS, ITEMS, TODAY, Measured, command

_PAGE = 50


def measure(url: str) -> Iterator[Measured]:
    """Runs the day, runs it again, looks at the overdue list, and runs the next day; all items were just imported."""
    if url.startswith("postgresql"):
        with engine_for(url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))  # as the server does by itself a minute after an import
    engine_for(url).dispose()
    for what, today in (
        (f"daily run, {ITEMS:,} open items of {CUSTOMERS:,} customers", TODAY),
        ("daily run again the same day", TODAY),
        ("daily run of the next day", TODAY + timedelta(days=1)),
    ):
        seconds, megabytes, said = command(url, "run", "--json", today=today)
        result = json.loads(said)
        done = f"{result['proposed']:,} proposed, {result['unchanged']:,} unchanged"
        yield Measured(what, seconds, f"{done}, {megabytes} MB at most")
    yield Measured("overdue list, first 50 rows", _first_page(url), f"of {CUSTOMERS:,} customers")


def _first_page(url: str) -> float:
    with reading(url) as session:
        creditor = find_creditor(session)
        started = time.perf_counter()
        in_full(session, TODAY, overview(session, creditor, TODAY)[:_PAGE])
        return time.perf_counter() - started
