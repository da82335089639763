"""What a delivery says, drawn and archived: the letter of a proposal, the agreement of a plan, a thank-you."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.agreement import agreement_content
from kulant.delivery.models import Delivery
from kulant.ledger.models import Customer
from kulant.ledger.queries import primary_contacts
from kulant.ledger.service import ensure_combined_reference
from kulant.letters import archive
from kulant.letters.content import build_letter
from kulant.letters.mail import EVENTS, Mail, render_mail
from kulant.letters.proposal_letter import invoice_reference, link_nonce, payment_reference, proposal_letter
from kulant.letters.render import Rendered, canonical, render_pdf
from kulant.letters.storage import Storage
from kulant.people.models import Creditor
from kulant.plans import service as plans
from kulant.plans.links import make_link
from kulant.plans.models import Plan
from kulant.plans.queries import plan_by_id
from kulant.treatment.models import Proposal
from kulant.treatment.queries import proposal_items


@dataclass(frozen=True, slots=True)
class Written:
    """A delivery put into words, before it is drawn. ``lease_until`` marks whose work it is."""

    content: dict[str, Any]
    mail: Mail
    file_name: str
    lease_until: datetime


def write(act: Act, *, delivery: Delivery, base_url: str, secret: str) -> Written:
    """Puts the delivery into words and makes what its words refer to: the link, the reference, the plan offered."""
    if delivery.lease_until is None:
        raise Refusal("not_taken", "this delivery was not taken for work")
    content = _content(act, delivery, base_url, secret)
    event = delivery.kind if delivery.kind in EVENTS else "letter"
    return Written(
        content=content,
        mail=render_mail(event, content["language"], content),
        file_name=f"{content['heading']} {content['on']}.pdf".replace("/", "-"),
        lease_until=delivery.lease_until,
    )


def draw(written: Written) -> Rendered:
    """The PDF; slow, so it is drawn outside of any transaction."""
    return render_pdf(written.content)


def keep(act: Act, *, delivery: Delivery, written: Written, drawn: Rendered, storage: Storage) -> None:
    """Archives what is about to leave. Its key holds a digest of its words: the same words are the same document."""
    digest = sha256(canonical(written.content)).hexdigest()[:12]
    document = archive.store(
        act,
        storage=storage,
        creditor=act.session.get_one(Creditor, delivery.creditor_id),
        customer=act.session.get_one(Customer, delivery.customer_id),
        key=f"{delivery.key}:{digest}",
        content=written.content,
        rendered=drawn,
    )
    delivery.document_id = document.id


def _content(act: Act, delivery: Delivery, base_url: str, secret: str) -> dict[str, Any]:
    creditor = act.session.get_one(Creditor, delivery.creditor_id)
    if delivery.proposal_id is not None:
        proposal = act.session.get_one(Proposal, delivery.proposal_id)
        _make_ready(act, creditor, proposal, secret)
        return proposal_letter(
            act.session, creditor=creditor, proposal=proposal, on=act.today, base_url=base_url, secret=secret
        )
    plan = plan_by_id(act.session, creditor.id, delivery.context["plan"])
    if delivery.kind == "plan_accepted":
        return agreement_content(act.session, plan)
    return _thanks(act, creditor, plan, delivery)


def _make_ready(act: Act, creditor: Creditor, proposal: Proposal, secret: str) -> None:
    """The plan a plan offer speaks of, the link the letter carries, the reference that stands for all its invoices."""
    customer = act.session.get_one(Customer, proposal.customer_id)
    plan = None
    if proposal.treatment == "payment_plan":
        plan = plans.make_offers(act, creditor=creditor, customer=customer, currency=proposal.currency)
    make_link(act, secret=secret, customer=customer, plan=plan, nonce=link_nonce(proposal))
    listed = proposal_items(act.session, [proposal.id]).get(proposal.id, [])
    asked = [item for row, item in listed if row.asked_minor > 0]
    if asked and invoice_reference(creditor, listed) is None:
        ensure_combined_reference(
            act,
            customer=customer,
            currency=proposal.currency,
            reference=payment_reference(creditor, proposal, listed),
            items=asked,
        )


def _thanks(act: Act, creditor: Creditor, plan: Plan, delivery: Delivery) -> dict[str, Any]:
    customer = act.session.get_one(Customer, plan.customer_id)
    return build_letter(
        creditor=creditor,
        customer=customer,
        contact=primary_contacts(act.session, [customer.id]).get(customer.id),
        kind="thank_you",
        language=delivery.context.get("language"),
        on=act.today,
        items=[],
        total_minor=plan.claim_minor,
        currency=plan.currency,
        payment_reference=plan.reference,
        pay_by=act.today,
    )
