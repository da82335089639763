"""Reading the archive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.letters.models import Document


def by_key(session: Session, key: str) -> Document | None:
    """The document that was stored under that key."""
    return session.scalar(select(Document).where(Document.key == key))


def document_by_id(session: Session, creditor_id: int, document_id: int) -> Document:
    """The document of that number; refuses when this creditor has none."""
    found = session.scalar(select(Document).where(Document.id == document_id, Document.creditor_id == creditor_id))
    if found is None:
        raise NotFound("no_document", f"There is no document {document_id}.")
    return found


def hashes(session: Session, newest: int | None = None) -> Iterator[tuple[int, str]]:
    """Number and hash of every document, or of the newest so many, the newest first."""
    chosen = select(Document.id, Document.sha256).order_by(Document.id.desc()).limit(newest)
    for row in session.execute(chosen).yield_per(1_000):
        yield row.id, row.sha256


def all_documents(session: Session, creditor_id: int | None = None) -> Sequence[Document]:
    """Every document, of one creditor or of all, in the order they were made."""
    chosen = select(Document).order_by(Document.id)
    if creditor_id is not None:
        chosen = chosen.where(Document.creditor_id == creditor_id)
    return session.scalars(chosen).all()
