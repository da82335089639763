"""Tables of what is remembered about decisions: who decided what, what came of it, and how each run judged."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Boolean, Date, ForeignKey, Index, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Json, Minor, UtcTime
from kulant.treatment.models import Proposal
from kulant.treatment.unchanging import guard, proposal_guard, record_guard


class DecisionRecord(Base):
    """A person's decision about a proposal: taken, changed, refused, and why. Never changed, never deleted.

    What the program had reckoned (inputs, versions, ranking) stands in the proposal and is never changed either, so
    that it can be reckoned again to the same answer.
    """

    __tablename__ = "decision_record"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    act: Mapped[str] = mapped_column(String(10))  # chosen | approved | dismissed | undone
    proposed: Mapped[str] = mapped_column(String(20))  # the treatment the program had put first
    treatment: Mapped[str] = mapped_column(String(20))  # the one decided on
    override: Mapped[str | None] = mapped_column(String(30))  # the code of the reason, where the two differ
    reason: Mapped[str | None] = mapped_column(Text)
    grade: Mapped[str | None] = mapped_column(String(1))
    late_reason: Mapped[str | None] = mapped_column(String(20))
    decided_by: Mapped[str] = mapped_column(String(120))
    decided_on: Mapped[date] = mapped_column(Date)
    decided_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        Index("ix_decision_record_by_proposal", "proposal_id"),
        Index("ix_decision_record_by_creditor_and_day", "creditor_id", "decided_on"),
    )


class Outcome(Base):
    """What came of a treatment that was carried out; closed when the debt was paid, or after the days it is watched."""

    __tablename__ = "outcome"
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    treatment: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(20))  # why the customer was late, as known then; unknown
    grade: Mapped[str | None] = mapped_column(String(1))
    currency: Mapped[str] = mapped_column(String(3))
    asked_minor: Mapped[int] = mapped_column(Minor)
    done_on: Mapped[date] = mapped_column(Date)
    closed_on: Mapped[date | None] = mapped_column(Date)
    recovered: Mapped[bool | None] = mapped_column(Boolean)
    recovered_minor: Mapped[int] = mapped_column(Minor, default=0)
    days: Mapped[int | None]  # until it was paid
    teaches: Mapped[bool] = mapped_column(default=False)  # it has had the days it usually takes, paid or not
    by_chance: Mapped[bool] = mapped_column(default=False)  # chosen by lot among near-ties, so it teaches most

    __table_args__ = (
        Index("ix_outcome_open_by_creditor", "creditor_id", "closed_on"),
        Index("ix_outcome_by_customer", "customer_id"),
    )


class Verdict(Base):
    """What the runs made of a customer's account from that day on, item by item; a new row only when it changed."""

    __tablename__ = "verdict"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    currency: Mapped[str] = mapped_column(String(3))
    since: Mapped[date] = mapped_column("first_on", Date)
    treatment: Mapped[str | None] = mapped_column(String(20))
    step: Mapped[str | None] = mapped_column(String(60))
    said: Mapped[dict[str, Any]] = mapped_column(Json)  # reasons, and of each item its step and codes
    fingerprint: Mapped[str] = mapped_column(String(32))

    __table_args__ = (
        Index("ix_verdict_by_account", "customer_id", "currency", "id"),
        Index("ix_verdict_by_creditor_and_day", "creditor_id", "first_on"),
    )


for _model, _statements in ((Proposal, proposal_guard), (DecisionRecord, record_guard)):
    guard(cast(Table, _model.__table__), {dialect: _statements(dialect) for dialect in ("sqlite", "postgresql")})
