"""Table: customers whose personal data was erased, who did it and why, and what is still kept of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kulant.db import Base, Id, Json, UtcTime


class Erasure(Base):
    """An erasure as it was done. It says nothing of the person but a keyed hash of the number they had.

    While ``at_work``, the guards of the databases let what they keep of this one customer be changed and deleted. It is
    set and taken back within the one transaction that erases, so nobody else ever sees it set.
    """

    __tablename__ = "erasure"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("creditor.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    what: Mapped[str] = mapped_column(String(8))  # all | contact
    on: Mapped[date] = mapped_column("erased_on", Date)
    at: Mapped[datetime] = mapped_column("erased_at", UtcTime)
    by: Mapped[str] = mapped_column("erased_by", String(120))
    reason: Mapped[str] = mapped_column(Text)
    number_mark: Mapped[str] = mapped_column(String(64))  # finds them again in a file, see ledger/erased.py
    at_work: Mapped[bool] = mapped_column(default=False)
    report: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)  # by noun: what was erased, what is kept
    next_on: Mapped[date | None] = mapped_column(Date)  # the first day on which more may go; none: nothing is left
    files: Mapped[list[list[str]]] = mapped_column(Json, default=list)  # still to be thrown away: place and hash
    ended_on: Mapped[date | None] = mapped_column(Date)  # the customer was taken in again

    __table_args__ = (Index("ix_erasure_by_mark", "creditor_id", "number_mark"),)
