"""Uploaded files while they wait or are worked on: beside the archived documents, and gone when they are done with."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import BinaryIO

from kulant.core.errors import NotFound, Refusal
from kulant.storage import open_store

LARGEST = 300 * 1024 * 1024
KEPT_FOR = 24 * 3600  # seconds a file stays that nobody has confirmed
_KEPT_FOR = timedelta(seconds=KEPT_FOR)
_FOLDER = "uploads"
_KEY = re.compile(r"[0-9a-f]{32}")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Shelved:
    """A file on the shelf: the key that finds it, its size, and the hash of what is in it."""

    key: str
    size: int
    sha256: str


class Shelf:
    """The folder ``uploads`` of the document store. Files are copied through in blocks, never held in memory."""

    def __init__(self, storage_url: str) -> None:
        self._store = open_store(storage_url)

    def put(self, stream: BinaryIO) -> Shelved:
        """Keeps a file under a new key; refuses one that is empty or too large."""
        key, file = secrets.token_hex(16), _Measured(stream)
        self._store.take(_name(key), file.blocks())
        return Shelved(key, file.size, file.digest.hexdigest())

    def open(self, key: str) -> BinaryIO:
        """The file of that key, from its beginning."""
        try:
            return self._store.open(_name(key))
        except NotFound:
            raise _gone() from None

    def remove(self, key: str) -> None:
        """Throws the file of that key away, if it is there."""
        self._store.remove(_name(key))

    def clear_out(self, needed: set[str]) -> int:
        """Throws away what nobody has confirmed within a day; returns how many files that were."""
        gone, before = 0, datetime.now(UTC) - _KEPT_FOR
        for file in self._store.found(_FOLDER):
            key = file.name.rpartition("/")[2]
            if _KEY.fullmatch(key) and key not in needed and file.written_at < before:
                self._store.remove(file.name)
                gone += 1
        return gone


class _Measured:
    """A file as it is read: how large it is and its hash so far."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size, self.digest = 0, sha256()

    def blocks(self) -> Iterator[bytes]:
        while block := self._stream.read(_BLOCK):
            self.size += len(block)
            if self.size > LARGEST:
                raise Refusal(
                    "too_large",
                    f"This file is larger than {LARGEST >> 20} MB. Import it with: kulant import FILE",
                    status=413,
                )
            self.digest.update(block)
            yield block
        if not self.size:
            raise Refusal("no_file", "Choose a file first; this one is empty.")


def _name(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise _gone()
    return f"{_FOLDER}/{key}"


def _gone() -> NotFound:
    return NotFound("upload_gone", "The uploaded file is not here any more. Please choose it again.")
