"""Uploaded files while they wait or are worked on: beside the archived documents, and gone when they are done with."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from kulant.core.errors import NotFound, Refusal

LARGEST = 300 * 1024 * 1024
KEPT_FOR = 24 * 3600  # seconds a file stays that nobody has confirmed
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
        if not storage_url.startswith("file:"):
            raise Refusal("no_shelf", "Uploads need KULANT_STORAGE_URL to be a folder: file:DIR.")
        self._folder = Path(storage_url.removeprefix("file:").removeprefix("//") or "documents") / "uploads"

    def put(self, stream: BinaryIO) -> Shelved:
        """Keeps a file under a new key; refuses one that is empty or too large."""
        key, digest, size = secrets.token_hex(16), sha256(), 0
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / key).open("xb") as kept:
                while block := stream.read(_BLOCK):
                    size += len(block)
                    if size > LARGEST:
                        break
                    digest.update(block)
                    kept.write(block)
        except OSError as error:
            raise Refusal(
                "storage_failed",
                f"cannot keep the upload in {self._folder}: {error.strerror}; check KULANT_STORAGE_URL",
            ) from error
        if 0 < size <= LARGEST:
            return Shelved(key, size, digest.hexdigest())
        self.remove(key)
        if size:
            raise Refusal(
                "too_large",
                f"This file is larger than {LARGEST >> 20} MB. Import it with: kulant import FILE",
                status=413,
            )
        raise Refusal("no_file", "Choose a file first; this one is empty.")

    def open(self, key: str) -> BinaryIO:
        """The file of that key, from its beginning."""
        try:
            return self._place(key).open("rb")
        except OSError:
            raise NotFound("upload_gone", "The uploaded file is not here any more. Please choose it again.") from None

    def remove(self, key: str) -> None:
        """Throws the file of that key away, if it is there."""
        self._place(key).unlink(missing_ok=True)

    def clear_out(self, needed: set[str]) -> int:
        """Throws away what nobody has confirmed within a day; returns how many files that were."""
        if not self._folder.is_dir():
            return 0
        gone = 0
        for file in self._folder.iterdir():
            if _KEY.fullmatch(file.name) and file.name not in needed and _age(file) > KEPT_FOR:
                file.unlink(missing_ok=True)
                gone += 1
        return gone

    def _place(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise NotFound("upload_gone", "The uploaded file is not here any more. Please choose it again.")
        return self._folder / key


def _age(file: Path) -> float:
    try:
        return time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
