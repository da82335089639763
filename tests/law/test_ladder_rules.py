"""What a ladder may not ask for is named with its rule; what letters must say and how long they wait, by country."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest

from kulant.law.entered import BEGINS, Entered
from kulant.law.ladder_rules import Asked, forbidden, forbids, must_say, wait_until
from kulant.law.model import CONTENTS, Content

DAY = date(2026, 11, 23)
NEW_ACT = (
    Entered(1, "NO", "regime:inkassolov-2026", date(2026, 11, 1), BEGINS, "Lovdata", date(2026, 10, 1), "a lawyer"),
)


def why(country: str, document: str, debtor: Any = "consumer", **asked: Any) -> str | None:
    return forbids(country, DAY, debtor, Asked(document=document, **asked))


@pytest.mark.parametrize(
    ("country", "document", "asked", "rule"),
    [
        ("NO", "fee_reminder", {"fee": "statutory", "days_after_due": 13}, "inkassoforskriften 1-2"),
        ("NO", "fee_reminder", {"fee": 38_01}, "38.00 NOK at most"),
        ("NO", "fee_reminder", {"fee": 38_00, "fees_before": 1, "days_after_fee": 13}, "missed deadline of 14 days"),
        ("NO", "reminder", {"fee": "statutory"}, "may not cost anything"),
        ("NO", "hand_over", {"days_after_notice": 13}, "inkassoloven 9"),
        ("NO", "hand_over", {"notice_before": False}, "inkassoloven 9"),
        ("DK", "fee_reminder", {"fee": 100_00, "fees_before": 3}, "three reminders"),
        ("DK", "fee_reminder", {"fee": 100_00, "fees_before": 1, "days_after_fee": 9}, "10 days apart"),
        ("SE", "formal_notice", {"fee": 180_01}, "180.00 SEK at most"),
        ("FI", "formal_notice", {"days_after_due": 13}, "perintälaki 5"),
        ("DE", "fee_reminder", {"fee": "statutory"}, "may not cost anything"),
        ("GB", "reminder", {"interest": True}, "1998"),
        ("EU", "reminder", {"interest": True}, "article 3"),
        ("EU", "hand_over", {}, "not known"),
        ("FR", "fee_reminder", {"fee": 1}, "FR is not known"),
        ("FR", "reminder", {"interest": True}, "FR is not known"),
    ],
)
def test_what_a_ladder_may_not_ask_for(country: str, document: str, asked: dict[str, Any], rule: str) -> None:
    assert rule in (why(country, document, **asked) or "")


@pytest.mark.parametrize(
    ("country", "document", "asked"),
    [
        ("NO", "fee_reminder", {"fee": "statutory", "days_after_due": 14, "interest": True}),
        ("NO", "formal_notice", {"fee": "statutory", "days_after_due": 28, "fees_before": 1, "days_after_fee": 14}),
        ("NO", "hand_over", {"days_after_notice": 14}),
        ("NO", "fee_reminder", {"fee": 38_00}),
        ("SE", "formal_notice", {"fee": "statutory"}),
        ("DK", "hand_over", {"fee": "statutory", "days_after_notice": 10}),
        ("DE", "hand_over", {"notice_before": False}),
        ("FR", "formal_notice", {}),
    ],
)
def test_what_a_ladder_may_ask_for(country: str, document: str, asked: dict[str, Any]) -> None:
    assert why(country, document, **asked) is None


def test_a_business_owes_interest_where_a_consumer_does_not() -> None:
    assert why("GB", "reminder", "business", interest=True) is None


def test_under_the_new_norwegian_act_a_creditor_sends_no_inkassovarsel_and_takes_no_fee() -> None:
    def by_new_act(document: str, **asked: Any) -> list[str]:
        return list(forbidden("NO", DAY, "consumer", Asked(document=document, **asked), entered=NEW_ACT))

    assert "LOV-2026-05-22-19" in by_new_act("formal_notice")[0]
    assert "LOV-2026-05-22-19" in by_new_act("fee_reminder", fee="statutory")[0]
    assert by_new_act("hand_over", notice_before=False) == by_new_act("reminder", interest=True) == []
    assert "allocation_order" in must_say("NO", DAY, "consumer", "reminder", entered=NEW_ACT)
    assert wait_until("NO", "formal_notice", DAY, entered=NEW_ACT) == DAY


def test_from_the_day_a_new_act_may_be_in_force_no_notice_is_sent_before_somebody_decided() -> None:
    new_year = date(2027, 1, 1)
    assert "not decided" in (forbids("NO", new_year, "business", Asked(document="formal_notice")) or "decided")
    assert forbids("NO", new_year, "business", Asked(document="reminder")) is None
    assert forbids("DK", new_year, "business", Asked(document="formal_notice")) is None
    assert "31 December 2026" in (forbids("DK", new_year, "business", Asked(document="reminder", interest=True)) or "")


def test_what_a_notice_must_say() -> None:
    assert {"collection_follows", "deadline", "interest_rate"} <= set(must_say("NO", DAY, "consumer", "formal_notice"))
    assert "interest_base" in must_say("SE", DAY, "business", "formal_notice")
    assert "object_to" in must_say("FI", DAY, "consumer", "formal_notice")
    assert must_say("NL", DAY, "business", "formal_notice") == ()
    assert "collection_cost" in must_say("NL", DAY, "consumer", "formal_notice")
    assert must_say("NO", DAY, "consumer", "reminder", charged=False) == ()
    assert must_say("FR", DAY, "consumer", "formal_notice") == must_say("NO", DAY, "consumer", "hand_over") == ()


def test_how_long_a_letter_waits() -> None:
    assert wait_until("NO", "formal_notice", DAY) == date(2026, 12, 7)
    assert wait_until("NO", "fee_reminder", date(2026, 11, 27)) == date(2026, 12, 11)
    assert wait_until("NO", "fee_reminder", date(2026, 11, 28)) == date(2026, 12, 14)  # the 12th is a Saturday
    assert wait_until("NL", "formal_notice", DAY, debtor="business") == DAY
    assert wait_until("FR", "formal_notice", DAY) == wait_until("DK", "reminder", DAY) == DAY


def test_every_content_has_a_name_and_words() -> None:
    assert set(get_args(Content)) == set(CONTENTS)
