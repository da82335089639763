"""Why and why not at the desk: invoice by invoice, beside the run before; and how much the customer heard from us."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date

from kulant.app import create_app
from kulant.ledger.queries import customer_by_number
from kulant.people.service import find_creditor
from kulant.relationship.service import add_note, place_hold
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.policies import apply_policy
from tests.desk.conftest import Clerk
from tests.support.proposals import ladder

NEXT_DAY = date(2026, 11, 24)


def plain(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def clerk_on(settings: Settings, day: date) -> Clerk:
    return Clerk(create_app(replace(settings, fixed_today=day)), raise_server_exceptions=False).log_in()


def test_the_page_shows_today_and_that_no_run_was_before(clerk: Clerk) -> None:
    page = plain(clerk.get("/customers/K1/why").text)
    assert "Today Friendly reminder, step reminder" in page
    assert "No run before today has looked at this account." in page
    assert "INV-K1" in page


def test_the_next_day_it_stands_beside_the_run_before_with_the_differences_marked(portfolio: Settings) -> None:
    with doing(replace(portfolio, fixed_today=NEXT_DAY), actor="clerk") as act:
        customer = customer_by_number(act.session, find_creditor(act.session, "NORD").id, "K1")
        place_hold(act, customer=customer, until=date(2026, 12, 1), reason="waits for a credit note")
    page = plain(clerk_on(portfolio, NEXT_DAY).get("/customers/K1/why").text)
    assert "Today changed Nothing to do" in page
    assert "Before, since 23 Nov 2026 Friendly reminder, step reminder" in page
    assert "INV-K1 changed" in page
    assert "What the runs made of it" in page
    assert "Nothing has changed since the run before." in plain(
        clerk_on(portfolio, NEXT_DAY).get("/customers/K2/why").text
    )


def test_the_case_links_to_it_and_shows_how_much_they_heard_from_us(portfolio: Settings) -> None:
    with doing(portfolio, actor="clerk") as act:
        creditor = find_creditor(act.session, "NORD")
        apply_policy(act, creditor=creditor, text=ladder(contact="{max_contacts: {count: 1, days: 7}}"))
        add_note(act, customer=customer_by_number(act.session, creditor.id, "K1"), kind="call", text="no answer")
    clerk = clerk_on(portfolio, NEXT_DAY)
    answer = clerk.get("/?customer=K1")
    assert 'href="/customers/K1/why"' in answer.text
    page = plain(answer.text)
    assert "1 contact, weight 2 of 4: noticeable" in page
    assert "1 of at most 1 contacts in 7 days: nothing more before 30 November 2026, formal notices excepted." in page
    assert "They have heard from us once in 7 days (call 23 November 2026); it waits until 30 November 2026." in plain(
        clerk.get("/customers/K1/why").text
    )


def test_a_customer_nobody_has_judged_and_one_that_does_not_exist(clerk: Clerk) -> None:
    assert clerk.get("/customers/nobody/why").status_code == 404
    assert clerk.get("/customers/S1/why").status_code == 404
