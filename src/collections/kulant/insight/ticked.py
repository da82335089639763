"""The proposals a clerk ticked in the list."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.treatment.models import Proposal


def proposals_by_ids(session: Session, creditor_id: int, ids: Collection[int]) -> Sequence[Proposal]:
    """Those of these proposals that are this creditor's, in a fixed order; what is not theirs is left out."""
    return session.scalars(
        select(Proposal).where(Proposal.creditor_id == creditor_id, Proposal.id.in_(ids)).order_by(Proposal.id)
    ).all()
