"""Which letters the law lets go on a day, as the decision says it: with the rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from kulant.treatment.decision import decide, propose
from kulant.treatment.facts import Facts, Invoice, Sent

TODAY = date(2026, 11, 23)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def late(days: int, **known: Any) -> Facts:
    """48,000 so many days late."""
    return Facts(today=TODAY, invoices=(Invoice(ago(days), 4_800_000),), **known)


def allowed_letters(facts: Facts) -> set[str]:
    return {option.treatment for option in decide(facts).options if option.allowed and option.firmness in (1, 3, 4, 5)}


def why_not(facts: Facts, treatment: str) -> str | None:
    return next(option.because for option in decide(facts).options if option.treatment == treatment)


@pytest.mark.parametrize(
    ("country", "days", "rule"),
    [
        ("NO", 14, "inkassoloven 9"),
        ("DK", 10, "inkassoloven 10"),
        ("SE", 8, "inkassolagen 5"),
        ("FI", 14, "perintälaki 5"),
    ],
)
def test_handing_over_waits_as_long_as_the_countrys_own_law_says_and_names_it(
    country: str, days: int, rule: str
) -> None:
    steps = (Sent("reminder", ago(80)), Sent("formal_notice", ago(days)))
    because = why_not(late(90, steps_sent=steps, country=country), "hand_over") or ""
    noticed_long_ago = (Sent("reminder", ago(80)), Sent("formal_notice", ago(20)))
    assert because.startswith("the formal notice's time has not run out") and rule in because
    assert why_not(late(90, steps_sent=noticed_long_ago, country=country), "hand_over") is None


def test_nothing_is_handed_over_that_the_notice_could_not_name() -> None:
    steps = (Sent("reminder", ago(80)), Sent("formal_notice", ago(30)))
    younger = late(90, steps_sent=steps)
    younger = replace(younger, invoices=(*younger.invoices, Invoice(ago(20), 50_000)))
    assert "did not name the newest invoice" in (why_not(younger, "hand_over") or "")


def test_an_invoice_that_is_not_late_yet_never_opens_the_way_to_handing_over() -> None:
    known = {"today": "2026-11-23", "country": "NO", "currency": "NOK", "steps_sent": [
        {"document": "reminder", "date": "2026-09-04"}, {"document": "formal_notice", "date": "2026-10-14"},
    ]}  # fmt: skip
    old = {"due": "2026-10-09", "open": "250.00"}
    asked = [{**known, "invoices": [old, {"due": due, "open": "0.01"}]} for due in ("2026-11-22", "2026-11-23")]
    answers = propose(asked)
    assert isinstance(answers, list)
    assert [answer["firmness"] for answer in answers] == [0, 0]


def test_where_the_law_is_not_known_no_notice_goes_and_nothing_is_handed_over() -> None:
    steps = (Sent("reminder", ago(80)), Sent("formal_notice", ago(40)))
    reminded = late(90, steps_sent=steps[:1], country="IS", currency="ISK")
    assert why_not(reminded, "formal_notice") == "the law of IS on notices and waits is not known"
    assert allowed_letters(reminded) == {"final_reminder"}
    assert allowed_letters(late(90, steps_sent=steps, country="IS", currency="ISK")) == set()
