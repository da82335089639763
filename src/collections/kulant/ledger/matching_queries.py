"""What matching asks the ledger, for thousands of payments at a time."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from kulant.ledger.bulk import among
from kulant.ledger.erased import not_erased
from kulant.ledger.models import (
    CombinedReference,
    CombinedReferenceItem,
    Customer,
    Entry,
    OpenItem,
    PaymentDetail,
)
from kulant.ledger.queries import allocations_of

MONEY_IN = ("payment", "transfer")
MONEY = (*MONEY_IN, "chargeback")


def items_by_reference(session: Session, creditor_id: int, names: Collection[str]) -> dict[str, list[OpenItem]]:
    """Invoices that carry one of the references, and everything a combined reference stands for."""
    if not names:
        return {}
    own = select(OpenItem.payment_reference, OpenItem).where(
        OpenItem.creditor_id == creditor_id,
        OpenItem.kind == "invoice",
        among(session, OpenItem.payment_reference, names),
    )
    combined = (
        select(CombinedReference.reference, OpenItem)
        .join(CombinedReferenceItem, CombinedReferenceItem.reference_id == CombinedReference.id)
        .join(OpenItem, OpenItem.id == CombinedReferenceItem.item_id)
        .where(CombinedReference.creditor_id == creditor_id, among(session, CombinedReference.reference, names))
    )
    found: dict[str, dict[int, OpenItem]] = {}
    for statement in (own, combined):
        for name, item in session.execute(statement):
            found.setdefault(str(name), {})[item.id] = item
    return {name: list(items.values()) for name, items in found.items()}


def invoices_by_number(session: Session, creditor_id: int, numbers: Collection[str]) -> dict[str, OpenItem]:
    """Invoices by number."""
    if not numbers:
        return {}
    rows = session.scalars(
        select(OpenItem).where(
            OpenItem.creditor_id == creditor_id,
            OpenItem.series == "document",
            OpenItem.kind == "invoice",
            among(session, OpenItem.number, numbers),
        )
    )
    return {item.number: item for item in rows}


def lengths_with_zeros(session: Session, creditor_id: int) -> list[int]:
    """How long the creditor's invoice numbers are that begin with a zero; payers leave the zeros out."""
    return list(
        session.scalars(
            select(func.length(OpenItem.number))
            .where(
                OpenItem.creditor_id == creditor_id,
                OpenItem.series == "document",
                OpenItem.number >= "0",
                OpenItem.number < "1",
            )
            .distinct()
        )
    )


def charges_of(session: Session, invoice_ids: Collection[int]) -> dict[int, list[OpenItem]]:
    """Open fees, interest and compensation, by the invoice they belong to."""
    if not invoice_ids:
        return {}
    rows = session.scalars(
        select(OpenItem)
        .where(among(session, OpenItem.belongs_to_id, invoice_ids), OpenItem.open_minor > 0)
        .order_by(OpenItem.id)
    )
    found: dict[int, list[OpenItem]] = {}
    for item in rows:
        found.setdefault(item.belongs_to_id or 0, []).append(item)
    return found


def open_invoices_of(
    session: Session, customer_ids: Collection[int], *, amounts: Collection[int] | None = None
) -> list[OpenItem]:
    """Open invoices of these customers; with ``amounts``, those that are open with one of them or bear charges."""
    if not customer_ids:
        return []
    statement = select(OpenItem).where(
        among(session, OpenItem.customer_id, customer_ids), OpenItem.kind == "invoice", OpenItem.open_minor > 0
    )
    if amounts is not None:
        charge = select(OpenItem.belongs_to_id).where(
            among(session, OpenItem.customer_id, customer_ids),
            OpenItem.belongs_to_id.is_not(None),
            OpenItem.open_minor > 0,
        )
        statement = statement.where(or_(among(session, OpenItem.open_minor, amounts), OpenItem.id.in_(charge)))
    return list(session.scalars(statement.order_by(OpenItem.due_date, OpenItem.id)))


def _waiting(creditor_id: int) -> ColumnElement[bool]:
    """Money nobody has placed: of no known customer, or not used at all. A rest left over is the customer's credit."""
    return and_(
        OpenItem.creditor_id == creditor_id,
        OpenItem.open_minor != 0,
        OpenItem.due_date.is_(None),  # as the index of open items has it; money has no due date
        OpenItem.kind.in_(MONEY),
        or_(OpenItem.customer_id.is_(None), OpenItem.open_minor == OpenItem.amount_minor),
    )


def waiting_payments(
    session: Session, creditor_id: int, *, parked: bool = False, limit: int | None = None
) -> Sequence[OpenItem]:
    """Payments that wait for a clerk, oldest first; or those put aside."""
    aside = PaymentDetail.parked_on
    statement = (
        select(OpenItem)
        .outerjoin(PaymentDetail, PaymentDetail.item_id == OpenItem.id)
        .where(_waiting(creditor_id), aside.is_not(None) if parked else aside.is_(None))
        .order_by(OpenItem.issue_date, OpenItem.id)
        .limit(limit)
    )
    return session.scalars(statement).all()


def unplaced_payments(session: Session, creditor_id: int, *, after: int, limit: int) -> Sequence[OpenItem]:
    """Payments to look at again, by id. What a clerk has put aside or taken back is the clerk's to place."""
    taken_back = select(Entry.id).where(Entry.item_id == OpenItem.id, Entry.kind == "reverse")
    statement = (
        select(OpenItem)
        .outerjoin(PaymentDetail, PaymentDetail.item_id == OpenItem.id)
        .where(_waiting(creditor_id), PaymentDetail.parked_on.is_(None), ~taken_back.exists(), OpenItem.id > after)
        .order_by(OpenItem.id)
        .limit(limit)
    )
    return session.scalars(statement).all()


def count_waiting(creditor_id: int, *, parked: bool = False) -> Select[int]:
    """How many payments wait, to be asked alone or within another question."""
    aside = PaymentDetail.parked_on
    return (
        select(func.count())
        .select_from(OpenItem)
        .outerjoin(PaymentDetail, PaymentDetail.item_id == OpenItem.id)
        .where(_waiting(creditor_id), aside.is_not(None) if parked else aside.is_(None))
    )


def matched_lately(
    session: Session, creditor_id: int, *, limit: int, without: Collection[str] = ()
) -> Sequence[OpenItem]:
    """Payments whose money was placed last, the newest first; ``without``: those whose number begins like this."""
    newest = (
        select(Entry.item_id, func.max(Entry.id).label("entry_id"))
        .where(Entry.id.in_(_last_allocations(creditor_id, limit * 20)))
        .group_by(Entry.item_id)
        .subquery()
    )
    return session.scalars(
        select(OpenItem)
        .join(newest, newest.c.item_id == OpenItem.id)
        .where(
            OpenItem.kind.in_(MONEY),
            OpenItem.open_minor != OpenItem.amount_minor,
            *(OpenItem.number.not_like(f"{prefix}%") for prefix in without),
        )
        .order_by(newest.c.entry_id.desc())
        .limit(limit)
    ).all()


def _last_allocations(creditor_id: int, limit: int) -> Select[int]:
    inner = (
        select(Entry.id)
        .where(Entry.creditor_id == creditor_id, Entry.kind == "allocate")
        .order_by(Entry.id.desc())
        .limit(limit)
        .subquery()
    )
    return select(inner.c.id)


@dataclass(frozen=True, slots=True)
class Used:
    """So much of a payment went to that item on that day."""

    item: OpenItem
    amount_minor: int
    entry: Entry


def used_for(session: Session, payment: OpenItem) -> list[Used]:
    """Where the money of a payment is now, the newest first."""
    entries = allocations_of(session, payment.id)
    ids = [entry.against_item_id for entry in entries if entry.against_item_id is not None]
    items = {item.id: item for item in session.scalars(select(OpenItem).where(OpenItem.id.in_(ids)))}
    return [Used(items[entry.against_item_id or 0], abs(entry.amount_minor), entry) for entry in entries]


def open_invoices_of_amount(
    session: Session, creditor_id: int, amount_minor: int, currency: str, *, limit: int
) -> Sequence[OpenItem]:
    """Open invoices of anybody with exactly this amount."""
    return session.scalars(
        select(OpenItem)
        .where(
            OpenItem.creditor_id == creditor_id,
            OpenItem.due_date.is_not(None),
            OpenItem.open_minor != 0,
            OpenItem.open_minor == amount_minor,
            OpenItem.currency == currency,
            OpenItem.kind == "invoice",
        )
        .order_by(OpenItem.due_date, OpenItem.id)
        .limit(limit)
    ).all()


def customers_like(session: Session, creditor_id: int, words: str, *, limit: int) -> Sequence[Customer]:
    """Customers whose name or number holds the words, by name."""
    pattern = "%" + re.sub(r"[\\%_]", "", words) + "%"
    return session.scalars(
        select(Customer)
        .where(
            Customer.creditor_id == creditor_id,
            not_erased(),
            or_(Customer.name.ilike(pattern), Customer.number.ilike(pattern)),
        )
        .order_by(Customer.name, Customer.id)
        .limit(limit)
    ).all()


def payments_like(session: Session, returned: OpenItem, detail: PaymentDetail | None, *, limit: int) -> list[OpenItem]:
    """Payments a negative bank amount may be the return of: same amount, same payer, newest first."""
    same = [OpenItem.customer_id == returned.customer_id] if returned.customer_id is not None else []
    if detail is not None and detail.payer_account:
        same.append(PaymentDetail.payer_account == detail.payer_account)
    if detail is not None and detail.payer_name:
        same.append(func.lower(PaymentDetail.payer_name) == detail.payer_name.lower())
    if not same:
        return []
    return list(
        session.scalars(
            select(OpenItem)
            .outerjoin(PaymentDetail, PaymentDetail.item_id == OpenItem.id)
            .where(
                OpenItem.creditor_id == returned.creditor_id,
                OpenItem.series == "payment",
                OpenItem.kind == "payment",
                OpenItem.currency == returned.currency,
                OpenItem.amount_minor == -returned.amount_minor,
                OpenItem.issue_date <= returned.issue_date,
                or_(*same),
            )
            .order_by(OpenItem.issue_date.desc(), OpenItem.id.desc())
            .limit(limit)
        )
    )


def transfer_by_number(session: Session, creditor_id: int, number: str) -> OpenItem | None:
    """Money that was moved to a customer, by the number of its posting."""
    return session.scalar(
        select(OpenItem).where(
            OpenItem.creditor_id == creditor_id,
            OpenItem.series == "adjustment",
            OpenItem.kind == "transfer",
            OpenItem.number == number,
        )
    )


def placed_of(session: Session, customer_id: int, currency: str, *, limit: int) -> Sequence[OpenItem]:
    """The customer's payments that pay something, the newest first."""
    return session.scalars(
        select(OpenItem)
        .where(
            OpenItem.customer_id == customer_id,
            OpenItem.currency == currency,
            OpenItem.kind.in_(MONEY_IN),
            OpenItem.amount_minor < 0,
            OpenItem.open_minor != OpenItem.amount_minor,
        )
        .order_by(OpenItem.issue_date.desc(), OpenItem.id.desc())
        .limit(limit)
    ).all()
