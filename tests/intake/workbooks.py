"""Workbooks as Excel and LibreOffice write them."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import xlsxwriter


def xlsx(sheets: dict[str, list[list[Any]]], *, hidden: tuple[str, ...] = ()) -> bytes:
    """A workbook as Excel writes it; dates are cells formatted as dates."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False}) as book:
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            for at, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if isinstance(cell, date):
                        sheet.write_datetime(at, place, cell, day)
                    elif cell is not None:
                        sheet.write(at, place, cell)
    return content.getvalue()


MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def ods(
    rows: list[list[Any]] | None = None,
    *,
    body: str = "",
    mime: str = "application/vnd.oasis.opendocument.spreadsheet",
    parts: dict[str, str | bytes] | None = None,
) -> bytes:
    """A spreadsheet as LibreOffice writes it, with rows of blanks down to the end of the sheet.

    ``body`` stands for rows written out, ``parts`` are put into the archive besides or instead.
    """
    for row in rows or []:
        body += f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="Ark1">{body}'
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row></table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", mime, zipfile.ZIP_STORED)
        for name, part in ({"content.xml": text, "META-INF/manifest.xml": MANIFEST} | (parts or {})).items():
            archive.writestr(name, part)
    return content.getvalue()


def changed(content: bytes, parts: dict[str, bytes]) -> bytes:
    """The archive with parts of it replaced or added."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in old.namelist():
            if name not in parts:
                archive.writestr(name, old.read(name))
        for name, part in parts.items():
            archive.writestr(name, part)
    return made.getvalue()


def _ods_cell(cell: Any) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, bool):
        kind = f'office:value-type="boolean" office:boolean-value="{str(cell).lower()}"'
    elif isinstance(cell, date):
        kind = f'office:value-type="date" office:date-value="{cell.isoformat()}"'
    elif isinstance(cell, int | float):
        kind = f'office:value-type="float" office:value="{cell}"'
    else:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind}><text:p>{cell}</text:p></table:table-cell>"
