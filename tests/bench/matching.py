"""How long payments take to find their invoices among a million, posting included."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import cast

from sqlalchemy import text
from sqlalchemy.orm import Session

from kulant.db import Act, engine_for
from kulant.intake.credit_links import CreditLinks
from kulant.intake.records import PaymentRecord
from kulant.intake.result import ImportResult
from kulant.intake.taking import Ahead, Source, Taking
from kulant.ledger.bulk import insert_rows, reserve_ids
from kulant.ledger.models import Customer
from kulant.ledger.posting import NewItem, post_new
from kulant.people.models import Creditor
from kulant.people.service import set_creditor
from kulant.transaction import keep_events

TODAY = date(2026, 11, 23)


def act_on(session: Session) -> Act:
    return Act(session=session, actor="bench", today=TODAY, now=datetime(2026, 11, 23, 9, 0, tzinfo=UTC))


def fill(url: str, *, items: int, customers: int) -> None:
    """A creditor with so many open invoices; each has a reference of its own and an amount no other has."""
    with Session(engine_for(url), expire_on_commit=False) as session, session.begin():
        act = act_on(session)
        creditor = set_creditor(act, code="MATCH", name="Benk AS", country="NO")
        ids = reserve_ids(session, Customer, customers)
        columns = ("id", "creditor_id", "number", "name", "kind", "strategic", "contact_opt_out", "no_dunning")
        insert_rows(
            session,
            Customer,
            columns,
            [
                (key, creditor.id, f"K{n}", f"Kunde {n} AS", "business", False, False, False)
                for n, key in enumerate(ids)
            ],
        )
        for start in range(0, items, 20_000):
            invoices = [
                NewItem(
                    kind="invoice",
                    number=f"F{n:07}",
                    currency="NOK",
                    amount_minor=10_000 + n,
                    customer_id=ids[n % customers],
                    issue_date=TODAY - timedelta(days=60),
                    due_date=TODAY - timedelta(days=n % 90),
                    payment_reference=f"9{n:09}",
                )
                for n in range(start, min(start + 20_000, items))
            ]
            post_new(act, creditor=creditor, items=[(new, None) for new in invoices])
    with engine_for(url).begin() as connection:
        connection.execute(text("ANALYZE"))


def match(url: str, *, payments: int, items: int, customers: int) -> tuple[float, int]:
    """Takes in so many payments as an import does: half by reference, a quarter by text, a quarter by payer and amount.

    Posting, balances and the commit are part of it. Returns the seconds and how many found their invoice.
    """
    step = items // payments
    source = cast(Source, _Payments([_record(n, n * step, customers) for n in range(payments)]))
    with Session(engine_for(url), expire_on_commit=False) as session, session.begin():
        act = act_on(session)
        creditor = session.query(Creditor).filter_by(code="MATCH").one()
        result = ImportResult("payments-csv", "bench")
        start = time.perf_counter()
        taking = Taking(act, creditor, source, Ahead(payments, CreditLinks((), TODAY)), result, {})
        taking.take()
        taking.finish()
        keep_events(act)
    return time.perf_counter() - start, result.matched


@dataclass(frozen=True, slots=True)
class _Payments:
    """A file understood, as far as taking its records in is concerned."""

    payments: list[PaymentRecord]

    def records(self) -> Iterator[PaymentRecord]:
        return iter(self.payments)


def _record(n: int, invoice: int, customers: int) -> PaymentRecord:
    how = n % 4
    return PaymentRecord(
        row=n,
        number=f"P{n:07}",
        on=TODAY,
        amount_minor=10_000 + invoice,
        currency="NOK",
        reference=f"9{invoice:09}" if how < 2 else None,
        message=f"betaling faktura F{invoice:07}, takk" if how == 2 else None,
        payer_name=f"KUNDE {invoice % customers} AS",
        payer_account=f"9999{invoice % customers:07}",
    )
