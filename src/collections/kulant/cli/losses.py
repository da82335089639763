"""Customers who left, from the shell: said so, explained, or taken back."""

from __future__ import annotations

from typing import Annotated

import typer

from kulant.cli.console import ACTOR, answer, working
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.core.errors import Refusal
from kulant.ledger.queries import customer_by_number
from kulant.relationship.leaving import REASONS
from kulant.relationship.losses import say_lost, say_not_lost
from kulant.relationship.views import loss_json

app = typer.Typer(rich_markup_mode=None)


@app.command()
def lost(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's number.")],
    reason: Annotated[str | None, typer.Option(help=f"One of {', '.join(REASONS)}.")] = None,
    text: Annotated[str, typer.Option(help="What they said, in their words.")] = "",
    back: Annotated[bool, typer.Option("--back", help="Still a customer: takes the loss back.")] = False,
    by: Annotated[str, typer.Option("--by", metavar="USER", help="Who does it.")] = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Writes down that a customer left and why, or that they are still one."""
    if (reason is None) is not back:
        raise Refusal(
            "what_now", "give either --reason, for a customer who left, or --back, for one who is still there"
        )
    with working(creditor, actor=by) as desk:
        found = customer_by_number(desk.act.session, desk.creditor.id, customer)
        if reason is None:
            loss = say_not_lost(desk.act, creditor=desk.creditor, customer=found)
        else:
            loss = say_lost(desk.act, creditor=desk.creditor, customer=found, reason=reason, words=text)
        shown = loss_json(loss, found)
    said = "is still a customer" if reason is None else f"is counted as lost since {shown['lost_on']}"
    answer(shown, json, f"{customer} {said}.")
