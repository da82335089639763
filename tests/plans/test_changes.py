"""What a customer may change of a plan that runs, and what it costs: pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.core.calendar import is_business_day
from kulant.core.errors import Refusal
from kulant.plans import rules
from kulant.plans.changes import (
    Part,
    Running,
    Wanted,
    may_still,
    movable_until,
    pay_all_minor,
    reshape_counts,
    work_out,
)  # fmt: skip
from kulant.plans.limits import PlanRules
from kulant.plans.rules import Cost

TODAY = date(2026, 12, 2)
ahead = st.dates(date(2026, 11, 1), date(2027, 8, 1))
SIX = rules.usual_days(6, date(2026, 11, 23), "NO")  # 1 December, 4 January, 1 February, 1 March, 1 April, 3 May


def plan(paid: int = 0, *, rate: int = 0, count: int = 6, **changes: object) -> Running:
    offer = rules.make_offer(1_000_000, "NOK", SIX[:count], today=date(2026, 11, 23), cost=Cost(rate))
    covered = rules.progress(offer.amounts, paid)
    parts = tuple(
        Part(n, due, amount, done)
        for n, ((due, amount), done) in enumerate(zip(offer.schedule, covered, strict=True), start=1)
    )
    return replace(Running(parts, "NOK", "NO", TODAY, PlanRules(), rate, offer.interest_minor), **changes)  # type: ignore[arg-type]


def refused(state: Running, wanted: Wanted, **how: bool) -> str:
    with pytest.raises(Refusal) as found:
        work_out(state, wanted, **how)
    return found.value.code


def test_a_payment_is_moved_up_to_fourteen_days() -> None:
    state = plan(166_700)
    assert movable_until(state, state.left[0]) == date(2027, 1, 18)
    change = work_out(state, Wanted("move", to=date(2027, 1, 16)))
    assert change.after[1] == (date(2027, 1, 18), 166_700)  # the 16th is a Saturday
    assert change.cost_minor == 0
    assert [day for n, day in enumerate(change.after) if n != 1] == [
        day for n, day in enumerate(change.before) if n != 1
    ]
    assert refused(state, Wanted("move", to=date(2027, 1, 19))) == "too_late"
    assert refused(state, Wanted("move", to=date(2027, 1, 4))) == "too_early"
    assert refused(state, Wanted("move", number=1, to=date(2027, 1, 4))) == "no_instalment"


def test_each_change_is_the_customers_once_and_the_clerks_as_often_as_needed() -> None:
    moved = plan(made=("move",))
    assert not may_still(moved, "move")
    assert may_still(moved, "skip")
    wanted = Wanted("move", to=date(2026, 12, 8))
    assert refused(moved, wanted) == "changed_before"
    assert work_out(moved, wanted, by_clerk=True).after[0][0] == date(2026, 12, 8)


def test_a_late_payment_can_be_moved_ahead() -> None:
    state = plan()
    assert work_out(state, Wanted("move", to=date(2026, 12, 9))).after[0] == (date(2026, 12, 9), 166_700)


def test_a_month_is_skipped_and_the_plan_ends_a_month_later() -> None:
    change = work_out(plan(166_700), Wanted("skip"))
    assert [due for due, _ in change.after] == [SIX[0], *SIX[2:], date(2027, 6, 1)]
    assert [amount for _, amount in change.after] == [amount for _, amount in change.before]


def test_every_payment_moves_to_another_day_of_the_month() -> None:
    change = work_out(plan(166_700), Wanted("day", day=20))
    assert [due for due, _ in change.after[1:]] == [
        date(2027, 1, 20), date(2027, 2, 22), date(2027, 3, 22), date(2027, 4, 20), date(2027, 5, 20),
    ]  # fmt: skip
    assert refused(plan(), Wanted("day", day=0)) == "bad_day"
    assert refused(plan(), Wanted("day")) == "no_day"


def test_what_is_left_is_divided_anew_and_what_is_paid_stays() -> None:
    state = plan(400_000, count=3)
    assert reshape_counts(state) == [3, 4, 5, 6]
    change = work_out(state, Wanted("reshape", count=4))
    assert change.after[:2] == ((date(2026, 12, 1), 333_400), (TODAY, 66_600))
    assert [amount for _, amount in change.after[2:]] == [150_000] * 4
    assert refused(state, Wanted("reshape", count=9)) == "too_many_parts"
    assert refused(plan(950_000), Wanted("reshape", count=6)) == "too_small"


def test_later_days_cost_interest_only_where_the_plan_bears_any() -> None:
    assert work_out(plan(), Wanted("skip")).cost_minor == 0
    change = work_out(plan(rate=1200), Wanted("skip"))
    assert 9_000 < change.cost_minor < 11_500  # a month of one percent on ten thousand
    assert change.after[-1][1] == change.before[-1][1] + change.cost_minor
    paid_today = pay_all_minor(plan(rate=1200))
    assert 1_000_000 < paid_today < sum(amount for _, amount in change.before)
    let_go_before = plan(rate=1200, spare_minor=0)  # of interest that was let go already, nothing is spared again
    assert pay_all_minor(let_go_before) == let_go_before.left_minor


def test_nothing_is_changed_that_is_so_already_or_paid() -> None:
    assert refused(plan(2_000_000), Wanted("skip")) == "nothing_left"
    assert refused(plan(166_700), Wanted("day", day=1)) == "same_plan"
    assert refused(plan(), Wanted("fly")) == "no_change"


@settings(max_examples=150)
@given(
    paid=st.integers(0, 990_000), rate=st.sampled_from([0, 800, 1200]), count=st.integers(1, 6),
    today=st.dates(date(2026, 11, 23), date(2027, 6, 30)),
    wanted=st.one_of(
        st.builds(Wanted, st.just("move"), st.none() | st.integers(1, 6), ahead),
        st.builds(Wanted, st.just("skip"), st.none() | st.integers(1, 6)),
        st.builds(Wanted, st.just("day"), day=st.integers(1, 31)),
        st.builds(Wanted, st.just("reshape"), count=st.none() | st.integers(1, 7)),
    ),
)  # fmt: skip
def test_no_change_ever_loses_money_or_asks_earlier(
    paid: int, rate: int, count: int, today: date, wanted: Wanted
) -> None:
    state = plan(paid, rate=rate, count=count, today=today)
    try:
        change = work_out(state, wanted)
    except Refusal:
        return
    assert sum(amount for _, amount in change.after) == sum(amount for _, amount in change.before) + change.cost_minor
    assert change.cost_minor == 0 if rate == 0 else change.cost_minor >= -1_000_000
    dues = [due for due, _ in change.after]
    assert dues == sorted(dues)
    new = {due for due, _ in change.after} - {due for due, _ in change.before} - {today}
    assert all(due > today and is_business_day(due, "NO") for due in new)
