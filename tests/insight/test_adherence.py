"""How plans and promises are kept: counted when their day has passed, by reason and grade as they were then."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kulant.db import Act
from kulant.insight.adherence import by_instalment, on_time, plans, plans_json, promises, promises_json
from kulant.insight.shares import Share
from kulant.ledger.models import Customer, OpenItem
from kulant.people.models import Creditor
from kulant.plans.models import Instalment, Plan, PlanItem
from kulant.relationship.models import Promise
from tests.support import factories as make


def agree(
    act: Act,
    creditor: Creditor,
    invoice: OpenItem,
    *,
    on: date,
    parts: int = 2,
    status: str = "active",
    **fields: object,
) -> Plan:
    """A plan of equal parts, the first a fortnight after it was agreed, then monthly."""
    plan = Plan(
        creditor_id=creditor.id, customer_id=invoice.customer_id, currency="NOK", status=status,
        claim_minor=invoice.amount_minor, reference=f"R{invoice.id}", offered_on=on - timedelta(days=2),
        offered_by="clerk", valid_until=on + timedelta(days=14), accepted_on=on, ledger_mark=0, **fields,
    )  # fmt: skip
    act.session.add(plan)
    act.session.flush()
    act.session.add(PlanItem(plan_id=plan.id, item_id=invoice.id, amount_minor=invoice.amount_minor))
    for number in range(1, parts + 1):
        due = on + timedelta(days=14 + 30 * (number - 1))
        act.session.add(Instalment(plan_id=plan.id, number=number, due=due, amount_minor=invoice.amount_minor // parts))
    act.session.flush()
    return plan


def invoice_of(act: Act, creditor: Creditor, number: str, days_late: int = 300) -> OpenItem:
    return make.create_invoice(act, creditor, make.create_customer(act, creditor, number), days_late=days_late)


def test_a_plan_is_counted_by_what_came_on_its_days(act: Act, creditor: Creditor) -> None:
    began = act.today - timedelta(days=200)
    kept = invoice_of(act, creditor, "KEPT")
    agree(act, creditor, kept, on=began, status="completed", late_reason="cash_gap", grade="A")
    make.create_payment(act, creditor, "500.00", invoice=kept, on=began + timedelta(days=10))
    make.create_payment(act, creditor, "500.00", invoice=kept, on=began + timedelta(days=50))
    missed = invoice_of(act, creditor, "MISSED")
    agree(act, creditor, missed, on=began, status="broken", late_reason="forgot", grade="C")
    make.create_payment(act, creditor, "250.00", invoice=missed, on=began + timedelta(days=16))
    act.session.flush()
    shown = plans_json(plans(act.session, creditor, act.today), trace=True)
    everything = shown["all"]
    assert everything["accepted"] == {"count": 2, "of": 2, "share": 1.0}
    assert everything["first_payment"] == {"count": 1, "of": 2, "share": 0.5}
    assert everything["completed"] == {"count": 1, "of": 2, "share": 0.5}
    assert everything["on_time"] == {"count": 1, "of": 4, "share": 0.25}
    [recovered] = everything["recovered_180_days"]
    assert (recovered["recovered"], recovered["claim"], recovered["share"]) == ("1250.00", "2000.00", 0.625)
    assert {one["name"]: one["completed"]["count"] for one in shown["by_reason"]} == {"cash_gap": 1, "forgot": 0}
    assert [one["accepted"]["count"] for one in shown["by_grade"]] == [1, 0, 1, 0]
    assert [(one["count"], one["of"]) for one in shown["on_time_by_instalment"]] == [(1, 2), (0, 2)]
    assert {one["customer"]: one["on_time"] for one in shown["trace"]} == {
        "KEPT": [True, False],
        "MISSED": [False, False],
    }


def test_what_has_not_come_about_yet_is_not_counted(act: Act, creditor: Creditor) -> None:
    agree(act, creditor, invoice_of(act, creditor, "YOUNG", 30), on=act.today - timedelta(days=3))
    offered = agree(act, creditor, invoice_of(act, creditor, "OFFERED", 30), on=act.today, status="offered")
    offered.accepted_on = None
    act.session.flush()
    everything = plans(act.session, creditor, act.today).everything
    assert (everything.offered, everything.accepted) == (2, Share(1, 1))
    assert everything.first_paid == everything.on_time == everything.completed == Share(0, 0)
    assert everything.recovered == {}


def test_buying_again_is_held_against_late_payers_without_a_plan(act: Act, creditor: Creditor) -> None:
    agree(act, creditor, invoice_of(act, creditor, "PLAN"), on=act.today - timedelta(days=285))
    invoice_of(act, creditor, "NONE")
    act.session.flush()
    shown = plans_json(plans(act.session, creditor, act.today))["nothing_bought_within_180_days"]
    assert shown["verdict"] == "not_enough"
    assert (shown["dunned_customers"], shown["not_yet_dunned_customers"]) == (1, 1)


def promise(
    act: Act, creditor: Creditor, customer: Customer, status: str, reason: str | None, grade: str | None
) -> None:
    act.session.add(
        Promise(
            creditor_id=creditor.id, customer_id=customer.id, currency="NOK", amount_minor=50_000,
            made_on=act.today - timedelta(days=30), due=act.today - timedelta(days=20), status=status,
            settled_on=None if status == "open" else act.today - timedelta(days=19), late_reason=reason, grade=grade,
        )
    )  # fmt: skip


def test_promises_are_counted_by_reason_and_grade(act: Act, creditor: Creditor) -> None:
    customer = make.create_customer(act, creditor, "K1")
    for status, reason, grade in (
        ("kept", "forgot", "A"), ("kept", "forgot", "A"), ("broken", "forgot", "D"), ("broken", None, None),
        ("open", "forgot", "A"),
    ):  # fmt: skip
        promise(act, creditor, customer, status, reason, grade)
    act.session.flush()
    shown = promises_json(promises(act.session, creditor, act.today), trace=True)
    assert shown["kept"] == {"count": 2, "of": 4, "share": 0.5} and shown["open"] == 1
    assert [(one["reason"], one["count"], one["of"]) for one in shown["by_reason"]] == [
        ("forgot", 2, 3),
        ("unknown", 0, 1),
    ]
    assert [(one["reason"], one["grade"], one["count"], one["of"]) for one in shown["by_reason_and_grade"]] == [
        ("forgot", "A", 2, 2),
        ("forgot", "D", 0, 1),
    ]
    assert len(shown["trace"]) == 5 and shown["trace"][0]["amount"] == "500.00"


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 100)), max_size=8),
    st.lists(st.integers(1, 100), min_size=1, max_size=6),
)
def test_money_that_comes_earlier_never_makes_an_instalment_late(
    came: list[tuple[int, int]], amounts: list[int]
) -> None:
    begin = date(2026, 1, 1)
    parts = [(place + 1, begin + timedelta(days=30 * place), amount) for place, amount in enumerate(amounts)]
    then = [(begin + timedelta(days=day), minor) for day, minor in came]
    earlier = [(day - timedelta(days=40), minor) for day, minor in then]
    late, soon = on_time(parts, then, len(parts)), on_time(parts, earlier, len(parts))
    assert all(after or not before for before, after in zip(late, soon, strict=True))
    assert [share.whole for share in by_instalment([late, soon])] == [2] * len(parts)


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_range_of_a_share_holds_the_share(part: int, more: int) -> None:
    share = Share(part, part + more)
    assert share.interval is not None and share.value is not None
    low, high = share.interval
    assert 0 <= low <= share.value <= high <= 1
