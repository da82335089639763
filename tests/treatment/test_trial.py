"""A ladder tried against today's ledger says what the daily run would do by it, and stores nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from kulant.db import Act
from kulant.people.models import Creditor
from kulant.treatment.ladder import parse_policy
from kulant.treatment.ladder_diff import side_by_side
from kulant.treatment.ladder_steps import StepRow, step_rows, with_steps
from kulant.treatment.models import Proposal
from kulant.treatment.policies import apply_policy, check_policy, switch_off, take_back
from kulant.treatment.service import propose_all
from kulant.treatment.trial import summary, trial_json, try_policy
from tests.conftest import TODAY
from tests.support.factories import create_customer, create_invoice
from tests.support.proposals import ladder


def tried(act: Act, creditor: Creditor, text: str, at_most: int | None = 2000) -> dict[str, object]:
    act.session.flush()
    found = try_policy(act.session, creditor=creditor, policy=parse_policy(text), today=TODAY, at_most=at_most)
    return trial_json(found)


@pytest.fixture
def late(act: Act, creditor: Creditor) -> list[str]:
    """Six customers who are eleven to sixteen days late, and a plain ladder in force."""
    apply_policy(act, creditor=creditor, text=ladder())
    numbers = [f"T{n}" for n in range(6)]
    for n, number in enumerate(numbers):
        create_invoice(act, creditor, create_customer(act, creditor, number), "1000.00", days_late=11 + n)
    act.session.flush()
    return numbers


@pytest.mark.usefixtures("late")
def test_the_ladder_in_force_changes_nothing(act: Act, creditor: Creditor) -> None:
    told = tried(act, creditor, ladder())
    assert told["changes"] == []
    assert told["after"] == told["before"] == {"letters": 6, "plans": 0, "calls": 0, "waivers": 0, "tasks": 0}
    assert told["summary"] == (
        "This would propose 6 letters today; nothing changes, of 6 customers with something to judge."
    )


def test_each_customer_whose_step_changes_is_told_with_both(act: Act, creditor: Creditor, late: list[str]) -> None:
    told = tried(act, creditor, ladder().replace("days: 10", "days: 14"))
    assert told["after"]["letters"] == 3  # type: ignore[index]
    changes = told["changes"]
    assert isinstance(changes, list)
    assert {one["customer"] for one in changes} == set(late[:3])
    first = changes[0]
    assert (first["before"]["step"], first["before"]["demand"]) == ("reminder", "1000.00")
    assert (first["after"]["treatment"], first["after"]["step"]) == ("none", None)


@pytest.mark.usefixtures("late")
def test_what_it_says_is_what_the_run_proposes_and_nothing_is_stored(act: Act, creditor: Creditor) -> None:
    other = ladder().replace("days: 10", "days: 13")
    told = tried(act, creditor, other)
    assert act.session.scalar(select(func.count()).select_from(Proposal)) == 0
    apply_policy(act, creditor=creditor, text=other)
    assert len(propose_all(act, creditor=creditor).created) == told["after"]["letters"]  # type: ignore[index]


@pytest.mark.usefixtures("late")
def test_of_very_many_customers_a_sample_is_judged_and_it_says_so(act: Act, creditor: Creditor) -> None:
    told = tried(act, creditor, ladder(), at_most=2)
    assert (told["customers"], told["looked_at"]) == (6, 2)
    assert "among 2 of 6 customers with something to judge (every 3rd)" in str(told["summary"])
    assert "about 3 times as many" in str(told["summary"])


@pytest.mark.usefixtures("late")
def test_a_ladder_beside_the_others_changes_only_those_it_is_for(act: Act, creditor: Creditor) -> None:
    told = tried(act, creditor, ladder("slow", applies_to="{customers: [T5]}").replace("days: 10", "days: 30"))
    assert [one["customer"] for one in told["changes"]] == ["T5"]  # type: ignore[attr-defined]
    assert told["used_by"] == 1


@pytest.mark.usefixtures("late")
def test_every_statement_is_one_for_many_customers(act: Act, creditor: Creditor, statements: list[str]) -> None:
    statements.clear()
    tried(act, creditor, ladder().replace("days: 10", "days: 14"))
    few = len(statements)
    for n in range(12):
        create_invoice(act, creditor, create_customer(act, creditor, f"U{n}"), days_late=20)
    act.session.flush()
    statements.clear()
    tried(act, creditor, ladder().replace("days: 10", "days: 14"))
    assert len(statements) == few


def test_the_check_finds_every_mistake_and_every_breach_of_law(act: Act, creditor: Creditor) -> None:
    wrong = ladder(contact="{hours: late, max_contacts: {count: 0, days: 7}}", minimum_days_between="many")
    found = check_policy(act.session, creditor=creditor, text=wrong, today=TODAY)
    assert found.policy is None
    assert [one.partition(":")[0] for one in sorted(found.mistakes)] == [
        "contact.hours", "contact.max_contacts.count", "minimum_days_between",
    ]  # fmt: skip
    foreign = check_policy(act.session, creditor=creditor, text=ladder(country="SE"), today=TODAY)
    assert foreign.mistakes == ("country: this ladder is for SE, but NORD is in NO",)


def test_a_version_taken_back_is_a_new_version_and_the_old_ones_stay_as_they_were(act: Act, creditor: Creditor) -> None:
    first = apply_policy(act, creditor=creditor, text=ladder())
    second = apply_policy(act, creditor=creditor, text=ladder().replace("days: 10", "days: 12"), why="slower")
    third = take_back(act, creditor=creditor, ladder=first, why="customers asked when")
    assert [(row.version, row.active, row.why) for row in (first, second, third)] == [
        (1, False, None), (2, False, "slower"), (3, True, "customers asked when (as version 1)"),
    ]  # fmt: skip
    assert (first.ended_on, first.ended_by) == (TODAY, "test clerk")
    assert third.yaml == first.yaml
    off = switch_off(act, creditor=creditor, name="plain", why="not needed")
    assert (off.version, off.active, off.ended_why) == (3, False, "not needed")
    again = apply_policy(act, creditor=creditor, text=first.yaml)
    assert (again.version, again.active) == (4, True)


def test_two_texts_stand_line_beside_line() -> None:
    pairs = side_by_side("a\nb\nc\nd", "a\nB\nc\nd\ne")
    assert [(pair.kind, pair.old, pair.new) for pair in pairs] == [
        ("same", "a", "a"), ("changed", "b", "B"), ("same", "c", "c"), ("same", "d", "d"), ("added", "", "e"),
    ]  # fmt: skip
    assert [(pair.old_number, pair.new_number) for pair in pairs][-1] == (None, 5)


def test_texts_of_very_many_lines_are_not_compared_line_by_line() -> None:
    old = "same\n" + "a\nb\n" * 12_000
    pairs = side_by_side(old, "same\n" + "b\na\n" * 12_000 + "more")
    assert (pairs[0].kind, pairs[1].kind, pairs[-1].kind) == ("same", "changed", "added")
    assert all(pair.kind == "same" for pair in side_by_side(old, old))


def test_steps_as_a_form_and_back_are_the_same_steps() -> None:
    policy = parse_policy(ladder(last=', fee: "5.00", minimum_amount: {NOK: "10.00"}, channel: letter, approval: auto'))
    text = with_steps(ladder(interest="statutory"), step_rows(policy))
    assert parse_policy(text).steps == policy.steps
    assert parse_policy(text).interest == "statutory"


def test_a_row_nobody_could_mean_is_found_when_the_text_is_checked() -> None:
    text = with_steps("ladder: x", [StepRow(code="no: way}", days="soon", origin="due_date", minimum="NOK")])
    with pytest.raises(Exception, match=r"steps\[0\]"):
        parse_policy(text)


def test_the_summary_of_nothing() -> None:
    from kulant.treatment.trial import Trial

    assert summary(Trial("x", customers=0)) == (
        "This would propose nothing today; nothing changes, of 0 customers with something to judge."
    )
