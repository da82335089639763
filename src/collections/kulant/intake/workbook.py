"""A workbook (.xlsx or .ods) as a text table: one of its sheets, one line a row, numbered as the spreadsheet does."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast

from kulant.core.errors import Refusal
from kulant.intake import workbook_cells, workbook_check
from kulant.intake.dialect import Dialect
from kulant.intake.signatures import is_zip
from kulant.intake.tables import find_header

WRITTEN = Dialect("utf-8", ",")

_COMMAND = [sys.executable, "-I", str(Path(__file__).with_name("workbook_cells.py"))]
# All that Python needs to start: passwords and keys of ours are none of its business.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT")
_MEMORY, _MEMORY_PER_BYTE = 96 << 20, 4
_SECONDS, _BYTES_PER_SECOND = 2, 16 << 20
_PATIENCE = 20  # a busy machine lets a process wait
_COPIED = 1 << 20


class SheetText(io.RawIOBase):
    """The rows of one sheet as comma-separated UTF-8: a part of a temporary file, which goes with it."""

    def __init__(self, file: BinaryIO, begins: int, ends: int, *, sheet: str, digest: str, owned: bool = True) -> None:
        self._file = file
        self._owned = owned
        self._begins = begins
        self._length = ends - begins
        self._at = 0
        self.sheet = sheet
        self.sha256 = digest  # of the workbook

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read again."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Goes to a place in the text."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """The place in the text."""
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """So many bytes from here, or all."""
        left = max(0, self._length - self._at)
        self._file.seek(self._begins + self._at)
        data = self._file.read(left if size is None or size < 0 else min(size, left))
        self._at += len(data)
        return data

    def close(self) -> None:
        """Lets go of the temporary file."""
        if self._owned:
            self._file.close()
        super().close()


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    visible: bool
    begins: int
    ends: int


def is_workbook(stream: BinaryIO) -> bool:
    """Whether the file is an archive, as workbooks are; what it holds is seen when it is opened."""
    stream.seek(0)
    return is_zip(stream.read(4))


def open_sheet(
    stream: BinaryIO, *, sheet: str | None, wanted: frozenset[str], fits: Callable[[list[str]], bool]
) -> SheetText:
    """The sheet named, or the only one whose header ``fits``; refuses a workbook that is unsound or leaves a doubt.

    ``wanted`` are the column names by which the header row is found.
    """
    with tempfile.TemporaryFile() as copy:
        digest = _copy(stream, cast(BinaryIO, copy))
        sound = workbook_check.check(cast(BinaryIO, copy))
        text = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 -- closed with the sheet's text
        try:
            sheets = _convert(cast(BinaryIO, copy), text, sound.inflated)
            chosen = _choose(text, sheets, sheet, wanted, fits)
        except BaseException:
            text.close()
            raise
        return SheetText(text, chosen.begins, chosen.ends, sheet=chosen.name, digest=digest)


def _copy(stream: BinaryIO, copy: BinaryIO) -> str:
    """Copies the file to where another process can read it; its hash."""
    digest, size = sha256(), 0
    stream.seek(0)
    while (block := stream.read(_COPIED)) and size <= workbook_check.LARGEST_FILE:
        size += len(block)
        digest.update(block)
        copy.write(block)
    copy.flush()
    return digest.hexdigest()


def _convert(workbook: BinaryIO, text: BinaryIO, inflated: int) -> list[_Sheet]:
    """Lets a process of its own write the sheets as text, with memory and time that fit their size."""
    memory = _MEMORY + _MEMORY_PER_BYTE * inflated
    seconds = _SECONDS + inflated // _BYTES_PER_SECOND
    try:
        ended = subprocess.run(
            [*_COMMAND, str(memory), str(seconds)],
            stdin=workbook,
            stdout=text,
            stderr=subprocess.PIPE,
            timeout=_PATIENCE * seconds,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise workbook_check.too_demanding() from None
    if ended.returncode == workbook_cells.DAMAGED:
        raise workbook_check.damaged()
    if ended.returncode:
        raise workbook_check.too_demanding()
    return [_Sheet(*one) for one in json.loads(ended.stderr)]


def _choose(
    text: BinaryIO,
    sheets: list[_Sheet],
    name: str | None,
    wanted: frozenset[str],
    fits: Callable[[list[str]], bool],
) -> _Sheet:
    if name is not None:
        named = [sheet for sheet in sheets if sheet.name.strip().lower() == name.strip().lower()]
        if not named:
            raise Refusal("no_such_sheet", f"The workbook has no sheet {name}; its sheets are {_names(sheets)}.")
        return named[0]
    filled = [sheet for sheet in sheets if sheet.visible and sheet.ends > sheet.begins]
    if not filled:
        raise Refusal("empty_file", "The workbook has no sheet with anything on it; export it again and import that.")
    if len(filled) == 1:
        return filled[0]
    fitting = [sheet for sheet in filled if _fits(text, sheet, wanted, fits)]
    if len(fitting) == 1:
        return fitting[0]
    raise Refusal(
        "several_sheets",
        f"The workbook has {len(filled)} sheets ({_names(filled)}), and "
        f"{'more than one' if fitting else 'none'} has columns that are known; "
        "keep only the one to import, or name it in a mapping (sheet: …).",
    )


def _fits(text: BinaryIO, sheet: _Sheet, wanted: frozenset[str], fits: Callable[[list[str]], bool]) -> bool:
    part = SheetText(text, sheet.begins, sheet.ends, sheet=sheet.name, digest="", owned=False)
    try:
        return fits(find_header(cast(BinaryIO, part), WRITTEN, wanted=wanted).columns)
    except Refusal:
        return False


def _names(sheets: list[_Sheet]) -> str:
    shown = ", ".join(sheet.name[:40] for sheet in sheets[:8])
    return f"{shown} and {len(sheets) - 8} more" if len(sheets) > 8 else shown
