"""The files of what was erased, thrown away after the rows are gone.

They stand in the erasure's row until that is done: a crash in between leaves them there, and the next look goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.db import Act, reading
from kulant.delivery.models import Delivery
from kulant.ledger.models_erasure import Erasure
from kulant.letters.models import Document, PrintBatch
from kulant.letters.storage import Storage, open_storage, open_uploads
from kulant.relationship.models_care import Upload
from kulant.settings import Settings
from kulant.transaction import doing

DOCUMENTS, UPLOADS = "documents", "uploads"


def files_that_go(session: Session, customer_id: int) -> list[list[str]]:
    """What goes at once: the files a customer gave us, and what lay around the letters in e-mails to them."""
    given = session.scalars(select(Upload.sha256).where(Upload.customer_id == customer_id).distinct())
    mails = select(Delivery.mail_kept).where(Delivery.customer_id == customer_id, Delivery.mail_kept.is_not(None))
    around = [digest for digest in session.scalars(mails) if digest is not None]
    return joined([[UPLOADS, digest] for digest in given], [[DOCUMENTS, digest] for digest in around])


def files_of_documents(session: Session, customer_id: int) -> list[list[str]]:
    """The letters of a customer, the e-mails that carried them, and the piles they were printed in."""
    letters = set(session.scalars(select(Document.sha256).where(Document.customer_id == customer_id)))
    piles = session.scalars(
        select(PrintBatch.sha256)
        .join(Delivery, Delivery.print_batch_id == PrintBatch.id)
        .where(Delivery.customer_id == customer_id)
    )
    mails = session.scalars(
        select(Delivery.mail_kept).where(Delivery.customer_id == customer_id, Delivery.mail_kept.is_not(None))
    )
    return [[DOCUMENTS, digest] for digest in sorted({*letters, *piles, *filter(None, mails)})]


def throw_away(settings: Settings, *, actor: str, country: str = "NO") -> int:
    """Throws away the files that wait for it; returns how many are gone."""
    with reading(settings.database_url) as session:
        if not anything_waits(session):
            return 0
    stores = {DOCUMENTS: open_storage(settings.storage_url), UPLOADS: open_uploads(settings.storage_url)}
    return throw_away_from(stores, lambda: doing(settings, actor=actor, country=country))


def throw_away_from(stores: dict[str, Storage], begin: Callable[[], AbstractContextManager[Act]]) -> int:
    """The same, from these stores. A file that somebody else gave too, byte for byte, stays for them."""
    with begin() as act:
        waiting = act.session.scalars(
            select(Erasure).where(Erasure.files != []).order_by(Erasure.id).with_for_update(skip_locked=True)
        ).all()
        gone = 0
        for erasure in waiting:
            for place, digest in erasure.files:
                if not _needed(act.session, place, digest):
                    stores[place].remove(digest)
                    gone += 1
            erasure.files = []
    return gone


def anything_waits(session: Session) -> bool:
    """Whether files of erased customers still have to be thrown away."""
    return session.scalar(select(Erasure.id).where(Erasure.files != []).limit(1)) is not None


def open_erasures(session: Session) -> bool:
    """Whether an erasure was left at work, which no program of ours ever leaves behind."""
    return session.scalar(select(Erasure.id).where(Erasure.at_work).limit(1)) is not None


def _needed(session: Session, place: str, digest: str) -> bool:
    row = Upload if place == UPLOADS else Document
    return session.scalar(select(row.id).where(row.sha256 == digest).limit(1)) is not None


def joined(files: Iterable[list[str]], more: Iterable[list[str]]) -> list[list[str]]:
    """Both lists, each file once."""
    return [list(each) for each in sorted({(place, digest) for place, digest in (*files, *more)})]
