"""The timeline page: everything that happened with a customer, by group, by words, page by page."""

from __future__ import annotations

import html
import re

from sqlalchemy import select

from kulant.core.events import Event
from kulant.ledger.models import Customer
from kulant.ledger.queries import customer_by_number
from kulant.people.service import find_creditor
from kulant.relationship.commitments import make_commitment
from kulant.relationship.models import Concern, TimelineEvent
from kulant.relationship.models_care import Commitment, Strike
from kulant.relationship.service import add_note
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import TODAY, Clerk

STORY = "/customers/K1/timeline"
CASE = "/?customer=K1"


def said(clerk: Clerk, address: str) -> str:
    answer = clerk.get(address)
    assert answer.status_code == 200
    return html.unescape(answer.text)


def tell(portfolio: Settings, count: int) -> None:
    with doing(portfolio, actor="Kari") as act:
        customer = customer_by_number(act.session, find_creditor(act.session, "NORD").id, "K1")
        for n in range(count):
            act.tell(Event("note", f"Note number {n}.", creditor_id=customer.creditor_id, customer_id=customer.id))


def test_the_ledger_and_what_was_said_stand_together(clerk: Clerk) -> None:
    clerk.submit("/customers/K1/note", kind="call", text="Will pay on Friday.", direction="out")
    page = said(clerk, STORY)
    assert re.search(r"Invoice INV-K1</a> 12,500.00 NOK, due 3 November 2026", page)
    assert "Will pay on Friday." in page and "from us" in page
    assert 'href="/?customer=K1"' in page


def test_groups_and_words_are_in_the_address(clerk: Clerk) -> None:
    clerk.submit("/customers/K1/note", kind="call", text="Will pay on Friday.")
    page = said(clerk, f"{STORY}?show=talks")
    assert "Will pay on Friday." in page and "INV-K1" not in page
    assert re.search(r'href="/customers/K1/timeline\?show=letters&show=talks"', page)
    assert "INV-K1" in said(clerk, f"{STORY}?show=talks&show=money")
    assert "Nothing to show." in said(clerk, f"{STORY}?q=never+said")


def test_older_moments_are_one_link_away_until_the_first(clerk: Clerk, portfolio: Settings) -> None:
    tell(portfolio, 120)
    page, seen = said(clerk, STORY), 0
    for _ in range(10):
        seen += page.count("Note number")
        older = re.search(r'href="([^"]+)" rel="next"', page)
        if older is None:
            break
        page = said(clerk, older[1])
        assert "Newest" in page
    assert seen == 120


def test_beside_the_case_stand_the_newest_and_a_chip_renews_only_them(clerk: Clerk, portfolio: Settings) -> None:
    tell(portfolio, 30)
    page = said(clerk, CASE)
    assert page.count("Note number") == 15
    part = clerk.get(f"{STORY}?show=money", headers={"HX-Request": "true", "HX-Target": "section#case-story"}).text
    assert part.lstrip().startswith('<section id="case-story"') and "INV-K1" in part


def test_nobody_sees_the_timeline_of_another_creditors_customer(clerk: Clerk) -> None:
    assert clerk.get("/customers/S1/timeline").status_code == 404
    assert clerk.get(f"{STORY}?before=nonsense").status_code == 400


def test_a_note_carries_what_we_promised(clerk: Clerk, portfolio: Settings) -> None:
    page = clerk.submit(
        "/customers/K1/note", kind="call", text="The price is wrong.", direction="in", promised="A credit note.",
        promised_by="2026-11-27", promised_owner="Ola", back=CASE,
    ).text  # fmt: skip
    assert "A credit note." in page and "Ola" in page
    with doing(portfolio, actor="test") as act:
        [commitment] = act.session.scalars(select(Commitment))
        [call] = act.session.scalars(select(TimelineEvent).where(TimelineEvent.kind == "call"))
        assert (commitment.owner, commitment.due.isoformat(), call.direction) == ("Ola", "2026-11-27", "in")


def test_a_promise_of_ours_without_a_day_records_nothing(clerk: Clerk, portfolio: Settings) -> None:
    answer = clerk.submit("/customers/K1/note", kind="call", text="Talked.", promised="A credit note.", back=CASE)
    assert answer.status_code == 400
    with doing(portfolio, actor="test") as act:
        assert act.session.scalars(select(TimelineEvent).where(TimelineEvent.kind == "call")).first() is None


def test_a_call_without_words_is_refused(clerk: Clerk) -> None:
    assert clerk.submit("/customers/K1/note", kind="call", text="  ").status_code == 400


def test_a_complaint_is_given_to_somebody_and_answered_as_our_error(clerk: Clerk, portfolio: Settings) -> None:
    page = clerk.submit("/customers/K1/note", kind="complaint", text="Broken boxes.", owner="Kari", back=CASE).text
    assert "Answer by" in page and "Kari" in page
    with doing(portfolio, actor="test") as act:
        number = act.session.scalars(select(Concern.id)).one()
    assert "Ola takes care of it." in clerk.submit(f"/concerns/{number}/give", owner="Ola", back=CASE).text
    page = clerk.submit(
        f"/concerns/{number}/answer", answer="New ones sent.", outcome="put_right", our_error="true", back=CASE
    ).text
    assert "Complaint answered (put right): New ones sent." in page
    assert "Strikes against us" in page and "Error in an invoice" in page


def test_a_promise_of_ours_is_ticked_off_from_the_tasks(clerk: Clerk, portfolio: Settings) -> None:
    with doing(portfolio, actor="Kari") as act:
        customer = customer_by_number(act.session, find_creditor(act.session, "NORD").id, "K1")
        kept = make_commitment(act, customer=customer, text="A credit note.", due=TODAY)
        broken = make_commitment(act, customer=customer, text="A call.", due=TODAY)
    page = clerk.get("/tasks").text
    assert f'action="/commitments/{kept.id}/kept"' in page and f'action="/commitments/{broken.id}/broken"' in page
    clerk.submit(f"/commitments/{kept.id}/kept")
    page = clerk.submit(f"/commitments/{broken.id}/broken", why="nobody was there").text
    assert "A credit note." not in page
    with doing(portfolio, actor="test") as act:
        states = act.session.execute(select(Commitment.text, Commitment.status).order_by(Commitment.id)).all()
        assert [tuple(row) for row in states] == [("A credit note.", "kept"), ("A call.", "broken")]


def test_a_mistake_is_counted_and_withdrawn(clerk: Clerk, portfolio: Settings) -> None:
    for text in ("The price was wrong.", "So was the next."):
        page = clerk.submit("/customers/K1/strike", text=text, code="invoice_error", on="2026-11-20", back=CASE).text
    assert "Nothing automatic goes out to them any more" in page
    with doing(portfolio, actor="test") as act:
        first = act.session.scalars(select(Strike.id).order_by(Strike.id)).first()
    page = clerk.submit(f"/strikes/{first}/withdraw", reason="it was right", back=CASE).text
    assert "Nothing automatic goes out" not in page and "it was right" in page


def test_strikes_concerns_and_promises_of_others_are_out_of_reach(clerk: Clerk, portfolio: Settings) -> None:
    with doing(portfolio, actor="test") as act:
        theirs = act.session.scalars(select(Customer).where(Customer.number == "S1")).one()
        concern = add_note(act, customer=theirs, kind="complaint", text="Broken.")
        commitment = make_commitment(act, customer=theirs, text="A call.", due=TODAY)
    assert concern is not None
    assert clerk.submit(f"/concerns/{concern.id}/answer", answer="Yes.").status_code == 404
    assert clerk.submit(f"/commitments/{commitment.id}/kept").status_code == 404
    assert clerk.submit("/customers/S1/strike", text="Ha.").status_code == 404
    assert clerk.submit("/strikes/1/withdraw", reason="Ha.").status_code == 404


def test_a_viewer_looks_and_changes_nothing(stranger: Clerk, portfolio: Settings) -> None:
    looker = stranger.log_in("looker")
    assert "INV-K1" in said(looker, STORY)
    assert looker.submit("/customers/K1/strike", text="Ha.").status_code == 403
