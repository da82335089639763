"""SELECTs about care: how relationships stand, our strikes, why customers are late."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.ledger.bulk import among
from kulant.relationship.models_care import LateReason, Strike
from kulant.relationship.models_view import Standing


def standings(session: Session, customer_ids: Collection[int]) -> dict[int, Standing]:
    """How each relationship stands, by customer."""
    rows = session.scalars(select(Standing).where(among(session, Standing.customer_id, customer_ids)))
    return {row.customer_id: row for row in rows}


def strikes_since(session: Session, customer_ids: Collection[int], since: date, until: date) -> dict[int, int]:
    """How many strikes against us count, by customer: from that day on, as known on the last one."""
    rows = session.execute(
        select(Strike.customer_id, func.count())
        .where(
            among(session, Strike.customer_id, customer_ids),
            Strike.on >= since,
            Strike.on <= until,
            Strike.withdrawn_on.is_(None),
        )
        .group_by(Strike.customer_id)
    )
    return dict(rows.all())


def late_reasons(session: Session, customer_ids: Collection[int]) -> dict[int, LateReason]:
    """Why each customer is late, where the clerk or the customer said so and it still holds."""
    rows = session.scalars(
        select(LateReason)
        .where(among(session, LateReason.customer_id, customer_ids), LateReason.ended_on.is_(None))
        .order_by(LateReason.id)
    )
    return {row.customer_id: row for row in rows}
