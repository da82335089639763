"""What the portal looks up that no room asks for itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.ledger.models import CombinedReference, CombinedReferenceItem, OpenItem
from kulant.plans.models import Plan


def currencies(items: Iterable[OpenItem], agreed: Iterable[Plan]) -> list[str]:
    """Currencies the customer owes in or has a plan in, the longest due first."""
    oldest: dict[str, date] = {}
    for item in items:
        if item.open_minor > 0:
            oldest[item.currency] = min(oldest.get(item.currency, date.max), item.due_date or date.max)
    for plan in agreed:
        oldest.setdefault(plan.currency, date.max)
    return sorted(oldest, key=lambda currency: (oldest[currency], currency))


def reference_for(session: Session, customer_id: int, currency: str, item_ids: Collection[int]) -> str | None:
    """The newest combined reference that stands for all these items and for nothing else that is open."""
    rows = session.execute(
        select(CombinedReference.id, CombinedReference.reference, CombinedReferenceItem.item_id)
        .join(CombinedReferenceItem, CombinedReferenceItem.reference_id == CombinedReference.id)
        .join(OpenItem, OpenItem.id == CombinedReferenceItem.item_id)
        .where(CombinedReference.customer_id == customer_id, CombinedReference.currency == currency)
        .where(OpenItem.open_minor > 0)
        .order_by(CombinedReference.id.desc())
    )
    covered: dict[str, set[int]] = {}
    for _, reference, item_id in rows:
        covered.setdefault(reference, set()).add(item_id)
    return next((reference for reference, items in covered.items() if items == set(item_ids)), None)
