"""Tables: payment plans, their offers and instalments, what was changed or proposed, and the links customers open."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Json, Minor, UtcTime


class Plan(Base):
    """A payment plan from offer to end.

    ``offered → accepted → active → late → completed | renegotiated | broken | cancelled``; an offer nobody answered in
    time is ``expired``. ``plans/states.py`` holds every step that may be taken.
    """

    __tablename__ = "plan"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    currency: Mapped[str] = mapped_column(String(3))
    # SQLite knows no lengths, and to change one there would mean to write the table anew.
    status: Mapped[str] = mapped_column(String(12).with_variant(String(10), "sqlite"), default="offered")
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
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))  # the plan it was renegotiated from
    misses: Mapped[int] = mapped_column(default=0)  # instalments missed so far
    late_since: Mapped[date | None] = mapped_column(Date)
    approval: Mapped[str | None] = mapped_column(String(8))  # above the limits: waiting | given | refused
    approved_by: Mapped[str | None] = mapped_column(String(120))
    approved_on: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("creditor_id", "reference"),
        Index("ix_plan_by_customer", "customer_id", "status"),
        Index(
            "uq_plan_active",
            "customer_id",
            "currency",
            unique=True,
            sqlite_where=text("status IN ('accepted', 'active', 'late')"),
            postgresql_where=text("status IN ('accepted', 'active', 'late')"),
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
    fee_minor: Mapped[int] = mapped_column(Minor, default=0)
    shape: Mapped[str] = mapped_column(String(8), default="equal")  # equal | graded | seasonal
    made_by: Mapped[str] = mapped_column(String(8), default="program")  # program | clerk | customer
    rate: Mapped[int] = mapped_column(default=0)  # interest a year, in hundredths of a percent

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
    moved_from: Mapped[date | None] = mapped_column(Date)  # its day before the customer moved it
    reminded_on: Mapped[date | None] = mapped_column(Date)
    missed_on: Mapped[date | None] = mapped_column(Date)

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
    code_hash: Mapped[str | None] = mapped_column(String(64))  # of the code typed from a letter
    created_on: Mapped[date] = mapped_column(Date)
    expires_on: Mapped[date] = mapped_column(Date)
    revoked_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (Index("uq_portal_link_code_hash", "code_hash", unique=True),)


class PlanChange(Base):
    """A change of an agreed plan that the customer made within the limits, or a clerk made for them."""

    __tablename__ = "plan_change"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))  # move | skip | day | reshape
    made_on: Mapped[date] = mapped_column(Date)
    made_by: Mapped[str] = mapped_column(String(120))
    before: Mapped[list[list[Any]]] = mapped_column(Json)  # [[due ISO date, amount minor], …]
    after: Mapped[list[list[Any]]] = mapped_column(Json)
    cost_minor: Mapped[int] = mapped_column(Minor, default=0)  # what the change adds for the customer


class CounterProposal(Base):
    """What a customer proposed instead of the plans they were offered, and what became of it."""

    __tablename__ = "counter_proposal"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))  # the plan it became
    currency: Mapped[str] = mapped_column(String(3))
    wanted: Mapped[dict[str, Any]] = mapped_column(Json)  # monthly minor, count, first day, day of the month
    words: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(10))  # waiting | accepted | declined | withdrawn
    consequence: Mapped[dict[str, Any]] = mapped_column(Json)  # what it would mean, as computed when it came
    made_on: Mapped[date] = mapped_column(Date)
    decided_on: Mapped[date | None] = mapped_column(Date)
    decided_by: Mapped[str | None] = mapped_column(String(120))
    answer: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("ix_counter_proposal_open", "creditor_id", "status"),)
