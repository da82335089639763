"""The cash forecast in the shell: one JSON document however long, or the weeks as a table."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from kulant.cli.console import Look, looking
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.core.words import figures
from kulant.insight.forecast import Forecast, InCurrency, behind_week, cash_forecast, forecast_pieces

_SHOWN_BEHIND = 10


def show_forecast(
    creditor: CreditorCode = None,
    trace: Annotated[bool, typer.Option("--trace", help="List what stands behind each week.")] = False,
    json: JsonFlag = False,
) -> None:
    """What of the open invoices is expected to come in, by week, with a band that four of five weeks fall in."""
    with looking(creditor) as look:
        if json:
            for piece in forecast_pieces(look.session, look.creditor, look.today, trace=trace):
                sys.stdout.write(piece)
            return
        found = cash_forecast(look.session, look.creditor, look.today)
        typer.echo(f"Cash forecast of {look.creditor.name} on {found.day}, by {found.why}")
        for one in found.currencies:
            _show(look, found, one, trace)
        if not found.currencies:
            typer.echo("No invoice is open.")


def _show(look: Look, found: Forecast, one: InCurrency, trace: bool) -> None:
    def amount(minor: int) -> str:
        return f"{figures(minor, one.currency):>16}"

    typer.echo(f"{one.currency}: {one.invoices:,} open invoices, {figures(one.open_minor, one.currency)}")
    typer.echo(f"{'  week from':<16}{'expected':>16}{'low':>16}{'high':>16}")
    for place, (begins, week) in enumerate(zip(found.begins, one.weeks, strict=True)):
        typer.echo(f"  {begins.isoformat():<14}{amount(week.expected)}{amount(week.low)}{amount(week.high)}")
        if trace:
            _show_behind(look, one, place)
    if one.hits is not None and one.hits.weeks:
        typer.echo(f"  {one.hits.inside} of {one.hits.weeks} past weeks fell within the band")


def _show_behind(look: Look, one: InCurrency, week: int) -> None:
    behind, count = behind_week(
        look.session, look.creditor, look.today, currency=one.currency, week=week, most=_SHOWN_BEHIND
    )
    for row in behind:
        words = f"{row.kind} {row.number}".strip()
        typer.echo(
            f"      {words[:28]:<28} {row.customer[:16]:<16} due {row.due.isoformat()} "
            f"{row.chance:>5.0%} of {figures(row.open_minor, one.currency):>14}"
        )
    if count > len(behind):
        typer.echo(f"      and {count - len(behind):,} more: kulant report forecast --json --trace")
