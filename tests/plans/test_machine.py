"""Plans under whatever may happen to them: money, misses, credits, changes, invoices, time, in any order.

After every step the sum owed is right to the øre, dunning leaves alone what a plan covers and nothing else, what is
owed beside a plan has a task, and every state is one that may follow the one before. Days pass by the daily run itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.money import decimal_string
from kulant.core.words import amount_words
from kulant.db import Act, Base, engine_for
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.daily import run_day
from kulant.delivery.models import Delivery
from kulant.delivery.plan_events import follow_plans
from kulant.ledger.models import OpenItem
from kulant.ledger.queries import imbalances
from kulant.ledger.service import charge_back
from kulant.plans import queries, service
from kulant.plans.changes import Wanted
from kulant.plans.changing import change_plan, pay_all, preview_change
from kulant.plans.limits import PlanRules, keep_plan_rules
from kulant.plans.models import Plan
from kulant.plans.payments import reopened_minor
from kulant.plans.states import RUNNING, STEPS
from kulant.relationship.models import Task
from kulant.treatment.cases import load_cases
from kulant.treatment.models import Proposal
from kulant.treatment.queries import LIVE, items_in_active_plans, proposal_items
from tests.support.factories import (
    create_credit_note,
    create_creditor,
    create_customer,
    create_invoice,
    create_payment,
)  # fmt: skip

START = date(2026, 11, 23)
shares = st.sampled_from([0.1, 0.3, 0.5, 1.0, 1.4])
changes = st.one_of(
    st.builds(lambda days: ("move", days, None, None), st.integers(1, 16)),
    st.just(("skip", 0, None, None)),
    st.builds(lambda day: ("day", 0, day, None), st.integers(1, 31)),
    st.builds(lambda count: ("reshape", 0, None, count), st.integers(1, 6)),
)


class PlanLife(RuleBasedStateMachine):
    """One customer, their invoices, and one plan after another."""

    engine: Engine

    @initialize(interest=st.booleans(), order=st.sampled_from(["costs_first", "principal_first"]))
    def begin(self, interest: bool, order: str) -> None:
        self.session = Session(self.engine, expire_on_commit=False)
        now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        self.act = Act(session=self.session, actor="test", today=START, now=now)
        self.creditor = create_creditor(self.act, allocation_order=order)
        if interest:
            rules = PlanRules(interest="statutory", interest_free_grades=())
            keep_plan_rules(self.act, creditor=self.creditor, rules=rules, why="to see it priced")
        self.customer = create_customer(self.act, self.creditor, "C1")
        self.owed = 0  # by everything that came in, less what was paid and credited; the plans' own cost beside it
        self.payments: list[tuple[OpenItem, int]] = []  # with the plan that was there when it came
        self.reopened: set[int] = set()  # plans during which money from before them was taken back
        self._invoice(600_000, 40)
        self._invoice(400_000, 10)
        self._pays(150_000, plan_id=0)
        self.plan = self._agree()

    def _invoice(self, minor: int, days_late: int) -> None:
        create_invoice(self.act, self.creditor, self.customer, decimal_string(minor, "NOK"), days_late=days_late)
        self.owed += minor

    def _pays(self, minor: int, *, plan_id: int, reference: str | None = None) -> None:
        payment = create_payment(
            self.act, self.creditor, decimal_string(minor, "NOK"), reference=reference,
            customer=None if reference else self.customer, on=self.act.today,
        )  # fmt: skip
        self.payments.append((payment, plan_id))
        self.owed -= minor

    def _agree(self) -> Plan:
        plan = service.make_offers(self.act, creditor=self.creditor, customer=self.customer, currency="NOK")
        offers = queries.offers_of(self.session, plan.id)
        return accept_plan(self.act, plan=plan, offer=len(offers), name="Test Testesen")

    @property
    def running(self) -> bool:
        return self.plan.status in RUNNING

    @rule(days=st.sampled_from([1, 3, 6, 10, 31]))
    def time_passes(self, days: int) -> None:
        self.act = replace(self.act, today=self.act.today + timedelta(days=days))
        run_day(self.act, creditor=self.creditor)
        self._the_run_asked_for_what_it_may()

    def _the_run_asked_for_what_it_may(self) -> None:
        """Of what a plan covers nothing was proposed; of what is long overdue beside it, something was."""
        self.session.flush()
        covered = {item.id for _, item in queries.items_of(self.session, self.plan.id)} if self.running else set()
        live = list(self.session.scalars(select(Proposal).where(Proposal.status.in_(LIVE))))
        listed = proposal_items(self.session, [one.id for one in live])
        asked = {item.id for rows in listed.values() for _, item in rows}
        assert not asked & covered
        claim = queries.claim(self.session, self.customer.id, "NOK", self.act.today)
        if live:
            assert claim.total_minor > 0
        if claim.total_minor >= 50_000 and any(self._days_late(part.item) > 20 for part in claim.items):
            assert live

    def _days_late(self, item: OpenItem) -> int:
        return (self.act.today - item.due_date).days if item.due_date else 0

    @rule(share=shares, by_reference=st.booleans())
    def money_comes(self, share: float, by_reference: bool) -> None:
        parts = queries.instalments_of(self.session, self.plan.id)
        minor = max(100, int(parts[0].amount_minor * share))
        reference = self.plan.reference if by_reference and self.running else None
        self._pays(minor, plan_id=self.plan.id, reference=reference)
        follow_plans(self.act, self.creditor)

    @precondition(lambda self: self.payments)
    @rule(newest=st.booleans())
    def the_bank_takes_money_back(self, newest: bool) -> None:
        payment, came_under = self.payments.pop(-1 if newest else 0)
        number = f"R{payment.number}"
        minor = -payment.amount_minor
        charge_back(
            self.act, creditor=self.creditor, payment=payment, number=number, amount_minor=minor, on=self.act.today
        )
        self.owed += minor
        follow_plans(self.act, self.creditor)
        # An earlier plan that was complete may run again by it.
        self.plan = queries.active_plan(self.session, self.customer.id, "NOK") or self.plan
        if came_under != self.plan.id:
            self.reopened.add(self.plan.id)

    @rule(minor=st.sampled_from([5_000, 120_000, 700_000]))
    def an_invoice_is_credited(self, minor: int) -> None:
        create_credit_note(self.act, self.creditor, self.customer, decimal_string(minor, "NOK"))
        self.owed -= minor
        follow_plans(self.act, self.creditor)

    @rule(minor=st.sampled_from([80_000, 250_000]))
    def a_new_invoice_falls_due(self, minor: int) -> None:
        self._invoice(minor, 1)
        follow_plans(self.act, self.creditor)

    @precondition(lambda self: self.running)
    @rule(change=changes)
    def the_customer_changes_the_plan(self, change: tuple[str, int, int | None, int | None]) -> None:
        kind, ahead, day, count = change
        parts = queries.instalments_of(self.session, self.plan.id)
        short = next((part for part in parts if part.paid_minor < part.amount_minor), parts[-1])
        to = short.due + timedelta(days=ahead) if kind == "move" else None
        wanted = Wanted(kind, to=to, day=day, count=count)
        try:
            shown = preview_change(self.session, plan=self.plan, wanted=wanted, today=self.act.today)
        except Refusal:
            return
        change_plan(self.act, plan=self.plan, wanted=wanted, shown=shown)
        follow_plans(self.act, self.creditor)

    @precondition(lambda self: self.running)
    @rule()
    def all_is_paid_early(self) -> None:
        minor = pay_all(self.session, plan=self.plan, today=self.act.today)
        self._pays(minor, plan_id=self.plan.id, reference=self.plan.reference)
        follow_plans(self.act, self.creditor)
        assert self.plan.status == "completed"

    @precondition(lambda self: self.running)
    @rule()
    def everything_is_agreed_anew(self) -> None:
        try:
            offered = service.offer_anew(self.act, plan=self.plan)
        except Refusal:
            return
        before = self.plan
        self.plan = accept_plan(self.act, plan=offered, offer=1, name="Test Testesen")
        assert before.status == "renegotiated"
        follow_plans(self.act, self.creditor)

    @precondition(lambda self: self.plan.status == "late")
    @rule()
    def a_person_gives_the_plan_up(self) -> None:
        service.break_plan(self.act, plan=self.plan, reason="no answer")

    @precondition(lambda self: not self.running)
    @rule()
    def another_plan_is_agreed(self) -> None:
        if queries.claim(self.session, self.customer.id, "NOK", self.act.today).total_minor > 0:
            self.plan = self._agree()
            follow_plans(self.act, self.creditor)

    @invariant()
    def the_sum_owed_is_right(self) -> None:
        if not hasattr(self, "plan"):
            return
        self.session.flush()
        assert imbalances(self.session) == []
        items = list(self.session.scalars(select(OpenItem).where(OpenItem.customer_id == self.customer.id)))
        cost = sum(item.amount_minor for item in items if item.kind == "interest")
        let_go = sum(item.amount_minor for item in items if item.kind == "write_off")
        assert sum(item.open_minor for item in items) == self.owed + cost + let_go

    @invariant()
    def the_instalments_hold_what_is_left_of_the_plan(self) -> None:
        if not hasattr(self, "plan"):
            return
        parts = queries.instalments_of(self.session, self.plan.id)
        assert all(0 <= part.paid_minor <= part.amount_minor for part in parts)
        assert [part.due for part in parts] == sorted(part.due for part in parts)
        left = sum(part.amount_minor - part.paid_minor for part in parts)
        covered = queries.items_of(self.session, self.plan.id)
        if self.running:
            open_now = sum(item.open_minor for _, item in covered)
            beside = reopened_minor(self.session, self.plan)
            assert left + beside == open_now
            assert left > 0
            assert not beside or self.plan.id in self.reopened
        if self.plan.status == "completed":
            assert left == 0

    @invariant()
    def dunning_is_silent_about_the_plan_and_about_nothing_else(self) -> None:
        if not hasattr(self, "plan"):
            return
        covered = {item.id for _, item in queries.items_of(self.session, self.plan.id)} if self.running else set()
        assert set(items_in_active_plans(self.session, [self.customer.id])) == covered
        for case in load_cases(self.session, [self.customer.id], self.act.today):
            for debt in case.debts:
                assert (debt.plan is not None) == (debt.item.id in covered)
        claim = queries.claim(self.session, self.customer.id, "NOK", self.act.today)
        overdue = self.session.scalars(
            select(OpenItem).where(
                OpenItem.customer_id == self.customer.id, OpenItem.kind == "invoice", OpenItem.open_minor > 0,
                OpenItem.due_date < self.act.today,
            )
        )  # fmt: skip
        assert {part.item.id for part in claim.items} == {item.id for item in overdue} - covered

    @invariant()
    def what_is_owed_beside_the_plan_has_one_task_with_its_sum(self) -> None:
        if not hasattr(self, "plan"):
            return
        tasks = self.session.scalars(select(Task).where(Task.kind == "plan_reopened"))
        waiting = [task for task in tasks if task.done_on is None]
        beside = reopened_minor(self.session, self.plan) if self.running else 0
        if self.running:  # the task of a plan that has ended goes with the next look
            assert len(waiting) == (1 if beside else 0)
        if beside:
            assert amount_words(beside, "NOK") in waiting[0].text
            told = [event for event in self.act.events if event.kind == "plan_reopened"]
            sums = [(event.data["plan"], event.data["beside_minor"]) for event in told]
            assert sums.count((self.plan.id, beside)) == 1

    @invariant()
    def every_step_is_one_that_may_be_taken(self) -> None:
        if not hasattr(self, "plan"):
            return
        for event in self.act.events:
            if "from" in event.data and event.kind.startswith("plan_"):
                assert event.data["to"] in STEPS[event.data["from"]]
        running = select(func.count()).select_from(Plan).where(Plan.status.in_(RUNNING))
        assert (self.session.scalar(running) or 0) <= 1
        keys = list(self.session.scalars(select(Delivery.key)))
        assert len(keys) == len(set(keys))

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.rollback()
            self.session.close()


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = create_engine("sqlite://")
    Base.metadata.create_all(made)
    yield made
    made.dispose()


def live(engine: Engine, examples: int, steps: int) -> None:
    PlanLife.engine = engine
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        PlanLife,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink a run of many transactions takes minutes
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )  # fmt: skip


def test_whatever_happens_to_a_plan_the_sums_are_right_and_dunning_is_silent_when_it_must_be(engine: Engine) -> None:
    live(engine, examples=15, steps=12)


def test_the_same_holds_on_postgresql(postgres_url: str) -> None:
    live(engine_for(postgres_url), examples=4, steps=10)  # each life is rolled back, so nothing is left of it
