"""Cells of the tables that are handed out. Pure."""

from __future__ import annotations

import re


def harmless(cell: str) -> str:
    """The cell so that no spreadsheet takes it for a formula: ``=1+1`` becomes ``'=1+1``."""
    if cell.lstrip(" \t\r\n")[:1] in ("=", "+", "-", "@") and not re.fullmatch(r"-?\d+(?:[.,]\d+)?", cell):
        return f"'{cell}"
    return cell
