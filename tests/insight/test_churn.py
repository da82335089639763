"""The churn report: who left and came in a month, money both ways, alarms, signals, and what has not settled yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from kulant.core.calendar import add_months
from kulant.db import Act
from kulant.insight.churn import Alarm, Month, Quarter, _alarms, churn
from kulant.insight.churn_json import churn_json
from kulant.insight.churn_signals import FEW, Relation, seen_before
from kulant.insight.control import Usual
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.leaving import expected_gap, noticed_after
from kulant.relationship.losses import say_lost, say_not_lost
from kulant.relationship.models_care import Loss
from kulant.relationship.rulebook import RuleBook
from kulant.relationship.value import p_alive, stored_parameters
from tests.support import factories as make


def customer_since(act: Act, creditor: Creditor, number: str, day: date, **fields: object) -> Customer:
    """A customer whose first invoice is of that day and leaves 250."""
    customer = make.create_customer(act, creditor, number, **fields)
    make.create_invoice(
        act, creditor, customer, issue_date=day, due=day + timedelta(days=14), margin_minor=25_000, currency="NOK"
    )
    return customer


def lost(act: Act, creditor: Creditor, customer: Customer, day: date, **fields: object) -> Loss:
    told = {
        "how": "silence", "grade": "B", "currency": "NOK", "margin_12m_minor": 90_000, "before_break_even": False,
        "noticed_on": act.today,
    }  # fmt: skip
    loss = Loss(creditor_id=creditor.id, customer_id=customer.id, lost_on=day, **told | fields)
    act.session.add(loss)
    act.session.flush()
    return loss


def test_a_month_counts_who_was_there_who_came_and_who_left(act: Act, creditor: Creditor) -> None:
    may = date(2026, 5, 1)
    old = customer_since(act, creditor, "OLD", date(2025, 1, 10))
    customer_since(act, creditor, "NEW", date(2026, 5, 20))
    customer_since(act, creditor, "LONG", date(2026, 5, 2), customer_since=date(2019, 2, 1))
    lost(act, creditor, old, date(2026, 5, 30))
    report = churn(act.session, creditor, act.today)
    month = next(one for one in report.months if one.first == may)
    assert (month.active, month.new, month.lost, month.of_active, month.of_new) == (2, 1, 1, 0.5, 1.0)
    after = next(one for one in report.months if one.first == date(2026, 6, 1))
    assert after.active == 2
    quarter = next(one for one in report.quarters if one.name == "Q2 2026")
    assert (quarter.new, quarter.lost, quarter.over) == (1, 1, True)
    assert quarter.won_minor == {"NOK": 25_000} and quarter.lost_minor == {"NOK": 90_000}


def test_whoever_comes_back_is_in_the_figure_as_first_reported_only(act: Act, creditor: Creditor) -> None:
    customer = customer_since(act, creditor, "BACK", date(2025, 1, 10))
    lost(act, creditor, customer, date(2026, 5, 30), returned_on=date(2026, 9, 1))
    report = churn(act.session, creditor, act.today)
    month = next(one for one in report.months if one.first == date(2026, 5, 1))
    assert (month.lost, month.reported) == (0, 1)
    assert report.months[-1].active == 1 and report.causes == []


def test_reasons_are_those_the_exit_calls_told_and_the_rest_is_not_asked(act: Act, creditor: Creditor) -> None:
    for place, reason in enumerate(["price", None, "price"]):
        customer = customer_since(act, creditor, f"R{place}", date(2025, 1, 10))
        lost(act, creditor, customer, date(2026, 5, 30), reason=reason, margin_12m_minor=50_000)
    told = churn_json(churn(act.session, creditor, act.today))["reasons"]
    assert [(one["reason"], one["customers"], one["margin_12m"]) for one in told] == [
        ("price", 2, {"NOK": "1000.00"}),
        ("not_asked", 1, {"NOK": "500.00"}),
    ]


def test_a_lost_customer_of_grade_a_rings_until_taken_back(act: Act, creditor: Creditor) -> None:
    customer = customer_since(act, creditor, "BEST", date(2025, 1, 10))
    loss = say_lost(act, creditor=creditor, customer=customer, reason="competitor")
    loss.grade = "A"
    act.session.flush()
    assert [one.code for one in churn(act.session, creditor, act.today).alarms] == ["a_lost"]
    say_not_lost(act, creditor=creditor, customer=customer)
    assert churn(act.session, creditor, act.today).alarms == []


def test_the_trace_names_everybody_behind_a_figure(act: Act, creditor: Creditor) -> None:
    customer = customer_since(act, creditor, "TRACED", date(2026, 5, 2))
    lost(act, creditor, customer, date(2026, 7, 3), reason="price")
    shown = churn_json(churn(act.session, creditor, act.today), act.session, creditor.id)
    assert shown["trace"]["2026-05"]["new"] == ["TRACED"]
    [told] = shown["trace"]["2026-07"]["lost"]
    assert (told["customer"], told["reason"], told["margin_12m"]) == ("TRACED", "price", "900.00")


def month(first: date, *, lost: int, active: int = 100, rings_at: int | None = 6, complete: bool = True) -> Month:
    return Month(first, active, 1, lost, lost, complete, False, rings_at, 0.01, 0.0)


def test_a_month_beyond_the_limit_and_eight_above_the_usual_ring() -> None:
    firsts = [add_months(date(2025, 1, 1), place) for place in range(12)]
    calm = [month(first, lost=1) for first in firsts]
    assert _alarms(calm, [], Usual(0.01, 1.0, 24), []) == []
    [alarm] = _alarms([*calm[:-1], month(firsts[-1], lost=6)], [], Usual(0.01, 1.0, 24), [])
    assert alarm == Alarm("beyond_limit", "6 of 100 customers left in December 2025; 6 or more are no chance.")
    [alarm] = _alarms([month(first, lost=2) for first in firsts], [], Usual(0.01, 1.0, 24), [])
    assert alarm.code == "run_above"


def test_months_that_can_still_grow_do_not_hide_what_the_complete_ones_show() -> None:
    firsts = [add_months(date(2025, 1, 1), place) for place in range(20)]
    months = [month(first, lost=2 if place < 10 else 0, complete=place < 10) for place, first in enumerate(firsts)]
    [alarm] = _alarms(months, [], Usual(0.01, 1.0, 24), [])
    assert alarm.text == "Each of the 8 months to October 2025 was above the usual 1.0%."
    months[8] = month(firsts[8], lost=7)
    assert [one.code for one in _alarms(months, [], None, [])] == ["beyond_limit"]


def test_two_quarters_in_which_more_left_than_came_ring_and_the_running_one_does_not_count() -> None:
    def quarter(start: int, new: int, lost: int, over: bool = True) -> Quarter:
        return Quarter(add_months(date(2026, 1, 1), 3 * start), new, lost, over, {}, {})

    assert _alarms([], [quarter(0, 4, 5), quarter(1, 4, 4), quarter(2, 0, 9, False)], None, []) == []
    settled = [replace(quarter(place, 4, 5), complete=True) for place in (0, 1)]
    assert [one.code for one in _alarms([], [*settled, quarter(2, 4, 0)], None, [])] == ["shrinking"]
    [alarm] = _alarms([], [quarter(0, 4, 5), quarter(1, 4, 6), quarter(2, 9, 0, False)], None, [])
    assert "5 lost against 4 new in Q1 2026 and 6 lost against 4 new in Q2 2026" in alarm.text


def test_a_signal_is_held_against_those_who_stayed_and_says_nothing_of_a_few() -> None:
    day, before = date(2026, 6, 1), date(2026, 5, 1)
    relations = [Relation(one, date(2025, 1, 1), day if one < 20 else None) for one in range(120)]
    events = [("complaint", one, before) for one in [*range(10), 50, 51]] + [("request", 1, before)]
    found = seen_before(["complaint", "request"], events, relations, [date(2026, 5, 20)], date(2026, 1, 1))
    complaint, request = found
    assert (complaint.lost_seen, complaint.lost, complaint.stayed_seen, complaint.stayed) == (10, 20, 2, 100)
    assert complaint.lift == (10 / 20) / (2 / 100)
    assert request.lost_seen < FEW and request.lift is None


def test_a_month_is_complete_when_four_in_five_of_its_silences_would_have_been_noticed() -> None:
    parameters, rules = stored_parameters(0, ""), RuleBook()
    first, last = date(2025, 1, 1), date(2025, 12, 1)
    wait = noticed_after(parameters, 12, first, last, rules)
    quiet = (last - first).days + wait.days - 61
    alive = p_alive(parameters, [11], [(last - first).days], [quiet + 2])
    assert abs(float(alive[0]) - rules.lost_below) < 0.01
    assert wait > expected_gap(parameters, 12, first, last)


def test_the_report_takes_as_many_statements_for_many_as_for_few(
    act: Act, creditor: Creditor, statements: list[str]
) -> None:
    counts = []
    for some in (2, 9):
        for place in range(some):
            customer = customer_since(act, creditor, f"S{some}-{place}", date(2025, 6, 10))
            lost(act, creditor, customer, date(2026, 5, 30))
        statements.clear()
        churn(act.session, creditor, act.today)
        counts.append(len(statements))
    assert counts[0] == counts[1]
