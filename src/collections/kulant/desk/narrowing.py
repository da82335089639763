"""Narrowing the overdue list by how relationships stand: any of these filters at once, and the phase."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kulant.desk.concessions import plan_concession
from kulant.desk.view import CARES, ListView
from kulant.insight.worklist import Row
from kulant.relationship.break_even import LOST_BEFORE, NOT_YET
from kulant.relationship.rulebook import RuleBook

Keep = Callable[[Row, RuleBook], bool]


def _above_cap(row: Row, rules: RuleBook) -> bool:
    """Whether a plan would cost us more than kindness is believed to keep; nobody can say where either is unknown."""
    if not rules.concession_cap or row.keepability is None or row.value_12m_minor is None:
        return False
    return plan_concession(row.overdue_minor, row.currency, rules).cost_minor > row.keepability * row.value_12m_minor


WORDS: dict[str, tuple[str, Keep]] = {
    "danger": ("Danger zone", lambda row, rules: row.danger is not None),
    "strikes": ("Strikes", lambda row, rules: row.strikes > 0),
    "gap": ("Open gap", lambda row, rules: row.open_gap),
    "saving": ("Save desk", lambda row, rules: row.saving),
    "before": ("Before break-even", lambda row, rules: row.break_even in (NOT_YET, LOST_BEFORE)),
    "low": ("Low attachment", lambda row, rules: row.attachment is not None and row.attachment < rules.attachment_low),
    "keepable": (
        "Kindness keeps",
        lambda row, rules: row.keepability is not None and row.keepability >= rules.keepability_high,
    ),
    "capped": ("Above the cap", _above_cap),
}


@dataclass(frozen=True, slots=True)
class Narrower:
    """One filter: what it is called, how many rows it would leave, whether it is chosen, and where it leads."""

    words: str
    count: int
    chosen: bool
    address: str


def narrowed(rows: Sequence[Row], view: ListView, rules: RuleBook) -> list[Row]:
    """The rows that fit every chosen filter of the relationship; a phase nobody has set chooses nothing."""
    keeps = [WORDS[code][1] for code in view.cares]
    phase = view.phase if view.phase in {one.code for one in rules.phases} else ""
    return [row for row in rows if all(keep(row, rules) for keep in keeps) and phase in ("", row.phase)]


def narrowers(rows: Sequence[Row], view: ListView, rules: RuleBook) -> list[Narrower]:
    """The filters over the rows the list shows now."""
    return [
        Narrower(words, sum(keep(row, rules) for row in rows), code in view.cares, view.with_care(code))
        for code, (words, keep) in ((code, WORDS[code]) for code in CARES)
    ]


def phases(rows: Sequence[Row], view: ListView, rules: RuleBook) -> list[Narrower]:
    """The phases, counted among the rows that the other filters leave."""
    return [
        Narrower(
            phase.name,
            sum(row.phase == phase.code for row in rows),
            phase.code == view.phase,
            view.url(phase="" if phase.code == view.phase else phase.code, page=1),
        )
        for phase in rules.phases
    ]
