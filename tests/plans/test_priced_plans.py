"""Plans that cost something: only where the creditor's limits and the law of the day allow it, openly, and let go when
the plan does not last."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.agreement import agreement_content
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.queries import imbalances
from kulant.people.models import Creditor
from kulant.plans import queries, service
from kulant.plans.changes import Wanted
from kulant.plans.changing import change_plan, pay_all
from kulant.plans.limits import PlanRules, keep_plan_rules
from kulant.plans.models import Plan
from kulant.plans.offering import allowed_cost
from kulant.plans.rules import FREE, Cost
from kulant.treatment.cases import load_cases
from tests.support.factories import (
    create_credit_note,
    create_creditor,
    create_customer,
    create_invoice,
    create_payment,
)  # fmt: skip

COSTLY = PlanRules(interest="statutory", fee="statutory", interest_free_grades=())


@pytest.fixture
def swede(act: Act) -> Creditor:
    creditor = create_creditor(act, "NORR", name="Norrsken Grossist AB", country="SE", currency="SEK", language="sv")
    keep_plan_rules(act, creditor=creditor, rules=COSTLY, why="agreed with customers")
    return creditor


def a_plan(act: Act, creditor: Creditor) -> tuple[Plan, Customer]:
    customer = create_customer(act, creditor, "S1", country="SE")
    create_invoice(act, creditor, customer, "48000.00", days_late=40, number="A1", currency="SEK")
    plan = service.make_offers(act, creditor=creditor, customer=customer, currency="SEK")
    return accept_plan(act, plan=plan, offer=3, name="Test Testsson"), customer


def test_a_swedish_plan_costs_170_and_late_interest_at_the_law_s_rate_and_says_so(act: Act, swede: Creditor) -> None:
    plan, _ = a_plan(act, swede)
    at_once, _, six = queries.offers_of(act.session, plan.id)
    assert (at_once.fee_minor, at_once.interest_minor) == (0, 0)
    assert (six.fee_minor, six.rate) == (17_000, 1_000)  # the reference rate of 2 % and 8 points
    parts = queries.instalments_of(act.session, plan.id)
    assert sum(part.amount_minor for part in parts) == 4_800_000 + 17_000 + six.interest_minor
    covered = {item.kind: part.amount_minor for part, item in queries.items_of(act.session, plan.id)}
    assert covered == {"invoice": 4_800_000, "fee": 17_000, "interest": six.interest_minor}
    content = agreement_content(act.session, plan)
    assert content["facts"]["total_minor"] == sum(part.amount_minor for part in parts)
    assert plan.evidence is not None
    assert plan.evidence["extra_minor"] == 17_000 + six.interest_minor


def test_paying_it_all_early_spares_the_interest_of_the_days_that_are_left(act: Act, swede: Creditor) -> None:
    plan, _ = a_plan(act, swede)
    later = replace(act, today=date(2026, 12, 7))
    owed = pay_all(later.session, plan=plan, today=later.today)
    agreed = sum(part.amount_minor for part in queries.instalments_of(act.session, plan.id))
    assert 4_817_000 < owed < agreed
    create_payment(later, swede, f"{owed / 100:.2f}", reference=plan.reference, on=later.today, currency="SEK")
    assert service.follow_payments(later, swede) == [plan]
    assert [item.open_minor for _, item in queries.items_of(act.session, plan.id)] == [0, 0, 0]
    assert imbalances(act.session) == []


def test_a_skipped_month_costs_what_was_shown(act: Act, swede: Creditor) -> None:
    plan, _ = a_plan(act, swede)
    before = sum(part.amount_minor for part in queries.instalments_of(act.session, plan.id))
    change = change_plan(act, plan=plan, wanted=Wanted("skip"))
    assert 38_000 < change.cost_minor < 43_000
    assert sum(part.amount_minor for part in queries.instalments_of(act.session, plan.id)) == before + change.cost_minor
    assert sum(item.open_minor for _, item in queries.items_of(act.session, plan.id)) == before + change.cost_minor


def test_what_the_plan_would_have_cost_is_let_go_when_it_ends_before_it_is_paid(act: Act, swede: Creditor) -> None:
    plan, customer = a_plan(act, swede)
    service.cancel_plan(act, plan=plan, reason="they pay at once")
    assert [item.open_minor for _, item in queries.items_of(act.session, plan.id)] == [4_800_000, 0, 0]
    assert queries.claim(act.session, customer.id, "SEK", act.today).total_minor == 4_800_000


def test_a_reminder_about_another_invoice_asks_for_nothing_of_the_plan_s_price(act: Act, swede: Creditor) -> None:
    _, customer = a_plan(act, swede)
    create_credit_note(act, swede, customer, "48000.00", currency="SEK")  # the invoice is settled, not the price
    service.follow_payments(act, swede)
    create_invoice(act, swede, customer, "9000.00", days_late=40, number="B1", currency="SEK")
    [case] = load_cases(act.session, [customer.id], act.today)
    assert [debt.item.number for debt in case.debts] == ["B1"]
    assert case.charges == []


def test_what_the_law_does_not_name_is_not_taken(act: Act, creditor: Creditor, swede: Creditor) -> None:
    with pytest.raises(Refusal, match="names no sum that a payment plan may cost"):
        keep_plan_rules(act, creditor=creditor, rules=PlanRules(fee="statutory"), why="a fee in Norway")
    with pytest.raises(Refusal, match="the law of IS is not known"):
        island = create_creditor(act, "ISL", country="IS")
        keep_plan_rules(act, creditor=island, rules=PlanRules(interest="statutory"), why="interest")
    customer = create_customer(act, swede)
    unknown = allowed_cost(act.session, swede, customer, COSTLY, "C", "SEK", date(2031, 1, 1))
    assert unknown.cost == FREE
    assert "rates are known to" in (unknown.refused or "")
    assert allowed_cost(act.session, swede, customer, COSTLY, "C", "NOK", act.today).cost.fee_minor == 0


def test_good_unknown_and_private_customers_pay_no_interest_unless_the_limits_name_no_grade(
    act: Act, swede: Creditor
) -> None:
    customer = create_customer(act, swede)
    spared = PlanRules(interest="statutory")

    def cost(limits: PlanRules, grade: str | None) -> Cost:
        return allowed_cost(act.session, swede, customer, limits, grade, "SEK", act.today).cost

    assert [cost(spared, grade).rate for grade in ("A", "B", "C", "D", None)] == [0, 0, 1_000, 1_000, 0]
    assert cost(PlanRules(interest="5", interest_free_grades=()), None).rate == 500
    assert cost(PlanRules(interest="24", interest_free_grades=()), "D").rate == 1_000  # never above the law


def test_limits_have_versions_that_say_who_and_why(act: Act, creditor: Creditor, invoices: list[OpenItem]) -> None:
    kept = keep_plan_rules(act, creditor=creditor, rules=PlanRules(most_instalments=3), why="a trial")
    assert (kept.version, kept.set_by, kept.why) == (1, "test clerk", "a trial")
    customer = act.session.get_one(Customer, invoices[0].customer_id)
    plan = service.make_offers(act, creditor=creditor, customer=customer, currency="NOK")
    assert [len(row.schedule) for row in queries.offers_of(act.session, plan.id)] == [1, 3]
