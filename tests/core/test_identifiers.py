"""Bank accounts and organisation numbers that check themselves."""

from __future__ import annotations

import pytest

from kulant.core.errors import Refusal
from kulant.core.identifiers import check_account, check_organisation_number


@pytest.mark.parametrize(
    ("country", "written", "kept"),
    [
        ("NO", "1234 56 78903", "12345678903"),
        ("NO", "NO93 8601 1117 947", "NO9386011117947"),
        ("SE", "5050-1055", "5050-1055"),
        ("DK", "1234 0001234567", "12340001234567"),
        ("GB", "12-34-56 12345678", "12-34-5612345678"),
        ("DE", "de89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("FI", "FI21 1234 5600 0007 85", "FI2112345600000785"),
    ],
)
def test_an_account_that_can_exist_is_kept_without_spaces(country: str, written: str, kept: str) -> None:
    assert check_account(country, written) == kept


@pytest.mark.parametrize(
    ("country", "wrong"),
    [("NO", "12345678904"), ("NO", "NO9386011117948"), ("SE", "5050-1056"), ("FI", "123456-785"), ("DE", ""),
     ("NO", "x")],
)  # fmt: skip
def test_an_account_that_cannot_exist_is_refused(country: str, wrong: str) -> None:
    with pytest.raises(Refusal, match=r"does not exist.*IBAN"):
        check_account(country, wrong)


@pytest.mark.parametrize(
    ("country", "written", "kept"),
    [
        ("NO", "923 609 016", "923609016"),
        ("NO", "NO 923609016 MVA", "923609016MVA"),
        ("DK", "13585628", "13585628"),
        ("SE", "556016-0680", "5560160680"),
        ("FI", "2077474-0", "20774740"),
        ("DE", "DE136695976", "136695976"),
        ("DE", "HRB 44551", "HRB44551"),
        ("GB", "00445790", "00445790"),
        ("IS", "550192-2729", "5501922729"),
    ],
)
def test_an_organisation_number_that_can_exist_is_kept_in_its_short_form(country: str, written: str, kept: str) -> None:
    assert check_organisation_number(country, written) == kept


@pytest.mark.parametrize(
    ("country", "wrong"),
    [("NO", "923609017"), ("DK", "13585629"), ("SE", "556016-0681"), ("FI", "2077474-1"), ("NO", "")],
)
def test_an_organisation_number_with_a_wrong_check_digit_is_refused(country: str, wrong: str) -> None:
    with pytest.raises(Refusal, match="check it"):
        check_organisation_number(country, wrong)
