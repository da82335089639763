"""Payments from the shell: what waits, placing it, taking it back, write-offs, refunds, money moved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from kulant.cli.console import ACTOR, Desk, answer, looking, parse_amount, parse_currency, working
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.core.errors import NotFound, Refusal
from kulant.delivery.plan_events import follow_plans
from kulant.intake.payments_csv import OPENING, SETTLED
from kulant.ledger import adjustments, placing
from kulant.ledger import matching_queries as matching
from kulant.ledger import payment_views as views
from kulant.ledger import queries as ledger
from kulant.ledger.models import OpenItem

app = typer.Typer(rich_markup_mode=None)

Payment = Annotated[str, typer.Argument(metavar="PAYMENT", help="The payment's own number.")]
By = Annotated[str, typer.Option("--by", metavar="USER", help="Who does it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept on the timeline.")]


@app.command()
def payments(
    unmatched: Annotated[bool, typer.Option("--unmatched", help="Only those that wait, with suggestions.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Payments that wait for a place, those put aside, and those matched lately."""
    with looking(creditor) as look:
        session, creditor_id = look.session, look.creditor.id
        lists = {
            "unmatched": matching.waiting_payments(session, creditor_id, limit=limit),
            "parked": [] if unmatched else matching.waiting_payments(session, creditor_id, parked=True, limit=limit),
            "matched": []
            if unmatched
            else matching.matched_lately(session, creditor_id, limit=limit, without=(OPENING, SETTLED)),
        }
        rows = [row for state, found in lists.items() for row in views.payments_json(session, found, state)]
        if unmatched:
            for row, payment in zip(rows, lists["unmatched"], strict=True):
                row["suggestions"] = views.suggestions_json(session, look.creditor, payment, look.today)
    lines = [
        f"{row['payment']}  {row['date']}  {row['amount']:>14} {row['currency']}  {row['state']:9}  "
        f"{row['payer'] or row['customer'] or '?'}  {row['message'] or ''}".rstrip()
        for row in rows
    ]
    answer(rows, json, *(lines or ["No payments."]))


@contextmanager
def alone(creditor: str | None, by: str) -> Iterator[Desk]:
    """A transaction in which nobody else changes this creditor's balances: what is read in it is so until its end."""
    with working(creditor, actor=by) as desk:
        ledger.work_alone(desk.act.session, desk.creditor.id)
        yield desk


@app.command()
def match(
    payment: Payment,
    invoices: Annotated[list[str] | None, typer.Argument(metavar="INVOICE[=AMOUNT]…")] = None,
    customer: Annotated[str | None, typer.Option(metavar="CODE", help="Keep it as this customer's credit.")] = None,
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Places a payment: with invoices in the order in force, with amounts as given, or as a customer's credit."""
    if bool(invoices) == (customer is not None):
        raise Refusal("say_where", "give the invoices it pays, or --customer, and not both")
    with alone(creditor, by) as desk:
        found = _payment(desk, payment)
        if customer is not None:
            to = ledger.customer_by_number(desk.act.session, desk.creditor.id, customer)
            placing.keep_as_credit(desk.act, creditor=desk.creditor, payment=found, customer=to)
        else:
            _place(desk, found, invoices or [])
        shown = _after(desk, found)
    answer(shown, json, f"{payment} is placed; {shown['left']} {shown['currency']} of it is left.")


def _place(desk: Desk, payment: OpenItem, invoices: list[str]) -> None:
    split, whole = [], []
    for one in invoices:
        number, is_split, amount = one.rpartition("=") if "=" in one else (one, "", "")
        item = ledger.document_by_number(desk.act.session, desk.creditor.id, number)
        if is_split:
            split.append((item, parse_amount(amount, payment.currency, number)))
        else:
            whole.append(item)
    if split and whole:
        raise Refusal("say_all_amounts", "give an amount for every invoice, or for none of them")
    placing.place(desk.act, creditor=desk.creditor, payment=payment, invoices=whole, split=split)


@app.command()
def unmatch(payment: Payment, by: By = ACTOR, creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """Takes a payment back from everything it pays."""
    with alone(creditor, by) as desk:
        found = _payment(desk, payment)
        placing.unmatch(desk.act, creditor=desk.creditor, payment=found)
        shown = _after(desk, found)
    answer(shown, json, f"{payment} pays nothing any more; {shown['left']} {shown['currency']} waits.")


@app.command("write-off")
def write_off(
    invoice: Annotated[str, typer.Argument(metavar="INVOICE")],
    reason: Reason,
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Gives up what is open of an invoice and of what was charged for it."""
    with alone(creditor, by) as desk:
        session = desk.act.session
        item = ledger.document_by_number(session, desk.creditor.id, invoice)
        items = [item, *matching.charges_of(session, [item.id]).get(item.id, ())]
        posted = adjustments.write_off(desk.act, creditor=desk.creditor, items=items, reason=reason, manager=True)
        follow_plans(desk.act, desk.creditor)
        shown = views.write_off_json(item, posted, reason)
    answer(shown, json, f"{shown['amount']} {shown['currency']} of {invoice} is written off.")


@app.command()
def refund(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's number.")],
    amount: Annotated[str, typer.Option()],
    currency: Annotated[str, typer.Option()],
    reason: Reason,
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Records money paid back to a customer, against the credit they have."""
    with alone(creditor, by) as desk:
        found = ledger.customer_by_number(desk.act.session, desk.creditor.id, customer)
        money = parse_currency(currency)
        minor = parse_amount(amount, money, "--amount")
        posted = adjustments.refund(
            desk.act, creditor=desk.creditor, customer=found, currency=money, amount_minor=minor, reason=reason
        )
        shown = views.refund_json(found, posted, reason)
    answer(shown, json, f"{shown['amount']} {money} paid back to {customer}.")


@app.command()
def move(
    payment: Payment,
    to: Annotated[str, typer.Option("--to", metavar="CUSTOMER", help="Whose money it is.")],
    reason: Reason,
    by: By = ACTOR,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Moves what is left of a payment to another customer; the history stays on both."""
    with alone(creditor, by) as desk:
        found = _payment(desk, payment)
        taker = ledger.customer_by_number(desk.act.session, desk.creditor.id, to)
        credit = adjustments.move(desk.act, creditor=desk.creditor, payment=found, to=taker, reason=reason)
        follow_plans(desk.act, desk.creditor)
        shown = views.moved_json(payment, taker, credit)
    answer(shown, json, f"{payment} is moved to {to}.")


def _payment(desk: Desk, number: str) -> OpenItem:
    """The payment of that number, with nobody else at work on this creditor's balances; a moved one's credit too."""
    session, creditor_id = desk.act.session, desk.creditor.id
    found = ledger.payments_by_number(session, creditor_id, [number]).get(number)
    found = found or matching.transfer_by_number(session, creditor_id, number)
    if found is None:
        raise NotFound("no_payment", f"there is no payment {number!r}; see them with: kulant payments")
    return placing.payment_to_place(desk.act, creditor=desk.creditor, payment_id=found.id)


def _after(desk: Desk, payment: OpenItem) -> dict[str, Any]:
    follow_plans(desk.act, desk.creditor)
    desk.act.session.flush()
    return views.placed_json(desk.act.session, payment)
