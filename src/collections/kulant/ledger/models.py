"""Tables of the sub-ledger: customers, contacts, open items, entries, disputes, combined references.

Signs follow the customer's account: what the customer owes is positive (invoice, chargeback), what reduces it is
negative (credit note, payment). An item's open balance is the sum of its entries; ``OpenItem.open_minor`` keeps that
sum so that lists need not add it up, and ``kulant doctor`` proves the two equal.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Minor, UtcTime


class Customer(Base):
    """A customer of one creditor, known by the number the creditor's own system uses."""

    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    number: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(10), default="business")  # business | consumer
    country: Mapped[str | None] = mapped_column(String(2))
    language: Mapped[str | None] = mapped_column(String(2))
    customer_since: Mapped[date | None] = mapped_column(Date)
    account_manager: Mapped[str | None] = mapped_column(String(120))
    segment: Mapped[str | None] = mapped_column(String(60))
    acquisition_cost_minor: Mapped[int | None] = mapped_column(Minor)
    credit_limit_minor: Mapped[int | None] = mapped_column(Minor)
    strategic: Mapped[bool] = mapped_column(default=False)
    contact_opt_out: Mapped[bool] = mapped_column(default=False)
    no_dunning: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (UniqueConstraint("creditor_id", "number"),)


class Contact(Base):
    """How to reach a customer; the primary contact receives letters and e-mail."""

    __tablename__ = "contact"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    name: Mapped[str | None] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))
    address: Mapped[str | None] = mapped_column(Text)  # lines, as on an envelope
    is_primary: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (
        Index(
            "uq_contact_primary",
            "customer_id",
            unique=True,
            sqlite_where=text("is_primary"),
            postgresql_where=text("is_primary"),
        ),
    )


class OpenItem(Base):
    """A document or payment on a customer's account: invoice, credit note, payment, chargeback."""

    __tablename__ = "open_item"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))  # none: a payment of unknown payer
    series: Mapped[str] = mapped_column(String(10))  # document | payment: numbers are unique within each
    kind: Mapped[str] = mapped_column(String(12))  # invoice | credit_note | payment | chargeback
    number: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str] = mapped_column(String(3))
    issue_date: Mapped[date | None] = mapped_column(Date)  # for payments: the day they are dated
    due_date: Mapped[date | None] = mapped_column(Date)
    amount_minor: Mapped[int] = mapped_column(Minor)  # signed, as posted
    open_minor: Mapped[int] = mapped_column(Minor)  # signed: the sum of its entries, maintained by ledger.posting
    settled_on: Mapped[date | None] = mapped_column(Date)  # the day the open balance last reached zero
    margin_minor: Mapped[int | None] = mapped_column(Minor)
    payment_reference: Mapped[str | None] = mapped_column(String(80))
    order_reference: Mapped[str | None] = mapped_column(String(80))
    named_number: Mapped[str | None] = mapped_column(String(80))  # invoice a payment or credit note names

    __table_args__ = (
        UniqueConstraint("creditor_id", "series", "number"),
        Index("ix_open_item_by_customer", "customer_id", "currency"),
        Index("ix_open_item_by_reference", "creditor_id", "payment_reference"),
        Index(
            "ix_open_item_open_by_due",
            "creditor_id",
            "due_date",
            sqlite_where=text("open_minor <> 0"),
            postgresql_where=text("open_minor <> 0"),
        ),
    )


class Entry(Base):
    """One posting on one item. Never changed or deleted: a mistake is reversed by an equal and opposite entry.

    ``post`` brings an item into being with its amount. ``allocate`` comes in pairs of one group: what is taken from a
    credit is given to a debit, so a pair sums to zero. ``reverse`` undoes one such entry.
    """

    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("open_item.id"))
    against_item_id: Mapped[int | None] = mapped_column(ForeignKey("open_item.id"))
    kind: Mapped[str] = mapped_column(String(10))  # post | allocate | reverse
    on: Mapped[date] = mapped_column("booked_on", Date)
    amount_minor: Mapped[int] = mapped_column(Minor)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"), unique=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        Index("ix_entry_by_item", "item_id"),
        Index("ix_entry_by_against_item", "against_item_id"),
        Index("ix_entry_by_creditor_and_date", "creditor_id", "booked_on"),
    )


class Dispute(Base):
    """The customer says something is wrong with an invoice: that part is not asked for while the dispute is open."""

    __tablename__ = "dispute"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("open_item.id"))
    amount_minor: Mapped[int | None] = mapped_column(Minor)  # none: all of it
    reason: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(10))  # clerk | import | portal
    opened_on: Mapped[date] = mapped_column(Date)
    resolved_on: Mapped[date | None] = mapped_column(Date)
    outcome: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_dispute_by_customer", "customer_id"),
        Index(
            "uq_dispute_open_item",
            "item_id",
            unique=True,
            sqlite_where=text("resolved_on IS NULL"),
            postgresql_where=text("resolved_on IS NULL"),
        ),
    )


class CombinedReference(Base):
    """A payment reference that stands for several items of one customer, oldest due first (a letter's, a plan's)."""

    __tablename__ = "combined_reference"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    currency: Mapped[str] = mapped_column(String(3))
    reference: Mapped[str] = mapped_column(String(80))

    __table_args__ = (UniqueConstraint("creditor_id", "reference"),)


class CombinedReferenceItem(Base):
    """One of the items a combined reference stands for."""

    __tablename__ = "combined_reference_item"
    reference_id: Mapped[int] = mapped_column(ForeignKey("combined_reference.id", ondelete="CASCADE"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("open_item.id"), primary_key=True)
