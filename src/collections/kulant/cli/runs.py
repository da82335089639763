"""The day's work from the shell: the run, the overdue list, why and why not, the pure decision."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from kulant.cli.console import answer, looking, ready_settings, working
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.db import reading
from kulant.delivery.daily import run_day
from kulant.delivery.privacy_files import throw_away
from kulant.insight.worklist import Row, row_json, worklist
from kulant.ledger.queries import customer_by_number
from kulant.people.service import creditor_codes, find_creditor
from kulant.treatment.explain import explain as explained
from kulant.treatment.explain import explanation_json

app = typer.Typer(rich_markup_mode=None)


class _Undo(Exception):
    """Rolls a dry run back."""


@app.command()
def run(
    creditor: CreditorCode = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, store nothing.")] = False,
    json: JsonFlag = False,
) -> None:
    """The daily run: settles promises and plans, scores customers, proposes. Safe to run as often as you like."""
    settings = ready_settings()
    with reading(settings.database_url) as session:
        codes = [creditor] if creditor else creditor_codes(session)
        codes = codes or [find_creditor(session).code]
    results = [_run_one(code, dry_run) for code in codes]
    if json:
        answer(results[0] if len(results) == 1 else results, True)
        return
    for result in results:
        typer.echo(
            f"{result['creditor']} {result['date']}: {result['proposed']} proposed, {result['approved']} approved by "
            f"the ladder, {result['unchanged']} unchanged, {result['withdrawn']} withdrawn."
            + (" Nothing stored." if dry_run else "")
        )


def _run_one(code: str, dry_run: bool) -> dict[str, Any]:
    result: dict[str, Any] = {}
    try:
        with working(code, actor="daily run") as desk:
            result = run_day(desk.act, creditor=desk.creditor) | {"dry_run": dry_run}
            if dry_run:
                raise _Undo
        throw_away(desk.settings, actor="daily run", country=desk.creditor.country)
    except _Undo:
        pass
    return result


@app.command("worklist")
def show_worklist(
    creditor: CreditorCode = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many rows.")] = None,
    json: JsonFlag = False,
) -> None:
    """The overdue list in priority order: what customers are worth beside what they owe."""
    with looking(creditor) as look:
        rows = worklist(look.session, look.creditor, look.today, limit=limit)
    answer([row_json(row) for row in rows], json, *(_row_line(row) for row in rows))
    if not rows and not json:
        typer.echo("Nothing overdue.")


def _row_line(row: Row) -> str:
    shown = row_json(row)
    worth = f"{row.grade or '-'} worth {shown['value_12m'] or '?'}"
    step = row.treatment_text or row.plan or row.hold or row.promise or "nothing today"
    return (
        f"{row.number:<12} {row.name[:28]:<28} {shown['overdue']:>14} {row.currency} {row.days_overdue:>4} days  "
        f"{worth:<24} {step}"
    )


@app.command()
def explain(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's number.")],
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Why, and why not, item by item."""
    with looking(creditor) as look:
        found = customer_by_number(look.session, look.creditor.id, customer)
        told = explained(look.session, creditor=look.creditor, customer=found, today=look.today)
        shown = explanation_json(look.session, told, look.today)
    lines = [f"{found.number} {found.name}, {look.today}"]
    for item in shown["items"]:
        lines.append(f"  {item['invoice']:<14} {item['open']:>14} due {item['due']}: {item['decision']}")
        lines += [f"    {reason['text']}" for reason in item["because"]]
    lines += [f"  {reason['text']}" for reason in shown["relationship"].get("reasons", [])]
    lines.append(f"  Ladder {shown['ladder']['name'] or '-'}: {shown['ladder']['because']}")
    if shown["previous"]:
        lines.append(f"  Changed since the run of {shown['previous']['date']}:" if shown["changed"] else
                     f"  Nothing has changed since the run of {shown['previous']['date']}.")  # fmt: skip
    lines += [f"    {one['what']}: {one['before']} -> {one['now']}" for one in shown["changed"]]
    answer(shown, json, *lines)
