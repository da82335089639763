"""Where files are kept that are not rows: archived documents, what customers gave us, imports that wait.

One small interface with two implementations, a folder and a bucket of an S3-compatible server. Nothing else in the
program knows a document's path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from kulant.core.errors import Refusal


@dataclass(frozen=True, slots=True)
class Found:
    """A file that is there: its name and when it was written."""

    name: str
    written_at: datetime


class Store(Protocol):
    """Keeps files by names like ``ab/abcd.pdf``. A file appears whole or not at all.

    Whatever the place cannot do is a ``Refusal`` in words; a file that is not there is a ``NotFound``.
    """

    @property
    def place(self) -> str:
        """Where it is, for people; holds no password."""

    def create(self, name: str, content: bytes) -> bool:
        """Keeps a file unless there is one of that name; whether it did."""

    def replace(self, name: str, content: bytes) -> None:
        """Keeps a file in place of what is there."""

    def take(self, name: str, blocks: Iterable[bytes]) -> None:
        """Keeps a file that comes in blocks and may be larger than memory."""

    def read(self, name: str) -> bytes:
        """All of a file."""

    def open(self, name: str) -> BinaryIO:
        """A file from its beginning, to be read and sought in."""

    def remove(self, name: str) -> None:
        """Throws a file away, if it is there."""

    def found(self, folder: str) -> Iterator[Found]:
        """The files right in a folder."""

    def check(self) -> str:
        """Says in words that files can be kept and read; raises ``Refusal`` when they cannot."""


def open_store(url: str) -> Store:
    """The store of ``KULANT_STORAGE_URL``: ``file:DIR`` or ``s3://BUCKET/PREFIX``."""
    if url.startswith("file:"):
        from kulant.storage.folder import FolderStore

        return FolderStore(url.removeprefix("file:").removeprefix("//") or "documents")
    if url.startswith("s3:"):
        from kulant.storage.s3 import open_bucket

        return open_bucket(url)
    # What was written may hold a key, so only its beginning is repeated.
    raise Refusal(
        "bad_storage_url",
        f"KULANT_STORAGE_URL begins with {url[:8]!r}; write file:DIR, e.g. file:documents, or s3://BUCKET/PREFIX",
    )
