"""Terms of payment as people write them, in the languages of the house."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.intake.readers.terms import Terms, read_terms


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("30 dager netto", 30),
        ("Betalingsfrist: 20 dager", 20),
        ("Netto pr. 14 dager", 14),
        ("Netto 14 dage", 14),
        ("30 dage netto, herefter 2% rente pr. måned", 30),
        ("30 dagar netto. Dröjsmålsränta:12 %", 30),
        ("14 päivää netto", 14),
        ("Maksuehto 14 pv", 14),
        ("30 days net", 30),
        ("Payment within 30 days", 30),
        ("2/10 net 30", 30),
        ("2/10, n/30", 30),
        ("zahlbar innerhalb 30 Tagen", 30),
        ("innerhalb von 10 Tagen 2% Skonto, innerhalb von 30 Tagen ohne Abzug", 30),
        ("Zahlbar sofort ohne Abzug.", 0),
        ("Netto kontant", 0),
        ("Binnen 30 dagen", 30),
    ],
)
def test_days_from_the_date_of_the_bill(words: str, days: int) -> None:
    assert read_terms(words) == Terms(days)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Payment within 10 days, 2% discount",
        "#SKONTO#TAGE=14#PROZENT=2.00#\n#SKONTO#TAGE=30#PROZENT=0.00#",
        "Etter 14 dager påløper forsinkelsesrente",
        "Complaints within 8 days",
        "Leveringstid 5 dager",
        "8-14 dager",
        "30 days or 60 days",
        "net 30 EOM",
        "10 virkedager",
        "50% prepaid, 50% within one month",
        "Zahlbar bis 31.02.2026",
        "400 dager netto",
    ],
)
def test_what_can_be_meant_otherwise_is_not_guessed(words: str) -> None:
    assert read_terms(words) is None


def test_the_running_month_is_free() -> None:
    terms = read_terms("Løbende måned + 30 dage")
    assert terms == read_terms("lb. md. 30 dage") == Terms(30, after_month=True)
    assert terms is not None
    assert terms.due(date(2026, 2, 3)) == date(2026, 3, 30)


def test_a_day_that_is_named() -> None:
    assert read_terms("Bitte überweisen Sie bis zum 24.01.2026 auf unser Konto.") == Terms(on=date(2026, 1, 24))
    assert read_terms("Forfallsdato: 1.12.2026") == Terms(on=date(2026, 12, 1))


@given(st.integers(0, 366), st.dates(date(1990, 1, 1), date(2036, 12, 31)))
def test_so_many_days_are_so_many_days(days: int, issued: date) -> None:
    read = read_terms(f"{days} dager netto")
    assert read is not None
    assert (read.due(issued) - issued).days == days


@given(st.integers(0, 24), st.dates(date(1990, 1, 1), date(2036, 12, 31)))
def test_months_end_where_the_month_does(months: int, issued: date) -> None:
    due = Terms(months=months).due(issued)
    assert (due.year * 12 + due.month) - (issued.year * 12 + issued.month) == months
    assert due.day <= issued.day


@given(st.text(max_size=60))
def test_any_words_are_read_or_not(words: str) -> None:
    read = read_terms(words)
    assert read is None or isinstance(read.due(date(2026, 1, 1)), date)
