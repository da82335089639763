"""SELECTs of the service clock: whole creditors at a time, each statement for all their customers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, String, cast, func, select
from sqlalchemy.orm import Session

from kulant.relationship.models import Concern
from kulant.relationship.models_care import Commitment, Strike

LATE = ":late"  # after a concern's key: the strike for answering late


def late_concerns(session: Session, creditor_id: int, since: date, today: date) -> Sequence[Concern]:
    """Complaints and requests answered too late, or still waiting after their day, and never counted for it."""
    return session.scalars(
        select(Concern)
        .where(
            Concern.creditor_id == creditor_id,
            Concern.answer_by >= since,
            func.coalesce(Concern.answered_on, today) > Concern.answer_by,
            ~_counted(creditor_id, "concern:" + cast(Concern.id, String) + LATE),
        )
        .order_by(Concern.id)
    ).all()


def overdue_commitments(session: Session, creditor_id: int, today: date) -> Sequence[Commitment]:
    """What we promised to have done by now, and nobody has said it is."""
    return session.scalars(
        select(Commitment)
        .where(Commitment.creditor_id == creditor_id, Commitment.status == "open", Commitment.due < today)
        .order_by(Commitment.id)
    ).all()


def uncounted_commitments(session: Session, creditor_id: int, since: date) -> Sequence[Commitment]:
    """Promises of ours that were broken and never counted for it."""
    return session.scalars(
        select(Commitment)
        .where(
            Commitment.creditor_id == creditor_id,
            Commitment.status == "broken",
            Commitment.settled_on >= since,
            ~_counted(creditor_id, "commitment:" + cast(Commitment.id, String)),
        )
        .order_by(Commitment.id)
    ).all()


def waiting_concerns(session: Session, creditor_id: int) -> Sequence[Concern]:
    """Complaints and requests that wait for our answer."""
    return session.scalars(
        select(Concern).where(Concern.creditor_id == creditor_id, Concern.answered_on.is_(None)).order_by(Concern.id)
    ).all()


def waiting_commitments(session: Session, creditor_id: int) -> Sequence[Commitment]:
    """What we have promised and still have to do."""
    return session.scalars(
        select(Commitment)
        .where(Commitment.creditor_id == creditor_id, Commitment.status == "open")
        .order_by(Commitment.id)
    ).all()


def _counted(creditor_id: int, key: ColumnElement[str]) -> ColumnElement[bool]:
    return select(Strike.id).where(Strike.creditor_id == creditor_id, Strike.key == key).exists()
