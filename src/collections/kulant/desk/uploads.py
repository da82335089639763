"""An uploaded file between looking at it and importing it: kept on the shelf, named by a signed ticket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from fastapi import UploadFile
from itsdangerous import BadSignature, URLSafeTimedSerializer

from kulant.core.errors import Refusal
from kulant.intake.shelf import KEPT_FOR, LARGEST, Shelf
from kulant.settings import Settings

__all__ = ["LARGEST", "Upload", "again", "keep"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on the shelf with its name, and the ticket that finds it again."""

    name: str
    key: str
    size: int
    sha256: str
    ticket: str
    shelf: Shelf

    def stream(self) -> BinaryIO:
        """The file from its beginning."""
        return self.shelf.open(self.key)

    def remove(self) -> None:
        """Throws the file away."""
        self.shelf.remove(self.key)


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key(), salt="upload")


def keep(settings: Settings, file: UploadFile, *, creditor_id: int) -> Upload:
    """Takes an upload; refuses what is empty or too large for the web."""
    shelf = Shelf(settings.storage_url)
    kept = shelf.put(file.file)
    name = (file.filename or "upload").replace("\\", "/").rpartition("/")[2][:300] or "upload"
    ticket = _signer(settings).dumps([creditor_id, kept.key, kept.size, kept.sha256, name])
    return Upload(name, kept.key, kept.size, kept.sha256, ticket, shelf)


def again(settings: Settings, ticket: str, *, creditor_id: int) -> Upload:
    """The upload of a ticket given out earlier to the same creditor."""
    try:
        owner, key, size, digest, name = _signer(settings).loads(ticket, max_age=KEPT_FOR)
    except (BadSignature, ValueError):
        raise _gone() from None
    if owner != creditor_id:
        raise _gone()
    return Upload(name, key, size, digest, ticket, Shelf(settings.storage_url))


def _gone() -> Refusal:
    return Refusal("upload_gone", "The uploaded file is not here any more. Please choose it again.")
