"""Standings: how each relationship stands, worked out for all customers in one go and written where it changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.models import Concern, Score, TimelineEvent
from kulant.relationship.models_care import Loss, Strike
from kulant.relationship.models_view import Standing
from kulant.relationship.scoring import score_portfolio
from kulant.relationship.standings import keep_standings, refresh_standings, standing_now
from tests.conftest import TODAY, Statements
from tests.support import factories as make


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def create_contact(act: Act, customer: Customer, days: int, kind: str = "call", **data: Any) -> None:
    """Somebody spoke with the customer so many days ago."""
    act.session.add(
        TimelineEvent(
            creditor_id=customer.creditor_id,
            customer_id=customer.id,
            on=days_ago(days),
            at=act.now,
            kind=kind,
            actor="test",
            text="spoke",
            data=data,
        )
    )
    act.session.flush()


def create_strike(act: Act, customer: Customer, days: int = 5, **fields: Any) -> Strike:
    strike = Strike(
        creditor_id=customer.creditor_id,
        customer_id=customer.id,
        **{"code": "invoice_error", "on": days_ago(days), "text": "wrong price", "key": f"k{days}{customer.id}"}
        | fields,
    )
    act.session.add(strike)
    act.session.flush()
    return strike


def create_concern(act: Act, customer: Customer, kind: str, days: int, **fields: Any) -> Concern:
    concern = Concern(
        creditor_id=customer.creditor_id,
        customer_id=customer.id,
        kind=kind,
        text="x",
        opened_on=days_ago(days),
        **fields,
    )
    act.session.add(concern)
    act.session.flush()
    return concern


def standing_of(act: Act, creditor: Creditor, customer: Customer) -> Standing:
    """The standing as the run writes it."""
    score_portfolio(act, creditor=creditor)
    keep_standings(act, creditor)
    return act.session.get_one(Standing, customer.id)


def test_of_a_new_customer_nothing_is_known_and_nothing_is_bad(act: Act, creditor: Creditor) -> None:
    standing = standing_of(act, creditor, make.create_customer(act, creditor))
    assert (standing.attachment, standing.keepability, standing.break_even) == (None, None, "unknown")
    assert (standing.in_danger, standing.strikes, standing.open_gap, standing.saving) == (False, 0, False, False)
    assert standing.phase == "getting_to_know"


def test_all_that_is_recorded_shows(act: Act, creditor: Creditor) -> None:
    customer = make.create_customer(act, creditor, customer_since=days_ago(800))
    make.create_invoice(act, creditor, customer, days_late=200)
    for days in (500, 300, 250):
        create_contact(act, customer, days)
    create_strike(act, customer)
    create_strike(act, customer, 900)
    create_strike(act, customer, 7, withdrawn_on=TODAY)
    create_concern(act, customer, "request", 10)
    create_concern(act, customer, "complaint", 300, answered_on=days_ago(290), outcome="explained")
    standing = standing_of(act, creditor, customer)
    assert (standing.strikes, standing.last_contact, standing.contact_gap_days) == (1, days_ago(250), 125)
    assert [reason["code"] for reason in standing.danger_reasons] == ["request_waiting"], "twice the usual gap is 250"
    assert [(reason["code"], reason["points"]) for reason in standing.attachment_reasons] == [
        ("middle", 50),
        ("contact", 10),
        ("requests", -5),
        ("strikes", -10),
        ("complaint", 2),
        ("tenure", 4),
    ]
    assert standing.attachment == 51
    assert {reason["code"] for reason in standing.keepability_reasons} >= {"prior", "churn_risk", "strike", "danger"}


def test_value_margin_and_amounts_do_not_move_attachment(act: Act, creditor: Creditor) -> None:
    small, large = (make.create_customer(act, creditor, customer_since=days_ago(900)) for _ in range(2))
    for customer, amount, margin in ((small, "10.00", 1), (large, "9000000.00", 700_000_000)):
        make.create_invoice(act, creditor, customer, amount, days_late=30, margin_minor=margin)
        create_contact(act, customer, 45)
        create_strike(act, customer)
    seen = [standing_of(act, creditor, customer) for customer in (small, large)]
    assert seen[0].attachment == seen[1].attachment
    assert seen[0].attachment_reasons == seen[1].attachment_reasons
    scores = [act.session.get_one(Score, customer.id) for customer in (small, large)]
    assert scores[0].value_12m_minor < scores[1].value_12m_minor, "or the test proves nothing"


def test_a_survey_speaks_for_or_against_us(act: Act, creditor: Creditor) -> None:
    pleased, let_down = (make.create_customer(act, creditor) for _ in range(2))
    create_contact(act, pleased, 5, "survey", expected=7, got=9)
    create_contact(act, let_down, 9, "survey", expected=7, got=8)
    create_contact(act, let_down, 5, "survey", expected=9, got=5)
    assert standing_of(act, creditor, pleased).attachment == 50 + 20 + 15
    assert standing_of(act, creditor, let_down).attachment == 50 + 20 - 5, "the newest answer counts"


def months(act: Act, creditor: Creditor, customer: Customer, *margins: tuple[date, int]) -> None:
    for day, margin in margins:
        make.create_invoice(act, creditor, customer, "1000.00", due=day, issue_date=day, margin_minor=margin)


def test_break_even_is_the_first_month_that_pays_back_what_winning_them_cost(act: Act, creditor: Creditor) -> None:
    customer = make.create_customer(act, creditor, acquisition_cost_minor=50_000)
    months(
        act, creditor, customer,
        (date(2025, 1, 10), 20_000), (date(2025, 3, 5), 20_000), (date(2025, 3, 20), 9_999), (date(2025, 7, 1), 1),
    )  # fmt: skip
    standing = standing_of(act, creditor, customer)
    assert (standing.break_even, standing.break_even_on) == ("reached", date(2025, 7, 1))


def test_a_credit_note_takes_its_margin_back_and_one_in_another_currency_does_not_count(
    act: Act, creditor: Creditor
) -> None:
    customer = make.create_customer(act, creditor, acquisition_cost_minor=30_000)
    months(act, creditor, customer, (date(2025, 1, 10), 28_000), (date(2025, 1, 20), 1_000))
    credit = make.create_credit_note(act, creditor, customer, "100.00")
    credit.issue_date, credit.margin_minor = date(2025, 1, 12), 500
    make.create_invoice(act, creditor, customer, "9000.00", due=date(2025, 2, 1), currency="EUR", margin_minor=90_000)
    act.session.flush()
    assert standing_of(act, creditor, customer).break_even == "not_yet"
    months(act, creditor, customer, (date(2025, 5, 10), 1_500))
    assert standing_of(act, creditor, customer).break_even_on == date(2025, 5, 1)


def test_of_who_came_before_the_ledger_begins_nobody_says_that_they_have_not_paid_back(
    act: Act, creditor: Creditor
) -> None:
    old = make.create_customer(act, creditor, acquisition_cost_minor=50_000, customer_since=date(2015, 1, 1))
    months(act, creditor, old, (date(2025, 1, 10), 20_000))
    assert standing_of(act, creditor, old).break_even == "unknown"
    months(act, creditor, old, (date(2025, 3, 10), 30_000))
    assert standing_of(act, creditor, old).break_even_on == date(2025, 3, 1), "by then at the latest"


def test_of_who_buys_in_another_currency_than_their_cost_is_known_in_it_is_unknown(
    act: Act, creditor: Creditor
) -> None:
    abroad = make.create_customer(act, creditor, acquisition_cost_minor=50_000)
    make.create_invoice(act, creditor, abroad, "9000.00", currency="EUR", margin_minor=900_000)
    assert standing_of(act, creditor, abroad).break_even == "unknown"


def test_a_margin_nobody_gave_is_a_quarter_of_the_revenue_and_serving_them_costs(act: Act, creditor: Creditor) -> None:
    from kulant.relationship.rulebook import RuleBook, set_rules

    customer = make.create_customer(act, creditor, acquisition_cost_minor=25_000)
    make.create_invoice(act, creditor, customer, "1000.00", due=date(2025, 2, 1), issue_date=date(2025, 2, 1))
    assert standing_of(act, creditor, customer).break_even_on == date(2025, 2, 1)
    set_rules(act, creditor=creditor, rules=RuleBook(cost_to_serve_share=0.1), why="counted the hours")
    assert standing_of(act, creditor, customer).break_even == "not_yet"


def create_loss(act: Act, customer: Customer, noticed: int) -> Loss:
    loss = Loss(
        creditor_id=customer.creditor_id, customer_id=customer.id, lost_on=days_ago(60), noticed_on=days_ago(noticed),
        how="silence", currency="NOK", margin_12m_minor=0, before_break_even=True,
    )  # fmt: skip
    act.session.add(loss)
    act.session.flush()
    return loss


def test_a_customer_who_left_before_break_even_is_said_to_have(act: Act, creditor: Creditor) -> None:
    customer = make.create_customer(act, creditor, acquisition_cost_minor=25_000)
    loss = create_loss(act, customer, 1)
    assert standing_of(act, creditor, customer).break_even == "lost_before"
    loss.returned_on = TODAY
    assert standing_of(act, creditor, customer).break_even == "not_yet"


def test_what_the_run_notices_today_counts_tomorrow_so_that_a_second_run_changes_nothing(
    act: Act, creditor: Creditor
) -> None:
    customer = make.create_customer(act, creditor, acquisition_cost_minor=25_000)
    create_loss(act, customer, 0)
    assert standing_of(act, creditor, customer).break_even == "not_yet"


def test_a_second_run_the_same_day_writes_nothing(act: Act, creditor: Creditor) -> None:
    customers = [make.create_customer(act, creditor) for _ in range(3)]
    for customer in customers:
        make.create_invoice(act, creditor, customer)
        create_contact(act, customer, 20)
    score_portfolio(act, creditor=creditor)
    assert keep_standings(act, creditor) == 3
    assert keep_standings(act, creditor) == 0
    create_strike(act, customers[1])
    assert keep_standings(act, creditor) == 1, "only the one that changed"


def test_the_number_of_statements_does_not_grow_with_the_customers(
    act: Act, creditor: Creditor, statements: Statements
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(4):
            customer = make.create_customer(act, creditor, acquisition_cost_minor=100)
            make.create_invoice(act, creditor, customer)
            create_contact(act, customer, 20)
        statements.clear()
        keep_standings(act, creditor)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_the_page_works_out_the_same_as_the_run_writes(act: Act, creditor: Creditor) -> None:
    customer = make.create_customer(act, creditor, acquisition_cost_minor=100, customer_since=days_ago(400))
    make.create_invoice(act, creditor, customer)
    create_contact(act, customer, 100)
    stored = standing_of(act, creditor, customer)
    now = standing_now(act.session, creditor, customer.id, TODAY)
    names = [column.key for column in Standing.__mapper__.column_attrs]
    assert {name: getattr(now, name) for name in names} == {name: getattr(stored, name) for name in names}


def test_what_was_just_recorded_is_in_the_list_at_once(act: Act, creditor: Creditor) -> None:
    one, other = (make.create_customer(act, creditor) for _ in range(2))
    keep_standings(act, creditor)
    for customer in (one, other):
        create_strike(act, customer)
    assert refresh_standings(act, creditor, [one.id]) == 1
    strikes = dict(act.session.execute(select(Standing.customer_id, Standing.strikes)).all())
    assert strikes == {one.id: 1, other.id: 0}


def test_another_creditors_customers_are_not_touched(act: Act, creditor: Creditor) -> None:
    other = make.create_creditor(act, "SYD")
    make.create_customer(act, other)
    assert keep_standings(act, creditor) == 0


def test_who_broke_plans_is_shown_the_kindness_that_is_left(act: Act, creditor: Creditor) -> None:
    customer = make.create_customer(act, creditor)
    make.create_invoice(act, creditor, customer)
    score_portfolio(act, creditor=creditor)
    keep_standings(act, creditor, no_plan={customer.id})
    assert act.session.get_one(Standing, customer.id).keepability_reasons[0]["treatment"] == "fee_waiver"
