"""Plans in the portal: agreeing to one that is offered, proposing one's own, changing one that runs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from kulant.delivery.models import Delivery
from kulant.ledger.models import Customer
from kulant.plans.models import CounterProposal, Instalment, Plan, PlanChange
from kulant.plans.service import cancel_plan, make_offers
from kulant.relationship.models import Hold, Task, TimelineEvent
from tests.portal.conftest import Browser, Story
from tests.support.factories import create_payment

CHECK = "parts/check?n=2&day=15"  # the second plan offered: three payments
SIX = "parts/check?n=3"
YES = {"agreed": "yes", "name": "Test Testesen", "proof": "A1"}


# What is refused before anything is written is refused alike on either database.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def kinds(story: Story) -> list[str]:
    return [event.kind for event in story.rows(TimelineEvent)]


# Pay in parts


def test_the_customer_chooses_checks_and_agrees(browser: Browser, story: Story) -> None:
    assert "3 payments" in browser.open("parts")
    assert "No extra cost" in browser.page.text
    assert "we first ask you" in browser.page.text
    assert "15\xa0December\xa02026" in browser.open("parts/day?n=2")
    assert "3,334.00" in browser.open(CHECK)
    answer = browser.send(CHECK, **YES)
    assert answer.status_code == 200
    assert "We have an agreement" in answer.text
    [plan] = story.rows(Plan)
    assert plan.reference in answer.text
    assert plan.status == "accepted"
    assert plan.evidence is not None
    assert (plan.evidence["name"], plan.evidence["by"]) == ("Test Testesen", "portal")
    assert [part.due for part in story.rows(Instalment)] == [date(2026, 12, 15), date(2027, 1, 15), date(2027, 2, 15)]
    assert "plan_accepted" in kinds(story)
    assert [delivery.key for delivery in story.rows(Delivery)] == [f"plan:{plan.id}:accepted"]
    assert [task.kind for task in story.rows(Task)] == ["plan_accepted"]
    assert "Pay in parts" not in browser.open()


def test_paying_later_at_once_is_a_plan_too(browser: Browser, story: Story) -> None:
    browser.open("parts/day?n=1")
    assert "parts/check" in str(browser.page.url)
    assert browser.send("parts/check?n=1", **YES).status_code == 200
    assert [part.due for part in story.rows(Instalment)] == [date(2026, 12, 7)]


def test_a_day_of_ones_own(browser: Browser, story: Story) -> None:
    browser.send("parts/check?n=2&day=own&own=20", **YES)
    assert [part.due.day for part in story.rows(Instalment)] == [21, 20, 22]


@ON_SQLITE
def test_a_day_that_no_month_has_is_asked_for_again(browser: Browser) -> None:
    browser.open("parts/check?n=2&day=own&own=32")
    assert str(browser.page.url).endswith("parts/day?n=2")


def test_the_offer_made_by_the_clerk_is_the_one_agreed(browser: Browser, story: Story) -> None:
    with story.doing(date(2026, 11, 19)) as act:
        offered = make_offers(act, creditor=story.creditor, customer=story.customer, currency="NOK")
    browser.send(SIX, **YES)
    [plan] = story.rows(Plan)
    assert (plan.id, plan.accepted_offer) == (offered.id, 3)


def test_sending_the_form_twice_gives_one_plan(browser: Browser, story: Story) -> None:
    sealed = browser.sealed(CHECK)
    first = browser.send_again(sealed, CHECK, **YES)
    second = browser.send_again(sealed, CHECK, **YES)
    assert first.status_code == second.status_code == 200
    assert str(first.url) == str(second.url)
    assert len(story.rows(Plan)) == 1
    assert len(story.rows(Instalment)) == 3
    assert len(story.rows(Task)) == 1


def test_two_tabs_with_two_plans_agree_to_the_first_only(browser: Browser, story: Story) -> None:
    other_tab = browser.sealed(SIX)
    browser.send(CHECK, **YES)
    answer = browser.send_again(other_tab, SIX, **YES)
    assert answer.status_code == 409
    assert "We already have an agreement" in answer.text
    assert len(story.rows(Instalment)) == 3


def test_two_forms_sent_in_the_same_moment_make_one_plan(browser: Browser, story: Story) -> None:
    forms = [(CHECK, browser.sealed(CHECK)), (SIX, browser.sealed(SIX))] * 3

    def send(form: tuple[str, str]) -> int:
        return Browser(browser.client, browser.path).send_again(form[1], form[0], **YES).status_code

    with ThreadPoolExecutor(len(forms)) as pool:
        answers = sorted(pool.map(send, forms))
    assert answers == [200, 200, 200, 409, 409, 409]
    [plan] = story.rows(Plan)
    assert len(story.rows(Instalment)) == (3 if plan.accepted_offer == 2 else 6)
    assert len(story.rows(Task)) == len(story.rows(Delivery)) == 1


def test_a_payment_that_came_in_between_is_shown_before_anything_is_agreed(browser: Browser, story: Story) -> None:
    sealed = browser.sealed(CHECK)
    with story.doing() as act:
        customer = act.session.get_one(Customer, story.customer.id)
        create_payment(act, story.creditor, "1000.00", customer=customer)
    answer = browser.send_again(sealed, CHECK, **YES)
    assert answer.status_code == 422
    assert "Something has changed since you opened the page" in answer.text
    assert "3,000.00" in answer.text
    assert story.rows(Plan) == []
    assert browser.send(CHECK, **YES).status_code == 200
    assert [part.amount_minor for part in story.rows(Instalment)] == [300_000] * 3


def test_a_debt_that_was_paid_in_between_is_agreed_by_nobody(browser: Browser, story: Story) -> None:
    sealed = browser.sealed(CHECK)
    with story.doing() as act:
        customer = act.session.get_one(Customer, story.customer.id)
        create_payment(act, story.creditor, "10000.00", customer=customer)
    answer = browser.send_again(sealed, CHECK, **YES)
    assert story.rows(Plan) == []
    assert "You have nothing to pay right now" in answer.text or "Something has changed" in answer.text


def test_an_offer_taken_back_in_between_is_agreed_by_nobody_until_it_is_looked_at_again(
    browser: Browser, story: Story
) -> None:
    with story.doing() as act:
        plan = make_offers(act, creditor=story.creditor, customer=story.customer, currency="NOK")
    sealed = browser.sealed(CHECK)
    with story.doing() as act:
        cancel_plan(act, plan=act.session.get_one(Plan, plan.id), reason="made by mistake")
    answer = browser.send_again(sealed, CHECK, **YES)
    states = [one.status for one in story.rows(Plan)]
    # The same payments are on offer to everybody: what the customer saw is what they get, or nothing is agreed.
    assert ("We have an agreement" in answer.text) == ("accepted" in states)
    assert states.count("accepted") <= 1 and states[0] == "cancelled"


@ON_SQLITE
def test_without_the_tick_or_the_name_nothing_is_agreed_and_nothing_typed_is_lost(
    browser: Browser, story: Story
) -> None:
    answer = browser.send(CHECK, name="Test Testesen")
    assert answer.status_code == 422
    assert "Tick the box" in answer.text
    assert 'value="Test Testesen"' in answer.text
    answer = browser.send(CHECK, agreed="yes", name=" ")
    assert "Write your name" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert story.rows(Plan) == []


@ON_SQLITE
def test_a_plan_that_is_not_on_offer_leads_back_to_those_that_are(browser: Browser) -> None:
    browser.open("parts/check?n=12&day=1")
    assert str(browser.page.url).endswith("/parts")


# A proposal of one's own

OWN = "parts/own/check?monthly=1000&first=2027-01-20&details=after+New+Year"


def test_a_plan_of_ones_own_within_the_limits_is_agreed_at_once(browser: Browser, story: Story) -> None:
    page = browser.open("parts/own/check?monthly=2500&day=20")
    assert "We can agree to this right away" in page and "2,500.00" in page
    assert browser.send("parts/own/check?monthly=2500&day=20", **YES).status_code == 200
    [plan] = story.rows(Plan)
    assert plan.status == "accepted"
    assert [part.amount_minor for part in story.rows(Instalment)] == [250_000] * 4
    assert "We have an agreement" in browser.page.text


def test_beyond_the_limits_a_person_answers_and_nothing_goes_out_meanwhile(browser: Browser, story: Story) -> None:
    assert "A person looks at this and answers you by 24\xa0November\xa02026" in browser.open(OWN)
    browser.send(OWN, **YES)
    browser.send(OWN, **YES)
    waiting = [one for one in story.rows(CounterProposal) if one.status == "waiting"]
    assert [(one.words, one.consequence["count"]) for one in waiting] == [("after New Year", 10)]
    assert [hold.until for hold in story.rows(Hold)] == [date(2026, 11, 26)]
    assert "You get an answer by 24\xa0November\xa02026" in browser.page.text
    assert "you get an answer by" in browser.open()


@ON_SQLITE
@pytest.mark.parametrize(
    "wish", ["", "monthly=some", "monthly=1", "count=99", "monthly=2000&first=2020-01-01", "count=3&day=40"]
)
def test_a_wish_that_cannot_be_is_asked_for_again(browser: Browser, wish: str) -> None:
    browser.open(f"parts/own/check?{wish}")
    assert browser.page.status_code == 422
    assert 'aria-invalid="true"' in browser.page.text


# Changing an agreed plan


@pytest.fixture
def agreed(browser: Browser, story: Story) -> Plan:
    browser.send(CHECK, **YES)
    return story.rows(Plan)[0]


def test_one_payment_is_moved_and_the_new_plan_confirmed(browser: Browser, story: Story, agreed: Plan) -> None:
    assert "Move one payment" in browser.open("plan")
    page = browser.open("plan/change/move/check?number=1&to=2026-12-22")
    assert "before: 15\xa0December\xa02026" in page
    sealed = browser.sealed("plan/change/move/check?number=1&to=2026-12-22")
    refused = browser.send_again(sealed, "plan/change/move/check?number=1&to=2026-12-22")
    assert refused.status_code == 422  # no tick
    for _ in range(2):
        answer = browser.send_again(sealed, "plan/change/move/check?number=1&to=2026-12-22", agreed="yes")
        assert "The plan is changed" in answer.text
    assert story.rows(Instalment)[0].due == date(2026, 12, 22)
    [change] = story.rows(PlanChange)
    assert f"plan:{agreed.id}:changed:{change.id}" in [one.key for one in story.rows(Delivery)]
    assert "Move one payment" not in browser.open("plan")


def test_a_month_is_skipped_a_day_changed_and_the_rest_divided_anew(
    browser: Browser, story: Story, agreed: Plan
) -> None:
    for change in ("skip/check?number=1", "day/check?day=own&own=20", "reshape/check?count=5"):
        answer = browser.send(f"plan/change/{change}", agreed="yes")
        assert "The plan is changed" in answer.text, change
    now = story.rows(Instalment)
    assert len(now) == 5
    assert sum(part.amount_minor for part in now) == agreed.claim_minor


@ON_SQLITE
def test_a_change_that_cannot_be_says_why(browser: Browser, story: Story, agreed: Plan) -> None:
    assert "too far away" in browser.open("plan/change/move/check?number=1&to=2027-05-01")
    assert "Choose a day" in browser.open("plan/change/move/check?number=1")
    assert browser.page.status_code == 422
    assert "how the plan is already" in browser.open("plan/change/day/check?day=15")
    assert story.rows(PlanChange) == []


@ON_SQLITE
def test_paying_all_of_it_at_once_is_always_possible(browser: Browser, agreed: Plan) -> None:
    page = browser.open("plan/early")
    assert "10,000.00" in page and agreed.reference in page
