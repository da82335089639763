"""A million open items of fifty thousand customers: the whole command, its memory, and what plain SQL would need."""

from __future__ import annotations

import csv
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg

from kulant.ledger.balances import rebuild
from kulant.people.service import find_creditor, set_creditor
from kulant.schema import upgrade
from kulant.settings import Settings
from kulant.transaction import doing

TODAY = date(2026, 11, 23)
ITEMS = 1_000_000
CUSTOMERS = 50_000
COLUMNS = "customer_id,customer_name,currency,invoice_number,issue_date,due_date,amount"
PROGRAM = Path(sys.executable).with_name("kulant")

_CUSTOMER = "id, creditor_id, number, name, kind, strategic, contact_opt_out, no_dunning"
_ITEM = (
    "id, creditor_id, customer_id, series, kind, number, currency, issue_date, due_date, due_assumed, amount_minor, "
    "open_minor"
)
_ENTRY = "id, creditor_id, item_id, kind, booked_on, amount_minor, recorded_at"


@dataclass(frozen=True, slots=True)
class Measured:
    """What was done, how long it took, and what is to be said of it."""

    what: str
    seconds: float
    rate: str


def write_file(folder: Path) -> Path:
    """The open items as a file."""
    file = folder / "million.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        out.write(COLUMNS + "\n")
        csv.writer(out).writerows(_rows())
    return file


def _rows() -> Iterator[tuple[Any, ...]]:
    for n in range(ITEMS):
        issued = TODAY - timedelta(days=n * 730 // ITEMS)
        customer = n * 7919 % CUSTOMERS
        due = issued + timedelta(days=30)
        yield f"K{customer}", f"Kunde {customer}", "NOK", f"F{n:07}", issued, due, f"{900 + n % 977}.00"


def measure(url: str, bare_url: str, file: Path) -> Iterator[Measured]:
    """Imports the file by the command, twice, and by plain SQL into an empty database of the same tables."""
    floor = _plain_sql(bare_url, file)
    yield Measured(f"plain SQL: {ITEMS:,} open items", floor, f"{ITEMS / floor:,.0f} rows/s, the lower bound")
    upgrade(url)
    settings = Settings(url, "http://127.0.0.1:8000", "file:outbox", "file:documents", TODAY)
    with doing(settings, actor="bench") as act:
        set_creditor(act, code="B", name="Benk AS", country="NO")
    for what in (f"import {ITEMS:,} open items", "import them again"):
        seconds, megabytes, _ = command(url, "import", str(file))
        rate = f"{ITEMS / seconds:,.0f} rows/s, {seconds / floor:.1f} times plain SQL, {megabytes} MB at most"
        yield Measured(what, seconds, rate)
    started = time.perf_counter()
    with doing(settings, actor="bench") as act:
        rebuild(act.session, find_creditor(act.session).id, TODAY)
    seconds = time.perf_counter() - started
    yield Measured(f"ageing summary of {ITEMS:,} items from scratch", seconds, f"{ITEMS / seconds:,.0f} items/s")


def command(url: str, *words: str, today: date = TODAY) -> tuple[float, int, str]:
    """Runs ``kulant``; how long it took, start of the program included, its largest size in megabytes, what it said."""
    environment = {**os.environ, "KULANT_DATABASE_URL": url, "KULANT_TODAY": today.isoformat()}
    with tempfile.TemporaryFile("w+") as said:
        started = time.perf_counter()
        process = subprocess.Popen([PROGRAM, *words], env=environment, cwd=tempfile.gettempdir(), stdout=said)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"kulant {words[0]} failed")
        said.seek(0)
        return seconds, used.ru_maxrss // 1024, said.read()


def _plain_sql(url: str, file: Path) -> float:
    """The least any program needs: the file's rows, unchecked, into the same tables with the same indexes."""
    upgrade(url)
    settings = Settings(url, "http://127.0.0.1:8000", "file:outbox", "file:documents", TODAY)
    with doing(settings, actor="bench") as act:
        set_creditor(act, code="B", name="Benk AS", country="NO")
    started = time.perf_counter()
    if url.startswith("sqlite"):
        _into_sqlite(url.removeprefix("sqlite:///"), file)
    else:
        _into_postgresql(url.replace("+psycopg", ""), file)
    return time.perf_counter() - started


def _into_sqlite(path: str, file: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for setting in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute("BEGIN IMMEDIATE")
    for table, columns, rows in _tables(file):
        places = ", ".join("?" * len(columns.split(",")))
        connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)
    connection.execute("COMMIT")
    connection.close()


def _into_postgresql(address: str, file: Path) -> None:
    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        for table, columns, rows in _tables(file):
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN".encode()) as copy:
                for row in rows:
                    copy.write_row(row)


def _tables(file: Path) -> Iterator[tuple[str, str, Iterator[tuple[Any, ...]]]]:
    yield (
        "customer",
        _CUSTOMER,
        ((n + 1, 1, f"K{n}", f"Kunde {n}", "business", False, False, False) for n in range(CUSTOMERS)),
    )
    yield (
        "open_item",
        _ITEM,
        (
            (
                n,
                1,
                int(who[1:]) + 1,
                "document",
                "invoice",
                number,
                currency,
                issued,
                due,
                False,
                _minor(amount),
                _minor(amount),
            )
            for n, (who, _, currency, number, issued, due, amount) in _read(file)
        ),
    )
    yield (
        "entry",
        _ENTRY,
        (
            (n, 1, n, "post", issued, _minor(amount), f"{TODAY} 09:00:00.000000")
            for n, (_, _, _, _, issued, _, amount) in _read(file)
        ),
    )


def _read(file: Path) -> Iterator[tuple[int, list[str]]]:
    with file.open(newline="", encoding="utf-8") as lines:
        rows = csv.reader(lines)
        next(rows)
        yield from enumerate(rows, start=1)


def _minor(amount: str) -> int:
    return int(amount.replace(".", ""))
