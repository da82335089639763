"""What treatments are believed to bring, what our own outcomes have taught, and how often people decide otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter
from fastapi.responses import Response

from kulant.desk import wording
from kulant.desk.shell import ShellDep
from kulant.relationship.rulebook import rules_of
from kulant.relationship.why_late import UNKNOWN, WORDS
from kulant.treatment import priors
from kulant.treatment.learning import Lesson
from kulant.treatment.lessons import lessons_of
from kulant.treatment.overrides import Tally, overrides
from kulant.web.deps import Reader

router = APIRouter(prefix="/settings/priors")

OVERRIDE_DAYS = 365


@dataclass(frozen=True, slots=True)
class ShownCell:
    """One cell of the table: a treatment for a reason and a grade."""

    reason: str
    grade: str
    observed: int
    recovered: str
    figure: str


@dataclass(frozen=True, slots=True)
class ShownPrior:
    """A treatment with its prior, what was learned of it, and how often people chose otherwise."""

    words: str
    recovery: str
    chronic: str
    days: int
    churn: str
    observed: int
    otherwise: str
    cells: list[ShownCell]


@router.get("")
def show(shell: ShellDep, session: Reader) -> Response:
    """The table, with the cases behind each figure."""
    creditor = shell.viewer.creditor
    lessons = lessons_of(session, creditor.id)
    since = shell.today - timedelta(days=OVERRIDE_DAYS)
    decided = {
        tally.name: tally for tally in overrides(session, creditor.id, since=since, until=shell.today).by_treatment
    }
    table = lessons.table()
    return shell.page(
        "desk/priors.html",
        here="settings",
        rows=[_shown(treatment, table, decided.get(treatment)) for treatment in priors.PRIORS],
        strength=priors.STRENGTH,
        version=priors.VERSION,
        label=priors.LABEL,
        cases=lessons.cases,
        draw_lots=rules_of(session, creditor.id).draw_lots,
    )


def _shown(treatment: str, table: list[Lesson], tally: Tally | None) -> ShownPrior:
    prior = priors.PRIORS[treatment]
    chronic = priors.CHRONIC.get(treatment)
    own = [lesson for lesson in table if lesson.treatment == treatment]
    return ShownPrior(
        words=wording.title_of(treatment),
        recovery=_percent(prior.recovery),
        chronic=_percent(chronic.recovery) if chronic else "",
        days=prior.days,
        churn=f"{prior.churn / 100:+g} points".replace("-", "−") if prior.churn else "none",
        observed=sum(lesson.observed for lesson in own),
        otherwise=f"{tally.otherwise} of {tally.decided}" if tally else "–",
        cells=[
            ShownCell(
                WORDS.get(lesson.reason, "Not known"),
                lesson.grade or "–",
                lesson.observed,
                _percent(round(lesson.recovered * priors.BASIS)),
                _percent(lesson.figure),
            )
            for lesson in sorted(own, key=lambda one: (one.reason == UNKNOWN, one.reason, one.grade or "Z"))
        ],
    )


def _percent(basis: int) -> str:
    return f"{basis / 100:.0f}\u00a0%"
