"""Tables: payment plans, their offers and instalments, and the links customers open."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Json, Minor, UtcTime


class Plan(Base):
    """A payment plan from offer to end.

    ``offered → active → completed | broken | cancelled``; an offer nobody answered in time is ``expired``.
    """

    __tablename__ = "plan"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(10), default="offered")
    claim_minor: Mapped[int] = mapped_column(Minor)  # what the plan covers, when offered and again when accepted
    reference: Mapped[str] = mapped_column(String(80))  # payment reference of the instalments
    offered_on: Mapped[date] = mapped_column(Date)
    offered_by: Mapped[str] = mapped_column(String(120))
    valid_until: Mapped[date] = mapped_column(Date)
    accepted_on: Mapped[date | None] = mapped_column(Date)
    accepted_offer: Mapped[int | None]
    evidence: Mapped[dict[str, Any] | None] = mapped_column(Json)  # name, time, address, what was shown
    ledger_mark: Mapped[int | None] = mapped_column(Id)  # newest entry when accepted: later ones pay the plan
    ended_on: Mapped[date | None] = mapped_column(Date)
    end_reason: Mapped[str | None] = mapped_column(Text)
    late_reason: Mapped[str | None] = mapped_column(String(20))  # why the customer was late when it was offered
    grade: Mapped[str | None] = mapped_column(String(1))  # the customer's when it was offered

    __table_args__ = (
        UniqueConstraint("creditor_id", "reference"),
        Index("ix_plan_by_customer", "customer_id", "status"),
        Index(
            "uq_plan_active",
            "customer_id",
            "currency",
            unique=True,
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
    )


class PlanOffer(Base):
    """One way of paying the plan: so many instalments on these days."""

    __tablename__ = "plan_offer"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    number: Mapped[int]  # 1, 2, 3 within the plan: the N of `kulant plan accept --offer N`
    schedule: Mapped[list[list[Any]]] = mapped_column(Json)  # [[due ISO date, amount minor], …]
    total_minor: Mapped[int] = mapped_column(Minor)
    interest_minor: Mapped[int] = mapped_column(Minor)

    __table_args__ = (UniqueConstraint("plan_id", "number"),)


class PlanItem(Base):
    """An invoice covered by an accepted plan, and how much of it was open then."""

    __tablename__ = "plan_item"
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("open_item.id"), primary_key=True)
    amount_minor: Mapped[int] = mapped_column(Minor)

    __table_args__ = (Index("ix_plan_item_by_item", "item_id"),)


class Instalment(Base):
    """One payment of an accepted plan; what has been paid on it follows from the ledger, oldest first."""

    __tablename__ = "instalment"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    number: Mapped[int]
    due: Mapped[date] = mapped_column(Date)
    amount_minor: Mapped[int] = mapped_column(Minor)
    paid_minor: Mapped[int] = mapped_column(Minor, default=0)

    __table_args__ = (UniqueConstraint("plan_id", "number"),)


class PortalLink(Base):
    """A link to the portal for one customer. Its token is derived from the signing key; only a hash is kept."""

    __tablename__ = "portal_link"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    nonce: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_on: Mapped[date] = mapped_column(Date)
    expires_on: Mapped[date] = mapped_column(Date)
    revoked_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
