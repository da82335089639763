"""How often, why and by whom it was decided otherwise than proposed: what overrides teach, in counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from kulant.treatment.models_record import DecisionRecord

_FINAL = ("approved", "dismissed")


@dataclass(frozen=True, slots=True)
class Tally:
    """Decisions of one kind: how many, and how many of them were against what was proposed."""

    name: str
    decided: int
    otherwise: int

    @property
    def share(self) -> float:
        """The share decided otherwise."""
        return self.otherwise / self.decided if self.decided else 0.0


@dataclass(frozen=True, slots=True)
class Overrides:
    """Everything the report shows of a span of days."""

    since: date
    decided: int
    otherwise: int
    by_treatment: Sequence[Tally]
    by_reason: Sequence[Tally]
    by_person: Sequence[Tally]
    changes: Sequence[tuple[str, str, int]]  # proposed, decided on (none: dismissed), how often


def overrides(session: Session, creditor_id: int, *, since: date, until: date) -> Overrides:
    """Decisions taken from one day to another, by what was proposed, by reason and by person. Two statements."""
    against = or_(DecisionRecord.act == "dismissed", DecisionRecord.treatment != DecisionRecord.proposed)
    ours = (
        DecisionRecord.creditor_id == creditor_id,
        DecisionRecord.decided_on >= since,
        DecisionRecord.decided_on <= until,
        DecisionRecord.act.in_(_FINAL),
    )
    rows = session.execute(
        select(
            DecisionRecord.proposed, DecisionRecord.treatment, DecisionRecord.act, DecisionRecord.override,
            DecisionRecord.decided_by, func.count(), func.sum(case((against, 1), else_=0)),
        )
        .where(and_(*ours))
        .group_by(
            DecisionRecord.proposed, DecisionRecord.treatment, DecisionRecord.act, DecisionRecord.override,
            DecisionRecord.decided_by,
        )
    ).all()  # fmt: skip
    changes: dict[tuple[str, str], int] = defaultdict(int)
    for proposed, treatment, act, _code, _by, count, otherwise in rows:
        if otherwise:
            changes[proposed, "" if act == "dismissed" else treatment] += count
    return Overrides(
        since=since,
        decided=sum(row[5] for row in rows),
        otherwise=sum(row[6] for row in rows),
        by_treatment=_tallies((row[0], row[5], row[6]) for row in rows),
        by_reason=_tallies((row[3] or "other", row[5], row[6]) for row in rows if row[6]),
        by_person=_tallies((row[4], row[5], row[6]) for row in rows),
        changes=sorted(((*pair, count) for pair, count in changes.items()), key=lambda one: (-one[2], one[0])),
    )


def _tallies(counted: Iterable[tuple[str, int, int]]) -> list[Tally]:
    decided: dict[str, int] = defaultdict(int)
    otherwise: dict[str, int] = defaultdict(int)
    for name, count, against in counted:
        decided[name] += count
        otherwise[name] += against
    found = [Tally(name, decided[name], otherwise[name]) for name in decided]
    return sorted(found, key=lambda one: (-one.otherwise, -one.decided, one.name))
