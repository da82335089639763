"""Paying on a provider's page, against a provider of the tests' own on a real socket: money counts once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kulant.core.errors import Refusal
from kulant.delivery.models import Delivery
from kulant.delivery.payment_orders import give_up
from kulant.delivery.payment_provider import SIGNATURE, HostedPage, open_provider
from kulant.delivery.payment_rounds import ask_about_all
from kulant.ledger.models import OpenItem
from kulant.ledger.queries import imbalances
from kulant.ledger.service import open_dispute
from kulant.plans.models_portal import PaymentOrder
from kulant.relationship.models import Task
from kulant.settings import Settings
from tests.portal.conftest import Browser, Story

KEY = "a key for tests"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Provider:
    """A payment provider: keeps what was asked of it, and says of a payment what the test wants it to say."""

    address: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    status: str = "pending"
    silent: bool = False
    alone: threading.Lock = field(default_factory=threading.Lock)

    def word(self, number: int = 0, **other: Any) -> dict[str, Any]:
        number = number or len(self.asked)
        order = self.asked[number - 1]
        known = {name: order[name] for name in ("key", "amount_minor", "currency")}
        return {"id": f"pay_{number}", "status": self.status} | known | other

    def notice(self, *, key: str = KEY, at: float | None = None, **other: Any) -> dict[str, Any]:
        body = json.dumps(self.word(**other)).encode()
        seconds = str(int(at or time.time()))
        signature = HostedPage(self.address, key).sign(seconds, body)
        return {"content": body, "headers": {SIGNATURE: f"t={seconds},v1={signature}"}}


@pytest.fixture
def provider() -> Iterator[Provider]:
    known = Provider()

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            given = dict(part.split("=") for part in self.headers[SIGNATURE].split(","))
            if known.silent or given["v1"] != HostedPage(known.address, KEY).sign(given["t"], body):
                self.send_error(503)
                return
            order = json.loads(body)
            with known.alone:
                keys = [one["key"] for one in known.asked]
                if order["key"] not in keys:
                    known.asked.append(order)
                    keys.append(order["key"])
            number = keys.index(order["key"]) + 1
            self._answer({"id": f"pay_{number}", "url": f"{known.address}/page/{number}"})

        def do_GET(self) -> None:
            self._answer(known.word(int(self.path.rpartition("_")[2])))

        def _answer(self, said: dict[str, Any]) -> None:
            content = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """The tests' output is not the place for it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    known.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield known
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(settings: Settings, provider: Provider) -> Settings:
    return replace(settings, payment_url=provider.address, payment_key=KEY)


@pytest.fixture
def begun(browser: Browser, provider: Provider) -> str:
    """The customer has gone to the provider's page; the address they come back to."""
    page = browser.open("pay")
    assert "by card or phone" in page
    policy = browser.page.headers["content-security-policy"]
    assert f"form-action 'self' {provider.address};" in policy
    sealed = browser.sealed("pay")
    answer = browser.client.post(
        f"{browser.path}/pay", data={"sealed": sealed, "currency": "NOK", "mine": "yes"}, follow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"{provider.address}/page/1")
    back: str = provider.asked[0]["return_url"]
    return back.replace("http://127.0.0.1:8000", "")


def payments(story: Story) -> list[OpenItem]:
    return [item for item in story.rows(OpenItem) if item.kind == "payment"]


def test_the_money_counts_once_whoever_tells_of_it_how_often(
    client: TestClient, story: Story, provider: Provider, begun: str
) -> None:
    [asked] = provider.asked
    assert (asked["amount_minor"], asked["currency"], asked["merchant"]) == (1_000_000, "NOK", "NORD")
    assert story.token not in json.dumps(asked), "the provider never learns the link that opens the page"
    assert "We have not heard of it yet" in client.get(begun).text
    assert payments(story) == []
    provider.status = "paid"
    notice = provider.notice()
    with ThreadPoolExecutor(4) as pool:
        heard = list(pool.map(lambda _: client.post("/webhooks/payments", **notice).status_code, range(4)))
    assert heard == [200] * 4
    assert "Thank you. It is paid" in client.post(begun).text
    [payment] = payments(story)
    assert (payment.number, payment.amount_minor, payment.open_minor) == ("hosted:pay_1", -1_000_000, 0)
    assert [item.open_minor for item in story.rows(OpenItem) if item.number in ("A1", "A2")] == [0, 0]
    [receipt] = story.rows(Delivery)
    assert (receipt.kind, receipt.context["what"]) == ("receipt", "payment")
    with story.doing() as act:
        assert imbalances(act.session) == []


def test_the_customer_who_comes_back_early_may_look_again(
    client: TestClient, story: Story, provider: Provider, begun: str
) -> None:
    assert "Please do not pay twice" in client.post(begun).text
    provider.status = "paid"
    assert "Thank you. It is paid" in client.post(begun).text
    assert len(payments(story)) == 1


def test_a_payment_that_failed_leaves_everything_as_it_was(
    client: TestClient, story: Story, provider: Provider, begun: str
) -> None:
    provider.status = "failed"
    assert client.post("/webhooks/payments", **provider.notice()).status_code == 200
    assert "Nothing was paid" in client.get(begun).text
    assert payments(story) == []


def test_another_amount_than_asked_is_posted_as_it_came_and_somebody_told(
    client: TestClient, story: Story, provider: Provider, begun: str
) -> None:
    provider.status = "paid"
    client.post("/webhooks/payments", **provider.notice(amount_minor=400_000))
    assert [payment.amount_minor for payment in payments(story)] == [-400_000]
    assert ["4,000.00 NOK online where 10,000.00 NOK" in task.text for task in story.rows(Task)] == [True]


def test_only_the_provider_is_believed_and_only_for_a_while(
    client: TestClient, story: Story, provider: Provider, begun: str
) -> None:
    provider.status = "paid"
    forged = provider.notice(key="another key")
    old = provider.notice(at=time.time() - 3600)
    changed = provider.notice() | {"content": provider.notice(amount_minor=1)["content"]}
    strange = [{"content": b"{}", "headers": {SIGNATURE: text.encode("latin-1")}} for text in ("t=²,v1=a", "t=1,v1=é")]
    now = {"content": b"{}", "headers": {SIGNATURE: f"t={int(time.time())},v1=é".encode("latin-1")}}
    for notice in (forged, old, changed, {"content": b"{}"}, *strange, now):
        assert client.post("/webhooks/payments", **notice).status_code == 403
    assert payments(story) == []
    somebody_elses = provider.notice(id="pay_9")
    assert client.post("/webhooks/payments", **somebody_elses).status_code == 200
    assert payments(story) == [], "another payment of the provider's pays nothing here"


def begin(browser: Browser, sealed: str) -> str:
    """Where the customer is led to."""
    answer = browser.client.post(
        f"{browser.path}/pay", data={"sealed": sealed, "currency": "NOK", "mine": "yes"}, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_two_pages_and_two_taps_ask_for_the_same_money_once(browser: Browser, story: Story, provider: Provider) -> None:
    one, other = browser.sealed("pay"), browser.sealed("pay")
    with ThreadPoolExecutor(4) as pool:
        led_to = set(pool.map(lambda sealed: begin(browser, sealed), (one, other, one, other)))
    assert led_to == {f"{provider.address}/page/1"}
    assert [(order.status, order.provider_id) for order in story.rows(PaymentOrder)] == [("begun", "pay_1")]
    provider.status = "paid"
    assert begin(browser, browser.sealed("pay")).startswith("/pay/"), "the other page has paid it meanwhile"
    assert len(payments(story)) == len(provider.asked) == 1


def test_another_amount_takes_the_place_of_what_was_begun_and_money_for_either_counts(
    browser: Browser, story: Story, provider: Provider, begun: str
) -> None:
    with story.doing() as act:
        open_dispute(act, item=act.session.get_one(OpenItem, story.invoices[0].id), amount_minor=100_000, reason="x")
    assert begin(browser, browser.sealed("pay")) == f"{provider.address}/page/2"
    assert [order.status for order in story.rows(PaymentOrder)] == ["superseded", "begun"]
    assert "We have not heard of it yet" in browser.client.get(begun).text
    provider.status = "paid"
    browser.client.post("/webhooks/payments", **provider.notice(number=1))
    assert [payment.amount_minor for payment in payments(story)] == [-1_000_000]
    assert ["on a page that another amount had replaced" in task.text for task in story.rows(Task)] == [True]


@ON_SQLITE
def test_a_program_that_sends_the_form_as_it_stands_begins_nothing_and_a_person_needs_no_box(
    browser: Browser, story: Story, provider: Provider
) -> None:
    fields = {"sealed": browser.sealed("pay"), "currency": "NOK"}
    shown = browser.client.post(f"{browser.path}/pay", data=fields)
    assert (shown.status_code, 'name="mine"' in shown.text) == (422, True)
    assert (story.rows(PaymentOrder), provider.asked) == ([], [])
    pressed = browser.client.post(
        f"{browser.path}/pay", data=fields, headers={"sec-fetch-user": "?1"}, follow_redirects=False
    )
    assert pressed.headers["location"] == f"{provider.address}/page/1"


@ON_SQLITE
def test_a_word_that_comes_late_still_counts_once_and_impossible_sums_are_not_taken(
    browser: Browser, story: Story, provider: Provider, begun: str
) -> None:
    with story.doing() as act:
        act.now += timedelta(days=3)
        give_up(act)
    assert "Nothing was paid" in browser.client.get(begun).text
    provider.status = "paid"
    for impossible in (-1, 10**18, True, 1.5, "1", None):
        answer = browser.client.post("/webhooks/payments", **provider.notice(amount_minor=impossible))
        assert 400 <= answer.status_code < 500, impossible
    for _ in range(2):
        assert browser.client.post("/webhooks/payments", **provider.notice()).status_code == 200
    assert len(payments(story)) == 1


@ON_SQLITE
def test_a_payment_that_ran_out_is_begun_anew(browser: Browser, story: Story, provider: Provider, begun: str) -> None:
    provider.status = "expired"
    assert begin(browser, browser.sealed("pay")) == f"{provider.address}/page/2"
    assert [order.status for order in story.rows(PaymentOrder)] == ["expired", "begun"]


@ON_SQLITE
def test_a_word_that_got_lost_is_asked_for_and_what_nobody_pays_is_given_up(
    story: Story, provider: Provider, begun: str
) -> None:
    assert ask_about_all(story.settings) == 0
    with story.doing() as act:
        act.now += timedelta(days=3)
        assert give_up(act) == 1
    provider.status = "paid"
    assert ask_about_all(story.settings) == 0, "nobody waits for it any more"
    with story.doing() as act:
        act.session.query(PaymentOrder).one().status = "begun"
    assert ask_about_all(story.settings) == 1
    assert len(payments(story)) == 1


@ON_SQLITE
def test_a_provider_that_is_silent_leaves_the_bank(browser: Browser, story: Story, provider: Provider) -> None:
    provider.silent = True
    sealed = browser.sealed("pay")
    answer = browser.send_again(sealed, "pay", currency="NOK", mine="yes")
    assert "You can pay from your bank instead" in answer.text
    assert [order.status for order in story.rows(PaymentOrder)] == ["begun"]


def test_the_provider_is_reached_safely_or_not_at_all() -> None:
    assert open_provider(None, None) is None
    for url in ("http://pay.example", "ftp://pay.example", "pay.example"):
        with pytest.raises(Refusal):
            open_provider(url, KEY)
    with pytest.raises(Refusal):
        open_provider("https://pay.example", None)
