"""What a workbook must be before any program opens it: a sound archive of bounded size, with values and no formulas.

Everything is looked at with the standard library while it is inflated piece by piece, so that a file made to harm is
refused before it can.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from struct import unpack_from
from typing import BinaryIO

from kulant.core.errors import Refusal

LARGEST_FILE = 64 << 20
LARGEST_INFLATED = 256 << 20
MOST_ENTRIES = 2_000

_PIECE = 1 << 18
_TAIL = 4_096  # of a piece is looked at again with the next one
_INFLATED_ANYHOW = 20 << 20
_DENSEST = 50  # an honest sheet is at most so many times larger than its archive
_SOUGHT_IN = 8 << 20
_MOST_PLACES = 16_384
_DIRECTORY_END = b"PK\x05\x06"
_CONTENT_TYPES = "[Content_Types].xml"
_ARCHIVES = frozenset((".zip", ".xlsx", ".xlsm", ".ods", ".odt", ".docx", ".jar", ".gz", ".bz2", ".xz", ".7z", ".rar"))
_UNREAD = (".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".bin", ".vml", ".svg", ".tmp")
_ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_OTHERS = (("word/", "a Word document"), ("ppt/", "a presentation"), ("xl/workbook.bin", "a binary workbook (.xlsb)"))
_ODS_OTHERS = ((b"opendocument.text", "a text document"), (b"opendocument.presentation", "a presentation"))

_EXCEL_FORMULA = re.compile(rb"<(?!xm:)(?:[\w.-]+:)?f[\s/>]")  # xm:f stands in lists to choose from, not in cells
_EXCEL_CELL = re.compile(rb"<(?:[\w.-]+:)?c\s[^<>]*?\br\s*=\s*[\"']([A-Z]{1,3}[0-9]{1,7})[\"']")
_ODS_FORMULA = re.compile(rb"\stable:formula\s*=")
_ODS_PLACE = re.compile(
    rb"<(table:table|table:table-row|table:(?:covered-)?table-cell)[\s/>]"
    rb"(?:[^<>]*?table:number-(?:rows|columns)-repeated=\"([0-9]{1,7})\")?"
)


@dataclass(frozen=True, slots=True)
class Sound:
    """A workbook that may be opened, and how large it is unpacked."""

    inflated: int


def check(file: BinaryIO) -> Sound:
    """Refuses what is no workbook of values, saying what it is and what to do."""
    size = file.seek(0, 2)
    if size > LARGEST_FILE:
        raise _too_large()
    _check_directory(file, size)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_names(entries)
            _check_sizes(entries, size)
            spreadsheet = _is_opendocument(archive, {entry.filename for entry in entries})
            inflated = sum(_check_part(archive, entry, opendocument=spreadsheet) for entry in entries)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError):
        raise damaged() from None
    return Sound(inflated)


def damaged() -> Refusal:
    """For an archive or workbook that cannot be read to its end."""
    return Refusal(
        "damaged_workbook",
        "The workbook is damaged or cut off; open it in your spreadsheet program, save it again and import that.",
    )


def too_demanding() -> Refusal:
    """For a workbook that unpacks to far more than its size explains."""
    return Refusal(
        "zip_bomb",
        "The workbook unpacks to far more than a table of its size holds; save the table alone as CSV and import that.",
    )


def _too_large() -> Refusal:
    return Refusal("too_large", "The workbook is larger than can be read at once; save it as CSV and import that.")


def _check_directory(file: BinaryIO, size: int) -> None:
    """The archive's list of contents is read whole by any program, so its size is looked at first."""
    file.seek(max(0, size - 66_000))
    end = file.read()
    at = end.rfind(_DIRECTORY_END)
    if at < 0 or len(end) - at < 22:
        raise damaged()
    entries, directory = unpack_from("<10xHI", end, at)
    if entries > MOST_ENTRIES or directory > MOST_ENTRIES * 500:
        raise Refusal("too_many_parts", f"The archive holds more than {MOST_ENTRIES:,} files; this is no workbook.")


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):
        raise damaged()
    for entry in entries:
        name = entry.filename
        if name.startswith("/") or "\\" in name or "\x00" in name or ".." in name.split("/") or ":" in name:
            raise Refusal("bad_archive", "The archive holds files with paths that lead out of it; this is no workbook.")
        if entry.flag_bits & 1 or name == "encrypted-package":
            raise _protected()
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise damaged()  # no spreadsheet program packs in another way, and others unpack without bounds
        if PurePosixPath(name).suffix.lower() in _ARCHIVES:
            raise Refusal(
                "nested_archive", f"The file holds another file ({name[-60:]}); save the table alone and import that."
            )
        lower = name.lower()
        if lower.endswith("vbaproject.bin") or lower.startswith(("basic/", "scripts/", "xl/macrosheets/")):
            raise _macros()
        if lower.startswith("xl/externallinks/"):
            raise _links()


def _macros() -> Refusal:
    return Refusal("macros", "The workbook holds macros; save it without them, as .xlsx or .ods, and import that.")


def _protected() -> Refusal:
    return Refusal("protected", "The workbook is protected with a password; save it without one and import that.")


def _links() -> Refusal:
    return Refusal("external_links", "The workbook refers to other files; save it with values only and import that.")


def _check_sizes(entries: list[zipfile.ZipInfo], size: int) -> None:
    declared = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if packed > size:
        raise damaged()  # parts that lie over each other
    if declared > _INFLATED_ANYHOW + _DENSEST * packed:
        raise too_demanding()
    if declared > LARGEST_INFLATED:
        raise _too_large()


def _is_opendocument(archive: zipfile.ZipFile, names: set[str]) -> bool:
    """Whether the workbook is an .ods; refuses archives that are no workbook at all."""
    if "xl/workbook.xml" in names and _CONTENT_TYPES in names:
        return False
    if "META-INF/manifest.xml" in names and b":encryption-data" in archive.open("META-INF/manifest.xml").read(_PIECE):
        raise _protected()
    kind = next((kind for start, kind in _OTHERS if any(name.startswith(start) for name in names)), "a zip archive")
    if "mimetype" in names:
        mime = archive.open("mimetype").read(200)
        if mime.startswith(_ODS_TYPE) and "content.xml" in names:
            return True
        kind = next((name for part, name in _ODS_OTHERS if part in mime), kind)
    raise Refusal(
        "not_a_table",
        f"The file seems to be {kind}, not a workbook; save the table as .xlsx, .ods or CSV and import that.",
    )


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, opendocument: bool) -> int:
    """Inflates one part, looking for what must not be in it; its true size."""
    name = entry.filename
    if name.endswith("/") or name.lower().endswith(_UNREAD):
        return 0
    formula = None
    if opendocument and name == "content.xml":
        formula = _ODS_FORMULA
    elif name.startswith("xl/worksheets/"):
        formula = _EXCEL_FORMULA
    inflated = 0
    for piece, seen in _pieces(archive, entry):
        inflated += len(piece)
        if inflated > entry.file_size:
            raise too_demanding()
        _check_xml(seen, name)
        if formula is not None and (found := formula.search(seen)):
            where = _ods_cell(archive, entry) if opendocument else _excel_cell(seen[: found.start()])
            raise Refusal(
                "formula",
                f"The workbook holds a formula{where}, and an import takes values only; save it with values only "
                "and import that.",
            )
    return inflated


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[tuple[bytes, bytes]]:
    """The part piece by piece, each also with the end of the one before."""
    with archive.open(entry) as part:
        tail = b""
        while piece := part.read(_PIECE):
            yield piece, tail + piece
            tail = piece[-_TAIL:]


def _check_xml(seen: bytes, name: str) -> None:
    if not name.endswith((".xml", ".rels")):
        return
    if b"\x00" in seen:
        raise damaged()
    if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
        raise Refusal("entities", "The workbook defines entities of its own, which no spreadsheet program does.")
    if name == _CONTENT_TYPES and b"macroEnabled" in seen:
        raise _macros()
    if name == "content.xml" and b"<table:table-source" in seen:
        raise _links()


def _excel_cell(before: bytes) -> str:
    cells = _EXCEL_CELL.findall(before)
    return f" in cell {cells[-1].decode()}" if cells else ""


def _ods_cell(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    """Where the first formula stands, counted as a spreadsheet counts, when it stands near the beginning."""
    with archive.open(entry) as part:
        text = part.read(_SOUGHT_IN)
    found = _ODS_FORMULA.search(text)
    if found is None:
        return ""
    row, following, column = 0, 1, 0
    for tag, repeated in _ODS_PLACE.findall(text, 0, text.rfind(b"<", 0, found.start())):
        if tag == b"table:table":
            following = 1
        elif tag == b"table:table-row":
            row, following, column = following, following + int(repeated or 1), 0
        else:
            column += int(repeated or 1)
    return f" in cell {_letters(column + 1)}{row}" if row and column < _MOST_PLACES else ""


def _letters(column: int) -> str:
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
