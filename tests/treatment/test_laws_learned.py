"""Whatever outcomes teach, the laws of the decision hold; lots are drawn only where nothing hangs on it."""

from __future__ import annotations

import copy
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kulant.relationship.why_late import CODES
from kulant.treatment import priors
from kulant.treatment.decision import decide
from kulant.treatment.learning import Lessons, Seen
from kulant.treatment.priors import FIRMNESS, GRADES
from kulant.treatment.reading import read_facts
from tests.support.any_facts import CARE, Json, facts, money, thoroughly

cells = st.tuples(st.sampled_from(list(priors.PRIORS)), st.sampled_from(CODES), st.sampled_from([*GRADES, None]))
cases = st.integers(0, 400).flatmap(
    lambda count: st.floats(0, 1).map(lambda share: Seen(count, round(count * share, 3)))
)
lessons = st.dictionaries(cells, cases, max_size=60).map(Lessons)


def taught(data: Json, learned: Lessons) -> int:
    read = read_facts(data)
    grade = None if read.customer_kind == "consumer" else read.grade
    return decide(read, figures=learned.figures(read.late_reason, grade)).firmness


@thoroughly
@given(facts(), lessons, st.data())
def test_whatever_outcomes_teach_the_laws_hold(data: Json, learned: Lessons, draw: st.DataObject) -> None:
    before = taught(data, learned)
    for reason, one_more in CARE.items():
        careful = copy.deepcopy(data)
        careful["relationship"][reason] = one_more(careful["relationship"].get(reason))
        assert taught(careful, learned) <= before, reason
    better = copy.deepcopy(data)
    worth = round(float(better["relationship"].get("value_12m", "0")) * 100) + draw.draw(st.integers(0, 9_000_000))
    if "value_12m" in better["relationship"]:
        better["relationship"]["value_12m"] = money(worth)
    if "grade" in better["relationship"]:
        better["relationship"]["grade"] = draw.draw(
            st.sampled_from(GRADES[: GRADES.index(data["relationship"]["grade"]) + 1])
        )
    for row in better["history"]:
        row["paid"] = row["due"] if draw.draw(st.booleans()) else row["paid"]
    for invoice in better["invoices"]:
        moved = date.fromisoformat(invoice["due"]) + timedelta(days=draw.draw(st.integers(0, 30)))
        invoice["due"] = moved.isoformat()
    assert taught(better, learned) <= before
    unknown = data | {"late_reason": None}
    for code in CODES:
        if code not in ("unwilling", "unknown"):
            assert taught(data | {"late_reason": code}, learned) <= taught(unknown, learned), code
    worst, nobody_knows = copy.deepcopy(data), copy.deepcopy(data)
    worst["relationship"]["grade"] = "D"
    nobody_knows["relationship"].pop("grade", None)
    assert taught(nobody_knows, learned) <= taught(worst, learned)


@thoroughly
@given(lessons)
def test_what_was_learned_keeps_what_the_laws_lean_on(learned: Lessons) -> None:
    def recovery(treatment: str, reason: str | None, grade: str | None, *, chronic: bool = False) -> int:
        figures = learned.figures(reason, grade)
        figure = figures.of(treatment) if figures else None
        if figure is not None:
            return figure.chronic if chronic else figure.usual
        prior = priors.CHRONIC.get(treatment) if chronic else None
        return (prior or priors.PRIORS[treatment]).recovery

    for treatment in priors.PRIORS:
        for code in CODES:
            usual = [recovery(treatment, code, grade) for grade in reversed(GRADES)]
            chronic = [recovery(treatment, code, grade, chronic=True) for grade in reversed(GRADES)]
            assert all(late <= punctual for late, punctual in zip(chronic, usual, strict=True))
            if FIRMNESS[treatment] in (0, 2):
                assert usual == sorted(usual)
                assert chronic == sorted(chronic)
            else:
                assert len({*usual, *chronic}) == 1
        if FIRMNESS[treatment] in (0, 2):
            assert recovery(treatment, None, None) >= recovery(treatment, None, "D")
            for code in CODES:
                if code != "unwilling":
                    assert recovery(treatment, code, "C") >= recovery(treatment, None, "C")


@thoroughly
@given(facts(), st.text(max_size=8))
def test_lots_are_drawn_only_among_soft_treatments_as_good_as_equal(data: Json, case: str) -> None:
    plain = decide(read_facts(data))
    drawn = decide(read_facts(data), lot=case)
    assert drawn == decide(read_facts(data), lot=case)
    assert drawn.firmness == plain.firmness
    if drawn.by_chance:
        kept = {option.treatment: option.kept for option in drawn.options}
        assert 100 * kept[drawn.treatment] >= priors.NEAR_TIE * kept[plain.treatment]
    else:
        assert drawn.treatment == plain.treatment
