"""Use cases of the intake: a file into the ledger, a mapping kept for the next one."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.intake import queries
from kulant.intake.formats import MAPPED
from kulant.intake.mapping import Mapping, parse_mapping
from kulant.intake.models import ImportRun, SavedMapping
from kulant.intake.reading import open_file
from kulant.intake.result import ImportResult
from kulant.intake.runs import base_name, begin_run, context_of, end_run, opened, result_for, wanted_of
from kulant.intake.taking import NO_WAYS, Progress, Taking, Ways, read_ahead
from kulant.ledger.queries import work_alone
from kulant.people.models import Creditor


def import_file(
    act: Act,
    *,
    creditor: Creditor,
    source: Path | BinaryIO,
    file_name: str | None = None,
    format: str | None = None,
    mapping: Mapping | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    ways: Ways = NO_WAYS,
) -> ImportResult:
    """Takes a file into the ledger in one transaction: good rows go in, bad rows are rejected with their reasons.

    A file that is not what it says, cut off or hostile is refused whole before anything is posted. ``dry_run`` does
    everything and leaves nothing behind. ``ways`` take in what is not for the ledger. Large files go through
    ``runs.import_in_batches``.
    """
    with opened(source) as stream:
        name = base_name(file_name or (source.name if isinstance(source, Path) else "upload"))
        reading = open_file(stream, context=context_of(creditor, act.today), format_name=format, mapping=mapping)
        result = result_for(reading, name, mapping, dry_run=dry_run)
        ahead = read_ahead(reading, act.today)
        work_alone(act.session, creditor.id)
        taking = Taking(act, creditor, reading, ahead, result, ways)
        if dry_run:
            _try_out(act, taking, progress)
        else:
            run = begin_run(act, creditor, name, reading.sha256, wanted_of(format, mapping))
            taking.take(progress=progress)
            taking.finish()
            end_run(act, run, reading, result)
        return result


def _try_out(act: Act, taking: Taking, progress: Progress | None) -> None:
    told, touched, added = len(act.events), set(act.touched), len(act.added)
    attempt = act.session.begin_nested()
    try:
        taking.take(progress=progress)
        taking.finish()
    finally:
        attempt.rollback()
        del act.events[told:]
        act.touched.intersection_update(touched)
        del act.added[added:]


def queue_import(
    act: Act,
    *,
    creditor: Creditor,
    file_name: str,
    sha256: str,
    stored: str,
    format: str | None = None,
    mapping: Mapping | None = None,
) -> ImportRun:
    """Puts a stored file in line for a worker to import."""
    run = begin_run(act, creditor, base_name(file_name), sha256, wanted_of(format, mapping))
    run.status, run.stored = "waiting", stored
    act.session.flush()
    act.tell(
        Event("import_queued", f"Import of {run.file_name} queued.", creditor_id=creditor.id, data={"sha256": sha256})
    )
    return run


def read_mapping(path: Path) -> Mapping:
    """The mapping of a YAML file."""
    try:
        return parse_mapping(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise Refusal("no_file", f"{path} cannot be read: {(error.strerror or 'unknown reason').lower()}.") from None
    except UnicodeDecodeError:
        raise Refusal("bad_mapping", f"The mapping {path} is not written in UTF-8; save it as UTF-8.") from None


def save_mapping(act: Act, *, creditor: Creditor, name: str, mapping: Mapping, columns: list[str]) -> SavedMapping:
    """Keeps a mapping under a name, for files with the same columns; an older one of that name is replaced."""
    name = name.strip()
    if not 0 < len(name) <= 120:
        raise Refusal("bad_name", "Give the mapping a name of 1 to 120 characters.")
    saved = queries.saved_mapping(act.session, creditor.id, name)
    if saved is None:
        saved = SavedMapping(creditor_id=creditor.id, name=name)
        act.session.add(saved)
    saved.yaml = mapping.as_yaml()
    saved.columns = columns
    act.session.flush()
    act.tell(Event("mapping_saved", f"Mapping {name} saved.", creditor_id=creditor.id, data={"format": MAPPED}))
    return saved
