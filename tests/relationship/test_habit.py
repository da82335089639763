"""Payment habit: what was known on the day, in figures, in a strip and in words."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from kulant.relationship.habit import (
    DEFAULT_LATE_RATE,
    DueInvoice,
    Habit,
    base_late_rate,
    habit,
    habit_sentence,
    late_risk,
    strip,
)

TODAY = date(2026, 11, 23)


def invoice(due_days_ago: int, paid_after_due: int | None, number: str = "1") -> DueInvoice:
    due = TODAY - timedelta(days=due_days_ago)
    return DueInvoice(number, due, None if paid_after_due is None else due + timedelta(days=paid_after_due))


def test_paid_on_the_due_date_is_on_time_and_the_day_after_is_late() -> None:
    told = habit([invoice(30, 0), invoice(30, 1), invoice(30, -5)], TODAY)
    assert (told.paid, told.on_time, told.late) == (3, 2, 1)
    assert told.on_time_rate == pytest.approx(2 / 3)


def test_days_late_are_told_over_all_payments_and_over_the_late_ones() -> None:
    told = habit([invoice(60, -3), invoice(60, 0), invoice(60, 4), invoice(60, 8)], TODAY)
    assert told.median_days_late == 2
    assert told.usual_days_when_late == 6


def test_a_payment_dated_after_today_has_not_happened_yet() -> None:
    told = habit([invoice(10, 11), invoice(-5, -2)], TODAY)
    assert (told.paid, told.overdue) == (0, 1)
    assert told.on_time_rate is None
    assert told.median_days_late is None


def test_an_invoice_unpaid_past_its_due_date_already_counts_as_late_in_the_risk() -> None:
    waiting = habit([invoice(10, None)], TODAY)
    assert late_risk(waiting, 0.3) > late_risk(habit([], TODAY), 0.3) == pytest.approx(0.3)


def test_thin_histories_are_drawn_to_the_creditors_base_rate() -> None:
    one_late = habit([invoice(30, 5)], TODAY)
    assert late_risk(one_late, 0.3) == pytest.approx((1 + 4 * 0.3) / 5)
    many_late = habit([invoice(30, 5)] * 96, TODAY)
    assert late_risk(many_late, 0.3) == pytest.approx((96 + 4 * 0.3) / 100)


def test_the_base_rate_is_that_of_all_invoices_and_a_stored_one_without_any() -> None:
    assert base_late_rate([habit([invoice(30, 5)], TODAY), habit([invoice(30, 0)] * 3, TODAY)]) == 0.25
    assert base_late_rate([]) == base_late_rate([habit([], TODAY)]) == DEFAULT_LATE_RATE


@given(
    st.lists(st.tuples(st.integers(-60, 400), st.none() | st.integers(-60, 100)), max_size=30),
    st.floats(0, 1),
)
def test_risk_is_a_probability_and_one_more_prompt_payment_never_raises_it(
    rows: list[tuple[int, int | None]], base: float
) -> None:
    invoices = [invoice(*row) for row in rows]
    before = late_risk(habit(invoices, TODAY), base)
    after = late_risk(habit([*invoices, invoice(10, 0)], TODAY), base)
    assert 0 <= after <= before <= 1


def test_the_strip_shows_the_last_twelve_invoices_oldest_first() -> None:
    rows = [invoice(400 - 30 * n, 0, number=str(n)) for n in range(15)]
    told = strip(rows[::-1], TODAY)
    assert [mark["number"] for mark in told] == [str(n) for n in range(3, 15)]


def test_the_strip_tells_on_time_late_overdue_and_open_apart() -> None:
    told = strip([invoice(90, 0), invoice(60, 3), invoice(30, None), invoice(20, 40), invoice(-7, None)], TODAY)
    assert [mark["state"] for mark in told] == ["on_time", "late", "overdue", "overdue", "open"]
    assert told[0]["due"] == TODAY - timedelta(days=90)


def test_an_invoice_due_today_is_not_overdue() -> None:
    assert strip([invoice(0, None)], TODAY)[0]["state"] == "open"


@pytest.mark.parametrize(
    ("paid", "on_time", "days", "sentence"),
    [
        (12, 9, 4.0, "pays 9 of 12 on time, usually 4 days late when late"),
        (12, 11, 1.0, "pays 11 of 12 on time, usually 1 day late when late"),
        (5, 0, 10.5, "pays none of 5 on time, usually 11 days late"),
        (12, 12, None, "pays all 12 on time"),
        (1, 1, None, "has paid its one invoice on time"),
        (1, 0, 3.0, "has paid its one invoice 3 days late"),
        (0, 0, None, "has not paid an invoice yet"),
    ],
)
def test_the_habit_in_words(paid: int, on_time: int, days: float | None, sentence: str) -> None:
    assert habit_sentence(Habit(paid, on_time, 0, days, days)) == sentence


def test_on_the_ibm_sample_the_risk_is_as_good_as_the_baseline(shared_data: Path) -> None:
    """Sorted by invoice date, the last 30 % judged one by one by what was known on each invoice's own date."""
    with (shared_data / "ibm_ar" / "accounts_receivable.csv").open(newline="") as file:
        rows = [
            (
                _day(row["InvoiceDate"]),
                row["invoiceNumber"],
                row["customerID"],
                _day(row["DueDate"]),
                row["SettledDate"],
            )
            for row in csv.DictReader(file)
        ]
    rows.sort()
    by_customer: dict[str, list[tuple[date, DueInvoice]]] = {}
    for issued, number, customer, due, settled in rows:
        by_customer.setdefault(customer, []).append((issued, DueInvoice(number, due, _day(settled))))
    predicted, actual = [], []
    bases: dict[date, float] = {}
    for issued, _, customer, due, settled in rows[int(len(rows) * 0.7) :]:
        if issued not in bases:
            bases[issued] = base_late_rate(_known(invoices, issued) for invoices in by_customer.values())
        predicted.append(late_risk(_known(by_customer[customer], issued), bases[issued]))
        actual.append(_day(settled) > due)
    p, y = np.array(predicted), np.array(actual)
    ranks, late = rankdata(p), int(y.sum())
    auc = (ranks[y].sum() - late * (late + 1) / 2) / (late * (len(y) - late))
    assert auc > 0.870
    assert ((p - y) ** 2).mean() < 0.136


def _known(invoices: list[tuple[date, DueInvoice]], today: date) -> Habit:
    return habit((invoice for issued, invoice in invoices if issued < today), today)


def _day(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007
