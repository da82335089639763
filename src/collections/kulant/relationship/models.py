"""Tables: timeline, holds, promises, concerns (complaints and requests), tasks, scores."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Json, Minor, UtcTime


class TimelineEvent(Base):
    """Something that happened with a customer, in words; never changed."""

    __tablename__ = "timeline_event"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    on: Mapped[date] = mapped_column("happened_on", Date)
    at: Mapped[datetime] = mapped_column(UtcTime)
    kind: Mapped[str] = mapped_column(String(40))
    actor: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("open_item.id"))
    direction: Mapped[str | None] = mapped_column(String(3))  # in: they came to us; out: we went to them
    data: Mapped[dict[str, Any]] = mapped_column(Json)

    __table_args__ = (Index("ix_timeline_event_by_customer_and_date", "customer_id", "happened_on", "id"),)


class Hold(Base):
    """Nothing goes out to this customer (or for this item) until that day, and why."""

    __tablename__ = "hold"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("open_item.id"))
    code: Mapped[str] = mapped_column(String(20))  # clerk | says_paid | hardship
    reason: Mapped[str] = mapped_column(Text)
    placed_on: Mapped[date] = mapped_column(Date)
    until: Mapped[date] = mapped_column(Date)  # the last day it holds
    released_on: Mapped[date | None] = mapped_column(Date)
    paid_on: Mapped[date | None] = mapped_column(Date)  # the day the customer says it was paid
    ledger_mark: Mapped[int | None] = mapped_column(Id)  # newest entry when a payment was looked for: later ones end it

    __table_args__ = (Index("ix_hold_by_customer", "customer_id", "until"),)


class Promise(Base):
    """The customer promised to pay an amount by a day. Kept when that much was paid since it was made."""

    __tablename__ = "promise"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(Minor)
    made_on: Mapped[date] = mapped_column(Date)
    due: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(8), default="open")  # open | kept | broken
    settled_on: Mapped[date | None] = mapped_column(Date)
    late_reason: Mapped[str | None] = mapped_column(String(20))  # why they were late, as known when it was made
    grade: Mapped[str | None] = mapped_column(String(1))  # the customer's when it was made

    __table_args__ = (Index("ix_promise_by_customer", "customer_id", "status"),)


class Concern(Base):
    """A complaint or request the customer is waiting for an answer to."""

    __tablename__ = "concern"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    kind: Mapped[str] = mapped_column(String(10))  # complaint | request
    text: Mapped[str] = mapped_column(Text)
    opened_on: Mapped[date] = mapped_column(Date)
    answer_by: Mapped[date | None] = mapped_column(Date)
    owner: Mapped[str | None] = mapped_column(String(120))
    answered_on: Mapped[date | None] = mapped_column(Date)
    answer: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(String(20))  # of a complaint: put_right | explained | rejected

    __table_args__ = (Index("ix_concern_by_customer", "customer_id", "kind"),)


class Task(Base):
    """Something a person here should see or do; how the portal and the program tell the clerk.

    A task with a ``key`` is made once: the daily run asks for it again and again.
    """

    __tablename__ = "task"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))  # none: about the whole house
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str | None] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    due: Mapped[date] = mapped_column(Date)
    created_on: Mapped[date] = mapped_column(Date)
    done_on: Mapped[date | None] = mapped_column(Date)
    done_by: Mapped[str | None] = mapped_column(String(120))

    __table_args__ = (
        Index("uq_task_key", "creditor_id", "key", unique=True),
        Index("ix_task_open_by_creditor", "creditor_id", "done_on", "due"),
    )


class Score(Base):
    """The newest view of a customer's value and habit; derived, rewritten by the daily run."""

    __tablename__ = "score"
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"), index=True)
    scored_on: Mapped[date] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(3))
    purchases: Mapped[int]  # distinct purchase weeks known on the day
    expected_purchases: Mapped[float] = mapped_column(Float)  # next 12 months
    p_alive: Mapped[float] = mapped_column(Float)
    margin_minor: Mapped[int] = mapped_column(Minor)  # shrunk margin per purchase
    value_12m_minor: Mapped[int] = mapped_column(Minor)
    grade: Mapped[str] = mapped_column(String(1))  # A | B | C | D
    lower_grade: Mapped[str | None] = mapped_column(String(1))  # a downgrade waiting for its second period
    lower_grade_since: Mapped[date | None] = mapped_column(Date)
    thin_data: Mapped[bool]
    from_revenue: Mapped[bool]  # margins were estimated from revenue
    paid_invoices: Mapped[int]
    on_time_rate: Mapped[float | None] = mapped_column(Float)  # own share paid on time; none without history
    late_risk: Mapped[float] = mapped_column(Float)  # shrunk probability of paying late
    median_days_late: Mapped[float | None] = mapped_column(Float)
    reasons: Mapped[list[dict[str, str]]] = mapped_column(Json)  # [{code, text}]
    model: Mapped[dict[str, Any]] = mapped_column(Json)  # parameters and version behind the figures
