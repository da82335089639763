"""The clerk's acts from the shell, each on the timeline: hold, release, dispute, resolve, promise, note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from kulant.cli.console import ACTOR, Desk, answer, parse_amount, parse_currency, parse_date, working
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.core.errors import NotFound
from kulant.ledger import queries as ledger
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.service import open_dispute
from kulant.ledger.views import dispute_json
from kulant.relationship import queries as relationship
from kulant.relationship import views
from kulant.relationship.concerns import OUTCOMES, answer_concern, settle_dispute
from kulant.relationship.service import NOTE_KINDS, add_note, make_promise, place_hold, release_holds

Target = Annotated[str, typer.Argument(metavar="CUSTOMER|INVOICE", help="A customer's number, else an invoice's.")]
Number = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's number.")]
By = Annotated[str, typer.Option("--by", metavar="USER", help="Who does it.")]


app = typer.Typer(rich_markup_mode=None)


@app.command()
def hold(
    target: Target,
    until: Annotated[str, typer.Option(metavar="DATE", help="The last day it holds.")],
    reason: Annotated[str, typer.Option()],
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Lets nothing go out to a customer, or for an invoice, until that day."""
    last_day = parse_date(until, "--until")
    with working(creditor, actor=by) as desk:
        customer, item = _target(desk, target)
        placed = place_hold(desk.act, customer=customer, item=item, until=last_day, reason=reason)
        shown = views.hold_json(placed, customer, item)
    answer(shown, json, f"{target} is on hold until {until}.")


@app.command()
def release(target: Target, by: By = ACTOR, creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """Ends the holds on a customer or an invoice."""
    with working(creditor, actor=by) as desk:
        customer, item = _target(desk, target)
        released = release_holds(desk.act, customer=customer, item=item)
        shown = views.released_json(released, customer, item)
    answer(shown, json, f"{target} is no longer on hold.")


@app.command()
def dispute(
    invoice: Annotated[str, typer.Argument(metavar="INVOICE")],
    reason: Annotated[str, typer.Option()],
    amount: Annotated[str | None, typer.Option(help="The disputed part; all of it when left out.")] = None,
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Stops asking for an invoice, or a part of it, until the dispute is resolved."""
    with working(creditor, actor=by) as desk:
        item = ledger.document_by_number(desk.act.session, desk.creditor.id, invoice)
        minor = parse_amount(amount, item.currency, "--amount") if amount is not None else None
        opened = open_dispute(desk.act, item=item, amount_minor=minor, reason=reason)
        shown = dispute_json(opened, item)
    answer(shown, json, f"Invoice {invoice} is disputed: {shown['amount']} {item.currency}.")


@app.command()
def resolve(
    target: Target,
    outcome: Annotated[str, typer.Option("--outcome", "--reason", help="How it ended.")] = "resolved",
    ended: Annotated[str | None, typer.Option(help=f"Of a complaint: {', '.join(OUTCOMES)}.")] = None,
    our_error: Annotated[bool, typer.Option("--our-error", help="Counts as a strike against us.")] = False,
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Resolves an invoice's dispute, or answers a customer's open complaints and requests."""
    with working(creditor, actor=by) as desk:
        customer, item = _target(desk, target)
        resolved = _resolve(desk, customer, item, _End(outcome, ended, our_error))
        shown = views.resolved_json(customer, item, outcome, resolved)
    answer(shown, json, f"{target}: resolved.")


@dataclass(frozen=True, slots=True)
class _End:
    """How something ended: in words, of a complaint in a code, and whether we were at fault."""

    words: str
    code: str | None
    our_error: bool


def _resolve(desk: Desk, customer: Customer, item: OpenItem | None, end: _End) -> int:
    session = desk.act.session
    if item is not None:
        found = ledger.open_disputes(session, [customer.id]).get(item.id)
        if found is None:
            raise NotFound("no_dispute", f"invoice {item.number} has no open dispute")
        settle_dispute(desk.act, dispute=found, outcome=end.words, our_error=end.our_error)
        return 1
    concerns = relationship.open_concerns(session, [customer.id])
    if not concerns:
        raise NotFound("nothing_to_resolve", f"customer {customer.number} has no open complaint or request")
    for concern in concerns:
        code = end.code if concern.kind == "complaint" else None
        answer_concern(desk.act, concern=concern, answer=end.words, outcome=code, our_error=end.our_error)
    return len(concerns)


@app.command()
def promise(
    customer: Number,
    amount: Annotated[str, typer.Option()],
    date: Annotated[str, typer.Option(metavar="DATE", help="The day they promised to have paid.")],
    currency: Annotated[str | None, typer.Option(help="By default the one they owe in longest.")] = None,
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Records a promise to pay; nothing goes out until its day has passed."""
    with working(creditor, actor=by) as desk:
        found = ledger.customer_by_number(desk.act.session, desk.creditor.id, customer)
        late_in = ledger.overdue_currencies(desk.act.session, found.id, desk.act.today)
        money = parse_currency(currency or (late_in[0] if late_in else desk.creditor.currency))
        made = make_promise(
            desk.act,
            customer=found,
            currency=money,
            amount_minor=parse_amount(amount, money, "--amount"),
            due=parse_date(date, "--date"),
        )
        shown = views.promise_json(made, found)
    answer(shown, json, f"{customer} promised {shown['amount']} {money} by {shown['due']}.")


@app.command()
def note(
    customer: Number,
    kind: Annotated[str, typer.Option(help=f"{', '.join(NOTE_KINDS)}.")],
    text: Annotated[str, typer.Option()],
    direction: Annotated[str | None, typer.Option(help="in: they came to us; out: we went to them.")] = None,
    owner: Annotated[str, typer.Option(help="Who answers a complaint or request.")] = "",
    answer_by: Annotated[str | None, typer.Option(metavar="DATE", help="By default what the rules say.")] = None,
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Puts a note on the timeline. A complaint or request waits for an answer: kulant resolve CUSTOMER."""
    with working(creditor, actor=by) as desk:
        found = ledger.customer_by_number(desk.act.session, desk.creditor.id, customer)
        last = parse_date(answer_by, "--answer-by") if answer_by else None
        concern = add_note(
            desk.act, customer=found, kind=kind, text=text, direction=direction, owner=owner, answer_by=last
        )
        shown = views.note_json(found, desk.act.today, kind, text, concern)
    waits = f" It is answered by {shown['answer_by']}." if shown["answer_by"] else ""
    answer(shown, json, f"Noted on {customer}'s timeline.{waits}")


def _target(desk: Desk, number: str) -> tuple[Customer, OpenItem | None]:
    """The customer of that number, else the invoice of that number and its customer."""
    session, creditor_id = desk.act.session, desk.creditor.id
    customer = ledger.customers_by_number(session, creditor_id, [number]).get(number)
    if customer is not None:
        return customer, None
    item = ledger.documents_by_number(session, creditor_id, [number]).get(number)
    if item is None or item.customer_id is None:
        raise NotFound("no_such_number", f"there is no customer and no invoice {number!r}")
    return session.get_one(Customer, item.customer_id), item
