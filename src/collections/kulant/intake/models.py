"""Tables: what was imported, and the column mappings people saved."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Json, UtcTime


class ImportRun(Base):
    """One file taken in: what it was and what became of its rows."""

    __tablename__ = "import_run"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64))
    format: Mapped[str] = mapped_column(String(20))
    on: Mapped[date] = mapped_column("imported_on", Date)
    at: Mapped[datetime] = mapped_column(UtcTime)
    actor: Mapped[str] = mapped_column(String(120))
    result: Mapped[dict[str, Any]] = mapped_column(Json)  # the JSON `kulant import` prints
    status: Mapped[str] = mapped_column(String(8), default="done")  # waiting | running | done | failed
    rows_done: Mapped[int] = mapped_column(default=0)
    rows_total: Mapped[int | None]
    stored: Mapped[str | None] = mapped_column(String(64))  # the file in the document store while it is worked on
    wanted: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)  # format and mapping as asked for
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)  # until then somebody works on it
    problem: Mapped[str | None] = mapped_column(Text)  # why it failed

    __table_args__ = (
        Index(
            "ix_import_run_unfinished",
            "status",
            sqlite_where=text("status IN ('waiting', 'running')"),
            postgresql_where=text("status IN ('waiting', 'running')"),
        ),
    )


class SavedMapping(Base):
    """A named column mapping of one creditor, as YAML; the web import offers it for files with the same columns."""

    __tablename__ = "saved_mapping"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    name: Mapped[str] = mapped_column(String(120))
    yaml: Mapped[str] = mapped_column(Text)
    columns: Mapped[list[str]] = mapped_column(Json)

    __table_args__ = (UniqueConstraint("creditor_id", "name"),)
