"""Break-even by cohort: how many of those who came together have paid back what winning them cost."""

from __future__ import annotations

from datetime import date
from typing import Any

from kulant.db import Act
from kulant.insight.break_even import break_even_report
from kulant.people.models import Creditor
from kulant.relationship.rulebook import RuleBook, set_rules
from kulant.relationship.scoring import score_portfolio
from tests.conftest import TODAY, Statements
from tests.support import factories as make


def create_buyer(act: Act, creditor: Creditor, since: date, margin: int, **fields: Any) -> None:
    """A customer who cost 500.00 to win and bought once, in the month they came."""
    known: dict[str, Any] = {"customer_since": since, "acquisition_cost_minor": 50_000} | fields
    customer = make.create_customer(act, creditor, **known)
    day = max(since, date(2024, 1, 10))
    make.create_invoice(act, creditor, customer, "4000.00", due=day, issue_date=day, margin_minor=margin)


def test_customers_are_shown_by_the_year_they_came_with_what_they_cost_and_left(act: Act, creditor: Creditor) -> None:
    create_buyer(act, creditor, date(2024, 1, 10), 60_000)
    create_buyer(act, creditor, date(2024, 5, 1), 20_000)
    create_buyer(act, creditor, date(2025, 2, 1), 50_000)
    create_buyer(act, creditor, date(2025, 2, 1), 50_000, acquisition_cost_minor=None)
    score_portfolio(act, creditor=creditor)
    report = break_even_report(act.session, creditor, TODAY, by="year")
    first, second = report.cohorts
    assert (first.name, first.share_past, first.median_months, first.count("not_yet")) == ("2024", 0.5, 1.0, 1)
    assert (first.cost_minor, first.margin_minor) == (100_000, 80_000)
    assert (second.name, second.share_past, report.without_cost) == ("2025", 1.0, 1)
    assert first.expected_minor > 0
    quarters = break_even_report(act.session, creditor, TODAY, by="quarter").cohorts
    assert [one.name for one in quarters] == ["2024 Q1", "2024 Q2", "2025 Q1"]


def test_what_serving_them_costs_is_taken_off(act: Act, creditor: Creditor) -> None:
    create_buyer(act, creditor, date(2024, 1, 10), 50_000)
    set_rules(act, creditor=creditor, rules=RuleBook(cost_to_serve_share=0.2), why="counted")
    [cohort] = break_even_report(act.session, creditor, TODAY, by="year").cohorts
    assert (cohort.share_past, cohort.margin_minor) == (0.0, 40_000)


def test_of_those_who_came_before_the_ledger_begins_it_says_at_least(act: Act, creditor: Creditor) -> None:
    create_buyer(act, creditor, date(2012, 3, 1), 60_000)
    create_buyer(act, creditor, date(2012, 3, 1), 10_000)
    report = break_even_report(act.session, creditor, TODAY, by="year")
    [cohort] = report.cohorts
    assert (cohort.is_whole, cohort.share_past, cohort.median_months) == (False, 0.5, None)
    assert (cohort.count("unknown"), cohort.count("not_yet"), report.not_whole) == (1, 0, 2)


def test_the_report_takes_the_same_statements_for_any_number_of_customers(
    act: Act, creditor: Creditor, statements: Statements
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            create_buyer(act, creditor, date(2024, 1, 10), 60_000)
        statements.clear()
        break_even_report(act.session, creditor, TODAY, by="year")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 8
