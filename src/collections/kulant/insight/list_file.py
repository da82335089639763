"""The overdue list as a file, CSV or XLSX: what is on the screen, row by row, safe in any spreadsheet. Pure."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO

from xlsxwriter import Workbook

from kulant.core.cells import harmless
from kulant.core.errors import Refusal
from kulant.core.money import to_decimal
from kulant.insight.worklist import Row

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
COLUMNS = (
    "customer", "name", "grade", "currency", "overdue", "open", "value_12m", "not_due", "1-30", "31-60", "61-90",
    "over_90", "credits", "oldest_due", "days_overdue", "on_time_rate", "step", "reason", "plan", "promise", "hold",
    "dispute", "owner",
)  # fmt: skip
_WIDE = {"name": 32, "step": 32, "reason": 60}

Cell = str | int | float | Decimal | date | None


def list_file(form: str, rows: Sequence[Row]) -> bytes:
    """The rows in their order. Amounts are in the row's currency; a text that looks like a formula stays a text."""
    if form == "csv":
        return _csv(rows)
    if form == "xlsx":
        return _xlsx(rows)
    raise Refusal("no_such_format", f"there is no format {form!r}; write csv or xlsx")


def _cells(row: Row) -> list[Cell]:
    def amount(minor: int | None) -> Decimal | None:
        return None if minor is None else to_decimal(minor, row.currency)

    return [
        row.number, row.name, row.grade, row.currency, amount(row.overdue_minor), amount(row.open_minor),
        amount(row.value_12m_minor), *map(amount, row.ageing), amount(row.credits_minor), row.oldest_due,
        row.days_overdue, row.on_time_rate, row.treatment_text, row.reason, row.plan, row.promise, row.hold,
        row.dispute, row.owner,
    ]  # fmt: skip


def _csv(rows: Sequence[Row]) -> bytes:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_as_text(cell) for cell in _cells(row)])
    return text.getvalue().encode("utf-8-sig")


def _as_text(cell: Cell) -> str:
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else f"{cell:.3g}" if isinstance(cell, float) else str(cell)


def _xlsx(rows: Sequence[Row]) -> bytes:
    """Numbers as numbers and dates as dates, so that they can be summed; texts are never read as formulas or links."""
    out = BytesIO()
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(out, safe) as book:
        sheet = book.add_worksheet("Overdue")
        head = book.add_format({"bold": True, "bottom": 1})
        money, day = book.add_format({"num_format": "#,##0.00"}), book.add_format({"num_format": "yyyy-mm-dd"})
        share = book.add_format({"num_format": "0%"})
        for place, name in enumerate(COLUMNS):
            sheet.write_string(0, place, name, head)
            sheet.set_column(place, place, _WIDE.get(name, 12))
        for line, row in enumerate(rows, start=1):
            for place, cell in enumerate(_cells(row)):
                if isinstance(cell, str):
                    sheet.write_string(line, place, cell)
                elif isinstance(cell, date):
                    sheet.write_datetime(line, place, cell, day)
                elif isinstance(cell, Decimal | float | int):
                    sheet.write_number(
                        line, place, cell,
                        money if isinstance(cell, Decimal) else share if isinstance(cell, float) else None,
                    )  # fmt: skip
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(len(rows), 1), len(COLUMNS) - 1)
    return out.getvalue()
