"""The manager's reports in the shell: churn, what dunning did to relationships, plans, promises, DSO, CEI."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from kulant.cli.console import Look, answer, looking
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.core.words import figures
from kulant.insight.adherence import plans, plans_json, promises, promises_json
from kulant.insight.ageing import owed_json
from kulant.insight.churn import churn
from kulant.insight.churn_json import churn_json, reason_words
from kulant.insight.churn_queries import names
from kulant.insight.effect import CAUSE, STAGES, effect, effect_json
from kulant.insight.matched import Comparison
from kulant.insight.receivables import cei_json, dso_json, month_ends
from kulant.insight.wrongful import CAUSES, wrongful, wrongful_json
from kulant.ledger.rules import BUCKETS

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


def show_relationships(creditor: CreditorCode = None, trace: Trace = False, json: JsonFlag = False) -> None:
    """What dunning did to relationships: customers dunned against others as late who were not dunned yet."""
    with looking(creditor) as look:
        found = effect(look.session, look.creditor, look.today)
        ids = {one.customer_id for stage in found.stages for one in stage.dunned} if trace else set()
        shown = effect_json(found, names(look.session, look.creditor.id, ids) if trace else None)
    lines = [f"What dunning did to relationships, {found.creditor} on {found.day}"]
    for stage in found.stages:
        lines += [f"{STAGES[stage.code]}: {stage.words}", *_comparison_lines(stage.found, stage.placebo)]
    answer(shown, json, *lines, CAUSE)


def _comparison_lines(found: Comparison, placebo: Comparison) -> list[str]:
    def ratio(one: Comparison) -> str:
        return "-" if one.ratio is None else f"{one.ratio:.2f}"

    share = "-" if found.matched_share is None else f"{found.matched_share:.0%}"
    return [
        f"    ratio {ratio(found)}, a year before {ratio(placebo)}; {found.treated} dunned, "
        f"{found.untreated} not yet, {share} of the dunned matched"
    ]


def show_plans(creditor: CreditorCode = None, trace: Trace = False, json: JsonFlag = False) -> None:
    """How payment plans are kept, by why the customer was late and by grade."""
    with looking(creditor) as look:
        found = plans(look.session, look.creditor, look.today)
        shown = plans_json(found, trace=trace)
    head = f"{'':<32}{'offered':>9}{'accepted':>10}{'1st paid':>10}{'on time':>9}{'completed':>11}"
    lines = [f"Payment plans of {found.creditor} on {found.day}", head]
    for one in (found.everything, *found.by_reason, *found.by_grade):
        shares = f"{one.accepted.words:>10}{one.first_paid.words:>10}{one.on_time.words:>9}{one.completed.words:>11}"
        lines.append(f"{one.name:<32}{one.offered:>9}{shares}")
    answer(shown, json, *lines)


def show_promises(creditor: CreditorCode = None, trace: Trace = False, json: JsonFlag = False) -> None:
    """How promises to pay are kept, by why the customer was late and by grade."""
    with looking(creditor) as look:
        found = promises(look.session, look.creditor, look.today)
        shown = promises_json(found, trace=trace)
    everything = found.everything
    lines = [f"Promises of {found.creditor} on {found.day}: {everything.part} of {everything.whole} kept"]
    lines += [f"{name:<24}{share.part:>6} of {share.whole:<6}{share.words:>6}" for name, share in found.by_reason]
    lines += [
        f"{'grade ' + name:<24}{share.part:>6} of {share.whole:<6}{share.words:>6}" for name, share in found.by_grade
    ]
    answer(shown, json, *lines)


def show_wrongful(creditor: CreditorCode = None, trace: Trace = False, json: JsonFlag = False) -> None:
    """Letters that should not have been sent, as the books know it now."""
    with looking(creditor) as look:
        found = wrongful(look.session, look.creditor, look.today)
        shown = wrongful_json(found, trace=trace)
    lines = [f"{found.wrongful} of {found.letters} letters of the last two years should not have been sent."]
    lines += [f"{CAUSES[code]}: {count} invoices" for code, count in found.causes]
    if trace:
        lines += [
            f"    {one.sent_on} {one.customer:<16} {one.invoice:<16} {one.document}: {', '.join(one.causes)}"
            for one in found.wrong
        ]
    answer(shown, json, *lines)


def show_dso(creditor: CreditorCode = None, trace: Trace = False, json: JsonFlag = False) -> None:
    """Days of sales outstanding and the best possible, month by month; the trace is that of the business date."""
    with looking(creditor) as look:
        found = month_ends(look.session, look.creditor, look.today)
        shown = dso_json(found, look.creditor, look.today) | _open_items(look, trace)
    lines = []
    for currency, some in found.items():
        lines.append(f"{currency:<10}{'receivables':>16}{'DSO':>8}{'best':>8}")
        for one in some:
            days = "".join(f"{'-' if value is None else f'{value:.1f}':>8}" for value in (one.dso, one.best_dso))
            lines.append(f"{one.day:%Y-%m}   {figures(one.receivables, currency):>16}{days}")
    answer(shown, json, *(lines or ["Nothing was ever owed."]))


def show_cei(creditor: CreditorCode = None, trace: Trace = False, json: JsonFlag = False) -> None:
    """How much of what could be collected was, and what stays open month by month."""
    with looking(creditor) as look:
        found = month_ends(look.session, look.creditor, look.today)
        shown = cei_json(found, look.creditor, look.today) | _open_items(look, trace)
    lines = []
    for currency, some in found.items():
        lines.append(f"{currency:<10}{'CEI':>8}  rolled on: " + " ".join(f"{name:>8}" for name in BUCKETS))
        for one in some:
            rolled = " ".join(f"{'-' if share is None else f'{share:.0%}':>8}" for share in one.rolled)
            cei = "-" if one.cei is None else f"{one.cei:.1%}"
            lines.append(f"{one.day:%Y-%m}   {cei:>8}             {rolled}")
    answer(shown, json, *(lines or ["Nothing was ever owed."]))


def _open_items(look: Look, trace: bool) -> dict[str, Any]:
    """The items behind the newest receivables."""
    return {"trace": owed_json(look.session, look.creditor, look.today)} if trace else {}


COMMANDS = {
    "churn": show_churn,
    "relationships": show_relationships,
    "plans": show_plans,
    "promises": show_promises,
    "wrongful": show_wrongful,
    "dso": show_dso,
    "cei": show_cei,
}
