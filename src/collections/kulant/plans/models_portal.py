"""Tables of the portal: codes by e-mail, payments begun with a provider."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Json, Minor, UtcTime


class OneTimeCode(Base):
    """A code mailed to the address on file, which proves that whoever types it reads that mailbox. Kept as a hash."""

    __tablename__ = "one_time_code"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("portal_link.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    attempts: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class PaymentOrder(Base):
    """A payment a customer began on a payment provider's page; money counts only when the ledger has it.

    One at a time is open of a customer in a currency: beginning the same again leads to it, another takes its place.
    """

    __tablename__ = "payment_order"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)  # our own name for it, given to the provider
    provider: Mapped[str] = mapped_column(String(40))
    provider_id: Mapped[str | None] = mapped_column(String(120))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(Minor)
    reference: Mapped[str] = mapped_column(String(80))
    item_ids: Mapped[list[int]] = mapped_column(Json, default=list)  # what it pays, in rising order
    status: Mapped[str] = mapped_column(String(10))  # begun | superseded | paid | failed | expired
    made_on: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcTime)
    said: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # the provider's last word

    __table_args__ = (
        Index("ix_payment_order_open", "creditor_id", "status"),
        Index(
            "uq_payment_order_open",
            "customer_id",
            "currency",
            unique=True,
            sqlite_where=text("status = 'begun'"),
            postgresql_where=text("status = 'begun'"),
        ),
    )
