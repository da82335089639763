"""Imports as they are carried out: begun, gone on with batch by batch, taken up again where one was cut short.

A file of up to one batch is one transaction. A larger one is several, each whole in itself and recorded with how far
the file is done, so that nobody else has to wait for all of it and a crash loses one batch at most.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, BinaryIO, cast

from kulant.core.errors import Conflict, Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.intake import queries
from kulant.intake.documents import Context
from kulant.intake.mapping import Mapping
from kulant.intake.models import ImportRun
from kulant.intake.reading import Reading, open_file
from kulant.intake.result import ImportResult
from kulant.intake.taking import NO_WAYS, Progress, Source, Taking, Ways, read_ahead
from kulant.ledger.queries import work_alone
from kulant.people.models import Creditor

BATCH = 200_000  # rows
LEASE = timedelta(minutes=5)
_MOST_KEPT = 5_000  # rejected rows with their cells

# Opens a transaction on a business date, or on today's.
Begin = Callable[[date | None], AbstractContextManager[Act]]
# What is done beside the last batch, in its transaction.
Afterwards = Callable[[Act, Creditor, ImportResult], object]


@dataclass(slots=True)
class Hold:
    """Proves that a run is ours to carry out: nobody else has taken it up while its lease is the one we wrote last."""

    run_id: int
    lease: datetime | None

    def run(self, act: Act, creditor: Creditor) -> ImportRun:
        """The run, held until this transaction ends; refuses when it is somebody else's by now."""
        run = queries.import_run(act.session, creditor.id, self.run_id, lock=True)
        if run.lease_until != self.lease or run.status == "done":
            raise Conflict("import_elsewhere", f"{run.file_name} is being imported elsewhere now and goes on there.")
        return run


def import_in_batches(
    begin: Begin,
    *,
    creditor: Creditor,
    source: Path | BinaryIO,
    file_name: str | None = None,
    format: str | None = None,
    mapping: Mapping | None = None,
    hold: Hold | None = None,
    progress: Progress | None = None,
    afterwards: Afterwards | None = None,
    ways: Ways = NO_WAYS,
) -> ImportResult:
    """Takes a file of any size into the ledger, and goes on where an import of the same file was cut short.

    ``hold`` is of an import that was queued; without it the file itself tells whether it was begun before. ``ways``
    take in what is not for the ledger. A file that is refused leaves nothing behind.
    """
    wanted = wanted_of(format, mapping)
    name = base_name(file_name or (source.name if isinstance(source, Path) else "upload"))
    with opened(source) as stream:
        digest = _digest(stream)
        with begin(None) as act:
            run = hold.run(act, creditor) if hold else queries.unfinished_run(act.session, creditor.id, digest, wanted)
            today = run.on if run else act.today
        if run and hold is None:
            hold = Hold(run.id, run.lease_until)
        reading = open_file(stream, context=context_of(creditor, today), format_name=format, mapping=mapping)
        result = result_for(reading, name, mapping)
        if run and run.rows_done:
            result = ImportResult.of(run.result)
            result.resumed_after = run.rows_done
        batches = _Batches(begin, creditor, reading, result, today, hold, ways)
        while not batches.next(_New(name, digest, wanted), progress, afterwards):
            pass
        return result


@dataclass(frozen=True, slots=True)
class _New:
    """What a run is recorded as when it begins."""

    file_name: str
    digest: str
    wanted: dict[str, Any]


class _Batches:
    """One file's batches, each in a transaction of its own."""

    def __init__(
        self,
        begin: Begin,
        creditor: Creditor,
        reading: Source,
        result: ImportResult,
        today: date,
        hold: Hold | None,
        ways: Ways,
    ) -> None:
        self._begin, self._creditor, self._reading, self._result = begin, creditor, reading, result
        self._today, self._ways = today, ways
        self._ahead = read_ahead(reading, today)
        self._hold = hold
        self._taking: Taking | None = None

    def next(self, new: _New, progress: Progress | None, afterwards: Afterwards | None) -> bool:
        """Takes the next batch; true when it was the last."""
        with self._begin(self._today) as act:
            work_alone(act.session, self._creditor.id)
            run = self._hold.run(act, self._creditor) if self._hold else self._new_run(act, new)
            taking = self._go_on(act, run)
            through = taking.take(BATCH, progress)
            if through:
                taking.finish()
                end_run(act, run, self._reading, self._result)
                if afterwards is not None:
                    afterwards(act, self._creditor, self._result)
            else:
                _note(act, run, self._result, self._ahead.rows)
            act.session.flush()
        if self._hold is None:
            self._hold = Hold(run.id, run.lease_until)
        self._hold.lease = run.lease_until
        return through

    def _new_run(self, act: Act, new: _New) -> ImportRun:
        return begin_run(act, self._creditor, new.file_name, new.digest, new.wanted)

    def _go_on(self, act: Act, run: ImportRun) -> Taking:
        if self._taking is None:
            self._taking = Taking(act, self._creditor, self._reading, self._ahead, self._result, self._ways)
            if run.rows_done:
                self._taking.pass_over(run.rows_done, run.at)
        self._taking.lend(act)
        return self._taking


def _note(act: Act, run: ImportRun, result: ImportResult, total: int) -> None:
    """How far the file is done, kept with the batch it tells of."""
    begun = run.rows_done == 0
    words = f"begun: {total} rows" if begun else f"gone on: {result.read} of {total} rows"
    act.tell(
        Event(
            "import_begun" if begun else "import_continued",
            f"Import of {run.file_name} {words}.",
            creditor_id=run.creditor_id,
            data={"sha256": run.sha256},
        )
    )
    run.status, run.format = "running", result.format
    run.rows_done, run.rows_total = result.read, total
    run.result = result.as_json()
    run.lease_until = act.now + LEASE
    act.session.flush()


def context_of(creditor: Creditor, today: date) -> Context:
    """What a reader may know of the creditor and the day."""
    return Context(today, creditor.country, creditor.currency, creditor.payment_days, creditor.organisation_number)


def wanted_of(format_name: str | None, mapping: Mapping | None) -> dict[str, Any]:
    """What was asked for besides the file, as plain data."""
    return {"format": format_name, "mapping": mapping.as_yaml() if mapping else None}


def result_for(reading: Source, name: str, mapping: Mapping | None, *, dry_run: bool = False) -> ImportResult:
    """The counts of a file of which nothing was read yet."""
    ignored = reading.ignored_columns if mapping is None else ()
    return ImportResult(reading.name, name, reading.target, ignored_columns=ignored, dry_run=dry_run)


def begin_run(act: Act, creditor: Creditor, file_name: str, digest: str, wanted: dict[str, Any]) -> ImportRun:
    """The record of an import that begins now."""
    run = ImportRun(
        creditor_id=creditor.id,
        file_name=file_name,
        sha256=digest,
        format=wanted["format"] or "",
        on=act.today,
        at=act.now,
        actor=act.actor,
        result={},
        status="running",
        rows_done=0,
        wanted=wanted,
    )
    act.session.add(run)
    return run


def end_run(act: Act, run: ImportRun, reading: Source, result: ImportResult) -> None:
    """Keeps what became of the file, and of each rejected row its cells, to be corrected and imported again."""
    summary = result.as_json()
    counts = {name: value for name, value in summary.items() if isinstance(value, int)} | {"sha256": run.sha256}
    summary["rejected"] = summary["rejected"][:_MOST_KEPT]
    if isinstance(reading, Reading) and summary["rejected"]:
        rejected = {one["row"] for one in summary["rejected"]}
        cells = {row.number: row.cells for row in reading.table.rows() if row.number in rejected}
        summary["rejected"] = [one | {"cells": cells.get(one["row"], [])} for one in summary["rejected"]]
        summary["table"] = {
            "columns": reading.table.header.columns,
            "header_row": reading.table.header.row,
            "delimiter": reading.table.dialect.delimiter,
            "encoding": reading.table.dialect.encoding,
        }
    run.result, run.format = summary, result.format
    run.rows_done = run.rows_total = result.read
    run.status, run.lease_until, run.problem = "done", None, None
    act.session.flush()
    act.tell(Event("imported", result.sentence(), creditor_id=run.creditor_id, data=counts))


def _digest(stream: BinaryIO) -> str:
    stream.seek(0)
    digest = sha256()
    while block := stream.read(1 << 20):
        digest.update(block)
    stream.seek(0)
    return digest.hexdigest()


def base_name(name: str) -> str:
    """The file's own name, whatever path a browser sent along."""
    return (PureWindowsPath(PurePosixPath(name).name).name or "upload")[:300]


@contextmanager
def opened(source: Path | BinaryIO) -> Iterator[BinaryIO]:
    """The file as a stream that can be read several times; one that cannot is put into a temporary file."""
    if isinstance(source, Path):
        try:
            stream = source.open("rb")
        except OSError as error:
            raise Refusal(
                "no_file", f"{source} cannot be read: {(error.strerror or 'unknown reason').lower()}."
            ) from None
        with stream:
            yield stream
    elif source.seekable():
        yield source
    else:
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(source, copy)
            yield cast(BinaryIO, copy)
