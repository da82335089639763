"""The agreement of an accepted payment plan, as a document: the archived one, else drawn from the plan itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.ledger.matching_queries import charges_of
from kulant.ledger.models import Customer
from kulant.ledger.queries import primary_contacts
from kulant.letters import archive
from kulant.letters.content import LetterItem, build_letter
from kulant.letters.letterhead import dressed
from kulant.letters.models import Document
from kulant.letters.offers import LetterOffer
from kulant.letters.own_texts import own_text
from kulant.letters.render import render_pdf
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
    schedule = tuple((part.due, part.amount_minor) for part in queries.instalments_of(session, plan.id))
    covered = queries.items_of(session, plan.id)
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
        total_minor=plan.claim_minor,
        currency=plan.currency,
        payment_reference=plan.reference,
        pay_by=schedule[0][0],
        portal_url=portal_url,
        offers=[LetterOffer(schedule)],
        charges_rest=bool(charges_of(session, [item.id for _, item in covered])),
        own=own_text(session, creditor.id, "plan_agreement", language),
    )


def agreement_pdf(session: Session, plan: Plan, storage: Storage) -> bytes:
    """The agreement as it was sent; drawn from the plan as long as it has not left, or when it left nowhere."""
    sent = session.scalar(
        select(Document)
        .where(Document.creditor_id == plan.creditor_id, Document.key.startswith(f"plan:{plan.id}:accepted:"))
        .order_by(Document.id)
        .limit(1)
    )
    if sent is not None:
        return archive.read(storage, sent)
    content, logo = dressed(session, plan.creditor_id, agreement_content(session, plan))
    return render_pdf(content, logo=logo).pdf
