"""Files of more than one batch: as if they were one piece, and taken up again where a crash cut them short."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import textwrap
import time
from contextlib import AbstractContextManager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import aliased

from kulant.core.errors import Conflict, Refusal
from kulant.db import Act, engine_for, reading
from kulant.intake import runs, taking
from kulant.intake.models import ImportRun
from kulant.intake.result import ImportResult
from kulant.intake.runs import Hold, import_in_batches
from kulant.ledger import queries as ledger
from kulant.ledger.models import Contact, Customer, Dispute, Entry, OpenItem
from kulant.people.models import AuditEntry
from kulant.people.service import find_creditor
from kulant.settings import Settings
from kulant.transaction import doing
from tests.support.factories import create_creditor

TODAY = date(2026, 11, 23)
HEAD = (
    "customer_id,customer_name,email,currency,invoice_number,kind,issue_date,due_date,amount,open_amount,"
    "settled_date,disputed,credits_invoice\n"
)


class Stopped(Exception):
    """The program dies here."""


@pytest.fixture
def settings(database_url: str) -> Settings:
    """A database with a creditor."""
    settings = Settings(database_url, "http://testserver", "file:outbox", "file:documents", TODAY)
    with doing(settings, actor="seed") as act:
        create_creditor(act)
    return settings


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of twelve rows in chunks of five, so that a short file has many of both."""
    monkeypatch.setattr(runs, "BATCH", 12)
    monkeypatch.setattr(taking, "CHUNK", 5)


def mixed_file(folder: Path, rows: int = 60) -> Path:
    """Invoices open, part-paid, settled and disputed, credit notes before and after theirs, wrong rows, equal rows."""
    choose = random.Random(7)
    lines = []
    for n in range(rows):
        who = f"K{n % 7},Kunde {n % 7},{'post@k.example' if n % 3 else ''},NOK"
        how = [",,,", "400.00,,,", ",2026-10-05,,", ",,yes,", ",,no,"][n % 5]
        lines.append(f"{who},I{n},,2026-09-01,2026-10-01,1000.00,{how}")
        if n % 4 == 0:
            kept = choose.choice(["0", "50.00"])
            lines.append(f"{who},C{n},credit_note,2026-09-02,,300.00,{kept},,,I{choose.randrange(rows)}")
        if n % 9 == 0:
            lines.append(f"{who},B{n},,2026-09-01,2026-10-01,plenty,,,,")
        if n % 11 == 0:
            lines.append(lines[-1])
    choose.shuffle(lines)
    file = folder / "mixed.csv"
    file.write_text(HEAD + "\n".join(lines) + "\n")
    return file


def take(settings: Settings, file: Path, *, stop_after: int | None = None, **more: Any) -> ImportResult:
    """Imports the file; the program dies when so many rows are done."""

    def begin(today: date | None) -> AbstractContextManager[Act]:
        return doing(settings, actor="clerk", today=today)

    def progress(done: int, _total: int) -> None:
        if stop_after is not None and done >= stop_after:
            raise Stopped

    with reading(settings.database_url) as session:
        creditor = find_creditor(session)
    return import_in_batches(begin, creditor=creditor, source=file, progress=progress, **more)


def ledger_of(settings: Settings) -> list[list[tuple[Any, ...]]]:
    """Everything the ledger says, without the numbers of its rows."""
    other = aliased(OpenItem)
    with reading(settings.database_url) as session:
        assert not ledger.imbalances(session)
        tables = [
            select(Customer.number, Customer.name, Contact.email).outerjoin(Contact),
            select(OpenItem.number, OpenItem.kind, OpenItem.amount_minor, OpenItem.open_minor, OpenItem.settled_on),
            select(OpenItem.number, other.number, Entry.kind, Entry.on, Entry.amount_minor)
            .join_from(Entry, OpenItem, Entry.item_id == OpenItem.id)
            .outerjoin(other, Entry.against_item_id == other.id),
            select(OpenItem.number, Dispute.source, Dispute.opened_on).join_from(Dispute, OpenItem),
        ]
        return [sorted((tuple(row) for row in session.execute(table)), key=repr) for table in tables]


def counts(result: ImportResult) -> tuple[int, ...]:
    """Read, created, updated, unchanged, rejected."""
    return (result.read, result.created, result.updated, result.unchanged, result.rejected_total)


def test_many_batches_leave_what_one_leaves(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = mixed_file(tmp_path)
    parts = take(settings, file)
    of_many = ledger_of(settings)
    assert counts(take(settings, file))[1:4] == (0, 0, parts.read - parts.rejected_total), "nothing new"
    assert ledger_of(settings) == of_many
    monkeypatch.setattr(runs, "BATCH", 3_000)
    alone = Settings(f"sqlite:///{tmp_path / 'alone.db'}", "", "file:o", "file:d", TODAY)
    _new_database(alone)
    assert counts(take(alone, file)) == counts(parts)
    assert ledger_of(alone) == of_many


def test_what_somebody_else_posts_between_two_batches_is_not_posted_again(settings: Settings, tmp_path: Path) -> None:
    lines = [f"K1,Kunde 1,,NOK,I{n},,2026-09-01,2026-10-01,1000.00,,,," for n in range(40)]
    whole, part = tmp_path / "whole.csv", tmp_path / "part.csv"
    whole.write_text(HEAD + "\n".join(lines) + "\n")
    part.write_text(HEAD + "\n".join(lines[28:32]) + "\n")
    begun = 0

    def begin(today: date | None) -> AbstractContextManager[Act]:
        nonlocal begun
        begun += 1
        if begun == 2:  # the first batch is committed, the second has not begun
            assert take(settings, part).created == 4
        return doing(settings, actor="clerk", today=today)

    with reading(settings.database_url) as session:
        creditor = find_creditor(session)
    result = import_in_batches(begin, creditor=creditor, source=whole)
    assert (result.created, result.unchanged, result.rejected_total) == (36, 4, 0)
    assert len(ledger_of(settings)[1]) == 40


def test_a_row_that_comes_again_in_a_later_batch_is_known(settings: Settings, tmp_path: Path) -> None:
    lines = [f"K1,Kunde 1,,NOK,I{n % 20},,2026-09-01,2026-10-01,1000.00,,,," for n in range(40)]
    file = tmp_path / "twice.csv"
    file.write_text(HEAD + "\n".join(lines) + "\n")
    assert counts(take(settings, file)) == (40, 20, 0, 20, 0)


def _new_database(settings: Settings) -> None:
    from kulant.db import Base

    Base.metadata.create_all(engine_for(settings.database_url))
    with doing(settings, actor="seed") as act:
        create_creditor(act)


@pytest.mark.parametrize("stop_after", [5, 13, 47, 75])
def test_an_import_cut_short_goes_on_where_it_stopped(settings: Settings, tmp_path: Path, stop_after: int) -> None:
    file = mixed_file(tmp_path)
    with suppress(Stopped):
        take(settings, file, stop_after=stop_after)
    done = (stop_after - 1) // 12 * 12
    result = take(settings, file)
    assert result.resumed_after == (done or None)
    alone = Settings(f"sqlite:///{tmp_path / 'alone.db'}", "", "file:o", "file:d", TODAY)
    _new_database(alone)
    undisturbed = take(alone, file)
    assert counts(result) == counts(undisturbed)
    assert [one.row for one in result.rejected] == [one.row for one in undisturbed.rejected]
    assert ledger_of(settings) == ledger_of(alone)


def test_the_next_day_it_goes_on_as_of_the_day_it_began(settings: Settings, tmp_path: Path) -> None:
    file = mixed_file(tmp_path)
    with suppress(Stopped):
        take(settings, file, stop_after=30)
    later = Settings(settings.database_url, "", "file:o", "file:d", TODAY + timedelta(days=3))
    take(later, file)
    with reading(settings.database_url) as session:
        assert session.scalars(select(ImportRun)).one().on == TODAY
        assert set(session.scalars(select(Dispute.opened_on))) == {TODAY}


def test_payments_taken_back_wait_for_the_end_after_a_crash_too(settings: Settings, tmp_path: Path) -> None:
    invoices = tmp_path / "invoices.csv"
    invoices.write_text(HEAD + "".join(f"K1,Kunde,,NOK,I{n},,2026-09-01,2026-10-01,100.00,,,,\n" for n in range(30)))
    take(settings, invoices)
    file = tmp_path / "payments.csv"
    file.write_text(
        "payment_id,date,amount,currency,invoice_number,reverses\n"
        "R1,2026-11-02,-100.00,NOK,,P29\n" + "".join(f"P{n},2026-11-01,100.00,NOK,I{n},\n" for n in range(30))
    )
    with suppress(Stopped):
        take(settings, file, stop_after=20)
    result = take(settings, file)
    assert (result.resumed_after, result.read, result.created, result.rejected_total) == (12, 31, 31, 0)
    with reading(settings.database_url) as session:
        still_open = session.scalars(
            select(OpenItem.number).where(OpenItem.kind == "invoice", OpenItem.open_minor != 0)
        )
        assert list(still_open) == ["I29"]


def test_two_who_import_the_same_file_do_not_get_in_each_others_way(settings: Settings, tmp_path: Path) -> None:
    file = mixed_file(tmp_path)
    with suppress(Stopped):
        take(settings, file, stop_after=20)
    with reading(settings.database_url) as session:
        run = session.scalars(select(ImportRun)).one()
        late = Hold(run.id, run.lease_until)
    take(settings, file)
    with pytest.raises(Conflict):
        take(settings, file, hold=late)


def test_a_refused_file_leaves_nothing_behind(settings: Settings, tmp_path: Path) -> None:
    file = mixed_file(tmp_path)
    file.write_text(file.read_text() + "K1,Kunde,,NOK,=1+1,,2026-09-01,2026-10-01,1,,,,\n")
    with pytest.raises(Refusal):
        take(settings, file)
    with reading(settings.database_url) as session:
        for table in (ImportRun, Customer, OpenItem):
            assert session.scalars(select(table)).all() == []


def test_the_audit_trail_tells_when_a_large_import_began_and_ended(settings: Settings, tmp_path: Path) -> None:
    take(settings, mixed_file(tmp_path))
    with reading(settings.database_url) as session:
        imports = select(AuditEntry.action).where(AuditEntry.action.startswith("import")).order_by(AuditEntry.id)
        actions = list(session.scalars(imports))
    assert (actions[0], actions[-1]) == ("import_begun", "imported")
    assert set(actions[1:-1]) == {"import_continued"}  # each batch names the file, so that its items can be traced


PROGRAM = """
    import sys
    from kulant.intake import runs, taking
    runs.BATCH, taking.CHUNK = 500, 500
    from kulant.cli import console
    from kulant.cli.main import main
    console.require_current = lambda url: None  # the test made the tables itself
    main()
"""


def test_killed_in_the_middle_and_run_again(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "large.csv"
    lines = (
        f"K{n % 500},Kunde {n % 500},,NOK,I{n},,2026-09-01,2026-10-01,10.00,{n % 7 or ''},,,\n" for n in range(3_000)
    )
    file.write_text(HEAD + "".join(lines))
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(PROGRAM))
    environment = {
        **os.environ,
        "KULANT_DATABASE_URL": settings.database_url,
        "KULANT_TODAY": TODAY.isoformat(),
        "KULANT_SECRET_KEY": "a key for tests only, forty letters long",
    }
    process = subprocess.Popen([sys.executable, str(program), "import", str(file)], env=environment, cwd=tmp_path)
    try:
        done = _wait_for_rows(settings, process)
    finally:
        process.kill()
        process.wait()
    assert 0 < done < 3_000
    result = take(settings, file)
    assert result.resumed_after is not None
    assert result.resumed_after >= done
    assert counts(result) == (3_000, 3_000, 0, 0, 0)
    alone = Settings(f"sqlite:///{tmp_path / 'alone.db'}", "", "file:o", "file:d", TODAY)
    _new_database(alone)
    take(alone, file)
    assert ledger_of(settings) == ledger_of(alone)


def _wait_for_rows(settings: Settings, process: subprocess.Popen[bytes]) -> int:
    """Until some of the file is in; how many rows that is."""
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with reading(settings.database_url) as session:
            run = session.scalar(select(ImportRun))
        if run is not None and run.rows_done:
            return int(run.rows_done)
        time.sleep(0.02)
    raise AssertionError("the import never got anywhere")
