"""Two who answer the same offer at the same moment: one outcome, and a sentence for the other. On both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.db import Act, engine_for
from kulant.delivery.acceptance import accept_plan
from kulant.delivery.models import Delivery
from kulant.delivery.plan_events import follow_plans
from kulant.delivery.plan_proposals import decide_proposal, propose_own
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.queries import imbalances
from kulant.people.models import Creditor
from kulant.plans import queries
from kulant.plans.changes import Wanted
from kulant.plans.changing import change_plan, preview_change
from kulant.plans.choices import Wish
from kulant.plans.models import CounterProposal, Instalment, Plan, PlanChange
from kulant.plans.own_offers import decide_offer, offer_own
from kulant.plans.service import cancel_plan, make_offers
from kulant.plans.states import RUNNING
from kulant.relationship.models import Task
from tests.support.factories import create_creditor, create_customer, create_invoice, create_payment

TODAY = date(2026, 11, 23)
Job = Callable[[Act, Plan], object]


class Tabs:
    """A customer with an offer, and several people who act on it at once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.said: list[str] = []
        with self.doing() as act:
            creditor = create_creditor(act)
            customer = create_customer(act, creditor, "C1")
            create_invoice(act, creditor, customer, "10000.00", days_late=40, number="A1")
            make_offers(act, creditor=creditor, customer=customer, currency="NOK")

    def doing(self) -> _Transaction:
        return _Transaction(self.url)

    def at_once(self, *jobs: Job) -> list[str]:
        """Does all of them in threads that start together; what each came to: done, or the code of its refusal."""
        start = threading.Barrier(len(jobs))
        came: dict[int, str] = {}

        def run(place: int, job: Job) -> None:
            start.wait(10)
            try:
                with self.doing() as act:
                    job(act, act.session.scalars(select(Plan).order_by(Plan.id)).first() or Plan())
                came[place] = "done"
            except Refusal as refusal:
                assert refusal.sentence
                came[place] = refusal.code

        threads = [threading.Thread(target=run, args=(place, job)) for place, job in enumerate(jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return [came.get(place, "no answer") for place in range(len(jobs))]


class _Transaction:
    """One transaction of its own, committed when it ends well."""

    def __init__(self, url: str) -> None:
        self.session = Session(engine_for(url), expire_on_commit=False)

    def __enter__(self) -> Act:
        return Act(session=self.session, actor="test", today=TODAY, now=datetime(2026, 11, 23, 9, 0, tzinfo=UTC))

    def __exit__(self, kind: object, *_rest: object) -> None:
        if kind is None:
            self.session.commit()
        self.session.close()


@pytest.fixture
def tabs(database_url: str) -> Tabs:
    return Tabs(database_url)


def accepting(offer: int) -> Job:
    return lambda act, plan: accept_plan(act, plan=plan, offer=offer, name="Test Testesen")


def the_only_plan(tabs: Tabs) -> tuple[Plan, int]:
    with tabs.doing() as act:
        assert imbalances(act.session) == []
        running = act.session.scalars(select(Plan).where(Plan.status.in_(RUNNING))).all()
        assert len(running) == 1
        parts = act.session.scalars(select(Instalment).where(Instalment.plan_id == running[0].id)).all()
        assert sum(part.amount_minor for part in parts) == running[0].claim_minor
        return running[0], len(parts)


def test_two_tabs_that_accept_different_offers_agree_to_one_of_them(tabs: Tabs) -> None:
    came = tabs.at_once(accepting(2), accepting(3))
    assert sorted(came) == ["already_accepted", "done"]
    plan, count = the_only_plan(tabs)
    assert count == {2: 3, 3: 6}[plan.accepted_offer or 0]


def test_the_same_offer_sent_twice_is_one_agreement_with_one_confirmation(tabs: Tabs) -> None:
    assert tabs.at_once(accepting(2), accepting(2), accepting(2)) == ["done"] * 3
    _, count = the_only_plan(tabs)
    assert count == 3
    with tabs.doing() as act:
        assert len(act.session.scalars(select(Delivery).where(Delivery.kind == "plan_accepted")).all()) == 1


def test_whoever_accepts_while_it_is_paid_agrees_to_what_is_left_or_is_told(tabs: Tabs) -> None:
    def pay(act: Act, plan: Plan) -> None:
        creditor = act.session.get_one(Creditor, plan.creditor_id)
        invoice = act.session.scalars(select(OpenItem).where(OpenItem.number == "A1")).one()
        create_payment(act, creditor, "4000.00", invoice=invoice)

    accepted, paid = tabs.at_once(accepting(2), pay)
    assert paid == "done"
    with tabs.doing() as act:
        follow_plans(act, act.session.scalars(select(Creditor)).one())
        plan = act.session.scalars(select(Plan)).one()
        parts = queries.instalments_of(act.session, plan.id)
        left = sum(part.amount_minor - part.paid_minor for part in parts)
        assert (accepted, plan.status, left) in [("done", "active", 600_000), ("claim_changed", "offered", 0)]
        assert imbalances(act.session) == []


def test_whoever_accepts_while_it_is_cancelled_gets_one_clear_answer(tabs: Tabs) -> None:
    came = tabs.at_once(accepting(2), lambda act, plan: cancel_plan(act, plan=plan, reason="a mistake"))
    assert came in (["done", "done"], ["offer_gone", "done"])
    with tabs.doing() as act:
        plan = act.session.scalars(select(Plan)).one()
        assert plan.status == "cancelled"
        assert queries.claim(act.session, plan.customer_id, "NOK", TODAY).total_minor == 1_000_000


def test_an_offer_and_an_own_plan_at_once_are_one_agreement(tabs: Tabs) -> None:
    def own(act: Act, plan: Plan) -> None:
        propose_own(
            act, creditor=act.session.get_one(Creditor, plan.creditor_id),
            customer=act.session.get_one(Customer, plan.customer_id), currency="NOK", wish=Wish(count=4), name="Test",
        )  # fmt: skip

    came = tabs.at_once(accepting(2), own)
    # The own plan may come second: then it takes the place of the first, which the customer asked for.
    assert came in (["done", "done"], ["offer_gone", "done"])
    the_only_plan(tabs)
    with tabs.doing() as act:
        assert [kept.status for kept in act.session.scalars(select(CounterProposal))] == ["accepted"]


def test_a_change_confirmed_twice_is_made_once(tabs: Tabs) -> None:
    tabs.at_once(accepting(2))
    with tabs.doing() as act:
        plan = act.session.scalars(select(Plan)).one()
        shown = preview_change(act.session, plan=plan, wanted=Wanted("skip"), today=TODAY)
    skip: Job = lambda act, plan: change_plan(act, plan=plan, wanted=Wanted("skip"), shown=shown)  # noqa: E731
    assert tabs.at_once(skip, skip, skip) == ["done"] * 3
    with tabs.doing() as act:
        assert len(act.session.scalars(select(PlanChange)).all()) == 1


def proposing(wish: Wish) -> Job:
    return lambda act, plan: propose_own(
        act, creditor=act.session.get_one(Creditor, plan.creditor_id),
        customer=act.session.get_one(Customer, plan.customer_id), currency="NOK", wish=wish, name="Test Testesen",
    )  # fmt: skip


def proposals(act: Act) -> list[str]:
    return [kept.status for kept in act.session.scalars(select(CounterProposal).order_by(CounterProposal.id))]


def open_tasks(act: Act, kind: str) -> int:
    return len(act.session.scalars(select(Task).where(Task.kind == kind, Task.done_on.is_(None))).all())


def test_an_own_plan_sent_twice_is_one_agreement_and_one_beyond_the_limits_is_one_question(tabs: Tabs) -> None:
    assert tabs.at_once(*[proposing(Wish(count=10))] * 3) == ["done"] * 3
    with tabs.doing() as act:
        assert proposals(act) == ["waiting"]
        assert open_tasks(act, "own_plan") == 1
    assert tabs.at_once(*[proposing(Wish(count=4))] * 3) == ["done"] * 3
    _, count = the_only_plan(tabs)
    assert count == 4
    with tabs.doing() as act:
        assert proposals(act) == ["withdrawn", "accepted"]
        assert open_tasks(act, "own_plan") == 0
        assert act.session.scalars(select(Plan).where(Plan.status == "renegotiated")).all() == []


def test_an_answer_while_the_customer_proposes_something_else_is_one_outcome(tabs: Tabs) -> None:
    tabs.at_once(proposing(Wish(count=10)))

    def accept(act: Act, plan: Plan) -> None:
        kept = act.session.scalars(select(CounterProposal).order_by(CounterProposal.id)).first()
        assert kept is not None
        decide_proposal(act, kept=kept, accept=True, answer="", manager=True)

    came = tabs.at_once(accept, proposing(Wish(count=12)))
    with tabs.doing() as act:
        running = act.session.scalars(select(Plan).where(Plan.status.in_(RUNNING))).all()
        # Accepted first: it runs, and what they propose after it is a question. Else nothing runs yet.
        outcome = (came, len(running), proposals(act))
        assert outcome in [
            (["done", "done"], 1, ["accepted", "waiting"]),
            (["proposal_answered", "done"], 0, ["withdrawn", "waiting"]),
        ]
        assert open_tasks(act, "own_plan") == 1


def test_an_approval_while_the_offer_is_taken_back_leaves_no_offer(tabs: Tabs) -> None:
    with tabs.doing() as act:
        plan, _ = offer_own(
            act, creditor=act.session.scalars(select(Creditor)).one(), currency="NOK", wish=Wish(count=10),
            customer=act.session.scalars(select(Customer)).one(), why="They always paid.",
        )  # fmt: skip
        number = plan.id

    def approve(act: Act, _: Plan) -> None:
        second = replace(act, actor="somebody else")
        decide_offer(second, plan=act.session.get_one(Plan, number), approve=True, manager=True)

    def take_back(act: Act, _: Plan) -> None:
        cancel_plan(act, plan=act.session.get_one(Plan, number), reason="they pay it all")

    assert tabs.at_once(approve, take_back) in (["done", "done"], ["offer_decided", "done"])
    with tabs.doing() as act:
        assert act.session.get_one(Plan, number).status == "cancelled"


def test_money_that_comes_while_its_payment_is_moved_is_counted_on_the_plan_as_it_is_then(tabs: Tabs) -> None:
    tabs.at_once(accepting(2))
    to = Wanted("move", number=1, to=date(2026, 12, 10))
    with tabs.doing() as act:
        plan = act.session.scalars(select(Plan)).one()
        shown = preview_change(act.session, plan=plan, wanted=to, today=TODAY)

    def pay(act: Act, plan: Plan) -> None:
        creditor = act.session.get_one(Creditor, plan.creditor_id)
        create_payment(act, creditor, "3334.00", reference=plan.reference)
        follow_plans(act, creditor)

    moved, paid = tabs.at_once(lambda act, plan: change_plan(act, plan=plan, wanted=to, shown=shown), pay)
    assert (moved, paid) in [("done", "done"), ("no_instalment", "done")]
    plan, _ = the_only_plan(tabs)
    with tabs.doing() as act:
        parts = queries.instalments_of(act.session, plan.id)
        assert [part.paid_minor for part in parts] == [333_400, 0, 0]
        assert parts[0].due == (date(2026, 12, 10) if moved == "done" else date(2026, 12, 1))
