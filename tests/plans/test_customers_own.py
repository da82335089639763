"""A customer's own plan, a clerk's own offer, and a plan agreed anew: on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kulant.core.errors import Conflict, Forbidden, Refusal
from kulant.db import Act
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.models import Delivery
from kulant.delivery.plan_proposals import decide_proposal, propose_own
from kulant.delivery.writing_notes import write_note
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.queries import imbalances
from kulant.people.models import Creditor
from kulant.plans import queries, service
from kulant.plans.choices import Wish
from kulant.plans.counter_proposals import consider
from kulant.plans.limits import PlanRules, keep_plan_rules
from kulant.plans.models import CounterProposal, Plan
from kulant.plans.own_offers import decide_offer, offer_own
from kulant.relationship.models import Task
from kulant.relationship.queries import holds_in_force
from tests.support.factories import create_credit_note, create_invoice, create_payment

FOUR = Wish(monthly_minor=300_000, first_due=date(2026, 12, 10))
LONG = Wish(count=10)


def propose(act: Act, creditor: Creditor, customer: Customer, wish: Wish) -> CounterProposal:
    return propose_own(
        act, creditor=creditor, customer=customer, currency="NOK", wish=wish, name="Test Testesen", words="Please.",
        evidence={"by": "portal", "address": "192.0.2.7"},
    )  # fmt: skip


def dues(act: Act, plan_id: int | None) -> list[tuple[date, int]]:
    assert plan_id is not None
    return [(part.due, part.amount_minor // 100) for part in queries.instalments_of(act.session, plan_id)]


def test_inside_the_limits_a_proposal_is_agreed_at_once_on_the_days_proposed(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    service.make_offers(act, creditor=creditor, customer=customer, currency="NOK")
    kept = propose(act, creditor, customer, FOUR)
    assert kept.status == "accepted"
    assert dues(act, kept.plan_id) == [
        (date(2026, 12, 10), 3000), (date(2027, 1, 11), 3000), (date(2027, 2, 10), 3000), (date(2027, 3, 10), 1000),
    ]  # fmt: skip
    plan = act.session.get_one(Plan, kept.plan_id)
    assert plan.status == "accepted"
    assert plan.evidence is not None
    assert (plan.evidence["address"], plan.evidence["name"]) == ("192.0.2.7", "Test Testesen")
    assert len(plan.evidence["words_sha256"]) == 64
    assert [other.status for other in act.session.scalars(select(Plan).order_by(Plan.id))] == ["expired", "accepted"]


def test_beyond_the_limits_a_clerk_sees_what_it_means_and_a_manager_accepts_it_dated_today(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    kept = propose(act, creditor, customer, LONG)
    assert holds_in_force(act.session, [customer.id], act.today)  # nothing goes out until we have answered
    assert (kept.status, kept.plan_id) == ("waiting", None)
    assert kept.consequence["beyond"][0] == "10 payments, where 6 are the most"
    [task] = act.session.scalars(select(Task).where(Task.kind == "own_plan"))
    assert (task.due, task.done_on) == (date(2026, 11, 24), None)
    with pytest.raises(Refusal) as refused:
        decide_proposal(act, kept=kept, accept=True, answer="", manager=False)
    assert refused.value.code == "needs_manager"
    later = replace(act, today=act.today + timedelta(days=2))
    decide_proposal(later, kept=kept, accept=True, answer="We can do that.", manager=True)
    assert (kept.status, len(dues(act, kept.plan_id))) == ("accepted", 10)
    with pytest.raises(Conflict):
        decide_proposal(later, kept=kept, accept=False, answer="No.", manager=True)


def test_a_proposal_is_accepted_at_the_price_and_for_the_claim_the_customer_saw_or_not_at_all(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    kept = propose(act, creditor, customer, Wish(count=10))
    assert kept.consequence["extra_minor"] == 0
    # The limits ask for interest from now on: the customer has not agreed to any.
    costly = PlanRules(interest="statutory", interest_free_grades=())
    keep_plan_rules(act, creditor=creditor, rules=costly, why="from the new year")
    later = replace(act, today=date(2026, 11, 25))
    create_invoice(later, creditor, customer, "500.00", days_late=1, number="A3")
    with pytest.raises(Conflict) as refused:
        decide_proposal(later, kept=kept, accept=True, answer="", manager=True)
    assert refused.value.code == "claim_changed"
    create_credit_note(later, creditor, customer, "500.00")
    accepted = decide_proposal(later, kept=kept, accept=True, answer="", manager=True)
    plan = act.session.get_one(Plan, accepted.plan_id)
    assert sum(part.amount_minor for part in queries.instalments_of(act.session, plan.id)) == 1_000_000
    assert (plan.evidence or {})["extra_minor"] == 0


def test_a_declined_proposal_has_words_for_the_customer_and_a_new_one_takes_the_place_of_the_waiting_one(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    first = propose(act, creditor, customer, LONG)
    second = propose(act, creditor, customer, Wish(count=12))
    assert (first.status, second.status) == ("withdrawn", "waiting")
    with pytest.raises(Refusal, match="say to the customer why"):
        decide_proposal(act, kept=second, accept=False, answer=" ", manager=False)
    decide_proposal(act, kept=second, accept=False, answer="Six payments are possible.", manager=False)
    assert (second.status, second.answer) == ("declined", "Six payments are possible.")
    [answer] = act.session.scalars(select(Delivery).where(Delivery.kind == "receipt"))
    said = write_note(act, delivery=answer, base_url="http://127.0.0.1:8000", secret="a key for tests")
    assert "Six payments are possible." in said["paragraphs"]


def test_what_was_shown_is_agreed_or_nothing(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    shown = consider(act.session, creditor=creditor, customer=customer, currency="NOK", wish=FOUR, today=act.today)
    create_payment(act, creditor, "1000.00", invoice=invoices[0])
    with pytest.raises(Conflict) as refused:
        propose_own(
            act, creditor=creditor, customer=customer, currency="NOK", wish=FOUR, name="Test", shown=shown.consequence
        )
    assert refused.value.code == "claim_changed"


def test_a_clerks_own_offer_stands_beside_the_usual_ones_and_survives_the_next_letter(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan, found = offer_own(act, creditor=creditor, customer=customer, currency="NOK", wish=Wish(count=4))
    assert found.at_once
    assert [row.made_by for row in queries.offers_of(act.session, plan.id)] == ["program"] * 3 + ["clerk"]
    again, _ = offer_own(act, creditor=creditor, customer=customer, currency="NOK", wish=Wish(count=4))
    assert len(queries.offers_of(act.session, again.id)) == 4
    tomorrow = replace(act, today=act.today + timedelta(days=1))
    assert service.make_offers(tomorrow, creditor=creditor, customer=customer, currency="NOK").id == plan.id


def test_an_offer_beyond_the_limits_waits_for_another_person_and_cannot_be_accepted_before(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    usual = service.make_offers(act, creditor=creditor, customer=customer, currency="NOK")
    plan, _ = offer_own(act, creditor=creditor, customer=customer, currency="NOK", wish=LONG, why="a good customer")
    assert queries.current_offer(act.session, customer.id, "NOK", 1_000_000, act.today) == usual
    with pytest.raises(Conflict) as waits:
        service.accept_offer(act, plan=plan, offer=4, name="Test Testesen")
    assert waits.value.code == "not_approved"
    with pytest.raises(Forbidden) as alone:
        decide_offer(act, plan=plan, approve=True, manager=True)
    assert alone.value.code == "second_person"
    with pytest.raises(Forbidden):  # nor through a program of one's own
        decide_offer(replace(act, actor=f"{act.actor} via a program"), plan=plan, approve=True, manager=True)
    second = replace(act, actor="a manager")
    decide_offer(second, plan=plan, approve=True, manager=True)
    assert (plan.approval, plan.approved_by, usual.status) == ("given", "a manager", "expired")
    assert queries.current_offer(act.session, customer.id, "NOK", 1_000_000, act.today) == plan
    accept_plan(act, plan=plan, offer=4, name="Test Testesen")
    assert len(dues(act, plan.id)) == 10


def test_a_refused_offer_ends_with_the_reason(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan, _ = offer_own(act, creditor=creditor, customer=customer, currency="NOK", wish=LONG, why="they asked")
    second = replace(act, actor="a manager")
    decide_offer(second, plan=plan, approve=False, manager=True, why="too long")
    assert (plan.status, plan.approval, plan.end_reason) == ("cancelled", "refused", "too long")
    with pytest.raises(Conflict):
        decide_offer(second, plan=plan, approve=True, manager=True)


def test_new_invoices_stay_outside_or_are_folded_in_when_the_customer_agrees(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = service.make_offers(act, creditor=creditor, customer=customer, currency="NOK")
    service.accept_offer(act, plan=plan, offer=2, name="Test Testesen")
    create_payment(act, creditor, "3334.00", reference=plan.reference)
    service.follow_payments(act, creditor)
    new = create_invoice(act, creditor, customer, "2000.00", days_late=1, number="A3")
    assert queries.claim(act.session, customer.id, "NOK", act.today).total_minor == 200_000
    offered = service.offer_anew(act, plan=plan)
    assert (offered.claim_minor, offered.replaces_id, plan.status) == (866_600, plan.id, "accepted")
    assert service.offer_anew(act, plan=plan) is offered
    service.accept_offer(act, plan=offered, offer=2, name="Test Testesen")
    assert (plan.status, offered.status) == ("renegotiated", "accepted")
    covered = {item.number: part.amount_minor for part, item in queries.items_of(act.session, offered.id)}
    assert covered == {"A1": 266_600, "A2": 400_000, "A3": 200_000}
    create_payment(act, creditor, "8666.00", reference=offered.reference)
    assert service.follow_payments(act, creditor) == [offered]
    assert (new.open_minor, imbalances(act.session)) == (0, [])
