"""The clerk sees a letter as a page, as an e-mail and as a short text, and why it is worded as it is."""

from __future__ import annotations

from tests.desk.conftest import Clerk


def test_the_letter_is_shown_in_each_of_its_forms_with_the_reason_for_its_tone(clerk: Clerk) -> None:
    panel = clerk.get("/?customer=K1").text
    assert "Tone: warm: a reminder, grade A." in panel
    # Each form opens in the frame of the letter, so that no script is needed.
    for address in ("/proposals/1/preview", "/proposals/1/preview/email", "/proposals/1/preview/short"):
        assert f'href="{address}" target="letter-1"' in panel
        page = clerk.get(address)
        assert page.status_code == 200
        assert "script-src" not in page.headers["content-security-policy"]
    assert 'name="letter-1"' in panel


def test_the_short_text_says_how_many_messages_it_takes_and_that_nobody_sends_it(clerk: Clerk) -> None:
    page = clerk.get("/proposals/1/preview/short").text
    assert "text message" in page
    assert "GSM-7" in page
    assert "No provider of text messages is connected" in page
    assert "/p/" in page


def test_the_tone_is_for_the_clerk_alone(clerk: Clerk) -> None:
    for address in ("/proposals/1/preview", "/proposals/1/preview/email"):
        assert "grade A" not in clerk.get(address).text


def test_another_creditor_s_letter_is_shown_in_no_form(clerk: Clerk) -> None:
    for address in ("/proposals/3/preview/email", "/proposals/3/preview/short"):
        assert clerk.get(address).status_code == 404
