"""Notes, promises, holds, disputes, plans and tasks: each a plain form, each on the timeline."""

from __future__ import annotations

import html
import re

from sqlalchemy import select

from kulant.ledger.queries import customer_by_number
from kulant.people.models import User
from kulant.people.service import find_creditor
from kulant.relationship.tasks import add_task
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk
from tests.support import factories as make

CASE = "/?customer=K1"


def test_every_form_opens_by_its_address(clerk: Clerk) -> None:
    for form in ("note", "promise", "hold", "dispute", "plan", "edit", "dismiss"):
        page = clerk.get(f"{CASE}&do={form}").text
        assert page.count('<form class="form') >= 1, form


def test_every_form_on_the_page_leads_where_it_says(clerk: Clerk, portfolio: Settings) -> None:
    with doing(portfolio, actor="seed") as act:
        creditor = find_creditor(act.session, "NORD")
        customer = make.create_customer(act, creditor, "A/7 & B", name="Skråstrek AS")
        make.create_invoice(act, creditor, customer, "4000.00", days_late=20, number="INV-A7")
    fields = {
        "note": {"kind": "note", "text": "Hello"},
        "promise": {"amount": "100", "currency": "NOK", "due": "2026-11-30"},
        "hold": {"until": "2026-11-30", "reason": "Checking"},
        "dispute": {"invoice": "INV-A7", "reason": "Wrong"},
    }
    for form, values in fields.items():
        page = clerk.get("/", params={"customer": "A/7 & B", "do": form}).text
        action = re.search(r'<form class="form" method="post" action="([^"]+)"', page)
        assert action, form
        assert clerk.submit(html.unescape(action[1]), **values).status_code == 200, form


def test_a_call_is_on_the_timeline_at_once(clerk: Clerk) -> None:
    page = clerk.submit("/customers/K1/note", kind="call", text="Promised to look at it tomorrow", back=CASE).text
    assert "Promised to look at it tomorrow" in page


def test_a_complaint_stands_above_everything_until_answered(clerk: Clerk) -> None:
    page = clerk.submit("/customers/K1/note", kind="complaint", text="Broken boxes", back=CASE).text
    assert "Complaint waiting for an answer" in page


def test_a_promise_is_written_as_people_write_amounts(clerk: Clerk) -> None:
    page = clerk.submit("/customers/K1/promise", amount="5 000,50", currency="NOK", due="2026-11-30", back=CASE).text
    assert "Promised to pay 5,000.50 NOK" in page
    answer = clerk.submit("/customers/K1/promise", amount="lots", currency="NOK", due="2026-11-30")
    assert answer.status_code == 400
    assert "is not an amount" in answer.text
    assert clerk.submit("/customers/K1/promise", amount="1", currency="NOK", due="someday").status_code == 400


def test_a_hold_is_placed_and_released(clerk: Clerk) -> None:
    page = clerk.submit("/customers/K1/hold", until="2026-12-05", reason="Checking", back=CASE).text
    assert "On hold until 5 December: Checking" in page
    assert "do=hold" in page.split("Checking", 1)[1].split("Release</a>")[0], "the way to the release stands beside it"
    assert "Hold released." in clerk.submit("/customers/K1/release", back=CASE).text


def test_an_invoice_is_disputed_and_the_dispute_resolved(clerk: Clerk) -> None:
    page = clerk.submit("/customers/K1/dispute", invoice="INV-K1", reason="Wrong price", amount="500", back=CASE).text
    assert "Partly disputed" in page
    page = clerk.submit("/customers/K1/resolve", invoice="INV-K1", outcome="Price was right", back=CASE).text
    assert "Partly disputed" not in page
    assert clerk.submit("/customers/K1/dispute", invoice="INV-K2", reason="Not theirs").status_code == 404


def test_offering_a_plan_gives_the_link_to_pass_on(clerk: Clerk) -> None:
    page = clerk.submit("/customers/K1/plan", currency="NOK", back=CASE).text
    assert "The offers are ready." in page
    assert "http://testserver/p/" in page
    assert "Plan offered" in page
    later = clerk.get(CASE).text.split("The link to give the customer:")[1]
    assert "http://testserver/p/" in later.split("</p>")[0], "the link can still be read out in the next call"


def test_who_may_only_look_gets_no_link_that_accepts(clerk: Clerk, portfolio: Settings) -> None:
    clerk.submit("/customers/K1/plan", currency="NOK", back=CASE)
    clerk.get(CASE)
    with doing(portfolio, actor="setup") as act:
        act.session.scalars(select(User).where(User.name == "clerk")).one().role = "viewer"
    assert "/p/" not in clerk.get(CASE).text


def test_what_was_refused_is_said_in_a_whole_sentence(clerk: Clerk) -> None:
    page = clerk.submit("/customers/K1/dispute", invoice="INV-K1", reason="Wrong", amount="99999999", back=CASE).text
    assert "The disputed amount must be above zero" in page


def test_a_task_is_shown_counted_and_ticked_off(clerk: Clerk, portfolio: Settings) -> None:
    with doing(portfolio, actor="portal") as act:
        creditor = find_creditor(act.session, "NORD")
        customer = customer_by_number(act.session, creditor.id, "K1")
        add_task(
            act,
            creditor_id=creditor.id,
            customer_id=customer.id,
            kind="says_paid",
            text="Says it is paid",
            due=act.today,
        )
    assert "Says it is paid" in clerk.get("/tasks").text
    assert "No open tasks" in clerk.submit("/tasks/1/done").text


def test_the_ladder_is_told_in_sentences(clerk: Clerk) -> None:
    assert "10 days after the due date" in clerk.get("/ladder").text


def test_text_that_is_no_text_is_refused_and_nothing_breaks(clerk: Clerk) -> None:
    answer = clerk.submit("/customers/K1/note", kind="call", text="Rang\x00them", back="/?customer=K1")
    assert answer.status_code == 400
    assert clerk.get("/?customer=K1").status_code == 200
