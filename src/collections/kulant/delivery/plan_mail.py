"""Mail about a payment plan, put into the outbox once: its confirmation, and the thanks when it is complete."""

from __future__ import annotations

from typing import Any

from kulant.db import Act
from kulant.delivery.models import Delivery
from kulant.delivery.notes import ARCHIVE, new_note, queue
from kulant.delivery.refused import usable_email
from kulant.delivery.sending_rules import sending_rules
from kulant.i18n import language_of
from kulant.ledger.models import Customer
from kulant.ledger.queries import primary_contacts
from kulant.people.models import Creditor
from kulant.plans import queries
from kulant.plans.models import Plan


def queue_plan_mail(act: Act, *, plan: Plan, customer: Customer, kind: str, key: str) -> Delivery | None:
    """Queues the mail unless it is queued already. Where no e-mail reaches the customer the agreement is drawn for the
    archive alone, so that what was agreed is kept as a document in any case; thanks are left out.
    """
    if kind == "thank_you" and not sending_rules(act.session, plan.creditor_id).thank_you:
        return None
    contact = primary_contacts(act.session, [customer.id]).get(customer.id)
    email = usable_email(act.session, customer, contact)
    if email is None and kind != "plan_accepted":
        return None
    channel, context = "email" if email else ARCHIVE, _context(act, plan, customer)
    note = new_note(act, customer=customer, kind=kind, key=key, recipient=email, context=context, channel=channel)
    return queue(act, note)


def _context(act: Act, plan: Plan, customer: Customer) -> dict[str, Any]:
    creditor = act.session.get_one(Creditor, plan.creditor_id)
    instalments = queries.instalments_of(act.session, plan.id)
    return {
        "plan": plan.id,
        "reference": plan.reference,
        "currency": plan.currency,
        "total_minor": plan.claim_minor,
        "schedule": [[part.due.isoformat(), part.amount_minor] for part in instalments],
        "name": (plan.evidence or {}).get("name"),
        "language": language_of(customer.language, customer.country, creditor.language),
        "invoices": [item.number for _, item in queries.items_of(act.session, plan.id)],
    }
