"""What people do about a letter after its approval: edit it, undo it, ask again, or no longer want e-mail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from kulant.core.errors import Conflict
from kulant.db import Act
from kulant.delivery import worker, writing
from kulant.delivery.models import Delivery
from kulant.delivery.outbox import approve, ask_again, undo
from kulant.letters.render import Rendered
from kulant.people.models import AuditEntry
from kulant.relationship.service import place_hold, release_holds
from kulant.treatment import service
from kulant.treatment.clerk import dismiss, edit, withdraw
from kulant.treatment.judge import Judgement
from kulant.treatment.models import Proposal
from tests.delivery.conftest import TODAY, Desk, desk, mail_server  # noqa: F401

Row = TypeVar("Row", Proposal, Delivery)
Decide = Callable[..., None]


@pytest.fixture
def held_back(desk: Desk) -> Desk:  # noqa: F811
    """A letter that was approved and then held back at the gate by a hold."""
    desk.owe("1000.00")
    desk.run()
    desk.approve()
    desk.change(lambda act: place_hold(act, customer=desk.customer(act), until=TODAY, reason="asked to wait"))
    desk.deliver()
    assert (desk.delivery().status, desk.proposal().status) == ("blocked", "blocked")
    return desk


def the(act: Act, kind: type[Row]) -> Row:
    return act.session.scalars(select(kind)).one()


def free(desk: Desk) -> None:  # noqa: F811
    desk.change(lambda act: release_holds(act, customer=desk.customer(act)))


def test_a_letter_edited_while_it_was_held_back_needs_a_new_approval_and_leaves_as_edited(held_back: Desk) -> None:
    held_back.change(lambda act: edit(act, proposal=the(act, Proposal), channel="letter", language="en"))
    assert held_back.proposal().status == "proposed"
    free(held_back)
    held_back.deliver()
    assert (held_back.delivery().status, held_back.mail.received) == ("cancelled", [])
    held_back.approve()
    [sent] = held_back.deliver().sent
    assert (sent["channel"], held_back.mail.received) == ("letter", [])


@pytest.mark.parametrize("decide", [dismiss, withdraw])
def test_undoing_what_was_dismissed_or_withdrawn_does_not_bring_it_back(held_back: Desk, decide: Decide) -> None:
    held_back.change(lambda act: decide(act, proposal=the(act, Proposal), reason="agreed by phone"))
    was = held_back.proposal().status
    with pytest.raises(Conflict):
        held_back.change(lambda act: undo(act, delivery=the(act, Delivery)))
    assert held_back.proposal().status == was


def test_asking_the_gate_again_is_in_the_audit_trail_and_refused_for_what_is_not_held_back(held_back: Desk) -> None:
    held_back.change(lambda act: ask_again(act, delivery=the(act, Delivery)))
    assert held_back.delivery().status == "approved"
    with held_back.doing() as act:
        assert "gate_asked_again" in act.session.scalars(select(AuditEntry.action)).all()
    with pytest.raises(Conflict):
        held_back.change(lambda act: ask_again(act, delivery=the(act, Delivery)))


def test_a_letter_nobody_is_sure_about_is_not_begun_anew_by_approving_it_again(held_back: Desk) -> None:
    free(held_back)
    held_back.mail.answers.append("hang up")
    held_back.deliver()
    assert held_back.delivery().status == "uncertain"
    assert held_back.proposal().status == "approved"

    def press(act: Act) -> None:
        proposal = the(act, Proposal)
        proposal.status = "blocked"
        act.session.flush()
        approve(act, creditor=held_back.creditor(act), proposal=proposal, undo_seconds=None)

    with pytest.raises(Conflict):
        held_back.change(press)
    held_back.deliver()
    assert len(held_back.mail.received) == 1


def test_whoever_says_no_to_email_after_the_approval_gets_the_letter_by_post(desk: Desk) -> None:  # noqa: F811
    desk.owe("1000.00")
    desk.run()
    desk.approve()
    desk.change(lambda act: setattr(desk.customer(act), "contact_opt_out", True))
    [sent] = desk.deliver().sent
    assert (sent["channel"], desk.mail.received) == ("letter", [])


def test_a_letter_that_trips_the_program_up_stays_and_the_others_leave(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk.owe("1000.00")
    desk.owe("700.00", number="C2")
    desk.run()
    desk.approve()
    drawn: list[writing.Written] = []

    def trip_once(written: writing.Written) -> Rendered:
        drawn.append(written)
        if len(drawn) == 1:
            raise ValueError("a line break in a header")
        return writing.draw(written)

    monkeypatch.setattr(worker, "draw", trip_once)
    report = desk.deliver()
    assert (len(report.sent), len(report.blocked)) == (1, 1)
    assert report.blocked[0]["blocked"][0]["code"] == "cannot_be_written"


def test_what_the_clerk_decides_while_the_run_thinks_is_not_undone_by_the_run(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if desk.settings.database_url.startswith("sqlite"):
        pytest.skip("on SQLite the clerk waits until the run is done")
    desk.owe("1000.00")
    desk.run()
    judge_case = service.judge_case
    decided: list[bool] = []

    def think(*about: Any) -> Judgement:
        if not decided:
            decided.append(True)
            desk.approve()
        return judge_case(*about)

    monkeypatch.setattr(service, "judge_case", think)
    with desk.doing() as act:
        desk.invoice(act).due_date = TODAY  # nothing is late any more: the run would withdraw it
        act.session.flush()
        service.propose_all(act, creditor=desk.creditor(act))
    assert desk.proposal().status == "approved"
