"""Changing plans from the shell: moves and skips, agreeing anew, giving up, customers' own proposals, the limits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from kulant.cli.console import ACTOR, answer, looking, parse_amount, parse_date, working
from kulant.cli.files import read_yaml
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.core.errors import Refusal
from kulant.delivery.plan_proposals import decide_proposal, propose_own
from kulant.ledger.models import Customer
from kulant.ledger.queries import currency_owed_in, customer_by_number
from kulant.people.service import check_currency
from kulant.plans import queries
from kulant.plans.changes import Wanted
from kulant.plans.changing import change_plan, preview_change
from kulant.plans.choices import Wish
from kulant.plans.limits import keep_plan_rules, plan_rules, read_plan_rules
from kulant.plans.links import make_link, portal_url
from kulant.plans.own_offers import decide_offer, offer_own
from kulant.plans.service import break_plan, offer_anew
from kulant.plans.views import change_view, limits_view, offer_json, plan_json, proposal_view

app = typer.Typer(rich_markup_mode=None)

PlanId = Annotated[str, typer.Argument(metavar="ID", help="The plan's number.")]
By = Annotated[str, typer.Option("--by", metavar="USER", help="Who decides.")]


@app.command()
def change(
    id: PlanId,
    move: Annotated[str | None, typer.Option(metavar="DATE", help="Moves a payment to that day.")] = None,
    number: Annotated[int | None, typer.Option(help="Which payment; the next one when left out.")] = None,
    skip: Annotated[bool, typer.Option("--skip", help="Skips a month.")] = False,
    day: Annotated[int | None, typer.Option(help="Another day of the month for all that is left.")] = None,
    parts: Annotated[int | None, typer.Option(help="Divides what is left into so many payments.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only shows what it would do and cost.")] = False,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Changes a plan that runs, with its price: one of --move, --skip, --day and --parts."""
    chosen = [
        Wanted("move", number, parse_date(move, "--move")) if move else None,
        Wanted("skip", number) if skip else None,
        Wanted("day", day=day) if day is not None else None,
        Wanted("reshape", count=parts) if parts is not None else None,
    ]
    wanted = [one for one in chosen if one is not None]
    if len(wanted) != 1:
        raise Refusal("one_change", "say one of --move, --skip, --day and --parts")
    with working(creditor) as desk:
        found = queries.plan_by_id(desk.act.session, desk.creditor.id, id)
        worked_out = preview_change(desk.act.session, plan=found, wanted=wanted[0], today=desk.act.today, by_clerk=True)
        if not dry_run:
            change_plan(desk.act, plan=found, wanted=wanted[0], shown=worked_out, by_clerk=True)
        shown = change_view(found, worked_out)
        currency = found.currency
    lines = [f"  {one['due']}: {one['amount']} {currency}" for one in shown["after"]]
    answer(shown, json, f"It costs {shown['cost']} {currency} more.", *lines)


@app.command("give-up")
def give_up(
    id: PlanId,
    reason: Annotated[str, typer.Option(help="What was tried.")],
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Gives up a plan that is late; what is left is asked for as before it."""
    with working(creditor) as desk:
        found = queries.plan_by_id(desk.act.session, desk.creditor.id, id)
        break_plan(desk.act, plan=found, reason=reason)
        shown = plan_json(desk.act.session, found)
    answer(shown, json, f"Plan {shown['id']} is {shown['status']}.")


@app.command()
def anew(id: PlanId, creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """Offers a plan in the place of a running one: for what is left of it and what fell due since."""
    with working(creditor) as desk:
        session = desk.act.session
        offered = offer_anew(desk.act, plan=queries.plan_by_id(session, desk.creditor.id, id))
        customer = session.get_one(Customer, offered.customer_id)
        _, token = make_link(desk.act, secret=desk.settings.secret_key(), customer=customer, plan=offered)
        shown = offer_json(session, offered, portal_url(desk.settings.base_url, token))
    answer(shown, json, f"Plan {shown['id']}: {shown['link']}")


@app.command()
def propose(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER")],
    monthly: Annotated[str | None, typer.Option(help="So much a month.")] = None,
    parts: Annotated[int | None, typer.Option(help="Or in so many payments.")] = None,
    first: Annotated[str | None, typer.Option(metavar="DATE", help="The first payment's day.")] = None,
    day: Annotated[int | None, typer.Option(help="The day of the month.")] = None,
    words: Annotated[str, typer.Option(help="What the customer says.")] = "",
    name: Annotated[str | None, typer.Option(help="Who proposes; the customer's name when left out.")] = None,
    currency: Annotated[str | None, typer.Option(help="By default the one they owe in longest.")] = None,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """The customer proposes a plan: agreed at once inside the limits, else it waits for an answer."""
    with working(creditor) as desk:
        session = desk.act.session
        found = customer_by_number(session, desk.creditor.id, customer)
        owed_in = currency_owed_in(session, found, desk.act.today, desk.creditor.currency)
        chosen = check_currency(currency) if currency else owed_in
        wish = Wish(
            count=parts,
            monthly_minor=parse_amount(monthly, chosen, "--monthly") if monthly else None,
            first_due=parse_date(first, "--first") if first else None,
            day_of_month=day,
        )
        kept = propose_own(
            desk.act, creditor=desk.creditor, customer=found, currency=chosen, wish=wish, words=words,
            name=name or found.name, evidence={"channel": ACTOR},
        )  # fmt: skip
        shown = proposal_view(kept)
    answer(shown, json, *_proposal_lines(shown))


@app.command()
def own(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER")],
    parts: Annotated[int | None, typer.Option(help="In so many payments.")] = None,
    monthly: Annotated[str | None, typer.Option(help="Or so much a month.")] = None,
    first: Annotated[str | None, typer.Option(metavar="DATE", help="The first payment's day.")] = None,
    day: Annotated[int | None, typer.Option(help="The day of the month.")] = None,
    shape: Annotated[str, typer.Option(help="equal, graded or seasonal.")] = "equal",
    quiet: Annotated[str, typer.Option(metavar="MONTHS", help="Of a seasonal plan, e.g. 1,2,7.")] = "",
    why: Annotated[str, typer.Option(help="Needed beyond the limits: a second person reads it.")] = "",
    by: By = ACTOR,
    currency: Annotated[str | None, typer.Option(help="By default the one they owe in longest.")] = None,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Puts another way of paying on offer; beyond the limits it waits for a second person."""
    with working(creditor, actor=by) as desk:
        session = desk.act.session
        found = customer_by_number(session, desk.creditor.id, customer)
        owed_in = currency_owed_in(session, found, desk.act.today, desk.creditor.currency)
        chosen = check_currency(currency) if currency else owed_in
        wish = Wish(
            count=parts,
            monthly_minor=parse_amount(monthly, chosen, "--monthly") if monthly else None,
            first_due=parse_date(first, "--first") if first else None,
            day_of_month=day,
            shape=shape,
            quiet_months=_months(quiet),
        )
        plan, considered = offer_own(
            desk.act, creditor=desk.creditor, customer=found, currency=chosen, wish=wish, why=why
        )
        shown = plan_json(session, plan)
    lines = [f"  beyond the limits: {one}" for one in considered.beyond]
    answer(shown, json, f"Plan {shown['id']} holds it" + (", for a second person." if lines else "."), *lines)


def _months(text: str) -> tuple[int, ...]:
    parts = [one.strip() for one in text.split(",") if one.strip()]
    if not all(one.isascii() and one.isdigit() and 1 <= int(one) <= 12 for one in parts):
        raise Refusal("bad_months", f"--quiet is {text[:40]!r}; write months as numbers, e.g. 1,2,7")
    return tuple(int(one) for one in parts)


@app.command()
def proposals(creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """What customers have proposed and nobody has answered yet."""
    with looking(creditor) as look:
        shown = [proposal_view(kept) for kept in queries.waiting_proposals(look.session, look.creditor.id)]
    answer(shown, json, *(line for one in shown for line in _proposal_lines(one)))


@app.command("answer")
def answer_proposal(
    id: Annotated[str, typer.Argument(metavar="PROPOSAL")],
    accept: Annotated[bool, typer.Option("--accept/--decline")],
    words: Annotated[str, typer.Option(help="What the customer is told.")] = "",
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Accepts or declines what a customer proposed."""
    with working(creditor, actor=by) as desk:
        kept = queries.proposal_by_id(desk.act.session, desk.creditor.id, id)
        decide_proposal(desk.act, kept=kept, accept=accept, answer=words, manager=True)
        shown = proposal_view(kept)
    answer(shown, json, *_proposal_lines(shown))


@app.command()
def approve(
    id: PlanId,
    refuse: Annotated[str | None, typer.Option(metavar="WHY", help="Refuses it instead.")] = None,
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """A second person approves an offer beyond the limits, or refuses it."""
    with working(creditor, actor=by) as desk:
        found = queries.plan_by_id(desk.act.session, desk.creditor.id, id)
        decide_offer(desk.act, plan=found, approve=refuse is None, manager=True, why=refuse or "")
        shown = plan_json(desk.act.session, found)
    answer(shown, json, f"Plan {shown['id']} is {shown['status']}, approval {shown['approval']}.")


@app.command()
def limits(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="YAML: limits to put in force.")] = None,
    why: Annotated[str, typer.Option(help="Why they change; kept with the version.")] = "set from a file",
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """The limits of plans in force; with a file, puts its limits in force as a new version."""
    if file is not None:
        given = read_yaml(file, "a file of limits")
        with working(creditor, actor=by) as desk:
            now = plan_rules(desk.act.session, desk.creditor.id)
            keep_plan_rules(desk.act, creditor=desk.creditor, rules=read_plan_rules(given, now), why=why)
    with looking(creditor) as look:
        shown = limits_view(look.session, look.creditor.id)
    answer(shown, json, *(f"{name}: {value}" for name, value in shown["limits"].items()))


def _proposal_lines(shown: dict[str, Any]) -> list[str]:
    lines = [f"Proposal {shown['id']} is {shown['status']}" + (f" as plan {shown['plan']}" if shown["plan"] else "")]
    lines += [f"  {one['due']}: {one['amount']} {shown['currency']}" for one in shown["payments"]]
    return lines + [f"  beyond the limits: {one}" for one in shown["beyond"]]
