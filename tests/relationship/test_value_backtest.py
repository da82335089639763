"""Looking back at value: what would have been foretold a year ago against what the year brought."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from sqlalchemy import func, select

from kulant.core.calendar import add_months
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.ledger.posting import NewItem, post_items
from kulant.people.models import Creditor
from kulant.relationship import value
from kulant.relationship import value_backtest_queries as queries
from kulant.relationship.models_view import ValueBacktest
from kulant.relationship.purchases import history
from kulant.relationship.score_queries import documents_by_customer
from kulant.relationship.value_backtest import keep_value_backtest, look_back, result
from tests.conftest import Statements
from tests.support.factories import create_customer


def buys(act: Act, creditor: Creditor, customer: Customer, *days_ago: int, margin: int | None = 20_000) -> None:
    """Invoices of so many days ago, 1,000.00 each."""
    items = [
        NewItem(
            kind="invoice",
            number=f"{customer.number}-{ago}",
            currency="NOK",
            amount_minor=100_000,
            customer_id=customer.id,
            issue_date=act.today - timedelta(days=ago),
            due_date=act.today - timedelta(days=ago - 14),
            margin_minor=margin,
        )
        for ago in days_ago
    ]
    post_items(act, creditor=creditor, items=items)


def twenty(act: Act, creditor: Creditor) -> list[Customer]:
    """Ten who buy every month of two years, ten who stopped a year and a half ago."""
    customers = [create_customer(act, creditor, f"K{n:02}") for n in range(20)]
    for n, customer in enumerate(customers):
        months = range(24) if n < 10 else range(18, 24)
        buys(act, creditor, customer, *(30 * month + n + 8 for month in months), margin=20_000 if n % 2 else None)
    return customers


def test_the_year_is_foretold_from_what_was_known_at_its_beginning(act: Act, creditor: Creditor) -> None:
    twenty(act, creditor)
    year = look_back(act.session, creditor.id, act.today)
    assert year is not None
    assert (year.then, year.until, year.every) == (date(2025, 11, 23), act.today, 1)
    # The same figures as the score of that day would have had, customer by customer.
    histories = [
        history(documents, "NOK") for _, documents in documents_by_customer(act.session, creditor.id, year.then)
    ]
    told = [one for one in histories if one is not None]
    x = [one.purchases - 1 for one in told]
    tx = [(one.last - one.first).days for one in told]
    age = [(year.then - one.first).days for one in told]
    expected = value.expected_purchases(value.fit(x, tx, age), x, tx, age)
    np.testing.assert_allclose(year.foretold, expected)
    assert year.came.tolist() == [12.0] * 10 + [0.0] * 10
    assert year.margin_came.sum() == 10 * 12 * 20_000 + 5 * 12 * 5_000


def test_what_the_year_brought_cannot_change_what_was_foretold(act: Act, creditor: Creditor) -> None:
    customers = twenty(act, creditor)
    before = look_back(act.session, creditor.id, act.today)
    buys(act, creditor, customers[15], 4, 100, 200)
    buys(act, creditor, create_customer(act, creditor), 100, 50)
    after = look_back(act.session, creditor.id, act.today)
    assert before is not None
    assert after is not None
    np.testing.assert_array_equal(before.foretold, after.foretold)
    assert before.grade == after.grade
    assert after.came.sum() - before.came.sum() == 3


def test_the_parts_sum_to_the_whole(act: Act, creditor: Creditor) -> None:
    twenty(act, creditor)
    kept = result(look_back(act.session, creditor.id, act.today), act.today)
    assert (kept["enough"], kept["customers"], kept["came"]) == (True, 20, 120)
    assert kept["parameters"]["reason"] == "stored starting values: 20 customers, a fit needs 50"
    for parts in ("grades", "bins"):
        assert sum(one["customers"] for one in kept[parts]) == 20
        assert sum(one["came"] for one in kept[parts]) == 120
        assert sum(one["foretold"] for one in kept[parts]) == pytest.approx(kept["foretold"], abs=0.05)
    [money] = kept["currencies"]
    assert sum(one["came_minor"] for one in money["grades"]) == money["came_minor"]
    assert [one["customers"] for one in kept["bins"]] == [4] * 5
    # Who had stopped is foretold to buy next to nothing, yet the own rate would have them go on.
    assert kept["mean_error"]["model"] < kept["mean_error"]["own_rate"]


def test_too_few_customers_are_not_enough_history(act: Act, creditor: Creditor) -> None:
    assert keep_value_backtest(act, creditor) is None
    buys(act, creditor, create_customer(act, creditor), 500, 400, 20)
    row = keep_value_backtest(act, creditor)
    assert row is not None
    assert row.result == {"enough": False, "why": "fewer than 20 customers had bought by 2025-11-23"}


def test_the_comparison_is_made_once_a_month(act: Act, creditor: Creditor, statements: Statements) -> None:
    twenty(act, creditor)
    assert keep_value_backtest(act, creditor) is not None
    act.session.flush()
    statements.clear()
    assert keep_value_backtest(act, creditor) is None
    assert len(statements) == 1
    assert keep_value_backtest(replace(act, today=add_months(act.today, 1)), creditor) is not None
    assert act.session.scalar(select(func.count()).select_from(ValueBacktest)) == 2


def test_a_large_ledger_is_sampled_by_whole_customers(
    act: Act, creditor: Creditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    twenty(act, creditor)
    monkeypatch.setattr(queries, "MOST_DOCUMENTS", 150)
    documents, every = queries.documents(act.session, creditor.id, act.today)
    assert every == 2
    assert set(np.bincount(documents.customer).tolist()) == {0, 6, 24}
