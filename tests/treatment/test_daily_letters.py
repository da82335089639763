"""The letters of a day: what is asked of whom, what is left alone, and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.ledger.service import open_dispute
from kulant.people.models import Creditor
from kulant.relationship.service import place_hold
from kulant.treatment.models import Ladder, Proposal
from kulant.treatment.policies import apply_policy
from tests.support.factories import create_credit_note, create_customer, create_invoice, create_payment
from tests.support.proposals import (
    TODAY,
    explained,
    ladder,
    leave,
    live,
    on,
    proposed,
    quieten,
    rows,
    run,
    shown,
    why,
)


def test_one_letter_lists_every_overdue_invoice_with_the_step_each_comes_to(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    create_invoice(act, creditor, customer, "1000.00", number="OLD", days_late=10)
    leave(act, proposed(act, creditor, customer), TODAY)
    act = on(act, TODAY + timedelta(days=14))
    create_invoice(act, creditor, customer, "2000.00", number="LATE", days_late=12)
    create_invoice(act, creditor, customer, "300.00", number="YOUNG", days_late=3)
    create_invoice(act, creditor, customer, "400.00", number="COMING", due=act.today + timedelta(days=3))
    create_credit_note(act, creditor, customer, "250.00")
    letter = proposed(act, creditor, customer)
    assert (letter.document, letter.step, letter.channel) == ("final_reminder", "final", "email")
    listed = rows(act, letter)
    assert listed.pop(next(number for number, (amount, _) in listed.items() if amount == "-250.00")) == (
        "-250.00",
        None,
    )
    assert listed == {"OLD": ("1000.00", "final"), "LATE": ("2000.00", "reminder"), "YOUNG": ("300.00", None)}
    assert shown(act, letter)["demand"] == "3050.00"


def test_each_currency_and_each_customer_gets_a_letter_of_its_own(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    other = create_customer(act, creditor, "C2")
    create_invoice(act, creditor, customer, "100.00", number="A")
    create_invoice(act, creditor, customer, "200.00", number="B", currency="EUR")
    create_invoice(act, creditor, other, "300.00", number="C")
    assert len(run(act, creditor).created) == 3
    letters = act.session.scalars(select(Proposal).order_by(Proposal.demand_minor)).all()
    assert [(row.customer_id, row.currency, row.demand_minor) for row in letters] == [
        (customer.id, "NOK", 10000), (customer.id, "EUR", 20000), (other.id, "NOK", 30000),
    ]  # fmt: skip


def test_credits_that_cover_the_debt_leave_nothing_to_ask(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    invoice = create_invoice(act, creditor, customer, "1000.00")
    create_credit_note(act, creditor, customer, "600.00")
    create_payment(act, creditor, "400.00", customer=customer)
    assert run(act, creditor).created == []
    assert "covered" in why(act, creditor, customer, invoice)


def test_a_letter_is_in_the_customers_language_and_goes_by_post_without_an_email_address(
    act: Act, creditor: Creditor, plain: Ladder
) -> None:
    swede = create_customer(act, creditor, "S1", country="SE", email=None)
    quiet = create_customer(act, creditor, "Q1", language="en", contact_opt_out=True)
    for customer in (swede, quiet):
        create_invoice(act, creditor, customer)
    run(act, creditor)
    letters = [live(act, customer) for customer in (swede, quiet)]
    assert [(letter.language, letter.channel) for letter in letters if letter] == [("sv", "letter"), ("en", "letter")]


@pytest.mark.parametrize("relationship", ["on", "off"])
@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("promise", "promise_open"),
        ("complaint", "complaint_open"),
        ("no_dunning", "no_dunning"),
        ("hold", "held"),
        ("plan", "in_plan"),
    ],
)
def test_what_stands_in_the_way_of_a_customer_silences_them_and_is_told(
    act: Act, creditor: Creditor, customer: Customer, reason: str, code: str, relationship: str
) -> None:
    apply_policy(act, creditor=creditor, text=ladder(relationship=relationship))
    invoice = create_invoice(act, creditor, customer)
    waiting = proposed(act, creditor, customer)
    quieten(act, customer, reason)
    result = run(act, creditor)
    assert (result.created, waiting.status) == ([], "superseded")
    assert code in why(act, creditor, customer, invoice)


def test_a_customer_is_asked_again_the_day_after_hold_and_promise_end(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    create_invoice(act, creditor, customer)
    quieten(act, customer, "hold")
    quieten(act, customer, "promise")
    assert run(act, creditor).created == []
    assert len(run(on(act, TODAY + timedelta(days=1)), creditor).created) == 1


def test_an_invoice_on_hold_or_wholly_disputed_is_left_out_and_the_rest_is_asked_for(
    act: Act, creditor: Creditor, customer: Customer, plain: Ladder
) -> None:
    held = create_invoice(act, creditor, customer, "1000.00", number="HELD")
    disputed = create_invoice(act, creditor, customer, "2000.00", number="WRONG")
    partly = create_invoice(act, creditor, customer, "3000.00", number="PARTLY")
    place_hold(act, customer=customer, until=TODAY, reason="new copy sent", item=held)
    open_dispute(act, item=disputed, reason="never ordered")
    open_dispute(act, item=partly, amount_minor=100000, reason="one box missing")
    letter = proposed(act, creditor, customer)
    assert rows(act, letter) == {"PARTLY": ("2000.00", "reminder")}
    assert why(act, creditor, customer, held)[:2] == ["held", "held"]
    assert why(act, creditor, customer, disputed)[:2] == ["disputed", "disputed"]
    assert why(act, creditor, customer, partly)[0] == "reminder"


def test_every_open_invoice_is_explained(act: Act, creditor: Creditor, customer: Customer, plain: Ladder) -> None:
    create_invoice(act, creditor, customer, number="LATE")
    create_invoice(act, creditor, customer, number="YOUNG", days_late=2)
    create_invoice(act, creditor, customer, number="COMING", due=TODAY + timedelta(days=9))
    answer = explained(act, creditor, customer)
    assert {row["invoice"]: (row["decision"], row["step"]) for row in answer["items"]} == {
        "LATE": ("reminder", "reminder"), "YOUNG": ("listed", None), "COMING": ("not_due", None),
    }  # fmt: skip
    assert all(reason["text"] for row in answer["items"] for reason in row["because"])
