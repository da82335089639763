"""Statements, traces, ageing and what Kulant posted, at the desk: every figure leads to what it rests on."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.db import engine_for
from kulant.ledger.charges import NewCharge, post_charges
from kulant.ledger.models import OpenItem
from kulant.ledger.queries import customer_by_number, document_by_number
from kulant.people.models import AuditEntry
from kulant.people.service import find_creditor
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk
from tests.support import factories as make


@pytest.fixture
def booked(portfolio: Settings) -> Settings:
    """Fjordbakeriet has paid a part, owes a fee besides, and has an account in euro."""
    with doing(portfolio, actor="seed") as act:
        nord = find_creditor(act.session, "NORD")
        customer = customer_by_number(act.session, nord.id, "K1")
        invoice = document_by_number(act.session, nord.id, "INV-K1")
        make.create_payment(act, nord, "2500.00", invoice=invoice, number="PAY-1", on=date(2026, 11, 10))
        post_charges(
            act, creditor=nord, letter=7, charges=[NewCharge("fee", invoice, 3800, "Inkassoforskriften")], due=act.today
        )
        make.create_invoice(act, nord, customer, "100.00", number="EUR-1", currency="EUR")
    return portfolio


def item_id(settings: Settings, number: str) -> int:
    """The row of the item of that number."""
    with Session(engine_for(settings.database_url)) as session:
        return session.scalars(select(OpenItem.id).where(OpenItem.number == number)).one()


def audited(settings: Settings, action: str) -> list[str]:
    """What the audit trail says of it."""
    with Session(engine_for(settings.database_url)) as session:
        return list(session.scalars(select(AuditEntry.text).where(AuditEntry.action == action)))


def test_the_statement_shows_every_movement_with_the_balance_after_it(booked: Settings, clerk: Clerk) -> None:
    page = clerk.get("/customers/K1/statement", params={"from": "2026-10-01"}).text
    for words in ("INV-K1", "PAY-1", "Fee on INV-K1", "12,500.00", "10,000.00", "10,038.00"):
        assert words in page
    assert "2,500.00 to" in re.sub(r"\s+", " ", page)
    assert 'currency=EUR">EUR</a>' in page


def test_the_case_leads_to_the_statement_and_its_items_to_their_history(booked: Settings, clerk: Clerk) -> None:
    page = clerk.get("/?customer=K1").text
    assert "/customers/K1/statement?currency=NOK" in page
    assert f'href="/items/{item_id(booked, "INV-K1")}"' in page


def test_the_pdf_is_in_the_customers_language_and_its_download_is_on_record(booked: Settings, clerk: Clerk) -> None:
    answer = clerk.get("/customers/K1/statement.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert "Kontoutskrift" in PdfReader(BytesIO(answer.content)).pages[0].extract_text()
    [said] = audited(booked, "statement_downloaded")
    assert "K1 in NOK" in said
    assert audited(booked, "document_archived") == []  # nothing was sent


def test_an_items_page_tells_how_its_figure_came_about(booked: Settings, clerk: Clerk) -> None:
    page = re.sub(r"\s+", " ", clerk.get(f"/items/{item_id(booked, 'INV-K1')}").text)
    for words in ("How this figure came about", "Posted", "Allocated", "PAY-1", "10,000.00", "seed", "fee:7"):
        assert words in page
    fee = clerk.get(f"/items/{item_id(booked, 'fee:7')}").text
    assert "Inkassoforskriften" in fee
    assert "INV-K1" in fee


def test_each_figure_of_the_ageing_leads_to_items_that_come_to_it(booked: Settings, clerk: Clerk) -> None:
    page = clerk.get("/reports/ageing").text
    links = re.findall(r'<a href="(/figures\?[^"]+)">([^<]+)</a>', page)
    assert len(links) > 6
    for address, figure in links:
        behind = clerk.get(address.replace("&amp;", "&")).text
        assert f'<dd class="figure">{figure}</dd>' in behind, address


def test_a_foreign_sum_says_when_no_rate_is_known(booked: Settings, clerk: Clerk) -> None:
    assert "No rate known for EUR on" in clerk.get("/reports/ageing").text
    assert "no rate" in clerk.get("/").text


def test_what_kulant_posted_is_shown_and_downloaded(booked: Settings, clerk: Clerk) -> None:
    page = clerk.get("/books", params={"from": "2026-11-01", "to": "2026-11-30"}).text
    for words in ("Fee, INV-K1, Fjordbakeriet AS", "1500", "3940", "38.00"):
        assert words in page
    answer = clerk.get("/books/file", params={"from": "2026-11-01", "to": "2026-11-30", "format": "sie"})
    assert answer.content.startswith(b"#FLAGGA 0\r\n")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert len(audited(booked, "books_exported")) == 1


@pytest.mark.parametrize(
    "address",
    [
        "/customers/S1/statement",
        "/customers/S1/statement.pdf",
        "/figures?customer=S1",
    ],
)
def test_nothing_of_another_creditors_customer_is_shown(booked: Settings, clerk: Clerk, address: str) -> None:
    answer = clerk.get(address)
    assert answer.status_code == 404
    assert "Hemmelig" not in answer.text


def test_another_creditors_item_is_not_shown(booked: Settings, clerk: Clerk) -> None:
    assert clerk.get(f"/items/{item_id(booked, 'INV-S1')}").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/customers/K1/statement?from=2026-12-01",
        "/customers/K1/statement?from=yesterday",
        "/customers/K1/statement?to=2027-01-01",
        "/figures?age=ancient",
        "/reports/ageing?on=2027-01-01",
        "/books?from=2026-11-31",
        "/books/file?format=pdf",
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_sentence(booked: Settings, clerk: Clerk, address: str) -> None:
    answer = clerk.get(address)
    assert answer.status_code == 400
    assert "Something went wrong" not in answer.text


def test_a_stranger_sees_none_of_it(stranger: Clerk) -> None:
    for address in ("/customers/K1/statement", "/items/1", "/figures", "/reports/ageing", "/books", "/books/file"):
        assert "Password" in stranger.get(address).text
