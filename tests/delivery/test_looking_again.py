"""What was held back is looked at again by itself: at its moment, when something happens, and hourly; nobody asks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from kulant.core.events import Event
from kulant.core.zones import zone_of
from kulant.delivery.again import AT_LEAST_EVERY, next_look
from kulant.delivery.gate_facts import Block
from kulant.delivery.models import Delivery, InboundMail
from kulant.delivery.rounds import carry_out
from kulant.delivery.sending_rules import SendingRules, keep_sending_rules
from kulant.ledger.models import Dispute
from kulant.ledger.service import open_dispute, resolve_dispute
from kulant.relationship.models import TimelineEvent
from kulant.relationship.models_view import Reviewed
from kulant.relationship.service import place_hold, release_holds
from kulant.treatment.policies import apply_policy
from tests.conftest import Statements
from tests.delivery.conftest import LADDER, TODAY, Desk
from tests.delivery.outbox_helpers import approved, codes
from tests.support.factories import create_payment

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OSLO = zone_of("NO")


@pytest.mark.parametrize(
    ("untils", "looks"),
    [
        ([None], NOW + AT_LEAST_EVERY),
        ([datetime(2026, 11, 23, 13, 20, tzinfo=OSLO)], NOW + timedelta(minutes=20)),
        ([datetime(2026, 11, 23, 13, 20)], NOW + timedelta(minutes=20)),  # noqa: DTZ001 - the customer's own clock
        ([datetime(2026, 11, 23, 13, 20, tzinfo=OSLO), None], NOW + AT_LEAST_EVERY),
        ([date(2026, 11, 24)], NOW + AT_LEAST_EVERY),  # far: the hour comes first
        ([date(2026, 11, 23)], NOW + AT_LEAST_EVERY),  # past: something else must happen
    ],
)
def test_the_next_look_is_when_the_last_reason_ends_and_at_least_hourly(
    untils: list[date | datetime | None], looks: datetime
) -> None:
    assert next_look([Block("x", "X.", until) for until in untils], NOW, OSLO) == looks


@given(st.lists(st.none() | st.dates() | st.datetimes(timezones=st.just(UTC)), min_size=1, max_size=4))
def test_the_next_look_is_never_past_and_never_more_than_an_hour_away(untils: list[date | datetime | None]) -> None:
    looks = next_look([Block("x", "X.", until) for until in untils], NOW, OSLO)
    assert NOW < looks <= NOW + AT_LEAST_EVERY


def held(desk: Desk) -> None:
    """One approved letter, held back by a dispute that came after the approval."""
    approved(desk, "1000.00")
    desk.change(lambda act: open_dispute(act, item=desk.invoice(act), amount_minor=None, reason="broken"))
    assert carry_out(desk.settings) == 0
    assert codes(desk) == ["disputed"]
    assert desk.delivery().not_before > datetime.now(UTC) + timedelta(minutes=50)


def test_resolving_what_held_it_back_is_enough_and_it_leaves_with_the_next_round(desk: Desk) -> None:
    held(desk)
    with desk.doing() as act:
        resolve_dispute(act, dispute=act.session.scalars(select(Dispute)).one(), outcome="it was whole after all")
    assert desk.delivery().not_before <= datetime.now(UTC)
    assert (carry_out(desk.settings), len(desk.mail.received)) == (1, 1)


def test_rounds_leave_what_is_held_back_alone_until_its_time_and_then_change_nothing_in_vain(
    desk: Desk, statements: Statements
) -> None:
    held(desk)
    statements.clear()
    assert carry_out(desk.settings) == 0
    assert not [one for one in statements if "UPDATE" in one]
    desk.set_delivery(not_before=datetime.now(UTC))  # an hour later
    marks, told = kept(desk)
    assert carry_out(desk.settings) == 0
    assert desk.delivery().not_before > datetime.now(UTC) + timedelta(minutes=50)
    # Whoever is held back as before has not changed: nothing is told, and no run has to judge them anew.
    assert kept(desk) == (marks, told)


def kept(desk: Desk) -> tuple[list[str], int]:
    """The marks of who has changed, and how much stands on timelines."""
    with desk.doing() as act:
        marks = list(act.session.scalars(select(Reviewed.by).order_by(Reviewed.customer_id)))
        return marks, act.session.scalar(select(func.count()).select_from(TimelineEvent)) or 0


def test_bank_data_older_than_the_creditor_allows_holds_all_back_until_an_import_comes(desk: Desk) -> None:
    approved(desk, "1000.00")

    with desk.doing() as act:
        rules = SendingRules(bank_data_max_age_days=2)
        keep_sending_rules(act, creditor=desk.creditor(act), rules=rules, why="the bank file comes daily")
    desk.deliver()
    assert codes(desk) == ["bank_data_old"]
    assert "Import" in desk.proposal().blocked[0]["text"]
    with desk.doing() as act:
        create_payment(act, desk.creditor(act), "77.00", reference="somebody else's")
        act.tell(Event("imported", "A bank file.", creditor_id=desk.creditor_id))
    assert carry_out(desk.settings) == 1


def test_a_ladder_that_says_how_old_bank_data_may_be_comes_before_the_creditors_rule(desk: Desk) -> None:
    with desk.doing() as act:
        creditor = desk.creditor(act)
        keep_sending_rules(act, creditor=creditor, rules=SendingRules(bank_data_max_age_days=0), why="test")
        apply_policy(act, creditor=creditor, text=f"bank_data_max_age_days: 5{LADDER}")
        create_payment(act, creditor, "77.00", reference="somebody else's", on=TODAY - timedelta(days=4))
    approved(desk, "1000.00")
    assert len(desk.deliver().sent) == 1


def test_a_reply_nobody_has_read_holds_everything_back_until_somebody_reads_it(desk: Desk) -> None:
    approved(desk, "1000.00")
    with desk.doing() as act:
        act.session.add(
            InboundMail(
                creditor_id=desk.creditor_id,
                customer_id=desk.customer(act).id,
                message_id="<a@b>",
                kind="reply",
                sender="a@b.example",
                subject="Your invoice",
                text="It was never delivered.",
                received_at=NOW,
                taken_at=NOW,
            )
        )
    desk.deliver()
    assert codes(desk) == ["unread_reply"]
    assert "23 November 2026" in desk.proposal().blocked[0]["text"]
    with desk.doing() as act:
        act.session.scalars(select(InboundMail)).one().read_at = act.now
    assert (carry_out(desk.settings), len(desk.mail.received)) == (1, 1)


def test_something_about_one_customer_wakes_nobody_elses_letters(desk: Desk) -> None:
    desk.owe(number="C1")
    desk.owe(number="C2")
    desk.run()
    desk.approve()
    until = TODAY + timedelta(days=9)

    def rest(number: str) -> None:
        desk.change(lambda act: place_hold(act, customer=desk.customer(act, number), until=until, reason="ill"))

    for number in ("C1", "C2"):
        rest(number)
    assert len(desk.deliver().blocked) == 2
    desk.change(lambda act: release_holds(act, customer=desk.customer(act, "C2")))
    now = datetime.now(UTC)
    assert [delivery.not_before <= now for delivery in desk.deliveries()] == [False, True]
    assert carry_out(desk.settings) == 1
    assert [message["To"] for message in desk.mail.messages] == ["faktura@c2.example"]


# The turn of a mail host


def test_a_mail_host_gets_no_more_messages_a_minute_than_allowed_and_the_rest_leave_in_their_turn(desk: Desk) -> None:
    for number in ("C1", "C2", "C3"):
        desk.owe(number=number, email=f"{number}@big.example")
    desk.owe(number="C4", email="c4@small.example")
    with desk.doing() as act:
        rules = SendingRules(mail_per_host_per_minute=2)
        keep_sending_rules(act, creditor=desk.creditor(act), rules=rules, why="big.example takes no more")
    desk.run()
    desk.approve()
    report = desk.deliver()
    assert [(len(report.sent), len(report.waiting), len(report.failed))] == [(3, 1, 0)]
    [late] = [delivery for delivery in desk.deliveries() if delivery.status != "sent"]
    assert (late.status, late.attempts, late.error, late.mail_host) == ("approved", 0, None, None)
    assert timedelta(seconds=30) < late.not_before - datetime.now(UTC) <= timedelta(seconds=60)
    assert desk.deliver().sent == []
    with desk.doing() as act:  # a minute later
        for delivery in act.session.scalars(select(Delivery)):
            delivery.not_before -= timedelta(minutes=1)
            if delivery.handed_at is not None:
                delivery.handed_at -= timedelta(minutes=1)
    assert [line["to"] for line in desk.deliver().sent] == ["C3@big.example"]
    assert desk.tasks() == []
