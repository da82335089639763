"""Letters out of the archive: one PDF each, or one file for the printer with the list of addresses beside it."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path

import pikepdf
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.money import decimal_string
from kulant.letters import queries
from kulant.letters.address import postcode
from kulant.letters.archive import read
from kulant.letters.models import Document
from kulant.letters.storage import Storage

BATCH_NAME = "print.pdf"
ADDRESSES_NAME = "addresses.csv"
_COLUMNS = ("pages", "document", "customer", "name", "address", "postcode", "kind", "date", "amount", "currency")


@dataclass(frozen=True, slots=True)
class Written:
    """What lies in the folder now."""

    folder: Path
    files: tuple[str, ...]
    letters: int


def write_letters(
    session: Session, storage: Storage, out_dir: Path, batch: bool = False, *, creditor_id: int | None = None
) -> Written:
    """Writes the archived letters into the folder, as files of their own or as one to print. Safe to repeat."""
    documents = queries.all_documents(session, creditor_id)
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        names = _write_batch(storage, out_dir, documents) if batch else _write_each(storage, out_dir, documents)
    except OSError as error:
        raise Refusal("cannot_write", f"cannot write letters to {out_dir}: {error.strerror}") from error
    return Written(folder=out_dir, files=tuple(names), letters=len(documents))


def file_name(document: Document) -> str:
    """A name that sorts by date and says whose letter it is: ``2026-11-22_C1001_reminder_17.pdf``."""
    number = str(document.content["recipient"]["customer_number"])
    safe = re.sub(r"[^A-Za-z0-9ÆØÅÄÖæøåäö-]+", "-", number).strip("-")[:60] or "customer"
    return f"{document.on.isoformat()}_{safe}_{document.kind}_{document.id}.pdf"


def _write_each(storage: Storage, folder: Path, documents: Sequence[Document]) -> list[str]:
    names = []
    for document in documents:
        name = file_name(document)
        (folder / name).write_bytes(read(storage, document))
        names.append(name)
    return names


def _write_batch(storage: Storage, folder: Path, documents: Sequence[Document]) -> list[str]:
    if not documents:
        return []
    # The post sorts by postcode; so does the pile.
    ordered = sorted(documents, key=lambda document: (postcode(document.content["recipient"]["lines"]), document.id))
    with pikepdf.new() as pile:
        for document in ordered:
            with pikepdf.open(BytesIO(read(storage, document))) as letter:
                pile.pages.extend(letter.pages)
        pile.save(folder / BATCH_NAME, deterministic_id=True)
    (folder / ADDRESSES_NAME).write_text(_address_list(ordered), encoding="utf-8-sig", newline="")
    return [BATCH_NAME, ADDRESSES_NAME]


def _address_list(documents: Sequence[Document]) -> str:
    out = StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(_COLUMNS)
    page = 1
    for document in documents:
        facts, recipient = document.content["facts"], document.content["recipient"]
        last = page + document.pages - 1
        row = (
            str(page) if last == page else f"{page}-{last}",
            str(document.id),
            recipient["customer_number"],
            recipient["name"],
            ", ".join(recipient["lines"]),
            postcode(recipient["lines"]),
            document.kind,
            document.on.isoformat(),
            decimal_string(facts["total_minor"], facts["currency"]),
            facts["currency"],
        )
        writer.writerow([harmless(cell) for cell in row])
        page = last + 1
    return out.getvalue()


def harmless(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula: ``=1+1`` becomes ``'=1+1``."""
    if cell.lstrip(" \t\r\n")[:1] in ("=", "+", "-", "@") and not re.fullmatch(r"-?\d+(?:[.,]\d+)?", cell):
        return f"'{cell}"
    return cell
