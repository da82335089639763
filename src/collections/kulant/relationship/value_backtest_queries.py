"""SELECTs for looking back at value: invoices and credit notes as columns, the newest comparison kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.ledger.models import OpenItem
from kulant.relationship.lateness import Ints
from kulant.relationship.ledger_then import as_stored, columns_of, ints, ordinals
from kulant.relationship.models_view import ValueBacktest

# Documents looked at, at most; beyond that one of every so many customers, each with all they ever bought.
MOST_DOCUMENTS = 200_000


@dataclass(frozen=True, slots=True)
class Documents:
    """Invoices and credit notes, one a row; days as ordinals, amounts in minor units."""

    customer: Ints
    currency: list[str]
    invoice: NDArray[np.bool_]
    day: Ints
    amount: Ints
    margin: Ints  # zero where it is not known
    margin_known: NDArray[np.bool_]

    def of(self, customers: Ints, currencies: Sequence[str]) -> Documents:
        """Those of these customers in each one's currency, with their place for a customer."""
        place = np.minimum(np.searchsorted(customers, self.customer), len(customers) - 1)
        theirs = np.asarray(currencies)[place] == np.asarray(self.currency)
        kept = (customers[place] == self.customer) & theirs
        currency = np.asarray(self.currency)[kept].tolist()
        return Documents(
            place[kept], currency, self.invoice[kept], self.day[kept], self.amount[kept], self.margin[kept],
            self.margin_known[kept],
        )  # fmt: skip


def anybody(session: Session, creditor_id: int) -> bool:
    """Whether anything was ever invoiced."""
    there = select(OpenItem.id).where(OpenItem.creditor_id == creditor_id, OpenItem.series == "document")
    return session.scalar(there.limit(1)) is not None


def documents(session: Session, creditor_id: int, today: date) -> tuple[Documents, int]:
    """Everything invoiced and credited up to the day; and of how many customers one was looked at."""
    day = func.coalesce(OpenItem.issue_date, OpenItem.due_date)
    there = (
        OpenItem.creditor_id == creditor_id,
        OpenItem.customer_id.is_not(None),
        OpenItem.series == "document",
        day <= today,
    )
    count = session.scalar(select(func.count()).where(*there)) or 0
    every = max(1, -(-count // MOST_DOCUMENTS))
    chosen = select(
        OpenItem.customer_id,
        OpenItem.currency,
        OpenItem.kind,
        as_stored(day),
        OpenItem.amount_minor,
        OpenItem.margin_minor,
    ).where(*there)
    if every > 1:
        chosen = chosen.where(OpenItem.customer_id % every == 0)
    customer, currency, kind, on, amount, margin = columns_of(session, chosen, 6)
    return (
        Documents(
            customer=ints(customer),
            currency=currency,
            invoice=np.asarray([one == "invoice" for one in kind], dtype=np.bool_),
            day=ordinals(on),
            amount=ints(amount),
            margin=ints([one or 0 for one in margin]),
            margin_known=np.asarray([one is not None for one in margin], dtype=np.bool_),
        ),
        every,
    )


def newest(session: Session, creditor_id: int, today: date) -> ValueBacktest | None:
    """The newest comparison the day knew."""
    return session.scalar(
        select(ValueBacktest)
        .where(ValueBacktest.creditor_id == creditor_id, ValueBacktest.made_on <= today)
        .order_by(ValueBacktest.made_on.desc(), ValueBacktest.id.desc())
        .limit(1)
    )
