"""The settings page: the creditor's data, the law it computes by, and the forms by which a manager keeps it."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from kulant.app import create_app
from kulant.law.entries import entered
from kulant.law.models import LawEntry
from kulant.people.models import AuditEntry
from kulant.people.service import find_creditor
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk
from tests.support import factories as make


@pytest.fixture
def manager(portfolio: Settings) -> Clerk:
    """The manager of Nordlys Engros, on 5 December, when the rates of 2027 are due."""
    with doing(portfolio, actor="seed") as act:
        make.create_user(act, find_creditor(act.session, "NORD"), name="boss", role="manager")
    client = Clerk(create_app(replace(portfolio, fixed_today=date(2026, 12, 5))), raise_server_exceptions=False)
    return client.log_in("boss")


def plain(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_page_shows_the_company_and_its_own_countrys_law_first(manager: Clerk) -> None:
    page = plain(manager.get("/settings").text)
    for words in ("Nordlys Engros AS", "1234 56 78903", "late interest", "12.25 %", "Known to 31 Dec 2026"):
        assert words in page, words
    assert "Enter the late-interest rate and the compensation between businesses of Norway" in page
    assert "Good for: 2026-10" in page


def test_an_unverified_figure_is_marked_in_words(manager: Clerk) -> None:
    page = plain(manager.get("/settings?country=DK").text)
    assert "10.00 % from 1 Jul 2026 Unverified computed or read from the source" in page


def test_a_manager_confirms_a_figure(manager: Clerk, portfolio: Settings) -> None:
    page = manager.get("/settings?country=DK&figure=rate:everyone&since=2026-07-01")
    assert 'name="value" type="text" value="10.00"' in page.text
    fields = {"country": "DK", "figure": "rate:everyone", "since": "2026-07-01", "value": "10.00"}
    page = manager.submit("/settings/law", **fields, source="nationalbanken.dk, 1 July 2026")
    assert "confirmed by boss on 5 December 2026" in plain(page.text)
    with doing(portfolio, actor="look") as act:
        [line] = act.session.scalars(select(AuditEntry).where(AuditEntry.action == "law_entered"))
        assert (line.actor, line.data["source"]) == ("boss", "nationalbanken.dk, 1 July 2026")


def test_norways_coming_act_is_decided_before_the_rate_of_2027(manager: Clerk, portfolio: Settings) -> None:
    rate = {"country": "NO", "figure": "rate:everyone", "since": "2027-01-01", "value": "12,00", "source": "Lovdata"}
    refused = manager.submit("/settings/law", **rate)
    assert refused.status_code == 400 and "inkassoloven of 2026" in refused.text
    decision = {"country": "NO", "decision": "begins", "since": "2027-01-01", "source": "royal decree"}
    assert "Begins 1 Jan 2027" in plain(manager.submit("/settings/regime", **decision).text)
    assert "Known to 30 Jun 2027" in plain(manager.submit("/settings/law", **rate).text)
    again = {"country": "NO", "decision": "unset", "since": "", "source": "withdrawn"}
    assert "First day open" in plain(manager.submit("/settings/regime", **again).text)
    with doing(portfolio, actor="look") as act:
        assert [one.by for one in entered(act.session)] == ["boss"] * 3


@pytest.mark.parametrize("name", ["clerk", "looker"])
def test_others_look_and_change_nothing(stranger: Clerk, portfolio: Settings, name: str) -> None:
    other = stranger.log_in(name)
    page = other.get("/settings?country=DK&figure=rate:everyone&since=2026-07-01").text
    assert "Unverified" in page and 'action="/settings/law"' not in page
    fields = {"country": "DK", "figure": "rate:everyone", "since": "2026-07-01", "value": "10.00", "source": "x"}
    assert other.submit("/settings/law", **fields).status_code == 403
    decision = {"country": "NO", "decision": "begins", "since": "2027-01-01", "source": "x"}
    assert other.submit("/settings/regime", **decision).status_code == 403
    with doing(portfolio, actor="look") as act:
        assert act.session.scalars(select(LawEntry)).all() == []


def test_every_country_has_its_page(manager: Clerk) -> None:
    for country in ("NO", "DK", "SE", "FI", "DE", "NL", "GB", "EU", "FR", ""):
        assert manager.get(f"/settings?country={country}").status_code == 200, country


def test_who_is_not_logged_in_sees_nothing(stranger: TestClient) -> None:
    assert "late interest" not in stranger.get("/settings").text
