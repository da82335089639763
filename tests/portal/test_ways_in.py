"""Who gets in: whoever has the link, the letter or the mailbox. Nobody else, and no program that reads mail."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from kulant.db import Act
from kulant.delivery.models import Delivery
from kulant.delivery.portal_mail import mail_code
from kulant.delivery.writing_notes import write_note
from kulant.ledger.models import Customer, Dispute
from kulant.letters.archive import without_link
from kulant.people.models_rules import Throttle
from kulant.people.throttle import Limit, forget_tries, tried
from kulant.plans.links import close_older, code_of, find_link, make_link
from kulant.plans.models import CounterProposal, Plan, PortalLink
from kulant.plans.models_portal import OneTimeCode
from kulant.plans.one_time_codes import code_text, try_code
from kulant.portal.limits import line_of
from kulant.relationship.models import Hold, Task
from tests.portal.conftest import TODAY, Browser, Story
from tests.support.factories import create_creditor, create_customer

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CHECK = "parts/check?n=2&day=15"
BY_HAND = {"sec-fetch-user": "?1", "sec-fetch-site": "same-origin"}  # what a browser says of a button that was pressed
CHANGED_BY_CUSTOMERS = (Plan, Hold, Task, Dispute, CounterProposal)


def code_on_the_letter(story: Story) -> str:
    return code_of(story.settings.secret_key(), story.rows(PortalLink)[0].nonce)


# The code of a letter


def test_the_code_of_the_letter_opens_the_same_page_however_it_is_typed(client: TestClient, story: Story) -> None:
    code = code_on_the_letter(story)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", code)
    for typed in (code, code.lower().replace("-", " "), code.replace("0", "o").replace("1", "l")):
        answer = client.post("/p", data={"number": " c1 ", "code": typed})
        assert answer.status_code == 200
        assert str(answer.url).endswith(f"/p/{story.token}")


def test_a_code_opens_nothing_for_another_customer_and_says_nothing(client: TestClient, story: Story) -> None:
    with story.doing() as act:
        create_customer(act, story.creditor, "C2")
    code = code_on_the_letter(story)
    said = set()
    for number, typed in (("C2", code), ("NOBODY", code), ("C1", "ABCDE-12345"), ("", "")):
        answer = client.post("/p", data={"number": number, "code": typed})
        assert answer.status_code == 422
        said.add(re.sub(r'value="[^"]*"', "", answer.text))
    assert len(said) == 1, "a wrong code, a wrong customer and none at all look alike"


def test_guessing_codes_ends_soon_even_for_whoever_then_guesses_right(client: TestClient, story: Story) -> None:
    answers = [client.post("/p", data={"number": "C1", "code": f"AAAAA-{n:05}"}).status_code for n in range(12)]
    assert answers == [422] * 10 + [429] * 2
    assert client.post("/p", data={"number": "C1", "code": code_on_the_letter(story)}).status_code == 429
    assert not any("C1" in row.bucket or "testclient" in row.bucket for row in story.rows_of(Throttle, "bucket"))


def test_who_guesses_at_many_customers_locks_none_of_them_out(client: TestClient, story: Story) -> None:
    for n in range(20):
        client.post("/p", data={"number": f"N{n}", "code": "AAAAA-AAAAA"})
    assert client.post("/p", data={"number": "C1", "code": "AAAAA-AAAAA"}).status_code == 429
    counted = [row for row in story.rows_of(Throttle, "bucket") if row.bucket.startswith("code-customer")]
    assert len(counted) == 20, "once the address is refused, no customer's tries are used up"


def test_another_address_of_the_same_line_is_the_same_visitor() -> None:
    assert line_of("2001:db8:1:2::1") == line_of("2001:db8:1:2:ffff::9") != line_of("2001:db8:1:3::1")
    assert line_of("::ffff:192.0.2.7") == line_of("192.0.2.7") != line_of("192.0.2.8")
    assert line_of("") == ""


def test_the_database_holds_neither_link_nor_code(story: Story) -> None:
    [link] = story.rows(PortalLink)
    code = code_on_the_letter(story).replace("-", "")
    kept = repr([getattr(link, column.name) for column in PortalLink.__table__.columns])
    assert story.token not in kept and code not in kept
    assert len(story.token) == 43  # 256 bits


def test_what_is_archived_of_a_letter_does_not_open_the_page_either() -> None:
    link = f"https://pay.example/p/{'aB3_-' * 8}xyz"
    letter = {"offer": {"url": link, "typed": "customer number 1 and the code ABCDE-12345", "lines": [f"see {link}."]}}
    assert without_link(letter) == {
        "offer": {"url": "https://pay.example/p/…", "lines": ["see https://pay.example/p/…."]}
    }


def test_tries_are_counted_anew_when_the_window_is_over(act: Act) -> None:
    limit = Limit("test", 2, timedelta(minutes=5))
    assert [tried(act, limit, "me", secret="x") for _ in range(3)] == [True, True, False]
    assert tried(act, limit, "you", secret="x")
    act.now += timedelta(minutes=5)
    assert tried(act, limit, "me", secret="x")
    act.now += timedelta(days=3)
    forget_tries(act)
    assert tried(act, limit, "me", secret="x")


# A fresh link


def expire(story: Story) -> None:
    with story.doing() as act:
        found = find_link(act.session, story.token, TODAY)
        assert found is not None
        act.session.get_one(PortalLink, found.link.id).expires_on = TODAY - timedelta(days=1)


def test_an_expired_link_mails_a_fresh_one_that_opens_the_page(client: TestClient, story: Story) -> None:
    expire(story)
    assert "Mail me a new link" in client.get(f"/p/{story.token}?lang=en").text
    assert "on its way" in client.post(f"/p/{story.token}/fresh?lang=en", headers=BY_HAND).text
    [delivery] = story.rows(Delivery)
    assert (delivery.kind, delivery.recipient) == ("fresh_link", "faktura@c1.example")
    assert story.token not in repr(delivery.context)
    with story.doing() as act:
        row = act.session.get_one(Delivery, delivery.id)
        written = write_note(act, delivery=row, base_url="http://testserver", secret=story.settings.secret_key())
    fresh = written["offer"]["url"].rpartition("/")[2]
    assert fresh != story.token
    assert "2 invoices are still open" in client.get(f"/p/{fresh}").text


def test_asking_for_a_fresh_link_never_says_whether_it_or_an_address_exists(client: TestClient, story: Story) -> None:
    with story.doing() as act:
        mute = create_customer(act, story.creditor, email=None)
        silent = make_link(act, secret=story.settings.secret_key(), customer=mute)[1]
    known = client.post(f"/p/{story.token}/fresh", headers=BY_HAND)
    without_address = client.post(f"/p/{silent}/fresh", headers=BY_HAND)
    unknown = client.post(f"/p/{'A' * 43}/fresh", headers=BY_HAND)
    assert known.status_code == without_address.status_code == unknown.status_code == 200
    assert known.text.replace(story.token, "") == without_address.text.replace(silent, "")
    assert "on its way" in unknown.text and "Nordlys" not in unknown.text
    for _ in range(5):
        assert client.post(f"/p/{story.token}/fresh", headers=BY_HAND).text == known.text
    assert len(story.rows(Delivery)) <= 3, "nobody's mailbox is filled by it"


def test_a_letter_that_left_closes_the_links_before_it_and_only_the_same_customers(story: Story) -> None:
    secret = story.settings.secret_key()
    with story.doing() as act:
        customer = act.session.get_one(Customer, story.customer.id)
        other = create_customer(act, story.creditor)
        theirs = make_link(act, secret=secret, customer=other)[1]
        newest = make_link(act, secret=secret, customer=customer, nonce="proposal-9")[1]
        close_older(act, customer_id=customer.id, nonce="proposal-9", on=TODAY + timedelta(days=5))

    def state(token: str, day: int) -> str:
        with story.doing() as act:
            found = find_link(act.session, token, TODAY + timedelta(days=day))
            assert found is not None
            return found.state

    assert (state(story.token, 4), state(story.token, 5)) == ("open", "revoked")
    assert (state(newest, 5), state(theirs, 5)) == ("open", "open")


# Proof that a person agrees


def test_a_plan_is_agreed_with_a_mailed_code_instead_of_an_invoice_number(browser: Browser, story: Story) -> None:
    sealed = browser.sealed(CHECK)
    page = browser.client.post(
        f"{browser.path}/parts/code?n=2",
        data={"sealed": sealed, "day": "15", "name": "Test Testesen"},
        headers=BY_HAND,
    )
    assert "We have mailed you a code" in page.text and 'value="Test Testesen"' in page.text
    [delivery] = story.rows(Delivery)
    assert (delivery.kind, delivery.recipient) == ("one_time_code", "faktura@c1.example")
    with story.doing() as act:
        row = act.session.get_one(Delivery, delivery.id)
        said = write_note(act, delivery=row, base_url="http://x", secret=story.settings.secret_key())["lead"]
    code = "".join(sign for sign in said if sign.isdigit())
    assert len(code) == 6 and code not in repr(delivery.context)
    answer = browser.send(CHECK, agreed="yes", name="Test Testesen", proof=f"{code[:3]} {code[3:]}")
    assert "We have an agreement" in answer.text
    assert story.rows(OneTimeCode)[0].used_at is not None


@ON_SQLITE
@pytest.mark.parametrize("proof", ["", "A3", "000000", "A"])
def test_without_the_right_number_nothing_is_agreed(browser: Browser, story: Story, proof: str) -> None:
    answer = browser.send(CHECK, agreed="yes", name="Test Testesen", proof=proof)
    assert answer.status_code == 422
    assert 'aria-describedby="proof-problem' in answer.text
    assert "A1" not in answer.text, "the page does not say the number it asks for"
    assert story.rows(Plan) == []


def test_guessing_invoice_numbers_ends_soon(browser: Browser, story: Story) -> None:
    sealed = browser.sealed(CHECK)
    fields = {"agreed": "yes", "name": "Test Testesen"}
    for guess in range(10):
        browser.send_again(sealed, CHECK, proof=f"X{guess}", **fields)
    assert "tried very often" in browser.send_again(sealed, CHECK, proof="A1", **fields).text
    assert story.rows(Plan) == []


def test_a_code_works_five_times_at_most_for_twenty_minutes_and_only_the_newest(act: Act) -> None:
    act.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    customer = create_customer(act, create_creditor(act))
    link, _ = make_link(act, secret="x", customer=customer)

    def mailed() -> str:
        mail_code(act, secret="x", link=link, language="en")
        newest = act.session.query(OneTimeCode).order_by(OneTimeCode.id.desc()).first()
        assert newest is not None
        return code_text("x", newest)

    older, code = mailed(), mailed()
    assert not try_code(act, link=link, typed=older, secret="x") or older == code
    assert try_code(act, link=link, typed=code, secret="x")
    for _ in range(3):
        try_code(act, link=link, typed="123", secret="x")
    assert not try_code(act, link=link, typed=code, secret="x"), "the sixth try"
    code = mailed()
    act.now += timedelta(minutes=20)
    assert not try_code(act, link=link, typed=code, secret="x"), "too late"


# Programs that read mail


class Forms(HTMLParser):
    """The forms of a page with their fields, as a program that looks for harm sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, str, list[dict[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append((given.get("method") or "get", given.get("action") or "", []))
        elif tag in ("input", "textarea", "button") and self.forms:
            self.forms[-1][2].append(given)


def as_it_stands(fields: list[dict[str, str | None]]) -> dict[str, str]:
    """What a browser would send when nobody touches the form."""
    sent = {}
    for field in fields:
        ticked = field.get("type") not in ("checkbox", "radio") or "checked" in field
        if field.get("name") and ticked and field.get("type") != "file":
            sent[str(field["name"])] = field.get("value") or ""
    return sent


def everything_filled(fields: list[dict[str, str | None]]) -> dict[str, str]:
    """What a program sends that ticks all boxes and writes something into every field."""
    sent = {}
    for field in fields:
        if field.get("name") and field.get("type") != "file":
            sent[str(field["name"])] = field.get("value") or ("2026-11-20" if field.get("type") == "date" else "1")
    return sent


@ON_SQLITE
@pytest.mark.parametrize("fill", [as_it_stands, everything_filled])
def test_a_mail_scanner_that_follows_links_and_sends_forms_changes_nothing(
    browser: Browser, story: Story, fill: Callable[[list[dict[str, str | None]]], dict[str, str]]
) -> None:
    seen: set[str] = set()
    sent = 0
    waiting = [f"http://testserver{browser.path}"]
    while waiting:
        address = waiting.pop()
        if address in seen or browser.path not in address or "lang=" in address:
            continue
        seen.add(address)
        browser.page = browser.client.head(address) if len(seen) % 7 == 0 else browser.client.get(address)
        browser.page = browser.client.get(address)
        waiting += browser.links()
        forms = Forms()
        forms.feed(browser.page.text)
        for method, action, fields in forms.forms:
            if method == "post":
                sent += 1
                browser.client.post(action, data=fill(fields))
            else:
                waiting.append(f"http://testserver{action}?{urlencode(fill(fields))}")
    assert sent >= 5
    assert [table.__name__ for table in CHANGED_BY_CUSTOMERS if story.rows(table)] == []
