"""Facts that cannot be read are refused by the name of their key; what is absent is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from kulant.core.errors import Refusal
from kulant.treatment.decision import propose
from tests.treatment.test_decision import CONTRACT, TODAY, about, answer, with_changes


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (with_changes(today=None), "today is missing"),
        (with_changes(today="22.11.2026"), "today is '22.11.2026'; write a date as 2026-11-22."),
        (with_changes(today="2026-02-30"), "today is 2026-02-30, a day that does not exist."),
        (with_changes(currency="kr"), "currency is 'kr'; write 3 capital letters."),
        (with_changes(country=47), "country is 47; write 2 capital letters."),
        (with_changes(invoices={}), "invoices must be a list."),
        (with_changes(invoices=[7]), "invoices[0] must be an object."),
        (with_changes(invoices=[{"open": "12,50"}]), "invoices[0].open is '12,50'; write an amount as"),
        (with_changes(invoices=[{"open": "1.005"}]), "invoices[0].open is 1.005, which has more decimals"),
        (with_changes(invoices=[{"open": True}]), "invoices[0].open is True; write an amount as"),
        (with_changes(invoices=[{"disputed": "-1.00"}]), "invoices[0].disputed must not be below zero."),
        (with_changes(steps_sent=[{"date": "2026-10-20"}]), "steps_sent[0].document is missing"),
        (with_changes(steps_sent=[{"document": "threat"}]), "steps_sent[0].document is 'threat'; known are apology"),
        (with_changes(plans=[{"status": "dead"}]), "plans[0].status is 'dead'; known are accepted"),
        (with_changes(promises=[{"kept": "no"}]), "promises[0].kept is 'no'; write true or false."),
        (about(strikes_24m=-1), "relationship.strikes_24m is -1; write a whole number from 0."),
        (about(open_complaints=True), "relationship.open_complaints is True; write a whole number from 0."),
        (about(churn_risk=1.5), "relationship.churn_risk is 1.5; write a number from 0 to 1."),
        (about(churn_risk=float("nan")), "relationship.churn_risk is nan; write a number from 0 to 1."),
        (with_changes(relationship="good"), "relationship must be an object."),
        ("facts", "The facts must be a JSON object, or an array of objects."),
    ],
)
def test_a_mistake_in_the_facts_is_refused_by_the_name_of_its_key(bad: Any, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        propose(bad)
    assert refused.value.sentence.startswith(sentence)


def test_a_mistake_in_an_array_says_which_facts_it_is_in() -> None:
    with pytest.raises(Refusal, match=r"facts\[1\]: today is missing"):
        propose([CONTRACT, {}])


def test_what_is_absent_is_unknown_and_what_is_new_is_passed_over() -> None:
    least = {"today": "2026-11-22", "invoices": [{"due": "2026-10-01", "amount": "500.00"}], "weather": "fine"}
    assert answer(least)["treatment"] == "reminder"
    assert answer({"today": "2026-11-22"})["treatment"] == "none"
    assert answer({"today": "2026-11-22", "relationship": None, "invoices": None})["treatment"] == "none"


def test_the_door_may_lend_its_business_date() -> None:
    found = propose({"invoices": [{"due": "2026-11-01", "open": "500.00"}]}, default_today=TODAY)
    assert isinstance(found, dict)
    assert found["treatment"] == "reminder"
