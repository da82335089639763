"""What each treatment is believed to recover for every reason of lateness and grade, with how much that belief weighs.

The shipped cells are judgements, **not measured**, drawn around the figures of ``priors.py``: somebody short of cash
keeps a plan more often than somebody whose reason nobody knows, a call helps where an invoice never arrived, and who is
worth more has more to lose by not paying. A creditor may set other cells; a cell says who set it and why. Pure.

What is believed of a letter is one figure for everybody: a letter that seemed to work better on one kind of customer
must never be the reason why they get it sooner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kulant.core.errors import Refusal
from kulant.relationship.why_late import CODES, UNKNOWN
from kulant.treatment.priors import BASIS, CHRONIC, FIRMNESS, GRADES, LABEL, PRIORS, STRENGTH

# Soft treatments, and waiting, are believed of by reason and grade; letters are not.
BY_CELL = tuple(treatment for treatment in PRIORS if FIRMNESS[treatment] in (0, 2))

# Hundredths of a percent that a reason adds to what a treatment recovers for a reason nobody knows.
_BY_REASON = {
    "payment_plan": {"cash_gap": 400, "hardship": 0, "unhappy": 100, "approval": 0, "forgot": 0, "unwilling": -1500},
    "call": {
        "forgot": 500, "never_arrived": 700, "approval": 600, "unhappy": 500, "cash_gap": 200, "dispute": 300,
        "our_error": 300, "unwilling": -1000,
    },
    "fee_waiver": {"our_error": 800, "unhappy": 500, "never_arrived": 600, "forgot": 300, "unwilling": -1200},
    "hold": {"approval": 600, "never_arrived": 300, "unwilling": -1500},
}  # fmt: skip
# What a grade adds to it; an unknown one adds nothing.
_BY_GRADE = {"A": 200, "B": 100, "C": 0, "D": 0}

LEAST_STRENGTH, MOST_STRENGTH = 1, 1000


@dataclass(frozen=True, slots=True)
class Cell:
    """A belief: a share of the debt in hundredths of a percent, and how many cases it weighs like."""

    recovery: int
    strength: int = STRENGTH
    label: str = LABEL


@dataclass(frozen=True, slots=True)
class SetCell:
    """A cell that a creditor set. No reason, or no grade: for every one that has no cell of its own."""

    treatment: str
    reason: str | None
    grade: str | None
    recovery: int
    strength: int
    label: str

    @property
    def place(self) -> tuple[str, str | None, str | None]:
        """What the cell is about."""
        return self.treatment, self.reason, self.grade

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "treatment": self.treatment, "reason": self.reason, "grade": self.grade,
            "recovery": self.recovery, "strength": self.strength, "label": self.label,
        }  # fmt: skip


class PriorTable:
    """Every cell: those the creditor set, else the shipped ones."""

    def __init__(self, cells: Iterable[SetCell] = ()) -> None:
        self.cells: Mapping[tuple[str, str | None, str | None], SetCell] = MappingProxyType(
            {cell.place: cell for cell in cells}
        )

    def of(self, treatment: str, reason: str, grade: str | None) -> Cell:
        """What is believed: the nearest cell that was set, the one for the reason before the one for the grade."""
        for place in ((treatment, reason, grade), (treatment, reason, None), (treatment, None, grade)):
            if place in self.cells:
                return _cell(self.cells[place])
        everybody = self.cells.get((treatment, None, None))
        if everybody is not None:
            return _cell(everybody)
        return Cell(_shipped(treatment, reason, grade))

    def chronic(self, treatment: str, recovery: int) -> int:
        """The same belief of a customer who mostly pays late: as much lower as the shipped figures are."""
        usual = PRIORS[treatment].recovery
        return min(max(recovery + CHRONIC.get(treatment, PRIORS[treatment]).recovery - usual, 0), BASIS)

    def with_cell(self, cell: SetCell) -> list[SetCell]:
        """The cells that are set once this one is, too."""
        return [*(kept for kept in self.cells.values() if kept.place != cell.place), cell]

    def without(self, place: tuple[str, str | None, str | None]) -> list[SetCell]:
        """The cells that are set once this one is as shipped again."""
        if place not in self.cells:
            raise Refusal("no_such_prior", "that assumption is the shipped one already; nothing was changed")
        return [kept for kept in self.cells.values() if kept.place != place]


SHIPPED = PriorTable()


def read_cell(
    *, treatment: str, reason: str | None, grade: str | None, recovery_percent: float, strength: int, label: str
) -> SetCell:
    """A cell as somebody sets it; refuses what is none, saying why."""
    if treatment not in PRIORS:
        raise Refusal("no_such_treatment", f"{treatment!r} is no treatment; choose one of {', '.join(PRIORS)}")
    if treatment not in BY_CELL and (reason is not None or grade is not None):
        raise Refusal(
            "letters_for_everybody",
            "what a letter brings is one figure for everybody, so that nobody gets a firmer letter by an assumption; "
            "leave reason and grade open",
        )
    if reason is not None and reason not in CODES:
        raise Refusal("no_such_reason", f"{reason!r} is no reason; choose one of {', '.join(CODES)}")
    if grade is not None and grade not in GRADES:
        raise Refusal("no_such_grade", f"{grade!r} is no grade; choose one of {', '.join(GRADES)}")
    if not 0 <= recovery_percent <= 100:
        raise Refusal("bad_share", "what it brings in is a share of the debt: from 0 to 100 percent")
    if not LEAST_STRENGTH <= strength <= MOST_STRENGTH:
        raise Refusal("bad_strength", f"an assumption weighs like {LEAST_STRENGTH} to {MOST_STRENGTH} cases")
    return SetCell(treatment, reason, grade, round(recovery_percent * 100), strength, label)


def table_of(rules: Mapping[str, Any] | None) -> PriorTable:
    """The table from what was kept; the shipped one where nobody has set a cell."""
    cells = (rules or {}).get("cells", [])
    return PriorTable(SetCell(**cell) for cell in cells) if cells else SHIPPED


def _cell(found: SetCell) -> Cell:
    return Cell(found.recovery, found.strength, found.label)


def _shipped(treatment: str, reason: str, grade: str | None) -> int:
    usual = PRIORS[treatment].recovery
    if treatment not in BY_CELL:
        return usual
    added = _BY_REASON.get(treatment, {}).get(reason, 0) if reason != UNKNOWN else 0
    return min(usual + added + (_BY_GRADE[grade] if grade else 0), BASIS)
