"""Who gets which letter of a pile: as rows for a spreadsheet, as a page to lie on top, as the index of a supplier."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from io import StringIO
from typing import Any

from kulant.core.cells import harmless
from kulant.core.money import decimal_string
from kulant.letters.address import MAX_LINES, postcode
from kulant.letters.models import Document
from kulant.letters.pages import environment
from kulant.letters.print_batch import Placed, country_of, sheets
from kulant.letters.render import Rendered, render_sheets

_COLUMNS = (
    "pages", "document", "customer", "name", "address", "postcode", "kind", "date", "amount", "currency", "country",
    "sheets",
)  # fmt: skip
# The lines under the name: the most an address has, the person it is for, the country.
_LINES = MAX_LINES + 2
_INDEX = (
    "position", "file", "sha256", "pages", "sheets", "sides", "name", *(f"line{n}" for n in range(1, _LINES + 1)),
    "postcode", "country", "customer", "kind", "date", "document", "enclosures",
)  # fmt: skip


def address_csv(placed: Sequence[Placed]) -> str:
    """The list for a spreadsheet, in the order of the pile."""
    return _csv(_COLUMNS, (_row(one) for one in placed))


def _row(one: Placed) -> list[str]:
    document, recipient = one.document, one.document.content["recipient"]
    return [
        one.pages, str(document.id), _number(document), recipient["name"], ", ".join(recipient["lines"]),
        postcode(recipient["lines"]), document.kind, document.on.isoformat(), *_sum(document),
        country_of(document) or "", str(one.sheets),
    ]  # fmt: skip


def _number(document: Document) -> str:
    return str(document.content["recipient"].get("customer_number") or document.content["facts"].get("customer") or "")


def _sum(document: Document) -> tuple[str, str]:
    """What the letter asks for; nothing of one that asks for nothing."""
    facts = document.content["facts"]
    minor, currency = facts.get("total_minor"), facts.get("currency")
    return (decimal_string(minor, currency), currency) if currency and minor is not None else ("", "")


def index_csv(letters: Sequence[tuple[str, Placed]]) -> str:
    """The index of a hand-off: each file with its hash, so that a supplier can see that it came over whole."""
    return _csv(_INDEX, (_entry(position, file, one) for position, (file, one) in enumerate(letters, start=1)))


def _entry(position: int, file: str, one: Placed) -> list[str]:
    document, recipient = one.document, one.document.content["recipient"]
    lines = [*recipient["lines"], *[""] * _LINES][:_LINES]
    return [
        str(position), file, document.sha256, str(document.pages), str(one.sheets), "duplex", recipient["name"], *lines,
        postcode(recipient["lines"]), country_of(document) or "", _number(document), document.kind,
        document.on.isoformat(), str(document.id), " ".join(document.content["facts"].get("enclosures", ())),
    ]  # fmt: skip


def address_pages(placed: Sequence[Placed], *, title: str, on: date) -> Rendered:
    """The list as a page to lie on top of the pile."""
    rows = [_shown(position, one) for position, one in enumerate(placed, start=1)]
    content: dict[str, Any] = {
        "on": on.isoformat(),
        "title": title,
        "rows": rows,
        "sheets": sheets(placed),
        "facts": {"letters": len(rows), "sheets": sheets(placed)},
    }
    page = environment().get_template("letters/addresses.html").render(list=content)
    attached = ("addresses.json", "How many letters and sheets this list is of, for programs")
    return render_sheets(page, content, stylesheet="addresses.css", attached=attached)


def _shown(position: int, one: Placed) -> dict[str, Any]:
    recipient = one.document.content["recipient"]
    return {
        "position": position,
        "name": recipient["name"],
        "address": ", ".join(recipient["lines"]),
        "postcode": postcode(recipient["lines"]),
        "what": one.document.content["heading"],
        "pages": one.pages,
        "sheets": one.sheets,
    }


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    return out.getvalue()
