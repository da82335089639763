"""Tables of the sub-ledger: customers, contacts, open items, entries, balances, disputes, references, exchange rates.

Signs follow the customer's account: what the customer owes is positive (invoice, chargeback), what reduces it is
negative (credit note, payment). An item's open balance is the sum of its entries; ``OpenItem.open_minor`` keeps that
sum so that lists need not add it up, and ``kulant doctor`` proves the two equal.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, Text, UniqueConstraint, text
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
    erased_on: Mapped[date | None] = mapped_column(Date)  # their personal data was erased: nothing is known of them

    __table_args__ = (
        UniqueConstraint("creditor_id", "number"),
        Index(
            "ix_customer_erased",
            "creditor_id",
            sqlite_where=text("erased_on IS NOT NULL"),
            postgresql_where=text("erased_on IS NOT NULL"),
        ),
    )


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
    """Something on a customer's account that is owed or credited: a document, a payment, a charge, an adjustment."""

    __tablename__ = "open_item"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))  # none: a payment of unknown payer
    series: Mapped[str] = mapped_column(String(10))  # numbers are unique within each series
    # document: invoice | credit_note; payment: payment | chargeback | refund; charge, posted by Kulant when a letter
    # has left: fee | interest | compensation; adjustment: write_off | deduction | transfer
    kind: Mapped[str] = mapped_column(String(12))
    number: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str] = mapped_column(String(3))
    issue_date: Mapped[date | None] = mapped_column(Date)  # for payments: the day they are dated
    due_date: Mapped[date | None] = mapped_column(Date)
    due_assumed: Mapped[bool] = mapped_column(default=False)  # the file named no due date; it was reckoned
    amount_minor: Mapped[int] = mapped_column(Minor)  # signed, as posted
    open_minor: Mapped[int] = mapped_column(Minor)  # signed: the sum of its entries, maintained by ledger.posting
    settled_on: Mapped[date | None] = mapped_column(Date)  # the day the open balance last reached zero
    margin_minor: Mapped[int | None] = mapped_column(Minor)
    payment_reference: Mapped[str | None] = mapped_column(String(80))
    order_reference: Mapped[str | None] = mapped_column(String(80))
    named_number: Mapped[str | None] = mapped_column(String(80))  # invoice a payment or credit note names
    belongs_to_id: Mapped[int | None] = mapped_column(ForeignKey("open_item.id"))  # a charge's invoice
    reason: Mapped[str | None] = mapped_column(Text)  # why an adjustment was made, or the rule a charge rests on

    __table_args__ = (
        UniqueConstraint("creditor_id", "series", "number"),
        Index("ix_open_item_by_customer", "customer_id", "currency"),
        Index(
            "ix_open_item_by_reference",
            "creditor_id",
            "payment_reference",
            sqlite_where=text("payment_reference IS NOT NULL"),
            postgresql_where=text("payment_reference IS NOT NULL"),
        ),
        Index(
            "ix_open_item_by_belongs_to",
            "belongs_to_id",
            sqlite_where=text("belongs_to_id IS NOT NULL"),
            postgresql_where=text("belongs_to_id IS NOT NULL"),
        ),
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
        Index(
            "ix_entry_by_against_item",
            "against_item_id",
            sqlite_where=text("against_item_id IS NOT NULL"),
            postgresql_where=text("against_item_id IS NOT NULL"),
        ),
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
    owner: Mapped[str | None] = mapped_column(String(120))  # who looks into it
    answer_by: Mapped[date | None] = mapped_column(Date)  # the day the customer was promised an answer
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


class PaymentDetail(Base):
    """What the bank told of a payment beyond its amount, and whether a clerk has put it aside for later."""

    __tablename__ = "payment_detail"
    item_id: Mapped[int] = mapped_column(ForeignKey("open_item.id"), primary_key=True)
    payer_name: Mapped[str | None] = mapped_column(String(200))
    payer_account: Mapped[str | None] = mapped_column(String(60))
    message: Mapped[str | None] = mapped_column(Text)
    bank_reference: Mapped[str | None] = mapped_column(String(140))
    account: Mapped[str | None] = mapped_column(String(60))  # the creditor's own account it came to
    # How its customer was found: reference | number | amount | payer | clerk; none when the file named the customer.
    found_by: Mapped[str | None] = mapped_column(String(10))
    parked_on: Mapped[date | None] = mapped_column(Date)
    parked_by: Mapped[str | None] = mapped_column(String(120))
    parked_reason: Mapped[str | None] = mapped_column(Text)


class KnownPayer(Base):
    """Who pays for whom: learned when a reference or a clerk says so, used to match the payer's next payment.

    A payer with several customers pays for several; nothing is matched by that alone.
    """

    __tablename__ = "known_payer"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    key: Mapped[str] = mapped_column(String(220))  # account:… or name:…
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    learned_on: Mapped[date] = mapped_column(Date)
    learned_by: Mapped[str] = mapped_column(String(120))

    __table_args__ = (UniqueConstraint("creditor_id", "key", "customer_id"),)


class CustomerBalance(Base):
    """A customer's balance and ages in one currency on a day: derived from the items and kept in step with them."""

    __tablename__ = "customer_balance"
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    as_of: Mapped[date] = mapped_column(Date)
    items: Mapped[int]  # open items
    open_minor: Mapped[int] = mapped_column(Minor)
    overdue_minor: Mapped[int] = mapped_column(Minor)
    current_minor: Mapped[int] = mapped_column(Minor)
    days_1_30_minor: Mapped[int] = mapped_column(Minor)
    days_31_60_minor: Mapped[int] = mapped_column(Minor)
    days_61_90_minor: Mapped[int] = mapped_column(Minor)
    days_over_90_minor: Mapped[int] = mapped_column(Minor)
    credits_minor: Mapped[int] = mapped_column(Minor)  # below zero
    oldest_due: Mapped[date | None] = mapped_column(Date)  # of what is owed

    __table_args__ = (
        Index("ix_customer_balance_by_creditor", "creditor_id", "as_of"),
        # PostgreSQL: room beside each row for its next version, so that adding to a balance leaves the indexes alone.
        {"postgresql_with": {"fillfactor": 50}},
    )


class ExchangeRate(Base):
    """What one unit of a currency was worth in the creditor's on a day. For reports only: nothing is netted by it."""

    __tablename__ = "exchange_rate"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    currency: Mapped[str] = mapped_column(String(3))
    on: Mapped[date] = mapped_column("rate_on", Date)
    millionths: Mapped[int] = mapped_column(BigInteger)  # of a unit of the creditor's currency
    source: Mapped[str] = mapped_column(String(120))

    __table_args__ = (UniqueConstraint("creditor_id", "currency", "rate_on"),)
