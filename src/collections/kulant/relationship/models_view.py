"""Tables of what is derived about customers: their state, the rules it follows, and the models with their proof."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Float, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Json, UtcTime


class RuleBookVersion(Base):
    """A creditor's rules of care, as somebody set them; the newest version is in force, the others are kept."""

    __tablename__ = "rule_book_version"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    version: Mapped[int]
    rules: Mapped[dict[str, Any]] = mapped_column(Json)
    set_on: Mapped[date] = mapped_column(Date)
    set_at: Mapped[datetime] = mapped_column(UtcTime)
    set_by: Mapped[str] = mapped_column(String(120))
    why: Mapped[str] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("creditor_id", "version"),)


class Standing(Base):
    """How a relationship stands beside the money; derived, rewritten by the daily run where something changed."""

    __tablename__ = "standing"
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    on: Mapped[date] = mapped_column("as_of", Date)
    attachment: Mapped[int | None]  # 0 to 100; none while nothing is known
    attachment_reasons: Mapped[list[dict[str, Any]]] = mapped_column(Json)  # [{code, text, points}]
    keepability: Mapped[float | None] = mapped_column(Float)  # what kindness is believed to add to P(stay)
    keepability_reasons: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    phase: Mapped[str | None] = mapped_column(String(40))
    in_danger: Mapped[bool]
    danger_reasons: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    strikes: Mapped[int]  # that count on the day
    last_contact: Mapped[date | None] = mapped_column(Date)
    contact_gap_days: Mapped[int | None]  # the customer's own median
    break_even: Mapped[str] = mapped_column(String(12))  # unknown | not_yet | reached | lost_before
    break_even_on: Mapped[date | None] = mapped_column(Date)
    open_gap: Mapped[bool]  # an expectation check showed a gap that nobody has put right
    saving: Mapped[bool]  # an open case of the save desk

    __table_args__ = (Index("ix_standing_by_creditor", "creditor_id"),)


class PaymentModel(Base):
    """What foretells payments of a creditor, and the backtest it was chosen by; the newest row is in force."""

    __tablename__ = "payment_model"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    fitted_on: Mapped[date] = mapped_column(Date)
    chosen: Mapped[str] = mapped_column(String(8))  # history | hazard
    why: Mapped[str] = mapped_column(Text)
    parameters: Mapped[dict[str, Any]] = mapped_column(Json)
    backtest: Mapped[dict[str, Any]] = mapped_column(Json)

    __table_args__ = (Index("ix_payment_model_by_creditor", "creditor_id", "fitted_on"),)


class ForecastMade(Base):
    """A cash forecast as it was made, so that later it can be held against what came."""

    __tablename__ = "forecast_made"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    currency: Mapped[str] = mapped_column(String(3))
    made_on: Mapped[date] = mapped_column(Date)
    model: Mapped[str] = mapped_column(String(8))
    ledger_mark: Mapped[int] = mapped_column(Id)  # the newest entry then: what came is told by later ones
    # [{from, expected_minor, low_minor, high_minor, width, came_minor}]; the last once the week is over
    weeks: Mapped[list[dict[str, Any]]] = mapped_column(Json)

    __table_args__ = (UniqueConstraint("creditor_id", "currency", "made_on"),)


class ValueBacktest(Base):
    """How well value was foretold a year ago: predicted against actual, in all and by grade."""

    __tablename__ = "value_backtest"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    made_on: Mapped[date] = mapped_column(Date)
    result: Mapped[dict[str, Any]] = mapped_column(Json)

    __table_args__ = (UniqueConstraint("creditor_id", "made_on"),)


class Reviewed(Base):
    """The day the daily run last looked at a customer; not again that day while nothing about them changed.

    Whatever changes a customer puts a mark of its own in place of ``by``, in the same transaction.
    """

    __tablename__ = "reviewed"
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    on: Mapped[date] = mapped_column("reviewed_on", Date)
    # hash of ladders, rules, law and program; or the mark of a change since
    by: Mapped[str] = mapped_column("reviewed_by", String(32))

    __table_args__ = (Index("ix_reviewed_by_creditor", "creditor_id"),)
