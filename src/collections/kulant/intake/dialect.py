"""How a text table is written: its encoding and its delimiter, and its lines read within bounds.

Nothing is trusted about a file handed in: no line, record or run of blank lines may use more than its share, so that a
hostile file is refused within the first megabyte that shows it.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from kulant.core.errors import Refusal
from kulant.intake.signatures import refuse_other_kinds

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LONGEST_RECORD = 1_000_000
MOST_BLANK_LINES = 100_000
HEAD = 1 << 20
DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15", "cp850", "cp865", "mac-roman")

_CHUNK = 1 << 18
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SEP_LINE = re.compile(r"sep=([,;|\t])\r?\n?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """Encoding and delimiter of one file, and whether its last line is closed (an open one may be cut off)."""

    encoding: str
    delimiter: str
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Scan:
    """What reading every byte once has shown."""

    encoding: str
    sha256: str
    closed: bool


def read_head(stream: BinaryIO) -> bytes:
    """The first megabyte, refused when it shows that the file is no text table."""
    stream.seek(0)
    head = stream.read(HEAD)
    refuse_other_kinds(head)
    return head


def encoding_of(head: bytes, stated: str | None = None) -> str:
    """The encoding the beginning of the file speaks for; ``stated`` is what a mapping says."""
    if head.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise Refusal("bad_encoding", "The file is written in UTF-32; save it as UTF-8 and import that.")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if stated is not None:
        return stated
    return _utf16_without_mark(head) or ("utf-8" if _is_utf8(head) else "windows-1252")


def _utf16_without_mark(head: bytes) -> str | None:
    """Western text in UTF-16 has a zero in nearly every second byte."""
    sample = head[: 4096 - 4096 % 2]
    half = len(sample) // 2
    if half < 4 or b"\x00" not in sample:
        return None
    if sample[1::2].count(0) > 0.7 * half and sample[::2].count(0) == 0:
        return "utf-16-le"
    if sample[::2].count(0) > 0.7 * half and sample[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def scan(stream: BinaryIO, encoding: str, *, stated: bool) -> Scan:
    """Reads every byte once: bounds its lines, finds its hash, and settles between UTF-8 and Windows-1252."""
    stream.seek(0)
    digest = hashlib.sha256()
    wide = encoding.startswith("utf-16")
    unsure = encoding == "utf-8" and not stated
    decoder = codecs.getincrementaldecoder("utf-8")()
    letters, since, last = False, 0, b""
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
        since = _bounded(chunk, since)
        last = chunk[-2:]
        if not wide and b"\x00" in chunk:
            raise _binary()
        if len(chunk) == _CHUNK and chunk.isspace():
            raise blank_file()
        if unsure:
            try:
                letters = not decoder.decode(chunk).isascii() or letters
            except UnicodeDecodeError:
                unsure, encoding = False, "windows-1252"
    if unsure and decoder.getstate()[0]:
        if letters:
            raise cut_off("in the middle of a letter")
        encoding = "windows-1252"
    return Scan(encoding, digest.hexdigest(), closed=b"\n" in last or b"\r" in last)


def _bounded(chunk: bytes, since: int) -> int:
    """Bytes since the last line end after this chunk; refuses a line longer than any table has."""
    first = min((at for at in (chunk.find(b"\n"), chunk.find(b"\r")) if at >= 0), default=-1)
    if since + (len(chunk) if first < 0 else first) > 2 * LONGEST_RECORD:
        raise _too_long()
    if first < 0:
        return since + len(chunk)
    return len(chunk) - 1 - max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))


def blank_file() -> Refusal:
    """For a file that goes on and on without a word."""
    return Refusal(
        "blank_file",
        f"The file has more than {MOST_BLANK_LINES:,} blank lines on end; delete them first.",
    )


def _too_long() -> Refusal:
    return Refusal(
        "line_too_long",
        "A line of the file is longer than a million characters; this is no table of rows. Export it again.",
    )


def _binary() -> Refusal:
    return Refusal("not_text", "The file holds binary data, not a table of text; export it as CSV.")


def cut_off(where: str) -> Refusal:
    return Refusal("cut_off", f"The file ends {where}; it seems to be cut off. Export it again.")


class Lines:
    """The lines of one pass over the file, within bounds; ``begin_record`` is told where each record starts."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        stream.seek(0)
        self._text = io.TextIOWrapper(
            io.BufferedReader(_Unclosable(stream)), encoding=encoding, errors="strict", newline=""
        )
        self._length = 0
        self.spread = 0

    def begin_record(self) -> None:
        """A record is whole: what follows counts anew."""
        self._length = 0
        self.spread = 0

    def __iter__(self) -> Iterator[str]:
        readline, first = self._text.readline, True
        try:
            while line := readline(LONGEST_RECORD + 2):
                self._check(line)
                if first and _SEP_LINE.match(line):
                    self.begin_record()
                else:
                    yield line
                first = False
        except UnicodeError:
            raise Refusal(
                "bad_encoding",
                "The file is not text in UTF-8, UTF-16 or Windows-1252; save it as UTF-8 and import that.",
            ) from None

    def _check(self, line: str) -> None:
        self._length += len(line)
        self.spread += 1
        if self._length > LONGEST_RECORD:
            raise _too_long()
        if _CONTROL.search(line):
            raise _binary()


class _Unclosable(io.RawIOBase):
    """Lends a stream to a text layer that would close it when it goes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        data = self._stream.read(len(view))
        view[: len(data)] = data
        return len(data)


def sample_text(head: bytes, encoding: str) -> list[str]:
    """The first whole lines of the file, for sniffing; undecodable letters are replaced, for they decide nothing."""
    if encoding == "utf-16":
        encoding = "utf-16-be" if head.startswith(b"\xfe\xff") else "utf-16-le"
    lines = head[: 1 << 17].decode(encoding, "replace").lstrip("\ufeff").splitlines(keepends=True)
    return lines[:60] if len(lines) < 2 or len(head) < 1 << 17 else lines[: min(60, len(lines) - 1)]


def delimiter_of(lines: list[str], known: frozenset[str]) -> str:
    """The delimiter under which the most known column names appear, else the rows are most alike."""
    stated = _SEP_LINE.match(lines[0]) if lines else None
    if stated:
        return stated.group(1)
    return max(DELIMITERS, key=lambda delimiter: _likeness(lines, delimiter, known))


def _likeness(lines: list[str], delimiter: str, known: frozenset[str]) -> tuple[int, float, int]:
    rows = _lenient_rows(lines, delimiter)
    if not rows:
        return (0, 0.0, 0)
    named = max(len({header_key(cell) for cell in row} & known) for row in rows)
    width, count = Counter(len(row) for row in rows).most_common(1)[0]
    if width < 2:
        return (named, 0.0, 0)
    return (named, round(count / len(rows), 1), width)


def _lenient_rows(lines: list[str], delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(row for row in csv.reader(lines, delimiter=delimiter) if row)
    return rows


def header_key(name: str) -> str:
    """A column name as it is compared: lower case, words joined by one underscore."""
    return re.sub(r"[\s\-_]+", "_", name.replace("\ufeff", "").strip().lower())
