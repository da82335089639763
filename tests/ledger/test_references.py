"""Payment references: what banks check, made and read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.i18n import translator
from kulant.ledger import references
from kulant.letters.paying import reference_label

CHECKED = (
    "kid:mod10", "kid:mod11", "kid:mod10:16", "kid:mod11:16", "ocr:hard", "ocr:length", "ocr:fixed:14", "fik:71",
    "fik:75", "viite", "rf",
)  # fmt: skip
numbers = st.integers(0, 10**11 - 1).map(str)


@pytest.mark.parametrize(
    ("scheme", "number", "reference"),
    [
        ("kid:mod10", "60224", "602243"),
        ("kid:mod10:12", "60224", "000000602243"),
        ("fik:71", "1", "000000000000018"),
        ("fik:71", "2", "000000000000026"),
        ("fik:75", "2", "0000000000000026"),
        ("ocr:length", "1234", "123463"),
        ("viite", "123456", "1234561"),
        ("rf", "539007547034", "RF18539007547034"),
    ],
)
def test_a_reference_is_made_as_the_bank_expects_it(scheme: str, number: str, reference: str) -> None:
    assert references.make(scheme, number) == reference
    assert references.check(scheme, reference)


@pytest.mark.parametrize(
    ("scheme", "written"),
    [
        ("fik:71", "004040400000669"),
        ("fik:71", "+71<004040400000669+12345678<"),
        ("kid:mod10", "60224 3"),
        ("viite", "12 34561"),
        ("viite", "00000000000001234561"),
        ("viite", "RF34 1234 561"),
        ("rf", "rf18 5390 0754 7034"),
        ("ocr:soft", "whatever people write"),
        ("kid:mod10:7,kid:mod11:12,kid:mod10:6", "602243"),
        ("fik:73", ""),
    ],
)
def test_references_are_read_however_they_are_written(scheme: str, written: str) -> None:
    assert references.check(scheme, written)


def test_a_kid_by_modulus_11_may_end_in_a_dash() -> None:
    dashed = next(made for n in range(2000) if (made := references.make("kid:mod11", str(n))).endswith("-"))
    assert references.check("kid:mod11", dashed)
    assert not references.check("kid:mod10", dashed)


@pytest.mark.parametrize(
    ("scheme", "wrong"),
    [
        ("kid:mod10:12", "602243"),
        ("ocr:length", "12341"),
        ("ocr:fixed:8", "123463"),
        ("fik:71", "18"),
        ("fik:73", "18"),
        ("viite", "1234562"),
        ("rf", "RF19539007547034"),
        ("kid:mod10", "²²²"),
    ],
)
def test_what_the_bank_would_refuse_is_refused(scheme: str, wrong: str) -> None:
    assert not references.check(scheme, wrong)


@pytest.mark.parametrize("scheme", CHECKED)
@given(number=numbers)
def test_what_is_made_is_always_sound(scheme: str, number: str) -> None:
    made = references.make(scheme, number)
    assert references.check(scheme, made)
    assert references.check(scheme, f" {made[:3]} {made[3:]} ")


@pytest.mark.parametrize("scheme", CHECKED)
@given(number=numbers, place=st.integers(0, 24), other=st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_found(scheme: str, number: str, place: int, other: str) -> None:
    made = references.make(scheme, number)
    place %= len(made)
    if made[place] in (other, "R", "F"):
        return
    assert not references.check(scheme, made[:place] + other + made[place + 1 :])


@pytest.mark.parametrize("scheme", CHECKED)
@given(number=numbers, place=st.integers(0, 23))
def test_two_digits_swapped_are_found_but_for_the_pairs_the_sums_do_not_see(
    scheme: str, number: str, place: int
) -> None:
    made = references.make(scheme, number)
    place %= len(made) - 1
    first, second = made[place : place + 2]
    if first == second or not (first + second).isdecimal():
        return
    unseen = {"viite": abs(int(first) - int(second)) == 5, "rf": False}.get(
        scheme, "mod11" not in scheme and {first, second} == {"0", "9"}
    )
    swapped = made[:place] + second + first + made[place + 2 :]
    assert references.check(scheme, swapped) is unseen or (unseen and scheme == "ocr:length")


@given(first=numbers, second=numbers)
def test_two_numbers_never_share_a_reference(first: str, second: str) -> None:
    for scheme in CHECKED:
        same = references.make(scheme, first) == references.make(scheme, second)
        assert same is (first == second) or int(first) == int(second)


@pytest.mark.parametrize(
    "scheme",
    ["", "kid", "kid:mod12", "kid:mod10:1", "kid:mod10:26", "ocr:fixed", "fik:70", "rf:1", "viite,", "kid:mod10:²"],
)  # fmt: skip
def test_a_scheme_nobody_knows_is_refused_with_those_that_are(scheme: str) -> None:
    with pytest.raises(Refusal, match="kid:mod10:12"):
        references.parse(scheme)


def test_an_account_takes_three_structures_at_most() -> None:
    assert len(references.parse("kid:mod10:7, kid:mod10:12, kid:mod11:15")) == 3
    with pytest.raises(Refusal, match="at most 3"):
        references.parse("rf,rf,rf,rf")


@pytest.mark.parametrize(
    ("scheme", "number"),
    [("kid:mod10:6", "123456"), ("ocr:hard", "1" * 25), ("viite", "1" * 20), ("rf", "1" * 22), ("kid:mod10", "A1"),
     ("fik:73", "1"), ("rf", "æ")],
)  # fmt: skip
def test_a_number_that_does_not_fit_is_refused(scheme: str, number: str) -> None:
    with pytest.raises(Refusal):
        references.make(scheme, number)


def test_all_ways_of_writing_a_finnish_reference_meet() -> None:
    for written in ("1234561", "12 34561", "00001234561", "RF34 1234 561", "RF341234561"):
        assert {"1234561", "RF341234561", "RF34 1234 561"} <= set(references.forms(written, "FI"))
    assert references.forms("0017", "NO") == ["0017"]
    assert references.forms(" 234 5676 ", "NO") == ["234 5676", "2345676"]
    assert "18" in references.forms("000000000000018", "DK")
    assert references.forms(None, "NO") == references.forms("  ", "NO") == []


@pytest.mark.parametrize(
    ("country", "reference", "label"),
    [
        ("NO", "602243", "KID"),
        ("NO", "602244", "Reference"),
        ("SE", "123463", "OCR number"),
        ("DK", "000000000000018", "FIK"),
        ("FI", "1234561", "Viite"),
        ("FI", "12 34561", "Viite"),
        ("DE", "RF18 5390 0754 7034", "RF"),
        ("DE", "602243", "Reference"),
        ("NO", None, "Reference"),
    ],
)
def test_a_letter_calls_the_reference_what_the_bank_calls_it(country: str, reference: str | None, label: str) -> None:
    assert reference_label(reference, country, translator("en")) == label


def test_references_are_printed_as_people_copy_them() -> None:
    assert references.printed("RF18539007547034", "DE") == "RF18 5390 0754 7034"
    assert references.printed("1234561", "FI") == "12 34561"
    assert references.printed("602243", "NO") == "602243"


@pytest.mark.parametrize("scheme", ["kid:mod10:9", "kid:mod11", "ocr:length", "ocr:fixed:10", "fik:71", "viite", "rf"])
def test_letters_and_plans_of_one_number_never_share_a_reference(scheme: str) -> None:
    references.check_scheme(scheme)
    letter, plan = references.make_own(scheme, 9, 12), references.make_own(scheme, 8, 12)
    assert letter != plan
    assert references.check(scheme, letter)
    assert references.check(scheme, plan)


@pytest.mark.parametrize(
    ("scheme", "why"),
    [("kid:mod10:8", "too short"), ("ocr:fixed:8", "too short"), ("fik:73", "no reference"), ("nonsense", "not known")],
)
def test_a_scheme_that_no_letter_could_use_is_refused_when_it_is_set(scheme: str, why: str) -> None:
    with pytest.raises(Refusal, match=why):
        references.check_scheme(scheme)
