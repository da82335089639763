"""The agreement of an accepted payment plan, as a document: the archived one, else drawn from the plan itself."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound, Refusal
from kulant.db import Act
from kulant.delivery.models import Delivery
from kulant.ledger.matching_queries import charges_of
from kulant.ledger.models import Customer
from kulant.ledger.queries import primary_contacts
from kulant.letters import archive
from kulant.letters.content import LetterItem, build_letter
from kulant.letters.letterhead import dressed
from kulant.letters.models import Document
from kulant.letters.offers import LetterOffer
from kulant.letters.own_texts import own_text
from kulant.letters.render import canonical, render_pdf
from kulant.letters.sheet import translator_for
from kulant.letters.storage import Storage
from kulant.people.models import Creditor
from kulant.plans import queries
from kulant.plans.models import Plan


def agreement_content(session: Session, plan: Plan, *, portal_url: str | None = None) -> dict[str, Any]:
    """What the agreement says."""
    if plan.accepted_on is None:
        raise Refusal("not_accepted", f"plan {plan.id} has not been accepted, so there is no agreement")
    customer = session.get_one(Customer, plan.customer_id)
    schedule = agreed_schedule(session, plan)
    covered = queries.items_of(session, plan.id)
    own = {item.id for _, item in covered}
    rest = charges_of(session, [item.id for _, item in covered])
    items = [
        LetterItem(item.number, part.amount_minor, item.issue_date, item.due_date, kind=item.kind)
        for part, item in covered
    ]
    creditor = session.get_one(Creditor, plan.creditor_id)
    language = translator_for(None, customer, creditor).language
    return build_letter(
        creditor=creditor,
        customer=customer,
        contact=primary_contacts(session, [customer.id]).get(customer.id),
        kind="plan_agreement",
        language=None,
        on=plan.accepted_on,
        items=items,
        total_minor=sum(amount for _, amount in schedule),
        currency=plan.currency,
        payment_reference=plan.reference,
        pay_by=schedule[0][0],
        portal_url=portal_url,
        offers=[LetterOffer(schedule, (plan.evidence or {}).get("extra_minor", 0))],
        charges_rest=any(charge.id not in own for charges in rest.values() for charge in charges),
        own=own_text(session, creditor.id, "plan_agreement", language),
    )


def agreed_schedule(session: Session, plan: Plan) -> tuple[tuple[date, int], ...]:
    """The payments as they were agreed, whatever was changed since."""
    agreed = (plan.evidence or {}).get("schedule")
    if agreed:
        return tuple((date.fromisoformat(due), int(minor)) for due, minor in agreed)
    return tuple((part.due, part.amount_minor) for part in queries.instalments_of(session, plan.id))


def keep_evidence(act: Act, plan: Plan, **known: str) -> None:
    """Adds to the evidence of an acceptance what is known of its words and its PDF; nothing kept is replaced."""
    plan.evidence = {**known, **(plan.evidence or {})}
    act.session.flush()


def words_hash(content: dict[str, Any]) -> str:
    """The digest of what the agreement says: the same words have the same."""
    return sha256(canonical(content)).hexdigest()


def accepted_key(plan: Plan) -> str:
    """Under which the agreement goes into the outbox, and begins in the archive."""
    return f"plan:{plan.id}:accepted"


def agreement_document(session: Session, plan: Plan) -> Document | None:
    """The agreement as it was archived when it left; none as long as it has not."""
    return session.scalar(
        select(Document)
        .where(Document.creditor_id == plan.creditor_id, Document.key.startswith(f"{accepted_key(plan)}:"))
        .order_by(Document.id)
        .limit(1)
    )


def is_being_drawn(session: Session, plan: Plan) -> bool:
    """Whether the agreement waits in the outbox to be drawn and archived."""
    waits = select(Delivery.id).where(Delivery.key == accepted_key(plan))
    return agreement_document(session, plan) is None and session.scalar(waits) is not None


def agreement_pdf(session: Session, plan: Plan, storage: Storage) -> bytes:
    """The agreement as it is archived, and nothing else; refused in the moment before a worker has drawn it.

    A plan that was agreed before agreements were archived has none and never will: that one is drawn from the plan.
    """
    sent = agreement_document(session, plan)
    if sent is not None:
        return archive.read(storage, sent)
    if is_being_drawn(session, plan):
        raise NotFound("not_drawn_yet", "The agreement is being drawn just now. Look again in a moment.")
    content, logo = dressed(session, plan.creditor_id, agreement_content(session, plan))
    return render_pdf(content, logo=logo).pdf
