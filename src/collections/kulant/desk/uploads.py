"""An uploaded file between looking at it and importing it: kept in the document store, named by a signed ticket."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from fastapi import UploadFile
from itsdangerous import BadSignature, URLSafeTimedSerializer

from kulant.core.errors import Refusal
from kulant.letters.storage import open_storage
from kulant.settings import Settings

LARGEST = 50 * 1024 * 1024
_KEPT_FOR = 24 * 3600  # seconds


@dataclass(frozen=True, slots=True)
class Upload:
    """The bytes of a file with its name, and the ticket that finds them again."""

    name: str
    content: bytes
    ticket: str

    def stream(self) -> BytesIO:
        """The file from its beginning."""
        return BytesIO(self.content)


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key(), salt="upload")


def keep(settings: Settings, file: UploadFile, *, creditor_id: int) -> Upload:
    """Takes an upload; refuses what is empty or too large for the web."""
    content = file.file.read(LARGEST + 1)
    if not content:
        raise Refusal("no_file", "Choose a file first; this one is empty.")
    if len(content) > LARGEST:
        raise Refusal("too_large", "This file is larger than 50 MB. Import it with: kulant import FILE", status=413)
    name = (file.filename or "upload").replace("\\", "/").rpartition("/")[2][:300]
    digest = open_storage(settings.storage_url).put(content)
    return Upload(name, content, _signer(settings).dumps([creditor_id, digest, name]))


def again(settings: Settings, ticket: str, *, creditor_id: int) -> Upload:
    """The upload of a ticket given out earlier to the same creditor."""
    try:
        owner, digest, name = _signer(settings).loads(ticket, max_age=_KEPT_FOR)
    except (BadSignature, ValueError):
        owner = digest = name = None
    if owner != creditor_id or digest is None:
        raise Refusal("upload_gone", "The uploaded file is not here any more. Please choose it again.")
    return Upload(name, open_storage(settings.storage_url).get(digest), ticket)
