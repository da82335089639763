"""Tables: ladders (policies) and their versions, proposals with their items, steps sent."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Json, Minor, UtcTime


class Ladder(Base):
    """A version of a dunning ladder; the newest version of each name is active, older ones are kept."""

    __tablename__ = "ladder"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    name: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    yaml: Mapped[str] = mapped_column(Text)
    active: Mapped[bool]
    applied_on: Mapped[date] = mapped_column(Date)
    applied_by: Mapped[str] = mapped_column(String(120))
    why: Mapped[str | None] = mapped_column(Text)  # what whoever applied it gave as the reason
    ended_on: Mapped[date | None] = mapped_column(Date)  # another version took its place, or it was switched off
    ended_by: Mapped[str | None] = mapped_column(String(120))
    ended_why: Mapped[str | None] = mapped_column(Text)  # only where it was switched off

    __table_args__ = (UniqueConstraint("creditor_id", "name", "version"),)


class Proposal(Base):
    """What Kulant suggests for one customer in one currency on one day, why, and what the clerk decided.

    The decision's inputs (``facts``), ranking (``options``) and reasons are stored as they were and never changed.
    """

    __tablename__ = "proposal"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    currency: Mapped[str] = mapped_column(String(3))
    on: Mapped[date] = mapped_column("proposed_on", Date)
    ladder_id: Mapped[int | None] = mapped_column(ForeignKey("ladder.id"))
    treatment: Mapped[str] = mapped_column(String(20))
    document: Mapped[str | None] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(10))  # email | letter | call | task
    language: Mapped[str] = mapped_column(String(2))
    step: Mapped[str | None] = mapped_column(String(60))
    firmness: Mapped[int]
    demand_minor: Mapped[int] = mapped_column(Minor)
    fees_minor: Mapped[int] = mapped_column(Minor, default=0)
    interest_minor: Mapped[int] = mapped_column(Minor, default=0)
    charges: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)  # what this letter adds, line by line
    reasons: Mapped[list[dict[str, str]]] = mapped_column(Json)
    options: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    break_evens: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    offers: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    grade: Mapped[str | None] = mapped_column(String(1))  # the customer's on the day
    late_reason: Mapped[str | None] = mapped_column(String(20))  # why they are late, as said or most likely
    message: Mapped[str | None] = mapped_column(Text)  # a sentence the clerk added to the letter
    status: Mapped[str] = mapped_column(String(10), default="proposed")
    # proposed | approved | dismissed | sent | blocked | done (a call or task carried out) | superseded
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_on: Mapped[date | None] = mapped_column(Date)
    decision_reason: Mapped[str | None] = mapped_column(Text)
    blocked: Mapped[list[dict[str, str]]] = mapped_column(Json, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        Index("ix_proposal_by_creditor_and_status", "creditor_id", "status"),
        Index("ix_proposal_by_customer", "customer_id"),
        Index(
            "uq_proposal_live",
            "customer_id",
            "currency",
            unique=True,
            sqlite_where=text("status IN ('proposed', 'approved', 'blocked')"),
            postgresql_where=text("status IN ('proposed', 'approved', 'blocked')"),
        ),
    )


class ProposalItem(Base):
    """An item a proposal lists: what is asked for it, and the step this letter takes it to (none: listed along)."""

    __tablename__ = "proposal_item"
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id", ondelete="CASCADE"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("open_item.id"), primary_key=True)
    asked_minor: Mapped[int] = mapped_column(Minor)  # negative for a credit that is deducted
    step: Mapped[str | None] = mapped_column(String(60))

    __table_args__ = (Index("ix_proposal_item_by_item", "item_id"),)


class StepSent(Base):
    """An item reached this ladder step on that day; what the next step counts from."""

    __tablename__ = "step_sent"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("open_item.id"))
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    step: Mapped[str] = mapped_column(String(60))
    document: Mapped[str] = mapped_column(String(20))
    sent_on: Mapped[date] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("item_id", "proposal_id"),
        Index("ix_step_sent_by_item", "item_id", "sent_on"),
    )
