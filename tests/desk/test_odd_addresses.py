"""Addresses no page of ours links to: answered calmly, and never with another creditor's data."""

from __future__ import annotations

from urllib.parse import quote

from sqlalchemy import select

from kulant.db import reading
from kulant.ledger.models import OpenItem
from kulant.settings import Settings
from tests.desk.conftest import Clerk

MARKUP = "'\"<b>"
ODD = ["9999-12-31", "0000-00-00", "1900-01-01", "2199-12-31", "NaN", "\x00", "9" * 10, "٢٠٢٦-١١-٠١", MARKUP]
THEIRS = [
    "/items/{}",
    "/customers/S1/statement",
    "/customers/S1/statement.pdf",
    "/figures?customer=S1",
    "/payments?payment={}",
]
DATED = [
    "/customers/K1/statement?from={}",
    "/customers/K1/statement?to={}",
    "/customers/K1/statement.pdf?from={}",
    "/customers/K1/statement?currency={}",
    "/figures?on={}",
    "/figures?age={}",
    "/figures?currency={}",
    "/figures?customer={}",
    "/reports/ageing?on={}",
    "/books?from={}",
    "/books?to={}",
    "/books/file?from={}",
    "/books/file?format={}",
    "/books/file?currency={}",
    "/settings?country={}",
    "/settings?figure={}&since={}",
    "/payments?show={}",
    "/payments?payment={}",
    "/payments?q={}&do=move",
    "/payments?last={}",
    "/customers/{}/statement",
    "/items/{}",
    "/import/{}",
]


def test_odd_addresses_are_answered_without_a_fault(clerk: Clerk) -> None:
    for address in DATED:
        path, _, query = address.partition("?")
        for odd in ODD:
            given = {name: odd for name in (part.partition("=")[0] for part in query.split("&")) if name}
            where = path.replace("{}", quote(odd, safe=""))
            answer = clerk.get(where, params=given)
            assert answer.status_code < 500, (address, odd)
            assert odd != MARKUP or MARKUP not in answer.text


def test_what_is_another_creditors_is_not_there(clerk: Clerk, portfolio: Settings) -> None:
    with reading(portfolio.database_url) as session:
        theirs = session.scalars(select(OpenItem.id).where(OpenItem.number == "INV-S1")).one()
    for address in THEIRS:
        answer = clerk.get(address.format(theirs))
        assert answer.status_code == 404, address
        assert "Hemmelig" not in answer.text
