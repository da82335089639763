"""Tone ceilings and contact caps where proposals are made: never firmer, never one too many, and it says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.models import Score
from kulant.relationship.pressure import EXEMPT
from kulant.relationship.scoring import score_portfolio
from kulant.relationship.standings import keep_standings
from kulant.relationship.timeline import write_timeline
from kulant.treatment.ceiling import ceiling_of, under_ceiling
from kulant.treatment.judge import Judgement, judge
from kulant.treatment.ladder import Policy, parse_policy
from kulant.treatment.models import Proposal, StepSent
from kulant.treatment.policies import apply_policy
from kulant.treatment.priors import DOCUMENTS, FIRMNESS
from kulant.treatment.service import judge_customers
from tests.conftest import TODAY
from tests.support.factories import create_customer, create_invoice
from tests.support.proposals import STEPS, explained, ladder, live, proposed, run

CEILING = "{segments: {key: reminder}, grades: {A: final_reminder}}"


def taken_to(act: Act, creditor: Creditor, customer: Customer, documents: int, **owing: Any) -> None:
    """An invoice on which so many of the ladder's letters have gone out, the last of them a month ago."""
    invoice = create_invoice(act, creditor, customer, days_late=120, **owing)
    for n, (code, document, _, _) in enumerate(STEPS[:documents]):
        letter = Proposal(
            creditor_id=creditor.id, customer_id=customer.id, currency="NOK", on=TODAY, treatment=document,
            document=document, channel="letter", language="nb", firmness=1, demand_minor=1, reasons=[], options=[],
            break_evens=[], offers=[], facts={}, status="superseded", created_at=act.now,
        )  # fmt: skip
        act.session.add(letter)
        act.session.flush()
        day = TODAY - timedelta(days=60 - 15 * n)
        act.session.add(StepSent(item_id=invoice.id, proposal_id=letter.id, step=code, document=document, sent_on=day))
    act.session.flush()


def scored(act: Act, customer: Customer, grade: str) -> None:
    act.session.add(
        Score(
            customer_id=customer.id, creditor_id=customer.creditor_id, on=TODAY, currency="NOK", grade=grade,
            value_12m_minor=1000, expected_purchases=1.0, p_alive=0.9, margin_minor=1, thin_data=False,
            from_revenue=False, late_risk=0.1, reasons=[], next_grade_streak=0,
        )
    )  # fmt: skip


def test_a_letter_firmer_than_the_ceiling_waits_for_a_person_and_says_why(act: Act, creditor: Creditor) -> None:
    apply_policy(act, creditor=creditor, text=ladder(tone_ceiling=CEILING))
    customer, other = (create_customer(act, creditor, segment=segment) for segment in ("key", "small"))
    for one in (customer, other):
        taken_to(act, creditor, one, 1)
    waiting = proposed(act, creditor, customer)
    assert (waiting.treatment, waiting.channel, waiting.document, waiting.firmness) == ("hold", "task", None, 0)
    assert waiting.reasons[0] == {
        "code": "tone_ceiling",
        "text": "The final reminder is due by the ladder, but customers of the segment key get no letter firmer than "
        "the friendly reminder; a person decides what to do instead.",
    }
    assert waiting.facts["question"]["ceiling"] == "reminder"
    firm = live(act, other)
    assert firm is not None
    assert firm.treatment == "final_reminder"


def test_the_tone_follows_the_phase_where_the_ladder_says_so(act: Act, creditor: Creditor) -> None:
    apply_policy(act, creditor=creditor, text=ladder(tone_ceiling="{phases: {staying_or_leaving: reminder}}"))
    customer = create_customer(act, creditor)
    taken_to(act, creditor, customer, 1)
    score_portfolio(act, creditor=creditor)
    keep_standings(act, creditor)
    waiting = proposed(act, creditor, customer)
    assert (waiting.treatment, waiting.document) == ("hold", None)
    said = "customers in the phase staying_or_leaving get no letter firmer than the friendly reminder"
    assert said in waiting.reasons[0]["text"]


def test_what_is_within_the_ceiling_goes_as_ever(act: Act, creditor: Creditor) -> None:
    apply_policy(act, creditor=creditor, text=ladder(tone_ceiling=CEILING))
    customer = create_customer(act, creditor, segment="key")
    create_invoice(act, creditor, customer, days_late=20)
    letter = proposed(act, creditor, customer)
    assert letter.treatment == "reminder"
    firmer = {option["treatment"] for option in letter.options if option["allowed"]} & set(DOCUMENTS[2:])
    assert not firmer
    assert letter.interest_minor == letter.fees_minor == 0


def test_the_gentlest_ceiling_that_fits_counts() -> None:
    ceilings = "{segments: {key: final_reminder}, grades: {A: reminder, B: courtesy}, phases: {buying: fee_reminder}}"
    policy = parse_policy(ladder(tone_ceiling=ceilings))
    for segment, grade, phase, most in [
        ("key", "A", None, "reminder"), ("key", "C", None, "final_reminder"), (None, "B", "buying", "courtesy"),
        ("other", None, None, None), ("key", "C", "buying", "fee_reminder"), (None, None, "paying", None),
    ]:  # fmt: skip
        found = ceiling_of(policy, segment=segment, grade=grade, phase=phase)
        assert (found.document if found else None) == most


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{segments: {key: hand_over}}", "tone_ceiling.segments.key: is 'hand_over'; known are"),
        ("{grades: {E: reminder}}", "tone_ceiling.grades.E"),
        ("{customers: {C1: reminder}}", "tone_ceiling.customers: this key is not known"),
    ],
)
def test_a_ceiling_that_means_nothing_is_refused_with_its_place(given: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        parse_policy(ladder(tone_ceiling=given))


tones = st.sampled_from(DOCUMENTS[:-1])


@given(st.sampled_from(DOCUMENTS), tones, tones)
def test_a_ceiling_never_raises_firmness_and_lets_nothing_firmer_through(
    document: str, segment: str, grade: str
) -> None:
    policy = parse_policy(ladder(tone_ceiling=f"{{segments: {{key: {segment}}}, grades: {{A: {grade}}}}}"))
    before = _judgement(policy, document)
    after = under_ceiling(before, policy)
    most = min(DOCUMENTS.index(segment), DOCUMENTS.index(grade))
    assert _firmness(after) <= _firmness(before)
    assert after.document is None or DOCUMENTS.index(after.document) <= most
    assert (after.document == document) == (DOCUMENTS.index(document) <= most)


def _judgement(policy: Policy, document: str) -> Judgement:
    """A judgement that proposes this letter to a customer of segment key and grade A, whatever led to it."""
    from kulant.ledger.models import Customer as Account
    from kulant.treatment.cases import CustomerCase

    case = CustomerCase(
        customer=Account(id=1, number="C1", name="Kunde", segment="key", kind="business"),
        contact=None,
        currency="NOK",
        score=Score(grade="A", currency="NOK", value_12m_minor=0),
    )
    judged = judge(case, policy, today=TODAY, country="NO", home_language="nb")
    assert judged.decision is not None
    return replace(
        judged,
        proposes=True,
        document=document,
        channel="letter",
        decision=replace(judged.decision, treatment=document, document=document),
    )


def _firmness(judgement: Judgement) -> int:
    return FIRMNESS[judgement.decision.treatment] if judgement.decision else 0


CAPPED = "{max_contacts: {count: 2, days: 7}}"


def heard(act: Act, customer: Customer, kind: str, days_ago: int, **data: Any) -> None:
    act.tell(
        Event(
            kind, kind, creditor_id=customer.creditor_id, customer_id=customer.id,
            on=TODAY - timedelta(days=days_ago), data=data,
        )
    )  # fmt: skip
    write_timeline(act)
    act.events.clear()


def test_nothing_is_proposed_while_a_call_and_an_e_mail_have_filled_the_cap(act: Act, creditor: Creditor) -> None:
    apply_policy(act, creditor=creditor, text=ladder(contact=CAPPED))
    customer = create_customer(act, creditor)
    create_invoice(act, creditor, customer, days_late=20, number="1001")
    heard(act, customer, "call", 5)
    assert proposed(act, creditor, customer).treatment == "reminder"
    heard(act, customer, "email", 1)
    run(act, creditor)
    assert live(act, customer) is None
    [item] = explained(act, creditor, customer)["items"]
    assert item["decision"] == "nothing"
    assert item["because"][0] == {
        "code": "contact_cap",
        "text": "They have heard from us twice in 7 days (call 18 November 2026, e-mail 22 November 2026); "
        "it waits until 25 November 2026.",
    }


def test_a_formal_notice_is_exempt_from_the_cap(act: Act, creditor: Creditor) -> None:
    apply_policy(act, creditor=creditor, text=ladder(contact=CAPPED))
    customer = create_customer(act, creditor)
    taken_to(act, creditor, customer, 2)
    for days in (1, 2, 3):
        heard(act, customer, "call", days)
    assert proposed(act, creditor, customer).document == "formal_notice"


@given(calls=st.lists(st.integers(0, 10), max_size=4), letters=st.integers(0, 2))
def test_whatever_happened_a_proposal_never_exceeds_the_cap(calls: list[int], letters: int) -> None:
    from kulant.relationship.pressure import Contacted
    from kulant.treatment.caps import within_cap
    from kulant.treatment.ladder import ContactCap

    judgement = _judgement(parse_policy(ladder()), DOCUMENTS[letters + 1])
    said = [Contacted(TODAY - timedelta(days=day), "call") for day in calls]
    kept = within_cap(judgement, ContactCap(count=2, days=7), said, TODAY)
    recent = sum(day < 7 for day in calls)
    assert not kept.proposes or kept.document in EXEMPT or recent < 2
    assert kept.proposes or recent >= 2


def test_without_a_cap_nobodys_contacts_are_looked_up(act: Act, creditor: Creditor, statements: list[str]) -> None:
    apply_policy(act, creditor=creditor, text=ladder())
    customer = create_customer(act, creditor)
    create_invoice(act, creditor, customer, days_late=20)
    act.session.flush()
    statements.clear()
    judge_customers(act.session, creditor=creditor, customer_ids=[customer.id], today=TODAY)
    assert not any("timeline_event" in one and "letter_sent" in one for one in statements)
