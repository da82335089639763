"""Every SELECT about ladders, their versions and whom they are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.ledger.models import Customer
from kulant.treatment.models import Ladder


def versions(session: Session, creditor_id: int, name: str) -> Sequence[Ladder]:
    """Every version of the ladder of that name, newest first; refuses when there never was one."""
    found = session.scalars(
        select(Ladder).where(Ladder.creditor_id == creditor_id, Ladder.name == name).order_by(Ladder.version.desc())
    ).all()
    if not found:
        raise NotFound("no_ladder", f"there is no ladder called {name}")
    return found


def newest_of_each(session: Session, creditor_id: int) -> Sequence[Ladder]:
    """The newest version of every ladder there ever was, by name."""
    last = select(func.max(Ladder.id)).where(Ladder.creditor_id == creditor_id).group_by(Ladder.name)
    return session.scalars(select(Ladder).where(Ladder.id.in_(last)).order_by(Ladder.name)).all()


def ladder_by_id(session: Session, creditor_id: int, ladder_id: int) -> Ladder:
    """A version of one of this creditor's ladders; refuses when there is none of that id."""
    found = session.scalar(select(Ladder).where(Ladder.creditor_id == creditor_id, Ladder.id == ladder_id))
    if found is None:
        raise NotFound("no_ladder", "there is no such ladder")
    return found


@dataclass(frozen=True, slots=True)
class Alike:
    """So many customers whom no ladder could tell apart, but by number."""

    segment: str | None
    kind: str | None
    country: str | None
    language: str | None
    count: int


def customers_alike(session: Session, creditor_id: int) -> list[Alike]:
    """How many customers there are of each segment, kind, country and language."""
    traits = (Customer.segment, Customer.kind, Customer.country, Customer.language)
    rows = session.execute(select(*traits, func.count()).where(Customer.creditor_id == creditor_id).group_by(*traits))
    return [Alike(*row) for row in rows]


def customers_numbered(session: Session, creditor_id: int, numbers: Sequence[str]) -> Sequence[Customer]:
    """Those of these customers that exist."""
    if not numbers:
        return ()
    return session.scalars(
        select(Customer).where(Customer.creditor_id == creditor_id, Customer.number.in_(numbers))
    ).all()
