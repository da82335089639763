"""Table: the outbox. The delivery row is the truth about what left the house."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Json, UtcTime


class Delivery(Base):
    """One thing that is to leave, or has left, exactly once.

    ``approved → rendering → handed → sent``; ``blocked`` by the send gate, ``failed`` when the mail server refused it,
    ``uncertain`` when the program died between handing it over and hearing the answer: then a person decides, never
    the program; ``cancelled`` when undone in time.
    """

    __tablename__ = "delivery"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposal.id"), index=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)  # e.g. proposal:17, plan:3:accepted
    kind: Mapped[str] = mapped_column(String(30))  # document kind or mail event
    channel: Mapped[str] = mapped_column(String(10))  # email | letter | task
    recipient: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(10), default="approved")
    context: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # what a mail event needs to be written
    not_before: Mapped[datetime] = mapped_column(UtcTime)  # end of the undo period
    approved_on: Mapped[date] = mapped_column(Date)
    message_id: Mapped[str | None] = mapped_column(String(200))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    sent_on: Mapped[date | None] = mapped_column(Date)
    blocked: Mapped[list[dict[str, str]]] = mapped_column(Json, default=list)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_delivery_by_status", "status", "not_before"),)
