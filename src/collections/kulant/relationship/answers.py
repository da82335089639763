"""Disputes that were promised an answer by a day: the clerk's clock, and a strike against us when the day passes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, String, cast, func, select
from sqlalchemy.orm import Session

from kulant.core.words import day_words
from kulant.db import Act
from kulant.ledger.models import Dispute, OpenItem
from kulant.people.models import Creditor
from kulant.relationship.models_care import Strike
from kulant.relationship.strikes import NewStrike
from kulant.relationship.tasks import KeyedTask, add_keyed_task, working_day_before

TASK = "dispute"
KEY = "dispute:{}"
LATE = ":late"  # after the key: the strike for answering late


def dispute_task(dispute: Dispute, number: str, country: str) -> KeyedTask:
    """What its owner has to do by the working day before the last."""
    assert dispute.answer_by is not None
    owner = f" ({dispute.owner})" if dispute.owner else ""
    text = f"Answer the dispute of {number} by {day_words(dispute.answer_by)}{owner}: {dispute.reason}"
    due = max(working_day_before(dispute.answer_by, country), dispute.opened_on)
    return KeyedTask(key=KEY.format(dispute.id), text=text, due=due, customer_id=dispute.customer_id)


def add_dispute_tasks(act: Act, *, creditor: Creditor, disputes: Iterable[Dispute]) -> None:
    """Makes at once the tasks that the daily run keeps."""
    for dispute in disputes:
        item = act.session.get_one(OpenItem, dispute.item_id)
        task = dispute_task(dispute, item.number, creditor.country)
        add_keyed_task(act, creditor_id=creditor.id, kind=TASK, task=task)
    act.session.flush()


def dispute_tasks(session: Session, creditor: Creditor) -> list[KeyedTask]:
    """A task for each open dispute that was promised an answer: one statement."""
    rows = session.execute(
        select(Dispute, OpenItem.number)
        .join(OpenItem, OpenItem.id == Dispute.item_id)
        .where(Dispute.creditor_id == creditor.id, Dispute.resolved_on.is_(None), Dispute.answer_by.is_not(None))
        .order_by(Dispute.id)
    )
    return [dispute_task(dispute, number, creditor.country) for dispute, number in rows]


def promised_answers(session: Session, customer_id: int) -> list[tuple[Dispute, OpenItem]]:
    """The customer's open disputes that were promised an answer, the soonest first."""
    rows = session.execute(
        select(Dispute, OpenItem)
        .join(OpenItem, OpenItem.id == Dispute.item_id)
        .where(Dispute.customer_id == customer_id, Dispute.resolved_on.is_(None), Dispute.answer_by.is_not(None))
        .order_by(Dispute.answer_by, Dispute.id)
    )
    return [(dispute, item) for dispute, item in rows]


def late_answers(session: Session, creditor_id: int, since: date, today: date) -> list[NewStrike]:
    """A strike for each dispute answered too late, or still open after its day, that was never counted."""
    disputes: Sequence[Dispute] = session.scalars(
        select(Dispute)
        .where(
            Dispute.creditor_id == creditor_id,
            Dispute.answer_by >= since,
            func.coalesce(Dispute.resolved_on, today) > Dispute.answer_by,
            ~_counted(creditor_id),
        )
        .order_by(Dispute.id)
    ).all()
    return [_late(dispute, dispute.answer_by) for dispute in disputes if dispute.answer_by is not None]


def _late(dispute: Dispute, last_day: date) -> NewStrike:
    asked, last = day_words(dispute.opened_on), day_words(last_day)
    return NewStrike(
        customer_id=dispute.customer_id,
        code="late_reply",
        on=last_day + timedelta(days=1),
        text=f"The dispute of {asked} was not answered by {last}: {dispute.reason}",
        key=KEY.format(dispute.id) + LATE,
        item_id=dispute.item_id,
    )


def _counted(creditor_id: int) -> ColumnElement[bool]:
    key = "dispute:" + cast(Dispute.id, String) + LATE
    return select(Strike.id).where(Strike.creditor_id == creditor_id, Strike.key == key).exists()
