"""The editor of letters' texts: written by one, approved by another, looked at with real customers."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader

from kulant.i18n import LANGUAGES
from kulant.letters.text_kinds import text_kinds
from kulant.people.service import find_creditor
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk
from tests.support import factories as make

EVERY = len(text_kinds()) * len(LANGUAGES)
AT = "/settings/texts/reminder/en"
TEXT = {
    "heading": "A friendly note",
    "lead": "Have we been unclear? {{ total }} is still open.",
    "body": "Please pay by {{ pay_by }}.",
    "short": "A note from {{ creditor }}.",
}


@pytest.fixture
def chief(portfolio: Settings, stranger: Clerk) -> str:
    """A manager beside the clerk."""
    with doing(portfolio, actor="seed") as act:
        make.create_user(act, find_creditor(act.session, "NORD"), name="chief", role="manager")
    return "chief"


def preview(clerk: Clerk) -> str:
    return clerk.get("/proposals/1/preview").text


def test_every_letter_has_a_text_in_every_language(clerk: Clerk) -> None:
    page = clerk.get("/settings/texts").text
    assert page.count(">Shipped<") == EVERY


def test_a_text_is_written_looked_at_put_forward_and_approved_by_somebody_else(clerk: Clerk, chief: str) -> None:
    page = clerk.submit(f"{AT}/look", **TEXT, customer="K2").text
    assert "Have we been unclear? NOK\u00a012,500.00 is still open." in page
    assert "Brattli Bygg AS (K2)" in page
    assert "Nobody has written another text here." in page  # looking keeps nothing
    assert "Draft kept as version 1." in clerk.submit(AT, **TEXT).text
    assert "waits for approval" in clerk.submit(f"{AT}/1/forward").text
    refused = clerk.submit(f"{AT}/1/approve")
    assert (refused.status_code, "Only a manager" in refused.text) == (403, True)
    assert "Have we been unclear" not in preview(clerk)
    clerk.log_in(chief)
    assert "Version 1 is in force." in clerk.submit(f"{AT}/1/approve").text
    page = clerk.get(f"{AT}?against=shipped").text
    assert "<ins>" in page and "<del>" in page
    assert "The shipped text is in force again." in clerk.submit(f"{AT}/shipped").text
    assert clerk.get("/settings/texts").text.count(">Shipped<") == EVERY


def test_who_wrote_a_text_cannot_approve_it_whatever_their_role(clerk: Clerk, chief: str) -> None:
    clerk.log_in(chief)
    clerk.submit(AT, **TEXT)
    clerk.submit(f"{AT}/1/forward")
    answer = clerk.submit(f"{AT}/1/approve")
    assert (answer.status_code, "somebody else must approve it" in answer.text) == (403, True)
    assert "given back" in clerk.submit(f"{AT}/1/decline", why="Warmer, please").text
    assert clerk.submit(f"{AT}/1/approve").status_code == 409


def test_the_whole_letter_and_the_message_are_drawn_from_what_is_typed(clerk: Clerk) -> None:
    drawn = clerk.submit(f"{AT}/letter", **TEXT, customer="K1")
    assert drawn.headers["content-type"] == "application/pdf"
    page = "".join(page.extract_text() for page in PdfReader(BytesIO(drawn.content)).pages)
    assert "Have we been unclear?" in page and "INV-K1" in page
    message = clerk.submit(f"{AT}/mail", **TEXT, other="K2", customer="K1")
    assert "Have we been unclear?" in message.text and "INV-K2" in message.text
    assert "sandbox" in message.headers["content-security-policy"]
    assert clerk.submit(f"{AT}/mail", **(TEXT | {"lead": "{{ total.x }}"})).status_code == 400


def test_what_was_typed_stays_when_it_cannot_be_kept(clerk: Clerk) -> None:
    clerk.submit(AT, **TEXT, based_on="0", why="Shorter")
    late = clerk.submit(AT, **(TEXT | {"heading": "Mine, a minute later"}), based_on="0", why="Mine")
    assert late.status_code == 409
    assert "Version 1 was kept meanwhile, by clerk" in late.text
    assert ">Mine, a minute later</textarea>" in late.text and 'value="Mine"' in late.text
    assert "<del>A friendly note</del>" in late.text  # how it differs from the one that was kept
    long = clerk.submit(AT, **(TEXT | {"body": "word " * 700}))
    assert (long.status_code, "at most 3000 fit" in long.text, "word word" in long.text) == (400, True, True)
    assert "Shorter" in clerk.get(AT).text


def test_a_receipt_is_edited_like_any_letter_and_says_whom_it_is_shown_with(clerk: Clerk, chief: str) -> None:
    at = "/settings/texts/receipt_payment/en"
    page = clerk.get(at).text
    assert "their own invoice, the rest is made up" in page
    assert "{{ quiet_until }}" not in page  # only what a receipt for a payment can name
    amount = "{% if amount and day %}We got {{ amount }} on {{ day }}.{% endif %}"
    text = {"heading": "Thanks", "lead": "Thank you.", "body": "We got {{ amount }}.", "short": "Thanks."}
    assert "is not always known" in clerk.submit(f"{at}/look", **text).text
    clerk.submit(at, **text)
    assert clerk.submit(f"{at}/1/forward").status_code == 400
    clerk.submit(at, **(text | {"body": amount}))
    clerk.submit(f"{at}/2/forward")
    clerk.log_in(chief)
    assert "Receipt: a payment, English" in clerk.get("/settings/texts").text  # waits for approval
    assert "What differs from the shipped text" in clerk.get(at).text
    assert "warmer, please" in clerk.submit(f"{at}/2/decline", why="warmer, please").text
    assert "was put away" in clerk.submit(f"{at}/2/discard").text
    assert "The shipped text is in force." in clerk.get(at).text
    assert "an earlier one" in clerk.get(f"{at}?version=2").text
    assert clerk.submit(f"{at}/2/discard").status_code == 409
    assert clerk.get(f"{at}?customer=nobody").status_code == 200


def test_a_threat_is_shown_and_cannot_be_put_forward(clerk: Clerk) -> None:
    page = clerk.submit(AT, **(TEXT | {"body": "Pay by {{ pay_by }} or see us in court."})).text
    assert "reads as a threat" in page
    assert clerk.submit(f"{AT}/1/forward").status_code == 400


def test_languages_are_read_side_by_side(clerk: Clerk) -> None:
    page = clerk.get(f"{AT}?beside=sv").text
    assert 'lang="sv"' in page
    assert "Betalningspåminnelse" in page


def test_what_is_no_text_is_not_there_and_a_viewer_writes_nothing(clerk: Clerk) -> None:
    for address in ("/settings/texts/threat/en", "/settings/texts/reminder/fr", f"{AT}?version=9", f"{AT}?against=9"):
        assert clerk.get(address).status_code == 404
    clerk.log_in("looker")
    assert clerk.submit(AT, **TEXT).status_code == 403
