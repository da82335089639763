"""Why a customer pays late, from the shell: said by a clerk, ended, or what speaks for which reason."""

from __future__ import annotations

from typing import Annotated

import typer

from kulant.cli.console import ACTOR, answer, looking, working
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.ledger.queries import customer_by_number
from kulant.relationship.late_reasons import end_reason, set_reason
from kulant.relationship.why_late import CODES, UNKNOWN, WORDS
from kulant.treatment.act_views import late_json

app = typer.Typer(rich_markup_mode=None)


@app.command()
def late(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's number.")],
    reason: Annotated[
        str | None, typer.Option("--reason", help=f"One of {', '.join(code for code in CODES if code != UNKNOWN)}.")
    ] = None,
    text: Annotated[str, typer.Option(help="What they said.")] = "",
    end: Annotated[bool, typer.Option("--end", help="The reason does not hold any more.")] = False,
    by: Annotated[str, typer.Option("--by", metavar="USER", help="Who says so.")] = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Why a customer pays late. Without --reason or --end it shows what was said and what speaks for which reason."""
    if reason is not None and end:
        raise typer.BadParameter("give --reason or --end, not both")
    if reason is not None or end:
        with working(creditor, actor=by) as desk:
            found = customer_by_number(desk.act.session, desk.creditor.id, customer)
            if end:
                end_reason(desk.act, customer=found)
            else:
                set_reason(desk.act, customer=found, code=reason or "", text=text)
    with looking(creditor) as look:
        found = customer_by_number(look.session, look.creditor.id, customer)
        shown = late_json(look.session, found, look.today)
    said = shown["late_reason"]
    lines = [f"{customer}: {WORDS[said].lower() if said != UNKNOWN else 'nobody has said why they are late'}."]
    lines += [
        f"  {one['confidence']:>4.0%} {WORDS[one['code']]}: {' '.join(one['evidence'])}" for one in shown["suggested"]
    ]
    answer(shown, json, *lines)
