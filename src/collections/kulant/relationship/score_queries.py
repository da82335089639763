"""Every SELECT of scoring: few, whole-portfolio and streamed, so that their number never depends on the customers'."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Text, func, select, type_coerce
from sqlalchemy.orm import Session, aliased

from kulant.db import Json
from kulant.ledger.erased import erased_customers
from kulant.ledger.models import Entry, OpenItem
from kulant.relationship.models import Score
from kulant.relationship.purchases import Document

_AT_A_TIME = 5_000


def documents_by_customer(session: Session, creditor_id: int, today: date) -> Iterator[tuple[int, list[Document]]]:
    """Each customer's invoices and credit notes that exist on the day, oldest first, one customer at a time."""
    day = func.coalesce(OpenItem.issue_date, OpenItem.due_date)
    rows = session.execute(
        select(
            OpenItem.id,
            OpenItem.customer_id,
            OpenItem.currency,
            OpenItem.kind,
            OpenItem.number,
            day,
            OpenItem.due_date,
            OpenItem.settled_on,
            OpenItem.amount_minor,
            OpenItem.margin_minor,
        )
        .where(
            OpenItem.creditor_id == creditor_id,
            OpenItem.customer_id.is_not(None),
            OpenItem.series == "document",
            day <= today,
            OpenItem.customer_id.not_in(erased_customers(creditor_id)),
        )
        .order_by(OpenItem.customer_id, day, OpenItem.id),
        execution_options={"yield_per": _AT_A_TIME},
    )
    for customer_id, documents in groupby(map(Document._make, rows), key=lambda document: document.customer_id):
        yield customer_id, list(documents)


def invoices_settled_by_credit_note(session: Session, creditor_id: int, today: date) -> set[int]:
    """Invoices that credit notes took back whole: settled, but nobody ever paid them early or late."""
    credit = aliased(OpenItem)
    return set(
        session.scalars(
            select(Entry.item_id)
            .join(OpenItem, OpenItem.id == Entry.item_id)
            .join(credit, credit.id == Entry.against_item_id)
            .where(
                Entry.creditor_id == creditor_id,
                Entry.on <= today,
                OpenItem.kind == "invoice",
                credit.kind == "credit_note",
            )
            .group_by(Entry.item_id, OpenItem.amount_minor)
            .having(func.sum(Entry.amount_minor) + OpenItem.amount_minor <= 0)
        )
    )


COLUMNS = tuple(column.name for column in Score.__table__.columns)


def stored_scores(session: Session, creditor_id: int) -> Iterator[dict[str, Any]]:
    """The creditor's scores as plain columns, JSON as its text."""
    columns = Score.__table__.columns
    rows = session.execute(
        select(*(type_coerce(column, Text) if isinstance(column.type, Json) else column for column in columns)).where(
            Score.creditor_id == creditor_id
        ),
        execution_options={"yield_per": _AT_A_TIME},
    )
    for row in rows.mappings():
        yield dict(row)
