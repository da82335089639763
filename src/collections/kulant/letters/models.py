"""Table: the archive of documents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Json, UtcTime


class Document(Base):
    """A document as it was made: what it said (plain data), and the hash under which its PDF is stored. Immutable."""

    __tablename__ = "document"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)  # e.g. proposal:17, plan:3:agreement
    kind: Mapped[str] = mapped_column(String(30))
    language: Mapped[str] = mapped_column(String(2))
    on: Mapped[date] = mapped_column("dated", Date)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    sha256: Mapped[str] = mapped_column(String(64))
    pages: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcTime)
