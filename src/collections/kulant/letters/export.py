"""Letters out of the archive: one PDF each, one file for the printer with its list of addresses, or for a supplier."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.letters import queries
from kulant.letters.address_list import address_csv, index_csv
from kulant.letters.archive import read
from kulant.letters.models import Document
from kulant.letters.print_batch import in_post_order, join, place
from kulant.letters.storage import Storage

BATCH_NAME = "print.pdf"
ADDRESSES_NAME = "addresses.csv"
INDEX_NAME = "index.csv"


@dataclass(frozen=True, slots=True)
class Written:
    """What lies in the folder now."""

    folder: Path
    files: tuple[str, ...]
    letters: int


def write_letters(
    session: Session,
    storage: Storage,
    out_dir: Path,
    batch: bool = False,
    *,
    creditor_id: int | None = None,
    home: str | None = None,
    for_supplier: bool = False,
) -> Written:
    """Writes the archived letters: each as a file, all as one to print, or with an index for a supplier.

    A pile begins with the letters that stay in the country ``home``. Safe to repeat.
    """
    if batch and for_supplier:
        raise Refusal("one_way_only", "choose --batch or --hand-off: one file to print, or files with an index")
    write = _write_batch if batch else _write_hand_off if for_supplier else _write_each
    documents: Sequence[Document] = queries.all_documents(session, creditor_id)
    if batch or for_supplier:
        documents = in_post_order(documents, home)
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        names = write(storage, out_dir, documents)
    except OSError as error:
        raise Refusal("cannot_write", f"cannot write letters to {out_dir}: {error.strerror}") from error
    return Written(folder=out_dir, files=tuple(names), letters=len(documents))


def file_name(document: Document) -> str:
    """A name that sorts by date and says whose letter it is: ``2026-11-22_C1001_reminder_17.pdf``."""
    number = str(document.content["facts"]["customer"])
    safe = re.sub(r"[^A-Za-z0-9ÆØÅÄÖæøåäö-]+", "-", number).strip("-")[:60] or "customer"
    return f"{document.on.isoformat()}_{safe}_{document.kind}_{document.id}.pdf"


def _write_each(storage: Storage, folder: Path, documents: Sequence[Document]) -> list[str]:
    names = []
    for document in documents:
        name = file_name(document)
        (folder / name).write_bytes(read(storage, document))
        names.append(name)
    return names


def _write_batch(storage: Storage, folder: Path, ordered: Sequence[Document]) -> list[str]:
    if not ordered:
        return []
    (folder / BATCH_NAME).write_bytes(join(read(storage, document) for document in ordered))
    (folder / ADDRESSES_NAME).write_text(address_csv(place(ordered)), encoding="utf-8-sig", newline="")
    return [BATCH_NAME, ADDRESSES_NAME]


def _write_hand_off(storage: Storage, folder: Path, ordered: Sequence[Document]) -> list[str]:
    names = []
    for name, content in hand_off(storage, ordered):
        (folder / name).write_bytes(content)
        names.append(name)
    return names


def hand_off(storage: Storage, ordered: Sequence[Document]) -> Iterator[tuple[str, bytes]]:
    """The files for a print supplier, one after the other: each letter as it is archived, then the index."""
    placed = [(f"{position:05}_{file_name(one.document)}", one) for position, one in enumerate(place(ordered), start=1)]
    for name, one in placed:
        yield name, read(storage, one.document)
    if placed:
        yield INDEX_NAME, index_csv(placed).encode("utf-8-sig")
