"""What a clerk says in a call: our own faults first, one question for the likely reason, something both can keep."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.i18n import LANGUAGES, translator
from kulant.letters.call_guide import Matter, Parts, guide
from kulant.relationship.why_late import CODES

MATTER = Matter(
    clerk="Kari",
    creditor="Nordlys Engros AS",
    person="Anne",
    reason="unknown",
    invoices=1,
    number="1001",
    due=date(2026, 10, 1),
    overdue_minor=1250000,
    currency="NOK",
    answer_by=date(2026, 11, 26),
    parts=Parts(count=3, smallest_minor=416600, extra_minor=0),
)


def said(matter: Matter, language: str = "en") -> dict[str, str]:
    return {step.code: " ".join(step.words) for step in guide(matter, translator(language))}


def test_a_call_names_who_calls_and_the_one_invoice_it_is_about() -> None:
    words = said(MATTER)
    assert words["greet"].startswith("Hello, this is Kari from Nordlys Engros AS. Am I speaking with Anne?")
    assert "invoice 1001 for NOK\u00a012,500.00" in words["matter"] and "1\u00a0October" in words["matter"]
    assert "mend" not in words and "care" not in words, "nothing to apologise for, nobody overlooked"


def test_our_own_mistake_comes_before_the_money() -> None:
    order = list(said(replace(MATTER, wronged=True, overlooked=True)))
    assert order.index("mend") < order.index("care") < order.index("matter")


def test_who_is_short_of_cash_hears_of_parts_and_what_they_cost() -> None:
    assert (
        "3 parts of about NOK\u00a04,166.00. That costs nothing extra."
        in said(replace(MATTER, reason="cash_gap"))["why"]
    )
    dearer = replace(MATTER, reason="cash_gap", parts=Parts(count=3, smallest_minor=420000, extra_minor=9900))
    assert "That costs NOK\u00a099.00 more in all." in said(dearer)["why"]
    assert "parts of" not in said(replace(MATTER, reason="cash_gap", parts=None))["why"]


@pytest.mark.parametrize("reason", ["dispute", "our_error", "hardship", "insolvency"])
def test_who_waits_for_us_is_not_asked_for_a_day_to_pay(reason: str) -> None:
    words = said(replace(MATTER, reason=reason))
    assert "Which day suits you" not in words["agree"] and "26\u00a0November" in words["agree"]


@given(
    st.builds(
        replace,
        st.just(MATTER),
        reason=st.sampled_from(CODES),
        invoices=st.integers(1, 40),
        overdue_minor=st.integers(0, 10**10),
        due=st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)),
        person=st.none() | st.text(min_size=1, max_size=40),
        wronged=st.booleans(),
        waits_for_us=st.booleans(),
        overlooked=st.booleans(),
        promise_broken=st.booleans(),
        plan_late=st.booleans(),
    ),
    st.sampled_from(LANGUAGES),
)
def test_every_call_begins_and_ends_politely_in_every_language(matter: Matter, language: str) -> None:
    steps = guide(matter, translator(language))
    assert [steps[0].code, steps[-1].code] == ["greet", "close"]
    assert all(step.words and all(words.strip() for words in step.words) for step in steps)
    assert len(steps) == len(guide(matter, translator("en"))), "the same conversation in every language"
