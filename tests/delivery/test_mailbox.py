"""The mailbox, over a real IMAP server: bounces go by post, replies wait to be read, everything is taken in once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from kulant.core.errors import Conflict, Refusal
from kulant.db import Act
from kulant.delivery import mail_reading
from kulant.delivery.mail_reading import read_mail
from kulant.delivery.mailbox import open_mailbox
from kulant.delivery.models import InboundMail, MailboxMark, RefusedAddress
from kulant.delivery.queries import unread_replies
from kulant.delivery.refused import lift_refusal
from kulant.delivery.replies import give_mail, mark_read
from kulant.doctor import examine
from kulant.ledger.models import Contact
from kulant.people.models import Creditor
from kulant.relationship.models import Concern, Task, TimelineEvent
from tests.delivery.conftest import TODAY, Desk
from tests.delivery.outbox_helpers import approved
from tests.support.factories import create_creditor, create_customer, create_payment
from tests.support.imap import ImapServer, imap_server
from tests.support.mails import create_reply, create_report

# What has nothing to do with the kind of database is seen on one.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def imap() -> Iterator[ImapServer]:
    """A real IMAP server, over TLS."""
    with imap_server() as server:
        yield server


class Post:
    """A desk with a mailbox of its own."""

    def __init__(self, desk: Desk, imap: ImapServer) -> None:
        self.desk, self.imap, self.user = desk, imap, f"box{uuid4().hex[:12]}"
        desk.settings = replace(desk.settings, imap_url=imap.url(self.user))

    def comes(self, *messages: bytes) -> None:
        for raw in messages:
            self.imap.put(self.user, raw)

    def read(self) -> dict[str, int]:
        """What one look took in, by kind."""
        return dict(read_mail(self.desk.settings).kinds)

    def all(self, table: type) -> list:  # type: ignore[type-arg]
        with self.desk.doing() as act:
            return list(act.session.scalars(select(table).order_by(table.id)))

    def told(self, kind: str) -> list[str]:
        with self.desk.doing() as act:
            rows = select(TimelineEvent.text).where(TimelineEvent.kind == kind).order_by(TimelineEvent.id)
            return list(act.session.scalars(rows))

    def sent_message_id(self) -> str:
        """Sends the customer's reminder by e-mail; its Message-ID."""
        approved(self.desk)
        assert len(self.desk.deliver().sent) == 1
        return str(self.desk.mail.messages[0]["Message-ID"])


@pytest.fixture
def post(desk: Desk, imap: ImapServer, monkeypatch: pytest.MonkeyPatch) -> Post:
    monkeypatch.setenv("SSL_CERT_FILE", str(imap.certificate))
    return Post(desk, imap)


def test_a_letter_that_comes_back_goes_by_post_once_and_the_address_is_not_written_to_again(post: Post) -> None:
    about = post.sent_message_id()
    post.comes(create_report(about=about), create_report(about=about, message_id="<again@mx.example>"))
    assert post.read() == {"hard_bounce": 2}
    first, letter = post.desk.deliveries()
    assert first.bounced_on == post.desk.settings.fixed_today
    assert (letter.channel, letter.document_id, letter.recipient) == (
        "letter",
        first.document_id,
        "Testgata 2\n0002 Oslo",
    )
    [refused] = post.all(RefusedAddress)
    assert refused.address == "faktura@c1.example"
    [task] = post.all(Task)
    assert "came back" in task.text and "by post" in task.text
    tomorrow = post.desk.on(TODAY + timedelta(days=1))
    assert tomorrow.deliver().sent[0]["channel"] == "letter"
    # The reminder counts once, and what comes next waits from the day it was posted.
    assert post.desk.steps() == [("reminder", TODAY + timedelta(days=1))]
    assert post.read() == {}

    post.desk.owe("500.00", number="C2", email="faktura@c1.example")  # the same address: it goes by post at once
    post.desk.run()
    post.desk.approve()
    assert {one.channel for one in post.desk.deliveries()[2:]} == {"letter"}
    with post.desk.doing() as act:
        lift_refusal(act, creditor=post.desk.creditor(act), refused_id=refused.id)
        with pytest.raises(Conflict):
            lift_refusal(act, creditor=post.desk.creditor(act), refused_id=refused.id)


@ON_SQLITE
def test_a_full_mailbox_sends_the_letter_by_post_but_the_address_is_kept(post: Post) -> None:
    post.comes(create_report(about=post.sent_message_id(), status="5.2.2", said="552 mailbox full"))
    assert post.read() == {"hard_bounce": 1}
    assert [one.channel for one in post.desk.deliveries()] == ["email", "letter"]
    assert post.all(RefusedAddress) == []


@ON_SQLITE
def test_a_formal_notice_that_comes_back_days_later_is_proposed_anew_with_its_full_time_to_pay(post: Post) -> None:
    about = post.sent_message_id()
    post.desk.set_delivery(kind="formal_notice", sent_on=TODAY - timedelta(days=2))
    post.comes(create_report(about=about))
    post.read()
    assert len(post.desk.deliveries()) == 1 and post.desk.steps() == []
    assert "proposed anew" in post.all(Task)[0].text and len(post.told("mail_undone")) == 1
    later = post.desk.on(TODAY + timedelta(days=10))
    later.run()
    later.approve()
    assert [line["channel"] for line in later.deliver().sent] == ["letter"]


@ON_SQLITE
@pytest.mark.parametrize("days_after", [0, 8])
def test_a_report_that_anybody_may_have_written_undoes_no_formal_notice(post: Post, days_after: int) -> None:
    about = post.sent_message_id()
    handed = datetime.now(UTC) - timedelta(days=days_after)
    post.desk.set_delivery(kind="formal_notice", sent_on=TODAY - timedelta(days=2), handed_at=handed)
    post.comes(create_report(about=about if days_after else "<guessed@elsewhere.example>"))
    assert post.read() == {"hard_bounce" if days_after else "unsure": 1}
    assert len(post.desk.steps()) == 1 and post.told("mail_undone") == []
    assert "find out" in post.all(Task)[0].text.lower()


@ON_SQLITE
def test_a_letter_that_was_paid_before_it_came_back_is_not_sent_again(post: Post) -> None:
    post.comes(create_report(about=post.sent_message_id()))
    post.read()
    with post.desk.doing() as act:
        create_payment(act, post.desk.creditor(act), "1000.00", invoice=post.desk.invoice(act))
    assert post.desk.deliver().sent == []
    assert [one.status for one in post.desk.deliveries()] == ["sent", "cancelled"]


@ON_SQLITE
def test_without_a_postal_address_a_person_is_told_and_nothing_stays_queued(post: Post) -> None:
    about = post.sent_message_id()
    with post.desk.doing() as act:
        act.session.scalars(select(Contact)).one().address = None
    post.comes(create_report(about=about))
    post.read()
    assert len(post.desk.deliveries()) == 1
    assert "reached nobody" in post.all(Task)[0].text
    post.desk.owe("500.00", number="C2", email="faktura@c1.example", address=None)
    post.desk.run()
    post.desk.approve()
    post.desk.deliver()
    assert post.desk.deliveries()[1].status == "failed"
    assert post.desk.tasks()[-1] == "sending_failed"


@ON_SQLITE
def test_what_is_late_is_only_noted(post: Post) -> None:
    post.comes(create_report(about=post.sent_message_id(), action="delayed", status="4.4.1"))
    assert post.read() == {"soft_bounce": 1}
    assert len(post.desk.deliveries()) == 1 and post.all(Task) == []
    assert len(post.told("mail_delayed")) == 1


def test_a_report_that_names_only_the_address_sends_nothing_until_a_person_says_that_it_is_true(post: Post) -> None:
    post.sent_message_id()
    forged = [create_report(about="<other@elsewhere.example>", message_id=f"<{n}@mx.example>") for n in range(3)]
    post.comes(*forged, create_report(about="<late@elsewhere.example>", action="delayed", message_id="<l@mx.example>"))
    assert post.read() == {"unsure": 1, "automatic": 2, "soft_bounce": 1}
    [only] = post.desk.deliveries()
    [task] = post.all(Task)
    assert (only.bounced_on, post.all(RefusedAddress), task.done_by) == (None, [], None)
    assert "Nothing is sent until" in task.text
    report = post.all(InboundMail)[0]
    with pytest.raises(Refusal), post.desk.doing() as act:
        mark_read(act, mail=act.session.get_one(InboundMail, report.id), means="complaint")
    with post.desk.doing() as act:
        mark_read(act, mail=act.session.get_one(InboundMail, report.id), means="wrong_address")
    assert [one.channel for one in post.desk.deliveries()] == ["email", "letter"]
    assert [one.address for one in post.all(RefusedAddress)] == ["faktura@c1.example"]
    asked, told = post.all(Task)
    assert asked.done_by == "test clerk" and "goes by post" in told.text


@ON_SQLITE
def test_a_forged_report_neither_settles_what_nobody_is_sure_of_nor_stays_when_a_person_puts_it_away(
    post: Post,
) -> None:
    approved(post.desk)
    post.desk.mail.answers = ["hang up"]
    post.desk.deliver()
    post.comes(create_report(about="<other@elsewhere.example>"))
    assert post.read() == {"unsure": 1}
    assert post.desk.delivery().status == "uncertain"
    with post.desk.doing() as act:
        mark_read(act, mail=act.session.scalars(select(InboundMail)).one())
    assert (len(post.desk.deliveries()), post.all(Task)[-1].done_by) == (1, "test clerk")


@pytest.mark.parametrize("where", ["To", "X-Original-To"])
@ON_SQLITE
def test_each_message_comes_back_to_an_address_of_its_own_which_nobody_guesses(post: Post, where: str) -> None:
    post.desk.settings = replace(post.desk.settings, bounce_address="bounces+*@nordlys.example")
    post.desk.owe(number="C2")
    post.desk.owe(number="C3")
    approved(post.desk)
    post.desk.deliver()
    own = {to: returns_to for (to,), returns_to in zip(post.desk.mail.recipients, post.desk.mail.senders, strict=True)}
    assert len(set(own.values())) == 3
    address = own["faktura@c2.example"]
    number, mark = address.removeprefix("bounces+").partition("@")[0].split("-")
    guessed = f"bounces+{number}-{'0' * len(mark)}@nordlys.example"
    other = f"bounces+{int(number) + 1}-{mark}@nordlys.example"
    # No returned message goes with these, and the recipient they name is no customer's.
    for n, to in enumerate((guessed, other, address.upper())):
        report = create_report(about="<x@elsewhere.example>", recipient="box@forwarded.example", message_id=f"<{n}@mx>")
        report = report.replace(b"Message-ID: <x@elsewhere.example>\r\n", b"")
        header = b"To: kontakt@nordlys.example\r\n"
        assert header in report
        post.comes(report.replace(header, f"{where}: {to}\r\n".encode(), 1))
    assert post.read() == {"automatic": 2, "hard_bounce": 1}
    came_back = [one.recipient for one in post.desk.deliveries() if one.bounced_on is not None]
    assert came_back == ["faktura@c2.example"]
    assert [one.channel for one in post.desk.deliveries()] == ["email", "email", "email", "letter"]


@ON_SQLITE
@pytest.mark.parametrize(
    "pattern", ["bounces", "@x.example", "a b*@x.example", "*-*@x.example", "a@*.example", f"{'a' * 40}*@x.example"]
)
def test_an_address_bounces_cannot_come_to_is_said_before_anything_leaves(post: Post, pattern: str) -> None:
    with pytest.raises(Refusal, match="KULANT_BOUNCE_ADDRESS"):
        read_mail(replace(post.desk.settings, bounce_address=pattern))
    found = {one.check: one for one in examine(replace(post.desk.settings, bounce_address=pattern))}
    assert (found["smtp"].status, found["smtp"].remedy) == ("failed", "check KULANT_BOUNCE_ADDRESS")


@ON_SQLITE
def test_a_forged_report_about_somebody_we_never_wrote_to_changes_nothing(post: Post) -> None:
    post.desk.owe()
    post.comes(create_report(about="<other@elsewhere.example>", recipient="victim@elsewhere.example"))
    assert post.read() == {"automatic": 1}
    assert post.all(RefusedAddress) == [] and post.all(Task) == []


def test_a_reply_stands_on_the_timeline_and_waits_to_be_read(post: Post) -> None:
    post.comes(create_reply(answers=post.sent_message_id(), sender="someone.else@c1.example"))
    assert post.read() == {"reply": 1}
    [mail] = post.all(InboundMail)
    assert mail.text == "Hei! Vi betaler på fredag."
    [told] = post.told("email")
    assert "Vi betaler på fredag" in told
    with post.desk.doing() as act:
        customer = post.desk.customer(act)
        assert list(unread_replies(act.session, [customer.id])) == [customer.id]
        [task] = act.session.scalars(select(Task).where(Task.kind == "read_reply"))
        mark_read(act, mail=act.session.get_one(InboundMail, mail.id), means="request")
        assert (task.done_by, unread_replies(act.session, [customer.id])) == ("test clerk", {})
        assert [one.kind for one in act.session.scalars(select(Concern))] == ["request"]
        with pytest.raises(Conflict):
            mark_read(act, mail=act.session.get_one(InboundMail, mail.id))


@ON_SQLITE
def test_nothing_leaves_for_a_customer_whose_reply_nobody_has_read(post: Post) -> None:
    approved(post.desk)
    post.comes(create_reply())
    assert post.read() == {"reply": 1}
    [line] = post.desk.deliver().blocked
    assert [reason["code"] for reason in line["blocked"]] == ["unread_reply"]
    with post.desk.doing() as act:
        mark_read(act, mail=act.session.scalars(select(InboundMail)).one())
    assert len(post.desk.deliver(after=timedelta(hours=1)).sent) == 1


@ON_SQLITE
def test_an_answer_shows_that_what_nobody_was_sure_of_did_arrive(post: Post) -> None:
    approved(post.desk)
    post.desk.mail.answers = ["hang up"]
    assert len(post.desk.deliver().uncertain) == 1
    post.comes(create_reply(answers=str(post.desk.mail.messages[0]["Message-ID"]), Auto_Submitted="auto-replied"))
    assert post.read() == {"automatic": 1}
    assert post.desk.delivery().status == "sent"
    assert len(post.told("mail_automatic")) == 1


def test_whose_message_it_is_follows_from_the_address_when_only_one_customer_has_it(post: Post) -> None:
    post.desk.owe()
    post.desk.owe("1.00", number="C2", email="shared@x.example")
    post.desk.owe("1.00", number="C3", email="shared@x.example")
    post.comes(
        create_reply(sender="FAKTURA@c1.example"),
        create_reply(sender="shared@x.example", message_id="<2@x.example>"),
        create_reply(sender="stranger@y.example", message_id="<3@y.example>"),
    )
    assert post.read() == {"reply": 1, "unknown": 2}
    mails = post.all(InboundMail)
    assert [mail.customer_id is None for mail in mails] == [False, True, True]
    with post.desk.doing() as act:
        give_mail(act, mail=act.session.get_one(InboundMail, mails[1].id), customer=post.desk.customer(act, "C3"))
        assert len(unread_replies(act.session, [post.desk.customer(act, "C3").id])) == 1


@ON_SQLITE
def test_with_two_creditors_a_strangers_message_belongs_to_the_one_it_was_sent_to(post: Post) -> None:
    with post.desk.doing() as act:
        other = create_creditor(act, "SYD", contact_email="hei@syd.example", email="hei@syd.example")
        create_customer(act, other, "S1", email="both@x.example")
        create_customer(act, post.desk.creditor(act), "N1", email="both@x.example")
    post.comes(
        create_reply(sender="both@x.example", to="hei@syd.example"),
        create_reply(sender="stranger@x.example", to="nobody@else.example", message_id="<2@x.example>"),
    )
    post.read()
    first, second = post.all(InboundMail)
    with post.desk.doing() as act:
        assert act.session.get_one(Creditor, first.creditor_id).code == "SYD"
    assert (first.kind, second.creditor_id) == ("reply", None)


@ON_SQLITE
def test_saying_unsubscribe_ends_mail_to_the_address_it_comes_from_and_to_no_other(post: Post) -> None:
    post.desk.owe()
    post.comes(
        create_reply(subject="unsubscribe", sender="faktura@c1.example"),
        create_reply(subject="unsubscribe", sender="stranger@y.example", message_id="<2@y.example>"),
    )
    assert post.read() == {"automatic": 1, "unknown": 1}
    assert [one.address for one in post.all(RefusedAddress)] == ["faktura@c1.example"]


def test_each_message_is_taken_in_once_whatever_happens_between(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.desk.owe()
    post.comes(*(create_reply(message_id=f"<{n}@c1.example>") for n in range(3)))
    taken = mail_reading.take_in

    def die(act: Act, **given: object) -> object:
        mail = taken(act, **given)  # type: ignore[arg-type]
        if mail is not None and mail.message_id == "<1@c1.example>":
            raise KeyboardInterrupt  # as if killed before the transaction was committed
        return mail

    monkeypatch.setattr(mail_reading, "take_in", die)
    with pytest.raises(KeyboardInterrupt):
        post.read()
    monkeypatch.setattr(mail_reading, "take_in", taken)
    assert [mail.message_id for mail in post.all(InboundMail)] == ["<0@c1.example>"]
    assert post.read() == {"reply": 2}
    post.imap.begin_anew(post.user)
    found = read_mail(post.desk.settings)
    assert (dict(found.kinds), found.known) == ({}, 3)
    assert len(post.all(InboundMail)) == 3
    [mark] = post.all(MailboxMark)
    assert mark.uid == 3 and "s3cret" not in mark.mailbox


@ON_SQLITE
def test_a_message_that_trips_the_program_up_keeps_no_other_out(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.desk.owe()
    post.comes(create_reply(subject="bad"), create_reply(message_id="<2@c1.example>"))
    taken = mail_reading.take_in

    def trip(act: Act, **given: object) -> object:
        if given["incoming"].subject == "bad":  # type: ignore[attr-defined]
            raise ValueError("a defect")
        return taken(act, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(mail_reading, "take_in", trip)
    assert post.read() == {"unknown": 1, "reply": 1}
    assert post.read() == {}


@ON_SQLITE
def test_a_mailbox_that_cannot_be_read_is_said_without_the_password(imap: ImapServer, post: Post) -> None:
    wrong = imap.url(post.user).replace("s3cret", "an-other")
    with pytest.raises(Refusal) as refused:
        open_mailbox(wrong).check()
    assert "cannot be read" in str(refused.value) and "an-other" not in str(refused.value)
    assert "s3cret" not in repr(post.desk.settings) + repr(open_mailbox(imap.url(post.user)))
    for bad in ("http://x", "imaps://host", "imaps://u:p@host:notaport/"):
        with pytest.raises(Refusal):
            open_mailbox(bad)
