"""The tone of a document for a customer: what is known of the relationship, asked for the rules of ``tone``."""

from __future__ import annotations

from sqlalchemy.orm import Session

from kulant.ledger.models import Customer
from kulant.letters.tone import Relationship, Tone, tone
from kulant.relationship.care_queries import standings
from kulant.relationship.rulebook import rules_of
from kulant.treatment.ceiling import ceiling_of
from kulant.treatment.ladder import Policy


def customer_tone(
    session: Session, *, customer: Customer, document: str, grade: str | None, policy: Policy | None = None
) -> Tone:
    """The tone by the document, the grade, how the relationship stands, and the ceiling of the ladder, if any."""
    standing = standings(session, [customer.id]).get(customer.id)
    phases = rules_of(session, customer.creditor_id).phases
    phase = next((one for one in phases if standing is not None and one.code == standing.phase), None)
    code = phase.code if phase else None
    ceiling = ceiling_of(policy, segment=customer.segment, grade=grade, phase=code) if policy else None
    known = Relationship(
        grade=grade,
        phase=phase.name if phase else None,
        gentle_phase=phase is not None and (phase.kindness > 1 or phase is phases[0]),
        since=customer.customer_since.year if customer.customer_since else None,
        ceiling=ceiling.document if ceiling else None,
        ceiling_for=ceiling.whose if ceiling else "",
        consumer=customer.kind == "consumer",
    )
    return tone(document, known)
