"""How customers have paid lately: their last dozen invoices, each on time, late or still open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.ledger.bulk import among
from kulant.ledger.models import OpenItem
from kulant.ledger.queries import issued_by

SHOWN = 12


def state_of(due: date | None, settled: date | None, today: date) -> str:
    """One invoice's place in the strip: ``on_time``, ``late``, ``open`` or ``open_late``."""
    if settled is not None and settled <= today:
        return "late" if due is not None and settled > due else "on_time"
    return "open_late" if due is not None and due < today else "open"


def last_invoices_of(session: Session, customer_ids: Collection[int], today: date) -> dict[int, list[str]]:
    """The states of each customer's last invoices, oldest first, in one statement."""
    place = func.row_number().over(
        partition_by=OpenItem.customer_id, order_by=(OpenItem.due_date.desc(), OpenItem.id.desc())
    )
    ranked = (
        select(OpenItem.customer_id, OpenItem.due_date, OpenItem.settled_on, place.label("place"))
        .where(among(session, OpenItem.customer_id, customer_ids), OpenItem.kind == "invoice", issued_by(today))
        .subquery()
    )
    rows = session.execute(
        select(ranked.c.customer_id, ranked.c.due_date, ranked.c.settled_on)
        .where(ranked.c.place <= SHOWN)
        .order_by(ranked.c.customer_id, ranked.c.place.desc())
    )
    found: dict[int, list[str]] = {}
    for customer_id, due, settled in rows:
        found.setdefault(customer_id, []).append(state_of(due, settled, today))
    return found


def last_invoices(session: Session, customer_id: int, today: date) -> list[str]:
    """The states of one customer's last invoices, oldest first."""
    return last_invoices_of(session, [customer_id], today).get(customer_id, [])
