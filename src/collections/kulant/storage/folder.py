"""Files in a folder of this machine, or of one it has mounted."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from kulant.core.errors import NotFound, Refusal
from kulant.storage import Found


class FolderStore:
    """A folder. What is written is moved into place when it has reached the disk."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)

    @property
    def place(self) -> str:
        return str(self._folder)

    def create(self, name: str, content: bytes) -> bool:
        if self._path(name).exists():
            return False
        self.replace(name, content)
        return True

    def replace(self, name: str, content: bytes) -> None:
        self.take(name, (content,))

    def take(self, name: str, blocks: Iterable[bytes]) -> None:
        path = self._path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, blocks)
        except OSError as error:
            raise Refusal(
                "storage_failed", f"cannot keep a document in {self.place}: {error.strerror}; check KULANT_STORAGE_URL"
            ) from error

    def read(self, name: str) -> bytes:
        with self.open(name) as file:
            return file.read()

    def open(self, name: str) -> BinaryIO:
        try:
            return self._path(name).open("rb")
        except FileNotFoundError:
            raise NotFound("file_missing", f"{name} is not in {self.place}") from None
        except OSError as error:
            raise Refusal("storage_failed", f"cannot read {name} in {self.place}: {error.strerror}") from error

    def remove(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def found(self, folder: str) -> Iterator[Found]:
        place = self._path(folder)
        for file in place.iterdir() if place.is_dir() else ():
            if file.is_file():
                try:
                    written = file.stat().st_mtime
                except FileNotFoundError:
                    continue  # somebody else threw it away just now
                yield Found(f"{folder}/{file.name}", datetime.fromtimestamp(written, UTC))

    def check(self) -> str:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._folder):
                return f"documents are kept in {self.place}"
        except OSError as error:
            raise Refusal("storage", f"cannot write to {self.place}: {error.strerror}") from None

    def _path(self, name: str) -> Path:
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts or "\\" in name:
            raise NotFound("file_missing", "that is no name of a file kept here")
        return self._folder / parts


def write_whole(path: Path, blocks: Iterable[bytes]) -> None:
    """Writes beside the place and moves it there, so that a crash leaves no half file behind."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            for block in blocks:
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    remember_names(path.parent)


def remember_names(folder: Path) -> None:
    """A new name is safe only when the folder itself has reached the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
