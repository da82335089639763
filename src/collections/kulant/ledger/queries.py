"""Every SELECT of the ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from kulant.core.errors import NotFound
from kulant.ledger.bulk import among
from kulant.ledger.models import (
    CombinedReference,
    Contact,
    Customer,
    Dispute,
    Entry,
    OpenItem,
)
from kulant.people.models import Creditor


def issued_by(today: date) -> ColumnElement[bool]:
    """Only what exists on the business date: an item dated later is not in any figure yet."""
    return or_(OpenItem.issue_date.is_(None), OpenItem.issue_date <= today, OpenItem.series == "payment")


def work_alone(session: Session, creditor_id: int) -> None:
    """Makes everybody else wait who would change this creditor's balances: an import or a run reads far ahead."""
    session.scalars(select(Creditor.id).where(Creditor.id == creditor_id).with_for_update(key_share=True)).all()


def work_beside_others(session: Session, customer_id: int) -> None:
    """Waits for an import or run of the customer's creditor to end, and keeps the next from beginning.

    It is the first lock to take: customer, items, proposal and delivery come after it, in this order.
    """
    session.scalars(
        select(Creditor.id)
        .join(Customer, Customer.creditor_id == Creditor.id)
        .where(Customer.id == customer_id)
        .with_for_update(read=True, of=Creditor)
    ).all()


def customer_by_number(session: Session, creditor_id: int, number: str) -> Customer:
    """The creditor's customer of that number; refuses when there is none."""
    customer = session.scalar(select(Customer).where(Customer.creditor_id == creditor_id, Customer.number == number))
    if customer is None:
        raise NotFound("no_customer", f"there is no customer {number!r}")
    return customer


def customers_by_number(session: Session, creditor_id: int, numbers: Collection[str]) -> dict[str, Customer]:
    """Customers by their numbers, in one statement."""
    rows = session.scalars(select(Customer).where(Customer.creditor_id == creditor_id, Customer.number.in_(numbers)))
    return {customer.number: customer for customer in rows}


def customers_by_id(session: Session, customer_ids: Collection[int]) -> dict[int, Customer]:
    """Customers by their ids."""
    rows = session.scalars(select(Customer).where(among(session, Customer.id, customer_ids)))
    return {row.id: row for row in rows}


def primary_contacts(session: Session, customer_ids: Collection[int]) -> dict[int, Contact]:
    """The contact that receives letters, by customer."""
    rows = session.scalars(select(Contact).where(among(session, Contact.customer_id, customer_ids), Contact.is_primary))
    return {contact.customer_id: contact for contact in rows}


def document_by_number(session: Session, creditor_id: int, number: str) -> OpenItem:
    """The invoice or credit note of that number; refuses when there is none."""
    item = documents_by_number(session, creditor_id, [number]).get(number)
    if item is None:
        raise NotFound("no_invoice", f"there is no invoice {number!r}")
    return item


def documents_by_number(session: Session, creditor_id: int, numbers: Collection[str]) -> dict[str, OpenItem]:
    """Invoices and credit notes by number."""
    return _items_by_number(session, creditor_id, "document", numbers)


def payments_by_number(session: Session, creditor_id: int, numbers: Collection[str]) -> dict[str, OpenItem]:
    """Payments and chargebacks by their own number."""
    return _items_by_number(session, creditor_id, "payment", numbers)


def _items_by_number(session: Session, creditor_id: int, series: str, numbers: Collection[str]) -> dict[str, OpenItem]:
    rows = session.scalars(
        select(OpenItem).where(
            OpenItem.creditor_id == creditor_id, OpenItem.series == series, OpenItem.number.in_(numbers)
        )
    )
    return {item.number: item for item in rows}


def combined_reference(creditor_id: int, reference: str) -> Select[int]:
    """The combined reference of that text."""
    return select(CombinedReference.id).where(
        CombinedReference.creditor_id == creditor_id, CombinedReference.reference == reference
    )


def oldest_due_first(item: OpenItem) -> tuple[date, int]:
    """The order in which debts are paid when nobody says otherwise."""
    return (item.due_date or date.max, item.id)


def open_items(session: Session, customer_id: int, *, today: date, currency: str | None = None) -> list[OpenItem]:
    """Everything open on a customer's account on the day, debts and credits, oldest due first."""
    statement = select(OpenItem).where(OpenItem.customer_id == customer_id, OpenItem.open_minor != 0, issued_by(today))
    if currency is not None:
        statement = statement.where(OpenItem.currency == currency)
    return sorted(session.scalars(statement), key=oldest_due_first)


def currency_owed_in(session: Session, customer: Customer, today: date, otherwise: str) -> str:
    """The currency the customer owes in longest; ``otherwise`` when nothing is overdue."""
    return next(iter(overdue_currencies(session, customer.id, today)), otherwise)


def overdue_currencies(session: Session, customer_id: int, today: date) -> list[str]:
    """Currencies in which the customer is late with something, the longest overdue first."""
    oldest = func.min(OpenItem.due_date)
    return list(
        session.scalars(
            select(OpenItem.currency)
            .where(OpenItem.customer_id == customer_id, OpenItem.open_minor > 0, OpenItem.due_date < today)
            .where(issued_by(today))
            .group_by(OpenItem.currency)
            .order_by(oldest, OpenItem.currency)
        )
    )


def allocations_of(session: Session, item_id: int) -> Sequence[Entry]:
    """The item's allocations that have not been reversed, newest first."""
    reversal = aliased(Entry)
    return session.scalars(
        select(Entry)
        .where(
            Entry.item_id == item_id,
            Entry.kind == "allocate",
            ~select(reversal.id).where(reversal.reverses_id == Entry.id).exists(),
        )
        .order_by(Entry.id.desc())
    ).all()


def allocation_pair(session: Session, entry: Entry) -> list[Entry]:
    """Both halves of an allocation: what the credit gave and what the debit got."""
    other = next(
        half
        for half in allocations_of(session, entry.against_item_id or 0)
        if half.against_item_id == entry.item_id and half.amount_minor == -entry.amount_minor
    )
    return [entry, other]


def open_disputes(session: Session, customer_ids: Collection[int]) -> dict[int, Dispute]:
    """Disputes not yet resolved, by item."""
    rows = session.scalars(
        select(Dispute).where(among(session, Dispute.customer_id, customer_ids), Dispute.resolved_on.is_(None))
    )
    return {dispute.item_id: dispute for dispute in rows}


def newest_payment_date(session: Session, creditor_id: int) -> date | None:
    """The day of the newest bank data: the latest payment known."""
    return session.scalar(
        select(func.max(OpenItem.issue_date)).where(OpenItem.creditor_id == creditor_id, OpenItem.series == "payment")
    )


@dataclass(frozen=True, slots=True)
class Imbalance:
    """An item whose maintained open balance is not the sum of its entries."""

    item_id: int
    number: str
    open_minor: int
    entries_minor: int


def imbalances(session: Session) -> list[Imbalance]:
    """Items where the summary and the entries disagree; none in a sound ledger. ``kulant doctor`` asks this."""
    total = func.coalesce(func.sum(Entry.amount_minor), 0)
    rows = session.execute(
        select(OpenItem.id, OpenItem.number, OpenItem.open_minor, total)
        .outerjoin(Entry, Entry.item_id == OpenItem.id)
        .group_by(OpenItem.id)
        .having(total != OpenItem.open_minor)
        .order_by(OpenItem.id)
        .limit(20)
    )
    return [Imbalance(*row) for row in rows]
