"""What customers tell us: they have paid, something is wrong, they cannot manage; forms and their seals."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from kulant.delivery.models import Delivery
from kulant.ledger.models import Dispute, OpenItem
from kulant.people.models import Creditor
from kulant.plans.models import Plan
from kulant.portal.fields import read_date, read_words
from kulant.relationship.models import Hold, Task, TimelineEvent
from kulant.relationship.models_care import HardshipNote, LateReason, Upload
from kulant.relationship.searching import end_searches
from tests.portal.conftest import TODAY, Browser, Story, link_for
from tests.support.factories import create_customer, create_invoice, create_payment

CHECK = "parts/check?n=2&day=15"  # the second plan offered: three payments
YES = {"agreed": "yes", "name": "Test Testesen", "proof": "A1"}


# What is refused before anything is written is refused alike on either database.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


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
    assert "P-1" in answer.text and "We confirm it by e-mail to f…\u2060@c1.example" in answer.text
    [upload] = story.rows(Upload)
    assert (upload.about, upload.media_type, upload.size) == ("paid", "application/pdf", 14)
    assert upload.name == "Kvittering 1.pdf"
    assert (tmp_path / "documents" / "uploads" / upload.sha256[:2] / f"{upload.sha256}.upload").is_file()
    [confirmation] = story.rows(Delivery)
    assert (confirmation.kind, confirmation.context["what"]) == ("receipt", "says_paid")


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


# Typed by hand


@pytest.mark.parametrize("typed", ["2026-11-20", "20.11.2026", "20/11/2026", "20. 11. 2026"])
def test_dates_are_understood(typed: str) -> None:
    assert read_date(typed) == date(2026, 11, 20)


def test_words_are_kept_short_and_on_one_line() -> None:
    assert read_words("  a\r\nb\x00\u202ec  ") == "a b c"
    assert len(read_words("x" * 5000)) == 1000
