"""Deciding otherwise than was proposed, and looking at a decision again: choose, decision show."""

from __future__ import annotations

from typing import Annotated

import typer

from kulant.cli.console import ACTOR, answer, looking, working
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.treatment import queries
from kulant.treatment.act_views import chosen_json
from kulant.treatment.clerk import edit
from kulant.treatment.records import OVERRIDES
from kulant.treatment.replay import decision_json
from kulant.treatment.words import treatment_words

app = typer.Typer(rich_markup_mode=None)
decision = typer.Typer(rich_markup_mode=None, help="A stored decision: its inputs, ranking, and who decided.")
app.add_typer(decision, name="decision")

Code = Annotated[str | None, typer.Option("--code", help=f"One of {', '.join(OVERRIDES)}.")]


@app.command()
def choose(
    id: Annotated[str, typer.Argument(metavar="ID")],
    treatment: Annotated[str, typer.Argument(metavar="TREATMENT", help="One of the proposal's options.")],
    reason: Annotated[str, typer.Option(help="Why not what was proposed.")] = "",
    code: Code = None,
    by: Annotated[str, typer.Option("--by", metavar="USER", help="Who chooses.")] = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Chooses another option of a proposal than the one put first; it still waits for approval."""
    with working(creditor, actor=by) as desk:
        proposal = queries.proposal_by_id(desk.act.session, desk.creditor.id, id)
        edit(desk.act, proposal=proposal, treatment=treatment, override=code, reason=reason or None)
        shown = chosen_json(proposal, code, reason)
    answer(shown, json, f"Proposal {proposal.id}: {treatment_words(proposal.treatment)}.")


@decision.command()
def show(
    id: Annotated[str, typer.Argument(metavar="ID")],
    replay: Annotated[bool, typer.Option("--replay", help="Reckon it again from its own inputs.")] = False,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """What a proposal rests on: inputs, versions, ranking, reasons, and who decided what."""
    with looking(creditor) as look:
        proposal = queries.proposal_by_id(look.session, look.creditor.id, id)
        shown = decision_json(look.session, proposal, again=replay)
    lines = [f"Proposal {shown['id']} of {shown['date']}, {shown['customer']}: {treatment_words(shown['proposed'])}."]
    lines += [f"  {reason['text']}" for reason in shown["reasons"]]
    lines += [
        f"  {one['expected_value']:>14} {one['treatment']}{'' if one['allowed'] else ': ' + one['because']}"
        for one in shown["options"]
    ]
    lines += [f"  {one['date']} {one['by']}: {one['act']} {one['treatment']}" for one in shown["decisions"]]
    lines += [shown["replay"]["why"]] if replay else []
    answer(shown, json, *lines)
