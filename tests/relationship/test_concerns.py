"""Complaints and requests: an owner, a day by which we answer, an answer; and the clock that counts what is late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from kulant.core.calendar import is_business_day
from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.ledger.service import open_dispute
from kulant.people.models import Creditor
from kulant.relationship import queries
from kulant.relationship.concerns import (
    answer_concern,
    answer_day,
    give_concern,
    open_concern,
    settle_dispute,
)
from kulant.relationship.models import Concern, Task
from kulant.relationship.models_care import Strike
from kulant.relationship.rulebook import RuleBook
from kulant.relationship.service import add_note
from kulant.relationship.service_clock import keep_clock
from kulant.relationship.tasks import working_day_before
from tests.conftest import TODAY, Statements
from tests.support.factories import create_customer, create_invoice

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
COUNTRIES = st.sampled_from(("NO", "SE", "DK", "FI", "DE"))


@pytest.fixture
def customer(act: Act, creditor: Creditor) -> Customer:
    return create_customer(act, creditor, "K1", account_manager="Selger A")


def later(act: Act, day: date) -> Act:
    return replace(act, today=day)


def strikes(act: Act) -> list[Strike]:
    return list(act.session.scalars(select(Strike).order_by(Strike.id)))


def open_tasks(act: Act, creditor: Creditor) -> list[str]:
    return [task.text for task in queries.open_tasks(act.session, creditor.id)]


def test_a_complaint_noted_in_a_call_has_an_owner_and_a_day_in_working_days(act: Act, customer: Customer) -> None:
    concern = add_note(act, customer=customer, kind="complaint", text="Two boxes  were missing.")
    assert concern is not None
    assert (concern.owner, concern.answer_by, concern.text) == (
        "Selger A",
        date(2026, 11, 30),  # five working days after Monday 23 November
        "Two boxes were missing.",
    )
    told = act.events[-1]
    assert (told.kind, told.direction, told.data["owner"]) == ("complaint", "in", "Selger A")


def test_owner_and_day_may_be_chosen_but_not_a_day_that_has_passed(act: Act, customer: Customer) -> None:
    concern = open_concern(
        act, customer=customer, kind="request", text="A price list.", owner=" Kari  N ", answer_by=date(2026, 11, 24)
    )
    assert (concern.owner, concern.answer_by) == ("Kari N", date(2026, 11, 24))
    with pytest.raises(Refusal, match="late already"):
        open_concern(act, customer=customer, kind="request", text="Again.", answer_by=date(2026, 11, 20))


def test_a_task_is_due_the_working_day_before_and_goes_with_the_answer(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    concern = open_concern(act, customer=customer, kind="complaint", text="Late again.")
    [task] = queries.open_tasks(act.session, creditor.id)
    assert (task.due, task.customer_id) == (date(2026, 11, 27), customer.id)
    assert "Selger A" in task.text
    answer_concern(act, concern=concern, answer="Sent a new one.", outcome="put_right")
    assert open_tasks(act, creditor) == []
    keep_clock(act, creditor)
    assert open_tasks(act, creditor) == []


def test_an_answer_says_how_a_complaint_ended(act: Act, customer: Customer) -> None:
    concern = open_concern(act, customer=customer, kind="complaint", text="Late again.")
    with pytest.raises(Refusal, match="put_right, explained, rejected"):
        answer_concern(act, concern=concern, answer="Yes.", outcome="won")
    answer_concern(act, concern=concern, answer="Snow on the road.", outcome="explained")
    assert (concern.answered_on, concern.answer, concern.outcome) == (TODAY, "Snow on the road.", "explained")
    assert act.events[-1].text == "Complaint answered (explained): Snow on the road."
    with pytest.raises(Refusal, match="answered already"):
        answer_concern(act, concern=concern, answer="Once more.")
    request = open_concern(act, customer=customer, kind="request", text="A price list.")
    with pytest.raises(Refusal, match="only a complaint"):
        answer_concern(act, concern=request, answer="Sent.", outcome="put_right")


def test_it_can_be_given_to_somebody_else(act: Act, customer: Customer) -> None:
    concern = open_concern(act, customer=customer, kind="request", text="A price list.")
    give_concern(act, concern=concern, owner="Ola")
    assert concern.owner == "Ola"
    assert act.events[-1].kind == "concern_given"
    with pytest.raises(Refusal, match="name the person"):
        give_concern(act, concern=concern, owner="  ")


def test_our_own_error_in_a_complaint_or_a_dispute_is_a_strike(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    concern = open_concern(act, customer=customer, kind="complaint", text="The price was wrong.")
    answer_concern(act, concern=concern, answer="Credited.", outcome="put_right", our_error=True)
    invoice = create_invoice(act, creditor, customer)
    settle_dispute(
        act, dispute=open_dispute(act, item=invoice, reason="Never ordered."), outcome="Right.", our_error=True
    )
    other = create_invoice(act, creditor, customer)
    settle_dispute(act, dispute=open_dispute(act, item=other, reason="Too much."), outcome="Was right after all.")
    assert [(one.code, one.text, one.item_id) for one in strikes(act)] == [
        ("invoice_error", "The price was wrong.", None),
        ("invoice_error", "Never ordered.", invoice.id),
    ]


def test_an_answer_on_its_last_day_is_in_time_and_the_day_after_is_not(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    open_concern(act, customer=customer, kind="request", text="A price list.")  # by Thursday 26 November
    assert keep_clock(later(act, date(2026, 11, 26)), creditor) == 0
    assert keep_clock(later(act, date(2026, 11, 27)), creditor) == 1
    [strike] = strikes(act)
    assert (strike.code, strike.on, strike.customer_id) == ("late_reply", date(2026, 11, 27), customer.id)


def test_one_late_answer_counts_once_however_late_it_comes(act: Act, creditor: Creditor, customer: Customer) -> None:
    concern = open_concern(act, customer=customer, kind="request", text="A price list.")
    for days in (4, 4, 5, 30):
        keep_clock(later(act, TODAY + timedelta(days=days)), creditor)
    answer_concern(later(act, TODAY + timedelta(days=31)), concern=concern, answer="Here it is.")
    assert keep_clock(later(act, TODAY + timedelta(days=32)), creditor) == 0
    assert [one.code for one in strikes(act)] == ["late_reply"]


def test_an_answer_that_came_late_between_two_runs_counts_too(act: Act, creditor: Creditor, customer: Customer) -> None:
    concern = open_concern(act, customer=customer, kind="request", text="A price list.")
    answer_concern(later(act, date(2026, 11, 30)), concern=concern, answer="Here it is.")
    assert keep_clock(later(act, date(2026, 11, 30)), creditor) == 1


def test_what_nobody_gave_a_day_and_what_is_long_past_counts_nothing(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    for opened, answer_by in ((date(2026, 1, 5), None), (date(2023, 1, 5), date(2023, 1, 12))):
        act.session.add(
            Concern(
                creditor_id=creditor.id, customer_id=customer.id, kind="request", text="Old.", opened_on=opened,
                answer_by=answer_by,
            )
        )  # fmt: skip
    assert keep_clock(act, creditor) == 0


def test_the_clock_again_the_same_day_changes_nothing(act: Act, creditor: Creditor, customer: Customer) -> None:
    open_concern(act, customer=customer, kind="request", text="A price list.")
    someday = later(act, date(2026, 12, 1))
    keep_clock(someday, creditor)
    told, tasks = len(someday.events), len(act.session.scalars(select(Task)).all())
    assert keep_clock(someday, creditor) == 0
    assert (len(someday.events), len(act.session.scalars(select(Task)).all())) == (told, tasks)


def test_ten_times_the_requests_are_no_more_statements(
    act: Act, creditor: Creditor, customer: Customer, statements: Statements
) -> None:
    def sent(count: int) -> int:
        for n in range(count):
            open_concern(act, customer=customer, kind="request", text=f"Request {count}, {n}.")
        act.session.flush()
        statements.clear()
        keep_clock(act, creditor)
        act.session.flush()
        return len(statements)

    sent(1)
    assert sent(3) == sent(30)


@given(opened=DAYS, country=COUNTRIES, kind=st.sampled_from(("complaint", "request")), days=st.integers(1, 30))
def test_the_answer_day_is_so_many_working_days_on(opened: date, country: str, kind: str, days: int) -> None:
    rules = RuleBook(complaint_answer_days=days, request_answer_days=days)
    last = answer_day(kind, opened, rules, country)
    between = [opened + timedelta(days=n) for n in range(1, (last - opened).days + 1)]
    assert is_business_day(last, country)
    assert sum(is_business_day(day, country) for day in between) == days


@given(last=DAYS, country=COUNTRIES)
def test_a_task_is_due_on_the_last_working_day_before(last: date, country: str) -> None:
    day = working_day_before(last, country)
    assert day < last and is_business_day(day, country)
    assert not any(is_business_day(day + timedelta(days=n), country) for n in range(1, (last - day).days))
