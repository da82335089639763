"""What a file seems to be, from its first bytes: said to people who hand in something else than a table of text."""

from __future__ import annotations

from kulant.core.errors import Refusal

SUPPORTED = (
    "a table of invoices, payments, customers or contacts with them (CSV, .xlsx or .ods), any such table with a "
    "mapping, e-invoices and bank files"
)

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF document"),
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
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_PROTECTED = "EncryptedPackage".encode("utf-16-le")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_WEB_PAGE = (b"<html", b"<!DOCTYPE html")
_NEARLY: tuple[tuple[bytes, str], ...] = (
    (b"iso:20022", "an ISO 20022 message, but not a statement (camt.053) or notification (camt.054)"),
    (b"CrossIndustry", "a CII document, but not an invoice"),
    (b"oasis:names:specification:ubl", "a UBL document, but not an invoice or a credit note"),
    (b"AuditFile", "a SAF-T file, but not a Norwegian SAF-T Financial one"),
)


def is_zip(head: bytes) -> bool:
    """Whether the file is a zip archive, as workbooks are."""
    return head.startswith(_ZIP)


def refuse_other_kinds(head: bytes) -> None:
    """Refuses a file whose beginning shows that it is no delimited text, naming what it seems to be."""
    if not head:
        raise Refusal("empty_file", "The file is empty; export it again and import that.")
    if head.startswith(_OLD_OFFICE):
        raise _old_office(head)
    kind = _kind(head)
    if kind is not None:
        raise Refusal("not_a_table", f"The file seems to be {kind}; what can be imported now is {SUPPORTED}.")


def _old_office(head: bytes) -> Refusal:
    """Old workbooks and those with a password come in the same wrapping."""
    if _PROTECTED in head:
        return Refusal("protected", "The workbook is protected with a password; save it without one and import that.")
    return Refusal(
        "not_a_table", "The file seems to be an old Excel workbook (.xls); save it as .xlsx or CSV and import that."
    )


def _kind(head: bytes) -> str | None:
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if is_zip(head):
        return "a zip archive"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:4096]
    if start.startswith(b"<"):
        if any(part in start for part in _WEB_PAGE):
            return "a web page"
        return next((name for part, name in _NEARLY if part in start), "an XML document")
    return "a JSON document" if start.startswith((b"{", b"[{", b'["')) else None
