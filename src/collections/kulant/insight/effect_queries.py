"""SELECTs of the comparison of dunned and not yet dunned customers, read into arrays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from kulant.insight.matched import Ints
from kulant.ledger.models import Customer, OpenItem
from kulant.treatment.models import StepSent

MOST_CUSTOMERS = 20_000  # of more, a sample is reckoned with, always the same
DOCUMENTS = {"reminder": ("reminder", "fee_reminder", "final_reminder"), "formal": ("formal_notice", "hand_over")}
_FAR = 4_000_000


@dataclass(frozen=True, slots=True)
class Ledger:
    """Invoices as arrays, one place for each: days as ordinals, a day far ahead where it is not settled."""

    item: Ints
    customer: Ints
    bought: Ints
    due: Ints
    settled: Ints
    amount: Ints


def _sampled(one_in: int) -> ColumnElement[bool]:
    return OpenItem.customer_id % one_in == 0 if one_in > 1 else true()


def ledger(session: Session, creditor_id: int, today: date) -> tuple[Ledger, int]:
    """All invoices, or those of every so-manieth customer."""
    customers = session.scalar(select(func.count()).where(Customer.creditor_id == creditor_id)) or 0
    one_in = -(-customers // MOST_CUSTOMERS) or 1
    bought = func.coalesce(OpenItem.issue_date, OpenItem.due_date)
    rows = session.execute(
        select(
            OpenItem.id, OpenItem.customer_id, bought, OpenItem.due_date, OpenItem.settled_on, OpenItem.amount_minor
        ).where(
            OpenItem.creditor_id == creditor_id, OpenItem.kind == "invoice", OpenItem.customer_id.is_not(None),
            OpenItem.due_date.is_not(None), bought <= today, _sampled(one_in),
        )
    )  # fmt: skip
    parts = []
    for part in rows.partitions(20_000):
        parts.append(
            np.array(
                [
                    (item, customer, day.toordinal(), due.toordinal(), settled.toordinal() if settled else _FAR, amount)
                    for item, customer, day, due, settled, amount in part
                    if due is not None
                ],
                dtype=np.int64,
            )
        )
    columns = np.concatenate(parts).T if parts else np.zeros((6, 0), dtype=np.int64)
    return Ledger(*columns), one_in


def first_sent(session: Session, creditor_id: int, stage: str, today: date, one_in: int) -> dict[int, date]:
    """The day each invoice was first asked for by a document of the stage."""
    rows = session.execute(
        select(StepSent.item_id, func.min(StepSent.sent_on))
        .join(OpenItem, OpenItem.id == StepSent.item_id)
        .where(OpenItem.creditor_id == creditor_id, StepSent.document.in_(DOCUMENTS[stage]), StepSent.sent_on <= today)
        .where(_sampled(one_in))
        .group_by(StepSent.item_id)
    )
    return dict(rows.all())
