"""Remembers whom a run has looked at on a day, so that another run that day looks only at what changed since.

Every act leaves a mark of its own on each customer it told something about, whose account it touched, or of whom it
wrote an object: :func:`keep` does so as the last thing before the commit. A run marks everybody with the day and with
what it judged by, except those that somebody else has marked since it began to look: they may have changed behind its
back. Whoever is not marked with the day and the same ``by`` is looked at.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Date, String, Table, event, literal, or_, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kulant.core.review import Review
from kulant.db import Act
from kulant.ledger.bulk import among
from kulant.ledger.models import Customer, OpenItem
from kulant.relationship.models_view import Reviewed

_LOCK = 0x4B52
_CHANGED = "customers of changed objects"
MARK = "mark of the act"  # in the session's info, once the act is done


def begin(act: Act, creditor_id: int, by: str) -> Review:
    """Finds out whom a run that judges by this has to look at now; what it does after this, it does for these."""
    act.session.flush()
    rows = act.session.execute(
        select(Reviewed.customer_id, Reviewed.on, Reviewed.by).where(Reviewed.creditor_id == creditor_id)
    ).all()
    review = Review(creditor_id, by, found={customer_id: mark for customer_id, _, mark in rows})
    looked_at = {customer_id for customer_id, on, mark in rows if on == act.today and mark == by}
    if looked_at:
        everybody = set(act.session.scalars(select(Customer.id).where(Customer.creditor_id == creditor_id)))
        review.customers = (everybody - looked_at) | changed(act)
    act.reviews.append(review)
    return review


def changed(act: Act) -> set[int]:
    """The customers about whom this act has changed anything so far."""
    found = changed_one_by_one(act)
    if act.added:
        owners = select(OpenItem.customer_id).where(_among_added([ids for _, ids in act.added])).distinct()
        found |= {customer_id for customer_id in act.session.scalars(owners) if customer_id is not None}
    return found


def changed_one_by_one(act: Act) -> set[int]:
    """The same, without the owners of items that were posted by the thousand."""
    act.session.flush()
    found: set[int] = {event.customer_id for event in act.events if event.customer_id is not None}
    found |= {customer_id for _, customer_id in act.touched}
    found |= act.session.info.get(_CHANGED, set())
    return found


def _among_added(added: Collection[range]) -> ColumnElement[bool]:
    return or_(*(OpenItem.id.between(ids.start, ids.stop - 1) for ids in added))


def keep(act: Act, customer_ids: Collection[int], added: Collection[range] = ()) -> None:
    """Marks these customers as changed, and those as looked at whom the act's runs have looked at.

    ``added``: the ids of items posted by the thousand. Whoever posts so works alone, with no run under way that could
    mark their customers as looked at; so those without a mark need none to be looked at next.

    It is the last thing before the commit, and its lock the last one taken: other acts pass side by side, a run waits
    for those that are about to commit and lets none pass until it has. So it sees every mark, or is marked over.
    """
    if act.reviews:
        _lock(act.session, shared=False)
        for review in act.reviews:
            _mark_looked_at(act, review)
        act.reviews.clear()
    elif customer_ids or added:
        _lock(act.session, shared=True)
        mark = act.session.info[MARK] = uuid4().hex
        if customer_ids:
            _mark(act, [among(act.session, Customer.id, sorted(customer_ids))], mark)
        if added:
            marked = [select(Reviewed.customer_id), select(OpenItem.customer_id).where(_among_added(added))]
            _mark(act, [Customer.id.in_(which) for which in marked], mark)
    act.session.info.pop(_CHANGED, None)


def mark_on(session: Session, customer_id: int) -> str | None:
    """The mark of whoever changed the customer last, or of the run that looked at them since; none: nobody has yet."""
    return session.scalar(select(Reviewed.by).where(Reviewed.customer_id == customer_id))


def _mark_looked_at(act: Act, review: Review) -> None:
    rows = act.session.execute(
        select(Reviewed.customer_id, Reviewed.by).where(Reviewed.creditor_id == review.creditor_id)
    )
    since = [customer_id for customer_id, mark in rows if review.found.get(customer_id) != mark]
    _mark(act, [Customer.creditor_id == review.creditor_id, ~among(act.session, Customer.id, since)], review.by)


def _mark(act: Act, which: list[Any], by: str) -> None:
    own: Any = postgresql.insert if act.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    table: Table = Reviewed.__table__  # type: ignore[assignment]
    rows = (
        select(Customer.id, Customer.creditor_id, literal(act.today, Date), literal(by, String(32)))
        .where(*which)
        .order_by(Customer.id)
    )
    insert = own(table).from_select(["customer_id", "creditor_id", "reviewed_on", "reviewed_by"], rows)
    new = insert.excluded
    differs = or_(table.c.reviewed_on != new.reviewed_on, table.c.reviewed_by != new.reviewed_by)
    act.session.execute(
        insert.on_conflict_do_update(
            index_elements=["customer_id"],
            set_={"reviewed_on": new.reviewed_on, "reviewed_by": new.reviewed_by},
            where=differs,
        )
    )


def _lock(session: Session, *, shared: bool) -> None:
    """SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        take = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        session.execute(text(f"SELECT {take}(:lock)"), {"lock": _LOCK})


@event.listens_for(Session, "after_flush")
def _remember(session: Session, _context: object) -> None:
    """Whoever changes an object of a customer's has changed something about them, told or not."""
    changed = session.info.setdefault(_CHANGED, set())
    for each in (*session.new, *session.dirty, *session.deleted):
        customer_id = each.id if isinstance(each, Customer) else getattr(each, "customer_id", None)
        if customer_id is not None:
            changed.add(customer_id)
