"""A copy of everything kept about one customer (GDPR art. 15 and 20): as a ZIP with the documents, or as one JSON.

Rows are streamed from the database into the file, a few thousand at a time. The same data on the same business date
give the same bytes.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.core.money import decimal_string
from kulant.db import Act
from kulant.delivery import privacy_keeping as keeping
from kulant.delivery.models import RefusedAddress
from kulant.delivery.privacy_nouns import BY_TABLE, GROUPS, NOUNS, Group, Noun, columns_shown
from kulant.delivery.privacy_words import Index, index_html, index_words
from kulant.i18n import language_of, translator
from kulant.law.retention import Kept
from kulant.ledger.models import Contact, Customer
from kulant.letters.archive import read
from kulant.letters.models import Document
from kulant.letters.storage import Storage
from kulant.people.models import Creditor
from kulant.relationship.models_care import Upload

_AT_A_TIME = 2_000
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP can say: when it was made must not change its bytes
_BLOCK = 1 << 16
_MINOR = "_minor"
_PLAIN = json.JSONEncoder(ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data is asked for, and where their files lie."""

    session: Session
    creditor: Creditor
    customer: Customer
    today: date
    documents: Storage
    uploads: Storage


def tell_of_export(act: Act, customer: Customer) -> None:
    """Notes on the timeline that somebody took a copy, and that is all that is noted."""
    act.tell(
        Event(
            "privacy_exported",
            "A copy of everything kept about the customer was taken.",
            creditor_id=customer.creditor_id,
            customer_id=customer.id,
        )
    )


def write_zip(subject: Subject, to: IO[bytes]) -> None:
    """Writes the ZIP: an index to read, a JSON file for each noun, the documents and the files they gave us."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        names: dict[Group, list[str]] = {group: [] for group in GROUPS}
        for noun in NOUNS:
            name = f"data/{noun.table}.json"
            if _write_noun(archive, name, subject, noun):
                names[noun.group].append(name)
        if _write(archive, "data/refused_address.json", _rows_json(_refused(subject))):
            names["who"].append("data/refused_address.json")
        missing: list[str] = []
        for group, name, content in _files(subject):
            if content is None:
                missing.append(name)
                continue
            archive.writestr(_entry(name), content)
            names[group].append(name)
        index = _index(subject, {group: _shortened(found) for group, found in names.items()}, missing)
        archive.writestr(_entry("index.html"), index_html(index))


def zip_file(subject: Subject) -> IO[bytes]:
    """The ZIP in a file of its own that nobody else sees, from its beginning; it is gone when it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by whoever reads it
    write_zip(subject, file)
    file.seek(0)
    return file


def json_file(subject: Subject) -> IO[bytes]:
    """The JSON document in such a file."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by whoever reads it
    for part in json_parts(subject):
        file.write(part.encode())
    file.seek(0)
    return file


def blocks_of(file: IO[bytes]) -> Iterator[bytes]:
    """A file in blocks; closed at the end."""
    with file:
        while block := file.read(_BLOCK):
            yield block


def json_parts(subject: Subject) -> Iterator[str]:
    """One JSON document in parts: what the index says, and the rows of each noun."""
    names: dict[Group, list[str]] = {group: [noun.table for noun in NOUNS if noun.group == group] for group in GROUPS}
    head = {
        "creditor": subject.creditor.code,
        "customer": subject.customer.number,
        "date": subject.today.isoformat(),
        "about": _about(_index(subject, names, ())),
    }
    yield _PLAIN.encode(head)[:-1] + ', "data": {'
    for place, noun in enumerate(NOUNS):
        yield f'{", " if place else ""}"{noun.table}": '
        yield from _rows_json(_rows(subject, noun))
    yield ', "refused_address": '
    yield from _rows_json(_refused(subject))
    yield "}}\n"


def _about(index: Index) -> dict[str, Any]:
    return {
        "title": index.title,
        "text": index.lead,
        "groups": [
            {"nouns": list(row.names), "what": row.title, "why": row.why, "how_long": row.how_long}
            for row in index.rows
        ],
        "assessment": list(index.logic),
        "rights": index.rights,
    }


def _index(subject: Subject, names: dict[Group, list[str]], missing: list[str] | tuple[str, ...]) -> Index:
    creditor, customer = subject.creditor, subject.customer
    t = translator(language_of(customer.language, customer.country, creditor.language))
    kept = keeping.kept_of(subject.session, creditor, customer.id, subject.today)
    by_group: dict[Group, Kept | None] = {
        "account": kept.get("books"),
        "agreements": kept.get("agreements"),
        "sent": kept.get("letters"),
    }
    return index_words(
        t,
        creditor=creditor.name,
        name=customer.name,
        number=customer.number,
        today=subject.today,
        files=names,
        kept=by_group,
        missing=missing,
    )


_LISTED = 12


def _shortened(names: list[str]) -> list[str]:
    """A folder of many files stands in the index by its name."""
    folders: dict[str, list[str]] = {}
    for name in names:
        folders.setdefault(name.partition("/")[0], []).append(name)
    return [
        shown
        for folder, inside in folders.items()
        for shown in (inside if folder == "data" or len(inside) <= _LISTED else [f"{folder}/"])
    ]


def _rows(subject: Subject, noun: Noun) -> Iterator[dict[str, Any]]:
    """The noun's rows about the customer, as plain JSON values, in the order they were made."""
    table = noun.its
    shown = [table.c[name] for name in columns_shown(noun)]
    statement = select(*shown).where(noun.of(subject.customer.id)).order_by(*table.primary_key.columns)
    if noun.currency is not None:
        column, parent = noun.currency
        above = BY_TABLE[parent].its
        statement = statement.add_columns(above.c.currency).join(above, above.c.id == table.c[column])
    found = subject.session.execute(statement, execution_options={"yield_per": _AT_A_TIME})
    for row in found.mappings():
        yield _plain(row, subject.creditor.currency)


def _refused(subject: Subject) -> Iterator[dict[str, Any]]:
    """The addresses of theirs that are not written to."""
    session, creditor_id = subject.session, subject.creditor.id
    contacts = session.scalars(select(Contact.email).where(Contact.customer_id == subject.customer.id))
    mine = {each.lower() for each in contacts if each}
    rows = session.scalars(
        select(RefusedAddress)
        .where(RefusedAddress.creditor_id == creditor_id, RefusedAddress.address.in_(mine))
        .order_by(RefusedAddress.id)
    )
    for row in rows if mine else ():
        yield {"address": row.address, "why": row.why, "since": row.since.isoformat(), "ended_on": _value(row.ended_on)}


def _plain(row: RowMapping, home: str) -> dict[str, Any]:
    """A row as JSON: days as ISO 8601, amounts as decimal strings in the currency beside them."""
    values = dict(row)
    currency = values.get("currency") or home
    return {
        _named(name): decimal_string(value, currency) if name.endswith(_MINOR) and value is not None else _value(value)
        for name, value in values.items()
    }


def _named(name: str) -> str:
    return name.removesuffix(_MINOR) if name.endswith(_MINOR) else name


def _value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _rows_json(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    """The rows as a JSON array, one to a line."""
    before = "["
    for row in rows:
        yield before + "\n" + _PLAIN.encode(row)
        before = ","
    yield "[]" if before == "[" else "\n]"


def _write_noun(archive: zipfile.ZipFile, name: str, subject: Subject, noun: Noun) -> bool:
    return _write(archive, name, _rows_json(_rows(subject, noun)))


def _write(archive: zipfile.ZipFile, name: str, parts: Iterator[str]) -> bool:
    """Writes a file of these parts; none where there is nothing to tell."""
    first = next(parts)
    if first == "[]":
        return False
    with archive.open(_entry(name), "w") as file:
        file.write(first.encode())
        for part in parts:
            file.write(part.encode())
        file.write(b"\n")
    return True


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
    return entry


def _files(subject: Subject) -> Iterator[tuple[Group, str, bytes | None]]:
    """Documents as they were sent and files as they were given; without content where one is missing."""
    session, customer_id = subject.session, subject.customer.id
    documents = select(Document).where(Document.customer_id == customer_id).order_by(Document.id)
    for document in session.scalars(documents.execution_options(yield_per=100)):
        yield (
            "sent",
            f"documents/{document.on}_{document.kind}_{document.id}.pdf",
            _content(subject.documents, document),
        )
    for upload in session.scalars(select(Upload).where(Upload.customer_id == customer_id).order_by(Upload.id)):
        yield "told", f"uploads/{upload.id}-{upload.name}", _content(subject.uploads, upload)


def _content(storage: Storage, kept: Document | Upload) -> bytes | None:
    try:
        return read(storage, kept) if isinstance(kept, Document) else storage.get(kept.sha256)
    except Refusal:
        return None
