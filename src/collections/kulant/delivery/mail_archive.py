"""E-mail as it left, byte for byte, with its headers, both its texts, its letter and its signature.

The letter in it is archived already; what lies around it is kept beside, and put together again when somebody asks.
Where it lies is told by the delivery's row, with the hash of the whole. In the database there is none of it: it holds
the link that opens the customer's page.
"""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.delivery.models import Delivery
from kulant.delivery.writing import NEVER_ARCHIVED
from kulant.ledger.bulk import among
from kulant.letters.models import Document
from kulant.letters.storage import Altered, Storage

_HERE = b"\0"  # stands in what is kept where the letter's lines were; in no message, which is written in seven bits


@dataclass(frozen=True, slots=True)
class KeptMail:
    """``sha256``: of the message as it left; ``kept``: under which hash that lies which is not the letter."""

    sha256: str
    kept: str


def keep_mail(storage: Storage, delivery: Delivery, raw: bytes, pdf: bytes) -> KeptMail | None:
    """Keeps a message that is about to leave; none of what nobody may read in the archive (codes, new links)."""
    if delivery.kind in NEVER_ARCHIVED:
        return None
    around = raw.replace(_lines(pdf), _HERE, 1)
    return KeptMail(sha256(raw).hexdigest(), storage.put(around))


def mail_as_sent(session: Session, storage: Storage, document: Document) -> bytes:
    """The last e-mail that carried the document, as it left; refused when a single bit of it has changed."""
    row = session.execute(
        select(Delivery.mail_sha256, Delivery.mail_kept)
        .where(Delivery.document_id == document.id, Delivery.mail_kept.is_not(None))
        .order_by(Delivery.id.desc())
        .limit(1)
    ).first()
    if row is None or row.mail_kept is None:
        raise NotFound("no_mail", f"No e-mail is kept that carried document {document.id}.")
    digest, kept = row.mail_sha256, row.mail_kept
    around = storage.get(kept)
    raw = around.replace(_HERE, _lines(storage.get(document.sha256)), 1) if _HERE in around else around
    if sha256(raw).hexdigest() != digest:
        raise Altered(kept)
    return raw


def mailed(session: Session, document_ids: Collection[int]) -> set[int]:
    """Those of these documents that left in an e-mail which is kept."""
    if not document_ids:
        return set()
    which = among(session, Delivery.document_id, sorted(document_ids))
    found = session.scalars(select(Delivery.document_id).where(which, Delivery.mail_kept.is_not(None)))
    return {document_id for document_id in found if document_id is not None}


def _lines(pdf: bytes) -> bytes:
    """The letter as it stands in a message."""
    return encodebytes(pdf).replace(b"\n", b"\r\n")
