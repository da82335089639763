"""Laws of foretelling payments, whatever the history: probabilities are ones, time only runs one way, sums are sums."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.relationship import hazard, proof
from kulant.relationship.behaviour import history_curves, history_rate
from kulant.relationship.forecast import ENDS, Sums
from kulant.relationship.habit import DueInvoice, base_late_rate, habit, late_risk
from kulant.relationship.hazard import Calibration, hazard_curves, person_weeks, platt
from kulant.relationship.known import NEVER, Book, Known
from kulant.relationship.lateness import BEYOND, FIRST_WEEK, WEEKS, Curves, Ints, first_day, outlook, place
from kulant.relationship.rolling import choose

FIRST = 738_000
TODAY = FIRST + 700
CUSTOMERS = 4

# customer, day of issue, days to pay, days late (none: unpaid), disputed so many days after issue (none: never), size
Row = tuple[int, int, int, int | None, int | None, float]

rows = st.lists(
    st.tuples(
        st.integers(0, CUSTOMERS - 1),
        st.integers(0, 680),
        st.sampled_from([0, 10, 14, 30, 60]),
        st.none() | st.integers(-60, 300),
        st.none() | st.integers(0, 90),
        st.floats(0.01, 50),
    ),
    min_size=1,
    max_size=40,
)


def book_of(invoices: list[Row]) -> Book:
    """The book of these invoices as the last day knew it."""
    ordered = sorted(invoices, key=lambda row: row[1])
    issued = np.asarray([FIRST + row[1] for row in ordered])
    due = issued + np.asarray([row[2] for row in ordered])
    late = [NEVER if row[3] is None else row[3] for row in ordered]
    paid = np.maximum(issued, due + np.asarray(late))
    dropped = np.asarray([NEVER if row[4] is None else FIRST + row[1] + row[4] for row in ordered])
    nothing: Ints = np.zeros(0, np.int64)
    return Book(
        customer=np.asarray([row[0] for row in ordered]),
        issued=issued,
        due=due,
        paid=np.where(paid <= TODAY, paid, NEVER),
        pays=np.ones(len(ordered), np.bool_),
        dropped=np.where(dropped <= TODAY, dropped, NEVER),
        size=np.asarray([row[5] for row in ordered]),
        usual={},
        dispute_of=nothing,
        dispute_on=nothing,
        letter_of=nothing,
        letter_on=nothing,
    )


def history_of(book: Book, on: int = TODAY) -> Curves:
    known = Known(book, on)
    return history_curves(known.everybody(on), known.house(np.asarray([on])), known.pace(on))


def model_of(book: Book, *, shift: float = 0.0, slope: float = 1.0) -> tuple[Curves, hazard.Hazard] | None:
    """What a hazard fitted to the book says of each of its invoices, as known on the last day."""
    known = Known(book, TODAY)
    weeks = person_weeks(book, known, np.arange(len(book.customer)), TODAY)
    model = hazard.fit(weeks, np.ones(len(weeks.week), np.bool_))
    if model is None:
        return None
    on = np.full(len(book.customer), TODAY)
    curves = hazard_curves(
        model, Calibration(shift, slope), known.payers(book.customer, on), known.house(on),
        size=book.size, terms=book.terms, pace=known.pace(TODAY),
    )  # fmt: skip
    return curves, model


def both(book: Book) -> list[tuple[Curves, Ints]]:
    found = [(history_of(book), book.customer)]
    if (model := model_of(book, shift=0.3, slope=0.8)) is not None:
        found.append((model[0], np.arange(len(book.customer))))
    return found


def test_each_week_ends_on_the_due_date_or_whole_weeks_after() -> None:
    assert [int(place(days)) + FIRST_WEEK for days in (-7, -6, 0, 1, 7, 8)] == [-1, 0, 0, 1, 1, 2]
    assert int(place(-400)) == 0
    assert int(place(400)) + FIRST_WEEK == BEYOND
    assert first_day(place(np.asarray([1, 5, 7, 8, 182]))).tolist() == [1, 1, 1, 8, 176]


@given(rows)
@settings(deadline=None, max_examples=60)
def test_what_is_open_becomes_less_and_never_more(invoices: list[Row]) -> None:
    book = book_of(invoices)
    for curves, _ in both(book):
        assert np.isfinite(curves.mass).all()
        assert (curves.mass >= 0).all()
        np.testing.assert_allclose(curves.mass.sum(axis=1), 1.0)
        every = np.arange(len(curves.mass))
        still = [curves.still_open(every, np.full(len(every), day)) for day in range(-80, 260, 3)]
        np.testing.assert_allclose(still[0], 1.0)
        for earlier, later in pairwise(still):
            assert (later <= earlier + 1e-12).all()
            assert ((later >= -1e-12) & (later <= 1 + 1e-12)).all()


@given(rows)
@settings(deadline=None, max_examples=60)
def test_every_open_invoice_has_probabilities_between_nothing_and_one(invoices: list[Row]) -> None:
    book = book_of(invoices)
    for curves, who in both(book):
        look = outlook(curves, who, overdue=TODAY - book.due, terms=book.terms, ends=ENDS)
        for chances in (look.p_late, look.paid, look.paid.sum(axis=1)):
            assert np.isfinite(chances).all()
            assert ((chances >= 0) & (chances <= 1 + 1e-9)).all()
        overdue = np.maximum(TODAY - book.due, 0)
        assert (look.p_late[overdue > 0] == 1).all()
        assert (look.days_late >= overdue).all()


@given(rows, st.integers(0, CUSTOMERS - 1), st.integers(-20, 20))
@settings(deadline=None, max_examples=80)
def test_one_more_late_payment_never_makes_the_next_seem_less_likely_late(
    invoices: list[Row], customer: int, overdue: int
) -> None:
    before = book_of([*invoices, (customer, 0, 14, 0, None, 1.0)])
    after = book_of([*invoices, (customer, 0, 14, 0, None, 1.0), (customer, 500, 14, 9, None, 1.0)])
    who, day = np.asarray([customer]), np.asarray([overdue])
    terms = np.asarray([30])
    first, second = (outlook(history_of(book), who, overdue=day, terms=terms, ends=ENDS) for book in (before, after))
    assert second.p_late[0] >= first.p_late[0] - 1e-9


@given(rows)
@settings(deadline=None, max_examples=80)
def test_the_history_is_the_habit_of_the_list(invoices: list[Row]) -> None:
    book = book_of(invoices)
    known = Known(book, TODAY)
    payers = known.everybody(TODAY)
    rates = history_rate(payers, known.house(np.asarray([TODAY])))
    habits = []
    for customer in range(len(payers.known)):
        own = book.customer == customer
        one = [
            DueInvoice("", _day(due), None if paid == NEVER else _day(paid))
            for due, paid in zip(book.due[own].tolist(), book.paid[own].tolist(), strict=True)
        ]
        habits.append(habit(one, _day(TODAY)))
    base = base_late_rate(habits)
    assert rates.tolist() == pytest.approx([late_risk(one, base) for one in habits])


def _day(ordinal: int) -> date:
    return date.fromordinal(ordinal)


@given(rows, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_the_order_of_rows_does_not_matter(invoices: list[Row], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(invoices)
    random.shuffle(shuffled)
    first, second = book_of(invoices), book_of(shuffled)
    np.testing.assert_allclose(history_of(first).mass, history_of(second).mass)
    one, other = model_of(first), model_of(second)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        np.testing.assert_allclose(one[1].weights, other[1].weights, atol=1e-5)


@given(rows, st.integers(1, 699))
@settings(deadline=None, max_examples=60)
def test_what_happens_later_is_not_known_earlier(invoices: list[Row], day: int) -> None:
    on = FIRST + day
    book = book_of(invoices)
    # As it would have been on that day, with invoices of later days and later payments not there yet.
    there = book.issued <= on
    then = replace(
        book,
        **{
            field.name: getattr(book, field.name)[there]
            for field in fields(book)
            if field.name not in ("usual", "dispute_of", "dispute_on", "letter_of", "letter_on")
        },
    )
    then = replace(then, paid=np.where(then.paid <= on, then.paid, NEVER))
    if not there.any():
        return
    whole, part = Known(book, TODAY), Known(then, on)
    seen, had = whole.everybody(on), part.everybody(on)
    for field in fields(seen):
        had_it = getattr(had, field.name)
        np.testing.assert_array_equal(getattr(seen, field.name)[: len(had_it)], had_it)
    np.testing.assert_allclose(whole.house(np.asarray([on])).shape, part.house(np.asarray([on])).shape)
    np.testing.assert_allclose(whole.pace(on).within, part.pace(on).within)


@given(rows)
@settings(deadline=None, max_examples=60)
def test_the_weeks_of_a_forecast_are_the_sum_of_its_invoices(invoices: list[Row]) -> None:
    book = book_of(invoices)
    amounts = np.round(book.size * 100_00)
    for curves, who in both(book):
        look = outlook(curves, who, overdue=TODAY - book.due, terms=book.terms, ends=ENDS)
        together, one_by_one = Sums.empty(), Sums.empty()
        together.add(amounts, look.paid)
        for n in range(len(amounts)):
            one_by_one.add(amounts[n : n + 1], look.paid[n : n + 1])
        np.testing.assert_allclose(together.expected, (amounts[:, None] * look.paid).sum(axis=0))
        np.testing.assert_allclose(together.expected, one_by_one.expected)
        np.testing.assert_allclose(together.variance, one_by_one.variance)
        assert together.expected.sum() <= amounts.sum() * (1 + 1e-9)
        for narrow, wide in zip(together.weeks(1.0), together.weeks(2.0), strict=True):
            assert 0 <= wide.low <= narrow.low <= narrow.expected <= narrow.high <= wide.high


@given(rows)
@settings(deadline=None, max_examples=30)
def test_an_invoice_has_a_row_for_each_week_it_was_open_and_at_most_one_payment(invoices: list[Row]) -> None:
    book = book_of(invoices)
    weeks = person_weeks(book, Known(book, TODAY), np.arange(len(book.customer)), TODAY)
    assert np.isfinite(weeks.columns).all()
    for n in range(len(book.customer)):
        own = weeks.invoice == n
        places = weeks.week[own].tolist()
        assert places == sorted(set(places))
        paid = weeks.paid[own]
        assert paid.sum() <= 1
        if paid.any():
            assert paid[-1]
            assert places[-1] == int(place(book.lateness[n]))
        # Nothing is learned from days after a dispute was raised.
        began = book.due[n] + first_day(weeks.week[own])
        assert (began < max(book.dropped[n], book.issued[n] + 7)).all()


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
@settings(deadline=None)
def test_measures_agree_with_their_meaning(forecasts: list[tuple[float, bool]]) -> None:
    foretold = np.asarray([one for one, _ in forecasts])
    came = np.asarray([one for _, one in forecasts], dtype=np.bool_)
    measured = proof.measure(foretold, came)
    assert 0 <= measured["brier"] <= 1
    assert measured["log_loss"] >= 0
    assert sum(one["count"] for one in measured["reliability"]) == len(forecasts)
    pairs = [(a, b) for a, late in forecasts if late for b, on_time in forecasts if not on_time]
    if not pairs:
        assert measured["auc"] is None
    else:
        above = sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs)
        assert measured["auc"] == pytest.approx(above, abs=1e-6)


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.booleans()), min_size=0, max_size=300))
@settings(deadline=None)
def test_calibration_keeps_the_order_of_forecasts(forecasts: list[tuple[float, bool]]) -> None:
    found = platt(np.asarray([one for one, _ in forecasts]), np.asarray([one for _, one in forecasts], dtype=np.bool_))
    chances = found.of(np.linspace(0.01, 0.99, 40))
    assert (np.diff(chances) > 0).all()


def test_calibration_finds_forecasts_twice_too_sure() -> None:
    random = np.random.default_rng(3)
    honest = random.normal(0, 1, 4000)
    came = random.random(4000) < 1 / (1 + np.exp(-honest))
    found = platt(1 / (1 + np.exp(-2 * honest)), came)
    assert found.slope == pytest.approx(0.5, abs=0.06)
    assert found.shift == pytest.approx(0.0, abs=0.1)


def test_the_hazard_is_used_where_it_foretells_better_and_only_there() -> None:
    random = np.random.default_rng(5)
    invoices: list[Row] = []
    for n in range(1500):
        size = float(random.choice([0.2, 5.0]))
        # Everybody pays large invoices late and small ones on time: no customer's own history can tell.
        late = int(random.integers(3, 20)) if (size > 1) != (random.random() < 0.05) else -2
        invoices.append((n % CUSTOMERS, n * 680 // 1500, 14, late, None, size))
    told = choose(book_of(invoices), TODAY)
    assert told.model is not None
    assert told.why.startswith("weekly hazard: on ")
    assert told.backtest["hazard"]["brier"] < 0.6 * told.backtest["history"]["brier"]
    alike = choose(book_of([(c, on, 14, late, None, 1.0) for c, on, _, late, _, _ in invoices]), TODAY)
    assert alike.model is None
    assert alike.why.startswith("own history: on ")


def test_too_short_a_past_leaves_the_history_in_use() -> None:
    told = choose(book_of([(n % CUSTOMERS, n * 4, 14, n % 9 - 3, None, 1.0) for n in range(100)]), TODAY)
    assert told.model is None
    assert "not enough of the past to try a model on" in told.why


def test_a_debt_nobody_has_paid_yet_makes_late_payments_look_slower() -> None:
    quick: list[Row] = [(0, 10 * n, 14, 4, None, 1.0) for n in range(20)]
    prompt = history_of(book_of([*quick, (1, 0, 14, 0, None, 1.0)]))
    waiting = history_of(book_of([*quick, (1, 0, 14, 0, None, 1.0), *[(0, 600, 14, None, None, 1.0)] * 4]))
    week_one = WEEKS - (BEYOND - 0)
    late = slice(week_one, None)

    def first_week(curves: Curves) -> float:
        return float(curves.mass[0, week_one] / curves.mass[0, late].sum())

    assert first_week(waiting) < first_week(prompt) - 0.05
