"""Every SELECT of the intake."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.intake.models import ImportRun, SavedMapping
from kulant.intake.payments_csv import RESERVED
from kulant.ledger.models import Entry, OpenItem

_FROM_FILES = or_(*(OpenItem.number.startswith(prefix) for prefix in RESERVED))


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


def import_run(session: Session, creditor_id: int, run_id: int) -> ImportRun:
    """The import of that number; refuses when this creditor has none."""
    found = session.scalar(select(ImportRun).where(ImportRun.id == run_id, ImportRun.creditor_id == creditor_id))
    if found is None:
        raise NotFound("no_import", f"There is no import {run_id}.")
    return found


def recent_imports(session: Session, creditor_id: int, *, limit: int = 20) -> list[ImportRun]:
    """The creditor's newest imports first."""
    statement = select(ImportRun).where(ImportRun.creditor_id == creditor_id).order_by(ImportRun.id.desc()).limit(limit)
    return list(session.scalars(statement))


def fitting_mapping(session: Session, creditor_id: int, columns: list[str]) -> SavedMapping | None:
    """A saved mapping made for a file with exactly these columns, the newest first."""
    fitting = [saved for saved in saved_mappings(session, creditor_id) if saved.columns == columns]
    return max(fitting, key=lambda saved: saved.id, default=None)
