"""Approving many at once: a few statements and one transaction, each with its record, its moment and its job."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text, update

from kulant.core.errors import Conflict
from kulant.delivery.check import Letter, gate_all
from kulant.delivery.foreseen import dry_run, foresee
from kulant.delivery.models import Delivery, RefusedAddress
from kulant.delivery.outbox import approve_all
from kulant.people.models import AuditEntry
from kulant.relationship.models import TimelineEvent
from kulant.treatment.models import Proposal
from kulant.treatment.models_record import DecisionRecord
from tests.conftest import Statements
from tests.delivery.conftest import TODAY, Desk

SOME, MORE = 3, 9


def waiting(desk: Desk, count: int) -> list[int]:
    """So many late customers with a proposal each."""
    for n in range(1, count + 1):
        desk.owe(number=f"C{n}")
    desk.run()
    with desk.doing() as act:
        return list(act.session.scalars(select(Proposal.id).order_by(Proposal.id)))


def jobs(desk: Desk) -> int:
    """How many jobs there are; on SQLite there are never any."""
    if desk.settings.sqlite_path() is not None:
        return -1
    with desk.doing() as act:
        return int(act.session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")) or 0)


def approve_some(desk: Desk, ids: list[int]) -> None:
    with desk.doing() as act:
        done = approve_all(act, creditor=desk.creditor(act), proposal_ids=ids, undo_seconds=60)
        assert (done.ids, done.refused) == (ids, {})


def test_approving_three_times_as_many_takes_no_more_statements(desk: Desk, statements: Statements) -> None:
    ids = waiting(desk, SOME + MORE)
    statements.clear()
    approve_some(desk, ids[:SOME])
    few = len(statements)
    statements.clear()
    approve_some(desk, ids[SOME:])
    assert len(statements) <= few
    with desk.doing() as act:
        for table in (Delivery, DecisionRecord):
            assert act.session.scalar(select(func.count()).select_from(table)) == SOME + MORE
        for told in (TimelineEvent.kind, AuditEntry.action):
            assert act.session.scalar(select(func.count()).where(told == "proposal_approved")) == SOME + MORE
        record = act.session.scalars(select(DecisionRecord).limit(1)).one()
        assert (record.act, record.decided_by, record.decided_on) == ("approved", "test clerk", TODAY)
    assert jobs(desk) in (SOME + MORE, -1)
    assert {delivery.channel for delivery in desk.deliveries()} == {"email"}


def test_what_fails_half_way_leaves_neither_letters_nor_jobs(desk: Desk) -> None:
    ids = waiting(desk, 2)
    with pytest.raises(RuntimeError), desk.doing() as act:
        approve_all(act, creditor=desk.creditor(act), proposal_ids=ids, undo_seconds=None)
        raise RuntimeError("the machine is switched off")
    assert (desk.deliveries(), jobs(desk)) in (([], 0), ([], -1))
    assert desk.proposal().status == "proposed"


def test_what_was_decided_or_is_leaving_is_left_as_it_is_and_the_others_are_approved(desk: Desk) -> None:
    first, second, third, fourth = waiting(desk, 4)
    approve_some(desk, [first])
    with desk.doing() as act:
        act.session.execute(update(Proposal).where(Proposal.id == second).values(status="dismissed"))
        # Held back, and just now a worker has begun to look at it once more.
        act.session.execute(update(Proposal).where(Proposal.id == first).values(status="blocked"))
        act.session.execute(update(Delivery).values(status="rendering"))
    with desk.doing() as act:
        done = approve_all(
            act, creditor=desk.creditor(act), proposal_ids=[fourth, first, second, third], undo_seconds=1
        )
    assert done.ids == [third, fourth]
    assert {one: conflict.code for one, conflict in done.refused.items()} == {
        first: "under_way", second: "decided_already",
    }  # fmt: skip
    with pytest.raises(Conflict):
        done.all_or_nothing()


def test_an_address_that_is_not_written_to_gets_post(desk: Desk) -> None:
    ids = waiting(desk, 2)
    with desk.doing() as act:
        refused = RefusedAddress(creditor_id=desk.creditor_id, address="faktura@c1.example", why="no", since=TODAY)
        act.session.add(refused)
    approve_some(desk, ids)
    assert [delivery.channel for delivery in desk.deliveries()] == ["letter", "email"]


def test_the_gate_looks_at_three_times_as_many_with_no_more_statements(desk: Desk, statements: Statements) -> None:
    waiting(desk, SOME + MORE)
    now = datetime.now(UTC)
    counts = []
    with desk.doing() as act:
        creditor = desk.creditor(act)
        proposals = act.session.scalars(select(Proposal).order_by(Proposal.id)).all()
        for some in (proposals[:SOME], proposals[SOME:]):
            statements.clear()
            found = gate_all(
                act, creditor=creditor, letters=[Letter(one, "email", "a@b.example") for one in some], now=now
            )
            counts.append(len(statements))
            assert found == {one.id: [] for one in some}
    assert counts[1] <= counts[0]


def test_what_is_foreseen_is_what_happens(desk: Desk) -> None:
    """Before the approval, in a dry run, and when it leaves: the same letter is held back for the same reason."""
    waiting(desk, 2)
    with desk.doing() as act:
        desk.customer(act, "C2").no_dunning = True
    now = datetime.now(UTC)
    with desk.doing() as act:
        proposals = act.session.scalars(select(Proposal).order_by(Proposal.id)).all()
        before = foresee(act, creditor=desk.creditor(act), proposals=proposals, now=now)
        assert [[reason.code for reason in one.reasons] for one in before] == [[], ["no_dunning"]]
    desk.approve()
    with desk.doing() as act:
        told = dry_run(act, creditor=desk.creditor(act), now=now)
    report = desk.deliver()
    assert [one["customer"] for one in told["sent"]] == [one["customer"] for one in report.sent] == ["C1"]
    assert [one["blocked"] for one in told["blocked"]] == [one["blocked"] for one in report.blocked]
    assert len(desk.mail.received) == 1
