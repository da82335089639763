"""Tables: creditors (the companies owed), users, log-in sessions, the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Json, UtcTime


class Creditor(Base):
    """A company that is owed money; every other row belongs to one."""

    __tablename__ = "creditor"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    currency: Mapped[str] = mapped_column(String(3))
    language: Mapped[str] = mapped_column(String(2))
    organisation_number: Mapped[str | None] = mapped_column(String(40))
    address: Mapped[str | None] = mapped_column(Text)  # lines, as on an envelope
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))
    website: Mapped[str | None] = mapped_column(String(200))
    bank_account: Mapped[str | None] = mapped_column(String(40))
    iban: Mapped[str | None] = mapped_column(String(34))  # for codes that banks' apps read
    bic: Mapped[str | None] = mapped_column(String(11))
    swish: Mapped[str | None] = mapped_column(String(20))  # the number Swedish customers pay to by phone
    contact_name: Mapped[str | None] = mapped_column(String(120))  # the named person customers may call
    contact_phone: Mapped[str | None] = mapped_column(String(40))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    undo_seconds: Mapped[int] = mapped_column(default=60)
    payment_days: Mapped[int] = mapped_column(default=14)  # of an invoice that names no due date
    reference_scheme: Mapped[str | None] = mapped_column(String(60))  # how payment references are made, if wanted
    allocation_order: Mapped[str | None] = mapped_column(String(20))  # none: the country's rule
    small_balance: Mapped[dict[str, int]] = mapped_column(Json, default=dict)  # written off up to it, by currency
    bank_fee_tolerance: Mapped[dict[str, int]] = mapped_column(Json, default=dict)  # a bank keeps so much, by currency
    accounts: Mapped[dict[str, str]] = mapped_column(Json, default=dict)  # of the bookkeeping, for exports
    fee_agreed: Mapped[bool] = mapped_column(default=False)  # reminder fees stand in the terms of sale
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class User(Base):
    """A person who logs in to the desk."""

    __tablename__ = "app_user"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    display_name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))  # clerk | manager | account_manager | viewer | admin
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class UserCreditor(Base):
    """Which creditors a user may see. An admin sees all without a row here."""

    __tablename__ = "user_creditor"
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id", ondelete="CASCADE"), primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id", ondelete="CASCADE"), primary_key=True)


class LoginSession(Base):
    """A log-in: the browser holds the token, the database only its hash."""

    __tablename__ = "login_session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id", ondelete="CASCADE"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)


class AuditEntry(Base):
    """One line of the audit trail; written in the transaction it tells of, never changed."""

    __tablename__ = "audit_entry"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    creditor_id: Mapped[int | None] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int | None] = mapped_column(Id)
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(Json)

    __table_args__ = (Index("ix_audit_entry_by_creditor_and_time", "creditor_id", "at"),)


class ApiToken(Base):
    """A key with which a program calls the API as a user; only its hash is kept."""

    __tablename__ = "api_token"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)


class IdempotentAnswer(Base):
    """What a program was answered to a call with a key of its own: the same call again gets the same answer."""

    __tablename__ = "idempotent_answer"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(200))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    headers: Mapped[dict[str, str]] = mapped_column(Json)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (UniqueConstraint("token_id", "key"), Index("ix_idempotent_answer_by_age", "created_at"))
