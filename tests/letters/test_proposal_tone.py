"""The letter of a proposal is worded by its step, the customer's grade, the phase, and the ladder's ceiling."""

from __future__ import annotations

from datetime import date

from kulant.db import Act
from kulant.letters.proposal_letter import proposal_tone
from kulant.people.models import Creditor
from kulant.relationship.models_view import Standing
from kulant.treatment.models import Proposal
from kulant.treatment.policies import apply_policy
from tests.support.factories import create_customer

LADDER = """
ladder: careful
country: NO
tone_ceiling:
  segments: {key: reminder}
steps:
  - {code: first, document: reminder, after: {days: 5, from: due_date}}
"""


def a_standing(customer_id: int, creditor: Creditor, phase: str) -> Standing:
    return Standing(
        customer_id=customer_id, creditor_id=creditor.id, on=date(2026, 11, 23), attachment_reasons=[],
        keepability_reasons=[], phase=phase, in_danger=False, danger_reasons=[], strikes=0, break_even="unknown",
        open_gap=False, saving=False,
    )  # fmt: skip


def a_proposal(act: Act, creditor: Creditor, customer_id: int, document: str, **fields: object) -> Proposal:
    return Proposal(
        creditor_id=creditor.id, customer_id=customer_id, currency="NOK", on=act.today, treatment=document,
        document=document, channel="email", language="nb", firmness=1, demand_minor=100, reasons=[], options=[],
        break_evens=[], offers=[], facts={}, created_at=act.now, **fields,
    )  # fmt: skip


def test_grade_phase_and_the_ladder_s_ceiling_are_asked(act: Act, creditor: Creditor) -> None:
    customer = create_customer(act, creditor, "C1", customer_since=date(2019, 5, 1), segment="key")
    act.session.add(a_standing(customer.id, creditor, "staying_or_leaving"))
    act.session.flush()

    def said(document: str, **fields: object) -> str:
        proposal = a_proposal(act, creditor, customer.id, document, **fields)
        return proposal_tone(act.session, proposal=proposal, customer=customer).words()

    # Somebody who may leave is spoken to a little more kindly, whatever they are worth.
    assert said("final_reminder") == "friendly: a final reminder, customer since 2019, phase Staying or leaving"
    assert said("final_reminder", grade="A").startswith("warm: a final reminder, customer since 2019, grade A")
    ladder = apply_policy(act, creditor=creditor, text=LADDER)
    capped = said("formal_notice", ladder_id=ladder.id)
    assert capped.startswith("friendly: ")
    assert capped.endswith("customers of the segment key get nothing firmer")
