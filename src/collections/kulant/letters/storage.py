"""Where documents are kept: a folder of files named by the hash of what is in them."""

from __future__ import annotations

import os
import re
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from kulant.core.errors import NotFound, Refusal

_HASH = re.compile(r"[0-9a-f]{64}")


class Storage(Protocol):
    """Keeps documents by their SHA-256; the same bytes are kept once."""

    def put(self, content: bytes) -> str:
        """Keeps the bytes for good and returns their hash."""

    def get(self, digest: str) -> bytes:
        """The bytes of that hash; raises ``NotFound`` when they are missing."""

    def check(self) -> str:
        """Says in words that documents can be kept; raises ``Refusal`` when they cannot."""


def open_uploads(url: str) -> Storage:
    """Where files that customers gave us lie: beside our own documents, in a place of their own."""
    if url.startswith("file:"):
        documents = Path(url.removeprefix("file:").removeprefix("//") or "documents")
        return FolderStorage(documents / "uploads", ending=".upload")
    return open_storage(url)


def open_storage(url: str) -> Storage:
    """The storage of ``KULANT_STORAGE_URL``: ``file:DIR``."""
    if url.startswith("file:"):
        return FolderStorage(Path(url.removeprefix("file:").removeprefix("//") or "documents"))
    if url.startswith("s3:"):
        raise Refusal(
            "no_s3_yet", "KULANT_STORAGE_URL: this version keeps documents in a folder only; use file:DIR, not s3://"
        )
    raise Refusal("bad_storage_url", f"KULANT_STORAGE_URL is {url!r}; write file:DIR, e.g. file:documents")


class FolderStorage:
    """A local folder. A file appears whole or not at all, and is never written over."""

    def __init__(self, folder: Path, *, ending: str = ".pdf") -> None:
        self._folder = folder
        self._ending = ending

    def put(self, content: bytes) -> str:
        digest = sha256(content).hexdigest()
        place = self._place(digest)
        if place.exists() and sha256(place.read_bytes()).hexdigest() == digest:
            return digest
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(place, content)
        except OSError as error:
            raise Refusal(
                "storage_failed",
                f"cannot keep a document in {self._folder}: {error.strerror}; check KULANT_STORAGE_URL",
            ) from error
        return digest

    def get(self, digest: str) -> bytes:
        try:
            return self._place(digest).read_bytes()
        except FileNotFoundError:
            raise NotFound(
                "document_missing", f"document {digest} is not in {self._folder}; restore it from a backup"
            ) from None

    def check(self) -> str:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._folder):
                return f"documents are kept in {self._folder}"
        except OSError as error:
            raise Refusal("storage", f"cannot write to {self._folder}: {error.strerror}") from None

    def _place(self, digest: str) -> Path:
        if not _HASH.fullmatch(digest):
            raise NotFound("bad_digest", f"{digest!r} is no document's hash")
        return self._folder / digest[:2] / f"{digest}{self._ending}"


def _write_whole(place: Path, content: bytes) -> None:
    """Writes beside the place and moves it there, so that a crash leaves no half document behind."""
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".", suffix=".part")
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(place)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _remember_name(place.parent)


def _remember_name(folder: Path) -> None:
    """The new name is safe only when the folder itself has reached the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
