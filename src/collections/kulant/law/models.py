"""Table: figures of the law that people here have entered or confirmed, beside those of the files."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id


class LawEntry(Base):
    """A figure entered by a person of this house: a new half-year's rate, a confirmed figure, the start of a regime.

    Never changed: a correction is a new row, and the newest row of its ``what`` and ``since`` counts.
    """

    __tablename__ = "law_entry"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    country: Mapped[str] = mapped_column(String(2))
    what: Mapped[str] = mapped_column(String(60))  # rate:everyone, rate:consumer, regime:… and the like
    since: Mapped[date] = mapped_column(Date)
    value: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(Text)
    entered_on: Mapped[date] = mapped_column(Date)
    entered_by: Mapped[str] = mapped_column(String(120))

    __table_args__ = (Index("ix_law_entry_by_country", "country", "what", "since"),)
