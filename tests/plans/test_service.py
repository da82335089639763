"""Offering, accepting and following a payment plan, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kulant.core.errors import Conflict, NotFound, Refusal
from kulant.db import Act
from kulant.delivery.plan_events import follow_plans
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.queries import imbalances
from kulant.ledger.service import charge_back, open_dispute, resolve_dispute
from kulant.people.models import Creditor
from kulant.plans import queries, service
from kulant.plans.late_plans import look_after
from kulant.plans.models import Plan
from kulant.plans.views import offer_json, plan_json
from kulant.relationship.models import Task
from kulant.relationship.service import place_hold
from tests.support.factories import create_credit_note, create_customer, create_invoice, create_payment


def offer(act: Act, creditor: Creditor, customer: Customer) -> Plan:
    return service.make_offers(act, creditor=creditor, customer=customer, currency="NOK")


def agree(act: Act, creditor: Creditor, customer: Customer, number: int = 2) -> Plan:
    """The customer accepts three payments: 1 December, 4 January, 1 February."""
    return service.accept_offer(act, plan=offer(act, creditor, customer), offer=number, name="Test Testesen")


def on(act: Act, day: date) -> Act:
    """The same person in the same transaction, on another day."""
    return replace(act, today=day)


def paid(act: Act, plan: Plan) -> list[int]:
    return [part.paid_minor // 100 for part in queries.instalments_of(act.session, plan.id)]


def kinds(act: Act) -> list[str]:
    return [event.kind for event in act.events]


# Offering


def test_an_offer_covers_what_is_overdue_and_undisputed_less_credits(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    create_invoice(act, creditor, customer, "700.00", due=act.today)
    create_invoice(act, creditor, customer, "900.00", currency="EUR")
    create_credit_note(act, creditor, customer, "1000.00")
    open_dispute(act, item=invoices[1], amount_minor=300_000, reason="wrong price")
    plan = offer(act, creditor, customer)
    assert plan.claim_minor == 600_000 + 100_000 - 100_000
    answer = offer_json(act.session, plan, "http://127.0.0.1:8000/p/x")
    assert [each["instalments"] for each in answer["offers"]] == [1, 3, 6]
    assert answer["offers"][1] == {
        "id": "2", "instalments": 3, "first_due": "2026-12-01",
        "amounts": ["2000.00"] * 3, "total": "6000.00", "interest": "0.00",
    }  # fmt: skip


def test_nothing_is_offered_to_a_customer_who_owes_nothing(act: Act, creditor: Creditor, customer: Customer) -> None:
    invoice = create_invoice(act, creditor, customer)
    open_dispute(act, item=invoice, reason="never ordered")
    with pytest.raises(Refusal) as refused:
        offer(act, creditor, customer)
    assert refused.value.code == "nothing_owed"


def test_offering_twice_on_a_day_gives_the_same_plan_and_a_later_offer_replaces_the_older(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    first = offer(act, creditor, customer)
    assert offer(act, creditor, customer) is first
    second = offer(on(act, act.today + timedelta(days=1)), creditor, customer)
    assert second.id != first.id
    assert (first.status, second.status) == ("expired", "offered")


def test_the_reference_of_each_plan_is_its_own(act: Act, creditor: Creditor, invoices: list[OpenItem]) -> None:
    other = create_customer(act, creditor)
    create_invoice(act, creditor, other, "2000.00")
    customer = act.session.get_one(Customer, invoices[0].customer_id)
    references = {offer(act, creditor, each).reference for each in (customer, other)}
    assert len(references) == 2
    assert all(reference.startswith("PLAN") for reference in references)


# Accepting


def test_accepting_makes_the_instalments_and_ties_the_invoices_to_the_plan(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = agree(act, creditor, customer)
    assert plan_json(act.session, plan)["status"] == "accepted"
    assert [part["amount"] for part in plan_json(act.session, plan)["instalments"]] == ["3334.00", "3334.00", "3332.00"]
    assert [part["due"] for part in plan_json(act.session, plan)["instalments"]] == [
        "2026-12-01", "2027-01-04", "2027-02-01",
    ]  # fmt: skip
    assert [(item.number, part.amount_minor) for part, item in queries.items_of(act.session, plan.id)] == [
        ("A1", 600_000),
        ("A2", 400_000),
    ]
    assert plan.evidence is not None
    assert plan.evidence["name"] == "Test Testesen"
    assert "plan_accepted" in kinds(act)


def test_accepting_the_same_offer_twice_gives_the_same_plan(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = agree(act, creditor, customer)
    told = len(act.events)
    assert service.accept_offer(act, plan=plan, offer=2, name="Test Testesen") is plan
    assert len(queries.instalments_of(act.session, plan.id)) == 3
    assert len(act.events) == told


def test_a_second_answer_cannot_change_the_first(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = agree(act, creditor, customer)
    with pytest.raises(Conflict) as refused:
        service.accept_offer(act, plan=plan, offer=3, name="Test Testesen")
    assert refused.value.code == "already_accepted"
    with pytest.raises(Conflict) as again:
        offer(act, creditor, customer)
    assert again.value.code == "plan_active"


def test_an_offer_made_for_another_amount_is_not_agreed(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = offer(act, creditor, customer)
    create_payment(act, creditor, "1000.00", invoice=invoices[0])
    with pytest.raises(Conflict) as refused:
        service.accept_offer(act, plan=plan, offer=2, name="Test Testesen")
    assert refused.value.code == "claim_changed"
    assert "9,000.00 NOK" in refused.value.sentence


def test_offers_run_out_and_are_numbered(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = offer(act, creditor, customer)
    with pytest.raises(NotFound, match="has no offer 9; choose 1 to 3"):
        service.accept_offer(act, plan=plan, offer=9, name="Test Testesen")
    with pytest.raises(Conflict) as refused:
        service.accept_offer(on(act, plan.valid_until + timedelta(days=1)), plan=plan, offer=1, name="Test Testesen")
    assert refused.value.code == "offer_expired"


def test_the_customer_chooses_the_day_of_the_month(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = offer(act, creditor, customer)
    service.accept_offer(act, plan=plan, offer=2, name="Test Testesen", day_of_month=20)
    assert [part.due for part in queries.instalments_of(act.session, plan.id)] == [
        date(2026, 12, 21),
        date(2027, 1, 20),
        date(2027, 2, 22),
    ]
    assert service.accept_offer(act, plan=plan, offer=2, name="Test Testesen", day_of_month=20) is plan
    with pytest.raises(Conflict):
        service.accept_offer(act, plan=plan, offer=2, name="Test Testesen", day_of_month=5)


def test_credits_are_set_against_the_oldest_invoice_when_the_plan_is_agreed(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    create_credit_note(act, creditor, customer, "1000.00")
    plan = agree(act, creditor, customer)
    assert plan.claim_minor == 900_000
    assert [part.amount_minor for part, _ in queries.items_of(act.session, plan.id)] == [500_000, 400_000]
    service.follow_payments(act, creditor)
    assert paid(act, plan) == [0, 0, 0]
    assert imbalances(act.session) == []


def test_cancelling_ends_a_plan_once(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = agree(act, creditor, customer)
    assert service.cancel_plan(act, plan=plan, reason="agreed by phone").status == "cancelled"
    told = len(act.events)
    service.cancel_plan(act, plan=plan, reason="again")
    assert (plan.end_reason, len(act.events)) == ("agreed by phone", told)
    assert offer(act, creditor, customer).id != plan.id


# Paying


def test_paying_the_instalments_by_the_plans_reference_completes_it(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = agree(act, creditor, customer)
    for day, amount, so_far in (
        (date(2026, 12, 1), "3334.00", [3334, 0, 0]),
        (date(2027, 1, 4), "3334.00", [3334, 3334, 0]),
    ):
        create_payment(act, creditor, amount, reference=plan.reference, on=day)
        assert service.follow_payments(on(act, day), creditor) == []
        assert paid(act, plan) == so_far
    last = date(2027, 2, 1)
    create_payment(act, creditor, "3332.00", reference=plan.reference, on=last)
    assert service.follow_payments(on(act, last), creditor) == [plan]
    assert (plan.status, plan.ended_on) == ("completed", last)
    assert [item.open_minor for item in invoices] == [0, 0]
    assert service.follow_payments(on(act, last), creditor) == []
    assert kinds(act).count("plan_completed") == 1


def test_money_counts_however_it_was_sent(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = agree(act, creditor, customer)
    create_payment(act, creditor, "1000.00", invoice=invoices[1])
    create_payment(act, creditor, "1000.00", reference="KID1001")
    create_payment(act, creditor, "1000.00", customer=customer)
    create_credit_note(act, creditor, customer, "500.00")
    service.follow_payments(act, creditor)
    assert paid(act, plan) == [3334, 166, 0]
    service.follow_payments(act, creditor)
    assert kinds(act).count("plan_paid") == 1
    assert imbalances(act.session) == []


def test_what_is_paid_too_much_stays_on_the_customers_account(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = agree(act, creditor, customer)
    payment = create_payment(act, creditor, "10500.00", reference=plan.reference)
    assert service.follow_payments(act, creditor) == [plan]
    assert payment.open_minor == -50_000


def test_money_of_somebody_else_does_not_pay_the_plan(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = agree(act, creditor, customer)
    create_payment(act, creditor, "3334.00", customer=create_customer(act, creditor))
    create_payment(act, creditor, "3334.00")
    service.follow_payments(act, creditor)
    assert paid(act, plan) == [0, 0, 0]


def test_an_instalment_is_open_again_when_the_bank_takes_the_money_back(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = agree(act, creditor, customer)
    payment = create_payment(act, creditor, "4000.00", reference=plan.reference)
    service.follow_payments(act, creditor)
    assert paid(act, plan) == [3334, 666, 0]
    charge_back(act, creditor=creditor, payment=payment, number="R1", amount_minor=400_000, on=act.today)
    service.follow_payments(act, creditor)
    assert paid(act, plan) == [0, 0, 0]
    assert "plan_payment_reversed" in kinds(act)


def test_a_part_that_was_disputed_stays_outside_the_plan(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    dispute = open_dispute(act, item=invoices[0], amount_minor=200_000, reason="damaged goods")
    plan = agree(act, creditor, customer)
    assert plan.claim_minor == 800_000
    resolve_dispute(act, dispute=dispute, outcome="credited")
    create_credit_note(act, creditor, customer, "2000.00")
    service.follow_payments(act, creditor)
    assert paid(act, plan) == [0, 0, 0]
    create_payment(act, creditor, "8000.00", reference=plan.reference)
    assert service.follow_payments(act, creditor) == [plan]
    assert [item.open_minor for item in invoices] == [0, 0]


# Missing


def test_a_plan_is_late_more_than_five_days_after_a_missed_instalment_and_is_never_given_up_by_itself(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = agree(act, creditor, customer)
    assert look_after(on(act, date(2026, 12, 6)), creditor).late == 0
    assert plan.status == "active"
    assert look_after(on(act, date(2026, 12, 7)), creditor).late == 1
    assert (plan.status, plan.late_since, plan.misses) == ("late", date(2026, 12, 7), 1)
    short = "payment 1 of 1 December 2026 was not made (3,334.00 NOK short)"
    assert act.events[-1].text == f"Payment plan 1 is late: {short}."
    assert look_after(on(act, date(2026, 12, 8)), creditor).late == 0
    follow_plans(on(act, date(2027, 3, 1)), creditor)
    assert (plan.status, plan.misses) == ("late", 3)
    [task] = act.session.scalars(select(Task).where(Task.kind == "plan_decide"))
    assert task.text.startswith("Decide about payment plan 1 of Kunde C1, missed 3 times")


def test_a_person_gives_a_late_plan_up_and_what_is_left_is_asked_for_as_before(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = agree(act, creditor, customer)
    with pytest.raises(Conflict) as refused:
        service.break_plan(act, plan=plan, reason="no answer")
    assert refused.value.code == "plan_not_late"
    create_payment(act, creditor, "3334.00", reference=plan.reference)
    service.follow_payments(act, creditor)
    look_after(on(act, date(2027, 1, 20)), creditor)
    assert service.break_plan(act, plan=plan, reason="no answer").end_reason == "no answer"
    assert queries.claim(act.session, customer.id, "NOK", act.today).total_minor == 666_600


def test_a_late_plan_that_is_paid_is_on_its_way_again(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = agree(act, creditor, customer)
    follow_plans(on(act, date(2026, 12, 7)), creditor)
    create_payment(act, creditor, "3334.00", reference=plan.reference)
    later = on(act, date(2026, 12, 9))
    service.follow_payments(later, creditor)
    assert look_after(later, creditor).on_time_again == 1
    assert (plan.status, plan.late_since) == ("active", None)
    follow_plans(later, creditor)
    [task] = act.session.scalars(select(Task).where(Task.kind == "plan_late"))
    assert task.done_on == date(2026, 12, 9)


def test_nothing_is_missed_while_the_customer_is_on_hold_or_disputes_it(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    agree(act, creditor, customer)
    place_hold(act, customer=customer, until=date(2026, 12, 10), reason="says it is paid", code="says_paid")
    assert look_after(on(act, date(2026, 12, 10)), creditor).late == 0
    dispute = open_dispute(act, item=invoices[1], reason="never arrived")
    assert look_after(on(act, date(2026, 12, 11)), creditor).late == 0
    resolve_dispute(act, dispute=dispute, outcome="it had arrived")
    assert look_after(on(act, date(2026, 12, 11)), creditor).late == 1


def test_a_plan_of_another_creditor_is_not_found(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = offer(act, creditor, customer)
    for wrong in (plan.creditor_id + 1, creditor.id):
        with pytest.raises(NotFound):
            queries.plan_by_id(act.session, wrong, "x" if wrong == creditor.id else plan.id)


def test_instalments_that_name_only_the_customer_complete_the_plan(
    act: Act, creditor: Creditor, customer: Customer, invoices: list[OpenItem]
) -> None:
    plan = agree(act, creditor, customer)
    for amount in ("3334.00", "3334.00", "3332.00"):
        create_payment(act, creditor, amount, customer=customer)
        service.follow_payments(act, creditor)
    assert plan.status == "completed"
    assert imbalances(act.session) == []
