"""MT940 statements in the dialects banks write."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.intake.records import PaymentRecord
from tests.intake.bank_files import ACCOUNT, camt, entry, left_out, payments, read_bank, rejected


def statement(
    *movements: str, opening: str = "C261119NOK100,00", closing: str | None = "C261120NOK100,00", account: str = ACCOUNT
) -> str:
    """A statement with these movements."""
    lines = [":20:ST1", f":25:{account}", ":28C:1/1"]
    lines += [f":60F:{opening}"] if opening else []
    lines += [*movements, *([f":62F:{closing}"] if closing else []), "-"]
    return "\n".join(lines) + "\n"


def credit(text: str = "", line: str = ":61:2611201120C1250,00NTRFNONREF//B7") -> str:
    """A statement with one movement and what is told of it."""
    return statement(line + (f"\n:86:{text}" if text else ""), closing="C261120NOK1350,00")


def only(content: str | bytes) -> PaymentRecord:
    """The one payment of a file that adds up."""
    (payment,) = payments(content)
    return payment


def test_a_credit_is_a_payment() -> None:
    assert only(credit("FAKTURA 1001\nFRA KARI EKSEMPEL")) == PaymentRecord(
        row=5,
        number=f"{ACCOUNT}/20261120/1250.00/B7",
        on=date(2026, 11, 20),
        amount_minor=125_000,
        currency="NOK",
        message="FAKTURA 1001 FRA KARI EKSEMPEL",
        bank_reference="B7",
        account=ACCOUNT,
    )


def test_the_same_movement_in_a_camt_statement_has_the_same_number() -> None:
    assert payments(camt(entry(reference="B7")))[0].number == only(credit()).number


@pytest.mark.parametrize(
    ("line", "amount", "on"),
    [
        (":61:261120C12,5NTRFNONREF", 1_250, date(2026, 11, 20)),
        (":61:261120C12NTRFNONREF", 1_200, date(2026, 11, 20)),
        (":61:261120CK12,50NMSCNONREF", 1_250, date(2026, 11, 20)),  # with the currency's third letter
        (":61:261120C000000000012,50N0600733959555      EKSEMPEL AS", 1_250, date(2026, 11, 20)),
        (":61:2701021231C12,50NTRFNONREF", 1_250, date(2026, 12, 31)),  # booked in the old year
        (":61:2612310102C12,50NTRFNONREF", 1_250, date(2027, 1, 2)),  # booked in the new one
        (":61:920120C12,50NTRFNONREF", 1_250, date(1992, 1, 20)),
    ],
)
def test_amounts_and_days_as_banks_write_them(line: str, amount: int, on: date) -> None:
    records = [one for one in read_bank(credit(line=line)) if isinstance(one, PaymentRecord)]
    assert [(one.amount_minor, one.on) for one in records] == [(amount, on)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "166?00GUTSCHRIFT?109075/632?20EREF+E7?21SVWZ+Rechnung 1001 vom?22 1.11.?30COBADEFF"
            "?31DE89370400440532013000?32BEISPIEL GMBH?33 & CO",
            ("Rechnung 1001 vom 1.11.", "BEISPIEL GMBH & CO", "DE89370400440532013000", None),
        ),
        (
            "166?00GUTSCHRIFT?20SVWZ+Miete?21ABWA+KARI EKSEMPEL?31DE89370400440532013000?32ZAHLDIENST",
            ("Miete", "KARI EKSEMPEL", None, None),
        ),
        ("000>100133967858\n>20 HUUR>21 KANTOOR", ("HUUR KANTOOR", None, None, None)),
        (
            "/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/VOORBEELD BV/REMI/factuur 1001/EREF/E7",
            ("factuur 1001", "VOORBEELD BV", "NL91ABNA0417164300", None),
        ),
        (
            "/CNTP/NL91ABNA0417164300/ABNANL2A/VOORBEELD BV///REMI/STRD/CUR/9876/",
            (None, "VOORBEELD BV", "NL91ABNA0417164300", "9876"),
        ),
        (
            "/CNTP/NL91ABNA0417164300/ABNANL2A/VOORBEELD BV///REMI/USTD//factuur 1001/",
            ("factuur 1001", "VOORBEELD BV", "NL91ABNA0417164300", None),
        ),
        ("/NAME/VOORBEELD BV/CDTRREF/RF18539007547034/", (None, "VOORBEELD BV", None, "RF18539007547034")),
        ("/EREF/E7/BENM//NAME/JOHN EXAMPLE/REMI/and/or 7/ISDT/2026-11-20", ("and/or 7", "JOHN EXAMPLE", None, None)),
        ("KID 0000531 / takk", ("KID 0000531 / takk", None, None, None)),
    ],
)
def test_what_is_told_of_the_payer_in_each_dialect(text: str, told: tuple[str | None, ...]) -> None:
    payment = only(credit(text))
    assert (payment.message, payment.payer_name, payment.payer_account, payment.reference) == told


def test_a_text_goes_on_behind_a_full_line_and_over_several_fields() -> None:
    full = "x" * 65
    assert only(credit(f"{full}yz\n".replace("yz", "\nyz"))).message == full + "yz"
    assert only(credit("FAKTURA\n:86:1001")).message == "FAKTURA 1001"


def test_a_payers_account_may_stand_on_the_line_below_the_movement() -> None:
    payment = only(credit(line=":61:261120C1250,00N102EREF\nNL91ABNA0417164300"))
    assert payment.payer_account == "NL91ABNA0417164300"


@pytest.mark.parametrize(
    ("line", "text", "closing", "why"),
    [
        (":61:261120D1250,00NTRFNONREF", "", "D261120NOK1150,00", "Money paid out is no customer's payment."),
        (
            ":61:261120RD1250,00NTRFNONREF",
            "",
            "C261120NOK1350,00",
            "Money that had been paid out came back; it is no customer's payment.",
        ),
        (
            ":61:261120C1250,00NTRFNONREF",
            "/RTRN/AC04/NAME/X",
            "C261120NOK1350,00",
            "Money that had been paid out came back; it is no customer's payment.",
        ),
        (":61:261120C0,00NTRFNONREF", "", "C261120NOK100,00", "The amount is nothing."),
        (":61:261120EC5,00NTRFNONREF", "", "C261120NOK100,00", "It is expected only, not booked yet."),
    ],
)
def test_what_is_no_payment_is_left_out_with_its_reason(line: str, text: str, closing: str, why: str) -> None:
    content = statement(line + (f"\n:86:{text}" if text else ""), closing=closing)
    assert (left_out(content), rejected(content)) == ([why], [])


@pytest.mark.parametrize(
    ("line", "text"), [(":61:261120RC50,00NTRFNONREF", ""), (":61:261120D50,00NTRFNONREF", "/RTRN/MD06/NAME/X")]
)
def test_a_payment_taken_back_is_a_negative_amount(line: str, text: str) -> None:
    content = statement(line + (f"\n:86:{text}" if text else ""), closing="C261120NOK50,00")
    assert only(content).amount_minor == -5_000


def test_a_statement_without_opening_balance_is_in_the_currency_of_its_closing_one() -> None:
    payment = only(statement(":61:261120C1250,00NTRFNONREF", opening="", closing="C261120EUR7,00"))
    assert (payment.currency, payment.amount_minor) == ("EUR", 125_000)


def test_a_statement_that_does_not_add_up_is_taken_in_and_its_balance_rejected() -> None:
    content = credit().replace("1350,00", "1400,00")
    ((field, reason),) = rejected(content)
    assert field == "balance"
    assert "make 1350.00 NOK; check that no movement is missing" in reason
    assert len(read_bank(content)) == 2


def test_a_movement_that_cannot_be_read_is_rejected_and_the_others_go_in() -> None:
    content = statement(":61:26X120C1,00NTRF", ":61:261120C2,001NTRF", ":61:261120C3,00NTRF")
    assert rejected(content) == [
        ("61", "“26X120C1,00NTRF” is no movement as MT940 writes it"),
        ("amount", "“2.001” has more decimals than NOK has (2)"),
    ]
    assert len(read_bank(content)) == 3


def test_each_statement_has_its_account_and_one_that_comes_twice_counts_once() -> None:
    other = statement(
        ":61:261120C1250,00NTRFNONREF", account="DE89370400440532013000EUR", opening="", closing="C261120EUR9,"
    )
    assert [one.account for one in payments(credit() + other)] == [ACCOUNT, "DE89370400440532013000"]
    assert left_out(credit() + credit()) == ["The same statement stands in the file before."]


def test_the_text_of_a_balance_is_no_payments_text() -> None:
    content = credit("FAKTURA 1001").replace("\n-\n", "\n:86:SUM OF ALL\n-\n")
    assert only(content).message == "FAKTURA 1001"


def test_the_envelope_of_the_network_and_its_line_ends_are_left_out() -> None:
    content = "{1:F01AAAANOKKAAAA0000000000}{2:I940AAAANOKKAAAAN}{4:\n" + credit("FAKTURA 1001")[:-2] + "-}\n"
    assert only(content.replace("\n", "\r\n")).message == "FAKTURA 1001"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_letters_of_the_north_in_any_encoding(encoding: str) -> None:
    assert only(credit("/NAME/ÅSE ÆRØ/REMI/blåbær").encode(encoding)).payer_name == "ÅSE ÆRØ"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (statement(":61:261120C1,00NTRF", closing=None), "no closing balance"),
        (credit() + statement(closing=None), "no closing balance"),
        (credit().replace("C261120NOK1350,00", "C2611"), "damaged or cut off"),
        (credit().replace("C261120NOK1350,00", "C261120EUR1350,00"), "is in EUR, but its statement in NOK"),
        (credit().replace(":28C:1/1", ":28C:1/1\n:13D:2611201815+0100"), "MT942 .* import the statement MT940"),
        (credit("x\n" * 500), "more than 400 lines"),
        (credit("x" * 5_000), "longer than any line"),
        (credit("x\x00"), "NUL"),
    ],
)
def test_a_file_that_is_damaged_or_of_a_running_day_is_refused(content: str, reason: str) -> None:
    with pytest.raises(Refusal, match=reason):
        read_bank(content)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 10**9), st.sampled_from(["C", "D", "RC", "RD"])), max_size=10))
def test_any_statement_keeps_its_sum(told: list[tuple[int, str]]) -> None:
    def amount(minor: int) -> str:
        return f"{minor // 100},{minor % 100:02}"

    end = 10_000 + sum(minor if mark in ("C", "RD") else -minor for minor, mark in told)
    closing = f"{'C' if end >= 0 else 'D'}261120NOK{amount(abs(end))}"
    records = payments(statement(*(f":61:261120{mark}{amount(minor)}NTRF" for minor, mark in told), closing=closing))
    expected = sum({"C": minor, "RC": -minor}.get(mark, 0) for minor, mark in told)
    assert sum(one.amount_minor for one in records) == expected
    assert len({one.number for one in records}) == len(records)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 250), st.binary(max_size=6))
def test_whatever_is_damaged_gives_records_or_a_refusal(at: int, damage: bytes) -> None:
    content = credit("/NAME/X/REMI/y\n?20").encode()
    try:
        read_bank(content[: 40 + at] + damage + content[41 + at :])
    except Refusal as refusal:
        assert refusal.sentence.endswith(".")
