"""Texts, money and dates come out as people in each country write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.i18n import (
    LANGUAGES,
    amount,
    day_and_month,
    fallback,
    language_of,
    long_date,
    money,
    short_date,
    territory,
    translator,
)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("nb", "kr 12 500,50"),
        ("nn", "kr 12 500,50"),
        ("da", "12.500,50 NOK"),
        ("sv", "12 500,50 NOK"),
        ("en", "NOK 12,500.50"),
        ("fi", "NOK 12,500.50"),
        ("de", "NOK 12,500.50"),
    ],
)
def test_kroner_are_named_by_code_outside_their_own_country(language: str, expected: str) -> None:
    assert money(1_250_050, "NOK", language).replace("\u00a0", " ") == expected


def test_the_home_currency_is_written_as_at_home() -> None:
    assert money(500, "DKK", "da") == "5,00\u00a0kr."
    assert money(500, "SEK", "sv") == "5,00\u00a0kr"
    assert money(500, "GBP", "en") == "£5.00"


def test_an_amount_never_breaks_over_two_lines_and_has_a_true_minus() -> None:
    assert amount(-1_234_567_89, "NOK", "nb") == "−1\u00a0234\u00a0567,89"


def test_a_currency_without_small_units_has_no_decimals() -> None:
    assert money(1500, "ISK", "sv") == "1\u00a0500\u00a0ISK"


@given(st.integers(-(10**14), 10**14), st.sampled_from(["NOK", "EUR", "ISK", "KWD"]), st.sampled_from(LANGUAGES))
def test_every_amount_keeps_all_its_figures(minor: int, currency: str, language: str) -> None:
    written = amount(minor, currency, language)
    figures = "".join(character for character in written if character.isdigit())
    assert int(figures) == abs(minor)
    assert written.startswith("−") == (minor < 0)
    assert " " not in written


def test_dates_follow_the_language() -> None:
    day = date(2026, 11, 2)
    assert [long_date(day, code) for code in ("nb", "da", "sv", "en")] == [
        "2. november 2026",
        "2. november 2026",
        "2 november 2026",
        "2 November 2026",
    ]
    assert [short_date(day, code) for code in ("nb", "sv", "en")] == ["02.11.2026", "2026-11-02", "2 Nov 2026"]
    assert day_and_month(day, "nb") == "2. november"


def test_a_language_without_texts_is_served_in_the_nearest_one() -> None:
    assert [fallback(code) for code in ("nn", "fi", "de", "nb-NO", "xx", None)] == ["nb", "en", "en", "nb", "en", "en"]
    assert translator("nn").gettext("Payment reminder") == "Betalingspåminnelse"
    assert translator("fi").gettext("Payment reminder") == "Payment reminder"


def test_a_text_that_is_missing_comes_out_in_english() -> None:
    assert translator("sv").gettext("No such %(thing)s anywhere", thing="text") == "No such text anywhere"


def test_one_and_many_have_their_own_words() -> None:
    one = "You pay %(total)s at one time. We send no reminders as long as the plan is kept."
    many = "You pay %(total)s in %(num)s parts. We send no reminders as long as the plan is kept."
    assert "på én gang" in translator("nb").ngettext(one, many, 1, total="kr 5")
    assert "i 3 deler" in translator("nb").ngettext(one, many, 3, total="kr 5")


def test_a_customer_is_written_to_in_the_stored_language_else_the_countrys_else_the_creditors() -> None:
    assert language_of("sv", "NO", "nb") == "sv"
    assert language_of(None, "DK", "nb") == "da"
    assert language_of(None, None, "nb") == "nb"


def test_countries_have_names() -> None:
    assert territory("SE", "nb") == "Sverige"
    assert territory("ZZ", "en") in ("ZZ", "Unknown Region")


def test_a_sentence_that_ends_in_danish_kroner_ends_in_one_full_stop() -> None:
    said = translator("da").gettext(
        "We have not been paid %(total)s. The last day to pay is %(day)s.",
        total=money(100_000, "DKK", "da"),
        day="1. maj",
    )
    assert said == "Vi har ikke fået betalt 1.000,00\u00a0kr. Sidste dag at betale er den 1. maj."
