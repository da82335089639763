"""The kind ladder of a late plan, by the way its customer is reached: e-mail, a letter, or a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from kulant.db import Act
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.closing import close
from kulant.delivery.loose import ends_early
from kulant.delivery.models import Delivery
from kulant.delivery.plan_events import follow_plans
from kulant.delivery.plan_notices import arrives_in_time
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.plans.limits import PlanRules
from kulant.plans.models import Plan
from kulant.plans.service import make_offers
from kulant.relationship.models import Task
from kulant.transaction import keep_events
from kulant.treatment.policies import apply_policy
from tests.support.factories import create_customer, create_invoice, create_payment

DUE = date(2026, 12, 1)  # the first of three payments, a Tuesday
NOON = datetime(2026, 12, 2, 11, 0, tzinfo=UTC)


def agreed(act: Act, creditor: Creditor, **reached: str | None) -> tuple[Plan, Customer]:
    customer = create_customer(act, creditor, **reached)
    create_invoice(act, creditor, customer, "10000.00", days_late=40)
    plan = make_offers(act, creditor=creditor, customer=customer, currency="NOK")
    return accept_plan(act, plan=plan, offer=2, name="Test Testesen"), customer


def days(act: Act, creditor: Creditor, first: int, last: int) -> Act:
    """Every day from the first to the last after the payment was due."""
    for late in range(first, last + 1):
        act = replace(act, today=DUE + timedelta(days=late))
        follow_plans(act, creditor)
    return act


def notes(act: Act, customer: Customer) -> list[Delivery]:
    rows = select(Delivery).where(Delivery.customer_id == customer.id, Delivery.kind == "instalment_reminder")
    return list(act.session.scalars(rows.order_by(Delivery.id)))


def calls(act: Act, customer: Customer) -> list[Task]:
    rows = select(Task).where(Task.customer_id == customer.id, Task.kind == "plan_late", Task.done_on.is_(None))
    return list(act.session.scalars(rows))


def test_by_e_mail_a_nudge_and_an_offer_by_post_both_in_one_letter_and_else_a_call_at_once(
    act: Act, creditor: Creditor
) -> None:
    _, mailed = agreed(act, creditor)
    _, posted = agreed(act, creditor, email=None)
    _, silent = agreed(act, creditor, email=None, address=None)
    day_1 = days(act, creditor, 1, 1)
    [letter] = notes(act, posted)
    assert (letter.channel, letter.recipient, letter.context["occasion"]) == (
        "letter", "Testgata 2\n0002 Oslo", "reshape",
    )  # fmt: skip
    assert letter.context["offer"]
    assert letter.context["pay_by"] == "2026-12-11"  # day 10: after the letter has come
    close(day_1, delivery=letter)
    assert calls(act, silent) == []

    days(act, creditor, 2, 4)
    assert [note.context["occasion"] for note in notes(act, mailed)] == ["nudge", "reshape"]
    assert len(notes(act, posted)) == 1
    assert notes(act, silent) == []
    [early] = calls(act, silent)  # on the day of the offer
    assert "Neither e-mail nor a letter reaches them in time. Offer another day, or smaller payments." in early.text
    assert calls(act, mailed) == calls(act, posted) == []

    days(act, creditor, 5, 6)
    assert [task.due for task in calls(act, mailed)] == [date(2026, 12, 7)]
    assert [task.due for task in calls(act, posted)] == [date(2026, 12, 9)]  # five business days after it left
    assert [task.id for task in calls(act, silent)] == [early.id]  # the same call, not one more


def test_no_letter_leaves_that_would_come_after_the_call_has_waited_long_enough() -> None:
    usual = PlanRules()
    assert arrives_in_time(date(2026, 12, 4), DUE, usual, "NO")  # day 3: there on Friday, day 10
    assert not arrives_in_time(date(2026, 12, 7), DUE, usual, "NO")
    christmas = date(2026, 12, 23)
    assert not arrives_in_time(christmas + timedelta(days=1), christmas, usual, "NO")


def test_a_note_about_a_late_payment_asks_once_more_before_it_leaves(act: Act, creditor: Creditor) -> None:
    apply_policy(act, creditor=creditor, text=CAPPED)
    plan, customer = agreed(act, creditor)
    later = days(act, creditor, 1, 1)
    [nudge] = notes(act, customer)
    assert ends_early(later, nudge, NOON) is None
    close(later, delivery=nudge)
    keep_events(later)  # the timeline counts it as having heard from us

    later = days(act, creditor, 4, 4)
    offer = notes(act, customer)[1]
    assert ends_early(later, offer, NOON + timedelta(days=3)) == "waits"
    assert offer.not_before.date() == date(2026, 12, 7)
    create_payment(act, creditor, "1000.00", reference=plan.reference)
    follow_plans(later, creditor)
    assert ends_early(later, offer, NOON + timedelta(days=3)) == "dropped"
    assert offer.error == "What is short of the instalment is another sum by now."


CAPPED = """
ladder: standard
country: NO
relationship: off
minimum_balance: {NOK: "50.00"}
minimum_days_between: 7
climb: one_step_per_run
steps:
  - {code: reminder, document: reminder, after: {days: 10, from: due_date}}
contact: {max_contacts: {count: 1, days: 5}}
"""
