"""An archived document, looked up for somebody who may see it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.letters.models import Document


def document_by_id(session: Session, creditor_id: int, document_id: int) -> Document:
    """The document of that number; refuses when this creditor has none."""
    found = session.scalar(select(Document).where(Document.id == document_id, Document.creditor_id == creditor_id))
    if found is None:
        raise NotFound("no_document", f"There is no document {document_id}.")
    return found
