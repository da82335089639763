"""Reading the archive."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.letters.models import Document


def by_key(session: Session, key: str) -> Document | None:
    """The document that was stored under that key."""
    return session.scalar(select(Document).where(Document.key == key))


def of_customer(session: Session, customer_id: int) -> Sequence[Document]:
    """A customer's documents, newest first."""
    return session.scalars(
        select(Document).where(Document.customer_id == customer_id).order_by(Document.on.desc(), Document.id.desc())
    ).all()


def all_documents(session: Session, creditor_id: int | None = None) -> Sequence[Document]:
    """Every document, of one creditor or of all, in the order they were made."""
    chosen = select(Document).order_by(Document.id)
    if creditor_id is not None:
        chosen = chosen.where(Document.creditor_id == creditor_id)
    return session.scalars(chosen).all()
