"""What was reckoned and decided is kept as it was, says why, and comes out the same when it is reckoned again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import DatabaseError

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.outbox import approve, undo
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.late_reasons import set_reason
from kulant.treatment.clerk import dismiss, edit
from kulant.treatment.models import Ladder, Proposal
from kulant.treatment.models_record import DecisionRecord
from kulant.treatment.policies import apply_policy
from kulant.treatment.records import choice, proposed_treatment, records_of
from kulant.treatment.replay import decision_json, replay
from kulant.treatment.service import propose_all
from tests.support.factories import create_invoice
from tests.support.proposals import ladder


@pytest.fixture
def proposal(act: Act, creditor: Creditor, customer: Customer) -> Proposal:
    """A final reminder is due, and a payment plan is proposed instead of it."""
    apply_policy(act, creditor=creditor, text=ladder(relationship="on"))
    create_invoice(act, creditor, customer, "12000.00", days_late=40)
    return plan_for(act, creditor, customer)


def plan_for(act: Act, creditor: Creditor, customer: Customer) -> Proposal:
    """The first reminder has gone three weeks ago; today's proposal."""
    propose_all(act, creditor=creditor)
    reminder = live(act, customer)
    approve(act, creditor=creditor, proposal=reminder, undo_seconds=None)
    from kulant.delivery.closing import close
    from kulant.delivery.queries import by_key

    delivery = by_key(act.session, f"proposal:{reminder.id}")
    assert delivery is not None
    close(act, delivery=delivery)
    act.session.flush()
    act.today += timedelta(days=21)
    propose_all(act, creditor=creditor)
    return live(act, customer)


def live(act: Act, customer: Customer) -> Proposal:
    return act.session.scalars(
        select(Proposal).where(Proposal.customer_id == customer.id, Proposal.status == "proposed")
    ).one()


def kept(act: Act, proposal: Proposal) -> list[DecisionRecord]:
    act.session.flush()
    return records_of(act.session, [proposal.id]).get(proposal.id, [])


def test_what_was_reckoned_comes_out_the_same_again(act: Act, proposal: Proposal) -> None:
    assert proposal.treatment == "payment_plan"
    found = replay(proposal)
    assert (found.same, found.treatment, found.differs) == (True, "payment_plan", ())
    shown = decision_json(act.session, proposal, again=True)
    assert shown["replay"]["same"] is True
    assert shown["versions"]["ladder"] == "plain"


def test_after_the_clerk_chose_otherwise_the_programs_own_answer_is_still_known(act: Act, proposal: Proposal) -> None:
    edit(act, proposal=proposal, treatment="call", override="spoke_with_them", reason="They asked to be called")
    assert (proposal.treatment, proposed_treatment(proposal)) == ("call", "payment_plan")
    assert replay(proposal).same is True
    row = choice(kept(act, proposal))
    assert row is not None
    assert (row.proposed, row.treatment, row.override, row.reason, row.decided_by) == (
        "payment_plan", "call", "spoke_with_them", "They asked to be called", "test clerk",
    )  # fmt: skip


def test_choosing_otherwise_needs_a_reason_and_choosing_back_needs_none(act: Act, proposal: Proposal) -> None:
    with pytest.raises(Refusal, match="needs a reason"):
        edit(act, proposal=proposal, treatment="call")
    with pytest.raises(Refusal, match="is not one of"):
        edit(act, proposal=proposal, treatment="call", override="because")
    edit(act, proposal=proposal, treatment="call", override="too_firm")
    edit(act, proposal=proposal, treatment="payment_plan")
    assert choice(kept(act, proposal)) is None
    assert [row.treatment for row in kept(act, proposal)] == ["call", "payment_plan"]


def test_every_decision_is_written_down_with_who_and_why(act: Act, creditor: Creditor, proposal: Proposal) -> None:
    delivery = approve(act, creditor=creditor, proposal=proposal, undo_seconds=60)
    undo(act, delivery=delivery)
    dismiss(act, proposal=proposal, reason="They paid at the counter", override="knows_more")
    assert [(row.act, row.override, row.reason) for row in kept(act, proposal)] == [
        ("approved", None, None),
        ("undone", None, None),
        ("dismissed", "knows_more", "They paid at the counter"),
    ]


@pytest.mark.parametrize("column", ["facts", "options", "reasons", "break_evens", "offers"])
def test_the_database_refuses_to_change_what_was_reckoned(act: Act, proposal: Proposal, column: str) -> None:
    act.session.flush()
    setattr(proposal, column, [{"code": "changed", "text": "afterwards"}])
    with pytest.raises(DatabaseError, match="is never changed"):
        act.session.flush()


def test_the_database_refuses_to_change_or_delete_a_decision(act: Act, proposal: Proposal) -> None:
    dismiss(act, proposal=proposal, reason="not today")
    row = kept(act, proposal)[0]
    with act.session.begin_nested() as savepoint:
        with pytest.raises(DatabaseError, match="is never changed"):
            act.session.query(DecisionRecord).filter_by(id=row.id).update({"reason": "another"})
        savepoint.rollback()
    with pytest.raises(DatabaseError, match="is never changed"):
        act.session.query(DecisionRecord).filter_by(id=row.id).delete()


def test_the_database_refuses_to_delete_a_proposal(act: Act, proposal: Proposal) -> None:
    act.session.flush()
    with pytest.raises(DatabaseError, match="is never"):
        act.session.execute(delete(Proposal).where(Proposal.id == proposal.id))


def test_a_decision_remembers_the_grade_and_the_reason_of_its_day(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    apply_policy(act, creditor=creditor, text=ladder(relationship="on"))
    create_invoice(act, creditor, customer, "12000.00", days_late=40)
    set_reason(act, customer=customer, code="cash_gap", text="waits for a customer of theirs")
    waiting = plan_for(act, creditor, customer)
    assert (waiting.treatment, waiting.late_reason) == ("payment_plan", "cash_gap")
    assert waiting.facts["inputs"]["late_reason"] == "cash_gap"
    assert replay(waiting).same is True


def test_what_the_ladder_alone_asked_for_says_so(
    act: Act, creditor: Creditor, plain: Ladder, customer: Customer
) -> None:
    create_invoice(act, creditor, customer, days_late=40)
    propose_all(act, creditor=creditor)
    waiting = live(act, customer)
    assert replay(waiting).same is True
