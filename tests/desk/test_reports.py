"""Reports at the desk: every page opens, its pictures are drawn, its tables lead to what stands behind them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.db import engine_for
from kulant.desk.churn import headline
from kulant.desk.reports import REPORTS
from kulant.insight.churn import Month
from kulant.ledger.queries import customer_by_number, document_by_number
from kulant.people.service import find_creditor
from kulant.relationship.losses import say_lost
from kulant.relationship.models import Promise
from kulant.relationship.models_care import Loss
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.models import Proposal, StepSent
from tests.desk.conftest import TODAY, Clerk
from tests.support import factories as make

OURS = (
    "/reports/churn",
    "/reports/relationships",
    "/reports/wrongful",
    "/reports/plans",
    "/reports/promises",
    "/reports/dso",
)


@pytest.fixture
def lived(portfolio: Settings) -> Settings:
    """Nordlys has lost a customer for the price, broken one promise, and reminded of an invoice that was paid."""
    with doing(portfolio, actor="seed") as act:
        nord = find_creditor(act.session, "NORD")
        gone = make.create_customer(act, nord, "GONE", name="Borte AS")
        make.create_invoice(act, nord, gone, days_late=200, number="OLD")
        loss = say_lost(act, creditor=nord, customer=gone, reason="price", words="Too dear.")
        loss.grade = "A"
        first = customer_by_number(act.session, nord.id, "K1")
        invoice = document_by_number(act.session, nord.id, "INV-K1")
        sent = act.today - timedelta(days=5)
        proposal = act.session.scalars(select(Proposal).where(Proposal.customer_id == first.id)).one()
        act.session.add(
            StepSent(item_id=invoice.id, proposal_id=proposal.id, step="s", document="reminder", sent_on=sent)
        )
        make.create_payment(act, nord, "12500.00", invoice=invoice, on=sent - timedelta(days=1))
        act.session.add(
            Promise(
                creditor_id=nord.id, customer_id=first.id, currency="NOK", amount_minor=100, made_on=sent, due=sent,
                status="broken", settled_on=sent + timedelta(days=1), late_reason="cash_gap", grade="B",
            )
        )  # fmt: skip
    return portfolio


def test_the_index_names_every_report_and_each_of_them_opens(lived: Settings, clerk: Clerk) -> None:
    index = clerk.get("/reports").text
    reports = [report for _, some in REPORTS for report in some]
    assert {report.address for report in reports} >= set(OURS)
    for report in reports:
        assert f'href="{report.address}">{report.name}</a>' in index
        assert clerk.get(report.address).status_code == 200, report.address


@pytest.mark.parametrize("address", OURS)
def test_a_report_of_an_empty_house_says_so_and_draws_nothing(stranger: Clerk, address: str) -> None:
    page = stranger.log_in("other").get(address)
    assert page.status_code == 200 and "Hemmelig" not in page.text


def test_every_picture_has_words_a_table_and_drawings_for_day_night_and_phone(lived: Settings, clerk: Clerk) -> None:
    for address in OURS:
        page = clerk.get(address).text
        figures = re.findall(r'<figure class="picture".*?</figure>', page, re.DOTALL)
        for figure in figures:
            assert re.search(r'alt="[^"]{10,}"', figure) and "<figcaption>" in figure
            assert "The figures as a table" in figure and 'class="facts-table' in figure
        drawings = [unescape(one) for one in re.findall(r'(?:srcset|src)="(/reports/[^"]+chart\.svg[^"]+)"', page)]
        assert len(drawings) == 4 * len(figures)
        for one in drawings[:4]:
            answer = clerk.get(one)
            assert answer.headers["content-type"] == "image/svg+xml" and b"<svg" in answer.content
    assert clerk.get("/reports/churn/chart.svg?picture=nothing").status_code == 404


def test_the_churn_page_rings_and_leads_to_who_left_and_why(lived: Settings, clerk: Clerk) -> None:
    page = clerk.get("/reports/churn").text
    assert "A customer of grade A was lost" in page and "often quoted mix" in page
    listed = clerk.get("/reports/churn/customers?which=lost&reason=price").text
    assert "Borte AS" in listed and 'href="/?customer=GONE"' in listed
    assert "Borte AS" in clerk.get(f"/reports/churn/customers?which=lost&month={TODAY:%Y-%m}").text
    assert clerk.get("/reports/churn/customers?month=never").status_code == 400
    assert clerk.get("/reports/churn/customers?reason=boredom").status_code == 400


def test_the_churn_page_calls_a_year_only_what_is_one() -> None:
    def settled(count: int) -> list[Month]:
        return [
            Month(
                date(2025, 1 + n, 1), active=100, new=2, lost=1, reported=1, complete=True, running=False,
                rings_at=None, usual=None, lower=None,
            )
            for n in range(count)
        ]  # fmt: skip

    assert headline(settled(12))[:2] == [("Lost in a year", "12"), ("New in the same time", "24")]
    assert headline(settled(7))[:2] == [("Lost in 7 months", "7"), ("New in the same time", "14")]
    assert headline([])[:2] == [("Lost in a year", "–"), ("New in the same time", "–")]


def test_a_figure_leads_to_the_letters_that_were_wrong(lived: Settings, clerk: Clerk) -> None:
    page = clerk.get("/reports/wrongful").text
    assert "1 letter of 1 should not have been sent" in page
    listed = clerk.get("/reports/wrongful/letters?cause=paid").text
    assert "INV-K1" in listed and "It had been paid, by value date" in listed


def test_a_figure_leads_to_the_promises_behind_it(lived: Settings, clerk: Clerk) -> None:
    assert "They are short of cash for now" in clerk.get("/reports/promises").text
    listed = clerk.get("/reports/promises/list?reason=cash_gap&grade=B").text
    assert "1 promise" in listed and "broken" in listed
    assert "0 promises" in clerk.get("/reports/promises/list?grade=A").text


def test_receivables_lead_to_the_items_of_that_day(lived: Settings, clerk: Clerk) -> None:
    page = clerk.get("/reports/dso").text
    assert f"/figures?currency=NOK&amp;on={TODAY.isoformat()}" in page
    behind = clerk.get(f"/figures?currency=NOK&on={TODAY.isoformat()}").text
    assert "INV-K2" in behind and "INV-K1" not in behind


def test_nobody_sees_another_creditors_figures(lived: Settings, stranger: Clerk) -> None:
    other = stranger.log_in("other")
    for address in ("/reports/churn/customers?which=lost", "/reports/promises/list", "/reports/wrongful/letters"):
        assert "Borte" not in other.get(address).text and "INV-K1" not in other.get(address).text


def losses(settings: Settings) -> list[tuple[str, str | None, date | None]]:
    with Session(engine_for(settings.database_url)) as session:
        return [(one.how, one.reason, one.returned_on) for one in session.scalars(select(Loss).order_by(Loss.id))]


def test_the_clerk_says_that_a_customer_left_and_takes_it_back(portfolio: Settings, clerk: Clerk) -> None:
    assert "Has this customer left us?" in clerk.get("/?customer=K1").text
    said = clerk.submit("/customers/K1/lost", reason="overlooked", words="Nobody called.", back="/?customer=K1")
    assert "is counted as lost" in said.text and "Nobody called." in said.text
    assert losses(portfolio) == [("notice", "overlooked", None)]
    assert "is a customer again" in clerk.submit("/customers/K1/not-lost", back="/?customer=K1").text
    assert losses(portfolio) == [("notice", "overlooked", TODAY)]
    assert clerk.submit("/customers/K1/lost", reason="boredom").status_code == 400


def test_whoever_only_looks_cannot_say_so(portfolio: Settings, stranger: Clerk) -> None:
    looker = stranger.log_in("looker")
    assert "Has this customer left us?" not in looker.get("/?customer=K1").text
    assert looker.submit("/customers/K1/lost", reason="price").status_code == 403
    assert losses(portfolio) == []
