"""A bank's app reads from a letter's code exactly what the letter says."""

from __future__ import annotations

from typing import Any

import pytest

from kulant.core.errors import Refusal
from kulant.ledger import references
from kulant.letters.payment_codes import LEAST, MOST, epc_text, payment_code, swish_text
from kulant.letters.qr_bill import Party, party, printed_reference, reference_of
from kulant.people.models import Creditor

# From the specifications and from public examples of them.
GERMAN, FINNISH, SWISS, QR_IBAN = (
    "DE89370400440532013000", "FI2112345600000785", "CH9300762011623852957", "CH4431999123000889012",
)  # fmt: skip
QR_REFERENCE = "210000000003139471430009017"


def _creditor(**fields: Any) -> Creditor:
    return Creditor(**{"name": "Hafen Handel GmbH", "country": "DE", "address": "Kai 7\n20457 Hamburg"} | fields)


def test_a_payment_in_euro_has_the_european_code() -> None:
    code = payment_code(_creditor(iban=GERMAN, bic="COBADEFF"), 123456, "EUR", "RE-2026-17")
    assert code is not None
    assert code.kind == "epc"
    assert code.payload.split("\n") == [
        "BCD", "002", "1", "SCT", "COBADEFF", "Hafen Handel GmbH", GERMAN, "EUR1234.56", "", "", "RE-2026-17",
    ]  # fmt: skip


def test_an_international_reference_stands_in_its_own_field_and_ends_the_code() -> None:
    assert epc_text("A", GERMAN, 100, "RF18 5390 0754 7034").endswith("EUR1.00\n\nRF18539007547034")


def test_a_finnish_reference_is_wrapped_in_an_international_one() -> None:
    assert epc_text("A", FINNISH, 100, "1234561", country="FI").endswith("\nRF341234561")


def test_the_european_code_never_outgrows_its_331_bytes() -> None:
    text = epc_text("Ö" * 90, GERMAN, MOST, "ä" * 200)
    assert len(text.encode()) <= 331
    assert "\näää" in text


def test_a_payment_in_kronor_opens_swish_with_everything_filled_in_and_fixed() -> None:
    code = payment_code(_creditor(country="SE", swish="1231181189"), 10050, "SEK", "12229445")
    assert code is not None
    assert (code.kind, code.payload) == ("swish", "C1231181189;100,50;12229445;0")


def test_what_would_break_the_swish_code_is_left_out_of_its_message() -> None:
    assert swish_text("123 118 11 89", 100, "Order 7;0;x & y") == "C1231181189;1,00;Order%207%200%20x%20%20%20y;0"


def test_a_swiss_bill_holds_creditor_debtor_amount_and_reference_line_by_line() -> None:
    creditor = _creditor(name="Seeblick AG", country="CH", address="Musterweg 7a\nCH-8000 Zürich", iban=QR_IBAN)
    debtor = Party("Muster & Co", "Marktgasse", "28", "9400", "Rorschach", "CH")
    code = payment_code(creditor, 194975, "CHF", QR_REFERENCE, debtor=debtor)
    assert code is not None
    assert code.kind == "swiss"
    assert code.payload.split("\n") == [
        "SPC", "0200", "1", QR_IBAN,
        "S", "Seeblick AG", "Musterweg", "7a", "8000", "Zürich", "CH",
        "", "", "", "", "", "", "",
        "1949.75", "CHF",
        "S", "Muster & Co", "Marktgasse", "28", "9400", "Rorschach", "CH",
        "QRR", QR_REFERENCE, "", "EPD",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("iban", "reference", "kind", "printed"),
    [
        (QR_IBAN, QR_REFERENCE, "QRR", "21 00000 00003 13947 14300 09017"),
        (QR_IBAN, "602243", "QRR", "00 00000 00000 00000 00060 22432"),
        (SWISS, "RF18539007547034", "SCOR", "RF18 5390 0754 7034"),
        (SWISS, "Rechnung 12", "NON", ""),
    ],
)
def test_the_kind_of_swiss_reference_follows_from_the_account(
    iban: str, reference: str, kind: str, printed: str
) -> None:
    found, number = reference_of(iban, reference)
    assert (found, printed_reference(found, number)) == (kind, printed)


def test_a_qr_reference_finds_back_to_the_letters_own() -> None:
    wrapped = references.make_qrr("602243")
    assert "602243" in references.forms(wrapped, "CH")
    assert wrapped in references.forms("602243", "CH")


@pytest.mark.parametrize(
    ("fields", "amount", "currency", "reference"),
    [
        ({}, 100, "EUR", "1"),  # no account
        ({"iban": GERMAN}, 100, "NOK", "1"),
        ({"iban": GERMAN}, LEAST - 1, "EUR", "1"),
        ({"iban": GERMAN}, MOST + 1, "EUR", "1"),
        ({"iban": "DE00370400440532013000"}, 100, "EUR", "1"),  # its check digits do not fit
        ({"swish": "1231181189"}, 100, "EUR", "1"),
        ({"iban": SWISS, "country": "CH", "address": "Somewhere"}, 100, "CHF", "1"),  # no town to be told
        ({"iban": QR_IBAN, "country": "CH"}, 100, "CHF", "RE-17"),  # not all figures
    ],
)
def test_where_no_code_can_hold_it_there_is_none(
    fields: dict[str, Any], amount: int, currency: str, reference: str
) -> None:
    assert payment_code(_creditor(**fields), amount, currency, reference) is None


def test_an_iban_given_as_bank_account_serves_too() -> None:
    assert payment_code(_creditor(bank_account=GERMAN), 100, "EUR", "1") is not None


def test_the_drawing_says_what_it_is_and_a_swiss_one_has_its_cross() -> None:
    plain = payment_code(_creditor(iban=GERMAN), 100, "EUR", "1")
    swiss = payment_code(_creditor(iban=SWISS, country="CH", address="Weg 1\n8000 Zürich"), 100, "CHF", "1")
    assert plain is not None
    assert swiss is not None
    assert "<title>Code for your &lt;app&gt;</title>" in plain.svg("Code for your <app>")
    assert plain.svg("x").count("<rect") == 0
    assert swiss.svg("x").count("<rect") == 4


def test_an_address_is_read_from_the_lines_of_an_envelope() -> None:
    found = party("Kundin", ["Att. Einkauf", "Bahnhofstrasse 12", "8001 Zürich", "SCHWEIZ"], "CH")
    assert found == Party("Kundin", "Bahnhofstrasse", "12", "8001", "Zürich", "CH")
    assert party("Kundin", ["Irgendwo"], "CH") is None


@pytest.mark.parametrize("amount", [0, -1, MOST + 1])
def test_an_impossible_amount_is_refused(amount: int) -> None:
    with pytest.raises(Refusal, match=r"0\.01 to 999,999,999\.99"):
        swish_text("1231181189", amount, "x")
