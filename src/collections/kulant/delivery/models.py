"""Tables: the outbox, what came back, addresses that are not written to. The delivery row is the truth of sending."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
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
    channel: Mapped[str] = mapped_column(String(10))  # email | letter | task | archive
    recipient: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(10), default="approved")
    context: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # what a mail event needs to be written
    not_before: Mapped[datetime] = mapped_column(UtcTime)  # end of the undo period
    approved_on: Mapped[date] = mapped_column(Date)
    message_id: Mapped[str | None] = mapped_column(String(200))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), index=True)
    mail_sha256: Mapped[str | None] = mapped_column(String(64))  # of the e-mail as it left
    mail_kept: Mapped[str | None] = mapped_column(String(64))  # in the document store: what lies around its letter
    attempts: Mapped[int] = mapped_column(default=0)
    handed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    mail_host: Mapped[str | None] = mapped_column(String(255))  # the recipient's, for its own pace
    bounced_on: Mapped[date | None] = mapped_column(Date)
    print_batch_id: Mapped[int | None] = mapped_column(ForeignKey("print_batch.id"), index=True)
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    sent_on: Mapped[date | None] = mapped_column(Date)
    blocked: Mapped[list[dict[str, str]]] = mapped_column(Json, default=list)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        Index("ix_delivery_by_status", "status", "not_before"),
        Index("ix_delivery_by_mail_host", "mail_host", "handed_at"),
        Index("ix_delivery_by_message_id", "message_id"),  # what a bounce or a reply names
    )


class SendingPause(Base):
    """A time in which nothing leaves the house, whoever asks; it goes on until a person ends it."""

    __tablename__ = "sending_pause"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcTime)
    why: Mapped[str] = mapped_column(Text)
    paused_by: Mapped[str] = mapped_column(String(120))
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_by: Mapped[str | None] = mapped_column(String(120))


class RefusedAddress(Base):
    """An e-mail address that is not written to: it does not exist, or its owner has said no."""

    __tablename__ = "refused_address"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    address: Mapped[str] = mapped_column(String(254))  # in small letters
    why: Mapped[str] = mapped_column(Text)
    since: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    ended_by: Mapped[str | None] = mapped_column(String(120))

    __table_args__ = (Index("ix_refused_address", "creditor_id", "address"),)


class InboundMail(Base):
    """A message from the mailbox: a bounce, an automatic answer, or a customer's reply that somebody must read."""

    __tablename__ = "inbound_mail"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int | None] = mapped_column(ForeignKey("creditor.id"))  # none: it names no message of ours
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"))
    message_id: Mapped[str] = mapped_column(String(998), unique=True)
    kind: Mapped[str] = mapped_column(String(12))  # hard_bounce | soft_bounce | unsure | automatic | reply | unknown
    sender: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    taken_at: Mapped[datetime] = mapped_column(UtcTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcTime)
    read_by: Mapped[str | None] = mapped_column(String(120))

    __table_args__ = (Index("ix_inbound_mail_by_customer", "customer_id", "read_at"),)


class MailboxMark(Base):
    """How far a mailbox has been read."""

    __tablename__ = "mailbox_mark"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    mailbox: Mapped[str] = mapped_column(String(200))
    validity: Mapped[int] = mapped_column(Id)  # a server that gives another begins anew
    uid: Mapped[int] = mapped_column(Id)

    __table_args__ = (UniqueConstraint("mailbox"),)
