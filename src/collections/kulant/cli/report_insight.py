"""The manager's reports in the shell: churn, what dunning did to relationships, plans, promises, DSO, CEI."""

from __future__ import annotations

from typing import Annotated

import typer

from kulant.cli.console import answer, looking
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.insight.churn import churn
from kulant.insight.churn_json import churn_json, reason_words

Trace = Annotated[bool, typer.Option("--trace", help="List what stands behind each figure.")]


def show_churn(creditor: CreditorCode = None, trace: Trace = False, json: JsonFlag = False) -> None:
    """Who left against who came, when that is more than chance, and why."""
    with looking(creditor) as look:
        found = churn(look.session, look.creditor, look.today)
        shown = churn_json(found, look.session if trace else None, look.creditor.id)
    lines = [f"Churn of {found.creditor} on {found.day}"]
    lines += [f"ALARM  {one.text}" for one in found.alarms]
    lines.append(f"{'month':<10}{'active':>9}{'new':>7}{'lost':>7}{'share':>9}{'rings at':>10}")
    for one in found.months:
        share = f"{one.of_active:.2%}" if one.of_active is not None else "-"
        marks = "" if one.complete else "  not complete"
        lines.append(
            f"{one.first:%Y-%m}   {one.active:>9}{one.new:>7}{one.lost:>7}{share:>9}{one.rings_at or '-':>10}{marks}"
        )
    lines += [f"{reason_words(one.reason)}: {one.customers} customers in twelve months" for one in found.causes]
    answer(shown, json, *lines)


COMMANDS = {"churn": show_churn}
