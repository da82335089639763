"""Sending a statement of account from its page."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.responses import Response

from kulant.delivery.statement_mail import send_statement
from kulant.desk.account import read_date
from kulant.desk.flash import Flash, redirect
from kulant.ledger.queries import customer_by_number
from kulant.ledger.statement import period
from kulant.people.service import check_currency
from kulant.web.deps import ActDep, SettingsDep, Writer

router = APIRouter()

Text = Annotated[str, Form(max_length=10)]


@router.post("/customers/{number:path}/statement/send")
def send(
    act: ActDep, viewer: Writer, settings: SettingsDep, number: str, first: Text, last: Text, currency: Text
) -> Response:
    """Puts the statement of those days into the outbox."""
    customer = customer_by_number(act.session, viewer.creditor.id, number)
    days = period(act.today, read_date(first, "from"), read_date(last, "to"))
    delivery = send_statement(act, customer=customer, currency=check_currency(currency), days=days)
    how = f"by e-mail to {delivery.recipient}" if delivery.channel == "email" else "as a letter"
    back = f"/customers/{quote(customer.number, safe='')}/statement"
    return redirect(settings, back, Flash("The statement is sent.", f"It leaves {how} within a minute.", tone=""))
