"""Tables: the rules a creditor has set, version by version, and how often something was tried."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Json, UtcTime


class CreditorRules(Base):
    """Rules of one name ("sending", "plans", "priors") as somebody set them; the newest version is in force."""

    __tablename__ = "creditor_rules"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    name: Mapped[str] = mapped_column(String(20))
    version: Mapped[int]
    rules: Mapped[dict[str, Any]] = mapped_column(Json)
    set_on: Mapped[date] = mapped_column(Date)
    set_at: Mapped[datetime] = mapped_column(UtcTime)
    set_by: Mapped[str] = mapped_column(String(120))
    why: Mapped[str] = mapped_column(Text)

    __table_args__ = (UniqueConstraint("creditor_id", "name", "version"),)


class Throttle(Base):
    """How often something was tried within a window of time, e.g. a code guessed from one address."""

    __tablename__ = "throttle"
    bucket: Mapped[str] = mapped_column(String(160), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcTime)
    count: Mapped[int]
