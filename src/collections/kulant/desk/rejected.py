"""The rows that were not taken in, as a file to correct and import again."""

from __future__ import annotations

import csv
import re
from io import StringIO
from typing import Any

from kulant.core.cells import harmless
from kulant.intake.mapping import parse_mapping
from kulant.intake.models import ImportRun

_FIGURES = re.compile(r"[-+\d\s.,/()]*")


def rejected_file(run: ImportRun) -> bytes:
    """The rejected rows as they stood in the file, each with its number there and what is wrong with it.

    The columns, their order, the delimiter and the place of the header are the file's own, so that the same mapping
    fits. Of a document, which has no columns, the fields and values that were wrong are listed.
    """
    table = run.result.get("table")
    rows = run.result.get("rejected", [])
    out = StringIO()
    if table is None:
        writer = csv.writer(out)
        writer.writerow(["row", "field", "value", "error"])
        writer.writerows([one["row"], *(_safe(one[name]) for name in ("field", "value", "error"))] for one in rows)
        return out.getvalue().encode("utf-8-sig")
    mapping = parse_mapping(run.wanted["mapping"]) if run.wanted.get("mapping") else None
    writer = csv.writer(out, delimiter=table["delimiter"])
    if mapping is not None and mapping.skip_rows:
        out.write("\r\n" * (table["header_row"] - 1))
    writer.writerow([*map(_safe, table["columns"]), "import_row", "import_error"])
    for one in rows:
        writer.writerow([*map(_safe, _padded(one, len(table["columns"]))), one["row"], _safe(one["error"])])
    encoding = mapping.encoding if mapping is not None and mapping.encoding else "utf-8-sig"
    return out.getvalue().encode(encoding, errors="replace")


def _padded(one: dict[str, Any], width: int) -> list[str]:
    cells = list(one.get("cells", []))[:width]
    return cells + [""] * (width - len(cells))


def _safe(cell: str) -> str:
    """No spreadsheet takes it for a formula; amounts and telephone numbers stay as they are."""
    return cell if _FIGURES.fullmatch(cell) else harmless(cell)
