"""``kulant export``: what Kulant posted, for the accounting system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kulant.cli.console import answer, parse_currency, parse_date, working
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.ledger.book_files import book_file
from kulant.ledger.bookkeeping import books, verification_json

app = typer.Typer(rich_markup_mode=None)


@app.command("export")
def export(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="The first day.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last day.")],
    form: Annotated[str, typer.Option("--format", help="csv or sie.")] = "csv",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Standard output when left out.")] = None,
    currency: Annotated[str | None, typer.Option(help="Needed for sie where Kulant posted in several.")] = None,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """What Kulant posted: fees, interest, compensation, write-offs, deductions, refunds, moves, and what undid them."""
    start, end = parse_date(first, "--from"), parse_date(last, "--to")
    chosen = parse_currency(currency) if currency else None
    with working(creditor) as desk:
        found = [one for one in books(desk.act.session, desk.creditor, start, end) if chosen in (None, one.currency)]
        content = book_file(form, desk.creditor, found, end, currency=chosen)
        if out is not None:
            try:
                out.write_bytes(content)
            except OSError as error:
                raise Refusal("cannot_write", f"cannot write {out}: {error.strerror}") from None
        if out is not None or not json:
            desk.act.tell(
                Event(
                    "books_exported",
                    f"Postings from {start} to {end} exported as {form}.",
                    creditor_id=desk.creditor.id,
                    data={"from": first, "to": last, "format": form, "verifications": len(found)},
                )
            )
        shown = {
            "creditor": desk.creditor.code,
            "from": first,
            "to": last,
            "format": form,
            "file": str(out) if out else None,
            "verifications": [verification_json(one) for one in found],
        }
    if out is None and not json:
        typer.echo(content, nl=False)
        return
    answer(shown, json, f"{len(found)} verifications written to {out}.")
