"""Why a customer pays late, from the shell: said by a clerk, ended, or what speaks for which reason."""

from __future__ import annotations

from typing import Annotated

import typer

from kulant.cli.console import ACTOR, answer, looking, working
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.core.errors import Refusal
from kulant.ledger.queries import customer_by_number
from kulant.relationship.late_reasons import current, end_reason, set_reason
from kulant.relationship.why_late import CODES, UNKNOWN, WORDS
from kulant.treatment.why_late import suggestions_for

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
        said = current(look.session, found.id)
        suggested = suggestions_for(look.session, found, look.today)
        if said is not None and said.code not in CODES:
            raise Refusal("bad_reason", f"{customer} has a reason this program does not know: {said.code}")
        shown = {
            "customer": customer,
            "late_reason": said.code if said else UNKNOWN,
            "text": said.text if said else "",
            "said_by": said.said_by if said else None,
            "since": said.set_on.isoformat() if said else None,
            "suggested": [
                {"code": one.code, "confidence": one.confidence, "evidence": list(one.evidence)} for one in suggested
            ],
        }
    lines = [f"{customer}: {WORDS[said.code].lower() if said else 'nobody has said why they are late'}."]
    lines += [f"  {one.confidence:>4.0%} {one.words}: {' '.join(one.evidence)}" for one in suggested]
    answer(shown, json, *lines)
