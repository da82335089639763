"""The page every report is shown on, and the list behind a figure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from fastapi.responses import Response

from kulant.desk.pictures import Link, Picture, Table
from kulant.desk.shell import Shell

MOST_LISTED = 500

Notice = tuple[str, str, str]  # tone, a word before it, what it says


def report_page(
    shell: Shell,
    title: str,
    sentence: str,
    *,
    pictures: Sequence[Picture],
    nothing: tuple[str, str],
    notices: Sequence[Notice] = (),
    facts: Sequence[tuple[str, str]] = (),
    tables: Sequence[tuple[str, Table]] = (),
    notes: Sequence[str] = (),
    choices: Sequence[tuple[str, str, bool]] = (),
) -> Response:
    """A report: what rings, its figures and pictures, what else is to be known; ``nothing`` when there is none."""
    return shell.page(
        "desk/report.html", here="reports", title=title, sentence=sentence, pictures=pictures, nothing=nothing,
        notices=notices, facts=facts, tables=tables, notes=notes, choices=choices,
    )  # fmt: skip


def list_page(shell: Shell, title: str, *, back: Link, table: Table, count: str, command: str) -> Response:
    """What stands behind a figure, as far as a page holds it; ``command`` prints all of it."""
    shown = Table(table.head, table.rows[:MOST_LISTED], table.texts)
    more = f"The first {MOST_LISTED} are listed. All of them: {command}" if len(table.rows) > MOST_LISTED else ""
    return shell.page(
        "desk/report_list.html", here="reports", title=title, back=back, table=shown, count=count, more=more
    )


def customer_link(number: str, name: str = "") -> Link:
    """The customer's page."""
    return Link(name or number, f"/?customer={quote(number)}")


def count_words(count: int, one: str, many: str) -> str:
    """A count with its noun.

    >>> count_words(1, "letter", "letters"), count_words(1200, "letter", "letters")
    ('1 letter', '1,200 letters')
    """
    return f"{count:,} {one if count == 1 else many}"
