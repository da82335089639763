"""What a cell says."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.intake import values


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1500", "1500"),
        ("1500.00", "1500.00"),
        ("1500,5", "1500.5"),
        ("1.500,00", "1500.00"),
        ("1,500.00", "1500.00"),
        ("1 500,00", "1500.00"),
        ("1\u00a0500,00", "1500.00"),
        ("1\u202f234\u202f567,89", "1234567.89"),
        ("1'500.00", "1500.00"),
        ("1’500.00", "1500.00"),
        ("1.234.567,89", "1234567.89"),
        ("1,234,567", "1234567"),
        ("-12.50", "-12.50"),
        ("−12,50", "-12.50"),
        ("12,50-", "-12.50"),
        ("(1,500.00)", "-1500.00"),
        ("+12.50", "12.50"),
        ("kr 1 500,00", "1500.00"),
        ("kr. 1.500,00", "1500.00"),
        ("-kr 12,50", "-12.50"),
        ("NOK 12,50", "12.50"),
        ("12,50 NOK", "12.50"),
        ("$1,500.00", "1500.00"),
        ("1 500,-", "1500"),
        ("0.125", "0.125"),
        (".50", "0.50"),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, amount: str) -> None:
    assert values.amount(text, None, "NOK") == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "abc",
        "12,5,0",
        "1.2.3",
        "1,50,000",
        "1 50",
        "--5",
        "(-5)",
        "-5-",
        "1e5",
        "NaN",
        "12 kg 3",
        "٣",
        "1.500.00",
        "9" * 16,
        "SEK 5",
        "1,500.00,3",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        values.amount(text, None, "NOK")


def test_a_thousand_or_a_decimal_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="thousands or decimals"):
        values.amount("1,500")
    assert values.amount("1,500", decimal=".") == 1500
    assert values.amount("1,500", decimal=",") == Decimal("1.5")


@given(
    minor=st.integers(-(10**14), 10**14),
    style=st.sampled_from([(",", "."), (",", " "), (",", ""), (".", ","), (".", "'"), (".", ""), (",", "\u00a0")]),
    trailing=st.booleans(),
)
def test_an_amount_written_in_any_style_reads_back(minor: int, style: tuple[str, str], trailing: bool) -> None:
    mark, group = style
    whole, fraction = divmod(abs(minor), 100)
    text = f"{whole:,}".replace(",", group) + f"{mark}{fraction:02d}"
    if minor < 0:
        text = f"{text}-" if trailing else f"-{text}"
    assert values.amount(text) == Decimal(minor) / 100
    assert values.decimal_mark(text) == mark


@pytest.mark.parametrize("word", ["yes", "Ja", "TRUE", "1", "x"])
def test_yes_in_several_languages(word: str) -> None:
    assert values.yes_or_no(word) is True


@pytest.mark.parametrize("word", ["no", "Nei", "nej", "FALSE", "0"])
def test_no_in_several_languages(word: str) -> None:
    assert values.yes_or_no(word) is False


def test_codes_are_known_ones() -> None:
    assert values.currency("nok") == "NOK"
    assert values.country("no") == "NO"
    assert values.country("SWE") == "SE"
    assert values.country("UK") == "GB"
    assert values.language("no") == "nb"
    assert values.language("sv-SE") == "sv"
    assert values.email("ola@eksempel.example") == "ola@eksempel.example"
    for read, wrong in [
        (values.currency, "XQQ"),
        (values.country, "391"),
        (values.country, "QQ"),
        (values.language, "klingon"),
        (values.email, "ola.eksempel"),
        (values.email, "a@b.example; c@d.example"),
        (values.yes_or_no, "perhaps"),
        (values.customer_kind, "alien"),
        (values.document_kind, "poem"),
        (values.identifier, "1.93057E+09"),
    ]:
        with pytest.raises(ValueError, match="is "):
            read(wrong)


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        '=HYPERLINK("http://x.example")',
        "=cmd|' /C calc'!A0",
        "@SUM(1+9)*cmd|' /C calc'!A0",
        "+SUM(A1)",
        "-2+3+cmd|'x'!A0",
        "-(1+1)",
        "+ (A1)",
        "\t=1",
    ],
)
def test_what_a_spreadsheet_would_run_is_a_formula(cell: str) -> None:
    assert values.is_formula(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "+47 22 00 00 00",
        "+4722000000",
        "-12,50",
        "- 12.50",
        "@Home AS",
        "+Pluss AS",
        "-",
        '="00123"',
        "a=b",
        "(12.50)",
        "-Berg (Norge) AS",
    ],
)
def test_phone_numbers_amounts_and_names_are_no_formulas(cell: str) -> None:
    assert not values.is_formula(cell)


@given(
    minor=st.integers(-(10**11), 10**11),
    style=st.sampled_from([(",", "."), (",", " "), (",", "\u00a0"), (",", ""), (".", ",")]),
)
def test_the_quick_way_to_read_an_amount_says_the_same_as_the_thorough_one(minor: int, style: tuple[str, str]) -> None:
    mark, group = style
    whole, fraction = divmod(abs(minor), 100)
    text = f"{'-' * (minor < 0)}{whole:,}".replace(",", group) + f"{mark}{fraction:02d}"
    assert values.hundredths(text) in (None, minor)
    assert values.amount(text) * 100 == minor


@pytest.mark.parametrize(
    "text", ["1500", "1500.5", "1.500", "1,500", "1.50,00", "1 500 00", "(1.00)", "٣.٠٠", "1.0000"]
)
def test_other_amounts_are_not_read_quickly(text: str) -> None:
    assert values.hundredths(text) is None


def test_a_word_is_no_amount_and_is_not_taken_for_a_currency() -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        values.amount("abc", None, "NOK")
    with pytest.raises(ValueError, match="is not in NOK"):
        values.amount("12,50 SEK", None, "NOK")
