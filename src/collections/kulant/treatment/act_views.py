"""What people decide about ladders, treatments and reasons, as programs see it: the JSON of the shell and the API."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kulant.ledger.models import Customer
from kulant.relationship.late_reasons import current
from kulant.relationship.why_late import UNKNOWN
from kulant.treatment.models import Ladder, Proposal
from kulant.treatment.records import proposed_treatment
from kulant.treatment.why_late import suggestions_for


def ladder_json(row: Ladder) -> dict[str, Any]:
    """A version of a ladder: who put it in force and why, and who ended it."""
    return {
        "ladder": row.name,
        "version": row.version,
        "active": row.active,
        "applied_on": row.applied_on.isoformat(),
        "applied_by": row.applied_by,
        "reason": row.why,
        "ended_on": row.ended_on.isoformat() if row.ended_on else None,
        "ended_by": row.ended_by,
        "ended_reason": row.ended_why,
    }


def chosen_json(proposal: Proposal, code: str | None, reason: str) -> dict[str, Any]:
    """Another option of a proposal than the one put first."""
    return {
        "id": str(proposal.id),
        "proposed": proposed_treatment(proposal),
        "treatment": proposal.treatment,
        "code": code,
        "reason": reason,
    }


def late_json(session: Session, customer: Customer, today: date) -> dict[str, Any]:
    """Why a customer pays late, as said, and what speaks for which reason."""
    said = current(session, customer.id)
    return {
        "customer": customer.number,
        "late_reason": said.code if said else UNKNOWN,
        "text": said.text if said else "",
        "said_by": said.said_by if said else None,
        "since": said.set_on.isoformat() if said else None,
        "suggested": [
            {"code": one.code, "confidence": one.confidence, "evidence": list(one.evidence)}
            for one in suggestions_for(session, customer, today)
        ],
    }
