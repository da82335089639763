"""Tables of care: contacts told from outside, our own mistakes and promises, why a customer pays late, who left,
files customers gave us, what they told us in confidence.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, Float, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Minor, UtcTime


class Interaction(Base):
    """A contact that a file or a program told of, by the number it has there, so that it is taken in once."""

    __tablename__ = "interaction"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    number: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))
    on: Mapped[date] = mapped_column("happened_on", Date)
    said: Mapped[str] = mapped_column(String(64))  # a hash of all the row said, to tell a changed row
    concern_id: Mapped[int | None] = mapped_column(ForeignKey("concern.id"))  # the complaint or request it opened

    __table_args__ = (UniqueConstraint("creditor_id", "number"), Index("ix_interaction_by_customer", "customer_id"))


class Strike(Base):
    """A bad experience that we gave the customer. One that was counted wrongly is struck out, never deleted."""

    __tablename__ = "strike"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    code: Mapped[str] = mapped_column(String(20))  # invoice_error | wrong_reminder | late_reply | broken_promise
    on: Mapped[date] = mapped_column("happened_on", Date)
    text: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(String(120))  # what it is about: the same mistake is counted once
    item_id: Mapped[int | None] = mapped_column(ForeignKey("open_item.id"))
    withdrawn_on: Mapped[date | None] = mapped_column(Date)
    withdrawn_by: Mapped[str | None] = mapped_column(String(120))
    withdrawn_reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("creditor_id", "key"), Index("ix_strike_by_customer", "customer_id"))


class Commitment(Base):
    """What we promised the customer: who keeps it, by when, and whether it was kept."""

    __tablename__ = "commitment"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    text: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(String(120))
    made_on: Mapped[date] = mapped_column(Date)
    due: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(8), default="open")  # open | kept | broken
    settled_on: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        Index("ix_commitment_by_customer", "customer_id", "status"),
        Index("ix_commitment_open_by_creditor", "creditor_id", "status", "due"),
    )


class ExpectationCheck(Base):
    """After the first paid invoice: what did the customer expect, what did they get (0 to 10 each), in their words."""

    __tablename__ = "expectation_check"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("open_item.id"))  # the first paid invoice
    due: Mapped[date] = mapped_column(Date)  # the day to ask
    asked_on: Mapped[date | None] = mapped_column(Date)
    expected: Mapped[int | None]
    got: Mapped[int | None]
    words: Mapped[str | None] = mapped_column(Text)
    closed_on: Mapped[date | None] = mapped_column(Date)  # no answer wanted, or a gap that was put right
    closed_why: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        UniqueConstraint("creditor_id", "customer_id"),
        Index("ix_expectation_check_open", "creditor_id", "closed_on", "due"),
    )


class LateReason(Base):
    """Why a customer pays late, as the clerk or the customer said; the program only ever suggests."""

    __tablename__ = "late_reason"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    code: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    said_by: Mapped[str] = mapped_column(String(8))  # clerk | customer
    set_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)  # settled, withdrawn, or another reason took its place

    __table_args__ = (Index("ix_late_reason_by_customer", "customer_id", "ended_on"),)


class SaveCase(Base):
    """A valuable customer about to leave, given to a named person; how it ended."""

    __tablename__ = "save_case"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    opened_on: Mapped[date] = mapped_column(Date)
    why: Mapped[str] = mapped_column(Text)
    grade: Mapped[str] = mapped_column(String(1))
    owner: Mapped[str] = mapped_column(String(120))
    outcome: Mapped[str | None] = mapped_column(String(8))  # saved | lost | neither; none while it is open
    closed_on: Mapped[date | None] = mapped_column(Date)
    closing: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_save_case_by_customer", "customer_id", "closed_on"),
        Index("ix_save_case_open_by_creditor", "creditor_id", "closed_on"),
    )


class Loss(Base):
    """A customer who left: since when, how we know, why, and what they had left us in a year.

    A customer who comes back keeps the row, so that both figures can be shown: as reported then, and as known now.
    """

    __tablename__ = "loss"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    lost_on: Mapped[date] = mapped_column(Date)  # the last purchase and the gap that was to be expected after it
    noticed_on: Mapped[date] = mapped_column(Date)
    how: Mapped[str] = mapped_column(String(8))  # silence | notice
    reason: Mapped[str | None] = mapped_column(String(20))
    words: Mapped[str | None] = mapped_column(Text)
    grade: Mapped[str | None] = mapped_column(String(1))
    currency: Mapped[str] = mapped_column(String(3))
    margin_12m_minor: Mapped[int] = mapped_column(Minor)  # what the last twelve months before left
    p_alive: Mapped[float | None] = mapped_column(Float)
    before_break_even: Mapped[bool]
    returned_on: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        Index("ix_loss_by_creditor_and_day", "creditor_id", "lost_on"),
        Index("ix_loss_by_customer", "customer_id"),
    )


class Upload(Base):
    """A file a customer gave us through the portal; stored apart from our own documents and never opened by us."""

    __tablename__ = "upload"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    about: Mapped[str] = mapped_column(String(20))  # paid | dispute | hardship
    name: Mapped[str] = mapped_column(String(120))  # as the customer calls it, for display only
    media_type: Mapped[str] = mapped_column(String(40))  # as its bytes show
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcTime)


class HardshipNote(Base):
    """What a customer who cannot pay told us in confidence: read by whoever helps them, deleted when it is over."""

    __tablename__ = "hardship_note"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    words: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(String(40))
    owner: Mapped[str | None] = mapped_column(String(120))  # who helps them
    told_on: Mapped[date] = mapped_column(Date)
    answer_by: Mapped[date] = mapped_column(Date)  # somebody calls by then
    closed_on: Mapped[date | None] = mapped_column(Date)  # words and phone are gone then
    closed_by: Mapped[str | None] = mapped_column(String(120))
