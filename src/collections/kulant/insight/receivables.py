"""What was owed at the end of each month, by age, and what the figures of collection make of it: DSO, CEI, roll rates.

One statement adds up the entries by due date and month, so that a million items come back as some ten thousand sums;
the rest is done in arrays. Ages are contractual, by the due date. Only what is owed counts: credits that wait for an
invoice are no receivables. The newest month ends on the business date.

- DSO: receivables at the end of the month ÷ sales of the last three months × the days of these.
- Best possible DSO: the same with what is not due yet, as if everybody paid on the day.
- CEI: (receivables at the start + sales − receivables at the end) ÷ (the same with only what is not due at the end):
  how much of what could be collected was.
- Roll rate: of what was late at the end of a month, by age, the share still open a month later; of what was not due,
  how much is up to thirty days late a month later.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import extract, func, select
from sqlalchemy.orm import Session

from kulant.core.calendar import add_months, month_end
from kulant.core.money import decimal_string
from kulant.ledger.models import Entry, OpenItem
from kulant.ledger.rules import BUCKETS, bucket
from kulant.people.models import Creditor

MONTHS = 24
SALES_MONTHS = 3


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """What was owed at the end of a month, in minor units of one currency."""

    day: date  # the last of the month, or the business date in the month that runs
    ages: tuple[int, ...]  # not due, 1-30, 31-60, 61-90, older
    sales: int  # of the month
    sales_3m: int
    days_3m: int
    began: int  # receivables at the end of the month before
    rolled: tuple[float | None, ...]  # of each age of the month before, the share that is late and open now

    @property
    def receivables(self) -> int:
        """All that was owed."""
        return sum(self.ages)

    @property
    def dso(self) -> float | None:
        """Days of sales that are outstanding."""
        return self.receivables / self.sales_3m * self.days_3m if self.sales_3m > 0 else None

    @property
    def best_dso(self) -> float | None:
        """Days that would be outstanding if everybody paid on the day."""
        return self.ages[0] / self.sales_3m * self.days_3m if self.sales_3m > 0 else None

    @property
    def delinquent_days(self) -> float | None:
        """Days that lateness adds."""
        dso, best = self.dso, self.best_dso
        return None if dso is None or best is None else dso - best

    @property
    def cei(self) -> float | None:
        """The share collected of what could be; nothing where nothing could."""
        could = self.began + self.sales - self.ages[0]
        return (self.began + self.sales - self.receivables) / could if could > 0 else None


def month_ends(session: Session, creditor: Creditor, today: date) -> dict[str, list[MonthEnd]]:
    """The month ends of each currency something was ever owed in, the creditor's own first, the oldest month first.

    Months before the first sale are left out.
    """
    ends = [month_end(add_months(today.replace(day=1), -back)) for back in range(MONTHS + SALES_MONTHS, 0, -1)]
    ends.append(today)
    sums = _sums(session, creditor.id, today)
    sales = _sales(session, creditor.id, today)
    found = {}
    for currency in sorted(sums, key=lambda one: (one != creditor.currency, one)):
        months = _ends(ends, sums[currency], sales.get(currency, {}))[SALES_MONTHS:]
        begun = next((place for place, one in enumerate(months) if one.sales or one.receivables), len(months))
        found[currency] = months[begun:]
    return {currency: months for currency, months in found.items() if months}


Cells = list[tuple[date | None, int, int]]  # due date, month as year × 12 + month − 1, minor units


def _sums(session: Session, creditor_id: int, today: date) -> dict[str, Cells]:
    year, month = extract("year", Entry.on), extract("month", Entry.on)
    rows = session.execute(
        select(OpenItem.currency, OpenItem.due_date, year, month, func.sum(Entry.amount_minor))
        .join(OpenItem, OpenItem.id == Entry.item_id)
        .where(Entry.creditor_id == creditor_id, Entry.on <= today, OpenItem.amount_minor > 0)
        .where(OpenItem.customer_id.is_not(None))
        .group_by(OpenItem.currency, OpenItem.due_date, year, month)
    )
    found: dict[str, Cells] = defaultdict(list)
    for currency, due, in_year, in_month, minor in rows:
        found[currency].append((due, int(in_year) * 12 + int(in_month) - 1, int(minor)))
    return found


def _sales(session: Session, creditor_id: int, today: date) -> dict[str, dict[int, int]]:
    """What was invoiced in each month, credit notes taken off."""
    bought = func.coalesce(OpenItem.issue_date, OpenItem.due_date)
    year, month = extract("year", bought), extract("month", bought)
    rows = session.execute(
        select(OpenItem.currency, year, month, func.sum(OpenItem.amount_minor))
        .where(OpenItem.creditor_id == creditor_id, OpenItem.kind.in_(("invoice", "credit_note")), bought <= today)
        .group_by(OpenItem.currency, year, month)
    )
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for currency, in_year, in_month, minor in rows:
        found[currency][int(in_year) * 12 + int(in_month) - 1] = int(minor)
    return found


def _index(day: date) -> int:
    return day.year * 12 + day.month - 1


def _ends(ends: list[date], cells: Cells, sales: dict[int, int]) -> list[MonthEnd]:
    dues = sorted({due for due, _, _ in cells}, key=lambda due: due or date.min)
    row = {due: place for place, due in enumerate(dues)}
    first = _index(ends[0])
    moved: NDArray[np.int64] = np.zeros((len(dues), len(ends)), dtype=np.int64)
    for due, month, minor in cells:
        moved[row[due], max(0, month - first)] += minor
    owed = moved.cumsum(axis=1)
    ages = np.array([[BUCKETS.index(bucket(due, day)) for day in ends] for due in dues])
    found: list[MonthEnd] = []
    for place, day in enumerate(ends):
        by_age = tuple(int(owed[ages[:, place] == age, place].sum()) for age in range(len(BUCKETS)))
        months = [_index(day) - back for back in range(SALES_MONTHS)]
        since = add_months(day.replace(day=1), 1 - SALES_MONTHS)
        found.append(
            MonthEnd(
                day,
                by_age,
                sales.get(_index(day), 0),
                sum(sales.get(month, 0) for month in months),
                (day - since + timedelta(days=1)).days,
                found[-1].receivables if found else 0,
                _rolled(owed, ages, place, by_age[1]) if place else (None,) * len(BUCKETS),
            )
        )
    return found


def _rolled(owed: NDArray[np.int64], ages: NDArray[np.int64], place: int, newly_late: int) -> tuple[float | None, ...]:
    """Of each age a month before, the share that is late and open now."""
    shares: list[float | None] = []
    for age in range(len(BUCKETS)):
        then = ages[:, place - 1] == age
        before = int(owed[then, place - 1].sum())
        now = int(owed[then, place].sum()) if age else newly_late
        shares.append(min(1.0, now / before) if before > 0 else None)
    return tuple(shares)


def dso_json(found: dict[str, list[MonthEnd]], creditor: Creditor, today: date) -> dict[str, Any]:
    """The days of sales outstanding as ``kulant report dso --json`` prints them."""
    return _json("dso", creditor, today, found, _dso_month)


def cei_json(found: dict[str, list[MonthEnd]], creditor: Creditor, today: date) -> dict[str, Any]:
    """The collection effectiveness as ``kulant report cei --json`` prints it."""
    return _json("cei", creditor, today, found, _cei_month)


def _json(name: str, creditor: Creditor, today: date, found: dict[str, list[MonthEnd]], of: Any) -> dict[str, Any]:
    return {
        "report": name,
        "creditor": creditor.code,
        "date": today.isoformat(),
        "currencies": [
            {"currency": currency, "months": [of(one, currency) for one in some]} for currency, some in found.items()
        ],
    }


def _dso_month(one: MonthEnd, currency: str) -> dict[str, Any]:
    return {
        "month": f"{one.day:%Y-%m}",
        "on": one.day.isoformat(),
        "receivables": decimal_string(one.receivables, currency),
        "not_due": decimal_string(one.ages[0], currency),
        "ageing": {name: decimal_string(minor, currency) for name, minor in zip(BUCKETS, one.ages, strict=True)},
        "sales_3m": decimal_string(one.sales_3m, currency),
        "days": one.days_3m,
        "dso": _short(one.dso),
        "best_possible_dso": _short(one.best_dso),
        "average_days_delinquent": _short(one.delinquent_days),
    }


def _cei_month(one: MonthEnd, currency: str) -> dict[str, Any]:
    return {
        "month": f"{one.day:%Y-%m}",
        "on": one.day.isoformat(),
        "receivables_at_start": decimal_string(one.began, currency),
        "sales": decimal_string(one.sales, currency),
        "receivables_at_end": decimal_string(one.receivables, currency),
        "not_due_at_end": decimal_string(one.ages[0], currency),
        "cei": _short(one.cei),
        "roll_rates": {name: _short(share) for name, share in zip(BUCKETS, one.rolled, strict=True)},
    }


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
