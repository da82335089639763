"""Documents are kept by the hash of what is in them: the same bytes once, never other bytes under the same name."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Protocol

from kulant.core.errors import NotFound, Refusal
from kulant.storage import Store, open_store

_HASH = re.compile(r"[0-9a-f]{64}")


class Storage(Protocol):
    """Keeps documents by their SHA-256; the same bytes are kept once."""

    def put(self, content: bytes) -> str:
        """Keeps the bytes for good and returns their hash."""

    def get(self, digest: str) -> bytes:
        """The bytes of that hash; raises ``NotFound`` when they are missing, ``Altered`` when they are others."""

    def remove(self, digest: str) -> None:
        """Throws the bytes of that hash away, for their time is over; it does not matter when they are gone already."""

    def check(self) -> str:
        """Says in words that documents can be kept; raises ``Refusal`` when they cannot."""


class Altered(Refusal):
    """What lies under a document's hash is not that document."""

    def __init__(self, digest: str) -> None:
        super().__init__(
            "document_altered",
            f"the stored file of document {digest} was altered; restore it from a backup",
            status=500,
        )


def open_storage(url: str) -> Storage:
    """Our own documents, in the store of ``KULANT_STORAGE_URL``."""
    return HashedFiles(open_store(url))


def open_uploads(url: str) -> Storage:
    """Where files that customers gave us lie: beside our own documents, in a place of their own."""
    return HashedFiles(open_store(url), folder="uploads/", ending=".upload")


class HashedFiles:
    """Files named by their hash, in folders named by its beginning."""

    def __init__(self, store: Store, *, folder: str = "", ending: str = ".pdf") -> None:
        self._store, self._folder, self._ending = store, folder, ending

    def put(self, content: bytes) -> str:
        digest = sha256(content).hexdigest()
        name = self.name(digest)
        if not self._store.create(name, content) and not self._holds(digest):
            self._store.replace(name, content)  # a damaged copy is not that document
        return digest

    def get(self, digest: str) -> bytes:
        name = self.name(digest)
        try:
            content = self._store.read(name)
        except NotFound:
            raise NotFound(
                "document_missing", f"document {digest} is not in {self._store.place}; restore it from a backup"
            ) from None
        if sha256(content).hexdigest() != digest:
            raise Altered(digest)
        return content

    def remove(self, digest: str) -> None:
        self._store.remove(self.name(digest))

    def check(self) -> str:
        return self._store.check()

    def name(self, digest: str) -> str:
        """What a document's file is called in the store."""
        if not _HASH.fullmatch(digest):
            raise NotFound("bad_digest", f"{digest!r} is no document's hash")
        return f"{self._folder}{digest[:2]}/{digest}{self._ending}"

    def _holds(self, digest: str) -> bool:
        try:
            self.get(digest)
        except (NotFound, Altered):
            return False
        return True
