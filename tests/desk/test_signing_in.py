"""Who gets in, and what they get to see."""

from __future__ import annotations

import pytest

from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk
from tests.support import factories as make


def test_a_page_sends_a_stranger_to_the_log_in_and_back(stranger: Clerk) -> None:
    answer = stranger.get("/outbox", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/outbox")
    answer = stranger.post(
        "/login", data={"name": "clerk", "password": make.PASSWORD, "next": "/outbox"}, follow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/outbox")
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert "samesite=lax" in answer.headers["set-cookie"].lower()


def test_htmx_is_sent_to_the_log_in_as_a_whole_page(stranger: Clerk) -> None:
    answer = stranger.get("/", headers={"HX-Request": "true", "HX-Target": "aside#panel"})
    assert answer.headers["hx-redirect"] == "/login"


@pytest.mark.parametrize("name", ["clerk", "nobody-of-that-name", ""])
def test_a_wrong_password_says_so_without_telling_whether_the_name_exists(stranger: Clerk, name: str) -> None:
    answer = stranger.post("/login", data={"name": name, "password": "wrong"})
    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert "kulant_session" not in stranger.cookies


def test_guessing_is_stopped_even_for_the_right_password(stranger: Clerk) -> None:
    for _ in range(8):
        assert stranger.post("/login", data={"name": "clerk", "password": "wrong"}).status_code == 401
    answer = stranger.post("/login", data={"name": "clerk", "password": make.PASSWORD})
    assert answer.status_code == 429
    assert "quarter of an hour" in answer.text
    assert stranger.post("/login", data={"name": "other", "password": make.PASSWORD}).status_code == 200


def test_logging_out_ends_the_session_everywhere(clerk: Clerk) -> None:
    cookie = clerk.cookies["kulant_session"]
    clerk.submit("/logout")
    clerk.cookies.set("kulant_session", cookie)
    assert clerk.get("/", follow_redirects=False).status_code == 303


def test_a_log_in_never_leads_to_another_site(stranger: Clerk) -> None:
    for address in ("https://example.com/", "//example.com", "/\\example.com"):
        answer = stranger.post(
            "/login",
            data={"name": "clerk", "password": make.PASSWORD, "next": address},
            follow_redirects=False,
        )
        assert answer.headers["location"] == "/"


def test_one_creditor_never_sees_anothers_customer_letter_or_proposal(clerk: Clerk) -> None:
    assert "Hemmelig" not in clerk.get("/").text
    for address in ("/?customer=S1", "/proposals/3/preview", "/proposals/3/preview.pdf", "/documents/1", "/import/1"):
        assert clerk.get(address).status_code == 404, address
    assert clerk.submit("/proposals/3/approve").status_code == 404
    assert clerk.submit("/customers/S1/note", kind="note", text="hello").status_code == 404
    assert clerk.submit("/creditor", code="SYD").status_code == 404
    assert "Hemmelig" not in clerk.get("/bulk?proposal=3").text


def test_a_clerk_of_two_creditors_switches_between_them(portfolio: Settings, stranger: Clerk) -> None:
    with doing(portfolio, actor="seed") as act:
        from kulant.people.service import find_creditor

        both = [find_creditor(act.session, code) for code in ("NORD", "SYD")]
        from kulant.people.service import add_user

        add_user(act, name="office", role="clerk", password=make.PASSWORD, creditors=both)
    office = stranger.log_in("office")
    assert "Fjordbakeriet" in office.get("/").text
    assert "Hemmelig" in office.submit("/creditor", code="SYD").text
    assert "Fjordbakeriet" not in office.get("/").text


def test_a_viewer_looks_but_changes_nothing(stranger: Clerk) -> None:
    looker = stranger.log_in("looker")
    page = looker.get("/?customer=K1").text
    assert "Fjordbakeriet" in page
    assert "Approve and send" not in page
    assert looker.submit("/proposals/1/approve").status_code == 403
