"""How a figure came about: an item's entries with the file they came in by and the letters that asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.money import decimal_string
from kulant.delivery.models import Delivery
from kulant.intake.models import ImportRun
from kulant.ledger.models import OpenItem
from kulant.ledger.trace import Trace, trace
from kulant.treatment.models import StepSent


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter that asked for the item."""

    step: str
    document: str
    on: date
    document_id: int | None


@dataclass(frozen=True, slots=True)
class History:
    """The trace of an item, the files it came in by, the letters that asked for it."""

    trace: Trace
    imports: list[ImportRun]
    letters: list[Sent]


def history(session: Session, item: OpenItem) -> History:
    """All of it, in a fixed number of statements."""
    found = trace(session, item)
    imports = session.scalars(
        select(ImportRun)
        .where(ImportRun.creditor_id == item.creditor_id, ImportRun.sha256.in_(found.files))
        .where(ImportRun.at <= found.last_recorded)
        .order_by(ImportRun.id)
    ).all()
    return History(found, list(imports), _letters(session, item))


def _letters(session: Session, item: OpenItem) -> list[Sent]:
    steps = session.scalars(select(StepSent).where(StepSent.item_id == item.id).order_by(StepSent.id)).all()
    proposals = {step.proposal_id for step in steps}
    rows = session.execute(
        select(Delivery.proposal_id, Delivery.document_id).where(Delivery.proposal_id.in_(proposals))
    )
    documents = {row.proposal_id: row.document_id for row in rows}
    return [Sent(step.step, step.document, step.sent_on, documents.get(step.proposal_id)) for step in steps]


def history_json(found: History) -> dict[str, Any]:
    """The history as ``kulant trace --json`` prints it."""
    item = found.trace.item

    def amount(minor: int) -> str:
        return decimal_string(minor, item.currency)

    return {
        "item": item.number,
        "id": item.id,
        "kind": item.kind,
        "customer": found.trace.customer.number if found.trace.customer else None,
        "currency": item.currency,
        "amount": amount(item.amount_minor),
        "open": amount(item.open_minor),
        "issued": item.issue_date.isoformat() if item.issue_date else None,
        "due": item.due_date.isoformat() if item.due_date else None,
        "due_assumed": item.due_assumed,
        "reason": item.reason,
        "belongs_to": found.trace.belongs_to.number if found.trace.belongs_to else None,
        "charges": [
            {"item": one.number, "kind": one.kind, "open": amount(one.open_minor)} for one in found.trace.charges
        ],
        "entries": [
            {
                "id": one.entry_id,
                "kind": one.kind,
                "date": one.on.isoformat(),
                "amount": amount(one.amount_minor),
                "open_after": amount(one.open_after_minor),
                "against": one.against.number if one.against else None,
                "reverses": one.reverses_id,
                "reversed_by": one.reversed_by_id,
                "recorded_at": one.recorded_at.isoformat(),
                "by": one.actor,
                "act": one.act,
            }
            for one in found.trace.bookings
        ],
        "imports": [
            {"id": run.id, "file": run.file_name, "format": run.format, "date": run.on.isoformat(), "by": run.actor}
            for run in found.imports
        ],
        "letters": [
            {"document": one.document, "step": one.step, "date": one.on.isoformat(), "archive": one.document_id}
            for one in found.letters
        ],
        "disputes": [
            {
                "reason": one.reason,
                "opened": one.opened_on.isoformat(),
                "resolved": one.resolved_on.isoformat() if one.resolved_on else None,
            }
            for one in found.trace.disputes
        ],
    }
