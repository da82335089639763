"""Whatever goes wrong at the portal's addresses: a calm page in its own look, and nothing that was written is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kulant.app import create_app
from kulant.ledger.models import Dispute, OpenItem
from kulant.plans.links import find_link, make_link, revoke_link
from kulant.relationship.models import Hold, TimelineEvent
from kulant.relationship.models_care import HardshipNote, Upload
from kulant.settings import Settings
from tests.portal.conftest import TODAY, Browser, Story
from tests.support.factories import create_payment

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TYPED = "Paid from my other account <b>on Friday</b>"


def test_every_answer_of_the_portal_is_in_its_own_look_and_kept_by_nobody(browser: Browser, story: Story) -> None:
    garbage: dict[str, Any] = {"content": b"garbage", "headers": {"content-type": "multipart/form-data; boundary=x"}}
    many: dict[str, Any] = {"data": {f"amount_{number}": "1" for number in range(1500)}}
    tries: list[tuple[str, str, dict[str, Any]]] = [
        *(("GET", f"{browser.path}/{name}", {}) for name in ("nothing", "parts/code", "fresh", "parts/day?n=x")),
        *(("GET", address, {}) for address in ("/pay", "/pay/unknown", "/p/short", "/p/none/pay")),
        ("POST", f"{browser.path}/paid", garbage),
        ("POST", f"{browser.path}/paid", {"data": {"details": "x" * 2_000_000}}),
        ("POST", f"{browser.path}/wrong", many),
        ("POST", "/p", {"content": b"x" * 2_000_000}),
        *((method, browser.path, {}) for method in ("PUT", "DELETE", "OPTIONS", "TRACE")),
    ]
    for method, address, sent in tries:
        answer = browser.client.request(method, address, **sent)
        assert answer.status_code >= 400, address
        assert "desk" not in answer.text.replace("desk-icon", "") and 'class="letterhead"' in answer.text, address
        assert answer.headers["cache-control"] == "no-store" and answer.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "no-store" in answer.headers["cache-control"] and story.creditor.name not in answer.text


def test_a_fault_of_ours_is_told_calmly_too(settings: Settings, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kulant.portal.routes.receipts.declined", lambda visit: 1 / 0)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        answer = client.get(f"/p/{story.token}", headers={"accept-language": "sv-SE,sv;q=0.9"})
    assert (answer.status_code, 'lang="sv"' in answer.text) == (500, True)
    assert "desk.css" not in answer.text


def test_a_program_that_asks_for_the_head_gets_that_of_the_page(browser: Browser) -> None:
    for name in ("", "/pay", "/parts"):
        answer = browser.client.head(f"{browser.path}{name}")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("megabytes", [12, 30])
def test_a_file_that_is_far_too_large_is_said_so_in_words(browser: Browser, story: Story, megabytes: int) -> None:
    content = b"%PDF-" + b"x" * (megabytes * 1024 * 1024)
    sealed = browser.sealed("paid")
    answer = browser.send_file(sealed, "paid", ("receipt.pdf", content), paid_on="2026-11-20", details=TYPED)
    assert "larger than 5 MB" in answer.text
    assert answer.status_code == (422 if megabytes == 12 else 413)
    assert ("on Friday" in answer.text) == (megabytes == 12)
    assert (story.rows(Upload), story.rows(Hold)) == ([], [])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.heic", b"\0\0\0\x18ftypheic"),
        ("drawing.png", b"<?xml version='1.0'?><svg onload='alert(1)'/>"),
        ("contract.docx", b"PK\x03\x04" + b"\0" * 5000),
        ("receipt.pdf", b"MZ\x90\0 a program"),
        ("page.jpg", b"<html><script>alert(1)</script>"),
    ],
)
def test_a_file_is_judged_by_its_bytes_and_what_was_typed_stays(
    browser: Browser, story: Story, name: str, content: bytes
) -> None:
    sealed = browser.sealed("paid")
    answer = browser.send_file(sealed, "paid", (name, content), paid_on="2026-11-20", details=TYPED)
    assert "We can take a PDF, a PNG or a JPEG" in answer.text
    assert 'value="2026-11-20"' in answer.text and "on Friday" in answer.text
    assert story.rows(Upload) == []


def test_a_link_that_was_closed_while_somebody_wrote_gives_them_back_their_words(
    browser: Browser, story: Story
) -> None:
    sealed = browser.sealed("paid")
    with story.doing() as act:
        found = find_link(act.session, story.token, TODAY)
        assert found is not None
        revoke_link(act, link=found.link)
    answer = browser.send_again(sealed, "paid", paid_on="2026-11-20", details=TYPED)
    assert (answer.status_code, "This link no longer opens" in answer.text) == (410, True)
    assert "Paid from my other account &lt;b&gt;on Friday&lt;/b&gt;</textarea>" in answer.text
    assert story.rows(Hold) == []
    with story.doing() as act:
        other = make_link(act, secret=story.settings.secret_key(), customer=story.customer)[1]
    answer = Browser(browser.client, f"/p/{other}").send_again(sealed, "paid", paid_on="2026-11-20", details=TYPED)
    assert answer.status_code == 422 and "on Friday" in answer.text, "a form of the older link is shown once more"


def test_an_invoice_paid_while_somebody_complains_of_it_makes_them_complain_of_no_other(
    browser: Browser, story: Story
) -> None:
    first, second, _ = story.invoices
    sealed = browser.sealed("wrong")
    with story.doing() as act:
        create_payment(act, story.creditor, "6000.00", invoice=act.session.get_one(OpenItem, first.id))
    answer = browser.send_again(sealed, "wrong", item=str(first.id), reason="price", details=TYPED)
    assert (answer.status_code, "Something has changed" in answer.text) == (422, True)
    assert "on Friday" in answer.text and story.rows(Dispute) == []
    answer = browser.send("wrong", reason="price", details=TYPED)
    assert "D-1" in answer.text and [row.item_id for row in story.rows(Dispute)] == [second.id]


def test_too_many_files_are_refused_with_the_words_beside(browser: Browser, story: Story) -> None:
    for number in range(11):
        sealed = browser.sealed("paid")
        file = ("receipt.pdf", b"%PDF-" + str(number).encode())
        browser.send_file(sealed, "paid", file, paid_on="2026-11-20", details=TYPED)
    assert (browser.page.status_code, "tried very often" in browser.page.text) == (429, True)
    assert "on Friday" in browser.page.text and len(story.rows(Upload)) == 10


def test_what_is_told_once_more_is_kept_too(browser: Browser, story: Story) -> None:
    browser.send("paid", paid_on="2026-11-20")
    for _ in range(2):
        browser.send("paid", paid_on="2026-11-19", details="It was the day before")
    notes = [event.text for event in story.rows(TimelineEvent) if event.kind == "note"]
    assert len(story.rows(Hold)) == 1
    assert [re.sub(r".*19", "19", note) for note in notes] == ["19 November 2026: It was the day before"]
    browser.send("help", please="yes", details="My work has ended")
    for _ in range(2):
        browser.send("help", please="yes", phone="+47 22 00 00 99", details="Call me after six")
    [note] = story.rows(HardshipNote)
    assert (note.words, note.phone) == ("My work has ended · Call me after six", "+47 22 00 00 99")


def test_an_older_browser_names_no_origin_and_may_type_the_code_of_its_letter(browser: Browser) -> None:
    fields = {"number": "C1", "code": "AAAAA-AAAAA"}
    assert browser.client.post("/p", data=fields, headers={"origin": "null"}).status_code == 422
    assert browser.client.post("/p", data=fields, headers={"origin": "https://evil.example"}).status_code == 403
    for site in ("cross-site", "same-site"):
        answer = browser.client.post("/p", data=fields, headers={"origin": "null", "sec-fetch-site": site})
        assert answer.status_code == 403
