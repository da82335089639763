"""The PDFs a customer can fetch are those that are archived, byte for byte, and asking for one never draws another."""

from __future__ import annotations

from email import message_from_bytes, policy
from hashlib import sha256
from pathlib import Path

import pytest

from kulant.delivery.models import Delivery
from kulant.delivery.portal_mail import address_of
from kulant.ledger.models import Contact, Customer
from kulant.letters.models import Document
from kulant.plans.models import Plan
from tests.portal.conftest import Browser, Story

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CHECK = "parts/check?n=2&day=15"


def without_email(story: Story) -> None:
    with story.doing() as act:
        for contact in act.session.query(Contact).filter(Contact.customer_id == story.customer.id):
            contact.email = None
        assert address_of(act.session, act.session.get_one(Customer, story.customer.id)) is None


def agree(browser: Browser) -> None:
    assert "We have an agreement" in browser.send(CHECK, agreed="yes", name="Test Testesen", proof="A1").text


def test_an_agreement_is_drawn_once_and_its_digest_is_in_the_evidence_even_without_an_e_mail_address(
    browser: Browser, story: Story, tmp_path: Path
) -> None:
    without_email(story)
    agree(browser)
    page = browser.open("plan.pdf")
    assert (browser.page.status_code, "The PDF is not ready yet" in page) == (202, True)
    assert story.rows(Document) == [], "asking for it draws nothing"
    story.carry_out()
    browser.open("plan.pdf")
    [document], [plan], [kept] = story.rows(Document), story.rows(Plan), story.rows(Delivery)
    assert sha256(browser.page.content).hexdigest() == document.sha256 == (plan.evidence or {})["pdf_sha256"]
    assert (kept.channel, kept.status, kept.recipient) == ("archive", "sent", None)
    assert not list((tmp_path / "outbox").glob("*")), "nothing went anywhere"
    story.carry_out()
    browser.open("plan.pdf")
    assert sha256(browser.page.content).hexdigest() == document.sha256
    assert len(story.rows(Document)) == 1


def test_what_came_by_e_mail_is_what_the_page_gives(browser: Browser, story: Story, tmp_path: Path) -> None:
    agree(browser)
    browser.send("paid", paid_on="2026-11-20")
    story.carry_out()
    mailed = {
        sha256(part.get_content()).hexdigest()
        for file in (tmp_path / "outbox").glob("*.eml")
        for part in message_from_bytes(file.read_bytes(), policy=policy.default).iter_attachments()
    }
    assert mailed
    for name in ("plan.pdf", "done/paid/receipt.pdf"):
        browser.open(name)
        archived = {document.sha256 for document in story.rows(Document)}
        assert sha256(browser.page.content).hexdigest() in archived
    browser.open("plan.pdf")
    assert sha256(browser.page.content).hexdigest() in mailed


def test_without_an_e_mail_address_a_receipt_waits_on_the_page_and_each_report_has_its_own(
    browser: Browser, story: Story
) -> None:
    without_email(story)
    first, second, _ = story.invoices
    browser.send("wrong", item=str(first.id), reason="price")
    assert "D-1" in browser.open("done/wrong")
    browser.send("wrong", reason="returned")
    assert "D-2" in browser.open("done/wrong"), "what was told last is what is confirmed"
    assert browser.open("done/wrong/receipt.pdf") and browser.page.status_code == 202
    story.carry_out()
    browser.open("done/wrong/receipt.pdf")
    assert browser.page.content.startswith(b"%PDF")
    said = {document.sha256: document.content for document in story.rows(Document)}
    assert second.number in repr(said[sha256(browser.page.content).hexdigest()])
    assert browser.page.headers["cache-control"] == "no-store"


def test_a_pdf_of_nothing_leads_to_the_customers_page(browser: Browser) -> None:
    for name in ("plan.pdf", "done/help/receipt.pdf"):
        answer = browser.client.get(f"{browser.path}/{name}", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, browser.path)
