"""DSO, best possible DSO, CEI and roll rates from entries alone: worked by hand, and equal to the ageing report."""

from __future__ import annotations

from datetime import date

import pytest

from kulant.db import Act
from kulant.insight.ageing import ageing_report
from kulant.insight.receivables import MonthEnd, cei_json, dso_json, month_ends
from kulant.people.models import Creditor
from tests.support import factories as make


@pytest.fixture
def quarter(act: Act, creditor: Creditor) -> dict[date, MonthEnd]:
    """Invoices of 900 in three months; the first is paid in October, half of the second in November."""
    customer = make.create_customer(act, creditor, "K1")
    issued = [
        make.create_invoice(
            act, creditor, customer, "900.00", issue_date=date(2026, month, 1), due=date(2026, month, 15)
        )
        for month in (9, 10, 11)
    ]
    make.create_payment(act, creditor, "900.00", invoice=issued[0], on=date(2026, 10, 20))
    make.create_payment(act, creditor, "450.00", invoice=issued[1], on=date(2026, 11, 5))
    act.session.flush()
    return {one.day: one for one in month_ends(act.session, creditor, act.today)["NOK"]}


def test_what_was_owed_at_a_month_end_stands_by_its_age_then(quarter: dict[date, MonthEnd]) -> None:
    assert list(quarter) == [date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 23)]
    assert quarter[date(2026, 9, 30)].ages == (0, 90_000, 0, 0, 0)
    assert quarter[date(2026, 10, 31)].ages == (0, 90_000, 0, 0, 0)
    assert quarter[date(2026, 11, 23)].ages == (0, 90_000, 45_000, 0, 0)


def test_dso_and_cei_are_those_worked_by_hand(quarter: dict[date, MonthEnd]) -> None:
    end = quarter[date(2026, 11, 23)]
    assert (end.sales, end.sales_3m, end.days_3m, end.began) == (90_000, 270_000, 84, 90_000)
    assert end.dso == pytest.approx(135_000 / 270_000 * 84)
    assert end.best_dso == 0.0 and end.delinquent_days == end.dso
    assert end.cei == pytest.approx((90_000 + 90_000 - 135_000) / (90_000 + 90_000 - 0))
    assert end.rolled[1] == pytest.approx(0.5)


def test_every_month_end_is_the_ageing_report_of_that_day(
    act: Act, creditor: Creditor, quarter: dict[date, MonthEnd]
) -> None:
    for day, end in quarter.items():
        [line] = ageing_report(act.session, creditor, day).sums
        assert line.ageing.buckets == end.ages


def test_each_currency_stands_by_itself_and_money_nobody_owes_is_left_out(act: Act, creditor: Creditor) -> None:
    customer = make.create_customer(act, creditor, "K1")
    make.create_invoice(act, creditor, customer, "100.00", currency="EUR", days_late=10)
    make.create_payment(act, creditor, "70.00", customer=customer)
    act.session.flush()
    found = month_ends(act.session, creditor, act.today)
    assert list(found) == ["EUR"]
    newest = dso_json(found, creditor, act.today)["currencies"][0]["months"][-1]
    assert (newest["receivables"], newest["not_due"], newest["ageing"]["1-30"]) == ("100.00", "0.00", "100.00")
    assert cei_json(found, creditor, act.today)["currencies"][0]["months"][-1]["cei"] == 0.0


def test_an_empty_ledger_has_no_months(act: Act, creditor: Creditor) -> None:
    assert month_ends(act.session, creditor, act.today) == {}


def test_the_statements_do_not_grow_with_the_ledger(
    act: Act, creditor: Creditor, quarter: dict[date, MonthEnd], statements: list[str]
) -> None:
    statements.clear()
    month_ends(act.session, creditor, act.today)
    assert len(statements) == 2
