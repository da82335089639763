"""Measures what people wait for, on both databases, in one run, so that the figures can be compared with each other."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from kulant.db import engine_for
from kulant.delivery.daily import run_day
from kulant.insight.worklist import worklist
from kulant.intake.documents import DOCUMENTS
from kulant.intake.service import import_file
from kulant.law.claim import claim
from kulant.ledger.models import Customer
from kulant.letters.content import LetterItem, build_letter
from kulant.letters.render import render_pdf
from kulant.people.models import Creditor
from kulant.people.service import find_creditor, set_creditor
from kulant.schema import upgrade
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.decision import propose
from tests.bench import daily_run, first_paint, foretelling, large_import, letters, matching, portal_soak, sending
from tests.support.postgres import postgres_database

TODAY = date(2026, 11, 23)
CUSTOMERS = 2_000
INVOICES = 50_000
FACTS = 20_000
CLAIMS = 20_000
LETTERS = 20
PAYMENTS = 100_000
VISITORS = 2_000
VISIT_SECONDS = 120
COLUMNS = (
    "customer_id",
    "customer_name",
    "currency",
    "invoice_number",
    "issue_date",
    "due_date",
    "amount",
    "margin",
    "settled_date",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table."""

    what: str
    where: str
    seconds: float
    rate: str


def main() -> None:
    """Runs everything and prints the table, a row as soon as it is known."""
    print(f"{'what':<58}{'where':<12}{'seconds':>9}  rate")
    with tempfile.TemporaryDirectory() as folder:
        for line in _lines(Path(folder)):
            print(f"{line.what:<58}{line.where:<12}{line.seconds:>9.2f}  {line.rate}", flush=True)


def _lines(folder: Path) -> Iterator[Line]:
    yield from (_decisions(), _claims(), _letters(), _hostile_files())
    yield from (_line("-", one) for one in (foretelling.fit_value(), foretelling.choose_model()))
    yield from (_line("-", one) for one in foretelling.sample(folder))
    file = _invoices(folder)
    million = large_import.write_file(folder)
    # A command's memory is told with what this process held when it was started, so what makes it large comes last.
    for where, url, bare_url, own_url in _databases(folder):
        yield from _portfolio(where, url, file)
        yield from _million(where, bare_url, own_url, million)
    yield _line("-", first_paint.measure())
    yield _soak()
    yield from _sending(folder)


def _sending(folder: Path) -> Iterator[Line]:
    """Letters carried out beside a bare loop, a thousand approvals, and workers that are killed while they mail."""
    with ExitStack() as stack:
        names = ("kulant_letters", "kulant_approving", "kulant_killing")
        drawn, approved, killed = (stack.enter_context(postgres_database(name)) for name in names)
        for where, one, other in (
            ("SQLite", _sqlite(folder, "letters"), _sqlite(folder, "approving")),
            ("PostgreSQL", drawn, approved),
        ):
            yield from (_line(where, measured) for measured in letters.measure(one))
            yield _line(where, sending.approve_a_thousand(other))
        yield from (_line("PostgreSQL", measured) for measured in sending.under_fire(killed))


def _line(where: str, measured: foretelling.Measured) -> Line:
    return Line(measured.what, where, measured.seconds, measured.rate)


def _timed(what: str, where: str, work: Callable[[], object], count: int, unit: str) -> Line:
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    return Line(what, where, seconds, f"{count / seconds:,.0f} {unit}/s" if seconds else "")


def _soak() -> Line:
    """Customers on their pages; what went wrong stands beside the figures, so that nobody overlooks it."""
    measured = portal_soak.soak(VISITORS, VISIT_SECONDS)
    rate = f"p95 {measured.share(95):.0f} ms, {len(measured.pages):,} pages, {len(measured.wrong)} errors"
    return Line(f"portal: {VISITORS:,} visitors in {VISIT_SECONDS} s", "postgresql", VISIT_SECONDS, rate)


def _decisions() -> Line:
    facts = {
        "today": TODAY.isoformat(),
        "country": "NO",
        "currency": "NOK",
        "invoices": [{"number": "1", "due": "2026-10-01", "amount": "12500.00", "open": "12500.00"}],
        "history": [{"due": "2026-05-01", "paid": "2026-05-03", "amount": "9000.00"}] * 10,
        "relationship": {"value_12m": "84000.00"},
        "steps_sent": [{"document": "reminder", "date": "2026-10-20"}],
    }
    return _timed(f"decide {FACTS:,} facts", "-", lambda: propose([facts] * FACTS), FACTS, "facts")


def _claims() -> Line:
    facts = {
        "country": "NO",
        "debtor": "business",
        "as_of": TODAY.isoformat(),
        "invoices": [
            {
                "number": "1",
                "principal": "12500.00",
                "due": "2025-10-01",
                "payments": [{"date": "2026-02-01", "amount": "500.00"}],
            }
        ],
        "steps_sent": [
            {"document": "fee_reminder", "date": "2025-10-20"},
            {"document": "formal_notice", "date": "2025-11-20"},
        ],
        "agreed": {"interest": True, "reminder_fee": True},
    }
    return _timed(f"compute {CLAIMS:,} claims", "-", lambda: claim([facts] * CLAIMS), CLAIMS, "claims")


def _hostile_files() -> Line:
    """Every file made to harm, each in a process of its own; the slowest and the largest of them."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.intake.measured", *DOCUMENTS],
        capture_output=True,
        check=True,
    )
    answers = json.loads(ended.stdout).values()
    most = max(answer["bytes"] for answer in answers) / 1e6
    slowest = max(float(answer["seconds"]) for answer in answers)
    return Line(f"refuse {len(answers)} hostile files: the slowest", "-", slowest, f"{most:.0f} MB at most")


def _letters() -> Line:
    content = build_letter(
        creditor=Creditor(code="B", name="Benk AS", country="NO", language="nb", bank_account="12345678903"),
        customer=Customer(number="K1", name="Kunde 1", kind="business", country="NO"),
        contact=None,
        kind="reminder",
        language="nb",
        on=TODAY,
        items=[LetterItem("1", 100_00, TODAY, TODAY)],
        total_minor=100_00,
        currency="NOK",
        payment_reference="1",
        pay_by=TODAY,
    )
    render_pdf(content)  # fonts and style are read once
    draw = partial(_draw_all, content)
    return _timed(f"draw {LETTERS} letters, one process", "-", draw, LETTERS, "letters")


def _draw_all(content: dict[str, Any]) -> None:
    for _ in range(LETTERS):
        render_pdf(content)


def _portfolio(where: str, url: str, file: Path) -> Iterator[Line]:
    settings = _settings(url)
    upgrade(url)
    with doing(settings, actor="bench") as act:
        set_creditor(act, code="B", name="Benk AS", country="NO")

    def take_in() -> None:
        with doing(settings, actor="bench") as act:
            import_file(act, creditor=find_creditor(act.session), source=file)

    def run() -> None:
        with doing(settings, actor="bench") as act:
            run_day(act, creditor=find_creditor(act.session))

    def look() -> None:
        with doing(settings, actor="bench") as act:
            worklist(act.session, find_creditor(act.session), TODAY, limit=50)

    yield _timed(f"import {INVOICES:,} invoices", where, take_in, INVOICES, "rows")
    yield _timed("import them again", where, take_in, INVOICES, "rows")
    yield _timed(f"daily run, {CUSTOMERS:,} customers", where, run, CUSTOMERS, "customers")
    yield _timed("daily run again", where, run, CUSTOMERS, "customers")
    yield _timed("overdue list, first 50 rows", where, look, 1, "lists")


def _settings(url: str) -> Settings:
    return Settings(url, "http://127.0.0.1:8000", "file:outbox", "file:documents", TODAY)


def _million(where: str, bare_url: str, own_url: str, file: Path) -> Iterator[Line]:
    """A ledger of a million open items, in databases of their own: brought in, aged, run for the day, paid."""
    for one in chain(large_import.measure(own_url, bare_url, file), daily_run.measure(own_url)):
        yield Line(one.what, where, one.seconds, one.rate)
    engine_for(bare_url).dispose()
    matching.fill(own_url, items=large_import.ITEMS, customers=large_import.CUSTOMERS)
    yield _line(where, foretelling.forecast(own_url, items=large_import.ITEMS))
    seconds, matched = matching.match(
        own_url, payments=PAYMENTS, items=large_import.ITEMS, customers=large_import.CUSTOMERS
    )
    rate = f"{PAYMENTS / seconds:,.0f} payments/s, {matched:,} found their invoice"
    yield Line(f"match {PAYMENTS:,} payments with {large_import.ITEMS:,} invoices", where, seconds, rate)


def _databases(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """Of each kind: one for the small portfolio, one for plain SQL, one for the million."""
    yield "SQLite", _sqlite(folder, "bench"), _sqlite(folder, "bare"), _sqlite(folder, "million")
    with ExitStack() as stack:
        names = ("kulant_bench", "kulant_bare", "kulant_million")
        url, bare_url, own_url = (stack.enter_context(postgres_database(name)) for name in names)
        yield "PostgreSQL", url, bare_url, own_url


def _sqlite(folder: Path, name: str) -> str:
    return f"sqlite:///{folder / name}.db"


def _invoices(folder: Path) -> Path:
    """Two years of invoices; four in a hundred are open, half of those overdue."""
    file = folder / "invoices.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        write = csv.writer(out).writerow
        write(COLUMNS)
        for n in range(INVOICES):
            issued = TODAY - timedelta(days=n * 730 // INVOICES)
            due = issued + timedelta(days=30)
            paid = due + timedelta(days=n % 11 - 5)
            settled = paid.isoformat() if paid <= TODAY and n % 50 else ""
            customer = n * 7919 % CUSTOMERS
            write(
                [f"K{customer}", f"Kunde {customer}", "NOK", n, issued, due, f"{900 + n % 977}.00", "250.00", settled]
            )
    return file


if __name__ == "__main__":
    main()
