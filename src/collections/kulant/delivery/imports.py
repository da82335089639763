"""Queued imports: a worker takes the oldest, carries it out batch by batch, and takes up what another had to leave."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import BinaryIO

from kulant.core.errors import Conflict, Refusal
from kulant.core.events import Event
from kulant.db import Act, reading
from kulant.delivery.plan_events import follow_plans
from kulant.delivery.wrong_reminders import notice_wrong_reminders
from kulant.intake import queries
from kulant.intake.mapping import Mapping, parse_mapping
from kulant.intake.models import ImportRun
from kulant.intake.records import InteractionRecord
from kulant.intake.result import ImportResult
from kulant.intake.runs import LEASE, Begin, Hold, import_in_batches
from kulant.intake.service import import_file
from kulant.intake.shelf import Shelf
from kulant.intake.taking import Ways
from kulant.logs import get_logger
from kulant.people.models import Creditor
from kulant.relationship.interactions import InteractionImport
from kulant.settings import Settings
from kulant.transaction import doing

log = get_logger()


# Contacts with customers are no matter of the ledger: the relationship takes them in.
WAYS: Ways = {InteractionRecord: InteractionImport}

# So much is imported while somebody waits; a worker takes in what is larger.
TAKEN_AT_ONCE = 150 * 1024
# A trial run of a larger file would keep the database busy while nobody has decided anything.
TRIED_AT_ONCE = 3 * 1024 * 1024


def take_in(
    act: Act, *, creditor: Creditor, source: BinaryIO, file_name: str, format: str | None, mapping: Mapping | None
) -> ImportRun:
    """Imports a small file while somebody waits, with what follows from its payments; the record of the import."""
    result = import_file(
        act, creditor=creditor, source=source, file_name=file_name, format=format, mapping=mapping, ways=WAYS
    )
    follow_payments(act, creditor, result)
    return queries.recent_imports(act.session, creditor.id, limit=1)[0]


def follow_payments(act: Act, creditor: Creditor, result: ImportResult) -> None:
    """Payments that came in may complete a plan, or show that a letter asked for what had been paid."""
    if result.target in ("payments-csv", "mixed"):
        follow_plans(act, creditor)
        notice_wrong_reminders(act, creditor)


@dataclass(frozen=True, slots=True)
class _Job:
    """A run that is this worker's to carry out while its lease lasts."""

    run: ImportRun
    creditor: Creditor
    hold: Hold


def carry_out_imports(settings: Settings) -> int:
    """Carries out every import that waits; returns how many it was. Two workers never take the same one."""
    shelf = Shelf(settings.storage_url)
    done = 0
    while (job := _claim(settings)) is not None:
        _carry_out(settings, shelf, job)
        done += 1
    with reading(settings.database_url) as session:
        needed = queries.files_in_use(session)
    shelf.clear_out(needed)
    return done


def _claim(settings: Settings) -> _Job | None:
    with reading(settings.database_url) as session:
        if not queries.anything_to_carry_out(session, datetime.now(UTC)):
            return None  # so that looking every few seconds never makes a writer wait
    with doing(settings, actor="worker") as act:
        run = queries.run_to_carry_out(act.session, act.now)
        if run is None:
            return None
        run.status, run.lease_until = "running", act.now + LEASE
        act.session.flush()
        return _Job(run, act.session.get_one(Creditor, run.creditor_id), Hold(run.id, run.lease_until))


def _carry_out(settings: Settings, shelf: Shelf, job: _Job) -> None:
    run = job.run
    begin = _transactions(settings, job)
    try:
        _take_in(begin, shelf, job)
    except Conflict as elsewhere:
        log.info("import", run=run.id, problem=elsewhere.sentence)
        return
    shelf.remove(run.stored or "")


def _take_in(begin: Begin, shelf: Shelf, job: _Job) -> None:
    """Carries the import out, or records why it cannot be."""
    run = job.run
    try:
        with shelf.open(run.stored or "") as stream:
            result = import_in_batches(
                begin,
                creditor=job.creditor,
                source=stream,
                file_name=run.file_name,
                format=run.wanted["format"],
                mapping=parse_mapping(run.wanted["mapping"]) if run.wanted["mapping"] else None,
                hold=job.hold,
                afterwards=follow_payments,
                ways=WAYS,
            )
        log.info("import", run=run.id, rows=result.read, rejected=result.rejected_total)
    except Conflict:
        raise
    except Refusal as refusal:
        _fail(begin, job, refusal.sentence)
    except Exception:
        # A file that breaks the reader must not be tried again for ever, nor keep the others waiting.
        log.exception("import", run=run.id)
        _fail(begin, job, "Something went wrong here. It has been noted in the log.")


def _transactions(settings: Settings, job: _Job) -> Begin:
    """Transactions of the person who queued the import, on the business date they did it on."""

    def begin(today: date | None) -> AbstractContextManager[Act]:
        return doing(settings, actor=job.run.actor, country=job.creditor.country, today=today or job.run.on)

    return begin


def _fail(begin: Begin, job: _Job, problem: str) -> None:
    with begin(None) as act:
        run = job.hold.run(act, job.creditor)
        run.status, run.problem, run.lease_until = "failed", problem, None
        act.tell(
            Event(
                "import_failed",
                f"Import of {run.file_name} failed: {problem}",
                creditor_id=run.creditor_id,
                data={"sha256": run.sha256},
            )
        )
