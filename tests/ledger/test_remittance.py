"""Invoice numbers in what payers write."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.ledger.remittance import DOUBTFUL, NAMED, PLAIN, Paid, numbers_in

PAID = Paid(125000, "NOK", date(2026, 11, 20), ("15034012343",))


def read(text: str, strength: str) -> list[str]:
    return [number.text for number in numbers_in(text, PAID) if number.strength == strength]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("faktura 1001", ["1001"]),
        ("Faktura nr. 1001", ["1001"]),
        ("FAKTURANR:1001", ["1001"]),
        ("betaling av fakturaer 1001, 1002 og 1003, takk", ["1001", "1002", "1003"]),
        ("Rechnung 4711 und 4712", ["4711", "4712"]),
        ("lasku 20261", ["20261"]),
        ("inv#1001", ["1001"]),
        ("F1001", ["F1001"]),
        ("#1001", ["1001"]),
        ("faktura 1001 kr 500", ["1001"]),
        ("faktura 20261028", ["20261028"]),
        ("faktura 1", ["1"]),
    ],
)
def test_a_number_after_the_word_for_an_invoice_is_named(text: str, named: list[str]) -> None:
    assert read(text, NAMED) == named


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("1001", ["1001"]),
        ("1001 1002", ["1001", "1002"]),
        ("1001/1002", ["1001/1002", "1001", "1002"]),
        ("takk for maten 1001!", ["1001"]),
        ("INV-K1", ["INV-K1"]),
        ("2026-1001", ["2026-1001", "2026", "1001"]),
    ],
)
def test_a_number_by_itself_is_plain(text: str, plain: list[str]) -> None:
    assert read(text, PLAIN) == plain


@pytest.mark.parametrize(
    "text",
    [
        "12.11.2026",
        "2026-11-12",
        "12/11-26",
        "201126",
        "20261120",
        "1.250,00",
        "1250",
        "kr 1300",
        "NOK 1300",
        "1300,-",
        "1300,50",
        "1300 kr",
        "fra konto 4711",
        "15034012343",
        "1503.40.12343",
        "12345678903",
        "NO9386011117947",
        "del 2 av 3",
        "faktura datert 12.11.2026",
    ],
)
def test_dates_amounts_accounts_and_counts_are_no_invoice_numbers(text: str) -> None:
    assert read(text, NAMED) == read(text, PLAIN) == []


def test_letters_beside_a_number_make_it_another_number() -> None:
    [number] = numbers_in("X1001Y", PAID)
    assert "1001" not in number.spellings


def test_leading_zeros_and_the_word_glued_to_it_do_not_matter() -> None:
    [number] = numbers_in("faktura 0001001", PAID)
    assert set(number.spellings) == {"0001001", "1001"}
    [number] = numbers_in("inv1001", PAID, zero_lengths=(7,))
    assert {"1001", "0001001", "INV1001", "inv1001"} == set(number.spellings)


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    for number in numbers_in(text, PAID, zero_lengths=(8,)):
        assert number.text in text
        assert all(number.spellings)
        assert number.strength in (NAMED, PLAIN, DOUBTFUL)
    assert numbers_in(None, PAID) == []


@pytest.mark.parametrize(
    "text", ["1 " * 500_000, "a1 " * 300_000, "faktura " * 100_000, "kr " * 300_000, " " * 1_000_000]
)
def test_of_a_text_of_a_megabyte_only_the_beginning_is_read(text: str) -> None:
    found = numbers_in(f"{text} faktura 1001", Paid(100_00, "NOK"), zero_lengths=[6, 7, 8])
    assert len(found) <= 1_000
    assert "1001" not in [number.text for number in found]
