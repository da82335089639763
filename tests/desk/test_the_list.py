"""The overdue list and the case beside it."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import pytest
from python_calamine import CalamineWorkbook

from kulant.people.service import find_creditor
from kulant.settings import Settings
from kulant.transaction import doing
from tests.conftest import Statements
from tests.desk.conftest import Clerk
from tests.support import factories as make


def test_the_list_shows_debt_value_habit_and_the_proposed_step(clerk: Clerk) -> None:
    page = clerk.get("/").text
    for shown in (
        "Fjordbakeriet AS",
        "12,500",
        "20 days late",
        "Friendly reminder",
        "Overdue, NOK",
        "Worth, 12 months",
    ):
        assert shown in page, shown
    assert page.count("data-row=") == 2


def test_state_lives_in_the_address(clerk: Clerk) -> None:
    assert "Brattli" not in clerk.get("/?q=fjord").text
    assert "Brattli" not in clerk.get("/?q=INV-K1").text
    assert "No customer fits" in clerk.get("/?state=plans").text
    page = clerk.get("/?sort=name&customer=K2").text
    assert page.index("Brattli") < page.index("Fjordbakeriet")
    assert 'data-customer="K2"' in page


def test_nonsense_in_the_address_shows_the_usual_list(clerk: Clerk) -> None:
    assert clerk.get("/?state=zzz&sort=zzz&grade=Q&do=zzz").text.count("data-row=") == 2
    assert clerk.get("/?page=0").status_code == 422
    assert clerk.get("/?customer=nobody").status_code == 404


@pytest.mark.parametrize(
    ("target", "there", "not_there"),
    [
        ("aside#panel", 'data-customer="K1"', "data-row="),
        ("section#list", "data-row=", "data-customer="),
        ("div#list-side", 'id="summary"', "<html"),
    ],
)
def test_htmx_gets_only_the_side_it_asks_for(clerk: Clerk, target: str, there: str, not_there: str) -> None:
    answer = clerk.get("/?customer=K1", headers={"HX-Request": "true", "HX-Target": target})
    assert there in answer.text
    assert not_there not in answer.text
    assert "HX-Target" in answer.headers["vary"]


def test_going_back_in_the_browser_gets_the_whole_page(clerk: Clerk) -> None:
    headers = {"HX-Request": "true", "HX-Target": "aside#panel", "HX-History-Restore-Request": "true"}
    assert "<html" in clerk.get("/?customer=K1", headers=headers).text


def test_the_list_asks_the_database_as_often_for_many_customers_as_for_two(
    clerk: Clerk, portfolio: Settings, statements: Statements
) -> None:
    def counted() -> int:
        statements.clear()
        assert clerk.get("/").status_code == 200
        return len(statements)

    counted()
    few = counted()
    with doing(portfolio, actor="seed") as act:
        creditor = find_creditor(act.session, "NORD")
        for number in range(30):
            customer = make.create_customer(act, creditor, f"M{number}")
            make.create_invoice(act, creditor, customer, "500.00", days_late=40)
    assert counted() == few


def test_an_empty_ledger_leads_to_the_import(settings: Settings, portfolio: Settings, stranger: Clerk) -> None:
    with doing(portfolio, actor="seed") as act:
        empty = make.create_creditor(act, "TOM", name="Tom AS")
        make.create_user(act, empty, name="fresh")
    assert "No invoices yet" in stranger.log_in("fresh").get("/").text


def test_a_customers_name_is_never_markup(clerk: Clerk, portfolio: Settings) -> None:
    with doing(portfolio, actor="seed") as act:
        creditor = find_creditor(act.session, "NORD")
        customer = make.create_customer(act, creditor, "X&1", name='<img src=x onerror="alert(1)">')
        make.create_invoice(act, creditor, customer, "500.00", days_late=40, number="<b>1</b>")
    for address in ("/", "/?customer=X%261"):
        page = clerk.get(address).text
        assert "<img src=x" not in page
        assert "<b>1</b>" not in page
    assert "customer=X%261" in clerk.get("/").text


def test_the_list_is_had_as_a_file_narrowed_and_ordered_as_on_the_screen(clerk: Clerk, portfolio: Settings) -> None:
    with doing(portfolio, actor="seed") as act:
        creditor = find_creditor(act.session, "NORD")
        sly = make.create_customer(act, creditor, "K3", name='=HYPERLINK("http://evil.example")')
        make.create_invoice(act, creditor, sly, "99.50", days_late=5, number="INV-K3")
    page = clerk.get("/?sort=name").text
    assert "/overdue.csv?" in page and "/overdue.xlsx?" in page
    answer = clerk.get("/overdue.csv", params={"sort": "overdue"})
    assert answer.headers["content-disposition"] == 'attachment; filename="overdue-2026-11-23.csv"'
    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["customer"] for row in rows][-1] == "K3" and len(rows) == 3
    assert rows[-1]["overdue"] == "99.50" and rows[-1]["name"].startswith("'=HYPERLINK")
    assert [row["customer"] for row in rows if row["name"] == "Hemmelig Kunde AS"] == [], "another creditor's"

    book = CalamineWorkbook.from_filelike(BytesIO(clerk.get("/overdue.xlsx", params={"q": "K3"}).content))
    head, row = book.get_sheet_by_name("Overdue").to_python()
    found = dict(zip(head, row, strict=True))
    assert (found["name"], found["overdue"]) == ('=HYPERLINK("http://evil.example")', 99.5), (
        "text and number, no formula"
    )
    assert clerk.get("/overdue.exe").status_code == 400
