"""What a delivery says, drawn and archived: the letter of a proposal, or a note that belongs to none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.agreement import keep_evidence
from kulant.delivery.models import Delivery
from kulant.delivery.writing_notes import write_note
from kulant.ledger.models import Customer
from kulant.ledger.service import ensure_combined_reference
from kulant.letters import archive
from kulant.letters.letterhead import dressed
from kulant.letters.mail import Mail, event_of, has_pdf, render_mail
from kulant.letters.proposal_letter import invoice_reference, link_nonce, payment_reference, proposal_letter
from kulant.letters.render import Rendered, canonical, render_pdf
from kulant.letters.statement import render_statement
from kulant.letters.storage import Storage
from kulant.people.models import Creditor
from kulant.plans import service as plans
from kulant.plans.links import make_link
from kulant.plans.queries import plan_by_id
from kulant.treatment.models import Proposal
from kulant.treatment.queries import proposal_items

NEVER_ARCHIVED = ("fresh_link", "one_time_code")


@dataclass(frozen=True, slots=True)
class Written:
    """A delivery put into words, before it is drawn. ``lease_until`` marks whose work it is."""

    content: dict[str, Any]
    mail: Mail
    file_name: str
    attached: bool  # the PDF goes with the e-mail
    lease_until: datetime
    logo: bytes | None = None  # that the letter's look names
    asked_of: tuple[str | None, int | None] = (None, None)  # the state the gate was asked about; see worker


def write(act: Act, *, delivery: Delivery, base_url: str, secret: str) -> Written:
    """Puts the delivery into words and makes what its words refer to: the link, the reference, the plan offered."""
    if delivery.lease_until is None:
        raise Refusal("not_taken", "this delivery was not taken for work")
    content, logo = dressed(act.session, delivery.creditor_id, _content(act, delivery, base_url, secret))
    event = event_of(content["kind"])
    return Written(
        content=content,
        mail=render_mail(event, content["language"], content),
        file_name=f"{content['heading']} {content['on']}.pdf".replace("/", "-"),
        attached=has_pdf(event),
        lease_until=delivery.lease_until,
        logo=logo,
    )


def draw(written: Written) -> Rendered:
    """The PDF; slow, so it is drawn outside of any transaction."""
    if written.content["kind"] == "statement":
        return render_statement(written.content, logo=written.logo)
    return render_pdf(written.content, logo=written.logo)


def keep(act: Act, *, delivery: Delivery, written: Written, drawn: Rendered, storage: Storage) -> None:
    """Archives what is about to leave. Its key holds a digest of its words: the same words are the same document.

    A one-time code or a new link alone is not archived: whoever reads the archive must not be able to use it.
    """
    if delivery.kind in NEVER_ARCHIVED:
        return
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
    if delivery.kind == "plan_accepted":
        plan = plan_by_id(act.session, delivery.creditor_id, delivery.context["plan"])
        keep_evidence(act, plan, pdf_sha256=document.sha256)


def _content(act: Act, delivery: Delivery, base_url: str, secret: str) -> dict[str, Any]:
    if delivery.proposal_id is None:
        return write_note(act, delivery=delivery, base_url=base_url, secret=secret)
    creditor = act.session.get_one(Creditor, delivery.creditor_id)
    proposal = act.session.get_one(Proposal, delivery.proposal_id)
    _make_ready(act, creditor, proposal, secret)
    return proposal_letter(
        act.session, creditor=creditor, proposal=proposal, on=act.today, base_url=base_url, secret=secret
    )


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
