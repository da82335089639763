"""What there is to try a text with: a letter that waits, a note a customer got, money that came; and with whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from kulant.delivery.models import Delivery
from kulant.ledger.models import Customer, Entry, OpenItem
from kulant.letters.late_instalment import OCCASIONS
from kulant.letters.late_instalment import text_of as late_text
from kulant.treatment.models import Proposal

_LOOKED_AT = 200  # notes of one kind, the newest
_SEARCHED = 50_000  # rows of the outbox, the newest: a kind that hardly ever happens is not looked for in all of them
_PARTS = 40


def text_of(kind: str, context: Mapping[str, Any]) -> str:
    """Which text a note of that kind and context is written by."""
    if kind in ("receipt", "apology"):
        return f"{kind}_{context.get('what')}"
    if kind == "instalment_reminder" and context.get("occasion") in OCCASIONS:
        return late_text(context)
    return kind


def newest_note(session: Session, customer: Customer, document: str, key: str) -> Delivery | None:
    """The newest note the customer got, or is to get, that is written by that text."""
    rows = session.scalars(
        select(Delivery)
        .where(Delivery.customer_id == customer.id, Delivery.kind == document, Delivery.proposal_id.is_(None))
        .order_by(Delivery.id.desc())
        .limit(_LOOKED_AT)
    )
    return next((row for row in rows if row.context and text_of(row.kind, row.context) == key), None)


def waiting_proposal(session: Session, customer: Customer, document: str) -> Proposal | None:
    """The proposal of such a letter that waits for somebody to approve it."""
    treatment = "payment_plan" if document == "plan_offer" else None
    return session.scalar(
        select(Proposal)
        .where(
            Proposal.customer_id == customer.id,
            Proposal.status == "proposed",
            Proposal.channel.not_in(("call", "task")),
            or_(Proposal.document == document, Proposal.treatment == treatment) if treatment else
            Proposal.document == document,
        )
        .order_by(Proposal.id.desc())
        .limit(1)
    )  # fmt: skip


def newest_payment(session: Session, customer: Customer) -> dict[str, Any] | None:
    """The customer's newest payment of invoices, as a receipt is written from it."""
    paid, invoice = aliased(OpenItem), aliased(OpenItem)
    rows = session.execute(
        select(paid, invoice, -Entry.amount_minor)
        .select_from(Entry)
        .join(invoice, invoice.id == Entry.item_id)
        .join(paid, paid.id == Entry.against_item_id)
        .where(invoice.customer_id == customer.id, paid.kind == "payment", Entry.amount_minor < 0)
        .order_by(Entry.on.desc(), paid.id.desc(), Entry.id)
        .limit(_PARTS)
    ).all()
    payment: OpenItem | None = rows[0][0] if rows else None
    if payment is None or payment.issue_date is None:
        return None
    about = [(item, minor) for one, item, minor in rows if one.id == payment.id]
    return {
        "what": "payment",
        "reference": payment.number,
        "currency": payment.currency,
        "amount_minor": sum(minor for _, minor in about),
        "day": payment.issue_date.isoformat(),
        "invoices": list(dict.fromkeys(item.number for item, _ in about)),
        "left_minor": sum({item.id: item.open_minor for item, _ in about}.values()),
    }


def customers_with(session: Session, creditor_id: int, document: str, key: str, most: int) -> Sequence[Customer]:
    """Customers for whom something of the kind has happened, those of the newest first."""
    ids = _with_proposals(session, creditor_id, document, most) + _with_notes(session, creditor_id, document, key)
    if key == "receipt_payment":
        ids += _with_payments(session, creditor_id, most)
    chosen = list(dict.fromkeys(ids))[:most]
    known = select(Customer).where(Customer.id.in_(chosen), Customer.erased_on.is_(None))
    found = {row.id: row for row in session.scalars(known)}
    return [found[each] for each in chosen if each in found]


def _with_proposals(session: Session, creditor_id: int, document: str, most: int) -> list[int]:
    return list(
        session.scalars(
            select(Proposal.customer_id)
            .where(
                Proposal.creditor_id == creditor_id,
                Proposal.status == "proposed",
                Proposal.document == document,
                Proposal.channel.not_in(("call", "task")),
            )
            .order_by(Proposal.id.desc())
            .limit(most)
        )
    )


def _with_notes(session: Session, creditor_id: int, document: str, key: str) -> list[int]:
    newest = session.scalar(select(func.max(Delivery.id))) or 0
    rows = session.execute(
        select(Delivery.customer_id, Delivery.context)
        .where(Delivery.creditor_id == creditor_id, Delivery.kind == document, Delivery.proposal_id.is_(None))
        .where(Delivery.id > newest - _SEARCHED)
        .order_by(Delivery.id.desc())
        .limit(_LOOKED_AT)
    )
    return [customer for customer, context in rows if context and text_of(document, context) == key]


def _with_payments(session: Session, creditor_id: int, most: int) -> list[int]:
    return [
        customer
        for customer in session.scalars(
            select(OpenItem.customer_id)
            .where(OpenItem.creditor_id == creditor_id, OpenItem.kind == "payment", OpenItem.customer_id.is_not(None))
            .where(OpenItem.open_minor == 0)
            .order_by(OpenItem.id.desc())
            .limit(most)
        )
        if customer is not None
    ]
