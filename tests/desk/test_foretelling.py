"""The cash forecast, how customers pay, and value against what came, at the desk."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from kulant.core.calendar import add_months
from kulant.delivery.forecasts_kept import keep_forecast
from kulant.ledger.posting import Covering, NewItem, post_new
from kulant.ledger.queries import customer_by_number
from kulant.people.service import find_creditor
from kulant.relationship.payment_models import keep_payment_model
from kulant.relationship.value_backtest import keep_value_backtest
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import TODAY, Clerk
from tests.support import factories as make


def said(clerk: Clerk, address: str) -> str:
    answer = clerk.get(address)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", html.unescape(answer.text))


def drawings(clerk: Clerk, page: str) -> int:
    """How many pictures the page has; each of their drawings is there, by day and by night."""
    found = re.findall(r'(?:src|srcset)="([^"]*chart\.svg[^"]*)"', page)
    for address in found:
        drawn = clerk.get(html.unescape(address))
        assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
    return page.count('<figure class="picture"')


@pytest.fixture
def history(portfolio: Settings) -> Settings:
    """Two years of monthly invoices of thirty customers, most paid by now, and what the daily run keeps of them."""
    with doing(portfolio, actor="seed", today=TODAY) as act:
        nord = find_creditor(act.session, "NORD")
        items: list[tuple[NewItem, Covering | None]] = []
        for n in range(30):
            customer = make.create_customer(act, nord, f"M{n:02}", name=f"Kunde {n}")
            for month in range(1, 25):
                due = add_months(TODAY, 1 - month) + timedelta(days=n % 5)
                paid = due + timedelta(days=(n % 3) * 9 - 2)
                new = NewItem(
                    kind="invoice", number=f"M{n:02}-{month}", currency="NOK", amount_minor=100_000 + n,
                    customer_id=customer.id, issue_date=due - timedelta(days=30), due_date=due, margin_minor=30_000,
                )  # fmt: skip
                items.append((new, Covering(new.amount_minor, paid, f"P{n}-{month}") if paid <= TODAY else None))
        post_new(act, creditor=nord, items=items)
        act.session.flush()
        keep_payment_model(act, nord)
        keep_forecast(act, nord)
        keep_value_backtest(act, nord)
    return portfolio


def test_the_forecast_shows_weeks_and_what_each_is_made_of(history: Settings, clerk: Clerk) -> None:
    page = said(clerk, "/reports/forecast")
    assert drawings(clerk, page) == 1
    assert "Expected cash by week, NOK" in page
    assert "none is over yet" in page
    assert "Foretold by own history" in page
    [link] = re.findall(r'href="(/reports/forecast/behind\?currency=NOK&week=0)">23 Nov 2026', page)
    behind = said(clerk, link)
    assert "The week from 23 November 2026" in behind
    assert "INV-K1" in behind
    assert "Fjordbakeriet AS" in behind
    # The sum of what is behind the week is the figure the page shows.
    [total] = re.findall(r'<dd class="figure">([\d,.]+)</dd>', behind)
    [expected] = re.findall(r'week=0">23 Nov 2026</a></th> ?<td class="number">([\d,.]+)<', page)
    assert float(total.replace(",", "")) == pytest.approx(float(expected.replace(",", "")), abs=0.5)


def test_each_currency_has_a_forecast_of_its_own(history: Settings, clerk: Clerk) -> None:
    with doing(history, actor="seed", today=TODAY) as act:
        nord = find_creditor(act.session, "NORD")
        customer = customer_by_number(act.session, nord.id, "K1")
        make.create_invoice(act, nord, customer, "100.00", number="EUR-1", currency="EUR")
    assert 'href="/reports/forecast?currency=EUR"' in said(clerk, "/reports/forecast")
    page = said(clerk, "/reports/forecast?currency=EUR")
    assert "Expected cash by week, EUR" in page
    assert clerk.get("/reports/forecast?currency=USD").status_code == 404


def test_past_forecasts_stand_beside_what_came(history: Settings, clerk: Clerk) -> None:
    with doing(history, actor="seed", today=TODAY) as act:
        nord = find_creditor(act.session, "NORD")
        for weeks_ago in (3, 2, 1):
            keep_forecast(replace(act, today=TODAY - timedelta(days=7 * weeks_ago)), nord)
    with doing(history, actor="seed", today=TODAY + timedelta(days=7)) as act:
        keep_forecast(act, find_creditor(act.session, "NORD"))
    page = said(clerk, "/reports/forecast")
    assert drawings(clerk, page) == 2
    assert re.search(r"\d of 3 first weeks fell within their band", page)


def test_behaviour_says_what_is_used_and_why(history: Settings, clerk: Clerk) -> None:
    page = said(clerk, "/reports/behaviour")
    assert re.search(r"In use: the (own history|weekly hazard)", page)
    assert "Chosen on 23 November 2026 from 722 invoices" in page
    for words in ("Brier score", "Log loss", "AUC (C-index)", "Cash error over 30 days"):
        assert words in page
    assert drawings(clerk, page) == 2


def test_value_stands_against_what_came_and_leads_to_the_customers(history: Settings, clerk: Clerk) -> None:
    page = said(clerk, "/reports/value")
    assert drawings(clerk, page) == 3
    assert "stored starting values: 30 customers, a fit needs 50" in page
    assert "From 23 Nov 2025 to 23 Nov 2026" in page
    links = set(re.findall(r'href="(/reports/value/customers\?[^"]+)"', page))
    counts = {}
    for link in links:
        listed = said(clerk, link)
        [counts[link]] = [int(one) for one in re.findall(r"(\d+) customers?</p>", listed)]
    assert sum(count for link, count in counts.items() if "fifth=" in link) == 30
    assert sum(count for link, count in counts.items() if "grade=" in link and "currency" not in link) == 30


def test_a_young_ledger_says_that_there_is_not_enough_to_see(portfolio: Settings, clerk: Clerk) -> None:
    assert "Nothing was tried yet" in said(clerk, "/reports/behaviour")
    assert "Nobody has looked back yet" in said(clerk, "/reports/value")
    with doing(portfolio, actor="seed", today=TODAY) as act:
        nord = find_creditor(act.session, "NORD")
        keep_payment_model(act, nord)
        keep_value_backtest(act, nord)
    assert "Not enough of the past to try a model on" in said(clerk, "/reports/behaviour")
    page = said(clerk, "/reports/value")
    assert "Not enough history" in page
    assert "fewer than 20 customers had bought by 2025-11-23" in page


def test_odd_addresses_are_answered_calmly(history: Settings, clerk: Clerk) -> None:
    for address, status in (
        ("/reports/forecast/behind?week=99", 400),
        ("/reports/value/customers?grade=Z", 400),
        ("/reports/value/customers?fifth=9", 422),
        ("/reports/forecast/chart.svg?picture=none", 404),
        ("/reports/behaviour/chart.svg?picture=none", 404),
    ):
        assert clerk.get(address).status_code == status, address


def test_the_reports_are_in_the_index(history: Settings, clerk: Clerk) -> None:
    index = said(clerk, "/reports")
    for address in ("/reports/forecast", "/reports/behaviour", "/reports/value"):
        assert f'href="{address}"' in index


def test_nobody_sees_another_creditors_forecast(history: Settings, stranger: Clerk) -> None:
    page = said(stranger.log_in("other"), "/reports/forecast/behind?currency=NOK&week=0")
    assert "INV-S1" in page
    assert "INV-K1" not in page
