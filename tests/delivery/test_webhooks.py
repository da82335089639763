"""A program is told what happens: signed, at least once, nowhere inside the house, and nothing that is for people."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import select, update

from kulant.core.errors import Conflict, Refusal
from kulant.core.events import Event
from kulant.delivery import webhook_posting, webhooks
from kulant.delivery.pausing import pause_sending, resume_sending
from kulant.delivery.webhook_events import TOLD, TYPES
from kulant.delivery.webhook_models import WebhookEndpoint, WebhookMessage
from kulant.delivery.webhook_posting import Poster, Unreachable
from kulant.delivery.webhook_rounds import MOST_FAILURES, WAITS, send_webhooks
from kulant.delivery.webhook_signing import secret_of, signature
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.models import Task
from kulant.relationship.service import place_hold
from kulant.settings import Settings
from kulant.transaction import doing
from tests.support import factories as make

KEY = "a key for tests only, forty letters long"


@dataclass
class Listener:
    """A program that listens: what it was sent, and what it answers."""

    url: str = ""
    answers: list[int] = field(default_factory=list)  # the next ones; then 204
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    before_answering: Callable[[dict[str, str]], None] = lambda headers: None

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]


@pytest.fixture
def listener() -> Iterator[Listener]:
    listens = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listens.heard.append((dict(self.headers), body))
            listens.before_answering(dict(self.headers))
            status = listens.answers.pop(0) if listens.answers else 204
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        listens.url = f"http://127.0.0.1:{server.server_port}/kulant?from=test"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield listens
        server.shutdown()


@pytest.fixture
def house(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("KULANT_SECRET_KEY", KEY)
    made = Settings(
        database_url=database_url,
        base_url="http://127.0.0.1:8000",
        smtp_url="file:/nowhere",
        storage_url="file:/nowhere",
        fixed_today=None,
        webhooks_private=True,
    )
    with doing(made, actor="boss") as act:
        make.create_customer(act, make.create_creditor(act), number="K1", name="Testkunden AS")
    return made


def listen(house: Settings, url: str, *events: str) -> str:
    """The secret of a new endpoint of Nordlys Engros."""
    with doing(house, actor="boss") as act:
        creditor = act.session.get_one(Creditor, 1)
        poster = Poster(private=True)
        return webhooks.add_endpoint(act, creditor=creditor, url=url, events=events, key=KEY, poster=poster)[1]


def happen(house: Settings, *kinds: str, **data: Any) -> None:
    with doing(house, actor="clerk") as act:
        for kind in kinds:
            act.tell(Event(kind, "Their words, for people only.", creditor_id=1, customer_id=1, data=data))


def messages(house: Settings) -> list[WebhookMessage]:
    with doing(house, actor="test") as act:
        return list(act.session.scalars(select(WebhookMessage).order_by(WebhookMessage.id)))


def hurry(house: Settings) -> None:
    """Lets the time pass that messages wait, and that a worker holds one."""
    with doing(house, actor="test") as act:
        past = datetime.now(UTC) - timedelta(seconds=1)
        act.session.execute(update(WebhookMessage).values(due_at=past, lease_until=None))


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As docs/webhooks.md tells programs to do it."""
    parts = [part.split("=", 1) for part in headers["Kulant-Signature"].split(",")]
    seconds = next(value for name, value in parts if name == "t")
    expected = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    fresh = abs(time.time() - int(seconds)) < 300
    return fresh and any(hmac.compare_digest(expected, value) for name, value in parts if name == "v1")


def test_what_happens_is_told_signed_and_once_without_what_people_wrote(house: Settings, listener: Listener) -> None:
    secret = listen(house, listener.url)
    assert secret.startswith("whsec_")
    happen(house, "plan_accepted", "scored", plan=7, told="secret words", **{"from": "offered", "to": "accepted"})
    with doing(house, actor="clerk") as act:
        customer = act.session.get_one(Customer, 1)
        place_hold(
            act, customer=customer, until=act.today + timedelta(days=9), reason="ill, says the wife", code="hardship"
        )
    happen(house, "hardship_given", note=3)
    assert send_webhooks(house) == 3
    assert send_webhooks(house) == 0
    plan, held, care = listener.bodies()
    assert (plan["type"], plan["creditor"], plan["customer"]) == ("plan.accepted", "NORD", "K1")
    assert plan["data"] == {"plan": 7, "from": "offered", "to": "accepted"}
    assert (held["type"], set(held["data"])) == ("hold.placed", {"hold", "until"})
    assert (care["type"], care["data"]) == ("customer.needs_care", {})
    for headers, body in listener.heard:
        assert verified(secret, headers, body)
        assert not verified(secret, headers, body + b" ")
        assert not verified("whsec_another", headers, body)
        assert headers["Kulant-Event-Id"] == json.loads(body)["id"]
        assert b"words" not in body and b"wife" not in body and b"hardship" not in body
    assert [one.status for one in messages(house)] == ["sent"] * 3


def test_what_was_rolled_back_is_not_told_and_only_what_was_asked_for(house: Settings, listener: Listener) -> None:
    listen(house, listener.url, "promise.kept")
    with pytest.raises(RuntimeError), doing(house, actor="clerk") as act:
        act.tell(Event("promise_kept", "Kept.", creditor_id=1, customer_id=1, data={"promise": 1}))
        raise RuntimeError
    assert messages(house) == []
    happen(house, "promise_kept", "promise_broken", promise=1)
    assert [one.type for one in messages(house)] == ["promise.kept"]


def test_who_does_not_answer_is_asked_again_ever_later_under_the_same_id(house: Settings, listener: Listener) -> None:
    listen(house, listener.url)
    listener.answers = [500, 302, 500]
    happen(house, "dispute_opened", dispute=1)
    for attempt in range(3):
        assert send_webhooks(house) == 0
        [one] = messages(house)
        assert (one.status, one.attempts, one.problem) == ("waiting", attempt + 1, None)
        assert one.tried_at is not None and one.due_at == one.tried_at + WAITS[attempt]
        hurry(house)
    assert send_webhooks(house) == 1
    assert len({body["id"] for body in listener.bodies()}) == 1  # a redirect is an answer like any other: not followed
    assert [one.answer for one in messages(house)] == [204]


def test_nothing_is_told_while_sending_is_paused(house: Settings, listener: Listener) -> None:
    listen(house, listener.url)
    happen(house, "dispute_opened", dispute=1)
    with doing(house, actor="boss") as act:
        pause_sending(act, why="a copy of the database is being looked at")
    assert send_webhooks(house) == 0 and listener.heard == []
    with doing(house, actor="boss") as act:
        resume_sending(act)
    assert send_webhooks(house) == 1


def test_an_address_that_never_listens_is_given_up_and_a_person_is_told(house: Settings, listener: Listener) -> None:
    listen(house, listener.url)
    happen(house, "dispute_opened", dispute=1)
    with doing(house, actor="test") as act:
        act.session.execute(update(WebhookEndpoint).values(failures=MOST_FAILURES - 1))
    listener.answers = [503]
    send_webhooks(house)
    with doing(house, actor="boss") as act:
        endpoint = act.session.get_one(WebhookEndpoint, 1)
        assert endpoint.status == "failing"
        [task] = act.session.scalars(select(Task).where(Task.kind == "webhook_failing"))
        assert "30 messages in a row" in task.text
        with pytest.raises(Conflict):
            webhooks.ping(act, creditor=act.session.get_one(Creditor, 1), endpoint=endpoint)
    hurry(house)
    happen(house, "dispute_resolved", dispute=1)
    assert send_webhooks(house) == 0 and len(listener.heard) == 1
    with doing(house, actor="boss") as act:
        webhooks.switch(act, endpoint=act.session.get_one(WebhookEndpoint, 1), on=True)
    assert send_webhooks(house) == 1  # what waited; what happened meanwhile was not written down
    listener.answers = [410]
    happen(house, "hold_released", hold=1)
    send_webhooks(house)
    with doing(house, actor="boss") as act:
        assert act.session.get_one(WebhookEndpoint, 1).status == "failing"  # 410: gone for good


def test_a_changed_secret_and_the_one_before_it_are_valid_for_a_time(house: Settings, listener: Listener) -> None:
    old = listen(house, listener.url)
    with doing(house, actor="boss") as act:
        endpoint = act.session.get_one(WebhookEndpoint, 1)
        new = webhooks.rotate(act, endpoint=endpoint, key=KEY)
        made = webhooks.ping(act, creditor=act.session.get_one(Creditor, 1), endpoint=endpoint)
        assert new != old and made.type == "ping"
        assert not any(secret[6:] in str(vars(endpoint)) for secret in (old, new))  # neither is kept
    send_webhooks(house)
    [(headers, body)] = listener.heard
    assert verified(old, headers, body) and verified(new, headers, body)
    with doing(house, actor="boss") as act:
        act.session.execute(update(WebhookEndpoint).values(before_until=datetime.now(UTC) - timedelta(seconds=1)))
        webhooks.again(act, message=act.session.get_one(WebhookMessage, made.id))
    send_webhooks(house)
    headers, again = listener.heard[1]
    assert again == body
    assert verified(new, headers, again) and not verified(old, headers, again)


SENDER = """
from kulant.delivery.webhook_rounds import send_webhooks
from kulant.settings import Settings
send_webhooks(Settings.from_environment())
"""


def test_a_worker_killed_in_the_middle_leaves_the_message_to_the_next(house: Settings, listener: Listener) -> None:
    listen(house, listener.url)
    happen(house, "dispute_opened", dispute=1)
    known = {"KULANT_DATABASE_URL": house.database_url, "KULANT_SECRET_KEY": KEY, "KULANT_WEBHOOKS_PRIVATE": "yes"}
    worker = subprocess.Popen([sys.executable, "-c", SENDER], env={"PATH": os.environ["PATH"], **known})
    listener.before_answering = lambda headers: os.kill(worker.pid, signal.SIGKILL)
    assert worker.wait(timeout=60) == -signal.SIGKILL
    [one] = messages(house)
    assert (one.status, one.attempts, len(listener.heard)) == ("waiting", 1, 1)
    assert send_webhooks(house) == 0  # for a minute it is the other's
    listener.before_answering = lambda headers: None
    hurry(house)
    assert send_webhooks(house) == 1
    assert len({body["id"] for body in listener.bodies()}) == 1 and len(listener.heard) == 2


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://user:pass@example.com/", "bad_webhook"),
        ("https://example.com/#part", "bad_webhook"),
        ("https://example.com/\nHost: x", "bad_webhook"),
        ("ftp://example.com/", "bad_webhook"),
        ("https:///x", "bad_webhook"),
        ("https://example.com:0/", "bad_webhook"),
        ("http://example.com/", "webhook_not_https"),
        ("https://127.0.0.1/", "webhook_inside"),
        ("http://localhost:9000/", "webhook_inside"),
        ("https://10.1.2.3/", "webhook_inside"),
        ("https://169.254.169.254/latest", "webhook_inside"),
        ("https://[::1]/", "webhook_inside"),
        ("https://[::ffff:10.0.0.1]/", "webhook_inside"),
        ("https://[64:ff9b::a00:1]/", "webhook_inside"),
        ("https://[2002:0a00:0001::]/", "webhook_inside"),
        ("https://[fd00::1]/", "webhook_inside"),
    ],
)
def test_no_address_inside_the_house_can_be_named(url: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        Poster().check(url)
    assert refusal.value.code == code
    assert Poster().check("https://hooks.example.com/kulant?x=1") == "https://hooks.example.com/kulant?x=1"


def test_a_name_that_comes_to_mean_the_inside_is_not_asked(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    port = int(listener.url.split(":")[2].split("/")[0])
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("93.184.216.34", "127.0.0.1")]
    monkeypatch.setattr(webhook_posting.socket, "getaddrinfo", lambda *_args, **_more: found)
    with pytest.raises(Unreachable, match="private network"):
        Poster().post(f"https://hooks.example.com:{port}/", b"{}", {})
    assert listener.heard == []


def test_whoever_answers_too_slowly_is_hung_up_on(listener: Listener) -> None:
    listener.before_answering = lambda headers: time.sleep(1)
    with pytest.raises(Unreachable, match="nobody answered"):
        Poster(private=True, timeout=0.1).post(listener.url, b"{}", {})


def test_a_signature_is_over_the_second_and_the_body() -> None:
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    secret = secret_of("key", "nonce")
    assert secret == secret_of("key", "nonce") != secret_of("other", "nonce")
    mark = hmac.new(secret.encode(), f"{int(at.timestamp())}.{{}}".encode(), hashlib.sha256).hexdigest()
    assert signature([secret], b"{}", at) == f"t={int(at.timestamp())},v1={mark}"


def test_every_event_has_words_and_never_hands_on_free_text() -> None:
    assert len(TYPES) == len(TOLD)
    free = {"reason", "text", "words", "code", "note", "why", "outcome"}
    assert all(not free & set(told.facts) for told in TOLD.values())
    assert list(WAITS) == sorted(WAITS)


def test_an_unknown_event_is_refused_by_name(house: Settings) -> None:
    with pytest.raises(Refusal, match=r"plan\.exploded"):
        listen(house, "http://127.0.0.1:9/", "plan.exploded")
