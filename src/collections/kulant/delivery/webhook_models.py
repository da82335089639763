"""Tables: where programs want to hear of what happens, and what is to be told them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Json, UtcTime


class WebhookEndpoint(Base):
    """An address that a creditor's program listens at.

    Its secret is never kept: it follows from the house's signing key and ``nonce``. So does the one before it, which
    stays valid until ``before_until`` after a change. ``status``: on | off (by a person) | failing (given up on).
    """

    __tablename__ = "webhook_endpoint"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"), index=True)
    url: Mapped[str] = mapped_column(String(500))
    events: Mapped[list[str]] = mapped_column(Json)  # the types it wants; empty: all
    nonce: Mapped[str] = mapped_column(String(43))
    nonce_before: Mapped[str | None] = mapped_column(String(43))
    before_until: Mapped[datetime | None] = mapped_column(UtcTime)
    status: Mapped[str] = mapped_column(String(8), default="on")
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UtcTime)


class WebhookMessage(Base):
    """One event for one endpoint: written with the act it tells of, sent at least once.

    ``waiting → sent``; ``failed`` when it was tried too often. Of the answer nothing is kept but its status.
    """

    __tablename__ = "webhook_message"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoint.id", ondelete="CASCADE"))
    event_id: Mapped[str] = mapped_column(String(40))  # the same at every attempt, and at every endpoint
    type: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)  # the very text that is sent
    status: Mapped[str] = mapped_column(String(8), default="waiting")
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    attempts: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None] = mapped_column(UtcTime)
    answer: Mapped[int | None]  # the HTTP status of the last attempt; none: nobody answered
    problem: Mapped[str | None] = mapped_column(String(200))  # why the last attempt was none

    __table_args__ = (
        Index("ix_webhook_message_due", "status", "due_at"),
        Index("ix_webhook_message_by_endpoint", "endpoint_id", "id"),
    )
