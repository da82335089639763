"""The table of assumptions: by treatment, reason and grade, with a weight, set by people, never against the laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.people.models import Creditor
from kulant.people.rules_kept import versions
from kulant.relationship.why_late import CODES, UNKNOWN
from kulant.treatment.beliefs import set_belief, take_back_belief
from kulant.treatment.judged_by import judged_by
from kulant.treatment.learning import Lessons, Seen
from kulant.treatment.lessons import lessons_of
from kulant.treatment.prior_table import BY_CELL, SHIPPED, PriorTable, SetCell, read_cell
from kulant.treatment.priors import BASIS, GRADES, PRIORS


def test_shipped_beliefs_differ_by_reason_and_grade_and_stand_as_published_where_neither_is_known() -> None:
    assert SHIPPED.of("payment_plan", "cash_gap", "A").recovery > SHIPPED.of("payment_plan", UNKNOWN, None).recovery
    for treatment, prior in PRIORS.items():
        assert SHIPPED.of(treatment, UNKNOWN, None).recovery == prior.recovery
    assert SHIPPED.of("formal_notice", "cash_gap", "A") == SHIPPED.of("formal_notice", UNKNOWN, None)


def test_the_nearest_cell_that_was_set_counts() -> None:
    cells = [
        SetCell("call", None, None, 5000, 10, "for all"),
        SetCell("call", "forgot", None, 6000, 20, "who forgot"),
        SetCell("call", "forgot", "A", 9000, 50, "who forgot, A"),
        SetCell("call", None, "B", 7000, 5, "all of grade B"),
    ]
    table = PriorTable(cells)
    assert [table.of("call", *place).recovery for place in (("forgot", "A"), ("forgot", "B"), ("unhappy", "B"))] == [
        9000, 6000, 7000,
    ]  # fmt: skip
    assert (table.of("call", "unhappy", "D").recovery, table.of("call", "unhappy", "D").strength) == (5000, 10)
    assert table.of("hold", "unhappy", "D") == SHIPPED.of("hold", "unhappy", "D")


def test_a_belief_that_weighs_much_is_moved_little_by_what_was_seen() -> None:
    def figure(strength: int) -> int:
        beliefs = PriorTable([SetCell("call", None, None, 8000, strength, "")])
        found = Lessons({("call", UNKNOWN, "D"): Seen(10, 0.0)}, beliefs).figures(None, "D").of("call")
        assert found is not None
        assert found.strength == strength
        return found.usual

    assert figure(1000) == round(1000 * 8000 / 1010)
    assert figure(1) == round(1 * 8000 / 11)


cells = st.builds(
    SetCell,
    st.sampled_from(BY_CELL), st.sampled_from((None, *CODES)), st.sampled_from((None, *GRADES)),
    st.integers(0, BASIS), st.integers(1, 1000), st.just("anything"),
)  # fmt: skip


@given(st.lists(cells, max_size=8))
def test_whatever_people_believe_a_better_customer_or_a_known_reason_never_lowers_what_kindness_brings(
    set_cells: list[SetCell],
) -> None:
    lessons = Lessons({}, PriorTable(set_cells))

    def used(treatment: str, reason: str, grade: str | None) -> tuple[int, int]:
        found = lessons.figures(reason, grade).of(treatment)
        usual = PRIORS[treatment].recovery
        return (found.usual, found.chronic) if found else (usual, SHIPPED.chronic(treatment, usual))

    for treatment in BY_CELL:
        for reason in CODES:
            rising = [used(treatment, reason, grade) for grade in reversed(GRADES)]
            for place in (0, 1):
                assert [one[place] for one in rising] == sorted(one[place] for one in rising)
            if reason != "unwilling":
                assert used(treatment, reason, "C")[0] >= used(treatment, UNKNOWN, "C")[0]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"treatment": "threat"}, "no_such_treatment"),
        ({"treatment": "formal_notice", "grade": "A"}, "letters_for_everybody"),
        ({"reason": "moody"}, "no_such_reason"),
        ({"grade": "E"}, "no_such_grade"),
        ({"recovery_percent": 100.5}, "bad_share"),
        ({"strength": 0}, "bad_strength"),
    ],
)
def test_what_is_no_assumption_is_refused(wrong: dict[str, object], code: str) -> None:
    right: dict[str, object] = {
        "treatment": "call", "reason": None, "grade": None, "recovery_percent": 50.0, "strength": 20, "label": "",
    }  # fmt: skip
    with pytest.raises(Refusal) as refused:
        read_cell(**(right | wrong))  # type: ignore[arg-type]
    assert refused.value.code == code


def test_a_belief_is_set_with_a_reason_kept_by_version_and_taken_back(act: Act, creditor: Creditor) -> None:
    before = judged_by(act.session, creditor)
    place = {"treatment": "payment_plan", "reason": "cash_gap", "grade": "B"}
    set_belief(act, creditor=creditor, **place, recovery_percent=71.5, strength=40, why="Two years of our own plans")
    cell = lessons_of(act.session, creditor.id).beliefs.of("payment_plan", "cash_gap", "B")
    assert (cell.recovery, cell.strength) == (7150, 40)
    assert cell.label == "set by test clerk on 2026-11-23: Two years of our own plans"
    assert judged_by(act.session, creditor) != before  # so that a run looks at everybody again
    take_back_belief(act, creditor=creditor, **place, why="Measured on too few")
    assert lessons_of(act.session, creditor.id).beliefs.of("payment_plan", "cash_gap", "B") == SHIPPED.of(
        "payment_plan", "cash_gap", "B"
    )
    assert [row.version for row in versions(act.session, creditor.id, "priors")] == [2, 1]
    with pytest.raises(Refusal):
        take_back_belief(act, creditor=creditor, **place, why="Again")
