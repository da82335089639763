"""Files made to harm, by name; each is made when it is asked for, and the endless ones while they are read."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

import pikepdf

from kulant.intake.documents import DOCUMENTS, LARGEST
from tests.intake.samples import SAMPLES
from tests.intake.workbooks import changed, ods, xlsx

GIGABYTE = 1 << 30
MOST_OF_A_DOCUMENT = LARGEST - 1  # a larger one is not even looked at
XML = ("ubl", "cii", "saft", "camt053", "camt054")
LINES = ("ocr", "bgmax", "mt940", "table")

SHEET = "xl/worksheets/sheet1.xml"
_SHEET_HEAD = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
_SHEET_END = b"</sheetData></worksheet>"


class Endless(io.RawIOBase):
    """A beginning, and then the same again and again, made while it is read."""

    def __init__(self, head: bytes, fill: bytes, length: int) -> None:
        self._length = length
        self._head = head
        self._fill = fill * (1 + (1 << 21) // len(fill))
        self._step = len(fill)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._length - self._at)
        size = left if size is None or size < 0 else min(size, left)
        size = min(size, 1 << 20)
        if self._at < len(self._head):
            data = self._head[self._at :][:size]
        else:
            begin = (self._at - len(self._head)) % self._step
            data = self._fill[begin : begin + size]
        self._at += len(data)
        return data

    def readline(self, size: int | None = -1, /) -> bytes:
        line = self.read(65_536 if size is None or size < 0 else size)
        end = line.find(b"\n") + 1
        if end:
            self._at -= len(line) - end
            line = line[:end]
        return line


def _root(name: str) -> tuple[bytes, bytes]:
    """The sample's beginning up to the end of the second opening tag, and the rest."""
    sample = SAMPLES[name]
    begins = sample.index(b"<", sample.index(b"?>"))
    ends = sample.index(b">", sample.index(b">", begins) + 1) + 1
    return sample[:ends], sample[ends:]


def _with_doctype(name: str, doctype: bytes, inside: bytes) -> bytes:
    sample = SAMPLES[name]
    begins = sample.index(b"<", sample.index(b"?>"))
    root, rest = _root(name)
    return sample[:begins] + doctype + root[begins:] + inside + rest


def _laughs() -> bytes:
    entities = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 12))
    return b'<!DOCTYPE x [<!ENTITY e0 "ha">' + entities + b"]>"


_EXTERNAL = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
_PARAMETER = b'<!DOCTYPE x SYSTEM "file:///etc/passwd" [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>'
_QUADRATIC = b'<!DOCTYPE x [<!ENTITY e "' + b"a" * 200_000 + b'">]>'


def _xml_files(name: str) -> Iterator[tuple[str, Callable[[], BinaryIO | bytes]]]:
    root, rest = _root(name)
    yield "entity expansion", lambda: _with_doctype(name, _laughs(), b"<a>&e11;</a>")
    yield "quadratic entities", lambda: _with_doctype(name, _QUADRATIC, b"<a>" + b"&e;" * 20_000 + b"</a>")
    yield "external entity", lambda: _with_doctype(name, _EXTERNAL, b"<a>&e;</a>")
    yield "external document type", lambda: _with_doctype(name, _PARAMETER, b"")
    yield "deep nesting", lambda: root + b"<a>" * 500_000
    yield "endless nesting", lambda: _endless(root, b"<a>")
    yield "endless elements", lambda: _endless(root, b"<a/>")
    yield "endless text", lambda: _endless(root + b"<a>", b"x")
    yield "endless attribute", lambda: _endless(root + b'<a b="', b"x")
    yield "endless attributes", lambda: root + b"<a" + b"".join(b' b%d=""' % n for n in range(1_000_000)) + b"/>" + rest
    yield "endless tag", lambda: _endless(root + b"<", b"x")


def _endless(head: bytes, fill: bytes, length: int = MOST_OF_A_DOCUMENT) -> BinaryIO:
    return cast(BinaryIO, Endless(head, fill, length))


def _any_file(name: str) -> Iterator[tuple[str, Callable[[], BinaryIO | bytes]]]:
    sample = SAMPLES[name]
    middle = len(sample) // 2
    yield "cut off", lambda: sample[: middle - 3]
    yield "NUL bytes", lambda: sample[:middle] + b"\x00" * 10 + sample[middle:]
    yield "a gigabyte of NUL bytes", lambda: _endless(sample[:middle], b"\x00", GIGABYTE)
    yield "a line of a gigabyte", lambda: _endless(sample[:middle], b"x", GIGABYTE)
    yield "an endless line", lambda: _endless(sample[:middle], b"x")
    yield "endless blank lines", lambda: _endless(sample[:middle], b"\n")
    yield "endless NUL bytes", lambda: _endless(sample[:middle], b"\x00")


def _table_files() -> Iterator[tuple[str, Callable[[], BinaryIO | bytes]]]:
    head = b"customer_id,name\n"
    yield "a gigabyte of line ends", lambda: _endless(head, b"\n", GIGABYTE)
    yield "a gigabyte of delimiters", lambda: _endless(head, b",", GIGABYTE)
    yield "a gigabyte of quotes", lambda: _endless(head, b'"', GIGABYTE)
    yield "a cell of a gigabyte", lambda: _endless(head + b'K1,"', b"x\n", GIGABYTE)
    yield "a formula", lambda: head + b"K1,=1+1\n"
    yield "a command", lambda: head + b"K1,\"@SUM(1)*cmd|' /C calc'!A0\"\n"
    yield "thousands of columns", lambda: b",".join(b"c%d" % n for n in range(100_000)) + b"\n"
    for kind, start in {"gzip": b"\x1f\x8b\x08\x00", "picture": b"\x89PNG\r\n", "program": b"\x7fELF\x02"}.items():
        yield f"a {kind} called .csv", lambda start=start: start + b"\x00" * 1000  # type: ignore[misc]
    yield "random bytes", lambda: zlib.compress(bytes(range(256)) * 500)[2:]


def _old_office(inside: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2000 + inside.encode("utf-16-le") + b"\x00" * 2000


def _bomb(size: int) -> bytes:
    """An archive part of so many spaces, packed a thousandfold."""
    packer, out = zlib.compressobj(9, zlib.DEFLATED, -15), []
    for _ in range(size >> 20):
        out.append(packer.compress(b" " * (1 << 20)))
    return b"".join([*out, packer.flush()])


def _lying(declared: int, packed: bytes) -> bytes:
    """A workbook whose sheet says it is small and is not."""
    content = changed(SAMPLES["xlsx"], {SHEET: _SHEET_HEAD + b"Q" * 10 + _SHEET_END})
    local = b"PK\x03\x04" + struct.pack("<5H3I2H", 20, 0, 8, 0, 0, 0, len(packed), declared, len(SHEET), 0)
    part = local + SHEET.encode() + packed
    directory = b"PK\x01\x02" + struct.pack("<6H3I5H2I", 20, 20, 0, 8, 0, 0, 0, len(packed), declared, len(SHEET), 0, 0, 0, 0, 0, 0)  # fmt: skip  # noqa: E501
    names = [name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if name != SHEET]
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, old.read(name))
    body = made.getvalue()
    end = body.rindex(b"PK\x05\x06")
    count, size, at = struct.unpack("<HII", body[end + 10 : end + 20])
    moved = part + body[:at] + _shifted(body[at : at + size], len(part)) + directory + SHEET.encode()
    total = size + len(directory) + len(SHEET)
    return moved + b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, count + 1, count + 1, total, at + len(part), 0)


def _shifted(directory: bytes, by: int) -> bytes:
    """A directory whose parts lie so many bytes further on."""
    out, at = bytearray(directory), 0
    while at < len(out):
        name, extra, comment = struct.unpack_from("<3H", out, at + 28)
        struct.pack_into("<I", out, at + 42, struct.unpack_from("<I", out, at + 42)[0] + by)
        at += 46 + name + extra + comment
    return bytes(out)


def _sheet(rows: bytes, **more: bytes) -> bytes:
    return changed(SAMPLES["xlsx"], {SHEET: _SHEET_HEAD + rows + _SHEET_END} | more)


def _many_parts() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number}", b"")
    return made.getvalue()


def _locked() -> bytes:
    """A workbook whose parts are marked as encrypted."""
    content = bytearray(SAMPLES["xlsx"])
    at = 0
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        content[at + 8] |= 1
        at += 4
    return bytes(content)


def _zip(**parts: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return made.getvalue()


def _workbooks() -> Iterator[tuple[str, Callable[[], BinaryIO | bytes]]]:
    good = SAMPLES["xlsx"]
    row = b'<row r="1"><c r="A1"><v>1</v></c></row>'
    corners = row + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    long = b"<sst><si><t>" + b"x" * 30_000 + b"</t></si></sst>"
    many = b"".join(b'<row r="%d">%s</row>' % (n, b'<c t="s"><v>0</v></c>' * 50) for n in range(1, 2001))
    repeated = (
        '<table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="1000" '
        'office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>'
    )
    formula = '<table:table-row><table:table-cell/><table:table-cell table:formula="of:=1+1"/></table:table-row>'
    yield "cut off", lambda: good[: len(good) // 2]
    yield "zip bomb", lambda: changed(good, {SHEET: b" " * (100 << 20)})
    yield "zip bomb that lies about its size", lambda: _lying(1000, _bomb(300 << 20))
    yield "thousands of parts", _many_parts
    yield "archive in the archive", lambda: changed(good, {"xl/embeddings/more.zip": good})
    yield "paths that lead out", lambda: changed(good, {"../../etc/passwd": b""})
    yield "password", _locked
    yield "password of Excel", lambda: _old_office("EncryptedPackage")
    yield "old Excel workbook", lambda: _old_office("Workbook")
    yield "no workbook", lambda: _zip(**{"letter.txt": "Dear"})
    yield "Word document", lambda: _zip(**{"word/document.xml": "<w/>", "[Content_Types].xml": "<t/>"})
    yield "text document", lambda: ods(mime="application/vnd.oasis.opendocument.text")
    yield "macros", lambda: changed(good, {"xl/vbaProject.bin": b"x"})
    yield "links to other workbooks", lambda: changed(good, {"xl/externalLinks/externalLink1.xml": b"<x/>"})
    yield "formula", lambda: _sheet(b'<row r="1"><c r="A1"><v>1</v></c><c r="C1"><f>1+1</f><v>2</v></c></row>')
    yield "formula of LibreOffice", lambda: ods([["a"]], body=formula)
    yield "entities", lambda: changed(good, {SHEET: _laughs() + _SHEET_HEAD + row + _SHEET_END})
    yield "cells in opposite corners", lambda: _sheet(corners)
    yield "a long text used everywhere", lambda: _sheet(many, **{"xl/sharedStrings.xml": long})
    yield "a row repeated a million times", lambda: ods(body=repeated)
    yield "deep nesting", lambda: _sheet(b"<a>" * 300_000)
    yield "no cells", lambda: xlsx({"A": []})


def attached(content: bytes) -> bytes:
    """A PDF that carries this as the invoice."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.attachments["factur-x.xml"] = content
    made = io.BytesIO()
    pdf.save(made, compress_streams=True, recompress_flate=True)
    return made.getvalue()


def _pdfs() -> Iterator[tuple[str, Callable[[], BinaryIO | bytes]]]:
    yield "no invoice", lambda: attached(b"<a/>")
    yield "cut off", lambda: (pdf := attached(SAMPLES["cii"]))[: len(pdf) // 2]
    yield "attachment that unpacks to a lot", lambda: attached(b" " * (150 << 20))
    yield "entities in the attachment", lambda: attached(_with_doctype("cii", _laughs(), b"<a>&e11;</a>"))
    yield "deep nesting", lambda: b"%PDF-1.7\n1 0 obj " + b"[" * 1_000_000
    yield "endless", lambda: _endless(b"%PDF-1.7\n", b"x")


def hostile_files() -> dict[str, Callable[[], BinaryIO | bytes]]:
    """Every such file by name, of the formats whose readers are there."""
    known = [*(name for name, one in DOCUMENTS.items() if one.available()), "table"]
    files: dict[str, Callable[[], BinaryIO | bytes]] = {}
    for name in known:
        for what, make in [*_any_file(name), *(_xml_files(name) if name in XML else ())]:
            files[f"{name}: {what}"] = make
    for group, made in {"table": _table_files(), "workbook": _workbooks(), "pdf": _pdfs()}.items():
        if group != "pdf" or "cii" in known:
            files |= {f"{group}: {what}": make for what, make in made}
    return files
