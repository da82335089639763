"""Files to import, written in the tests as a clerk would see them."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date
from typing import Any

from kulant.db import Act
from kulant.intake.documents import Context
from kulant.intake.mapping import parse_mapping
from kulant.intake.reading import Reading, open_file
from kulant.intake.records import Record, Rejection
from kulant.intake.service import import_file
from kulant.people.models import Creditor

TODAY = date(2026, 11, 23)
CONTEXT = Context(TODAY, "NO", "NOK", 14)


def a_file(text: str | bytes, encoding: str = "utf-8") -> io.BytesIO:
    """The text as a file; a leading line break of the literal is left out."""
    return io.BytesIO(text if isinstance(text, bytes) else text.removeprefix("\n").encode(encoding))


def open_text(text: str | bytes, encoding: str = "utf-8", *, mapping: str | None = None, **more: Any) -> Reading:
    """The file, understood."""
    stated = parse_mapping(mapping) if mapping else None
    reading = open_file(a_file(text, encoding), context=CONTEXT, mapping=stated, **more)
    assert isinstance(reading, Reading)
    return reading


def read(text: str | bytes, encoding: str = "utf-8", *, mapping: str | None = None, **more: Any) -> list[Any]:
    """Everything of the file, as a record, a rejection or left out, whatever the file turns out to be."""
    stated = parse_mapping(mapping) if mapping else None
    return list(open_file(a_file(text, encoding), context=CONTEXT, mapping=stated, **more).records())


def errors(records: Iterable[Record | Rejection]) -> list[tuple[int, str]]:
    """Row and field of the rejections among them."""
    return [(one.row, one.field) for one in records if isinstance(one, Rejection)]


def take(act: Act, creditor: Creditor, text: str | bytes, *, mapping: str | None = None, **more: Any) -> dict[str, Any]:
    """Imports the file and gives the JSON that ``kulant import`` prints."""
    stated = parse_mapping(mapping) if mapping else None
    result = import_file(act, creditor=creditor, source=a_file(text), file_name="file.csv", mapping=stated, **more)
    return result.as_json()


def counts(result: dict[str, Any]) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, rejected."""
    return result["created"], result["updated"], result["unchanged"], len(result["rejected"])


def round_trips(statements: list[str]) -> int:
    """Statements sent to the database; SQLite takes rows one by one, but inside the process."""
    inserts = [one for one in statements if one.startswith("INSERT")]
    return len(statements) - len(inserts) + len(set(inserts))
