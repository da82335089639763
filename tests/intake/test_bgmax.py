"""Swedish BgMax: payments by deposit, several invoices in one, deductions, and the totals of the file."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.intake.records import PaymentRecord
from tests.intake.bank_files import left_out, payments, read_bank

SENDER = "0003783511"


def paid(
    ore: int, reference: str = "655969", *, code: str = "20", kind: str = "2", more: tuple[str, ...] = ()
) -> list[str]:
    """A payment (20) or deduction (21), with further records."""
    return [f"{code}{SENDER}{reference:>25}{ore:018}{kind}2000000000010" + "0" * 11, *more]


def deposit(*items: list[str], currency: str = "SEK", total: int | None = None, count: int | None = None) -> list[str]:
    """A section: what came to one Bankgiro number on one day."""
    held = sum(int(one[0][37:55]) * (-1 if one[0].startswith("21") else 1) for one in items)
    return [
        f"050009912346{'':10}{currency}",
        *(line for one in items for line in one),
        f"15{'1234':>35}2026112000074{held if total is None else total:018}{currency}"
        f"{len(items) if count is None else count:08}1",
    ]


def bgmax(*deposits: list[str], mark: str = "P", closing: str | None = None) -> str:
    """A whole file."""
    body = [line for one in deposits for line in one]
    counts = [sum(line.startswith(code) for line in body) for code in (("20",), ("21",), ("22", "23"), ("15",))]
    end = closing or "70" + "".join(f"{one:08}" for one in counts)
    start = f"01{'BGMAX':<20}0120261120173035010331{mark}"
    return "\r\n".join(line.ljust(80) for line in [start, *body, end]) + "\r\n"


NAMED = ("26Plåtslageri Exempel AB", "27Storgatan 2                        12345", "28Storåker", "29005500001234")


def test_a_payment_with_its_reference_and_its_payer() -> None:
    (payment,) = payments(bgmax(deposit(paid(100_050, more=NAMED))).encode("cp1252"))
    assert payment == PaymentRecord(
        row=3,
        number=payment.number,
        on=date(2026, 11, 20),
        amount_minor=100_050,
        currency="SEK",
        reference="655969",
        payer_name="Plåtslageri Exempel AB",
        payer_account="3783511",
        account="9912346",
    )
    assert payment.number.startswith("9912346/20261120/1000.50/")


def test_one_payment_for_three_invoices_names_all_of_them_in_its_message() -> None:
    extra = tuple(f"22{SENDER}{number:>25}{0:018}2200000000001000" for number in ("658765", "657767"))
    (payment,) = payments(bgmax(deposit(paid(140_000, "657866", more=(*extra, "25Tack för varorna")))))
    assert payment.reference is None
    assert payment.message == "657866 658765 657767 | Tack för varorna"


def test_a_payment_without_reference_has_none() -> None:
    (payment,) = payments(bgmax(deposit(paid(100, "", kind="1"))))
    assert (payment.reference, payment.invoice_number, payment.message) == (None, None, None)


def test_a_reference_the_giro_has_not_checked_may_be_an_invoice_number() -> None:
    (payment,) = payments(bgmax(deposit(paid(100, "1001", kind="3"))))
    assert (payment.reference, payment.invoice_number) == ("1001", "1001")


def test_what_the_payer_kept_back_is_taken_back() -> None:
    whole, kept = payments(bgmax(deposit(paid(100_000), paid(50_000, "89853", code="21", kind="3"))))
    assert (whole.amount_minor, kept.amount_minor, kept.reference) == (100_000, -50_000, "89853")


def test_each_section_has_its_currency() -> None:
    kronor, euros = payments(bgmax(deposit(paid(100)), deposit(paid(100), currency="EUR")))
    assert (kronor.currency, euros.currency) == ("SEK", "EUR")


def test_tabs_of_an_editor_are_the_spaces_they_stood_for() -> None:
    record = paid(100)[0].replace(f"{SENDER}                   655969", f"{SENDER}\t\t       655969")
    assert "\t" in record
    content = "\r\n".join(record if line.startswith("20") else line for line in bgmax(deposit(paid(100))).splitlines())
    assert payments(content)[0].reference == "655969"


def test_two_equal_payments_stay_two_and_an_amount_of_nothing_is_left_out() -> None:
    content = bgmax(deposit(paid(100), paid(100), paid(0)))
    assert len({one.number for one in payments(content)}) == 2
    assert left_out(content) == ["The amount is nothing."]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (bgmax(deposit(paid(100), total=200)), "says 1 payments of 2.00 in all, but the section holds 1 of 1.00"),
        (bgmax(deposit(paid(100), count=2)), "says 2 payments"),
        (bgmax(deposit(paid(100)), closing="70" + "00000002" + "0" * 24), "counts"),
        (bgmax(deposit(paid(100)), mark="T"), "test"),
        (bgmax(deposit(paid(100))).replace("012026", "022026"), "version 01"),
        (bgmax(deposit(paid(100, more=("24",)))), "begins with 24"),
        (bgmax(deposit(paid(100))).replace("000100220", "0001O0220"), "where a number must be"),
        ("\r\n".join(bgmax(deposit(paid(100))).splitlines()[:-1]), "cut off"),
        ("\r\n".join(bgmax(deposit(paid(100))).splitlines()[:-2]), "cut off"),
        (bgmax(deposit(paid(100)), deposit(paid(100))[:-1]), "before the section"),
    ],
)
def test_a_file_that_does_not_add_up_is_refused(content: str, reason: str) -> None:
    with pytest.raises(Refusal, match=reason):
        read_bank(content)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(1, 10**9), st.sampled_from(["20", "21"])), max_size=5), max_size=4))
def test_any_file_keeps_its_sum(told: list[list[tuple[int, str]]]) -> None:
    sections = [[(ore, code) for ore, code in one] for one in told]
    positive = [one for one in sections if sum(ore * (1 if code == "20" else -1) for ore, code in one) >= 0]
    records = payments(bgmax(*(deposit(*(paid(ore, code=code) for ore, code in one)) for one in positive)))
    expected = sum(ore * (1 if code == "20" else -1) for one in positive for ore, code in one)
    assert sum(one.amount_minor for one in records) == expected
    assert len({one.number for one in records}) == sum(map(len, positive))


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 500), st.binary(max_size=4))
def test_whatever_is_damaged_gives_records_or_a_refusal(at: int, damage: bytes) -> None:
    content = bgmax(deposit(paid(100, more=NAMED), paid(200, "x"))).encode()
    try:
        read_bank(content[: 10 + at] + damage + content[11 + at :])
    except Refusal as refusal:
        assert refusal.sentence.endswith(".")
