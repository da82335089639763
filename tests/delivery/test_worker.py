"""Exactly once, whatever goes wrong: servers that refuse, lines that drop, programs that die, two workers at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from kulant.core.errors import Conflict
from kulant.db import Act
from kulant.delivery import worker
from kulant.delivery.check import gate
from kulant.delivery.closing import MOST_ATTEMPTS, settle_uncertain
from kulant.delivery.models import Delivery
from kulant.delivery.outbox import approve, undo
from kulant.delivery.rounds import carry_out, work
from kulant.delivery.worker import Report, deliver
from kulant.relationship.service import add_note
from kulant.treatment.clerk import dismiss
from kulant.treatment.models import Proposal
from tests.delivery.conftest import TODAY, Desk
from tests.support.factories import create_customer, create_payment

HOUR = timedelta(hours=1)


@pytest.fixture
def approved(desk: Desk) -> Iterator[Desk]:
    """One approved letter in the outbox."""
    desk.owe()
    desk.run()
    desk.approve()
    return desk


@pytest.mark.parametrize("answer", ["RCPT 550 No such user here", "554 We do not like it"])
def test_a_refusal_for_good_is_never_mailed_again_but_goes_by_post_and_a_person_is_told(
    approved: Desk, answer: str
) -> None:
    approved.mail.answers = [answer]
    [line] = approved.deliver().failed
    assert answer.removeprefix("RCPT 550 ").removeprefix("554 ") in line["error"]
    reports = [approved.deliver(after=24 * HOUR) for _ in range(3)]
    assert [[line["channel"] for line in report.sent] for report in reports] == [["letter"], [], []]
    assert (approved.mail.received, approved.delivery().status, approved.tasks()) == ([], "sent", ["sending_failed"])
    assert approved.steps() == [("reminder", TODAY)]


@pytest.mark.parametrize("answer", ["RCPT 451 Try again later", "452 The disk is full"])
def test_a_server_that_cannot_take_it_now_is_asked_again_later(approved: Desk, answer: str) -> None:
    approved.mail.answers = [answer]
    assert len(approved.deliver().failed) == 1
    assert (approved.delivery().status, approved.tasks()) == ("approved", [])
    assert approved.deliver().sent == []  # not at once
    assert len(approved.deliver(after=HOUR).sent) == 1
    assert len(approved.mail.received) == 1
    assert approved.delivery().attempts == 2


@pytest.mark.parametrize(("answer", "end"), [("RCPT 451 Greylisted", "sent"), ("452 The disk is full", "failed")])
def test_after_eight_tries_it_goes_by_post_when_only_they_cannot_be_reached_and_a_person_is_told(
    approved: Desk, answer: str, end: str
) -> None:
    approved.mail.answers = [answer] * (MOST_ATTEMPTS + 5)
    for _ in range(MOST_ATTEMPTS + 2):
        approved.deliver(after=1000 * HOUR)
    only = approved.delivery()
    assert (only.status, only.attempts) == (end, MOST_ATTEMPTS)
    assert only.channel == ("letter" if end == "sent" else "email")
    assert approved.tasks() == ["sending_failed"]


def test_a_server_that_is_not_there_is_asked_again_later(approved: Desk) -> None:
    there = approved.settings
    approved.settings = replace(there, smtp_url="smtp://127.0.0.1:1")
    [line] = approved.deliver().failed
    assert "cannot be reached" in line["error"]
    approved.settings = there
    assert len(approved.deliver(after=HOUR).sent) == 1


def test_a_line_that_drops_after_the_text_leaves_it_uncertain_and_it_is_not_sent_again(approved: Desk) -> None:
    approved.mail.answers = ["hang up"]
    assert len(approved.deliver().uncertain) == 1
    for _ in range(3):
        approved.deliver(after=24 * HOUR)
    assert (len(approved.mail.received), approved.delivery().status) == (1, "uncertain")
    assert approved.tasks() == ["sending_uncertain"]
    assert approved.steps() == []


@pytest.mark.parametrize("arrived", [True, False])
def test_a_person_settles_what_is_uncertain(approved: Desk, arrived: bool) -> None:
    approved.mail.answers = ["hang up"]
    approved.deliver()
    with approved.doing() as act:
        settle_uncertain(act, delivery=act.session.scalars(select(Delivery)).one(), arrived=arrived)
    approved.deliver(after=HOUR)
    assert len(approved.mail.received) == (1 if arrived else 2)
    assert len({message["Message-ID"] for message in approved.mail.messages}) == 1
    assert (approved.delivery().status, approved.proposal().status) == ("sent", "sent")
    assert approved.steps() == [("reminder", TODAY)]
    with approved.doing() as act, pytest.raises(Conflict):
        settle_uncertain(act, delivery=act.session.scalars(select(Delivery)).one(), arrived=True)


def test_a_program_that_dies_after_handing_it_over_leaves_it_uncertain(approved: Desk) -> None:
    alive = datetime.now(UTC) + timedelta(minutes=3)
    approved.set_delivery(status="handed", lease_until=alive, message_id="<x@kulant>", attempts=1)
    assert approved.deliver().uncertain == []  # it may still be at work
    approved.set_delivery(lease_until=datetime.now(UTC) - timedelta(seconds=1))
    assert len(approved.deliver().uncertain) == 1
    approved.deliver(after=24 * HOUR)
    assert (approved.mail.received, approved.delivery().status) == ([], "uncertain")
    assert approved.tasks() == ["sending_uncertain"]


def test_a_program_that_dies_while_drawing_has_its_letter_drawn_again_and_sent_once(approved: Desk) -> None:
    approved.set_delivery(status="rendering", lease_until=datetime.now(UTC) + timedelta(minutes=3))
    assert approved.deliver().sent == []
    approved.set_delivery(lease_until=datetime.now(UTC) - timedelta(seconds=1))
    for _ in range(3):
        approved.deliver()
    assert (len(approved.mail.received), approved.delivery().status) == (1, "sent")


def test_two_workers_at_once_send_every_letter_exactly_once(desk: Desk) -> None:
    numbers = [f"C{n}" for n in range(1, 7)]
    for number in numbers:
        desk.owe(number=number)
    desk.run()
    desk.approve()
    start, problems = threading.Barrier(2), []

    def one() -> None:
        try:
            house = desk.house()
            start.wait()
            deliver(house, creditor_id=desk.creditor_id, now=datetime.now(UTC))
        except Exception as problem:
            problems.append(problem)

    workers = [threading.Thread(target=one) for _ in range(2)]
    for one_of_them in workers:
        one_of_them.start()
    for one_of_them in workers:
        one_of_them.join(timeout=120)
    assert problems == []
    assert sorted(message["To"] for message in desk.mail.messages) == [f"faktura@{n.lower()}.example" for n in numbers]
    assert {delivery.status for delivery in desk.deliveries()} == {"sent"}
    assert len(desk.steps()) == len(numbers)


def test_the_rounds_of_a_worker_send_what_is_approved_and_stop_when_told(approved: Desk) -> None:
    assert carry_out(approved.settings) == 1
    assert carry_out(approved.settings) == 0
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(approved.settings, stop), kwargs={"every": 0.01})
    worker.start()
    stop.set()
    worker.join(timeout=30)
    assert not worker.is_alive()
    assert len(approved.mail.received) == 1


# What happens while a letter is drawn, a fraction of a second


def _pay(desk: Desk, act: Act, customer: str | None) -> None:
    invoice = desk.invoice(act) if customer else None
    create_payment(act, desk.creditor(act), "1000.00", invoice=invoice)


WHILE_IT_IS_DRAWN: dict[str, Callable[[Desk, Act], object]] = {
    "paid": lambda desk, act: _pay(desk, act, "C1"),
    "unmatched_money": lambda desk, act: _pay(desk, act, None),
    "complaint": lambda desk, act: add_note(act, customer=desk.customer(act), kind="complaint", text="Broken"),
    "no_dunning": lambda desk, act: setattr(desk.customer(act), "no_dunning", True),
    "": lambda desk, act: create_customer(act, desk.creditor(act), "C2"),  # somebody else
}


@pytest.mark.parametrize("reason", WHILE_IT_IS_DRAWN)
def test_what_comes_in_while_a_letter_is_drawn_still_holds_it_back(
    approved: Desk, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(worker, "gate", lambda *given, **named: asked.append(1) or gate(*given, **named))
    house, report, now = approved.house(), Report(), datetime.now(UTC)
    written = worker.prepare(house, approved.delivery().id, now, report)
    assert written is not None
    approved.change(lambda act: WHILE_IT_IS_DRAWN[reason](approved, act))
    worker.complete(house, approved.delivery().id, written, now, report)
    told = [block["code"] for line in report.blocked for block in line["blocked"]]
    assert (reason in told, len(asked), len(approved.mail.received)) == ((True, 2, 0) if reason else (False, 1, 1))


# Two people, or a person and a worker, at the same moment


@pytest.fixture
def shared(desk: Desk) -> Desk:
    """A desk where two can be at work at once. SQLite lets in one at a time, so there is nothing to prove there."""
    if desk.settings.database_url.startswith("sqlite"):
        pytest.skip("SQLite lets one writer in at a time")
    desk.owe()
    desk.run()
    return desk


def test_an_undo_that_comes_while_the_letter_leaves_is_too_late(shared: Desk) -> None:
    shared.approve()
    with shared.doing() as act:
        seen = act.session.scalars(select(Delivery)).one()
        assert len(shared.deliver().sent) == 1
        with pytest.raises(Conflict, match="has left the house"):
            undo(act, delivery=seen)
    assert (shared.delivery().status, shared.proposal().status) == ("sent", "sent")


def test_two_who_approve_the_same_letter_approve_it_once(shared: Desk) -> None:
    with shared.doing() as act:
        seen = act.session.scalars(select(Proposal)).one()
        shared.approve()
        approve(act, creditor=shared.creditor(act), proposal=seen, undo_seconds=None)
    shared.deliver()
    assert len(shared.mail.received) == 1


def test_nobody_dismisses_what_another_has_just_approved_nor_approves_what_a_run_has_withdrawn(shared: Desk) -> None:
    with shared.doing() as act:
        seen = act.session.scalars(select(Proposal)).one()
        shared.approve()
        with pytest.raises(Conflict, match="is approved"):
            dismiss(act, proposal=seen, reason="changed my mind")
    with shared.doing() as act:
        seen = act.session.scalars(select(Proposal)).one()
        shared.change(lambda other: setattr(other.session.scalars(select(Proposal)).one(), "status", "superseded"))
        with pytest.raises(Conflict, match="is superseded"):
            approve(act, creditor=shared.creditor(act), proposal=seen, undo_seconds=None)
