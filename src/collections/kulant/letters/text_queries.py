"""Reads for the editor of texts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.ledger.models import Customer, OpenItem

_TO_TRY = 12
_LOOKED_AT = 2_000  # overdue invoices, the oldest


def customers_to_try(session: Session, creditor_id: int, today: date) -> Sequence[Customer]:
    """Real customers to look at a text with: those with most of the oldest overdue invoices first."""
    oldest = (
        select(OpenItem.customer_id)
        .where(
            OpenItem.creditor_id == creditor_id,
            OpenItem.kind == "invoice",
            OpenItem.open_minor > 0,
            OpenItem.due_date < today,
            OpenItem.customer_id.is_not(None),
        )
        .order_by(OpenItem.due_date, OpenItem.id)
        .limit(_LOOKED_AT)
        .subquery()
    )
    late = (
        select(oldest.c.customer_id, func.count().label("items"))
        .group_by(oldest.c.customer_id)
        .order_by(func.count().desc(), oldest.c.customer_id)
        .limit(_TO_TRY)
        .subquery()
    )
    rows = select(Customer).join(late, late.c.customer_id == Customer.id).order_by(late.c["items"].desc(), Customer.id)
    return session.scalars(rows).all()
