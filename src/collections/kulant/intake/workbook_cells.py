"""The sheets of a workbook as text. Run as a process of its own, so that no workbook takes more than it is given.

A workbook of a few kilobytes can ask for gigabytes: two cells at opposite corners of a sheet, one long text used a
million times. The operating system holds this process to a bound that fits the file's size; the caller sees it end.

    python workbook_cells.py BYTES SECONDS < workbook > sheets.csv 2> sheets.json
"""

from __future__ import annotations

import csv
import json
import re
import resource
import sys
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import TextIOWrapper

DAMAGED, TOO_MUCH = 3, 4

_KEPT_DIGITS = 15  # a spreadsheet keeps no more of a number
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Cell = str | float | bool | date | datetime | time | timedelta


def as_text(cell: Cell) -> str:
    """What a clerk sees in the cell, in a notation that can be read in one way only.

    >>> as_text(1500.0), as_text(1500.5), as_text(True), as_text(date(2026, 1, 31))
    ('1500', '1500.5', 'TRUE', '2026-01-31')
    """
    if isinstance(cell, str):
        return _CONTROL.sub(" ", cell)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def _number(value: float) -> str:
    """Whole numbers without decimals; three decimals with a zero behind, or they would look like thousands."""
    if abs(value) >= 10**_KEPT_DIGITS:
        return f"{value:.14E}"  # its last digits are lost already; readers of numbers that name something refuse this
    if value == int(value):
        return str(int(value))
    text = format(Decimal(f"{value:.{_KEPT_DIGITS}g}"), "f")
    return f"{text}0" if text[-4:-3] == "." else text


def _write(rows: Iterable[Iterable[Cell]], out: TextIOWrapper) -> None:
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        cells = [as_text(cell) for cell in row]
        if any(cells):
            writer.writerow(cells)
        else:
            out.write("\n")


def main() -> int:
    """Writes the sheets one after another, and where each begins and ends."""
    memory, seconds = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (memory, memory))
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    out, begins, sheets = sys.stdout.buffer, 0, []
    try:
        sys.stdin.buffer.seek(0)
        book = CalamineWorkbook.from_filelike(sys.stdin.buffer)
        for place, about in enumerate(book.sheets_metadata):
            if about.typ is not SheetTypeEnum.WorkSheet:
                continue
            text = TextIOWrapper(out, encoding="utf-8", errors="replace", newline="", write_through=True)
            _write(book.get_sheet_by_index(place).iter_rows(), text)
            text.flush()
            text.detach()
            ends = out.tell()
            sheets.append([about.name, about.visible is SheetVisibleEnum.Visible, begins, ends])
            begins = ends
    except (MemoryError, OSError):
        return TOO_MUCH
    except BaseException:  # what panics in the library is no ordinary exception
        return DAMAGED
    json.dump(sheets, sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
