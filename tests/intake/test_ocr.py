"""Norwegian OCR giro: KID payments, counted and summed, and what is no payment."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.intake.records import PaymentRecord
from tests.intake.bank_files import left_out, payments, read_bank, rejected

KID = "0000531"


def item(number: int, ore: int, kid: str = KID, *, kind: str = "10", sign: str = "0", words: str = "") -> list[str]:
    """The records of one payment."""
    serial = f"{number:07}"
    records = [
        f"NY09{kind}30{serial}201126" + "1320101464" + sign + f"{ore:017}" + kid.rjust(25) + "000000",
        f"NY09{kind}31{serial}" + "9636827194" + "099038562" + "0000000" + "191126" + "99990512341" + "0" * 22,
    ]
    return [*records, f"NY09{kind}32{serial}{words:<40}" + "0" * 25] if words else records


def giro(*items: list[str], total: int | None = None, other: list[str] | None = None) -> str:
    """A file with one assignment of these payments, and perhaps another one beside it."""
    lines = [line for one in items for line in one]
    sums = total if total is not None else sum(signed(one[0]) for one in items)
    body = ["NY090020" + "001008566" + "0000002" + "99991042764" + "0" * 45, *lines]
    body.append(f"NY090088{len(items):08}{len(body) + 1:08}{abs(sums):017}" + "201126" * 3 + "0" * 21)
    body += other or []
    count = len(items) + sum(1 for line in other or [] if line[6:8] in ("30", "70"))
    end = f"NY000089{count:08}{len(body) + 2:08}{abs(sums):017}" + "201126" + "0" * 33
    return "\n".join(["NY000010" + "00008080" + "0170031" + "00010200" + "0" * 49, *body, end]) + "\n"


def signed(record: str) -> int:
    """The amount of a payment's first record."""
    return int(record[32:49]) * (-1 if record[31] == "-" else 1)


AGREEMENTS = [
    "NY212420" + "0" * 16 + "99991042764" + "0" * 45,
    "NY21947000000011" + " " * 10 + "000112000507155J" + "0" * 38,
    "NY212488" + "00000001" + "00000003" + "0" * 56,
]


def test_a_payment_with_its_kid_is_in_ore_without_decimals() -> None:
    (payment,) = payments(giro(item(1, 102_050, words="Foo bar baz")))
    assert payment == PaymentRecord(
        row=3,
        number=payment.number,
        on=date(2026, 11, 20),
        amount_minor=102_050,
        currency="NOK",
        reference=KID,
        payer_account="99990512341",
        message="Foo bar baz",
        account="99991042764",
    )
    assert payment.number.startswith("99991042764/20261120/1020.50/")


def test_a_payment_taken_back_lessens_the_sum() -> None:
    paid, back = payments(giro(item(1, 500), item(2, 200, kind="18", sign="-")))
    assert (paid.amount_minor, back.amount_minor) == (500, -200)


def test_the_same_file_again_has_the_same_numbers_and_two_equal_payments_stay_two() -> None:
    first = payments(giro(item(1, 500), item(2, 500), item(3, 500, "0000549")))
    assert len({one.number for one in first}) == 3
    reversed_file = payments(giro(item(1, 500, "0000549"), item(2, 500), item(3, 500)))
    assert {one.number for one in reversed_file} == {one.number for one in first}


def test_an_amount_of_nothing_is_left_out_and_a_day_that_is_none_rejected() -> None:
    assert left_out(giro(item(1, 0))) == ["The amount is nothing."]
    content = giro(item(1, 500)).replace("0000001201126", "0000001321326")
    assert rejected(content) == [("date", "“321326” is not a date")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text.replace("0000001020", "0000001030", 1), "sum"),
        (lambda text: text.replace("NY0900880000000", "NY0900880000001"), "counts"),
        (lambda text: "\n".join(text.splitlines()[:-1]), "cut off"),
        (lambda text: "\n".join(text.splitlines()[:-2]), "cut off"),
        (lambda text: text.replace("NY091031", "NY091077"), "record of type 77"),
        (lambda text: text + text, "record of type 10"),
        (lambda text: text.replace("NY091030", "XX091030"), "no record of a giro file"),
        (lambda text: text.replace("00000001020", "0000000102\x00"), "NUL"),
    ],
)
def test_a_file_that_does_not_add_up_is_refused(change: object, reason: str) -> None:
    content = giro(item(1, 102_050))
    assert payments(content)
    assert callable(change)
    with pytest.raises(Refusal, match=reason):
        read_bank(change(content))


def test_a_file_cut_off_anywhere_is_refused() -> None:
    content = giro(item(1, 500), item(2, 700))
    for end in range(8, content.rindex("201126")):
        with pytest.raises(Refusal):
            read_bank(content[:end])


def test_avtalegiro_agreements_are_no_payments() -> None:
    start, end = giro().splitlines()[0], "NY000089" + "00000001" + "00000005" + "0" * 56
    with pytest.raises(Refusal, match=r"AvtaleGiro agreements .* import the OCR giro file"):
        read_bank("\n".join([start, *AGREEMENTS, end]))
    beside = giro(item(1, 500), other=AGREEMENTS)
    assert [one.amount_minor for one in payments(beside)] == [500]
    assert left_out(beside) == ["The file also holds AvtaleGiro agreements (who pays by AvtaleGiro), no payments."]


def test_norwegian_letters_of_older_files_are_read() -> None:
    (payment,) = payments(giro(item(1, 500, words="Blåbærsyltetøy")).encode("cp1252"))
    assert payment.message == "Blåbærsyltetøy"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 10**9), st.sampled_from([KID, "0000549", ""])), max_size=8))
def test_any_file_keeps_its_sum(told: list[tuple[int, str]]) -> None:
    records = payments(giro(*(item(number + 1, ore, kid) for number, (ore, kid) in enumerate(told))))
    assert sum(one.amount_minor for one in records) == sum(ore for ore, _ in told)
    assert len({one.number for one in records}) == len(told)


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 700), st.binary(max_size=4))
def test_whatever_is_damaged_gives_records_or_a_refusal(at: int, damage: bytes) -> None:
    content = giro(item(1, 500), item(2, 700, words="x")).encode()
    try:
        read_bank(content[: 8 + at] + damage + content[9 + at :])
    except Refusal as refusal:
        assert refusal.sentence.endswith(".")


def test_a_file_of_blank_lines_is_not_read_to_its_end() -> None:
    start, *rest = giro(item(1, 500)).splitlines()
    assert payments("\n".join([start, *[""] * 9_000, *rest]))
    with pytest.raises(Refusal, match="blank lines"):
        read_bank("\n".join([start, *[""] * 20_000, *rest]))
