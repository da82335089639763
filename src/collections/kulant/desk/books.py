"""What Kulant posted in a period, to look at and to hand to the accounting system."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import Response

from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.desk.account import KIND_WORDS, MOST_LISTED, Currency, From, To, read_date
from kulant.desk.shell import ShellDep
from kulant.desk.wording import sentence_case
from kulant.ledger.book_files import FORMATS, book_file
from kulant.ledger.bookkeeping import Verification, books
from kulant.people.service import check_currency
from kulant.transaction import doing
from kulant.web.deps import Reader, SettingsDep, ViewerDep

router = APIRouter(prefix="/books")


def _days(today: date, first: str, last: str) -> tuple[date, date]:
    """The period asked for; by default the whole month before this one, which is what one closes."""
    end_of_last = today.replace(day=1) - timedelta(days=1)
    end = read_date(last, "to") or end_of_last
    return read_date(first, "from") or end.replace(day=1), end


@router.get("")
def show(shell: ShellDep, session: Reader, first: From = "", last: To = "") -> Response:
    """The verifications of a period, with their sums by kind."""
    days = _days(shell.today, first, last)
    problem, found = "", []
    try:
        found = books(session, shell.viewer.creditor, *days)
    except Refusal as refusal:
        problem = sentence_case(refusal.sentence)
    asked = {"from": days[0].isoformat(), "to": days[1].isoformat()}
    return shell.page(
        "desk/books.html",
        here="books",
        first=days[0],
        last=days[1],
        found=found[:MOST_LISTED],
        count=len(found),
        sums=_sums(found),
        problem=problem,
        kinds=KIND_WORDS,
        files=_files(found, asked),
    )


def _sums(found: Sequence[Verification]) -> list[tuple[str, str, int, int]]:
    """Kind, currency, how many, and what they put on customers' accounts."""
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for one in found:
        count, minor = sums.get((one.kind, one.currency), (0, 0))
        sums[one.kind, one.currency] = (count + 1, minor + sum(line.minor for line in one.lines if line.customer))
    return [(kind, currency, *sums[kind, currency]) for kind, currency in sorted(sums)]


def _files(found: Sequence[Verification], asked: dict[str, str]) -> list[tuple[str, str]]:
    """Words and address of each file there is to download; SIE has one for each currency."""
    files = [("CSV", f"/books/file?{urlencode(asked | {'format': 'csv'})}")]
    currencies = sorted({one.currency for one in found})
    for currency in currencies:
        words = "SIE" if len(currencies) == 1 else f"SIE, {currency}"
        files.append((words, f"/books/file?{urlencode(asked | {'format': 'sie', 'currency': currency})}"))
    return files if found else []


@router.get("/file")
def download(
    viewer: ViewerDep,
    settings: SettingsDep,
    first: From = "",
    last: To = "",
    form: Annotated[str, Query(alias="format", max_length=10)] = "csv",
    currency: Currency = "",
) -> Response:
    """The file; that it was taken is in the audit trail."""
    with doing(settings, actor=viewer.name, country=viewer.creditor.country) as act:
        creditor = viewer.creditor
        days = _days(act.today, first, last)
        chosen = check_currency(currency) if currency else None
        found = books(act.session, creditor, *days)
        content = book_file(form, creditor, found, days[1], currency=chosen)
        act.tell(
            Event(
                "books_exported",
                f"Postings from {days[0]} to {days[1]} exported as {form}.",
                creditor_id=creditor.id,
                data={"from": days[0].isoformat(), "to": days[1].isoformat(), "format": form},
            )
        )
    media, ending = FORMATS[form]
    name = f"kulant-{creditor.code}-{days[0]}-{days[1]}{f'-{chosen}' if chosen else ''}{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name.encode("ascii", "replace").decode()}"'}
    return Response(content, media_type=media, headers=headers)
