"""What Kulant proposes for a late debt, case by case, and the sums behind it."""

from __future__ import annotations

import copy
import json
from datetime import date, timedelta
from typing import Any

import pytest

from kulant.treatment.decision import decide, propose
from kulant.treatment.facts import Facts, Invoice, Paid, Sent
from kulant.treatment.timing import Due

TODAY = date(2026, 11, 23)
Json = dict[str, Any]

CONTRACT = json.loads("""
    {"today":"2026-11-22","country":"NO","customer_kind":"business","currency":"NOK",
     "invoices":[{"number":"1001","issued":"2026-09-01","due":"2026-10-01","amount":"12500.00","open":"12500.00",
                  "disputed":"0.00"}],
     "history":[{"due":"2026-05-01","paid":"2026-05-03","amount":"9000.00"}],
     "relationship":{"customer_since":"2019-02-01","value_12m":"84000.00","last_contact":"2026-11-01",
                     "open_complaints":0,"strikes_24m":0,"unanswered_requests":0,"hardship":false,"insolvent":false,
                     "strategic":false,"churn_risk":0.1},
     "steps_sent":[{"document":"reminder","date":"2026-10-20"}],
     "promises":[{"amount":"5000.00","due":"2026-11-10","kept":false}],
     "plans":[{"status":"broken","date":"2026-03-01"}], "unmatched_payments":"0.00"}
""")


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def late(days: int = 50, owed: int = 48_000, **known: Any) -> Facts:
    """A debt in kroner so many days late, a reminder sent a month ago unless told otherwise."""
    known.setdefault("steps_sent", (Sent("reminder", ago(30)),))
    known.setdefault("invoices", (Invoice(ago(days), owed * 100),))
    return Facts(today=TODAY, **known)


MOSTLY_LATE = tuple(Paid(ago(days), ago(days - 20)) for days in range(100, 800, 100))


def answer(data: Json) -> Json:
    found = propose(data)
    assert isinstance(found, dict)
    return found


def with_changes(**changes: Any) -> Json:
    return copy.deepcopy(CONTRACT) | changes


def about(**changes: Any) -> Json:
    return with_changes(relationship=CONTRACT["relationship"] | changes)


# The sums of the worked example


def expected(facts: Facts) -> dict[str, int]:
    """Whole kroner by treatment."""
    return {option.treatment: round(option.expected / 100) for option in decide(facts).options}


def test_the_worked_example_of_a_valuable_customer() -> None:
    sums = expected(late(value_minor=8_280_000, fees_minor=70_000))
    assert sums["reminder"] == 30_467
    assert sums["call"] == 35_968
    assert sums["payment_plan"] == 42_849
    assert sums["fee_waiver"] == 34_689
    assert sums["hold"] == 28_205
    assert sums["formal_notice"] == 32_511


def test_the_worked_example_of_a_customer_who_mostly_pays_late_and_buys_little() -> None:
    sums = expected(late(value_minor=600_000, fees_minor=70_000, history=MOSTLY_LATE))
    assert sums["reminder"] == 31_235
    assert sums["call"] == 35_968
    assert sums["payment_plan"] == 32_777
    assert sums["fee_waiver"] == 33_921
    assert sums["hold"] == 25_854
    assert sums["formal_notice"] == 40_191


def test_the_valuable_customer_is_offered_a_plan_and_told_what_would_change_that() -> None:
    decision = decide(late(value_minor=8_280_000))
    assert (decision.treatment, decision.channel, decision.document) == ("payment_plan", "email", None)
    assert [offer.instalments for offer in decision.offers] == [1, 3, 6]
    needed = {line["against"]: line["needs_recovery_at_least"] for line in decision.break_evens}
    assert needed["call"] == 0.73
    assert needed["formal_notice"] == 0.66
    assert decision.reasons[0].text == (
        "A payment plan is recommended: expected 42,849 against 35,968 for a call. "
        "Would change if a payment plan recovered less than 73%."
    )


def test_the_late_payer_who_buys_little_gets_a_formal_notice_until_worth_about_68_000() -> None:
    facts = late(value_minor=600_000, history=MOSTLY_LATE)
    decision = decide(facts)
    assert (decision.treatment, decision.document, decision.firmness) == ("formal_notice", "formal_notice", 4)
    value = next(line["value"] for line in decision.break_evens if line["against"] == "payment_plan")
    assert 6_770_000 < value < 6_790_000
    assert decide(late(value_minor=value, history=MOSTLY_LATE)).firmness == 2


def test_every_sum_can_be_checked_from_what_is_shown() -> None:
    for option in answer(CONTRACT)["options"]:
        discounted = 12_500 * option["recovery"] / 1.1 ** (option["days"] / 365)
        costs = float(option["cost"]) + float(option["concession"]) + option["churn_delta"] * 84_000
        assert float(option["expected_value"]) == pytest.approx(discounted - costs, abs=0.02)


# The contract's example


def test_the_contracts_example_is_answered_in_the_contracts_form() -> None:
    found = answer(CONTRACT)
    assert (found["treatment"], found["firmness"], found["document"], found["channel"]) == (
        "payment_plan", 2, None, "email",
    )  # fmt: skip
    assert {"value_high", "promise_broken", "plan_broken"} <= {reason["code"] for reason in found["reasons"]}
    assert found["offers"][1] == {
        "instalments": 3,
        "first_due": "2026-12-01",
        "amounts": ["4167.00", "4167.00", "4166.00"],
        "total": "12500.00",
        "interest": "0.00",
    }
    assert found["options"][1] == {
        "treatment": "reminder",
        "firmness": 1,
        "allowed": False,
        "because": "this letter, or a firmer one, was already sent",
        "recovery": 0.66,
        "days": 45,
        "cost": "15.00",
        "concession": "0.00",
        "churn_delta": 0.01,
        "relationship_cost": "840.00",
        "expected_value": "7298.63",
        "prior_cases": 20,
        "observed_cases": 0,
    }
    json.dumps(found)


def test_an_array_of_facts_gives_an_array_of_answers_in_order() -> None:
    other = with_changes(invoices=[])
    assert propose([CONTRACT, other, CONTRACT]) == [propose(CONTRACT), propose(other), propose(CONTRACT)]
    assert propose([]) == []


# Hard stops


@pytest.mark.parametrize(
    ("change", "treatment", "channel", "code"),
    [
        ({"hardship": True}, "hold", "task", "hardship"),
        ({"insolvent": True}, "hold", "task", "insolvent"),
        ({"open_complaints": 1}, "hold", "task", "complaint_open"),
        ({"strikes_24m": 2}, "hold", "task", "two_strikes"),
    ],
)
def test_what_a_person_must_take_goes_to_a_person(change: Json, treatment: str, channel: str, code: str) -> None:
    found = answer(about(**change))
    assert (found["treatment"], found["channel"], found["reasons"][0]["code"]) == (treatment, channel, code)
    assert [option["treatment"] for option in found["options"] if option["allowed"]] == ["hold"]


def test_every_stop_is_told_not_only_the_first() -> None:
    found = answer(about(hardship=True, open_complaints=2))
    assert [reason["code"] for reason in found["reasons"]] == ["hardship", "complaint_open"]


def test_a_promise_not_yet_due_and_an_offer_not_yet_answered_are_waited_for() -> None:
    promised = answer(with_changes(promises=[{"amount": "5000.00", "due": "2026-11-22"}]))
    offered = answer(with_changes(plans=[{"status": "offered", "date": "2026-11-09"}]))
    for found, code in ((promised, "promise_open"), (offered, "plan_offered")):
        assert (found["treatment"], found["channel"], found["reasons"][0]["code"]) == ("hold", None, code)


def test_an_active_plan_is_left_alone() -> None:
    found = answer(with_changes(plans=[{"status": "active", "date": "2026-11-01"}]))
    assert (found["treatment"], found["reasons"][0]["code"]) == ("none", "plan_active")


def test_a_disputed_debt_waits_for_the_dispute_and_a_partly_disputed_one_asks_for_the_rest() -> None:
    wholly = answer(with_changes(invoices=[CONTRACT["invoices"][0] | {"disputed": "12500.00"}]))
    assert (wholly["treatment"], wholly["reasons"][0]["code"]) == ("hold", "disputed")
    partly = answer(with_changes(invoices=[CONTRACT["invoices"][0] | {"disputed": "2500.00"}]))
    assert partly["treatment"] == "payment_plan"
    assert partly["offers"][0]["total"] == "10000.00"
    assert "disputed_part" in [reason["code"] for reason in partly["reasons"]]


def test_money_received_but_not_matched_counts_as_paid() -> None:
    covered = answer(with_changes(unmatched_payments="12500.00"))
    assert (covered["treatment"], covered["firmness"], covered["reasons"][0]["code"]) == ("none", 0, "covered")
    partly = answer(with_changes(unmatched_payments="2500.00"))
    assert partly["offers"][0]["total"] == "10000.00"


def test_credits_are_deducted_and_invoices_not_yet_due_are_not_asked_for() -> None:
    invoices = [
        *CONTRACT["invoices"],
        {"due": "2026-12-01", "open": "9999.00"},
        {"due": "2026-12-24", "open": "-500.00"},
        {"due": "2026-10-01", "open": "7777.00", "issued": "2026-11-30"},
    ]
    assert answer(with_changes(invoices=invoices))["offers"][0]["total"] == "12000.00"


# Which letter may go


def test_the_first_letter_is_a_reminder_ten_days_after_the_due_date() -> None:
    assert decide(late(9, steps_sent=())).treatment == "none"
    decision = decide(late(10, steps_sent=()))
    assert (decision.treatment, decision.channel, decision.reasons[0].code) == ("reminder", "email", "first_reminder")


def test_a_debt_found_late_still_starts_with_the_reminder() -> None:
    assert decide(late(200, steps_sent=(), history=MOSTLY_LATE, value_minor=0)).treatment == "reminder"


def allowed_letters(facts: Facts) -> set[str]:
    return {option.treatment for option in decide(facts).options if option.allowed and option.firmness in (1, 3, 4, 5)}


def test_each_letter_waits_for_the_one_before() -> None:
    assert allowed_letters(late(40, steps_sent=(Sent("reminder", ago(13)),))) == set()
    assert allowed_letters(late(27, steps_sent=(Sent("reminder", ago(14)),))) == {"final_reminder"}
    assert allowed_letters(late(40, steps_sent=(Sent("reminder", ago(14)),))) == {"final_reminder", "formal_notice"}
    noticed = (Sent("reminder", ago(40)), Sent("formal_notice", ago(17)))
    assert allowed_letters(late(60, steps_sent=noticed)) == {"hand_over"}


def test_paying_on_the_last_day_of_a_formal_notice_is_in_time() -> None:
    # Fourteen days before Monday 23 November; fifteen days before it the time ran out on a Sunday, so Monday counts.
    for country, wait in (("NO", 14), ("NO", 15), ("GB", 30)):
        steps = (Sent("reminder", ago(80)), Sent("formal_notice", ago(wait)))
        assert allowed_letters(late(90, steps_sent=steps, country=country)) == set()


def test_a_letter_of_unknown_date_may_have_gone_today() -> None:
    assert decide(late(steps_sent=(Sent("reminder", None),))).treatment == "none"


def test_after_hand_over_nothing_more_is_sent() -> None:
    decision = decide(late(90, steps_sent=(Sent("reminder", ago(80)), Sent("hand_over", ago(20)))))
    assert (decision.treatment, decision.reasons[0].code) == ("none", "handed_over")


# Care


@pytest.mark.parametrize(
    "known", [{"last_contact": ago(91)}, {"unanswered_requests": 1}, {"last_contact": ago(200), "contact_gap_days": 60}]
)
def test_in_the_danger_zone_a_person_calls_before_any_letter(known: Json) -> None:
    first = decide(late(20, steps_sent=(), **known))
    assert (first.treatment, first.channel, first.reasons[0].code) == ("hold", "call", "danger_zone")
    later = decide(late(history=MOSTLY_LATE, value_minor=0, **known))
    assert (later.treatment, later.channel) == ("call", "call")


def test_an_open_gap_between_what_was_expected_and_what_was_got_is_put_right_by_a_call_first() -> None:
    decision = decide(late(20, steps_sent=(), open_gap=True))
    assert (decision.treatment, decision.channel, decision.reasons[0].code) == ("hold", "call", "open_gap")
    assert not any(option.allowed for option in decision.options if option.treatment == "reminder")


def test_a_customer_who_is_seldom_spoken_with_is_not_in_danger_before_twice_their_own_gap() -> None:
    assert decide(late(20, steps_sent=(), last_contact=ago(150), contact_gap_days=80)).treatment == "reminder"
    assert decide(late(20, steps_sent=())).treatment == "reminder"


@pytest.mark.parametrize("known", [{"strategic": True}, {"strikes_24m": 1}, {"churn_risk": 0.5}])
def test_reasons_for_care_keep_firm_letters_back(known: Json) -> None:
    facts = late(history=MOSTLY_LATE, value_minor=0, **known)
    decision = decide(facts)
    assert decision.firmness == 2
    assert not any(option.allowed for option in decision.options if option.firmness >= 3)


def test_after_two_broken_plans_no_third_is_offered() -> None:
    plans = [{"status": "broken", "date": "2026-03-01"}, {"status": "broken", "date": "2025-06-01"}]
    found = answer(with_changes(plans=plans))
    plan = next(option for option in found["options"] if option["treatment"] == "payment_plan")
    assert (found["treatment"], plan["because"]) == ("call", "2 payment plans were broken in 24 months")


def test_an_unknown_value_is_given_the_benefit_of_the_doubt() -> None:
    known, unknown = late(history=MOSTLY_LATE, value_minor=0), late(history=MOSTLY_LATE)
    assert (decide(known).firmness, decide(unknown).firmness) == (4, 2)
    assert "value_unknown" in [reason.code for reason in decide(unknown).reasons]


def test_fees_are_waived_only_where_that_keeps_more_than_it_costs() -> None:
    def waiver(facts: Facts) -> str | None:
        return next(option.because for option in decide(facts).options if option.treatment == "fee_waiver")

    assert waiver(late(value_minor=8_280_000)) == "there are no fees to waive"
    assert waiver(late(value_minor=8_280_000, fees_minor=70_000)) is None
    assert waiver(late(value_minor=600_000, fees_minor=70_000)) == (
        "it would cost more than the goodwill it is believed to keep"
    )


def test_debts_smaller_than_a_call_or_a_letter_are_let_rest() -> None:
    assert decide(late(owed=200, value_minor=0)).treatment == "hold"
    assert decide(late(20, owed=20, steps_sent=())).treatment == "none"


# With the creditor's own ladder


def test_a_ladder_says_which_letter_is_due_and_how_it_goes_out() -> None:
    facts = late(value_minor=0, history=MOSTLY_LATE)
    decision = decide(facts, due=Due("formal_notice", "letter"))
    assert (decision.treatment, decision.channel) == ("formal_notice", "letter")
    assert decide(facts, due=Due(None)).treatment == "none"


def test_the_relationship_may_put_a_plan_in_the_place_of_the_ladders_letter() -> None:
    facts = late(value_minor=8_280_000)
    assert decide(facts, due=Due("final_reminder")).treatment == "payment_plan"
    assert decide(facts, due=Due("final_reminder", relationship=False)).treatment == "final_reminder"


def test_a_plain_ladder_still_stops_where_it_must() -> None:
    decision = decide(late(hardship=True), due=Due("formal_notice", relationship=False))
    assert (decision.treatment, decision.channel) == ("hold", "task")


def test_a_debt_too_small_for_a_plan_gets_the_ladders_letter() -> None:
    decision = decide(late(owed=600, value_minor=8_280_00), due=Due("final_reminder"))
    assert decision.treatment == "final_reminder"
    assert "small_debt" in [reason.code for reason in decision.reasons]


def test_a_ladder_cannot_hand_over_before_a_formal_notice_has_run_out() -> None:
    early = late(90, steps_sent=(Sent("formal_notice", ago(10)),), value_minor=0, call_tried_recently=True)
    decision = decide(early, due=Due("hand_over", "task"))
    assert (decision.treatment, decision.reasons[0].code) == ("none", "legal_wait")
