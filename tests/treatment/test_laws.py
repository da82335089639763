"""The laws of the decision hold for any facts: what is kinder to know about a customer never makes the answer firmer.

``KULANT_LAW_EXAMPLES=20000`` tries many more facts than the usual few hundred a law.
"""

from __future__ import annotations

import copy
import random
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from kulant.relationship.why_late import CODES
from kulant.treatment import priors
from kulant.treatment.decision import decide, propose
from kulant.treatment.facts import facts_json
from kulant.treatment.priors import DOCUMENTS, FIRMNESS, GRADES, SOFT
from kulant.treatment.reading import read_facts
from tests.support.any_facts import CARE, Json, ago, facts, firmness, money, never_firmer, thoroughly


@thoroughly
@given(facts(), st.integers(0, 20_000_000), st.integers(0, 20_000_000))
def test_a_relationship_worth_more_never_gets_a_firmer_answer(data: Json, one: int, other: int) -> None:
    less, more = copy.deepcopy(data), copy.deepcopy(data)
    less["relationship"]["value_12m"], more["relationship"]["value_12m"] = map(money, sorted((one, other)))
    never_firmer(less, more)


@thoroughly
@given(facts(), st.data())
def test_fewer_days_late_never_gets_a_firmer_answer(data: Json, draw: st.DataObject) -> None:
    later = copy.deepcopy(data)
    for invoice in later["invoices"]:
        moved = date.fromisoformat(invoice["due"]) + timedelta(days=draw.draw(st.integers(0, 90)))
        invoice["due"] = moved.isoformat()
    never_firmer(data, later)


@thoroughly
@given(facts(), st.data())
def test_a_better_payment_history_never_gets_a_firmer_answer(data: Json, draw: st.DataObject) -> None:
    better = copy.deepcopy(data)
    for row in better["history"]:
        earlier = date.fromisoformat(row["paid"]) - timedelta(days=draw.draw(st.sampled_from([0, 5, 30])))
        row["paid"] = row["due"] if draw.draw(st.booleans()) else earlier.isoformat()
    for _ in range(draw.draw(st.integers(0, 5))):
        better["history"].append({"due": ago(100), "paid": ago(100), "amount": "100.00"})
    never_firmer(data, better)


@thoroughly
@given(facts())
def test_kept_promises_and_plans_never_get_a_firmer_answer_than_broken_ones(data: Json) -> None:
    better = copy.deepcopy(data)
    for promise in better["promises"]:
        promise["kept"] = True
    for plan in better["plans"]:
        plan["status"] = "completed" if plan["status"] == "broken" else plan["status"]
    never_firmer(data, better)


@thoroughly
@given(facts())
def test_one_more_reason_for_care_never_gets_a_firmer_answer(data: Json) -> None:
    before = firmness(data)
    for reason, one_more in CARE.items():
        careful = copy.deepcopy(data)
        careful["relationship"][reason] = one_more(careful["relationship"].get(reason))
        assert firmness(careful) <= before, (reason, propose(data), propose(careful))


@thoroughly
@given(facts(), st.sampled_from([code for code in CODES if code not in ("unwilling", "unknown")]))
def test_a_reason_for_being_late_other_than_unwillingness_never_gets_a_firmer_answer(data: Json, code: str) -> None:
    never_firmer(data | {"late_reason": None}, data | {"late_reason": code})
    never_firmer(data | {"late_reason": "unwilling"}, data | {"late_reason": None})


@thoroughly
@given(facts(), st.sampled_from(["dispute", "our_error", "hardship", "insolvency"]))
def test_what_a_person_must_put_right_is_not_asked_for(data: Json, code: str) -> None:
    answer = propose(data | {"late_reason": code})
    assert isinstance(answer, dict)
    assert answer["firmness"] == 0
    assert not any(option["allowed"] for option in answer["options"] if option["treatment"] in DOCUMENTS)


@thoroughly
@given(facts(), st.sampled_from(SOFT), st.integers(14, 90))
def test_what_was_not_tried_yet_never_gets_a_firmer_answer_than_what_was(data: Json, soft: str, days: int) -> None:
    tried = copy.deepcopy(data)
    # Letters stay on their days: a step of today would make them wait.
    tried["steps_sent"].append({"document": soft, "date": ago(days)})
    never_firmer(tried, data)


@thoroughly
@given(facts(), st.sampled_from(GRADES), st.sampled_from(GRADES))
def test_a_better_grade_never_gets_a_firmer_answer(data: Json, one: str, other: str) -> None:
    better, worse = copy.deepcopy(data), copy.deepcopy(data)
    better["relationship"]["grade"], worse["relationship"]["grade"] = sorted((one, other))
    never_firmer(worse, better)


@thoroughly
@given(facts())
def test_the_value_of_a_private_person_does_not_decide_about_them(data: Json) -> None:
    poor, rich = copy.deepcopy(data), copy.deepcopy(data)
    poor["relationship"]["value_12m"], rich["relationship"]["value_12m"] = "0.00", "900000.00"
    poor["customer_kind"] = rich["customer_kind"] = "consumer"
    assert propose(poor) == propose(rich)


@thoroughly
@given(facts(), st.integers(0, 30))
def test_a_promise_or_a_plan_never_gets_a_firmer_answer(data: Json, days: int) -> None:
    promised, offered, active = (copy.deepcopy(data) for _ in range(3))
    promised["promises"].append({"amount": "100.00", "due": ago(-days)})
    offered["plans"].append({"status": "offered", "date": ago(min(days, 13))})
    active["plans"].append({"status": "active", "date": ago(days)})
    for kinder in (promised, offered, active):
        assert firmness(kinder) == 0


@thoroughly
@given(facts(), st.data())
def test_a_larger_dispute_or_more_unmatched_money_never_gets_a_firmer_answer(data: Json, draw: st.DataObject) -> None:
    kinder = copy.deepcopy(data)
    for invoice in kinder["invoices"]:
        if draw.draw(st.booleans()):
            invoice["disputed"] = money(round(float(invoice["disputed"]) * 100) + draw.draw(st.integers(0, 5_000_000)))
    more = draw.draw(st.integers(0, 5_000_000))
    kinder["unmatched_payments"] = money(round(float(kinder["unmatched_payments"]) * 100) + more)
    never_firmer(data, kinder)


@thoroughly
@given(facts(), st.randoms(use_true_random=False))
def test_the_order_of_lists_and_the_time_of_asking_do_not_matter(data: Json, shuffler: random.Random) -> None:
    mixed = copy.deepcopy(data)
    for key in ("invoices", "history", "steps_sent", "promises", "plans"):
        shuffler.shuffle(mixed[key])
    assert propose(mixed) == propose(data)
    assert propose([data, mixed]) == [propose(data), propose(data)]


@thoroughly
@given(facts(), st.sampled_from([2, 3, 10, 1000]))
def test_scaling_every_amount_and_value_leaves_the_treatment_alone(data: Json, factor: int) -> None:
    def scaled(amount: str, by: int) -> str:
        return money(round(float(amount) * 100) * by)

    def times(by: int) -> Json:
        large = copy.deepcopy(data)
        for invoice in large["invoices"]:
            invoice["open"], invoice["disputed"] = scaled(invoice["open"], by), scaled(invoice["disputed"], by)
        for key in ("unmatched_payments", "fees"):
            large[key] = scaled(large[key], by)
        for key in ("value_12m", "concession_cap"):
            if key in large["relationship"]:
                large["relationship"][key] = scaled(large["relationship"][key], by)
        return large

    first, second = propose(times(100)), propose(times(100 * factor))
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    small = any("too small" in (option["because"] or "") for option in first["options"])
    assume(not small and first["reasons"][0]["code"] != "too_small")
    assert first["treatment"] == second["treatment"]


@thoroughly
@given(facts())
def test_what_is_not_known_is_never_worse_than_the_worst_that_could_be_known(data: Json) -> None:
    worst = copy.deepcopy(data)
    worst["relationship"]["value_12m"] = "0.00"
    unknown = copy.deepcopy(worst)
    del unknown["relationship"]["value_12m"]
    never_firmer(worst, unknown)
    unknown["history"] = []
    never_firmer({**worst, "history": [{"due": ago(200), "paid": ago(100)}] * 10}, unknown)


@thoroughly
@given(facts())
def test_disputed_covered_insolvent_and_struggling_customers_get_no_letter(data: Json) -> None:
    disputed, covered, insolvent, struggling = (copy.deepcopy(data) for _ in range(4))
    for invoice in disputed["invoices"]:
        invoice["disputed"] = invoice["open"]
    covered["unmatched_payments"] = "99999999.00"
    insolvent["relationship"]["insolvent"] = True
    struggling["relationship"]["hardship"] = True
    for stopped in (disputed, covered, insolvent, struggling):
        assert firmness(stopped) == 0
    for person in (insolvent, struggling):
        answer = propose(person)
        assert isinstance(answer, dict)
        assert (answer["treatment"], answer["channel"]) in {("hold", "task"), ("none", None)}


@thoroughly
@given(facts())
def test_no_letter_is_skipped_upward_and_none_goes_before_its_time(data: Json) -> None:
    answer = propose(data)
    assert isinstance(answer, dict)
    sent = {step["document"] for step in data["steps_sent"]}
    newest = max((step["date"] for step in data["steps_sent"]), default="")
    letters = [one for one in answer["options"] if one["treatment"] in priors.DOCUMENTS]
    for letter in letters:
        if letter["allowed"] and letter["firmness"] >= 3:
            assert sent & {"reminder", "fee_reminder", "final_reminder"}
            assert newest <= ago(14)
        if letter["allowed"] and letter["treatment"] == "hand_over":
            notices = [step["date"] for step in data["steps_sent"] if step["document"] == "formal_notice"]
            assert notices
            assert max(notices) < ago(30 if data["country"] == "GB" else 14)


@thoroughly
@given(facts())
def test_every_answer_is_whole(data: Json) -> None:
    answer = propose(data)
    assert isinstance(answer, dict)
    assert answer["firmness"] == FIRMNESS[answer["treatment"]]
    assert answer["reasons"]
    assert (answer["document"] is not None) == (answer["treatment"] in priors.DOCUMENTS)
    assert bool(answer["offers"]) == (answer["treatment"] == "payment_plan")
    assert answer["treatment"] != "payment_plan" or 2 <= len(answer["offers"]) <= 4
    options = {option["treatment"]: option for option in answer["options"]}
    assert answer["treatment"] == "none" or options[answer["treatment"]]["allowed"]
    assert all(option["allowed"] == (option["because"] is None) for option in answer["options"])
    assert [option["firmness"] for option in answer["options"]] == sorted(
        option["firmness"] for option in answer["options"]
    )
    assert all(0 < line["needs_recovery_at_least"] <= 1 for line in answer["break_evens"])


@thoroughly
@given(facts())
def test_facts_written_down_read_back_as_the_same_facts(data: Json) -> None:
    read = read_facts(data)
    assert read_facts(facts_json(read)) == read
    assert decide(read).as_json() == propose(data)


def test_the_priors_are_what_the_laws_lean_on() -> None:
    letters = [priors.PRIORS[document] for document in ("fee_reminder", "final_reminder", "formal_notice", "hand_over")]
    assert all(gentler.churn * 100 <= firmer.churn * 97 for gentler, firmer in pairwise(letters))
    assert all(gentler.cost <= firmer.cost for gentler, firmer in pairwise(letters))
    assert all(letter.churn > 0 for letter in letters)
    assert all(priors.PRIORS[soft].churn <= 0 for soft in ("call", "payment_plan", "fee_waiver"))
    for treatment, chronic in priors.CHRONIC.items():
        usual = priors.PRIORS[treatment]
        assert FIRMNESS[treatment] < 3
        assert priors.discounted(chronic.recovery, chronic.days) <= priors.discounted(usual.recovery, usual.days)
