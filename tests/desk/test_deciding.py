"""Approving, editing and dismissing, with and without htmx."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kulant.db import reading
from kulant.delivery.models import Delivery
from kulant.ledger.charges import NewCharge, post_charges
from kulant.ledger.models import OpenItem
from kulant.people.models import Creditor
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.treatment.models import Proposal
from kulant.treatment.policies import apply_policy
from kulant.treatment.service import propose_all
from tests.desk.conftest import Clerk

HTMX = {"HX-Request": "true", "HX-Target": "main#main"}


def status_of(settings: Settings, proposal_id: int) -> str:
    with reading(settings.database_url) as session:
        return session.get_one(Proposal, proposal_id).status


def test_a_form_without_the_token_changes_nothing(clerk: Clerk, portfolio: Settings) -> None:
    for fields in ({}, {"csrf": ""}, {"csrf": "guessed"}):
        answer = clerk.post("/proposals/1/approve", data=fields)
        assert answer.status_code == 403
        assert "nothing was done" in answer.text
    assert status_of(portfolio, 1) == "proposed"


def test_a_form_from_another_site_changes_nothing(clerk: Clerk, portfolio: Settings) -> None:
    token = clerk.token()
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://example.com"}):
        answer = clerk.post("/proposals/1/approve", data={"csrf": token}, headers=headers)
        assert answer.status_code == 403
    assert status_of(portfolio, 1) == "proposed"


def test_approving_puts_the_letter_into_the_outbox_where_it_can_be_undone(clerk: Clerk, portfolio: Settings) -> None:
    page = clerk.submit("/proposals/1/approve", back="/?customer=K1").text
    assert "Approved: friendly reminder." in page
    assert 'action="/outbox/undo"' in page
    assert status_of(portfolio, 1) == "approved"
    with reading(portfolio.database_url) as session:
        delivery = session.scalars(select(Delivery)).one()
        assert (delivery.not_before - delivery.created_at).total_seconds() == 60
    assert "Fjordbakeriet" in clerk.get("/outbox").text
    assert "Undone." in clerk.submit("/outbox/undo", proposal=1).text
    assert status_of(portfolio, 1) == "proposed"


def test_what_was_just_done_is_said_once(clerk: Clerk) -> None:
    assert "Approved:" in clerk.submit("/proposals/1/approve").text
    assert "Approved:" not in clerk.get("/").text


def test_htmx_and_a_plain_form_do_the_same(clerk: Clerk, portfolio: Settings) -> None:
    answer = clerk.post("/proposals/1/approve", data={"csrf": clerk.token(), "back": "/?customer=K1"}, headers=HTMX)
    assert answer.status_code == 200
    assert answer.url.path == "/"
    assert 'id="main"' in answer.text
    assert status_of(portfolio, 1) == "approved"


def test_a_refusal_is_a_page_and_with_htmx_a_message_beside_the_work(clerk: Clerk) -> None:
    clerk.submit("/proposals/1/dismiss", reason="Paid by phone")
    plain = clerk.submit("/proposals/1/approve")
    assert plain.status_code == 409
    assert "<h1>" in plain.text
    part = clerk.post("/proposals/1/approve", data={"csrf": clerk.token()}, headers=HTMX)
    assert part.status_code == 409
    assert part.headers["hx-retarget"] == "#messages"
    assert "<html" not in part.text


def test_dismissing_asks_for_a_reason(clerk: Clerk, portfolio: Settings) -> None:
    assert clerk.submit("/proposals/1/dismiss", reason="  ").status_code == 400
    assert status_of(portfolio, 1) == "proposed"
    assert "Dismissed" in clerk.submit("/proposals/1/dismiss", reason="Paid by phone").text
    assert status_of(portfolio, 1) == "dismissed"


def test_editing_changes_the_letter_that_is_shown(clerk: Clerk, portfolio: Settings) -> None:
    clerk.submit("/proposals/1/edit", channel="letter", language="sv", message="Tack för ett trevligt samtal.")
    preview = clerk.get("/proposals/1/preview")
    assert "Tack för ett trevligt samtal." in preview.text
    assert "frame-ancestors 'self'" in preview.headers["content-security-policy"]
    assert "script-src" not in preview.headers["content-security-policy"]
    with reading(portfolio.database_url) as session:
        proposal = session.get_one(Proposal, 1)
        assert (proposal.channel, proposal.language) == ("letter", "sv")


def test_a_step_that_was_not_allowed_cannot_be_chosen(clerk: Clerk, portfolio: Settings) -> None:
    answer = clerk.submit("/proposals/1/edit", treatment="hand_over")
    assert answer.status_code == 400
    assert "cannot be chosen" in answer.text


def test_a_step_the_clerk_chose_says_so_before_the_reasons_for_the_other(clerk: Clerk, portfolio: Settings) -> None:
    """Otherwise the call would stand above a sentence that recommends the reminder."""
    refused = clerk.submit("/proposals/1/edit", treatment="call", back="/?customer=K1")
    assert (refused.status_code, "needs a reason" in refused.text) == (400, True)
    page = clerk.submit("/proposals/1/edit", treatment="call", code="spoke_with_them", back="/?customer=K1").text
    assert "instead of what was proposed: friendly reminder. I have spoken with them." in page
    page = clerk.submit("/proposals/1/edit", treatment="reminder", back="/?customer=K1").text
    assert "instead of what was proposed" not in page


def test_many_are_approved_after_the_sum_was_shown(clerk: Clerk, portfolio: Settings) -> None:
    confirm = clerk.get("/bulk?proposal=1&proposal=2&act=approve").text
    assert "Approve 2 proposals?" in confirm
    assert "25,000.00" in confirm
    assert status_of(portfolio, 1) == "proposed"
    clerk.submit("/proposals/2/dismiss", reason="Decided meanwhile")
    page = clerk.submit("/bulk", proposal=[1, 2, 3], decision="approve").text
    assert "1 approved." in page
    assert "1 had been decided already" in page
    assert [status_of(portfolio, n) for n in (1, 2, 3)] == ["approved", "dismissed", "proposed"]


@pytest.mark.parametrize("fields", [{}, {"decision": "dismiss"}])
def test_nothing_ticked_is_said(clerk: Clerk, fields: dict[str, str]) -> None:
    assert "Nothing is ticked" in clerk.submit("/bulk", **fields).text


def test_the_panel_shows_line_by_line_what_a_letter_adds_with_its_rule(clerk: Clerk, portfolio: Settings) -> None:
    ladder = (
        "ladder: costs\nrelationship: off\ninterest: statutory\nsteps:\n"
        "  - {code: fee, document: fee_reminder, after: {days: 14}, fee: statutory}\n"
    )
    with doing(portfolio, actor="seed") as act:
        nord = act.session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        apply_policy(act, creditor=nord, text=ladder)
        propose_all(act, creditor=nord)
    page = clerk.get("/?customer=K1").text
    for words in ("Interest on INV-K1", "12.25 % from 4 Nov 2026 to 23 Nov 2026 (20 days) on NOK\u00a012,500.00",
                  "forsinkelsesrenteloven 2 and 3", "Compensation on INV-K1", "430.00", "13,013.90"):  # fmt: skip
        assert words in page, words
    with reading(portfolio.database_url) as session:
        newest = [row.id for row in session.scalars(select(Proposal).where(Proposal.status == "proposed"))]
    bulk = clerk.get("/bulk", params={"proposal": newest}).text
    assert "26,927.80" in bulk or "13,013.90" in bulk


def test_what_a_letter_charged_stands_in_the_table_in_words(clerk: Clerk, portfolio: Settings) -> None:
    with doing(portfolio, actor="seed") as act:
        nord = act.session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        invoice = act.session.scalars(select(OpenItem).where(OpenItem.number == "INV-K1")).one()
        new = NewCharge("interest", invoice, 8390, "forsinkelsesrenteloven 2 and 3")
        post_charges(act, creditor=nord, letter=1, charges=[new], due=act.today)
    page = clerk.get("/?customer=K1").text
    assert "Interest on INV-K1" in page and "Charged today" in page
    assert "interest:1:INV-K1" not in page
