"""Use cases of the intake: a file into the ledger, a mapping kept for the next one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, BinaryIO, Protocol, cast

from sqlalchemy import text

from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.intake import queries
from kulant.intake.credit_links import CreditLinks
from kulant.intake.customer_import import CustomerImport
from kulant.intake.documents import Context, DocumentReading
from kulant.intake.formats import MAPPED
from kulant.intake.invoice_import import InvoiceImport
from kulant.intake.mapping import Mapping, parse_mapping
from kulant.intake.models import ImportRun, SavedMapping
from kulant.intake.payment_import import PaymentImport
from kulant.intake.reading import Reading, open_file
from kulant.intake.records import CustomerRecord, Ignored, InvoiceRecord, PaymentRecord, Record, Rejection
from kulant.intake.result import ImportResult
from kulant.ledger.queries import work_alone
from kulant.people.models import Creditor

# A file understood: a table or a document.
Source = Reading | DocumentReading

CHUNK = 10_000
_LONGEST_RUN_LIST = 1_000


class _Import(Protocol):
    """Takes records in chunks, and does at the end what needs the whole file."""

    def take(self, records: Any, /) -> None: ...

    def finish(self) -> None: ...


def import_file(
    act: Act,
    *,
    creditor: Creditor,
    source: Path | BinaryIO,
    file_name: str | None = None,
    format: str | None = None,
    mapping: Mapping | None = None,
    dry_run: bool = False,
) -> ImportResult:
    """Takes a file into the ledger: good rows go in, bad rows are rejected with their reasons.

    A file that is not what it says, cut off or hostile is refused whole before anything is posted. ``dry_run`` does
    everything and leaves nothing behind.
    """
    with _opened(source) as stream:
        name = _base_name(file_name or (source.name if isinstance(source, Path) else "upload"))
        context = Context(act.today, creditor.country, creditor.currency, creditor.payment_days)
        reading = open_file(stream, context=context, format_name=format, mapping=mapping)
        result = ImportResult(
            reading.name,
            name,
            reading.target,
            ignored_columns=reading.ignored_columns if mapping is None else (),
            dry_run=dry_run,
        )
        work_alone(act.session, creditor.id)
        if dry_run:
            _try_out(act, creditor, reading, result)
        else:
            _take_in(act, creditor, reading, result)
            _keep_run(act, creditor, reading, result)
        return result


def _try_out(act: Act, creditor: Creditor, reading: Source, result: ImportResult) -> None:
    told = len(act.events)
    attempt = act.session.begin_nested()
    try:
        _take_in(act, creditor, reading, result)
    finally:
        attempt.rollback()
        del act.events[told:]


def _take_in(act: Act, creditor: Creditor, reading: Source, result: ImportResult) -> None:
    taker = _import_of(act, creditor, reading, result)
    records = reading.records()
    for number in count(1):
        chunk = list(islice(records, CHUNK))
        if not chunk:
            break
        result.read += len(chunk)
        good = []
        for record in chunk:
            if isinstance(record, Rejection):
                result.reject(record)
            elif isinstance(record, Ignored):
                result.ignored += 1
            else:
                good.append(record)
        if good:
            taker.take(good)
            act.session.flush()
        if number.bit_count() == 1:
            _tell_planner(act)
    taker.finish()
    act.session.flush()


def _tell_planner(act: Act) -> None:
    """After 1, 2, 4, 8 … chunks: how large the tables have become.

    Within one transaction PostgreSQL does not notice by itself; it would go on planning for empty tables and read all
    rows for every chunk.
    """
    if act.session.get_bind().dialect.name == "postgresql":
        act.session.execute(text("ANALYZE customer, contact, open_item, entry"))


class _Everything:
    """Takes each kind of record the way of its kind, customers first and payments last."""

    def __init__(self, act: Act, creditor: Creditor, result: ImportResult, links: CreditLinks) -> None:
        self._ways: dict[type[Record], _Import] = {
            CustomerRecord: CustomerImport(act, creditor, result),
            InvoiceRecord: InvoiceImport(act, creditor, result, links),
            PaymentRecord: PaymentImport(act, creditor, result),
        }

    def take(self, records: Sequence[Record]) -> None:
        """Takes the records of a chunk."""
        for kind, way in self._ways.items():
            of_kind = [record for record in records if isinstance(record, kind)]
            if of_kind:
                way.take(of_kind)

    def finish(self) -> None:
        """Does what needs the whole file."""
        for way in self._ways.values():
            way.finish()


def _import_of(act: Act, creditor: Creditor, reading: Source, result: ImportResult) -> _Import:
    return _Everything(
        act, creditor, result, CreditLinks(reading.records() if reading.names_credits else (), act.today)
    )


def _keep_run(act: Act, creditor: Creditor, reading: Source, result: ImportResult) -> None:
    summary = result.as_json()
    summary["rejected"] = summary["rejected"][:_LONGEST_RUN_LIST]
    act.session.add(
        ImportRun(
            creditor_id=creditor.id,
            file_name=result.file,
            sha256=reading.sha256,
            format=result.format,
            on=act.today,
            at=act.now,
            actor=act.actor,
            result=summary,
        )
    )
    counts = {name: value for name, value in summary.items() if isinstance(value, int)} | {"sha256": reading.sha256}
    act.tell(Event("imported", result.sentence(), creditor_id=creditor.id, data=counts))


def _base_name(name: str) -> str:
    """The file's own name, whatever path a browser sent along."""
    return (PureWindowsPath(PurePosixPath(name).name).name or "upload")[:300]


@contextmanager
def _opened(source: Path | BinaryIO) -> Iterator[BinaryIO]:
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
