"""The file itself: a plain tar, so that any tool can look into it, sealed by a hash of all that comes before its end.

It is written from front to back without ever holding it, and read the same way. What is not sealed, or not what was
sealed, is no backup. Nothing of it is ever unpacked to a path: names are only compared with the few there may be.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, BinaryIO

from kulant.core.errors import Refusal

HEAD, MANIFEST, SEAL = "kulant-backup.json", "manifest.json", "seal.sha256"
BLOCK = 512
LARGEST_PART = 64 << 20  # bytes of a part or a document's description, packed or unpacked
LARGEST_FILE = 4 << 30
_COPIED_AT_A_TIME = 1 << 20
_NAME = re.compile(
    r"kulant-backup\.json|manifest\.json|seal\.sha256"
    r"|tables/[a-z_]{1,60}/[0-9]{6}\.jsonl\.gz"
    r"|documents/[0-9a-f]{2}/[0-9a-f]{64}\.pdf"
    r"|uploads/[0-9a-f]{2}/[0-9a-f]{64}\.upload"
    r"|waiting/[0-9a-f]{32}"
)


def no_backup(what: str) -> Refusal:
    """A file that is not taken; says what is wrong with it."""
    return Refusal("bad_backup", f"this is no whole backup of Kulant: {what}; nothing was changed")


class Writer:
    """Writes members one after the other, and in the end the seal."""

    def __init__(self, out: BinaryIO, made_at: datetime) -> None:
        self._out, self._seal, self._time = out, sha256(), int(made_at.timestamp())
        self.size = 0

    def add(self, name: str, content: bytes) -> None:
        """A member whose bytes are at hand."""
        self.add_blocks(name, len(content), (content,))

    def add_json(self, name: str, value: Any) -> None:
        """A member that says something about the others."""
        self.add(name, (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode())

    def add_blocks(self, name: str, size: int, blocks: Iterable[bytes]) -> None:
        """A member that comes in blocks; they must be ``size`` bytes in all."""
        self._write(self._header(name, size))
        written = 0
        for block in blocks:
            self._write(block)
            written += len(block)
        if written != size:
            raise Refusal("changed_meanwhile", f"{name} changed while it was read; make the backup again")
        self._write(bytes(-size % BLOCK))

    def seal(self) -> None:
        """Says that all is there. A file without it is no backup."""
        digest = self._seal.hexdigest()
        self.add(SEAL, f"{digest}\n".encode())
        self._write(bytes(2 * BLOCK))

    def _header(self, name: str, size: int) -> bytes:
        assert _NAME.fullmatch(name), name
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode, info.uname = size, self._time, 0o600, "kulant"
        return info.tobuf(tarfile.USTAR_FORMAT)

    def _write(self, content: bytes) -> None:
        self._out.write(content)
        self._seal.update(content)
        self.size += len(content)


@dataclass(slots=True)
class Member:
    """One of the parts of a file, to be read before the next."""

    name: str
    size: int
    _reader: _Reader
    _left: int

    def content(self) -> bytes:
        """All of it, when it is of a size that is held in memory."""
        if self.size > LARGEST_PART:
            raise no_backup(f"{self.name} is larger than any part")
        return b"".join(self.blocks())

    def blocks(self) -> Iterator[bytes]:
        """It in blocks."""
        while self._left:
            block = self._reader.read(min(self._left, _COPIED_AT_A_TIME))
            self._left -= len(block)
            yield block

    def json(self) -> Any:
        """What it says about the others."""
        try:
            return json.loads(self.content())
        except (ValueError, RecursionError):
            raise no_backup(f"{self.name} cannot be read") from None


class _Reader:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seal = sha256()

    def read(self, size: int) -> bytes:
        content = self._file.read(size)
        if len(content) != size:
            raise no_backup("it ends too early")
        self.seal.update(content)
        return content


def members(file: BinaryIO) -> Iterator[Member]:
    """What is in a file, in its order, up to the seal; refuses at the end one that was altered anywhere."""
    file.seek(0)
    reader = _Reader(file)
    while True:
        sealed = reader.seal.hexdigest()
        info = _header(reader.read(BLOCK))
        member = Member(info.name, info.size, reader, info.size)
        if info.name == SEAL:
            if member.size != len(sealed) + 1 or member.content() != f"{sealed}\n".encode():
                raise no_backup("it was altered after it was made")
            _end(reader, file, member.size)
            return
        yield member
        for _ in member.blocks():
            pass  # what nobody wanted to read counts all the same
        if any(reader.read(-info.size % BLOCK)):
            raise no_backup("it was altered after it was made")


def _header(block: bytes) -> tarfile.TarInfo:
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError, ValueError):
        raise no_backup("a part of it cannot be read") from None
    if info.type != tarfile.REGTYPE or not _NAME.fullmatch(info.name):
        raise no_backup(f"it holds {info.name[:80]!r}, which no backup does")
    if not 0 <= info.size <= LARGEST_FILE:
        raise no_backup(f"{info.name} is larger than any part")
    return info


def _end(reader: _Reader, file: BinaryIO, size: int) -> None:
    if any(reader.read(-size % BLOCK)) or any(reader.read(2 * BLOCK)) or file.read(1):
        raise no_backup("it goes on after its end")
