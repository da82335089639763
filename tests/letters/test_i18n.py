"""Texts, money and dates come out as people in each country write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.i18n import (
    LANGUAGES,
    LanguageCode,
    amount,
    day_and_month,
    fallback,
    language_of,
    long_date,
    money,
    percent,
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
        ("fi", "12 500,50 NOK"),
        ("de", "12.500,50 NOK"),
    ],
)
def test_kroner_are_named_by_code_outside_their_own_country(language: str, expected: str) -> None:
    assert money(1_250_050, "NOK", language).replace("\u00a0", " ") == expected


def test_the_home_currency_is_written_as_at_home() -> None:
    assert money(500, "DKK", "da") == "5,00\u00a0kr."
    assert money(500, "SEK", "sv") == "5,00\u00a0kr"
    assert money(500, "GBP", "en") == "£5.00"
    assert money(1_250_000, "EUR", "fi") == "12\u00a0500,00\u00a0€"
    assert money(1_250_000, "EUR", "de") == "12.500,00\u00a0€"
    assert money(1_250_000, "NOK", "nn") == "kr\u00a012\u00a0500,00"


def test_francs_are_written_as_the_swiss_write_them() -> None:
    assert money(123_450, "CHF", "de") == "CHF\u00a01\u2019234.50"
    assert percent(Decimal("5"), "de", "CHF") == "5.00\u00a0%"
    assert money(123_450, "CHF", "da") == "1.234,50\u00a0CHF"


def test_nothing_parts_a_day_from_its_month() -> None:
    for language in LANGUAGES:
        written = long_date(date(2026, 12, 7), language) + day_and_month(date(2026, 12, 7), language)
        assert " " not in written and "\u00a0" in written


def test_no_language_writes_a_space_that_fonts_lack() -> None:
    day = date(2026, 11, 22)
    for language in LANGUAGES:
        written = [money(-123_456_789, "CHF", language), percent(Decimal("12.5"), language), long_date(day, language)]
        assert "\u202f" not in "".join([*written, short_date(day, language), day_and_month(day, language)])


def test_a_rate_has_its_sign_as_the_language_sets_it() -> None:
    assert [percent(Decimal("12.25"), code) for code in ("nn", "fi", "de", "en")] == [
        "12,25\u00a0%",
        "12,25\u00a0%",
        "12,25\u00a0%",
        "12.25%",
    ]


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
    assert {code: long_date(day, code) for code in LANGUAGES} == {
        "nb": "2.\u00a0november\u00a02026",
        "nn": "2.\u00a0november\u00a02026",
        "da": "2.\u00a0november\u00a02026",
        "sv": "2\u00a0november\u00a02026",
        "fi": "2.\u00a0marraskuuta\u00a02026",
        "en": "2\u00a0November\u00a02026",
        "de": "2.\u00a0November\u00a02026",
    }
    assert {code: short_date(day, code) for code in LANGUAGES} == {
        "nb": "02.11.2026",
        "nn": "02.11.2026",
        "da": "02.11.2026",
        "sv": "2026-11-02",
        "fi": "2.11.2026",
        "en": "2 Nov 2026",
        "de": "02.11.2026",
    }
    assert [day_and_month(day, code) for code in ("nb", "fi", "de")] == [
        "2.\u00a0november",
        "2.\u00a0marraskuuta",
        "2.\u00a0November",
    ]


def test_each_language_has_texts_of_its_own_and_an_unknown_one_is_served_in_the_nearest() -> None:
    assert [fallback(code) for code in LANGUAGES] == list(LANGUAGES)
    served = {code: fallback(code) for code in ("nb-NO", "no", "de_AT", "fo", "xx", None)}
    assert list(served.values()) == ["nb", "nb", "de", "da", "en", "en"]
    assert {code: translator(code).gettext("Payment reminder") for code in LANGUAGES} == {
        "nb": "Betalingspåminnelse",
        "nn": "Betalingspåminning",
        "da": "Betalingspåmindelse",
        "sv": "Betalningspåminnelse",
        "fi": "Maksumuistutus",
        "en": "Payment reminder",
        "de": "Zahlungserinnerung",
    }


def test_every_list_of_languages_is_the_same_one() -> None:
    assert get_args(LanguageCode) == LANGUAGES


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
    assert [language_of(None, country, "nb") for country in ("FI", "DE", "AT", "CH", "GB")] == ["fi", *["de"] * 3, "en"]
    assert language_of(None, None, "nb") == "nb"
    assert language_of(None, "PL", "sv") == "sv"


def test_a_creditor_that_writes_nynorsk_writes_it_to_everyone_in_norway_who_has_not_asked_for_bokmaal() -> None:
    assert language_of(None, "NO", "nn") == "nn"
    assert language_of("nb", "NO", "nn") == "nb"
    assert language_of(None, "SE", "nn") == "sv"


def test_countries_have_names() -> None:
    assert territory("SE", "nb") == "Sverige"
    assert [territory("NO", code) for code in ("nn", "fi", "de")] == ["Noreg", "Norja", "Norwegen"]
    assert territory("ZZ", "en") in ("ZZ", "Unknown Region")


def test_a_sentence_that_ends_in_danish_kroner_ends_in_one_full_stop() -> None:
    said = translator("da").gettext(
        "We have not been paid %(total)s. The last day to pay is %(day)s.",
        total=money(100_000, "DKK", "da"),
        day="1. maj",
    )
    assert said == "Vi har ikke fået betalt 1.000,00\u00a0kr. Sidste betalingsdag er den 1. maj."
