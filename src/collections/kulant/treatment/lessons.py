"""What a creditor believes and their outcomes have taught, read for a run: two statements, however many there are."""

from __future__ import annotations

from sqlalchemy import Float, cast, func, select
from sqlalchemy.orm import Session

from kulant.people.rules_kept import rules_in_force
from kulant.relationship.rulebook import rules_of
from kulant.relationship.why_late import UNKNOWN
from kulant.treatment.known import Known
from kulant.treatment.learning import Cell, Lessons, Seen
from kulant.treatment.models_record import Outcome
from kulant.treatment.prior_table import PriorTable, table_of
from kulant.treatment.priors import PRIORS

PRIORS_RULES = "priors"  # the name their rules are kept under


def what_is_known(session: Session, creditor_id: int) -> Known:
    """The creditor's rules of care, and the lessons of their outcomes."""
    return Known(rules_of(session, creditor_id), lessons_of(session, creditor_id))


def lessons_of(session: Session, creditor_id: int) -> Lessons:
    """The lessons of all outcomes that have had the days they usually take."""
    return Lessons(seen_outcomes(session, creditor_id), beliefs_of(session, creditor_id))


def beliefs_of(session: Session, creditor_id: int) -> PriorTable:
    """The creditor's table of assumptions: the cells they set, the shipped ones else."""
    return table_of(rules_in_force(session, creditor_id, PRIORS_RULES))


def seen_outcomes(session: Session, creditor_id: int) -> dict[Cell, Seen]:
    """How many outcomes teach in each cell, and the shares that came in, added up."""
    share = cast(Outcome.recovered_minor, Float) / Outcome.asked_minor
    rows = session.execute(
        select(Outcome.treatment, Outcome.reason, Outcome.grade, func.count(), func.sum(share))
        .where(Outcome.creditor_id == creditor_id, Outcome.teaches, Outcome.asked_minor > 0)
        .group_by(Outcome.treatment, Outcome.reason, Outcome.grade)
    )
    found: dict[Cell, Seen] = {}
    for treatment, reason, grade, cases, shares in rows:
        if treatment in PRIORS:
            # Rounded, so that the order in which a database adds does not show.
            found[treatment, reason or UNKNOWN, grade] = Seen(cases, round(float(shares), 6))
    return found
