"""A clerk sends a customer their statement of account; it leaves once, in the customer's language."""

from __future__ import annotations

from sqlalchemy import select

from kulant.db import reading
from kulant.delivery.models import Delivery
from kulant.delivery.writing import write
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk

DAYS = {"first": "2026-10-01", "last": "2026-11-23", "currency": "NOK"}


def test_a_statement_is_sent_once_however_often_it_is_asked_for(clerk: Clerk, portfolio: Settings) -> None:
    assert "Send it to the customer" in clerk.get("/customers/K1/statement").text
    for _ in range(2):
        answer = clerk.submit("/customers/K1/statement/send", **DAYS)
        assert "It leaves by e-mail to faktura@k1.example within a minute." in answer.text
    with reading(portfolio.database_url) as session:
        [queued] = session.scalars(select(Delivery).where(Delivery.kind == "statement"))
        assert queued.context == {"currency": "NOK", "first": "2026-10-01", "last": "2026-11-23"}
    with doing(portfolio, actor="worker") as act:
        delivery = act.session.get_one(Delivery, queued.id)
        delivery.lease_until = act.now
        written = write(act, delivery=delivery, base_url="https://pay.example", secret="only for tests")
        assert written.mail.subject == "Kontoutskrift – Nordlys Engros AS"
        assert written.content["facts"]["closing"] == "12500.00"
        assert written.attached


def test_nobody_sends_another_creditor_s_statement_or_a_period_that_has_not_come(
    clerk: Clerk, portfolio: Settings
) -> None:
    assert clerk.submit("/customers/K1/statement/send", **DAYS | {"last": "2099-01-01"}).status_code == 400
    assert clerk.submit("/customers/S1/statement/send", **DAYS).status_code == 404
