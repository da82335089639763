"""Each door leads to its end: agreeing to a plan, saying it is paid, disputing, asking for help, proposing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from kulant.delivery.models import Delivery
from kulant.ledger.models import Customer, Dispute, OpenItem
from kulant.people.models import Creditor
from kulant.plans.models import CounterProposal, Instalment, Plan, PlanChange
from kulant.plans.service import cancel_plan, make_offers
from kulant.portal.fields import read_date, read_words
from kulant.relationship.models import Hold, Task, TimelineEvent
from kulant.relationship.models_care import HardshipNote, LateReason, Upload
from kulant.relationship.searching import end_searches
from tests.portal.conftest import TODAY, Browser, Story, link_for
from tests.support.factories import create_customer, create_invoice, create_payment

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


# Seals


@ON_SQLITE
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


def test_a_receipt_from_the_bank_is_kept_apart_and_the_confirmation_goes_out_once(
    browser: Browser, story: Story, tmp_path: Path
) -> None:
    sealed = browser.sealed("paid")
    answer = browser.send_file(sealed, "paid", ("../../Kvittering <1>.pdf", b"%PDF-1.7 proof"), paid_on="2026-11-20")
    assert "P-1" in answer.text and "We confirm it by e-mail to f…@c1.example" in answer.text
    [upload] = story.rows(Upload)
    assert (upload.about, upload.media_type, upload.size) == ("paid", "application/pdf", 14)
    assert upload.name == "Kvittering 1.pdf"
    assert (tmp_path / "documents" / "uploads" / upload.sha256[:2] / f"{upload.sha256}.upload").is_file()
    [confirmation] = story.rows(Delivery)
    assert (confirmation.kind, confirmation.context["what"]) == ("receipt", "says_paid")
    browser.open("done/paid/receipt.pdf")
    assert browser.page.content.startswith(b"%PDF")


@ON_SQLITE
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"MZ\x90 a program", "We can take a PDF, a PNG or a JPEG"),
        (b"<svg onload=alert(1)>", "We can take a PDF, a PNG or a JPEG"),
        (b"%PDF-" + b"x" * (5 * 1024 * 1024), "larger than 5 MB"),
    ],
)
def test_a_file_that_is_not_what_we_take_is_said_so_and_nothing_is_kept(
    browser: Browser, story: Story, content: bytes, sentence: str
) -> None:
    sealed = browser.sealed("paid")
    answer = browser.send_file(sealed, "paid", ("receipt.pdf", content), paid_on="2026-11-20")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert (story.rows(Upload), story.rows(Hold)) == ([], [])


def test_the_search_ends_when_the_payment_comes(browser: Browser, story: Story) -> None:
    browser.send("paid", paid_on="2026-11-20")
    with story.doing() as act:
        creditor = act.session.get_one(Creditor, story.creditor.id)
        assert end_searches(act, creditor) == 0
        create_payment(act, creditor, "6000.00", invoice=act.session.get_one(OpenItem, story.invoices[0].id))
        assert end_searches(act, creditor) == 1
        assert end_searches(act, creditor) == 0
    [hold] = story.rows(Hold)
    [task] = story.rows(Task)
    assert (hold.released_on, task.done_on) == (TODAY, TODAY)


@ON_SQLITE
@pytest.mark.parametrize("day", ["", "yesterday", "2026-11-24", "2026-02-30", "0001-01-01"])
def test_a_day_that_cannot_be_is_asked_for_again(browser: Browser, story: Story, day: str) -> None:
    assert browser.send("paid", paid_on=day).status_code == 422
    assert story.rows(Hold) == []


# Something is wrong


def test_a_dispute_of_one_invoice_leaves_the_rest_payable(browser: Browser, story: Story) -> None:
    wrong = str(story.invoices[1].id)
    answer = browser.send("wrong", item=[wrong], reason="price", details="twice the agreed price")
    assert "Test Kontakt looks into it" in answer.text
    assert "26\xa0November\xa02026" in answer.text
    [dispute] = story.rows(Dispute)
    assert (dispute.item_id, dispute.source, dispute.amount_minor) == (story.invoices[1].id, "portal", None)
    assert dispute.reason == "Price or amount is wrong: twice the agreed price"
    assert (dispute.owner, dispute.answer_by) == ("Test Kontakt", date(2026, 11, 26))
    [task] = story.rows(Task)
    assert (task.due, task.key) == (date(2026, 11, 25), f"dispute:{dispute.id}")  # the working day before the last
    page = browser.open()
    assert "We are looking into invoice A2" in page
    assert "Who looks into it" in page and "26\xa0November\xa02026" in page
    assert "6,000.00" in page
    assert browser.send("parts/check?n=2", **YES).status_code == 200
    assert story.rows(Plan)[0].claim_minor == 600_000


def test_parts_of_several_invoices_can_be_disputed_at_once(browser: Browser, story: Story) -> None:
    first, second = (str(invoice.id) for invoice in story.invoices[:2])
    amounts = {f"amount_{first}": "1 500,50", f"amount_{second}": ""}
    browser.send("wrong", item=[first, second], reason="faulty", **amounts)
    assert [dispute.amount_minor for dispute in story.rows(Dispute)] == [150_050, None]
    assert "4,499.50" in browser.open()


@ON_SQLITE
@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": "price"}, "Choose at least one invoice."),
        ({"item": "first"}, "Choose what is wrong."),
        ({"item": "first", "reason": "other"}, "Tell us in a few words"),
        ({"item": "first", "reason": "price", "amount": "999999"}, "not more than the invoice"),
        ({"item": "first", "reason": "price", "amount": "a lot"}, "not more than the invoice"),
        ({"item": "999999", "reason": "price"}, "Choose at least one invoice."),
    ],
)
def test_what_is_missing_is_said(browser: Browser, story: Story, fields: dict[str, str], sentence: str) -> None:
    first = str(story.invoices[0].id)
    filled: dict[str, str | list[str]] = {"reason": fields.get("reason", "")}
    if "item" in fields:
        filled["item"] = [first if fields["item"] == "first" else fields["item"]]
    if "amount" in fields:
        filled[f"amount_{first}"] = fields["amount"]
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


def test_asking_for_help_stops_everything_and_what_is_told_is_read_by_the_helper_alone(
    browser: Browser, story: Story
) -> None:
    answer = browser.send("help", please="yes", phone="99 99 99 99", details="lost a large customer")
    assert "Test Kontakt will call you by 26\xa0November\xa02026" in answer.text
    [hold] = story.rows(Hold)
    assert (hold.code, hold.until) == ("hardship", date(2026, 12, 23))
    [note] = story.rows(HardshipNote)
    assert (note.words, note.phone, note.owner) == ("lost a large customer", "99 99 99 99", "Test Kontakt")
    [task] = story.rows(Task)
    assert task.text == "Hardship, handled by Test Kontakt: call Kunde C1 and find a way together."
    everywhere = [hold.reason, task.text, *(event.text for event in story.rows(TimelineEvent))]
    everywhere += [row.text for row in story.rows(LateReason)] + [repr(one.context) for one in story.rows(Delivery)]
    assert not any("large customer" in text or "99 99" in text for text in everywhere)
    browser.send("help", please="yes")
    assert len(story.rows(Hold)) == len(story.rows(Task)) == len(story.rows(HardshipNote)) == 1


@ON_SQLITE
def test_nobody_asks_for_help_without_wanting_to(browser: Browser, story: Story) -> None:
    assert browser.send("help", details="x").status_code == 422
    assert story.rows(Hold) == []


@ON_SQLITE
def test_people_are_told_of_independent_advice_and_companies_are_not(
    browser: Browser, client: TestClient, story: Story
) -> None:
    assert "Free advice" not in browser.open("help")
    with story.doing() as act:
        person = create_customer(act, story.creditor, kind="consumer", language="en")
        create_invoice(act, story.creditor, person, "900.00")
        token = link_for(act, story.settings, person)
    page = Browser(client, f"/p/{token}").open("help")
    assert "NAV Økonomirådstelefonen" in page and "55 55 33 39" in page


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


# Typed by hand


@pytest.mark.parametrize("typed", ["2026-11-20", "20.11.2026", "20/11/2026", "20. 11. 2026"])
def test_dates_are_understood(typed: str) -> None:
    assert read_date(typed) == date(2026, 11, 20)


def test_words_are_kept_short_and_on_one_line() -> None:
    assert read_words("  a\r\nb\x00\u202ec  ") == "a b c"
    assert len(read_words("x" * 5000)) == 1000
