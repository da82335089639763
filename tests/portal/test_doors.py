"""Each door leads to its end: agreeing to a plan, saying it is paid, disputing, asking for help, proposing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from fastapi.testclient import TestClient

from kulant.delivery.models import Delivery
from kulant.ledger.models import Customer, Dispute
from kulant.plans.models import Instalment, Plan
from kulant.plans.service import make_offers
from kulant.portal.fields import read_date, read_words
from kulant.relationship.models import Concern, Hold, Task, TimelineEvent
from tests.portal.conftest import Browser, Story, link_for
from tests.support.factories import create_customer, create_invoice, create_payment

CHECK = "parts/check?n=2&day=15"  # the second plan offered: three payments
SIX = "parts/check?n=3"
YES = {"agreed": "yes", "name": "Test Testesen", "proof": "A1"}


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
    assert plan.status == "active"
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


def test_a_plan_that_is_not_on_offer_leads_back_to_those_that_are(browser: Browser) -> None:
    browser.open("parts/check?n=12&day=1")
    assert str(browser.page.url).endswith("/parts")


# Seals


def test_a_form_without_our_seal_changes_nothing(browser: Browser, story: Story) -> None:
    for name, fields in ((CHECK, YES), ("help", {"please": "yes"}), ("paid", {"paid_on": "2026-11-20"})):
        for sealed in ("", "forged", "e30.aaaa.bbbb"):
            answer = browser.send_again(sealed, name, **fields)
            assert answer.status_code == 422
            assert "This page was open for a while" in answer.text
    assert (len(story.rows(Plan)), len(story.rows(Hold)), len(story.rows(Task))) == (0, 0, 0)


def test_a_seal_of_another_form_or_another_customer_is_refused(
    browser: Browser, client: TestClient, story: Story
) -> None:
    with story.doing() as act:
        other = create_customer(act, story.creditor, language="en")
        create_invoice(act, story.creditor, other, "5000.00")
        token = link_for(act, story.settings, other)
    theirs = Browser(client, f"/p/{token}").sealed("help")
    for sealed in (theirs, browser.sealed("paid")):
        assert browser.send_again(sealed, "help").status_code == 422
    assert story.rows(Hold) == []


# I have already paid


def test_saying_it_is_paid_holds_everything_for_five_business_days(browser: Browser, story: Story) -> None:
    answer = browser.send("paid", paid_on="2026-11-20", details="from my other account")
    assert "30\xa0November\xa02026" in answer.text
    [hold] = story.rows(Hold)
    assert (hold.code, hold.until) == ("says_paid", date(2026, 11, 30))
    [task] = story.rows(Task)
    assert "20 November 2026: from my other account" in task.text
    page = browser.open()
    assert "Thank you for telling us" in page and "30\xa0November\xa02026" in page
    assert "We cannot see the payment yet" not in page
    browser.send("paid", paid_on="2026-11-20")
    assert len(story.rows(Hold)) == len(story.rows(Task)) == 1


@pytest.mark.parametrize("day", ["", "yesterday", "2026-11-24", "2026-02-30"])
def test_a_day_that_cannot_be_is_asked_for_again(browser: Browser, story: Story, day: str) -> None:
    assert browser.send("paid", paid_on=day).status_code == 422
    assert story.rows(Hold) == []


# Something is wrong


def test_a_dispute_of_one_invoice_leaves_the_rest_payable(browser: Browser, story: Story) -> None:
    wrong = str(story.invoices[1].id)
    answer = browser.send("wrong", item=[wrong], reason="price", details="twice the agreed price")
    assert "26\xa0November\xa02026" in answer.text
    [dispute] = story.rows(Dispute)
    assert (dispute.item_id, dispute.source, dispute.amount_minor) == (story.invoices[1].id, "portal", None)
    assert dispute.reason == "Price or amount is wrong: twice the agreed price"
    assert story.rows(Task)[0].due == date(2026, 11, 26)
    page = browser.open()
    assert "We are looking into invoice A2" in page
    assert "6,000.00" in page
    assert browser.send("parts/check?n=2", **YES).status_code == 200
    assert story.rows(Plan)[0].claim_minor == 600_000


def test_a_part_of_an_invoice_can_be_disputed(browser: Browser, story: Story) -> None:
    browser.send("wrong", item=[str(story.invoices[0].id)], reason="faulty", amount="1 500,50")
    assert story.rows(Dispute)[0].amount_minor == 150_050
    assert "8,499.50" in browser.open()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": "price"}, "Choose at least one invoice."),
        ({"item": "first"}, "Choose what is wrong."),
        ({"item": "first", "reason": "other"}, "Tell us in a few words"),
        ({"item": "first", "reason": "price", "amount": "999999"}, "not more than the invoice"),
        ({"item": "first", "reason": "price", "amount": "a lot"}, "not more than the invoice"),
        ({"item": "both", "reason": "price", "amount": "5"}, "Leave the amount empty"),
        ({"item": "999999", "reason": "price"}, "Choose at least one invoice."),
    ],
)
def test_what_is_missing_is_said(browser: Browser, story: Story, fields: dict[str, str], sentence: str) -> None:
    ids = [str(invoice.id) for invoice in story.invoices[:2]]
    items = {"first": ids[:1], "both": ids}
    filled: dict[str, str | list[str]] = {
        **fields,
        "item": items.get(fields.get("item", ""), [fields["item"]] if "item" in fields else []),
    }
    answer = browser.send("wrong", **filled)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert story.rows(Dispute) == []


def test_nobody_disputes_another_customers_invoice(browser: Browser, story: Story) -> None:
    with story.doing() as act:
        other = create_customer(act, story.creditor)
        theirs = create_invoice(act, story.creditor, other, "5000.00")
    assert browser.send("wrong", item=[str(theirs.id)], reason="price").status_code == 422
    assert story.rows(Dispute) == []


# I can't manage this


def test_asking_for_help_stops_everything_for_thirty_days_and_calls_a_person(browser: Browser, story: Story) -> None:
    answer = browser.send("help", please="yes", phone="99 99 99 99", details="lost a large customer")
    assert "Test Kontakt will call you" in answer.text
    [hold] = story.rows(Hold)
    assert (hold.code, hold.until) == ("hardship", date(2026, 12, 23))
    [task] = story.rows(Task)
    assert "99 99 99 99" in task.text
    browser.send("help", please="yes")
    assert len(story.rows(Hold)) == len(story.rows(Task)) == 1


# A proposal of one's own


def test_a_proposal_waits_for_a_person_and_nothing_goes_out(browser: Browser, story: Story) -> None:
    browser.send("parts/own", monthly="1.500", details="from February")
    browser.send("parts/own", monthly="1.500", details="from February")
    [concern] = story.rows(Concern)
    assert concern.text == "Proposes to pay 1,500.00 NOK a month; from February"
    assert [hold.until for hold in story.rows(Hold)] == [date(2026, 11, 26)]
    assert len(story.rows(Task)) == 1
    assert browser.send("parts/own").status_code == 422
    assert browser.send("parts/own", monthly="some").status_code == 422


# Typed by hand


@pytest.mark.parametrize("typed", ["2026-11-20", "20.11.2026", "20/11/2026", "20. 11. 2026"])
def test_dates_are_understood(typed: str) -> None:
    assert read_date(typed) == date(2026, 11, 20)


def test_words_are_kept_short_and_on_one_line() -> None:
    assert read_words("  a\r\nb\x00\u202ec  ") == "a b c"
    assert len(read_words("x" * 5000)) == 1000
