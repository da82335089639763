"""What customers wrote, at the desk: shown as text, read once, given to whose it is; and the rules of sending."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from kulant.db import reading
from kulant.delivery.mail_incoming import read_incoming
from kulant.delivery.models import InboundMail, RefusedAddress
from kulant.delivery.notes import new_note
from kulant.delivery.refused import refuse_address
from kulant.delivery.replies import take_in
from kulant.delivery.sending_rules import sending_rules
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.models import Concern
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk
from tests.support.factories import create_user
from tests.support.mails import create_reply, create_report


def comes(settings: Settings, *messages: bytes) -> None:
    with doing(settings, actor="mailbox") as act:
        for raw in messages:
            take_in(act, incoming=read_incoming(raw), received_at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC))


def mails(settings: Settings) -> list[InboundMail]:
    with reading(settings.database_url) as session:
        return list(session.scalars(select(InboundMail).order_by(InboundMail.id)))


def test_a_reply_is_shown_as_text_and_read_once(clerk: Clerk, portfolio: Settings) -> None:
    hostile = "<img src=x onerror=alert(1)> Hei"
    comes(portfolio, create_reply(sender="faktura@k1.example", text=hostile, subject="<b>Sv</b>"))
    page = clerk.get("/mail").text
    assert "&lt;img src=x onerror=alert(1)&gt; Hei" in page and "&lt;b&gt;Sv" in page and "<img src=x" not in page
    assert "Fjordbakeriet" in page
    assert "Read." in clerk.submit("/mail/1/read", means="complaint").text
    [mail] = mails(portfolio)
    assert mail.read_by == "clerk"
    with reading(portfolio.database_url) as session:
        assert [one.kind for one in session.scalars(select(Concern))] == ["complaint"]
    assert clerk.submit("/mail/1/read").status_code == 409
    assert "Nothing waits to be read" in clerk.get("/mail").text


def test_a_report_that_anybody_may_have_written_waits_for_a_person(clerk: Clerk, portfolio: Settings) -> None:
    with doing(portfolio, actor="test") as act:
        customer = act.session.scalars(select(Customer).where(Customer.number == "K1")).first()
        assert customer is not None
        sent = new_note(act, customer=customer, kind="receipt", key="r:1", recipient="faktura@k1.example", context={})
        sent.status, sent.mail_host, sent.handed_at = "sent", "k1.example", act.now
        act.session.add(sent)
    comes(portfolio, create_report(about="<x@elsewhere.example>", recipient="faktura@k1.example"))
    assert "names no message of ours" in clerk.get("/mail").text
    assert "/mail#mail-1" in clerk.get("/tasks").text
    assert "It came back" in clerk.submit("/mail/1/read", means="wrong_address").text
    assert "faktura@k1.example" in clerk.get("/mail").text.partition("Addresses that are not written to")[2]
    [mail] = mails(portfolio)
    assert (mail.kind, mail.read_by) == ("hard_bounce", "clerk")


def test_a_strangers_message_is_given_to_whose_it_is_and_seen_by_nobody_else(clerk: Clerk, portfolio: Settings) -> None:
    comes(
        portfolio,
        create_reply(sender="stranger@x.example", to="kontakt@nordlys.example"),
        create_reply(sender="other@x.example", to="nobody@else.example", message_id="<2@x>", subject="Whose is it"),
    )
    with doing(portfolio, actor="test") as act:  # both creditors of the tests share an address: this is the first's
        first = act.session.scalars(select(InboundMail)).first()
        assert first is not None
        first.creditor_id = act.session.scalars(select(Creditor.id).where(Creditor.code == "NORD")).one()
    page = clerk.get("/mail").text
    assert "stranger@x.example" in page and "Whose is it" not in page
    assert clerk.submit("/mail/2/read").status_code == 404
    assert clerk.submit("/mail/1/give", customer="S1").status_code == 404
    assert "It waits to be read" in clerk.submit("/mail/1/give", customer="K2").text
    assert mails(portfolio)[0].kind == "reply"


def test_an_address_is_written_to_again_when_a_person_says_so(clerk: Clerk, portfolio: Settings) -> None:
    with doing(portfolio, actor="mailbox") as act:
        nord = act.session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        refuse_address(act, creditor_id=nord.id, customer_id=None, address="Gone@x.example", why="mail came back")
    assert "gone@x.example" in clerk.get("/mail").text
    assert "written to again" in clerk.submit("/mail/refused/1/lift").text
    with reading(portfolio.database_url) as session:
        assert session.scalars(select(RefusedAddress)).one().ended_by == "clerk"


def manager_of(clerk: Clerk, settings: Settings) -> Clerk:
    with doing(settings, actor="seed") as act:
        nord = act.session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        create_user(act, nord, name="boss", role="manager")
    clerk.log_in("boss")
    return clerk


def test_a_manager_changes_the_rules_of_sending_and_everybody_reads_them(clerk: Clerk, portfolio: Settings) -> None:
    assert "Bank data may be so old" in clerk.get("/settings/sending").text
    assert clerk.submit("/settings/sending", why="because").status_code == 403
    boss = manager_of(clerk, portfolio)
    given = {
        "bank_data_max_age_days": "3", "opens": "08:00", "closes": "20:00", "quiet_days": "2026-12-24\n2026-12-31",
        "courtesy_segments": "small\n", "thank_you": "yes", "instalment_reminder_days": "", "why": "Quiet before Yule",
    }  # fmt: skip
    page = boss.submit("/settings/sending", **given).text
    assert "Rules in force: version 1." in page and "Quiet before Yule" in page and "never held for it → 3 days" in page
    with reading(portfolio.database_url) as session:
        nord = session.scalars(select(Creditor).where(Creditor.code == "NORD")).one()
        rules = sending_rules(session, nord.id)
    assert (rules.bank_data_max_age_days, rules.courtesy_segments) == (3, ("small",))
    assert (rules.instalment_reminder_days, rules.list_unsubscribe, len(rules.quiet_days)) == (None, False, 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [("bank_data_max_age_days", "-1"), ("quiet_days", "Yule"), ("opens", "25:00"), ("max_attachment_kb", "²")],
)
def test_what_is_no_rule_is_refused_by_name(clerk: Clerk, portfolio: Settings, field: str, value: str) -> None:
    boss = manager_of(clerk, portfolio)
    refused = boss.submit("/settings/sending", **{field: value, "why": "x"})
    assert refused.status_code == 400
    assert f"{field}:" not in refused.text  # people know no names of fields
