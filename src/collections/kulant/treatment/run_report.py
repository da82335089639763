"""What a daily run did: how many accounts moved from which treatment to which, and which they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.treatment.models import Proposal
from kulant.treatment.models_record import Verdict
from kulant.treatment.queries import LIVE
from kulant.treatment.words import treatment_words

LISTED = 200
DAYS_SHOWN = 14
Columns = TypeVarTuple("Columns")
_Before = aliased(Verdict, name="earlier")


@dataclass(frozen=True, slots=True)
class Moved:
    """So many accounts whose treatment went from one to another; the same twice: only the reasons changed."""

    before: str
    now: str
    count: int

    @property
    def is_same(self) -> bool:
        return self.before == self.now


@dataclass(frozen=True, slots=True)
class Line:
    """An account whose treatment or step changed."""

    number: str
    name: str
    currency: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many proposals of a treatment wait for a decision, or for the send gate."""

    treatment: str
    status: str
    count: int


@dataclass(frozen=True, slots=True)
class RunReport:
    """What the run of the day changed; ``days``: the days on which runs changed anything, newest first."""

    day: date
    days: Sequence[date]
    moved: Sequence[Moved]
    lines: Sequence[Line]
    waiting: Sequence[Waiting]

    @property
    def changed(self) -> int:
        """Accounts with another verdict than before."""
        return sum(one.count for one in self.moved)

    @property
    def other_step(self) -> int:
        """Accounts whose treatment changed."""
        return sum(one.count for one in self.moved if not one.is_same)


def run_report(session: Session, *, creditor: Creditor, today: date, day: date | None = None) -> RunReport | None:
    """The run of the day, or of the last one that changed anything; none when no run ever did. Four statements."""
    days = session.scalars(
        select(Verdict.since)
        .where(Verdict.creditor_id == creditor.id, Verdict.since <= today)
        .distinct()
        .order_by(Verdict.since.desc())
        .limit(DAYS_SHOWN)
    ).all()
    if not days:
        return None
    chosen = day or days[0]
    return RunReport(
        chosen, days, _moved(session, creditor, chosen), _lines(session, creditor, chosen), _waiting(session, creditor)
    )


def _of_the_day(statement: Select[*Columns], creditor: Creditor, day: date) -> Select[*Columns]:
    """The last verdict of the day on each account, beside the last one from before that day."""
    account = (Verdict.customer_id, Verdict.currency)
    last = (
        select(func.max(Verdict.id)).where(Verdict.creditor_id == creditor.id, Verdict.since == day).group_by(*account)
    )
    older = aliased(Verdict, name="older")
    before: ColumnElement[int | None] = (
        select(func.max(older.id))
        .where(older.customer_id == Verdict.customer_id, older.currency == Verdict.currency, older.since < day)
        .correlate(Verdict)
        .scalar_subquery()
    )
    return statement.select_from(Verdict).outerjoin(_Before, _Before.id == before).where(Verdict.id.in_(last))


def _moved(session: Session, creditor: Creditor, day: date) -> list[Moved]:
    pair = (_Before.treatment, Verdict.treatment)
    rows = session.execute(_of_the_day(select(*pair, func.count()), creditor, day).group_by(*pair))
    found = [Moved(_words(before, None), _words(now, None), count) for before, now, count in rows]
    return sorted(found, key=lambda one: (one.is_same, -one.count, one.before, one.now))


def _lines(session: Session, creditor: Creditor, day: date) -> list[Line]:
    columns = (
        Customer.number, Customer.name, Verdict.currency,
        _Before.treatment, _Before.step, Verdict.treatment, Verdict.step,
    )  # fmt: skip
    statement = _of_the_day(select(*columns), creditor, day).join(Customer, Customer.id == Verdict.customer_id)
    differs = or_(_Before.treatment.is_distinct_from(Verdict.treatment), _Before.step.is_distinct_from(Verdict.step))
    rows = session.execute(statement.where(differs).order_by(Customer.name, Verdict.id).limit(LISTED))
    return [
        Line(number, name, currency, _words(before, old_step), _words(now, step))
        for number, name, currency, before, old_step, now, step in rows
    ]


def _words(treatment: str | None, step: str | None) -> str:
    if treatment is None:
        return "not judged before"
    said = treatment_words(treatment)
    return f"{said}, step {step}" if step else said


def _waiting(session: Session, creditor: Creditor) -> list[Waiting]:
    rows = session.execute(
        select(Proposal.treatment, Proposal.status, func.count())
        .where(Proposal.creditor_id == creditor.id, Proposal.status.in_(LIVE))
        .group_by(Proposal.treatment, Proposal.status)
        .order_by(func.count().desc(), Proposal.treatment, Proposal.status)
    )
    return [Waiting(treatment_words(treatment), status, count) for treatment, status, count in rows]
