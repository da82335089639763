"""Files that customers give us: what they are is read from their bytes, they lie apart from our own documents, and
nothing here ever opens one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.core.events import Event
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.letters import plain
from kulant.letters.storage import Storage
from kulant.relationship.models_care import Upload

LARGEST = 5 * 1024 * 1024
ABOUT = ("paid", "dispute", "hardship")
KINDS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}
_BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Given:
    """A file as it came: what the customer calls it, and its bytes."""

    name: str
    content: bytes

    @property
    def media_type(self) -> str | None:
        """What its first bytes say it is; none for anything that is not taken."""
        return next((kind for beginning, kind in _BEGINNINGS if self.content.startswith(beginning)), None)

    @property
    def problem(self) -> str | None:
        """Why it is not taken: ``empty``, ``large`` or ``kind``; none when it is."""
        if not self.content:
            return "empty"
        if len(self.content) > LARGEST:
            return "large"
        return None if self.media_type else "kind"


def keep_upload(act: Act, *, storage: Storage, customer: Customer, about: str, given: Given) -> Upload:
    """Keeps a file that may be taken. The same file given again for the same thing is kept once."""
    assert given.media_type is not None and given.problem is None and about in ABOUT
    digest = storage.put(given.content)
    known = act.session.scalar(
        select(Upload).where(Upload.customer_id == customer.id, Upload.about == about, Upload.sha256 == digest)
    )
    if known is not None:
        return known
    upload = Upload(
        creditor_id=customer.creditor_id,
        customer_id=customer.id,
        about=about,
        name=shown_name(given.name, given.media_type),
        media_type=given.media_type,
        size=len(given.content),
        sha256=digest,
        made_at=act.now,
    )
    act.session.add(upload)
    act.session.flush()
    act.tell(
        Event(
            "file_given",
            f"The customer gave us a file: {upload.name}.",
            creditor_id=customer.creditor_id,
            customer_id=customer.id,
            direction="in",
            data={"upload": upload.id, "about": about},
        )
    )
    return upload


def shown_name(name: str, media_type: str) -> str:
    """What the file is called here: the customer's words without any path, and the ending of what it is."""
    stem = PurePosixPath(plain.line(name).replace("\\", "/")).name
    stem = "".join(sign for sign in stem.rpartition(".")[0] or stem if sign.isalnum() or sign in " -_.()").strip(" .")
    ending = KINDS[media_type]
    return (stem or "file")[: _LONGEST_NAME - len(ending)] + ending


def uploads_of(session: Session, customer_id: int) -> list[Upload]:
    """The files of a customer, newest first."""
    return list(session.scalars(select(Upload).where(Upload.customer_id == customer_id).order_by(Upload.id.desc())))


def upload_by_id(session: Session, creditor_id: int, upload_id: int) -> Upload:
    """The creditor's file of that number; refuses when there is none."""
    upload = session.get(Upload, upload_id)
    if upload is None or upload.creditor_id != creditor_id:
        raise NotFound("no_upload", "there is no such file")
    return upload
