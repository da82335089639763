"""What a column of dates means."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.intake.dates import DateColumn, read_date, settle

TODAY = date(2026, 11, 23)


def column(*texts: str, name: str = "due_date") -> list[date]:
    """All dates of a column, read as the column as a whole means them."""
    collected = DateColumn(name)
    for row, text in enumerate(texts, start=2):
        collected.add(row, text)
    orders = settle([collected]).get(name, {})
    return [read_date(text, orders, TODAY) for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        "2019-02-26",
        "2019/02/26",
        "2019.2.26",
        "20190226",
        "20190226.0",
        "26.02.2019",
        "26.2.19",
        "26. 2. 2019",
        "26/02/2019",
        "02/26/2019",
        "26-02-2019",
        "02-26-2019",
        "2019-02-26T00:00:00",
        "2019-02-26 14:30:00.000",
        "2019-02-26T14:30:00+01:00",
        "26.02.2019 14:30",
        "2/26/2019 2:30:00 PM",
        "26-Feb-2019",
        "26 February 2019",
        "26. februar 2019",
        "26 Feb 19",
        "Feb 26, 2019",
    ],
)
def test_one_day_in_many_notations(text: str) -> None:
    assert column(text) == [date(2019, 2, 26)]


def test_one_row_decides_for_its_column() -> None:
    assert column("01/02/2020", "25/02/2020") == [date(2020, 2, 1), date(2020, 2, 25)]
    assert column("01/02/2020", "02/25/2020") == [date(2020, 1, 2), date(2020, 2, 25)]


def test_dates_that_may_be_read_two_ways_are_refused_with_their_rows() -> None:
    with pytest.raises(Refusal) as refusal:
        column("01/02/2020", "03/03/2020", "04/05/2020")
    assert "due_date" in refusal.value.sentence
    assert "rows 2, 4" in refusal.value.sentence
    assert "mapping" in refusal.value.sentence


def test_dates_that_are_the_same_both_ways_are_no_doubt() -> None:
    assert column("03/03/2020", "05/05/2020") == [date(2020, 3, 3), date(2020, 5, 5)]


def test_a_column_that_contradicts_itself_is_refused_with_its_rows() -> None:
    with pytest.raises(Refusal) as refusal:
        column("25/02/2020", "02/25/2020")
    assert "row 2" in refusal.value.sentence
    assert "row 3" in refusal.value.sentence


def test_a_stray_date_among_many_is_that_rows_fault() -> None:
    many = [f"{day:02d}/01/2020" for day in range(13, 32)] * 2
    with pytest.raises(ValueError, match="day first"):
        column(*many, "01/25/2020")


def test_a_column_in_doubt_follows_another_of_the_same_file() -> None:
    sure, doubtful = DateColumn("issue_date"), DateColumn("due_date")
    sure.add(2, "25/01/2020")
    doubtful.add(2, "01/02/2020")
    assert settle([sure, doubtful])["due_date"] == {"/yyyy": "dmy"}


def test_two_digit_years_of_three_orders_are_in_doubt() -> None:
    with pytest.raises(Refusal):
        column("01-02-03")
    assert column("01-02-03", "25-02-99", "25-02-03") == [date(2003, 2, 1), date(1999, 2, 25), date(2003, 2, 25)]


@pytest.mark.parametrize(
    "text", ["2020-02-30", "32.01.2020", "1234", "20201301", "yesterday", "43500", "26 Foo 2019", "2020-1", "1.1"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        column(text)


@pytest.mark.parametrize("text", ["1899-12-30", "0001-01-01", "2126-01-01", "9999-12-31"])
def test_absurd_years_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="outside the years"):
        column(text)


@given(
    days=st.lists(st.dates(date(1990, 1, 1), date(2036, 1, 1)), min_size=1, max_size=20),
    form=st.sampled_from(
        ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%Y%m%d", "%d %B %Y"]
    ),
)
def test_a_column_in_one_format_reads_back_or_is_refused_as_doubtful(days: list[date], form: str) -> None:
    try:
        assert column(*(day.strftime(form) for day in days)) == days
    except Refusal:
        assert all(day.day <= 12 for day in days)
        assert form in ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y")
