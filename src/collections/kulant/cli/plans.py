"""Payment plans from the shell: offer, show, accept, cancel."""

from __future__ import annotations

from typing import Annotated

import typer

from kulant.cli import plan_changes
from kulant.cli.console import ACTOR, answer, looking, working
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.core.errors import Refusal
from kulant.delivery.acceptance import accept_plan
from kulant.ledger.models import Customer
from kulant.ledger.queries import currency_owed_in, customer_by_number
from kulant.plans import queries
from kulant.plans.links import make_link, portal_url
from kulant.plans.service import cancel_plan, make_offers
from kulant.plans.views import offer_json, plan_json

app = typer.Typer(rich_markup_mode=None)
plan = typer.Typer(help="Payment plans.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(plan, name="plan")
plan.add_typer(plan_changes.app)

PlanId = Annotated[str, typer.Argument(metavar="ID", help="The plan's number.")]


@plan.command()
def offer(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER")],
    currency: Annotated[str | None, typer.Option(help="By default the one they owe in longest.")] = None,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Makes the offers for what a customer owes, and the link that shows them."""
    with working(creditor) as desk:
        session = desk.act.session
        found = customer_by_number(session, desk.creditor.id, customer)
        owed_in = currency_owed_in(session, found, desk.act.today, desk.creditor.currency)
        offered = make_offers(desk.act, creditor=desk.creditor, customer=found, currency=currency or owed_in)
        _, token = make_link(desk.act, secret=desk.settings.secret_key(), customer=found, plan=offered)
        shown = offer_json(session, offered, portal_url(desk.settings.base_url, token))
    lines = [f"Plan {shown['id']}: {shown['link']}"]
    lines += [
        f"  offer {one['id']}: {one['instalments']} × from {one['first_due']}: {', '.join(one['amounts'])}"
        for one in shown["offers"]
    ]
    answer(shown, json, *lines)


@plan.command()
def show(id: PlanId, creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """A plan and what has been paid of it."""
    with looking(creditor) as look:
        shown = plan_json(look.session, queries.plan_by_id(look.session, look.creditor.id, id))
    answer(shown, json, *_lines(shown))


@plan.command()
def accept(
    id: PlanId,
    offer: Annotated[str, typer.Option(metavar="N", help="Which of the offers.")],
    name: Annotated[str | None, typer.Option(help="Who agreed; the customer's name when left out.")] = None,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Accepts an offer on the customer's word: reminders stop, the instalments are made, the customer is told."""
    if not offer.isdecimal() or len(offer) > 9:
        raise Refusal("no_offer", f"--offer is {offer!r}; give the number of an offer, e.g. 2")
    with working(creditor) as desk:
        session = desk.act.session
        found = queries.plan_by_id(session, desk.creditor.id, id)
        agreed = name or session.get_one(Customer, found.customer_id).name
        accept_plan(desk.act, plan=found, offer=int(offer), name=agreed, evidence={"channel": ACTOR})
        session.flush()
        shown = plan_json(session, found)
    answer(shown, json, *_lines(shown))


@plan.command()
def cancel(
    id: PlanId,
    reason: Annotated[str, typer.Option()] = "cancelled by the creditor",
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Cancels a plan; what is still owed is asked for as before."""
    with working(creditor) as desk:
        found = queries.plan_by_id(desk.act.session, desk.creditor.id, id)
        cancel_plan(desk.act, plan=found, reason=reason)
        shown = plan_json(desk.act.session, found)
    answer(shown, json, *_lines(shown))


def _lines(shown: dict[str, object]) -> list[str]:
    instalments = shown["instalments"]
    assert isinstance(instalments, list)
    lines = [f"Plan {shown['id']} is {shown['status']}; payments name {shown['reference']}."]
    return lines + [f"  {one['due']}: {one['amount']} {shown['currency']}, paid {one['paid']}" for one in instalments]
