"""What treatments are believed to bring, set by managers; what our own outcomes have taught; who decides otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import isfinite, nan
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from kulant.core.errors import Refusal
from kulant.desk import wording
from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import ShellDep
from kulant.people.models_rules import CreditorRules
from kulant.people.rules_kept import versions
from kulant.relationship.rulebook import rules_of
from kulant.relationship.why_late import UNKNOWN, WORDS
from kulant.treatment import priors
from kulant.treatment.beliefs import set_belief, take_back_belief
from kulant.treatment.learning import Lesson, Lessons
from kulant.treatment.lessons import PRIORS_RULES, lessons_of
from kulant.treatment.overrides import Tally, overrides
from kulant.treatment.prior_table import BY_CELL, SetCell
from kulant.web.deps import ActDep, Reader, SettingsDep, Writer

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
        beliefs=[_belief_rows(lessons, treatment) for treatment in BY_CELL],
        grades=(*priors.GRADES, "–"),
        set_cells=[_set_cell(cell) for _, cell in sorted(lessons.beliefs.cells.items(), key=repr)],
        history=_history(versions(session, creditor.id, PRIORS_RULES)),
        treatments=[(treatment, wording.title_of(treatment)) for treatment in priors.PRIORS],
        reasons=[*WORDS.items(), (UNKNOWN, "Not known")],
        may_change=shell.viewer.may_manage,
    )


@router.post("")
def change(
    act: ActDep,
    viewer: Writer,
    settings: SettingsDep,
    treatment: Annotated[str, Form()],
    recovery: Annotated[str, Form()],
    strength: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
    grade: Annotated[str, Form()] = "",
    why: Annotated[str, Form()] = "",
) -> Response:
    """Another assumption, from now on."""
    viewer.require_manager("what treatments are believed to bring")
    made = set_belief(
        act,
        creditor=viewer.creditor,
        treatment=treatment,
        reason=reason or None,
        grade=grade or None,
        recovery_percent=_share_of(recovery),
        strength=_cases(strength),
        why=why,
    )
    return _kept(settings, made)


@router.post("/shipped")
def take_back(
    act: ActDep,
    viewer: Writer,
    settings: SettingsDep,
    treatment: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
    grade: Annotated[str, Form()] = "",
    why: Annotated[str, Form()] = "",
) -> Response:
    """The shipped assumption again."""
    viewer.require_manager("what treatments are believed to bring")
    made = take_back_belief(
        act, creditor=viewer.creditor, treatment=treatment, reason=reason or None, grade=grade or None, why=why
    )
    return _kept(settings, made)


def _kept(settings: SettingsDep, made: CreditorRules) -> Response:
    return redirect(
        settings,
        "/settings/priors",
        Flash(f"Assumptions in force: version {made.version}.", "The next daily run decides by them."),
    )


def _share_of(percent: str) -> float:
    """A share given in percent."""
    try:
        share = float(percent.strip().rstrip("%").strip().replace(",", "."))
    except ValueError:
        share = nan
    if not isfinite(share):
        raise Refusal("bad_share", f"“{percent[:20]}” is not a share. Write a number from 0 to 100.")
    return share


def _cases(number: str) -> int:
    if not (number.strip().isascii() and number.strip().isdigit()) or len(number) > 6:
        raise Refusal("bad_strength", f"“{number[:20]}” is not a number of cases. Write a whole number like 20.")
    return int(number)


@dataclass(frozen=True, slots=True)
class BeliefRow:
    """What is believed of a treatment for one reason, by grade."""

    reason: str
    cells: list[tuple[str, str, bool]]  # percent, weight in cases, whether somebody set it


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of one treatment."""

    words: str
    rows: list[BeliefRow]


def _belief_rows(lessons: Lessons, treatment: str) -> Belief:
    rows = []
    for reason, words in [*WORDS.items(), (UNKNOWN, "Not known")]:
        cells = [lessons.beliefs.of(treatment, reason, grade) for grade in (*priors.GRADES, None)]
        shown = [(_percent(cell.recovery), str(cell.strength), cell.label != priors.LABEL) for cell in cells]
        rows.append(BeliefRow(words, shown))
    return Belief(wording.title_of(treatment), rows)


@dataclass(frozen=True, slots=True)
class ShownSet:
    """An assumption that somebody set."""

    cell: SetCell
    words: str
    reason: str
    recovery: str


def _set_cell(cell: SetCell) -> ShownSet:
    reason = "every reason" if cell.reason is None else WORDS.get(cell.reason, "Not known")
    return ShownSet(cell, wording.title_of(cell.treatment), reason, _percent(cell.recovery))


def _history(rows: Sequence[CreditorRules]) -> list[tuple[CreditorRules, int]]:
    return [(row, len(row.rules.get("cells", []))) for row in rows]


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
