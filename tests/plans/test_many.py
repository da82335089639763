"""The daily look at all running plans: as many statements for a dozen as for two, and only what has moved is opened."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kulant.db import Act
from kulant.delivery.plan_events import follow_plans
from kulant.insight.ageing import ageing_report, report_json
from kulant.insight.worklist import row_json, worklist
from kulant.people.models import Creditor
from kulant.plans import service
from kulant.plans.models import Plan
from tests.conftest import Statements
from tests.support.factories import create_customer, create_invoice, create_payment


def agree(act: Act, creditor: Creditor, count: int) -> list[Plan]:
    found = []
    for _ in range(count):
        customer = create_customer(act, creditor)
        create_invoice(act, creditor, customer, "10000.00", days_late=40)
        plan = service.make_offers(act, creditor=creditor, customer=customer, currency="NOK")
        found.append(service.accept_offer(act, plan=plan, offer=2, name="Test Testesen"))
    return found


@pytest.mark.parametrize("day", [date(2026, 11, 24), date(2026, 12, 7)])
def test_a_run_in_which_nothing_moves_takes_as_many_statements_for_a_dozen_plans_as_for_two(
    act: Act, creditor: Creditor, statements: Statements, day: date
) -> None:
    counts = []
    for more in (2, 10):
        agree(act, creditor, more)
        later = replace(act, today=day)
        follow_plans(later, creditor)
        act.session.flush()
        statements.clear()
        changes = follow_plans(later, creditor)
        assert (changes.completed, changes.late, changes.notices) == ((), 0, 0)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_only_the_plan_that_was_paid_is_opened(act: Act, creditor: Creditor, statements: Statements) -> None:
    plans = agree(act, creditor, 6)
    create_payment(act, creditor, "10000.00", reference=plans[3].reference)
    act.session.flush()
    statements.clear()
    assert follow_plans(act, creditor).completed == (plans[3],)
    assert sum("FOR NO KEY UPDATE" in one or "FOR UPDATE" in one for one in statements) <= 2
    assert [plan.status for plan in plans] == ["accepted"] * 3 + ["completed"] + ["accepted"] * 2


def test_both_ages_stand_in_the_worklist_and_the_ageing(act: Act, creditor: Creditor) -> None:
    [plan] = agree(act, creditor, 1)
    later = replace(act, today=date(2026, 12, 8))
    create_payment(later, creditor, "1000.00", reference=plan.reference)
    follow_plans(later, creditor)
    [row] = worklist(act.session, creditor, later.today)
    shown = row_json(row)
    assert (shown["days_overdue"], shown["plan_days_late"]) == (55, 7)
    assert shown["plan"] == "Plan late, 7 days"
    report = report_json(ageing_report(act.session, creditor, later.today))
    [currency], [customer] = report["currencies"], report["customers"]
    assert currency["in_plans"] == {
        "plans": 1,
        "open": "9000.00",
        "ageing": {"current": "0.00", "1-30": "0.00", "31-60": "9000.00", "61-90": "0.00", "90+": "0.00"},
        "ageing_by_plan": {"current": "6666.00", "1-30": "2334.00", "31-60": "0.00", "61-90": "0.00", "90+": "0.00"},
    }
    assert customer["in_plans"] == [
        {"plan": str(plan.id), "status": "late", "open": "9000.00", "days_contract": 55, "days_plan": 7}
    ]
