"""What the customer sees, and that looking changes nothing."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from kulant.db import Base, engine_for
from kulant.delivery.acceptance import accept_plan
from kulant.ledger.charges import NewCharge, post_charges
from kulant.ledger.models import Customer, OpenItem
from kulant.people.models import Creditor
from kulant.plans.links import find_link, revoke_link
from kulant.plans.models import PortalLink
from kulant.plans.service import make_offers
from tests.portal.conftest import TODAY, Browser, Story, link_for
from tests.support.factories import create_customer, create_invoice, create_payment

# Pages are drawn alike from either database; the doors are tried on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGES = ["", "pay", "parts", "parts/day?n=2", "parts/check?n=2&day=15", "parts/own", "paid", "wrong", "help"]


def fingerprint(url: str) -> str:
    """Everything in the database, in one number."""
    with Session(engine_for(url)) as session:
        rows = [
            (table.name, sorted(map(repr, session.execute(text(f"SELECT * FROM {table.name}")))))
            for table in Base.metadata.sorted_tables
        ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_the_first_page_says_who_asks_for_what_and_offers_five_doors(browser: Browser) -> None:
    page = browser.open()
    assert "Nordlys Engros AS" in page
    assert "2 invoices are still open" in page
    assert "10,000.00" in page
    assert "987 654 325" in page
    for door in ("Pay now", "Pay in parts", "I have already paid", "Something is wrong", "I can’t manage this"):
        assert door in page
    assert "A3" in page.partition("Not due yet")[2]


def test_opening_every_page_changes_nothing(browser: Browser, story: Story) -> None:
    before = fingerprint(story.settings.database_url)
    seen: set[str] = set()
    waiting = [f"http://testserver{browser.path}"]
    while waiting:
        address = waiting.pop()
        if address in seen or browser.path not in address:
            continue
        seen.add(address)
        browser.page = browser.client.get(address)
        assert browser.page.status_code == 200, address
        waiting += [each for each in browser.links() if "lang=" not in each or "lang=sv" in each]
    for name in ("done/paid", "done/help", "done/nonsense", "plan", "parts/day?n=1", "parts/check?n=99"):
        browser.open(name)
    assert len(seen) > 15
    assert fingerprint(story.settings.database_url) == before


def test_looking_at_an_agreed_plan_and_its_pdf_changes_nothing(browser: Browser, story: Story) -> None:
    with story.doing() as act:
        plan = make_offers(act, creditor=story.creditor, customer=story.customer, currency="NOK")
        accept_plan(act, plan=plan, offer=2, name="Test Testesen")
    story.carry_out()
    before = fingerprint(story.settings.database_url)
    assert "Next payment" in browser.open()
    assert "Your reference" in browser.open("plan")
    browser.open("plan.pdf")
    assert browser.page.content.startswith(b"%PDF")
    assert browser.page.headers["content-type"] == "application/pdf"
    assert plan.reference in browser.open("pay")
    assert fingerprint(story.settings.database_url) == before


def test_one_small_script_of_our_own_copies_and_no_page_may_be_kept_framed_or_found(browser: Browser) -> None:
    for name in PAGES:
        page = browser.open(name)
        assert browser.page.status_code == 200
        scripts = re.findall(r"<script[^>]*>", page)
        assert [one for one in scripts if not one.startswith('<script src="/static/portal.js?')] == []
        assert len(scripts) == (1 if name in ("pay", "paid", "wrong") else 0)
        assert "style=" not in page
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)
    headers = browser.page.headers
    assert "script-src 'self';" in headers["content-security-policy"]
    assert "connect-src" not in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "noindex" in headers["x-robots-tag"]


@pytest.mark.parametrize(
    ("language", "words"),
    [("nb", "Del opp betalingen"), ("da", "Del betalingen op"), ("sv", "Dela upp betalningen"), ("en", "Pay in parts")],
)
def test_the_page_speaks_the_customers_language_and_keeps_the_one_they_choose(
    client: TestClient, story: Story, browser: Browser, language: str, words: str
) -> None:
    with story.doing() as act:
        customer = create_customer(act, story.creditor, language=language)
        create_invoice(act, story.creditor, customer, "5000.00")
        token = link_for(act, story.settings, customer)
    own = Browser(client, f"/p/{token}")
    assert words in own.open()
    assert f'<html lang="{language}">' in own.page.text
    assert words in browser.open(f"?lang={language}")
    assert any(f"parts?lang={language}" in link for link in browser.links())


def test_an_address_that_never_was_a_link_says_nothing(client: TestClient, story: Story) -> None:
    for guess in ("x", "A" * 43, story.token[:-1] + ("A" if story.token[-1] != "A" else "B")):
        answer = client.get(f"/p/{guess}")
        assert answer.status_code == 404
        assert "Nordlys" not in answer.text
        assert "Kunde" not in answer.text


@pytest.mark.parametrize("how", ["expired", "revoked"])
def test_a_closed_link_shows_only_whom_to_call(client: TestClient, story: Story, how: str) -> None:
    with story.doing() as act:
        found = find_link(act.session, story.token, TODAY)
        assert found is not None
        if how == "revoked":
            revoke_link(act, link=found.link)
        else:
            act.session.get_one(PortalLink, found.link.id).expires_on = TODAY - timedelta(days=1)
    for name in ("", "/pay", "/plan.pdf"):
        answer = client.get(f"/p/{story.token}{name}")
        assert answer.status_code == 410
        assert "+47 22 00 00 01" in answer.text
        assert story.customer.name not in answer.text
        assert "A1" not in answer.text
    assert client.post(f"/p/{story.token}/help").status_code == 410


def test_a_customer_sees_only_their_own_account(client: TestClient, story: Story, browser: Browser) -> None:
    with story.doing() as act:
        other = create_customer(act, story.creditor, name="Somebody Else AS")
        create_invoice(act, story.creditor, other, "12345.00", number="SECRET-9")
    for name in PAGES:
        page = browser.open(name)
        assert "SECRET-9" not in page
        assert "Somebody Else" not in page


def test_a_customer_who_owes_nothing_is_thanked(client: TestClient, story: Story) -> None:
    with story.doing() as act:
        customer = create_customer(act, story.creditor, language="en")
        token = link_for(act, story.settings, customer)
    page = client.get(f"/p/{token}").text
    assert "You have nothing to pay right now" in page
    assert "Pay in parts" not in page
    for name in PAGES[1:]:
        assert client.get(f"/p/{token}/{name}").status_code == 200


def test_what_is_written_by_others_is_shown_as_text(client: TestClient, story: Story) -> None:
    with story.doing() as act:
        customer = create_customer(act, story.creditor, name="<script>alert(1)</script> & Sons")
        create_invoice(act, story.creditor, customer, "5000.00", number="<b>1</b>")
        token = link_for(act, story.settings, customer)
    page = client.get(f"/p/{token}?lang=%22%3E%3Cscript%3E&currency=%3Cx").text
    assert "<script" not in page
    assert "<b>1" not in page
    assert "&lt;b&gt;1&lt;/b&gt;" in page


def test_each_currency_is_paid_and_divided_on_its_own(client: TestClient, story: Story, browser: Browser) -> None:
    with story.doing() as act:
        customer = act.session.get_one(Customer, story.customer.id)
        create_invoice(act, story.creditor, customer, "900.00", currency="EUR", number="E1")
    page = browser.open()
    assert "10,000.00" in page
    assert "900.00" in page
    assert "E1" in browser.open("pay")
    assert "900.00" in browser.open("parts")
    assert "10,000.00" not in browser.open("parts?currency=EUR").replace("You also owe NOK\xa010,000.00", "")
    assert browser.page.status_code == 200


def test_money_already_received_is_deducted(story: Story, browser: Browser) -> None:
    with story.doing() as act:
        customer = act.session.get_one(Customer, story.customer.id)
        create_payment(act, story.creditor, "1500.00", customer=customer)
    assert "8,500.00" in browser.open()
    assert "8,500.00" in browser.open("pay")
    assert "4,500.00" in browser.page.text


def test_a_page_with_numbers_that_are_none_is_answered_calmly(browser: Browser) -> None:
    browser.open("parts/check?n=three")
    assert browser.page.status_code == 422
    assert "Nothing was changed" in browser.page.text
    assert "traceback" not in browser.page.text.lower()


def charge(story: Story, *, kind: str = "fee", minor: int = 3800) -> None:
    with story.doing() as act:
        invoice = act.session.get_one(OpenItem, story.invoices[0].id)
        creditor = act.session.get_one(Creditor, story.creditor.id)
        new = NewCharge(kind, invoice, minor, "inkassoforskriften 1-2")
        post_charges(act, creditor=creditor, letter=1, charges=[new], due=TODAY + timedelta(days=14))


def test_what_letters_charged_is_shown_apart_and_asked_for_with_the_invoices(story: Story, browser: Browser) -> None:
    charge(story)
    page = browser.open()
    assert "NOK\u00a010,038.00" in page
    assert "Fee, from our letter of 23\xa0November\xa02026" in page
    assert "We have added no fees" not in page
    assert "6,038.00" in browser.open("pay")  # with the invoice it was charged on


def test_a_plan_leaves_out_what_letters_charged(story: Story, browser: Browser) -> None:
    charge(story)
    assert "You pay NOK\u00a010,000.00 and nothing more." in browser.open("parts")


def test_a_charge_alone_is_asked_of_nobody(story: Story, browser: Browser) -> None:
    charge(story)
    with story.doing() as act:
        creditor = act.session.get_one(Creditor, story.creditor.id)
        for invoice in story.invoices[:2]:
            named = act.session.get_one(OpenItem, invoice.id)
            create_payment(act, creditor, f"{named.open_minor / 100:.2f}", invoice=named)
    assert "You have nothing to pay right now" in browser.open()
