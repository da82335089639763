"""Reading the archive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import Forbidden, NotFound, Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.letters.models import Document


def by_key(session: Session, key: str) -> Document | None:
    """The document that was stored under that key."""
    return session.scalar(select(Document).where(Document.key == key))


def document_by_id(session: Session, creditor_id: int, document_id: int) -> Document:
    """The document of that number; refuses when this creditor has none."""
    found = _document(session, creditor_id, document_id)
    if is_restricted(session, found):
        raise Forbidden(
            "document_restricted",
            "This customer's data was erased; the letter is only kept because the law wants it. "
            "A manager may open it with a reason.",
        )
    return found


def restricted_document(act: Act, *, creditor_id: int, document_id: int, reason: str) -> Document:
    """A letter of an erased customer, for a stated reason that the audit trail keeps (GDPR art. 18)."""
    found = _document(act.session, creditor_id, document_id)
    reason = " ".join(reason.split())
    if not reason:
        raise Refusal("no_reason", "Say why it has to be opened, e.g. an audit or a claim.")
    act.tell(
        Event(
            "restricted_document_opened",
            f"Letter {found.id} of an erased customer opened: {reason}",
            creditor_id=creditor_id,
            customer_id=found.customer_id,
            data={"document": found.id, "reason": reason},
        )
    )
    return found


def is_restricted(session: Session, document: Document) -> bool:
    """Whether its customer was erased."""
    return session.scalar(select(Customer.erased_on).where(Customer.id == document.customer_id)) is not None


def _document(session: Session, creditor_id: int, document_id: int) -> Document:
    found = session.scalar(select(Document).where(Document.id == document_id, Document.creditor_id == creditor_id))
    if found is None:
        raise NotFound("no_document", f"There is no document {document_id}.")
    return found


def newest_of_kind(session: Session, customer_id: int, kind: str) -> Document | None:
    """The customer's newest document of that kind."""
    which = (Document.customer_id == customer_id, Document.kind == kind)
    return session.scalar(select(Document).where(*which).order_by(Document.id.desc()).limit(1))


def hashes(session: Session, newest: int | None = None) -> Iterator[tuple[int, str]]:
    """Number and hash of every document, or of the newest so many, the newest first."""
    chosen = select(Document.id, Document.sha256).order_by(Document.id.desc()).limit(newest)
    for row in session.execute(chosen).yield_per(1_000):
        yield row.id, row.sha256


def all_documents(session: Session, creditor_id: int | None = None) -> Sequence[Document]:
    """Every document, of one creditor or of all, in the order they were made; none of customers who were erased."""
    restricted = select(Customer.id).where(Customer.erased_on.is_not(None))
    chosen = select(Document).where(Document.customer_id.not_in(restricted)).order_by(Document.id)
    if creditor_id is not None:
        chosen = chosen.where(Document.creditor_id == creditor_id)
    return session.scalars(chosen).all()
