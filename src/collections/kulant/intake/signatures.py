"""What a file seems to be, from its first bytes: said to people who hand in something else than a table of text."""

from __future__ import annotations

from kulant.core.errors import Refusal

SUPPORTED = "delimited text (CSV) of invoices, payments or customers, or any such table with a mapping"

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"{\\rtf", "a rich text document"),
)
_ZIPPED: tuple[tuple[bytes, str], ...] = (
    (b"opendocument.spreadsheet", "an OpenDocument spreadsheet (.ods)"),
    (b"xl/", "an Excel workbook (.xlsx)"),
    (b"word/", "a Word document (.docx)"),
)
_XML: tuple[tuple[bytes, str], ...] = (
    (b"camt.05", "an ISO 20022 bank statement (camt)"),
    (b"CrossIndustryInvoice", "a CII e-invoice"),
    (b"oasis:names:specification:ubl", "a UBL e-invoice"),
    (b"AuditFile", "a SAF-T file"),
    (b"<html", "a web page"),
    (b"<!DOCTYPE html", "a web page"),
)


def refuse_other_kinds(head: bytes) -> None:
    """Refuses a file whose beginning shows that it is no delimited text, naming what it seems to be."""
    if not head:
        raise Refusal("empty_file", "The file is empty; export it again and import that.")
    kind = _kind(head)
    if kind is not None:
        raise Refusal("not_a_table", f"The file seems to be {kind}; what can be imported now is {SUPPORTED}.")


def _kind(head: bytes) -> str | None:
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return next((name for part, name in _ZIPPED if part in head), "a zip archive")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:4096]
    if start.startswith(b"<"):
        return next((name for part, name in _XML if part in start), "an XML document")
    return _plain_kind(start)


def _plain_kind(start: bytes) -> str | None:
    if start.startswith((b"{", b"[{", b'["')):
        return "a JSON document"
    if start.startswith(b"NY000010"):
        return "a Norwegian giro file (OCR or AvtaleGiro)"
    if start.startswith(b"01BGMAX"):
        return "a Swedish Bankgirot file (BgMax)"
    if start.startswith((b":20:", b"{1:F01")):
        return "an MT940 bank statement"
    return None
