"""The expectation check after the first paid invoice, and the save desk for valuable customers about to leave."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kulant.core.errors import Conflict, Refusal
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.ledger.posting import Allocation, allocate
from kulant.people.models import Creditor
from kulant.relationship.expectations import (
    ASK,
    PUT_RIGHT,
    answer_check,
    check_of,
    close_check,
    is_open_gap,
    keep_checks,
)
from kulant.relationship.losses import say_lost
from kulant.relationship.models import Score, Task, TimelineEvent
from kulant.relationship.models_care import ExpectationCheck, Loss, SaveCase, Strike
from kulant.relationship.rule_words import BY_FIELD
from kulant.relationship.rulebook import RuleBook, read_rules, rules_of, set_rules, versions
from kulant.relationship.save_desk import NOBODY, TRUST, close_case, keep_save_cases, save_rates
from kulant.relationship.scoring import score_portfolio
from kulant.relationship.standings import keep_standings
from tests.conftest import TODAY
from tests.support import factories as make

RULES = RuleBook()


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def paid(act: Act, creditor: Creditor, customer: Customer, days: int) -> None:
    """An invoice that the customer paid so many days ago."""
    invoice = make.create_invoice(act, creditor, customer, "100.00", due=days_ago(days))
    make.create_payment(act, creditor, "100.00", invoice=invoice, on=days_ago(days))
    invoice.settled_on = days_ago(days)
    act.session.flush()


def open_tasks(act: Act, kind: str) -> list[str]:
    return list(
        act.session.scalars(select(Task.text).where(Task.kind == kind, Task.done_on.is_(None)).order_by(Task.id))
    )


def test_a_customer_is_asked_fourteen_days_after_their_first_paid_invoice(act: Act, creditor: Creditor) -> None:
    new, early, late, old = (make.create_customer(act, creditor) for _ in range(4))
    paid(act, creditor, new, 14)
    paid(act, creditor, early, 13)
    paid(act, creditor, late, 45)
    paid(act, creditor, old, 400)
    paid(act, creditor, old, 20)
    assert keep_checks(act, creditor, RULES) == 1
    check = act.session.scalars(select(ExpectationCheck)).one()
    assert (check.customer_id, check.due) == (new.id, TODAY)
    assert [new.name in text for text in open_tasks(act, ASK)] == [True]
    assert keep_checks(act, creditor, RULES) == 0, "once"


def test_an_invoice_that_a_credit_note_took_back_was_not_paid(act: Act, creditor: Creditor) -> None:
    customer = make.create_customer(act, creditor)
    invoice = make.create_invoice(act, creditor, customer, "100.00", due=days_ago(20))
    credit = make.create_credit_note(act, creditor, customer, "100.00")
    allocate(act, [Allocation(credit, invoice, 10_000, days_ago(20))])
    invoice.settled_on = days_ago(20)
    act.session.flush()
    assert keep_checks(act, creditor, RULES) == 0


@pytest.mark.parametrize(
    ("expected", "got", "gap"),
    [(9, 6, True), (10, 7, True), (8, 7, False), (3, 6, True), (None, 7, False), (10, 8, False)],
)
def test_three_points_less_or_six_points_are_a_gap(
    act: Act, creditor: Creditor, expected: int | None, got: int, gap: bool
) -> None:
    customer = make.create_customer(act, creditor)
    check = answer_check(act, customer=customer, expected=expected, got=got)
    assert is_open_gap(check, RULES) is gap
    assert len(open_tasks(act, PUT_RIGHT)) == gap


def test_an_answer_ticks_its_task_off_and_a_gap_becomes_one_until_it_is_put_right(act: Act, creditor: Creditor) -> None:
    customer = make.create_customer(act, creditor)
    paid(act, creditor, customer, 15)
    keep_checks(act, creditor, RULES)
    answer_check(act, customer=customer, expected=9, got=3, words="Slow")
    assert (len(open_tasks(act, ASK)), len(open_tasks(act, PUT_RIGHT))) == (0, 1)
    keep_checks(act, creditor, RULES)
    assert len(open_tasks(act, PUT_RIGHT)) == 1
    close_check(act, customer=customer, why="Rang them")
    keep_checks(act, creditor, RULES)
    assert open_tasks(act, PUT_RIGHT) == []
    check = check_of(act.session, customer.id)
    assert check is not None and not is_open_gap(check, RULES)
    with pytest.raises(Conflict):
        close_check(act, customer=customer, why="again")
    with pytest.raises(Conflict):
        answer_check(act, customer=customer, got=5)


def test_what_a_survey_answered_need_not_be_asked_again(act: Act, creditor: Creditor) -> None:
    customer = make.create_customer(act, creditor)
    paid(act, creditor, customer, 20)
    told: dict[str, Any] = {"creditor_id": creditor.id, "customer_id": customer.id, "at": act.now, "actor": "survey"}
    act.session.add(TimelineEvent(**told, on=days_ago(8), kind="survey", text="Hm.", data={"expected": 8, "got": 4}))
    act.session.flush()
    keep_checks(act, creditor, RULES)
    check = check_of(act.session, customer.id)
    assert check is not None and (check.expected, check.got, check.asked_on) == (8, 4, days_ago(8))
    assert (len(open_tasks(act, ASK)), len(open_tasks(act, PUT_RIGHT))) == (0, 1)


def valuable(act: Act, creditor: Creditor, *, grade: str = "A", p_alive: float = 0.9) -> Customer:
    """A customer of that grade, so likely to be still active."""
    customer = make.create_customer(act, creditor)
    make.create_invoice(act, creditor, customer)
    score_portfolio(act, creditor=creditor)
    score = act.session.get_one(Score, customer.id)
    score.grade, score.p_alive = grade, p_alive
    act.session.flush()
    return customer


def strike(act: Act, customer: Customer, number: int, days: int = 3) -> None:
    act.session.add(
        Strike(
            creditor_id=customer.creditor_id, customer_id=customer.id, code="late_reply", on=days_ago(days), text="x",
            key=f"{customer.id}:{number}",
        )
    )  # fmt: skip
    act.session.flush()


NAMED = RuleBook(save_desk={"A": "Test Kari", "B": "Test Ola"})


def cases(act: Act) -> list[SaveCase]:
    return list(act.session.scalars(select(SaveCase).order_by(SaveCase.id)))


def test_a_valuable_customer_about_to_leave_goes_to_the_person_named_for_the_grade(
    act: Act, creditor: Creditor
) -> None:
    leaving = valuable(act, creditor, grade="B", p_alive=0.49)
    for grade, p_alive in (("A", 0.5), ("C", 0.1)):
        valuable(act, creditor, grade=grade, p_alive=p_alive)
    act.session.get_one(Score, leaving.id).grade = "B"
    act.session.get_one(Score, leaving.id).p_alive = 0.49
    assert keep_save_cases(act, creditor, NAMED) == 1
    [case] = cases(act)
    assert (case.customer_id, case.owner, case.grade) == (leaving.id, "Test Ola", "B")
    assert case.why == "only 49\u00a0% likely to be still active (below 50\u00a0%)"
    assert keep_save_cases(act, creditor, NAMED) == 0, "a case is open already"
    assert [text.startswith("Test Ola: ") for text in open_tasks(act, "save_case")] == [True]


def test_two_strikes_and_a_notice_are_signs_of_leaving_too(act: Act, creditor: Creditor) -> None:
    struck, gone = valuable(act, creditor), valuable(act, creditor)
    for customer in (struck, gone):
        score = act.session.get_one(Score, customer.id)
        score.grade, score.p_alive = "A", 0.9
    strike(act, struck, 1)
    assert keep_save_cases(act, creditor, NAMED) == 0, "one can be made good"
    strike(act, struck, 2)
    say_lost(act, creditor=creditor, customer=gone, reason="competitor")
    assert keep_save_cases(act, creditor, NAMED) == 2
    assert [case.why for case in cases(act)] == [
        "2 strikes against us: their trust is lost",
        "said on 23 November 2026 that they are leaving",
    ]


def test_somebody_speaks_with_whoever_lost_their_trust_and_is_not_at_the_save_desk(
    act: Act, creditor: Creditor
) -> None:
    small, valued = valuable(act, creditor), valuable(act, creditor)
    act.session.get_one(Score, small.id).grade, act.session.get_one(Score, valued.id).grade = "D", "A"
    for customer in (small, valued):
        strike(act, customer, 1)
    keep_standings(act, creditor)
    assert open_tasks(act, TRUST) == [], "one can be made good"
    for customer in (small, valued):
        strike(act, customer, 2)
    keep_save_cases(act, creditor, NAMED)
    keep_standings(act, creditor)
    keep_standings(act, creditor)
    assert open_tasks(act, TRUST) == [
        f"We made 2 mistakes with {small.name}, so nothing goes out to them by itself. Speak with them."
    ]
    for mistake in act.session.scalars(select(Strike).where(Strike.customer_id == small.id)):
        mistake.withdrawn_on = TODAY
    keep_standings(act, creditor)
    assert open_tasks(act, TRUST) == [], "it was counted wrongly"


def test_nobody_named_is_a_task_until_somebody_is(act: Act, creditor: Creditor) -> None:
    customer = valuable(act, creditor, p_alive=0.2)
    keep_save_cases(act, creditor, RuleBook())
    keep_save_cases(act, creditor, RuleBook())
    [text] = open_tasks(act, NOBODY)
    assert customer.name in text and "nobody is named" in text
    keep_save_cases(act, creditor, NAMED)
    assert (open_tasks(act, NOBODY), len(cases(act))) == ([], 1)


def test_a_closed_case_is_not_opened_again_for_what_was_known_before(act: Act, creditor: Creditor) -> None:
    customer = valuable(act, creditor, p_alive=0.2)
    keep_save_cases(act, creditor, NAMED)
    close_case(act, creditor=creditor, case_id=cases(act)[0].id, outcome="neither", words="they only pause")
    assert keep_save_cases(act, creditor, NAMED) == 0
    strike(act, customer, 1, 0)
    strike(act, customer, 2, 0)
    act.today = TODAY + timedelta(days=1)
    assert keep_save_cases(act, creditor, NAMED) == 0, "the strikes were known when it was closed"
    strike(act, customer, 3, -1)
    act.today = TODAY + timedelta(days=2)
    assert keep_save_cases(act, creditor, NAMED) == 1
    act.today = TODAY


def test_who_was_saved_has_not_left(act: Act, creditor: Creditor) -> None:
    customer = valuable(act, creditor)
    say_lost(act, creditor=creditor, customer=customer, reason="price")
    keep_save_cases(act, creditor, NAMED)
    close_case(act, creditor=creditor, case_id=cases(act)[0].id, outcome="saved", words="a better agreement")
    assert act.session.scalars(select(Loss)).one().returned_on == TODAY
    assert open_tasks(act, "save_case") == []


def test_a_save_rate_is_shown_from_ten_cases_on_and_in_the_order_of_names(act: Act, creditor: Creditor) -> None:
    customer = make.create_customer(act, creditor)
    ended = [("Test Ola", "saved")] * 7 + [("Test Ola", "lost")] * 3 + [("Test Ola", "neither")] * 5
    for owner, outcome in [*ended, *[("Test Kari", "saved")] * 9, ("Test Kari", None)]:
        act.session.add(
            SaveCase(
                creditor_id=creditor.id, customer_id=customer.id, opened_on=TODAY, why="x", grade="A", owner=owner,
                outcome=outcome, closed_on=TODAY if outcome else None,
            )
        )  # fmt: skip
    act.session.flush()
    kari, ola = save_rates(act.session, creditor.id)
    assert (kari.person, kari.rate, kari.open, kari.saved) == ("Test Kari", None, 1, 9)
    assert (ola.person, ola.rate, ola.neither) == ("Test Ola", 0.7, 5)


def test_rules_are_versions_that_say_who_when_and_why(act: Act, creditor: Creditor) -> None:
    assert rules_of(act.session, creditor.id) == RuleBook()
    set_rules(act, creditor=creditor, rules=RuleBook(danger_gap_days=60), why="we call often")
    set_rules(act, creditor=creditor, rules=RuleBook(danger_gap_days=45), why="even more often")
    newest, first = versions(act.session, creditor.id)
    assert (newest.version, newest.set_by, newest.set_on, newest.why) == (2, "test clerk", TODAY, "even more often")
    assert first.rules["danger_gap_days"] == 60
    assert rules_of(act.session, creditor.id).danger_gap_days == 45
    assert act.events[-1].data["changed"] == {"danger_gap_days": [60, 45]}
    with pytest.raises(Refusal, match="in force already"):
        set_rules(act, creditor=creditor, rules=RuleBook(danger_gap_days=45), why="again")


@pytest.mark.parametrize("given", [{"danger_gap_days": 0}, {"no_such_rule": 1}, {"save_desk": {"D": "x"}}, [1], "x"])
def test_what_is_no_rule_is_refused(given: Any) -> None:
    with pytest.raises(Refusal):
        read_rules(given, RuleBook())


def test_every_rule_has_words() -> None:
    assert set(BY_FIELD) == set(RuleBook.model_fields)
    assert all(words.title and words.does.endswith((".", "…")) for words in BY_FIELD.values())
