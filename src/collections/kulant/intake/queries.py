"""Every SELECT of the intake."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.db import columns_of
from kulant.intake.models import ImportRun, SavedMapping
from kulant.intake.payments_csv import RESERVED
from kulant.ledger.bulk import among
from kulant.ledger.models import Contact, Customer, Dispute, Entry, OpenItem

_FROM_FILES = or_(*(OpenItem.number.startswith(prefix) for prefix in RESERVED))


class KnownDocument(NamedTuple):
    """What the ledger says of an invoice or credit note, without an object that could be changed."""

    id: int
    number: str
    kind: str
    currency: str
    amount_minor: int
    open_minor: int
    customer_id: int | None
    issue_date: date | None
    due_date: date | None
    due_assumed: bool
    margin_minor: int | None
    payment_reference: str | None
    order_reference: str | None
    named_number: str | None


def known_documents(session: Session, creditor_id: int, numbers: Collection[str]) -> dict[str, KnownDocument]:
    """What is known of invoices and credit notes, by number."""
    rows = session.execute(
        select(*columns_of(OpenItem, KnownDocument)).where(
            OpenItem.creditor_id == creditor_id,
            OpenItem.series == "document",
            among(session, OpenItem.number, numbers),
        )
    )
    return {row[1]: KnownDocument._make(row) for row in rows}


def any_document_after(session: Session, creditor_id: int, item_id: int) -> bool:
    """Whether the creditor has a document with an id above this one."""
    there = select(OpenItem.id).where(
        OpenItem.creditor_id == creditor_id, OpenItem.series == "document", OpenItem.id > item_id
    )
    return session.scalar(there.limit(1)) is not None


def documents(session: Session, creditor_id: int, numbers: Collection[str]) -> dict[str, OpenItem]:
    """Invoices and credit notes to be changed, by number."""
    if not numbers:
        return {}
    found = session.scalars(
        select(OpenItem).where(
            OpenItem.creditor_id == creditor_id,
            OpenItem.series == "document",
            among(session, OpenItem.number, numbers),
        )
    )
    return {item.number: item for item in found}


def documents_posted_since(session: Session, creditor_id: int, numbers: Collection[str], since: datetime) -> set[str]:
    """Which of these documents were posted at that instant or later."""
    rows = session.scalars(
        select(OpenItem.number)
        .join(Entry, Entry.item_id == OpenItem.id)
        .where(
            OpenItem.creditor_id == creditor_id,
            OpenItem.series == "document",
            among(session, OpenItem.number, numbers),
            Entry.kind == "post",
            Entry.recorded_at >= since,
        )
    )
    return set(rows)


def disputed_items(session: Session, creditor_id: int) -> set[int]:
    """The items of which a dispute is open."""
    return set(
        session.scalars(
            select(Dispute.item_id).where(Dispute.creditor_id == creditor_id, Dispute.resolved_on.is_(None))
        )
    )


def customer_ids(session: Session, creditor_id: int, numbers: Collection[str]) -> dict[str, int]:
    """Ids of customers by number."""
    rows = session.execute(
        select(Customer.number, Customer.id).where(
            Customer.creditor_id == creditor_id, among(session, Customer.number, numbers)
        )
    )
    return {number: customer_id for number, customer_id in rows}  # noqa: C416 -- rows are no tuples to mypy


def customer_facts(session: Session, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Everything a file may say of a customer, by id: the customer's own columns and those of the primary contact."""
    own = [column for column in Customer.__table__.columns if column.name not in ("creditor_id", "number")]
    rows = session.execute(
        select(*own, Contact.email, Contact.phone, Contact.address)
        .outerjoin(Contact, (Contact.customer_id == Customer.id) & Contact.is_primary)
        .where(among(session, Customer.id, ids))
    )
    return {row["id"]: dict(row) for row in rows.mappings()}


def settlements_by_document(session: Session, items: Collection[OpenItem]) -> dict[str, int]:
    """How many settlements were posted already from what files say, by document number."""
    if not items:
        return {}
    rows = session.execute(
        select(OpenItem.named_number, func.count())
        .where(
            OpenItem.customer_id.in_({item.customer_id for item in items}),
            OpenItem.series == "payment",
            OpenItem.named_number.in_([item.number for item in items]),
            _FROM_FILES,
        )
        .group_by(OpenItem.named_number)
    )
    return {str(number): count for number, count in rows}


def covered_by_ours(session: Session, items: Collection[OpenItem]) -> dict[int, int]:
    """How much of each item payments and credits of our own have covered, by item, whatever files say."""
    if not items:
        return {}
    rows = session.execute(
        select(Entry.item_id, func.sum(Entry.amount_minor))
        .join(OpenItem, OpenItem.id == Entry.against_item_id)
        .where(Entry.item_id.in_([item.id for item in items]), Entry.kind.in_(["allocate", "reverse"]), ~_FROM_FILES)
        .group_by(Entry.item_id)
    )
    return {item_id: abs(int(total)) for item_id, total in rows}


def saved_mappings(session: Session, creditor_id: int) -> list[SavedMapping]:
    """The creditor's saved mappings, by name."""
    statement = select(SavedMapping).where(SavedMapping.creditor_id == creditor_id).order_by(SavedMapping.name)
    return list(session.scalars(statement))


def saved_mapping(session: Session, creditor_id: int, name: str) -> SavedMapping | None:
    """The creditor's saved mapping of that name."""
    return session.scalar(
        select(SavedMapping).where(SavedMapping.creditor_id == creditor_id, SavedMapping.name == name)
    )


def import_run(session: Session, creditor_id: int, run_id: int, *, lock: bool = False) -> ImportRun:
    """The import of that number; refuses when this creditor has none."""
    statement = select(ImportRun).where(ImportRun.id == run_id, ImportRun.creditor_id == creditor_id)
    found = session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise NotFound("no_import", f"There is no import {run_id}.")
    return found


def unfinished_run(session: Session, creditor_id: int, sha256: str, wanted: dict[str, Any]) -> ImportRun | None:
    """An import of the same file in the same way that was cut short."""
    return session.scalar(
        select(ImportRun)
        .where(
            ImportRun.creditor_id == creditor_id,
            ImportRun.status == "running",
            ImportRun.sha256 == sha256,
            ImportRun.wanted == wanted,
        )
        .order_by(ImportRun.id.desc())
        .limit(1)
    )


def run_to_carry_out(session: Session, now: datetime) -> ImportRun | None:
    """The oldest queued import, or one whose worker was not heard of in time; nobody else takes it meanwhile."""
    return session.scalar(
        select(ImportRun).where(_to_carry_out(now)).order_by(ImportRun.id).limit(1).with_for_update(skip_locked=True)
    )


def anything_to_carry_out(session: Session, now: datetime) -> bool:
    """Whether an import waits for a worker."""
    return session.scalar(select(ImportRun.id).where(_to_carry_out(now)).limit(1)) is not None


def _to_carry_out(now: datetime) -> ColumnElement[bool]:
    lapsed = and_(ImportRun.status == "running", ImportRun.stored.is_not(None), ImportRun.lease_until < now)
    return or_(ImportRun.status == "waiting", lapsed)


def files_in_use(session: Session) -> set[str]:
    """The stored files of imports that are not done."""
    unfinished = select(ImportRun.stored).where(ImportRun.status.in_(["waiting", "running"]))
    return {key for key in session.scalars(unfinished) if key}


def import_of_upload(session: Session, creditor_id: int, stored: str) -> ImportRun | None:
    """The import that was made of an uploaded file, if one was."""
    return session.scalar(select(ImportRun).where(ImportRun.creditor_id == creditor_id, ImportRun.stored == stored))


def recent_imports(session: Session, creditor_id: int, *, limit: int = 20) -> list[ImportRun]:
    """The creditor's newest imports first."""
    statement = select(ImportRun).where(ImportRun.creditor_id == creditor_id).order_by(ImportRun.id.desc()).limit(limit)
    return list(session.scalars(statement))


def fitting_mapping(session: Session, creditor_id: int, columns: list[str]) -> SavedMapping | None:
    """A saved mapping made for a file with exactly these columns, the newest first."""
    fitting = [saved for saved in saved_mappings(session, creditor_id) if saved.columns == columns]
    return max(fitting, key=lambda saved: saved.id, default=None)
