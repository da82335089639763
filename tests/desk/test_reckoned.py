"""At the desk: why they are late, what a proposal rests on, what outcomes taught, what was decided otherwise."""

from __future__ import annotations

from sqlalchemy import select

from kulant.db import reading
from kulant.people.service import find_creditor
from kulant.relationship.models_care import LateReason
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk
from tests.support import factories as make


def test_the_clerk_says_why_they_are_late_and_takes_it_back(clerk: Clerk, portfolio: Settings) -> None:
    page = clerk.get("/?customer=K1").text
    assert "Nobody has said why." in page
    page = clerk.submit(
        "/customers/K1/late-reason", reason="cash_gap", text="waits for a grant", back="/?customer=K1"
    ).text
    assert "They are short of cash for now" in page
    assert "waits for a grant" in page
    with reading(portfolio.database_url) as session:
        row = session.scalars(select(LateReason)).one()
        assert (row.code, row.said_by, row.ended_on) == ("cash_gap", "clerk", None)
    page = clerk.submit("/customers/K1/late-reason", reason="unknown", back="/?customer=K1").text
    assert "Nobody has said why." in page


def test_a_reason_that_is_none_is_refused(clerk: Clerk, portfolio: Settings) -> None:
    answer = clerk.submit("/customers/K1/late-reason", reason="lazy")
    assert answer.status_code == 400
    assert clerk.submit("/customers/S1/late-reason", reason="forgot").status_code == 404


def test_a_looker_cannot_say_why(stranger: Clerk, portfolio: Settings) -> None:
    assert stranger.log_in("looker").submit("/customers/K1/late-reason", reason="forgot").status_code == 403


def test_a_proposal_shows_what_it_rests_on_and_comes_out_the_same_again(clerk: Clerk, portfolio: Settings) -> None:
    page = clerk.get("/proposals/1/decision").text
    assert "Reckoned again from the stored inputs it comes out the same." in page
    assert "prior 20 cases + 0 observed" in page.replace("\u00a0", " ")
    assert "Name, address, nationality, postcode, language and gender are not among them." in page
    assert "Nobody has decided yet." in page
    clerk.submit("/proposals/1/dismiss", code="knows_more", reason="Paid in cash")
    page = clerk.get("/proposals/1/decision").text
    assert "I know something that is not recorded here" in page
    assert "Paid in cash" in page


def test_what_if_reckons_again_without_changing_anything(clerk: Clerk, portfolio: Settings) -> None:
    page = clerk.get("/proposals/1/decision?treatment=call&recovery=10").text
    assert "It would stay: friendly reminder." in page
    assert "10\u00a0%" in page
    for bad in ("much", "-1", "101", "1e9", "NaN"):
        assert clerk.get(f"/proposals/1/decision?treatment=call&recovery={bad}").status_code == 400
    assert clerk.get("/proposals/1/decision?treatment=threat&recovery=10").status_code == 400


def test_another_creditors_decision_is_not_there(clerk: Clerk, portfolio: Settings) -> None:
    assert clerk.get("/proposals/3/decision").status_code == 404


def test_the_assumptions_and_the_overrides_are_shown(clerk: Clerk, portfolio: Settings) -> None:
    page = clerk.get("/settings/priors").text
    assert "prior 20 cases + 0 observed" in page
    assert "The assumptions stand alone." in page
    assert "Nothing was decided in these days." in clerk.get("/reports/overrides").text
    clerk.submit("/proposals/1/dismiss", code="too_soft", reason="")
    clerk.submit("/proposals/2/approve")
    page = clerk.get("/reports/overrides?days=30").text
    assert "Too soft; this was tried before" in page
    assert "1 of 2" in clerk.get("/settings/priors").text


def test_a_manager_sets_what_is_believed_and_takes_it_back(clerk: Clerk, portfolio: Settings) -> None:
    cell = {"treatment": "payment_plan", "reason": "cash_gap", "grade": ""}
    told = {"recovery": "71,5", "strength": "40", "why": "Two years of our own plans"}
    assert clerk.submit("/settings/priors", **cell, **told).status_code == 403
    with doing(portfolio, actor="seed") as act:
        make.create_user(act, find_creditor(act.session, "NORD"), name="chief", role="manager")
    clerk.log_in("chief")
    page = clerk.submit("/settings/priors", **cell, **told).text
    assert "Assumptions in force: version 1." in page
    assert "<strong>72\u00a0%</strong>" in page
    assert "set by chief on 2026-11-23: Two years of our own plans" in page
    for wrong in ({"recovery": "lots"}, {"recovery": "101"}, {"strength": "0"}, {"strength": "1e9"}, {"grade": "E"}):
        assert clerk.submit("/settings/priors", **(cell | told | wrong)).status_code == 400
    assert "Assumptions in force: version 2." in clerk.submit("/settings/priors/shipped", **cell, why="Too few").text


def test_dismissing_needs_a_reason(clerk: Clerk, portfolio: Settings) -> None:
    assert clerk.submit("/proposals/1/dismiss").status_code == 400
    assert clerk.submit("/proposals/1/dismiss", code="other").status_code == 400
