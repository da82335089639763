"""Proposals looked at again: the next run, the clerk, the relationship, many customers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from kulant.core.errors import Conflict, Refusal
from kulant.db import Act
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.plan_events import follow_plans
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.plans.models import Plan
from kulant.plans.service import break_plan, make_offers
from kulant.transaction import keep_events
from kulant.treatment.clerk import dismiss, edit
from kulant.treatment.decision import decide
from kulant.treatment.models import Ladder, Proposal, ProposalItem
from kulant.treatment.policies import apply_policy
from kulant.treatment.reading import read_facts
from kulant.treatment.timing import Due
from tests.conftest import Statements
from tests.support.factories import create_customer, create_invoice, create_payment
from tests.support.proposals import (
    TODAY,
    ladder,
    leave,
    on,
    proposed,
    run,
    shown,
    why,
)


def counted(act: Act) -> tuple[int, int]:
    act.session.flush()
    count = select(func.count())
    return (
        act.session.scalars(count.select_from(Proposal)).one(),
        act.session.scalars(count.select_from(ProposalItem)).one(),
    )


def test_running_again_changes_nothing(act: Act, creditor: Creditor) -> None:
    for number in ("C1", "C2", "C3"):
        create_invoice(act, creditor, create_customer(act, creditor, number), "12000.00")
    assert len(run(act, creditor).created) == 3
    before, told = counted(act), len(act.events)
    again = run(act, creditor)
    assert (again.created, again.unchanged, again.withdrawn) == ([], 3, 0)
    tomorrow = run(on(act, TODAY + timedelta(days=1)), creditor)
    assert (tomorrow.created, tomorrow.unchanged) == ([], 3)
    assert (counted(act), len(act.events)) == (before, told)


def test_a_changed_ledger_supersedes_what_waits_but_not_what_was_approved(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    invoice = create_invoice(act, creditor, customer, "1000.00")
    first = proposed(act, creditor, customer)
    create_payment(act, creditor, "400.00", invoice=invoice)
    second = proposed(act, creditor, customer)
    assert (first.status, second.demand_minor) == ("superseded", 60000)
    second.status = "approved"
    create_payment(act, creditor, "100.00", invoice=invoice)
    assert proposed(act, creditor, customer) is second


def test_a_proposal_about_what_has_been_paid_is_withdrawn(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    invoice = create_invoice(act, creditor, customer, "1000.00")
    first = proposed(act, creditor, customer)
    create_payment(act, creditor, "1000.00", invoice=invoice)
    result = run(act, creditor)
    assert (first.status, result.withdrawn, result.created) == ("superseded", 1, [])


def test_what_was_dismissed_does_not_come_back_for_the_minimum_days(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    invoice = create_invoice(act, creditor, customer)
    dismiss(act, proposal=proposed(act, creditor, customer), reason="spoke with them")
    for day in (0, 6):
        assert run(on(act, TODAY + timedelta(days=day)), creditor).created == []
    assert "dismissed" in why(act, creditor, customer, invoice)
    assert len(run(on(act, TODAY + timedelta(days=7)), creditor).created) == 1


def test_dismissing_needs_a_reason_and_a_waiting_proposal(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    create_invoice(act, creditor, customer)
    letter = proposed(act, creditor, customer)
    with pytest.raises(Refusal, match="needs a reason"):
        dismiss(act, proposal=letter, reason="  ")
    dismiss(act, proposal=letter, reason="no")
    with pytest.raises(Conflict, match="is dismissed"):
        dismiss(act, proposal=letter, reason="no again")


@pytest.fixture
def reminded(act: Act, creditor: Creditor, customer: Customer) -> Customer:
    """A customer of a ladder that minds the relationship, 24 days late with 20,000 kroner and reminded once."""
    apply_policy(act, creditor=creditor, text=ladder(relationship="on"))
    create_invoice(act, creditor, customer, "20000.00", days_late=10)
    leave(act, proposed(act, creditor, customer), TODAY)
    return customer


def test_with_the_relationship_off_the_plain_ladder_goes_on(act: Act, creditor: Creditor, reminded: Customer) -> None:
    apply_policy(act, creditor=creditor, text=ladder(relationship="off"))
    letter = proposed(on(act, TODAY + timedelta(days=14)), creditor, reminded)
    assert (letter.treatment, letter.step) == ("final_reminder", "final")


def test_with_the_relationship_on_a_plan_is_offered_instead_of_the_firmer_letter(
    act: Act, creditor: Creditor, reminded: Customer
) -> None:
    letter = proposed(on(act, TODAY + timedelta(days=14)), creditor, reminded)
    assert (letter.treatment, letter.document, letter.step, letter.channel) == ("payment_plan", None, None, "email")
    assert [row["step"] for row in shown(act, letter)["items"]] == [None]
    assert letter.offers and letter.options and letter.reasons
    assert {"final_reminder", "call", "payment_plan"} <= {option["treatment"] for option in letter.options}


def test_the_firmer_letter_a_clerk_chooses_is_the_ladders_step(
    act: Act, creditor: Creditor, reminded: Customer
) -> None:
    later = on(act, TODAY + timedelta(days=14))
    letter = proposed(later, creditor, reminded)
    edit(later, proposal=letter, treatment="final_reminder", reason="spoke with them")
    assert (letter.document, letter.step) == ("final_reminder", "final")
    assert [row["step"] for row in shown(act, letter)["items"]] == ["final"]
    edit(later, proposal=letter, treatment="call", reason="spoke with them")
    assert (letter.document, letter.step, letter.channel) == (None, None, "call")
    assert [row["step"] for row in shown(act, letter)["items"]] == [None]


def test_a_clerk_cannot_choose_what_was_not_allowed_nor_post_a_call(
    act: Act, creditor: Creditor, reminded: Customer
) -> None:
    later = on(act, TODAY + timedelta(days=14))
    letter = proposed(later, creditor, reminded)
    with pytest.raises(Refusal, match="cannot be chosen"):
        edit(later, proposal=letter, treatment="hand_over", reason="enough")
    edit(later, proposal=letter, treatment="call", reason="spoke with them")
    with pytest.raises(Refusal, match="sends no letter"):
        edit(later, proposal=letter, channel="email")


def test_a_clerks_change_survives_the_next_run(act: Act, creditor: Creditor, reminded: Customer) -> None:
    later = on(act, TODAY + timedelta(days=14))
    letter = proposed(later, creditor, reminded)
    edit(later, proposal=letter, treatment="call", reason="spoke with them", language="en", message="Ring me.")
    assert proposed(on(act, TODAY + timedelta(days=15)), creditor, reminded) is letter
    assert (letter.treatment, letter.language, letter.message) == ("call", "en", "Ring me.")


def broken_plan(act: Act, creditor: Creditor, customer: Customer) -> tuple[Act, Plan]:
    plan = make_offers(act, creditor=creditor, customer=customer, currency="NOK")
    accept_plan(act, plan=plan, offer=2, name="Test Testesen")
    later = on(act, date(2026, 12, 7))  # the first payment was due on 1 December
    assert follow_plans(later, creditor).late == 1
    break_plan(later, plan=plan, reason="payment 1 was not made")
    return later, plan


@pytest.mark.parametrize("relationship", ["on", "off"])
def test_a_broken_plan_brings_the_case_back_and_says_so(
    act: Act, creditor: Creditor, customer: Customer, relationship: str
) -> None:
    apply_policy(act, creditor=creditor, text=ladder(relationship=relationship))
    create_invoice(act, creditor, customer, "20000.00", days_late=10)
    leave(act, proposed(act, creditor, customer), TODAY)
    later, plan = broken_plan(act, creditor, customer)
    letter = proposed(later, creditor, customer)
    assert letter.reasons[0]["code"] == "plan_broken"
    assert f"Payment plan {plan.id} was broken" in letter.reasons[0]["text"]
    assert [reason["code"] for reason in letter.reasons].count("plan_broken") == 1


def test_a_broken_plan_whose_debt_is_covered_asks_for_nothing(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    create_invoice(act, creditor, customer, "20000.00", days_late=10)
    leave(act, proposed(act, creditor, customer), TODAY + timedelta(days=3))  # so that no step is due yet
    later, _ = broken_plan(act, creditor, customer)
    create_payment(later, creditor, "20000.00", customer=customer)
    assert run(later, creditor).created == []


def test_the_statements_do_not_grow_with_the_number_of_customers(
    act: Act, creditor: Creditor, plain: Ladder, statements: Statements
) -> None:
    """Neither where all is proposed for the first time, nor where all of it stays, nor where all of it has to go."""

    def counted() -> int:
        act.session.flush()
        keep_events(act)
        act.session.flush()
        statements.clear()
        run(act, creditor)
        return len(statements)

    def runs_with(customers: int) -> list[int]:
        invoices = [create_invoice(act, creditor, create_customer(act, creditor)) for _ in range(customers)]
        first, again = counted(), counted()
        for invoice in invoices:
            invoice.due_date = act.today
        return [first, again, counted()]

    assert runs_with(2) == runs_with(30)


def test_the_inputs_of_a_decision_are_kept_so_that_it_can_be_made_again(
    act: Act, creditor: Creditor, reminded: Customer
) -> None:
    proposal = proposed(on(act, TODAY + timedelta(days=14)), creditor, reminded)
    again = decide(read_facts(proposal.facts["inputs"]), due=Due("final_reminder"))
    assert again.treatment == proposal.treatment
    assert again.as_json()["options"] == proposal.options
