"""SELECTs of the timeline's stream: from each source the newest moments of a customer before a place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from kulant.ledger.models import OpenItem, PaymentDetail
from kulant.relationship.commitments import TASK as COMMITMENT_TASK
from kulant.relationship.concerns import TASK as CONCERN_TASK
from kulant.relationship.models import Task, TimelineEvent
from kulant.relationship.moments import EVENT, GROUPS, ITEM, TASK, Place

Rows = TypeVar("Rows", bound=Select[*tuple[Any, ...]])

# Items that never come without an event of their own, which says more of them.
_TOLD = ("payment_charged_back", "refunded", "adjustment_taken_back")
# That a document was archived is told to programs; what became of it stands there as a letter.
_UNTOLD = ("document_archived",)
# Tasks about what stands on the timeline itself.
_DOUBLE = (CONCERN_TASK, COMMITMENT_TASK)


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked for: whose, of which groups (none: all), with which text, before which place, how many."""

    session: Session
    customer_id: int
    today: date
    groups: Collection[str]
    text: str
    before: Place | None
    limit: int

    def wants(self, kind: str) -> bool:
        """Whether moments of that kind are looked for at all."""
        return not self.groups or any(kind in GROUPS[group] for group in self.groups)


def events(look: Look) -> Sequence[TimelineEvent]:
    """What was told of the customer."""
    statement = select(TimelineEvent).where(
        TimelineEvent.customer_id == look.customer_id, TimelineEvent.kind.not_in(_UNTOLD), *_of_groups(look)
    )
    if look.text:
        statement = statement.where(or_(_has(TimelineEvent.text, look.text), _has(TimelineEvent.actor, look.text)))
    return look.session.scalars(_cut(statement, look, EVENT, TimelineEvent.on, TimelineEvent.id)).all()


def items(look: Look) -> Sequence[tuple[OpenItem, date, str | None]]:
    """Invoices, credit notes and payments from the ledger, with their day and who paid."""
    kinds = [kind for kind in ("invoice", "credit_note", "payment", "chargeback", "refund") if look.wants(kind)]
    if not kinds:
        return []
    on = func.coalesce(OpenItem.issue_date, OpenItem.due_date)
    told = select(TimelineEvent.id).where(
        TimelineEvent.customer_id == look.customer_id,
        TimelineEvent.item_id == OpenItem.id,
        TimelineEvent.kind.in_(_TOLD),
    )
    statement = (
        select(OpenItem, on, PaymentDetail.payer_name)
        .outerjoin(PaymentDetail, PaymentDetail.item_id == OpenItem.id)
        .where(
            OpenItem.customer_id == look.customer_id,
            OpenItem.series.in_(("document", "payment")),
            OpenItem.kind.in_(kinds),
            on <= look.today,
            or_(OpenItem.kind.in_(("invoice", "credit_note", "payment")), ~told.exists()),
        )
    )
    if look.text:
        names = (OpenItem.number, OpenItem.order_reference, OpenItem.payment_reference, PaymentDetail.payer_name)
        statement = statement.where(or_(*(_has(name, look.text) for name in names)))
    rows = look.session.execute(_cut(statement, look, ITEM, on, OpenItem.id))
    return [(item, day, payer) for item, day, payer in rows]


def tasks(look: Look) -> Sequence[Task]:
    """What somebody here was asked to do about the customer."""
    if not look.wants("task"):
        return []
    statement = select(Task).where(Task.customer_id == look.customer_id, Task.kind.not_in(_DOUBLE))
    if look.text:
        statement = statement.where(_has(Task.text, look.text))
    return look.session.scalars(_cut(statement, look, TASK, Task.created_on, Task.id)).all()


def _of_groups(look: Look) -> list[ColumnElement[bool]]:
    if not look.groups:
        return []
    kinds = [kind for group in look.groups for kind in GROUPS[group]]
    exact = [kind for kind in kinds if not kind.endswith("_")]
    begins = [TimelineEvent.kind.startswith(kind, autoescape=True) for kind in kinds if kind.endswith("_")]
    return [or_(TimelineEvent.kind.in_(exact), *begins)]


def _has(column: InstrumentedAttribute[Any], text: str) -> ColumnElement[bool]:
    # SQLite lowers ASCII letters only: words with others are found as they are written too.
    lowered = func.lower(column).contains(text.lower(), autoescape=True)
    return or_(lowered, column.contains(text, autoescape=True))


def _cut(statement: Rows, look: Look, source: int, on: Any, row_id: Any) -> Rows:
    """The newest of one source before the place, as many as a page may need."""
    if look.before is not None:
        day, its_source, its_id = look.before
        if source == its_source:
            statement = statement.where(or_(on < day, and_(on == day, row_id < its_id)))
        else:
            statement = statement.where(on <= day if source < its_source else on < day)
    return statement.order_by(on.desc(), row_id.desc()).limit(look.limit)
