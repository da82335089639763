"""The statement as the customer gets to see it: in their language, over as many pages as it takes, safe to draw."""

from __future__ import annotations

import json
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from kulant.ledger.allocation import Order
from kulant.ledger.models import Contact, Customer
from kulant.ledger.statement import Movement, Part, Remaining, build
from kulant.letters.statement import render_statement, statement_content
from tests.letters.samples import make_creditor

TODAY = date(2026, 11, 23)
HOSTILE = "<img src='http://203.0.113.1/x.png'><link rel=stylesheet href='file:///etc/passwd'>\u202e {{ 7*7 }}"
WORDS = {
    "nb": ("Kontoutskrift", "Inngående saldo", "Betalt eller kreditert"),
    "da": ("Kontoudtog", "Primosaldo", "Betalt eller krediteret"),
    "sv": ("Kontoutdrag", "Ingående saldo", "Betalt eller krediterat"),
    "en": ("Statement of account", "Opening balance", "Paid or credited"),
}


def content(language: str = "nb", rows: int = 3, name: str = "Fjordbakeriet AS") -> dict[str, Any]:
    """A statement with so many invoices, each partly paid."""
    moves, left = [], []
    for place in range(rows):
        on, number = TODAY - timedelta(days=rows - place), f"F{place:04}"
        moves.append(Movement(2 * place, on, place, "invoice", number, 10000, due=on + timedelta(days=14)))
        part = Part(place, "invoice", number, 4000)
        moves.append(Movement(2 * place + 1, on, 1000 + place, "payment", f"P{place}", -4000, parts=(part,)))
        left.append(Remaining(place, "invoice", number, on + timedelta(days=14), 0, 6000))
    found = build(
        currency="NOK", period=(date(2026, 1, 1), TODAY), opening_minor=0, movements=moves, remaining=left,
        order=Order("principal_first", "the rule"),
    )  # fmt: skip
    customer = Customer(number="K1", name=name, kind="business", country="NO", language=language)
    contact = Contact(customer_id=1, address="Testgata 2\n0002 Oslo", is_primary=True)
    return statement_content(found, creditor=make_creditor(), customer=customer, contact=contact)


def text(pdf: bytes) -> list[str]:
    """What stands on each page, wherever its lines break."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


@pytest.mark.parametrize("language", WORDS)
def test_it_speaks_the_customers_language(language: str) -> None:
    [page] = text(render_statement(content(language)).pdf)
    for words in WORDS[language]:
        assert words in page


def test_a_long_one_repeats_its_head_on_every_page() -> None:
    drawn = render_statement(content(rows=60))
    pages = text(drawn.pdf)
    assert drawn.pages == len(pages) > 3
    with_moves = [page for page in pages if "Innbetaling P" in page]
    assert len(with_moves) > 2
    assert all("Betalt eller kreditert" in page for page in with_moves)
    assert f"Side 2 av {len(pages)}" in pages[1]


def test_it_is_archival_tagged_and_carries_its_figures() -> None:
    shown = content()
    pdf = render_statement(shown).pdf
    reader = PdfReader(BytesIO(pdf))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert b"pdfaid:part" in reader.trailer["/Root"]["/Metadata"].get_data()
    [attached] = reader.attachments["statement.json"]
    assert json.loads(attached) == shown["facts"]
    assert shown["facts"]["closing"] == "180.00"


def test_the_same_statement_is_the_same_to_the_byte() -> None:
    assert render_statement(content()).sha256 == render_statement(content()).sha256


def test_a_name_can_fetch_nothing_and_is_only_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr("socket.socket.connect", lambda *where: opened.append(where))
    pages = text(render_statement(content(name=HOSTILE)).pdf)
    assert opened == []
    assert "<img src=" in pages[0]
    assert "{{ 7*7 }}" in "".join(pages)
    assert "root:" not in "".join(pages)
