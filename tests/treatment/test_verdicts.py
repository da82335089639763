"""Verdicts: what each run made of an account is kept when it changes, and two runs can be laid side by side."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.service import place_hold
from kulant.treatment.explain import explain, explanation_json
from kulant.treatment.models import Ladder
from kulant.treatment.models_record import Verdict
from kulant.treatment.service import judge_customers
from kulant.treatment.verdicts import as_said, finish_verdicts, keep_verdicts
from kulant.treatment.why import changes as said_changes
from tests.conftest import TODAY, Statements
from tests.support.factories import create_customer, create_invoice, create_payment
from tests.support.proposals import on

pytestmark = pytest.mark.usefixtures("plain")


def judged(act: Act, creditor: Creditor, *customers: Customer) -> int:
    """Today's run over these customers; how many accounts have another verdict than before."""
    act.session.flush()
    ids = [customer.id for customer in customers]
    return keep_verdicts(
        act, creditor, judge_customers(act.session, creditor=creditor, customer_ids=ids, today=act.today)
    )


def explained(act: Act, creditor: Creditor, customer: Customer) -> dict[str, Any]:
    act.session.flush()
    told = explain(act.session, creditor=creditor, customer=customer, today=act.today)
    return explanation_json(act.session, told, act.today)


def kept(act: Act) -> list[Verdict]:
    return list(act.session.scalars(select(Verdict).order_by(Verdict.id)))


def changes(told: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {one["what"]: (one["before"], one["now"]) for one in told["changed"]}


def test_a_verdict_is_kept_only_when_it_changed(act: Act, creditor: Creditor, customer: Customer) -> None:
    create_invoice(act, creditor, customer, days_late=20, number="1001")
    assert judged(act, creditor, customer) == 1
    assert judged(act, creditor, customer) == 0
    assert judged(on(act, TODAY + timedelta(days=1)), creditor, customer) == 0
    [verdict] = kept(act)
    assert (verdict.treatment, verdict.step, verdict.since) == ("reminder", "reminder", TODAY)


def test_explain_shows_the_run_before_and_what_has_changed_since(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    create_invoice(act, creditor, customer, days_late=20, number="1001")
    create_invoice(act, creditor, customer, days_late=5, number="1002")
    judged(act, creditor, customer)
    tomorrow = on(act, TODAY + timedelta(days=1))
    place_hold(tomorrow, customer=customer, until=TODAY + timedelta(days=9), reason="waits for a credit note")
    told = explained(tomorrow, creditor, customer)
    assert told["previous"]["date"] == TODAY.isoformat()
    before = {item["invoice"]: (item["decision"], item["step"]) for item in told["previous"]["items"]}
    assert before == {"1001": ("reminder", "reminder"), "1002": ("listed", None)}
    assert changes(told)["treatment"] == ("friendly reminder, step reminder", "nothing to do")
    assert changes(told)["1001"] == ("friendly reminder, step reminder", "nothing is done")


def test_before_the_first_run_there_is_nothing_to_compare(act: Act, creditor: Creditor, customer: Customer) -> None:
    create_invoice(act, creditor, customer, days_late=20)
    told = explained(act, creditor, customer)
    assert (told["previous"], told["changed"]) == (None, [])


def test_the_same_day_is_not_compared_with_itself(act: Act, creditor: Creditor, customer: Customer) -> None:
    create_invoice(act, creditor, customer, days_late=20)
    judged(act, creditor, customer)
    assert explained(act, creditor, customer)["previous"] is None


def test_why_not_is_kept_too_for_what_is_not_due_and_not_proposed(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    create_invoice(act, creditor, customer, days_late=3, number="1001")
    create_invoice(act, creditor, customer, days_late=-10, number="1002")
    judged(act, creditor, customer)
    told = explained(on(act, TODAY + timedelta(days=1)), creditor, customer)
    before = {item["invoice"]: item["decision"] for item in told["previous"]["items"]}
    assert before == {"1001": "waiting", "1002": "not_due"}
    assert told["changed"] == []


def test_an_invoice_paid_since_is_told_as_changed(act: Act, creditor: Creditor, customer: Customer) -> None:
    first = create_invoice(act, creditor, customer, "100.00", days_late=20, number="1001")
    judged(act, creditor, customer)
    tomorrow = on(act, TODAY + timedelta(days=1))
    create_payment(tomorrow, creditor, "100.00", invoice=first)
    assert changes(explained(tomorrow, creditor, customer))["1001"] == (
        "friendly reminder, step reminder",
        "not open any more",
    )


def test_the_run_says_once_that_nothing_is_late_any_more(act: Act, creditor: Creditor, customer: Customer) -> None:
    first = create_invoice(act, creditor, customer, "100.00", days_late=20, number="1001")
    judged(act, creditor, customer)
    tomorrow = on(act, TODAY + timedelta(days=1))
    assert finish_verdicts(tomorrow, creditor) == 0
    create_payment(tomorrow, creditor, "100.00", invoice=first)
    tomorrow.session.flush()
    assert finish_verdicts(tomorrow, creditor) == 1
    assert finish_verdicts(tomorrow, creditor) == 0
    later = explained(on(act, TODAY + timedelta(days=2)), creditor, customer)
    assert later["changed"] == []
    assert later["previous"]["decisions"][0]["because"][0]["code"] == "nothing_overdue"


def test_what_was_not_due_yet_is_not_told_closed_only_because_nothing_is_late_any_more(
    act: Act, creditor: Creditor, customer: Customer
) -> None:
    paid = create_invoice(act, creditor, customer, "100.00", days_late=20, number="1001")
    create_invoice(act, creditor, customer, "900.00", days_late=-20, number="1002")
    judged(act, creditor, customer)
    tomorrow = on(act, TODAY + timedelta(days=1))
    create_payment(tomorrow, creditor, "100.00", invoice=paid)
    tomorrow.session.flush()
    finish_verdicts(tomorrow, creditor)
    later = on(act, TODAY + timedelta(days=31))
    judged(later, creditor, customer)
    first, nothing_late, again = as_said(act.session, kept(act))
    told = {one.what: (one.before, one.now) for one in said_changes(first, nothing_late)}
    assert told["1001"] == ("friendly reminder, step reminder", "not open any more")
    assert "1002" not in told
    told = {one.what: (one.before, one.now) for one in said_changes(nothing_late, again)}
    assert told["1002"] == ("nothing was late", "friendly reminder, step reminder")


def test_two_ways_to_have_nothing_late_are_one_verdict(act: Act, creditor: Creditor, customer: Customer) -> None:
    first = create_invoice(act, creditor, customer, "100.00", days_late=20)
    create_invoice(act, creditor, customer, days_late=-10, number="1002")
    judged(act, creditor, customer)
    create_payment(act, creditor, "100.00", invoice=first)
    assert judged(act, creditor, customer) == 1
    assert finish_verdicts(act, creditor) == 0
    assert judged(act, creditor, customer) == 0
    assert kept(act)[-1].said["reasons"][0]["code"] == "nothing_overdue"


def test_nobody_is_told_settled_who_never_had_a_verdict(act: Act, creditor: Creditor, customer: Customer) -> None:
    create_payment(act, creditor, "100.00", invoice=create_invoice(act, creditor, customer, "100.00", days_late=2))
    act.session.flush()
    assert finish_verdicts(act, creditor) == 0


def test_a_whole_chunk_takes_as_many_statements_as_one_customer(
    act: Act, creditor: Creditor, statements: Statements
) -> None:
    customers = [create_customer(act, creditor) for _ in range(12)]
    for customer in customers:
        create_invoice(act, creditor, customer, days_late=20)
    act.session.flush()
    judgements = judge_customers(
        act.session, creditor=creditor, customer_ids=[customer.id for customer in customers], today=act.today
    )
    statements.clear()
    assert keep_verdicts(act, creditor, judgements) == 12
    assert len(statements) <= 3
    assert len(kept(act)) == 12


def test_explain_says_which_ladder_and_why(act: Act, creditor: Creditor, customer: Customer, plain: Ladder) -> None:
    told = explained(act, creditor, customer)
    assert (told["ladder"]["name"], told["ladder"]["version"]) == (plain.name, 1)
    assert told["ladder"]["because"].startswith("For every customer")
