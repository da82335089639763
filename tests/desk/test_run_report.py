"""What the last daily run did, against the run before."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date

from kulant.app import create_app
from kulant.ledger.queries import customer_by_number
from kulant.people.service import find_creditor
from kulant.relationship.service import place_hold
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.service import propose_all
from tests.desk.conftest import Clerk


def plain(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_first_run_judges_everybody_anew(clerk: Clerk) -> None:
    page = plain(clerk.get("/reports/run").text)
    assert "The run of 23 Nov 2026 2 accounts have another verdict than before, 2 of them another treatment." in page
    assert "Not judged before Friendly reminder 2" in page
    assert "Fjordbakeriet AS Not judged before Friendly reminder, step reminder NOK" in page
    assert "What waits now Proposed State Proposals Friendly reminder to decide 2" in page


def test_the_next_run_tells_only_what_it_made_differently(portfolio: Settings) -> None:
    next_day = replace(portfolio, fixed_today=date(2026, 11, 24))
    with doing(next_day, actor="clerk") as act:
        creditor = find_creditor(act.session, "NORD")
        customer = customer_by_number(act.session, creditor.id, "K1")
        place_hold(act, customer=customer, until=date(2026, 12, 1), reason="waits for a credit note")
        act.session.flush()
        propose_all(act, creditor=creditor)
    clerk = Clerk(create_app(next_day), raise_server_exceptions=False).log_in()
    answer = clerk.get("/reports/run")
    page = plain(answer.text)
    assert "1 account has another verdict than before" in page
    assert "Fjordbakeriet AS Friendly reminder, step reminder Nothing to do NOK" in page
    assert "Brattli" not in page
    assert "Hemmelig" not in page
    assert 'href="/customers/K1/why"' in answer.text
    assert "The run of 23 Nov 2026 2 accounts" in plain(clerk.get("/reports/run?on=2026-11-23").text)
    assert clerk.get("/reports/run?on=then").status_code == 422 or clerk.get("/reports/run?on=then").status_code == 400
