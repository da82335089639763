"""A letter's interest and fees count from the day the law gives to pay, not from a Saturday it moves."""

from __future__ import annotations

from datetime import date

import pytest

from kulant.db import Act
from kulant.law.book import read_law
from kulant.treatment.charged import Past, account_of
from kulant.treatment.charges import charge
from tests.support import factories as make

SATURDAY, MONDAY = date(2026, 10, 3), date(2026, 10, 5)


@pytest.mark.parametrize(("country", "currency", "due"), [("SE", "SEK", MONDAY), ("DK", "DKK", SATURDAY)])
def test_interest_runs_from_the_last_day_to_pay_in_time(act: Act, country: str, currency: str, due: date) -> None:
    creditor = make.create_creditor(act, country=country, currency=currency)
    customer = make.create_customer(act, creditor, country=country)
    invoice = make.create_invoice(act, creditor, customer, "1000.00", due=SATURDAY, currency=currency)
    law = read_law(country)
    account = account_of(
        creditor,
        kind="business",
        currency=currency,
        debts=[(invoice, 0)],
        credits=[],
        steps=[],
        past=Past(act.session, [invoice.id]),
        today=act.today,
        law=law,
    )
    lines = charge(account, law, document="reminder", fee="none", interest="statutory").lines
    assert account.owed[0].due == due
    assert [line.days for line in lines if line.kind == "interest"] == [(act.today - due).days]
