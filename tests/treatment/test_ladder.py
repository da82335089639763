"""Ladders: what their YAML may say, which step comes next, and whom they are for."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.treatment.ladder import (
    Policy,
    Traits,
    applies,
    most_specific,
    next_step,
    parse_policy,
    standard_policy,
    standard_text,
)
from kulant.treatment.ladder_text import ladder_sentences

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DUE = date(2026, 9, 1)

CONTRACT = """
ladder: small customers
country: NO
relationship: off
minimum_balance: {NOK: "50.00", EUR: 5}
minimum_days_between: 5
climb: one_step_per_run
applies_to: {segments: [small]}
interest: none
contact: {hours: "08:00-20:00", weekdays_only: true, holidays: true, max_contacts: {count: 2, days: 7}}
bank_data_max_age_days: null
steps:
  - code: friendly
    document: reminder
    after: {days: 10, from: due_date, month_end: false}
    channel: email
    fee: none
    approval: auto
    minimum_amount: {NOK: "100.00"}
  - code: final
    document: final_reminder
    after: {days: 14, from: previous_step, month_end: true}
"""


def ladder(steps: str, head: str = "") -> Policy:
    return parse_policy(f"ladder: test\n{head}\nsteps:\n{steps}")


def step(code: str, days: int, *, document: str = "reminder", origin: str = "", more: str = "") -> str:
    after = f"{{days: {days}{', from: ' + origin if origin else ''}}}"
    return f"  - {{code: {code}, document: {document}, after: {after}{', ' + more if more else ''}}}\n"


def test_the_shipped_example_is_the_ladder_used_by_default() -> None:
    assert (EXAMPLES / "standard.yaml").read_text(encoding="utf-8") == standard_text()
    policy = standard_policy()
    assert [one.document for one in policy.steps] == ["reminder", "final_reminder", "formal_notice", "hand_over"]
    assert [one.after.days for one in policy.steps] == [10, 14, 14, 21]
    assert {one.approval for one in policy.steps} == {"ask"}
    assert (policy.minimum("NOK"), policy.minimum("USD"), policy.minimum("CHF")) == (5000, 500, 0)


def test_every_key_of_the_contract_is_read() -> None:
    policy = parse_policy(CONTRACT)
    assert (policy.name, policy.country, policy.relationship) == ("small customers", "NO", False)
    assert policy.minimum_balance == {"NOK": 5000, "EUR": 500}
    assert policy.minimum_days_between == 5
    assert policy.applies_to.segments == ("small",)
    assert policy.contact is not None
    assert policy.contact.hours == (time(8), time(20))
    assert policy.contact.max_contacts is not None
    assert (policy.contact.max_contacts.count, policy.contact.max_contacts.days) == (2, 7)
    first, second = policy.steps
    assert (first.approval, second.approval) == ("auto", "ask")
    assert (policy.minimum_of_step(first, "NOK"), policy.minimum_of_step(second, "NOK")) == (10_000, 0)


def test_norway_and_off_mean_what_they_say() -> None:
    policy = ladder(
        step("a", 10, more="approval: off") + step("b", 5), "country: NO\napplies_to: {countries: [NO, SE]}"
    )
    assert (policy.country, policy.applies_to.countries) == ("NO", ("NO", "SE"))
    assert policy.steps[0].approval == "off"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", 'a ladder begins with its name, e.g. "ladder: standard"'),
        ("ladder: x", "steps: is missing"),
        ("ladder: x\nsteps: []", "steps: "),
        (CONTRACT + "foo: 1\n", "foo: this key is not known"),
        (CONTRACT.replace("weekdays_only", "weekends"), "contact.weekends: this key is not known"),
        (CONTRACT.replace("interest: none", "interest: 12"), "interest: is 12; known are 'none' or 'statutory'"),
        (CONTRACT.replace("fee: none", "fee: some"), "steps[0].fee: 'some' is not known; write none, statutory, or an"),
        (CONTRACT.replace("fee: none", 'fee: "5"'), "steps[0].fee: '5' is not known; write none, statutory, or an"),
        (CONTRACT.replace("fee: none", 'fee: "0.00"'), "steps[0].fee: '0.00' is not known; write none, statutory"),
        (CONTRACT.replace("days: 10", "days: ten"), "steps[0].after.days: is 'ten'; write a whole number"),
        (CONTRACT.replace("days: 10", "days: -3"), "steps[0].after.days: only a courtesy note may go before"),
        (CONTRACT.replace("days: 14", "days: 1.5"), "steps[1].after.days: is '1.5'; write a whole number"),
        (CONTRACT.replace("code: final", "code: friendly"), "steps[1].code: 'friendly' is the code of an earlier step"),
        (CONTRACT.replace("from: due_date", "from: previous_step"), "steps[0].after.from: must be due_date"),
        (
            CONTRACT.replace("document: reminder", "document: hand_over"),
            "steps[0].document: hand_over must come after a",
        ),
        (CONTRACT.replace("document: reminder", "document: threat"), "steps[0].document: is 'threat'; known are"),
        (CONTRACT.replace("channel: email", "channel: fax"), "steps[0].channel: is 'fax'; known are"),
        (CONTRACT.replace('NOK: "50.00"', 'NOK: "-1"'), "minimum_balance: NOK must not be below zero"),
        (CONTRACT.replace('NOK: "50.00"', 'NOK: "0.001"'), "minimum_balance: 0.001 has more decimals than NOK has"),
        (CONTRACT.replace('NOK: "50.00"', "kroner: 5"), "minimum_balance: 'kroner' is not a currency code"),
        (CONTRACT.replace('NOK: "50.00"', "NOK: much"), "minimum_balance: 'much' is not an amount"),
        (CONTRACT.replace("country: NO", "country: Norway"), "country: is 'Norway'; write two capital letters"),
        (CONTRACT.replace("08:00-20:00", "20:00-08:00"), "contact.hours: the first time must be before the second"),
        (CONTRACT.replace("08:00-20:00", "8 to 20"), 'contact.hours: write it as "08:00-20:00"'),
        (CONTRACT.replace("segments: [small]", "segments: [a, a]"), "applies_to.segments: names something twice"),
        (CONTRACT + "country: SE\n", "line 23, column 1: the key 'country' stands twice"),
        ("a: &x 1\nb: *x", "line 1, column 4: anchors and aliases (& and *) are not used in ladders"),
        ("[" * 5000, "the file is nested too deeply"),
        ("a: [", "line 1, column 5: "),
        ("!!python/object:os.system x", "line 1, column 1: "),
        ("a: \x00", "the file holds characters that YAML does not allow"),
        ("x" * 100_001, "the file is larger than 100 kB"),
        (b"\xff\xfe\x00a", "the file is not UTF-8 text"),
    ],
)
def test_a_mistake_is_one_sentence_that_says_where(text: str | bytes, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_policy(text)
    assert refused.value.sentence.startswith(sentence)
    assert "\n" not in refused.value.sentence


# Which step comes next


def due_on(policy: Policy, *sent: tuple[str, date], today: date = date(2027, 12, 31)) -> tuple[str, date] | None:
    found = next_step(policy, due=DUE, sent=sent, today=today)
    return (found.code, found.on) if found else None


def test_the_first_step_counts_from_the_due_date_and_the_next_from_when_the_one_before_was_sent() -> None:
    policy = ladder(step("first", 10) + step("second", 14) + step("third", 14, document="formal_notice"))
    assert due_on(policy) == ("first", date(2026, 9, 11))
    assert due_on(policy, ("first", date(2026, 10, 1))) == ("second", date(2026, 10, 15))
    sent = (("second", date(2026, 11, 1)), ("first", date(2026, 10, 1)))
    assert due_on(policy, *sent) == ("third", date(2026, 11, 15))
    assert due_on(policy, *sent, ("third", date(2026, 12, 1))) is None


def test_a_step_not_yet_sent_holds_the_next_even_if_that_counts_from_the_due_date() -> None:
    policy = ladder(step("first", 10) + step("second", 20, origin="due_date"))
    assert due_on(policy) == ("first", date(2026, 9, 11))
    assert due_on(policy, ("first", date(2026, 12, 1))) == ("second", date(2026, 9, 21))


def test_at_the_end_of_the_month_means_of_the_month_the_day_falls_in() -> None:
    policy = parse_policy(CONTRACT)
    assert due_on(policy, ("friendly", date(2026, 10, 20))) == ("final", date(2026, 11, 30))
    assert due_on(policy, ("friendly", date(2026, 10, 10))) == ("final", date(2026, 10, 31))


def test_a_step_switched_off_is_passed_over_but_its_days_count() -> None:
    policy = ladder(step("first", 10) + step("second", 14, more="approval: off") + step("third", 7))
    assert due_on(policy, ("first", date(2026, 10, 1))) == ("third", date(2026, 10, 22))
    assert due_on(ladder(step("first", 10, more="approval: off") + step("second", 14))) == ("second", date(2026, 9, 25))


def test_a_step_recorded_after_the_business_date_is_not_known_yet() -> None:
    policy = ladder(step("first", 10) + step("second", 14))
    assert due_on(policy, ("first", date(2026, 10, 1)), today=date(2026, 9, 30)) == ("first", date(2026, 9, 11))


def test_steps_of_another_ladder_do_not_count() -> None:
    assert due_on(ladder(step("first", 10)), ("their_first", date(2026, 9, 20))) == ("first", date(2026, 9, 11))


def test_a_courtesy_note_may_go_before_the_due_date_and_is_passed_over_after_it() -> None:
    policy = ladder(step("note", -3, document="courtesy") + step("first", 10, origin="due_date"))
    assert due_on(policy, today=DUE) == ("note", date(2026, 8, 29))
    assert due_on(policy, today=DUE + timedelta(days=1)) == ("first", date(2026, 9, 11))


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.lists(st.booleans(), min_size=8, max_size=8))
def test_climbing_day_by_day_takes_every_step_that_is_on_once_and_in_order(days: list[int], off: list[bool]) -> None:
    text = "".join(step(f"s{n}", wait, more="approval: off" if off[n] else "") for n, wait in enumerate(days))
    policy = ladder(text)
    sent: list[tuple[str, date]] = []
    today = DUE + timedelta(days=400)  # found late: still one step a run
    for _ in range(600):
        found = next_step(policy, due=DUE, sent=sent, today=today)
        if found and found.on <= today:
            sent.append((found.code, today))
        today += timedelta(days=1)
    assert [code for code, _ in sent] == [one.code for one in policy.steps if one.approval != "off"]
    assert [day for _, day in sent] == sorted({day for _, day in sent}) or 0 in days


# Whom a ladder is for


def for_whom(name: str, applies_to: str) -> Policy:
    return parse_policy(f"ladder: {name}\napplies_to: {applies_to}\nsteps:\n{step('a', 10)}")


def test_the_ladder_meant_most_specifically_wins() -> None:
    customer = Traits(number="1007", segment="small", kind="business", country="NO", language="nb")
    ladders = [
        for_whom("everyone", "{}"),
        for_whom("norwegian speakers", "{languages: [nb, nn]}"),
        for_whom("in norway", "{countries: [NO]}"),
        for_whom("companies", "{kinds: [business]}"),
        for_whom("small companies abroad", "{segments: [small], countries: [SE]}"),
        for_whom("small", "{segments: [small]}"),
        for_whom("small in norway", "{segments: [small], countries: [NO]}"),
        for_whom("this one", "{customers: [1007]}"),
    ]
    ranks = [applies(policy, customer) for policy in ladders]
    assert ranks == [0, 1, 2, 4, None, 8, 10, 16]
    for count in range(1, len(ladders) + 1):
        found = most_specific(ladders[:count], customer)
        best = max((rank, n) for n, rank in enumerate(ranks[:count]) if rank is not None)
        assert found is ladders[best[1]]
    assert most_specific(ladders[-1:], Traits(number="8")) is None


def test_between_equally_specific_ladders_the_first_by_name_wins() -> None:
    b, a = for_whom("b", "{countries: [NO]}"), for_whom("a", "{countries: [NO]}")
    customer = Traits(number="1", country="NO")
    assert most_specific([b, a], customer) is most_specific([a, b], customer) is a


# In words


def test_a_ladder_is_told_in_sentences() -> None:
    assert ladder_sentences(parse_policy(CONTRACT)) == [
        "For segments small.",
        "Friendly reminder: 10 days after the due date, from 100.00 NOK, "
        "by e-mail (as a letter where there is no address), without asking.",
        "Final reminder: 14 days after the day the step before was sent, moved to the end of that month, "
        "by e-mail (as a letter where there is no address), after somebody approved it.",
        "Nothing is asked below 50.00 NOK / 5.00 EUR.",
        "At least 5 days between two letters, and one step at a time.",
        "E-mail only between 08:00 and 20:00 where the customer is.",
        "No e-mail on weekends and public holidays where the customer is.",
        "At most 2 contacts in 7 days, whatever the channel; formal notices excepted.",
    ]


def test_a_note_before_the_due_date_and_a_step_switched_off_are_told_too() -> None:
    policy = ladder(
        step("note", -3, document="courtesy") + step("on_time", 0, origin="due_date", more="channel: call")
        + step("off", 5, more="approval: off"),
        "bank_data_max_age_days: 2",
    )  # fmt: skip
    told = ladder_sentences(policy)
    assert told[0] == "For every customer without a ladder of their own."
    assert told[1].startswith("Courtesy note before the due date: 3 days before the due date, by e-mail")
    assert told[2].startswith("Friendly reminder: on the due date, once the step before was sent, by telephone")
    assert told[3] == "Friendly reminder: switched off; its days still count."
    assert told[-1] == "Sending waits while the newest bank data is older than 2 days."
