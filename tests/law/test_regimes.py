"""Norway's coming act: from its first day a creditor sends no inkassovarsel and takes no fee; until then as before."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.law.claim import claim

ACT = "LOV-2026-05-22-19"
BEGINS = "2026-10-01"  # a day on which rates are known


def owed(**changes: Any) -> dict[str, Any]:
    """What a Norwegian consumer owes on an invoice due 15 August 2026, under an act that begins 1 October."""
    facts: dict[str, Any] = {
        "country": "NO",
        "debtor": "consumer",
        "as_of": "2026-11-20",
        "regime_from": BEGINS,
        "invoices": [{"number": "1", "principal": "10000.00", "due": "2026-08-15"}],
        "agreed": {"interest": True, "reminder_fee": True},
    }
    found = claim(facts | changes)
    assert isinstance(found, dict)
    return found


def sent(document: str, day: str) -> list[dict[str, str]]:
    return [{"document": document, "date": day}]


def test_a_letter_of_the_old_law_keeps_its_fee_and_one_of_the_new_has_none() -> None:
    assert [fee["amount"] for fee in owed(steps_sent=sent("fee_reminder", "2026-09-30"))["fees"]] == ["38.00"]
    assert owed(steps_sent=sent("fee_reminder", "2026-10-01"))["fees"] == []
    assert owed(steps_sent=sent("formal_notice", "2026-10-01"))["fees"] == []


def test_the_creditor_may_send_no_notice_and_hand_over_without_one() -> None:
    may = owed()["may"]
    assert (may["formal_notice"]["allowed"], may["formal_notice"]["from"]) == (False, None)
    assert may["formal_notice"]["max_fee"] == may["fee_reminder"]["max_fee"] == "0.00"
    assert ACT in may["formal_notice"]["rule"] and ACT in may["fee_reminder"]["rule"]
    assert (may["hand_over"]["allowed"], may["hand_over"]["from"]) == (True, BEGINS)


def test_time_given_before_the_act_began_runs_out_first() -> None:
    may = owed(as_of="2026-10-05", steps_sent=sent("formal_notice", "2026-09-29"))["may"]["hand_over"]
    assert (may["allowed"], may["from"]) == (False, "2026-10-14")


def test_the_day_before_all_is_as_it_was() -> None:
    before = owed(as_of="2026-09-30")
    without = owed(as_of="2026-09-30", regime_from=None)
    assert before == without
    assert before["may"]["formal_notice"]["allowed"] and not before["may"]["hand_over"]["allowed"]


def test_a_fee_that_would_be_due_only_under_the_new_act_is_not_promised() -> None:
    letter = sent("fee_reminder", "2026-09-25")
    assert owed(as_of="2026-09-26", steps_sent=letter)["may"]["fee_reminder"]["from"] is None
    assert owed(as_of="2026-09-26", steps_sent=letter, regime_from=None)["may"]["fee_reminder"]["from"] == "2026-10-10"


def test_interest_and_compensation_stay() -> None:
    assert owed()["interest"] == owed(regime_from=None)["interest"] != "0.00"
    assert owed(debtor="business")["compensation"] == "430.00"


def test_a_first_day_means_nothing_where_no_act_is_open() -> None:
    with pytest.raises(Refusal, match="regime_from means nothing in DK"):
        owed(country="DK", currency="DKK")
    with pytest.raises(Refusal, match="regime_from is"):
        owed(regime_from="soon")


@given(st.dates().map(str), st.sampled_from(["fee_reminder", "formal_notice"]))
def test_no_letter_of_the_new_act_costs_anything(day: str, document: str) -> None:
    fees = owed(steps_sent=sent(document, max("2026-08-16", min(day, "2026-11-20"))))["fees"]
    assert all(fee["date"] < BEGINS for fee in fees)
