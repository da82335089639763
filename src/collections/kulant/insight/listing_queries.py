"""Lists as programs page through them: each in one fixed order, going on after the last row shown (keyset paging)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from kulant.intake.models import ImportRun
from kulant.ledger.erased import erased_customers, not_erased
from kulant.ledger.models import Customer, OpenItem
from kulant.letters.models import Document
from kulant.relationship.models import Task
from kulant.treatment.models import Proposal

# The key of the last row shown: what its list is ordered by. None: from the beginning.
After = Sequence[Any] | None


def customers(
    session: Session, creditor_id: int, after: After, count: int, *, words: str | None = None
) -> Sequence[Customer]:
    """Customers by number; ``words``: those whose number begins with it, or whose name holds it."""
    statement = select(Customer).where(Customer.creditor_id == creditor_id, not_erased())
    if after is not None:
        statement = statement.where(Customer.number > after[0])
    if words:
        statement = statement.where(
            or_(Customer.number.startswith(words, autoescape=True), Customer.name.icontains(words, autoescape=True))
        )
    return session.scalars(statement.order_by(Customer.number).limit(count)).all()


def proposals(
    session: Session, creditor_id: int, after: After, count: int, *, status: str | None = None
) -> Sequence[Proposal]:
    """Proposals in that state (none named: all but superseded ones), oldest first."""
    statement = select(Proposal).where(Proposal.creditor_id == creditor_id)
    statement = statement.where(Proposal.status != "superseded" if status is None else Proposal.status == status)
    if after is not None:
        statement = statement.where(Proposal.id > int(after[0]))
    return session.scalars(statement.order_by(Proposal.id).limit(count)).all()


def documents(
    session: Session, creditor_id: int, after: After, count: int, *, customer_id: int | None = None
) -> Sequence[Document]:
    """The archive, newest first."""
    shown = Document.customer_id.not_in(erased_customers(creditor_id))  # what is kept of them is restricted
    statement = select(Document).where(Document.creditor_id == creditor_id, shown)
    if customer_id is not None:
        statement = statement.where(Document.customer_id == customer_id)
    if after is not None:
        statement = statement.where(Document.id < int(after[0]))
    return session.scalars(statement.order_by(Document.id.desc()).limit(count)).all()


def imports(session: Session, creditor_id: int, after: After, count: int) -> Sequence[ImportRun]:
    """Imports, newest first."""
    statement = select(ImportRun).where(ImportRun.creditor_id == creditor_id)
    if after is not None:
        statement = statement.where(ImportRun.id < int(after[0]))
    return session.scalars(statement.order_by(ImportRun.id.desc()).limit(count)).all()


def tasks(session: Session, creditor_id: int, after: After, count: int) -> Sequence[Task]:
    """Open tasks, soonest due first."""
    statement = select(Task).where(Task.creditor_id == creditor_id, Task.done_on.is_(None))
    if after is not None:
        day, number = date.fromisoformat(after[0]), int(after[1])
        statement = statement.where(or_(Task.due > day, and_(Task.due == day, Task.id > number)))
    return session.scalars(statement.order_by(Task.due, Task.id).limit(count)).all()


def item_numbers(session: Session, item_ids: Collection[int]) -> dict[int, str]:
    """The numbers of items, by id."""
    rows = session.execute(select(OpenItem.id, OpenItem.number).where(OpenItem.id.in_(item_ids)))
    return {item_id: number for item_id, number in rows}  # noqa: C416 -- rows are no tuples to mypy
