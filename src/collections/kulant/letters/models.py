"""Tables: the archive of documents, creditors' own texts and letterheads, and what was printed together."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Json, UtcTime
from kulant.letters.unchanging import document_guard
from kulant.treatment.unchanging import guard


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


class LetterText(Base):
    """A creditor's own texts of one kind of document in one language; no row in force: the shipped texts.

    ``draft → waiting → active → retired``; who wrote a text never approves it alone.
    """

    __tablename__ = "letter_text"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    kind: Mapped[str] = mapped_column(String(30))
    language: Mapped[str] = mapped_column(String(2))
    version: Mapped[int]
    status: Mapped[str] = mapped_column(String(8), default="draft")
    texts: Mapped[dict[str, Any]] = mapped_column(Json)  # the text of each part, with its variables
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    decided_why: Mapped[str] = mapped_column(Text, default="")  # what should be different, where it was given back
    why: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        UniqueConstraint("creditor_id", "kind", "language", "version"),
        Index(
            "uq_letter_text_active",
            "creditor_id",
            "kind",
            "language",
            unique=True,
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
    )


class Letterhead(Base):
    """How a creditor's letters and portal look: a colour, a logo, a typeface of those that are embedded."""

    __tablename__ = "letterhead"
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"), primary_key=True)
    colour: Mapped[str | None] = mapped_column(String(7))  # as #rrggbb
    typeface: Mapped[str | None] = mapped_column(String(40))
    logo_sha256: Mapped[str | None] = mapped_column(ForeignKey("logo.sha256"))
    return_address: Mapped[str | None] = mapped_column(String(120))  # one line; none: the creditor's name and address
    window: Mapped[str | None] = mapped_column(String(5))  # left | right; none: as is usual in the creditor's country
    set_by: Mapped[str] = mapped_column(String(120))
    set_at: Mapped[datetime] = mapped_column(UtcTime)


class Logo(Base):
    """A creditor's picture, drawn anew from what was uploaded; kept by its hash, for letters may show it again."""

    __tablename__ = "logo"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(20))
    width: Mapped[int]  # in pixels, like the height
    height: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class PrintBatch(Base):
    """Letters that went to a printer together."""

    __tablename__ = "print_batch"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"), index=True)
    printer: Mapped[str] = mapped_column(String(60))
    made_on: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    made_by: Mapped[str] = mapped_column(String(120))
    letters: Mapped[int]
    sheets: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))  # of the joined file, in the document store
    printed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    printed_by: Mapped[str | None] = mapped_column(String(120))


guard(cast(Table, Document.__table__), {dialect: document_guard(dialect) for dialect in ("sqlite", "postgresql")})
