"""``kulant import``: files into the ledger."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from kulant.cli.console import ACTOR, answer, looking, working
from kulant.cli.errors import refuse
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.cli.progress import progress_of
from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.imports import WAYS, follow_payments
from kulant.intake.mapping import Mapping
from kulant.intake.result import ImportResult
from kulant.intake.runs import import_in_batches
from kulant.intake.service import import_file, read_mapping
from kulant.intake.taking import Progress
from kulant.transaction import doing

SHOWN_REJECTIONS = 20


app = typer.Typer(rich_markup_mode=None)


@app.command("import")
def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…")],
    creditor: CreditorCode = None,
    format: Annotated[str | None, typer.Option("--format", metavar="NAME", help="Found out when left out.")] = None,
    mapping: Annotated[Path | None, typer.Option(metavar="FILE", help="Which column is what, as YAML.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do all but store nothing.")] = False,
    json: JsonFlag = False,
) -> None:
    """Imports invoices, payments, customers, contacts. Good rows go in, bad rows are listed with their reasons."""
    columns = read_mapping(mapping) if mapping else None
    results: list[Any] = []
    refused = 0
    for file in files:
        try:
            take = _try_out if dry_run else _take_in
            with progress_of(file.name, quiet=json) as progress:
                result = take(creditor, file, format, columns, progress)
        except Refusal as refusal:
            if len(files) == 1:
                raise
            refused += 1
            refuse(f"{file}: {refusal.sentence}")
            continue
        results.append(result.as_json())
        if not json:
            answer(None, False, *_lines(result))
    if json:
        answer(results[0] if len(files) == 1 else results, True)
    if refused:
        raise typer.Exit(1)


def _try_out(
    creditor: str | None, file: Path, format: str | None, columns: Mapping | None, progress: Progress | None
) -> ImportResult:
    with working(creditor) as desk:
        return import_file(
            desk.act,
            creditor=desk.creditor,
            source=file,
            format=format,
            mapping=columns,
            dry_run=True,
            progress=progress,
            ways=WAYS,
        )


def _take_in(
    creditor: str | None, file: Path, format: str | None, columns: Mapping | None, progress: Progress | None
) -> ImportResult:
    with looking(creditor) as look:
        owner, settings = look.creditor, look.settings

    def begin(today: date | None) -> AbstractContextManager[Act]:
        return doing(settings, actor=ACTOR, country=owner.country, today=today)

    return import_in_batches(
        begin,
        creditor=owner,
        source=file,
        format=format,
        mapping=columns,
        progress=progress,
        afterwards=follow_payments,
        ways=WAYS,
    )


def _lines(result: ImportResult) -> list[str]:
    lines = [("Tried out, nothing stored. " if result.dry_run else "") + result.sentence()]
    if result.matched or result.unmatched:
        lines.append(f"  payments: {result.matched} matched, {result.unmatched} unmatched")
    for rejection in result.rejected[:SHOWN_REJECTIONS]:
        lines.append(f"  row {rejection.row}: {rejection.field}: {rejection.error}")
    hidden = result.rejected_total - SHOWN_REJECTIONS
    return [*lines, f"  … and {hidden} more"] if hidden > 0 else lines
