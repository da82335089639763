"""The relationship from the shell: the timeline, what we promised, the strikes against us."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from kulant.cli.console import ACTOR, answer, looking, parse_date, working
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.core.errors import Refusal
from kulant.ledger.queries import customer_by_number
from kulant.relationship import queries
from kulant.relationship.commitments import break_commitment, keep_commitment, make_commitment
from kulant.relationship.moments import GROUPS, read_place
from kulant.relationship.rulebook import rules_of
from kulant.relationship.stream import PER_PAGE, Moment, moment_json, stream
from kulant.relationship.strikes import CODES, add_strike, counting_since, withdraw_strike
from kulant.relationship.views import commitment_json, strike_json

app = typer.Typer(rich_markup_mode=None)
commitment = typer.Typer(help="What we promised customers.", no_args_is_help=True, rich_markup_mode=None)
strike = typer.Typer(help="Our own mistakes, by customer.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(commitment, name="commitment")
app.add_typer(strike, name="strike")

Number = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's number.")]
RowId = Annotated[int, typer.Argument(metavar="ID", min=1, max=2**62)]
By = Annotated[str, typer.Option("--by", metavar="USER", help="Who does it.")]


@app.command("timeline")
def timeline(
    customer: Number,
    kind: Annotated[list[str] | None, typer.Option(help=f"Only these: {', '.join(GROUPS)}.")] = None,
    text: Annotated[str, typer.Option(help="Only what has these words.")] = "",
    before: Annotated[str, typer.Option(metavar="PLACE", help="Go on where a page ended ('older').")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = PER_PAGE,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """All that happened with a customer, the newest first."""
    if strange := [one for one in kind or () if one not in GROUPS]:
        raise Refusal("bad_kind", f"--kind is one of {', '.join(GROUPS)}, not {strange[0]!r}")
    with looking(creditor) as look:
        found = customer_by_number(look.session, look.creditor.id, customer)
        page = stream(
            look.session, found, today=look.today, groups=kind or (), text=text, before=read_place(before), limit=limit
        )
    older = str(page.older) if page.older else None
    shown = {"customer": customer, "moments": [moment_json(one) for one in page.moments], "older": older}
    lines = [_line(moment) for moment in page.moments] or ["Nothing to show."]
    answer(shown, json, *lines, *([f"Older: --before {older}"] if older else []))


def _line(moment: Moment) -> str:
    way = {"in": "<", "out": ">"}.get(moment.direction or "", " ")
    who = f" ({moment.actor})" if moment.actor else ""
    return f"{moment.on} {way} {moment.kind.replace('_', ' '):<18} {moment.text}{who}"


@commitment.command("add")
def commitment_add(
    customer: Number,
    text: Annotated[str, typer.Option(help="What we promised.")],
    date: Annotated[str, typer.Option(metavar="DATE", help="The day by which it is done.")],
    owner: Annotated[str, typer.Option(metavar="USER", help="Who keeps it; else whoever records it.")] = "",
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Records what we promised a customer. Not done by its day, it is broken and counts as a strike."""
    with working(creditor, actor=by) as desk:
        found = customer_by_number(desk.act.session, desk.creditor.id, customer)
        made = make_commitment(desk.act, customer=found, text=text, due=parse_date(date, "--date"), owner=owner)
        shown = commitment_json(made)
    answer(shown | {"customer": customer}, json, f"Promise {made.id} to {customer}: {made.text} by {made.due}.")


@commitment.command("keep")
def commitment_keep(number: RowId, by: By = ACTOR, creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """We have done what we promised."""
    with working(creditor, actor=by) as desk:
        found = queries.commitment_by_id(desk.act.session, desk.creditor.id, number)
        keep_commitment(desk.act, commitment=found)
        shown = commitment_json(found)
    answer(shown, json, f"Promise {number} is kept.")


@commitment.command("break")
def commitment_break(
    number: RowId,
    reason: Annotated[str, typer.Option()] = "",
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """We have not done what we promised, or will not; the next daily run counts it as a strike."""
    with working(creditor, actor=by) as desk:
        found = queries.commitment_by_id(desk.act.session, desk.creditor.id, number)
        break_commitment(desk.act, commitment=found, why=reason)
        shown = commitment_json(found)
    answer(shown, json, f"Promise {number} is broken.")


@commitment.command("list")
def commitment_list(customer: Number, creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """What we promised a customer and have still to do, soonest first."""
    with looking(creditor) as look:
        found = customer_by_number(look.session, look.creditor.id, customer)
        shown = [commitment_json(one) for one in queries.open_commitments(look.session, [found.id])]
    lines = [f"{one['id']:>6}  by {one['due']}  {one['owner']}: {one['text']}" for one in shown]
    answer(shown, json, *(lines or ["No promise of ours is open."]))


@strike.command("add")
def strike_add(
    customer: Number,
    text: Annotated[str, typer.Option(help="What went wrong.")],
    code: Annotated[str, typer.Option(help=f"{', '.join(CODES)}.")] = "invoice_error",
    date: Annotated[str | None, typer.Option(metavar="DATE", help="When; today unless said otherwise.")] = None,
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Counts a mistake of ours."""
    with working(creditor, actor=by) as desk:
        found = customer_by_number(desk.act.session, desk.creditor.id, customer)
        on = parse_date(date, "--date") if date else None
        added = add_strike(desk.act, customer=found, code=code, text=text, on=on)
        shown = strike_json(added) if added else {}
    answer(shown | {"customer": customer}, json, f"Strike {shown.get('id')} counted for {customer}.")


@strike.command("withdraw")
def strike_withdraw(
    number: RowId,
    reason: Annotated[str, typer.Option()],
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Strikes one out that was counted wrongly."""
    with working(creditor, actor=by) as desk:
        found = queries.strike_by_id(desk.act.session, desk.creditor.id, number)
        withdraw_strike(desk.act, strike=found, reason=reason)
        shown = strike_json(found)
    answer(shown, json, f"Strike {number} is withdrawn.")


@strike.command("list")
def strike_list(customer: Number, creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """The strikes of a customer that count today, and those that were withdrawn."""
    with looking(creditor) as look:
        found = customer_by_number(look.session, look.creditor.id, customer)
        since = counting_since(look.today, rules_of(look.session, look.creditor.id))
        shown = [strike_json(one) for one in queries.strikes(look.session, [found.id], since, look.today)]
    lines = [f"{one['id']:>6}  {one['date']}  {one['code']}: {one['text']}{_withdrawn(one)}" for one in shown]
    answer(shown, json, *(lines or ["No strike counts today."]))


def _withdrawn(one: dict[str, Any]) -> str:
    return f" (withdrawn: {one['withdrawn_reason']})" if one["withdrawn"] else ""
