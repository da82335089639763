"""Reading what comes to the mailbox: replies, automatic answers, reports; and whatever else somebody sends there."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.delivery.bounces import failure_of
from kulant.delivery.mail_incoming import MOST_TEXT, NOT_READABLE, read_incoming
from tests.support.mails import create_reply, create_report


def test_a_reply_is_read_with_who_wrote_it_what_it_answers_and_its_words() -> None:
    read = read_incoming(create_reply(answers="<proposal-1.NORD@kulant>"))
    assert (read.sender, read.subject, read.text) == (
        "faktura@c1.example", "Sv: Betalingspåminnelse", "Hei! Vi betaler på fredag.",
    )  # fmt: skip
    assert (read.message_id, read.refers_to) == ("<reply-1@c1.example>", ("<proposal-1.NORD@kulant>",))
    assert (read.automatic, read.unsubscribes, failure_of(read)) == (False, False, None)


def test_of_html_only_the_words_remain() -> None:
    page = (
        "<html><head><title>t</title><style>p{color:red}</style></head><body><p>Hei &amp; takk</p>"
        "<img src='http://spy.example/a.gif'><script>alert(1)</script><div>Vi betaler <b>fredag</b></div></body></html>"
    )
    assert read_incoming(create_reply(text=None, html=page)).text == "Hei & takk\nVi betaler fredag"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"List_Id": "<news.example>"},
    ],
)
def test_an_automatic_answer_is_known_as_one(headers: dict[str, str]) -> None:
    assert read_incoming(create_reply(**headers)).automatic


@pytest.mark.parametrize("headers", [{"Auto_Submitted": "no"}, {"Precedence": "first-class"}, {}])
def test_what_a_person_wrote_is_not_taken_for_automatic(headers: dict[str, str]) -> None:
    assert not read_incoming(create_reply(subject="Automatisk betaling?", **headers)).automatic


@pytest.mark.parametrize(("subject", "meant"), [("unsubscribe 17", True), ("Unsubscribe", True), ("Sv: hei", False)])
def test_a_wish_to_be_left_alone_is_known_by_its_subject(subject: str, meant: bool) -> None:
    assert read_incoming(create_reply(subject=subject)).unsubscribes is meant


def test_a_report_says_that_the_address_does_not_exist_and_which_message_came_back() -> None:
    failure = failure_of(read_incoming(create_report(about="<proposal-1.NORD@kulant>")))
    assert failure is not None
    assert (failure.hard, failure.bad_address, failure.status) == (True, True, "5.1.1")
    assert failure.recipients == ("faktura@c1.example",)
    assert "<proposal-1.NORD@kulant>" in failure.messages
    assert failure.said == "550 5.1.1 User unknown"


@pytest.mark.parametrize(
    ("action", "status", "hard", "bad_address"),
    [
        ("failed", "5.2.2", True, False),  # a full mailbox: it did not arrive, but the address is right
        ("failed", "5.7.1", True, False),  # the text was not liked
        ("failed", "4.4.7", True, False),  # given up after days of trying
        ("failed", "5.4.4", True, True),  # no such host
        ("delayed", "4.4.1", False, False),
    ],
)
def test_what_did_not_arrive_is_told_from_what_is_late_and_from_what_never_can(
    action: str, status: str, hard: bool, bad_address: bool
) -> None:
    failure = failure_of(read_incoming(create_report(action=action, status=status, said="")))
    assert failure is not None
    assert (failure.hard, failure.bad_address) == (hard, bad_address)


def test_a_report_that_it_was_delivered_is_no_failure() -> None:
    assert failure_of(read_incoming(create_report(action="delivered", status="2.0.0"))) is None


QMAIL = """\
Return-Path: <>
From: MAILER-DAEMON@old.example
Subject: failure notice

Hi. This is the qmail-send program at old.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<nobody@old.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Message-ID: <proposal-1.NORD@kulant>
Subject: Betalingspaminnelse
"""
EXIM = """\
From: Mail Delivery System <Mailer-Daemon@exim.example>
X-Failed-Recipients: nobody@exim.example
Auto-Submitted: auto-replied
Subject: Mail delivery failed: returning message to sender

  nobody@exim.example
    SMTP error from remote mail server after RCPT TO:<nobody@exim.example>:
    550 Unrouteable address
Message-ID: <proposal-1.NORD@kulant>
"""
WARNING = """\
From: postmaster@slow.example
Subject: Warning: message delayed 24 hours

The message has not yet been delivered. Delivery will be retried for 4 more days.
"""


@pytest.mark.parametrize(
    ("raw", "hard", "bad_address"), [(QMAIL, True, True), (EXIM, True, True), (WARNING, False, False)]
)
def test_older_servers_that_write_to_people_are_understood_too(raw: str, hard: bool, bad_address: bool) -> None:
    failure = failure_of(read_incoming(raw.encode()))
    assert failure is not None
    assert (failure.hard, failure.bad_address) == (hard, bad_address)
    assert raw is WARNING or failure.messages == ("<proposal-1.NORD@kulant>",)


def test_a_customer_who_writes_about_a_failed_delivery_is_no_mail_server() -> None:
    text = "The parcel could not be delivered, 550 boxes. User unknown to the driver."
    assert failure_of(read_incoming(create_reply(text=text))) is None


def hostile() -> dict[str, bytes]:
    """Messages made to hurt whoever reads them."""
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(9_000))
    head = b"From: a@b.example\r\nSubject: s\r\n"
    bomb = base64.b64encode(b"A" * 300_000)
    return {
        "multiparts nine thousand deep": head + deep,
        "deep, and spread out": head + deep[:9_000].replace(b"boundary=", b"boundary" + b" " * 12 + b"=") + b"--\r\n",
        "messages within messages": head + b"Content-Type: message/rfc822\r\n\r\n" * 9_000,
        "many lines in many parts": head + deep[:9_000] + b"x\r\n" * 200_000,
        "a subject of a megabyte": b"Subject: " + b"=?utf-8?q?a?= " * 80_000 + b"\r\n\r\nx",
        "a thousand recipients": b"To: " + b"a@b.example, " * 80_000 + b"\r\n\r\nx",
        "base64": head + b"Content-Transfer-Encoding: base64\r\n\r\n" + bomb,
        "html that never ends": head + b"Content-Type: text/html\r\n\r\n" + b"<div><b" * 60_000,
        "html comments": head + b"Content-Type: text/html\r\n\r\n" + b"<!--" * 100_000,
        "a character set nobody knows": head + b"Content-Type: text/plain; charset=klingon\r\n\r\nbl\xe5",
        "nul and half characters": head + b"Content-Type: text/plain; charset=utf-7\r\n\r\n\x00+2AA- x",
        "nothing": b"",
        "no header": b"\r\n\r\n\xff\xfe\x00",
    }


@pytest.mark.parametrize("raw", hostile().values(), ids=hostile().keys())
def test_hostile_messages_are_read_in_bounds(raw: bytes) -> None:
    read = read_incoming(raw)
    failure_of(read)
    assert len(read.text) <= MOST_TEXT and len(read.subject) <= 500 and len(read.message_id) <= 998
    assert "\x00" not in read.text + read.subject


def test_what_lies_too_deep_is_said_to_be_unreadable() -> None:
    for deep in (hostile()["multiparts nine thousand deep"], hostile()["deep, and spread out"]):
        assert read_incoming(deep).text == NOT_READABLE


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=2_000), st.booleans())
def test_whatever_bytes_come_something_is_read_that_can_be_kept(noise: bytes, headed: bool) -> None:
    read = read_incoming((b"Content-Type: multipart/report; boundary=x\r\nSubject: " if headed else b"") + noise)
    failure_of(read)
    for text in (read.text, read.subject, read.sender, read.message_id):
        text.encode()
        assert "\x00" not in text
