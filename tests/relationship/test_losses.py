"""Who left: noticed by silence, told by somebody, taken back when they buy again, and asked why."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from kulant.core.errors import NotFound, Refusal
from kulant.db import Act
from kulant.delivery.daily import run_day
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.leaving import Silent, expected_gap, is_lost
from kulant.relationship.losses import notice_losses, say_lost, say_not_lost
from kulant.relationship.models import Task
from kulant.relationship.models_care import Loss
from kulant.relationship.rulebook import RuleBook
from kulant.relationship.scoring import score_portfolio
from kulant.relationship.value import p_alive, stored_parameters
from tests.support import factories as make

STORED = stored_parameters(0, "for tests")


def bought_monthly(act: Act, creditor: Creditor, number: str, *, last: date, times: int = 12) -> Customer:
    """A customer who bought every month and then no more; each purchase left 400."""
    customer = make.create_customer(act, creditor, number)
    for back in range(times):
        day = last - timedelta(days=30 * back)
        make.create_invoice(act, creditor, customer, issue_date=day, due=day + timedelta(days=14), margin_minor=40_000)
    return customer


def run(act: Act, creditor: Creditor) -> int:
    act.session.flush()
    score_portfolio(act, creditor=creditor)
    act.session.flush()
    return notice_losses(act, creditor)


def losses(act: Act) -> list[Loss]:
    return list(act.session.scalars(select(Loss).order_by(Loss.id)))


def exit_calls(act: Act) -> list[Task]:
    return list(act.session.scalars(select(Task).where(Task.kind == "exit_call", Task.done_on.is_(None))))


def test_a_customer_silent_for_months_is_lost_since_their_next_purchase_was_due(act: Act, creditor: Creditor) -> None:
    gone = bought_monthly(act, creditor, "GONE", last=act.today - timedelta(days=210))
    bought_monthly(act, creditor, "HERE", last=act.today - timedelta(days=10))
    assert run(act, creditor) == 1
    [loss] = losses(act)
    assert (loss.customer_id, loss.how, loss.noticed_on, loss.reason) == (gone.id, "silence", act.today, None)
    gap = (loss.lost_on - (act.today - timedelta(days=210))).days
    assert 25 <= gap <= 35
    assert (loss.margin_12m_minor, loss.currency) == (12 * 40_000, "NOK")
    assert loss.p_alive is not None and loss.p_alive < 0.2
    [task] = exit_calls(act)
    assert task.customer_id == gone.id and task.due == date(2026, 11, 30)
    assert run(act, creditor) == 0
    assert len(losses(act)) == 1 and len(exit_calls(act)) == 1


def test_a_lost_customer_keeps_the_grade_of_the_year_before(act: Act, creditor: Creditor) -> None:
    bought_monthly(act, creditor, "BEST", last=act.today - timedelta(days=210), times=24)
    for place in range(5):
        bought_monthly(act, creditor, f"SMALL{place}", last=act.today - timedelta(days=10), times=3)
    run(act, creditor)
    [loss] = losses(act)
    assert loss.grade == "A"


def test_the_daily_run_notices_losses_once(act: Act, creditor: Creditor) -> None:
    bought_monthly(act, creditor, "GONE", last=act.today - timedelta(days=210))
    act.session.flush()
    assert run_day(act, creditor=creditor)["losses"] == 1
    assert run_day(act, creditor=creditor)["losses"] == 0
    assert len(losses(act)) == 1


def test_nobody_is_called_about_a_customer_who_left_years_ago(act: Act, creditor: Creditor) -> None:
    bought_monthly(act, creditor, "OLD", last=act.today - timedelta(days=900))
    assert run(act, creditor) == 1
    assert exit_calls(act) == []


def test_a_silence_that_has_only_just_become_long_is_not_yet_a_loss(act: Act, creditor: Creditor) -> None:
    bought_monthly(act, creditor, "LATELY", last=act.today - timedelta(days=95))
    assert run(act, creditor) == 0


def test_whoever_buys_again_was_not_lost_and_the_row_tells_both(act: Act, creditor: Creditor) -> None:
    customer = bought_monthly(act, creditor, "BACK", last=act.today - timedelta(days=210))
    run(act, creditor)
    make.create_invoice(act, creditor, customer, issue_date=act.today - timedelta(days=1), due=act.today)
    assert run(act, creditor) == 1
    [loss] = losses(act)
    assert loss.returned_on == act.today - timedelta(days=1)
    assert exit_calls(act) == []
    assert run(act, creditor) == 0


def test_the_exit_call_tells_the_reason_and_is_then_done(act: Act, creditor: Creditor) -> None:
    customer = bought_monthly(act, creditor, "WHY", last=act.today - timedelta(days=210))
    run(act, creditor)
    told = say_lost(act, creditor=creditor, customer=customer, reason="overlooked", words="Nobody ever called.")
    assert (told.how, told.reason, told.words) == ("silence", "overlooked", "Nobody ever called.")
    assert exit_calls(act) == [] and len(losses(act)) == 1
    assert act.events[-1].text == "Left us: felt overlooked. Nobody ever called."
    assert run(act, creditor) == 0


def test_notice_counts_at_once_and_what_was_ordered_before_is_no_return(act: Act, creditor: Creditor) -> None:
    customer = bought_monthly(act, creditor, "NOTICE", last=act.today - timedelta(days=5))
    loss = say_lost(act, creditor=creditor, customer=customer, reason="price")
    assert (loss.how, loss.lost_on, loss.margin_12m_minor) == ("notice", act.today, 12 * 40_000)
    make.create_invoice(act, creditor, customer, issue_date=act.today + timedelta(days=3), due=act.today)
    make.create_invoice(act, creditor, customer, issue_date=act.today + timedelta(days=40), due=act.today)
    act.today += timedelta(days=10)
    assert run(act, creditor) == 0 and loss.returned_on is None
    act.today += timedelta(days=40)
    assert run(act, creditor) == 1 and loss.returned_on == date(2026, 11, 23) + timedelta(days=40)


def test_a_customer_somebody_vouches_for_is_left_alone_until_they_buy(act: Act, creditor: Creditor) -> None:
    customer = bought_monthly(act, creditor, "SURE", last=act.today - timedelta(days=210))
    run(act, creditor)
    say_not_lost(act, creditor=creditor, customer=customer)
    assert run(act, creditor) == 0
    assert exit_calls(act) == []
    with pytest.raises(NotFound, match="not counted as lost"):
        say_not_lost(act, creditor=creditor, customer=customer)


def test_a_reason_nobody_knows_is_refused(act: Act, creditor: Creditor) -> None:
    customer = make.create_customer(act, creditor)
    with pytest.raises(Refusal, match="overlooked"):
        say_lost(act, creditor=creditor, customer=customer, reason="boredom")


@pytest.mark.parametrize("customers", [3, 12])
def test_noticing_takes_as_many_statements_for_many_as_for_few(
    act: Act, creditor: Creditor, statements: list[str], customers: int
) -> None:
    for place in range(customers):
        bought_monthly(act, creditor, f"M{place}", last=act.today - timedelta(days=400), times=4)
    score_portfolio(act, creditor=creditor)
    act.session.flush()
    statements.clear()
    assert notice_losses(act, creditor) == customers
    act.session.flush()
    assert len(statements) <= 10
    statements.clear()
    assert notice_losses(act, creditor) == 0
    assert len(statements) <= 5


@given(
    purchases=st.integers(1, 60),
    span=st.integers(0, 2000),
    silent=st.integers(0, 2000),
    months=st.integers(1, 12),
    below=st.floats(0.01, 0.99),
)
def test_the_longer_the_silence_the_surer_the_loss(
    purchases: int, span: int, silent: int, months: int, below: float
) -> None:
    today = date(2026, 11, 23)
    last = today - timedelta(days=silent)
    first = last - timedelta(days=span if purchases > 1 else 0)
    rules = RuleBook(lost_below=below, lost_months=months)
    one = Silent(1, "NOK", "C", purchases, first, last, 0.1, STORED)
    if is_lost(one, rules, today):
        assert silent >= 28 * months
        assert is_lost(one, rules, today + timedelta(days=31))
        alive = p_alive(STORED, [purchases - 1], [(last - first).days], [(today - first).days])
        assert float(alive[0]) < below
    assert expected_gap(STORED, purchases, first, last) >= timedelta(days=1)
