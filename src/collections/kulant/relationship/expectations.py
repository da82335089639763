"""The expectation check: some days after the first paid invoice somebody asks what was expected, and what was got.

It is asked in a call, not by a questionnaire. A gap becomes a task, and nothing automatic goes out until a person has
put it right and said how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from kulant.core.calendar import add_business_days
from kulant.core.errors import Conflict, Refusal
from kulant.core.events import Event
from kulant.core.words import day_words
from kulant.db import Act
from kulant.ledger.bulk import among
from kulant.ledger.erased import erased_customers
from kulant.ledger.models import Customer, Entry, OpenItem
from kulant.people.models import Creditor
from kulant.relationship.attachment import is_gap
from kulant.relationship.models import TimelineEvent
from kulant.relationship.models_care import ExpectationCheck
from kulant.relationship.rulebook import RuleBook, rules_of
from kulant.relationship.said import said
from kulant.relationship.tasks import KeyedTask, keep_tasks, tick_off

ASK, PUT_RIGHT = "expectation_check", "expectation_gap"
PUT_RIGHT_DAYS = 2  # working days


def keep_checks(act: Act, creditor: Creditor, rules: RuleBook) -> int:
    """Makes the checks that are due, takes in what surveys have answered, and keeps the tasks; how many are new.

    A customer is asked once, and only while it is soon enough for first impressions.
    """
    new = _due_checks(act, creditor, rules)
    act.session.add_all(new)
    act.session.flush()
    waiting = _waiting(act.session, creditor.id)
    _take_surveys(act, [check for check, _ in waiting if check.asked_on is None], rules)
    asking = [_asking(check, customer) for check, customer in waiting if check.asked_on is None]
    keep_tasks(act, creditor_id=creditor.id, kind=ASK, tasks=asking)
    _keep_gap_tasks(act, creditor, rules, waiting)
    return len(new)


def _keep_gap_tasks(
    act: Act, creditor: Creditor, rules: RuleBook, waiting: Sequence[tuple[ExpectationCheck, Customer]]
) -> None:
    gaps = [_mending(check, customer, creditor) for check, customer in waiting if is_open_gap(check, rules)]
    keep_tasks(act, creditor_id=creditor.id, kind=PUT_RIGHT, tasks=gaps)


def _due_checks(act: Act, creditor: Creditor, rules: RuleBook) -> list[ExpectationCheck]:
    """A check for each customer whose first paid invoice was paid so many days ago; one credited whole was not paid."""
    paid, earlier, credit = OpenItem, aliased(OpenItem), aliased(OpenItem)
    latest = act.today - timedelta(days=rules.check_after_days)
    credited = exists().where(
        Entry.item_id == paid.id, Entry.against_item_id == credit.id, credit.kind == "credit_note"
    )
    before = exists().where(
        earlier.customer_id == paid.customer_id,
        earlier.kind == "invoice",
        (earlier.settled_on < paid.settled_on) | ((earlier.settled_on == paid.settled_on) & (earlier.id < paid.id)),
    )
    rows = act.session.execute(
        select(paid.customer_id, paid.id, paid.settled_on).where(
            paid.creditor_id == creditor.id,
            paid.kind == "invoice",
            paid.customer_id.is_not(None),
            paid.settled_on <= latest,
            paid.settled_on >= latest - timedelta(days=rules.check_within_days),
            ~exists().where(ExpectationCheck.customer_id == paid.customer_id),
            paid.customer_id.not_in(erased_customers(creditor.id)),
            ~before,
            ~credited,
        )
    )
    after = timedelta(days=rules.check_after_days)
    return [
        ExpectationCheck(creditor_id=creditor.id, customer_id=customer_id, item_id=item_id, due=settled_on + after)
        for customer_id, item_id, settled_on in rows
        if settled_on is not None
    ]


def _waiting(session: Session, creditor_id: int) -> list[tuple[ExpectationCheck, Customer]]:
    """The checks nobody has closed, with whom they are about."""
    rows = session.execute(
        select(ExpectationCheck, Customer)
        .join(Customer, Customer.id == ExpectationCheck.customer_id)
        .where(ExpectationCheck.creditor_id == creditor_id, ExpectationCheck.closed_on.is_(None))
        .order_by(ExpectationCheck.due, ExpectationCheck.id)
    )
    return [(check, customer) for check, customer in rows]


def _take_surveys(act: Act, checks: Sequence[ExpectationCheck], rules: RuleBook) -> None:
    """What a customer answered elsewhere since the first invoice was paid is the answer to the check."""
    unanswered = {check.customer_id: check for check in checks}
    if not unanswered:
        return
    after = timedelta(days=rules.check_after_days)
    surveys = act.session.scalars(
        select(TimelineEvent)
        .where(TimelineEvent.customer_id.in_(unanswered), TimelineEvent.kind == "survey")
        .order_by(TimelineEvent.on, TimelineEvent.id)
    )
    for survey in surveys:
        check = unanswered[survey.customer_id]
        if survey.data.get("got") is not None and survey.on >= check.due - after:
            _write(
                check,
                Answer(survey.customer_id, survey.on, survey.data.get("expected"), survey.data["got"], survey.text),
            )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a customer said elsewhere that they expected and got, 0 to 10 each."""

    customer_id: int
    on: date
    expected: int | None
    got: int
    words: str | None


def take_answers(act: Act, creditor: Creditor, rules: RuleBook, answers: Sequence[Answer]) -> None:
    """Answers that came by a file or a program count at once, as those a clerk writes down.

    A gap among them becomes a task and holds automatic letters, also of a customer who was never asked. What was
    answered later, or was put right since, stands.
    """
    newest = {answer.customer_id: answer for answer in sorted(answers, key=lambda one: one.on)}
    if not newest:
        return
    rows = select(ExpectationCheck).where(among(act.session, ExpectationCheck.customer_id, newest))
    there = {check.customer_id: check for check in act.session.scalars(rows)}
    for customer_id, answer in newest.items():
        check = there.get(customer_id)
        if check is None:
            if not is_gap(answer.expected, answer.got, gap=rules.check_gap, low=rules.check_low):
                continue  # whether they are asked after their first paid invoice is the daily run's matter
            check = ExpectationCheck(creditor_id=creditor.id, customer_id=customer_id, due=answer.on)
            act.session.add(check)
        elif check.closed_on is not None or (check.asked_on is not None and check.asked_on > answer.on):
            continue
        _write(check, answer)
    act.session.flush()
    for check in there.values():
        if check.asked_on is not None:
            tick_off(act, creditor_id=creditor.id, key=f"check:{check.id}")
    _keep_gap_tasks(act, creditor, rules, _waiting(act.session, creditor.id))


def _write(check: ExpectationCheck, answer: Answer) -> None:
    check.asked_on, check.expected, check.got, check.words = answer.on, answer.expected, answer.got, answer.words


def _asking(check: ExpectationCheck, customer: Customer) -> KeyedTask:
    text = f"Call {customer.name}: their first invoice is paid. Ask what they expected of us, and what they got."
    return KeyedTask(key=f"check:{check.id}", text=text, due=check.due, customer_id=customer.id)


def _mending(check: ExpectationCheck, customer: Customer, creditor: Creditor) -> KeyedTask:
    asked = check.asked_on or check.due
    return KeyedTask(
        key=f"gap:{check.id}",
        text=f"{customer.name} {gap_words(check)}. Call, put it right, and say what was done.",
        due=add_business_days(asked, PUT_RIGHT_DAYS, creditor.country),
        customer_id=customer.id,
    )


def gap_words(check: ExpectationCheck) -> str:
    """What was answered: "expected 8 and got 4 of 10"."""
    expected = "" if check.expected is None else f"expected {check.expected} and "
    return f"{expected}got {check.got} of 10"


def check_of(session: Session, customer_id: int) -> ExpectationCheck | None:
    """The customer's expectation check, whatever has become of it."""
    return session.scalar(select(ExpectationCheck).where(ExpectationCheck.customer_id == customer_id))


def is_open_gap(check: ExpectationCheck, rules: RuleBook) -> bool:
    """Whether the check was answered with a gap and not closed since."""
    if check.got is None or check.closed_on is not None:
        return False
    return is_gap(check.expected, check.got, gap=rules.check_gap, low=rules.check_low)


def first_paid(session: Session, customer_id: int) -> date | None:
    """The day the customer's first invoice was paid."""
    return session.scalar(
        select(func.min(OpenItem.settled_on)).where(OpenItem.customer_id == customer_id, OpenItem.kind == "invoice")
    )


def answer_check(
    act: Act, *, customer: Customer, got: int, expected: int | None = None, words: str = ""
) -> ExpectationCheck:
    """Records what the customer said they expected and got, 0 to 10 each; it is not asked again."""
    for points in (expected, got):
        if points is not None and not 0 <= points <= 10:
            raise Refusal("bad_points", f"{points} is not between 0 and 10")
    check = check_of(act.session, customer.id)
    if check is None:
        check = ExpectationCheck(creditor_id=customer.creditor_id, customer_id=customer.id, due=act.today)
        act.session.add(check)
    elif check.closed_on is not None:
        raise Conflict("check_closed", f"the check was closed on {day_words(check.closed_on)}; record a note instead")
    check.asked_on, check.expected, check.got = act.today, expected, got
    check.words = said(words, "the answer") if words.strip() else None
    act.session.flush()
    tick_off(act, creditor_id=customer.creditor_id, key=f"check:{check.id}")
    answer = gap_words(check)
    text = f"{answer[:1].upper()}{answer[1:]}." + (f" {check.words}" if check.words else "")
    _tell(act, customer, "survey", text, {"expected": expected, "got": got})
    rules = rules_of(act.session, customer.creditor_id)
    if is_open_gap(check, rules):
        creditor = act.session.get_one(Creditor, customer.creditor_id)
        _keep_gap_tasks(act, creditor, rules, _waiting(act.session, creditor.id))
    return check


def close_check(act: Act, *, customer: Customer, why: str) -> ExpectationCheck:
    """Closes the check: the gap was put right, and how, or the customer does not want to be asked."""
    check = check_of(act.session, customer.id)
    if check is None:
        raise Refusal("no_check", f"there is no expectation check of {customer.name}")
    if check.closed_on is not None:
        raise Conflict("check_closed", f"the check was closed on {day_words(check.closed_on)} already")
    check.closed_why = said(why, "closing the check")
    check.closed_on = act.today
    for key in (f"check:{check.id}", f"gap:{check.id}"):
        tick_off(act, creditor_id=customer.creditor_id, key=key)
    done = "Not asked" if check.got is None else "Put right"
    _tell(act, customer, "check_closed", f"Expectation check closed. {done}: {check.closed_why}", {"check": check.id})
    return check


def _tell(act: Act, customer: Customer, kind: str, text: str, data: dict[str, int | None]) -> None:
    known = {name: value for name, value in data.items() if value is not None}
    act.tell(Event(kind, text, creditor_id=customer.creditor_id, customer_id=customer.id, data=known))
