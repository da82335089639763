"""How well value was foretold a year ago: from what was known then, against what the year brought.

The model is fitted again to the purchases known twelve months ago, foretells each customer's purchases and margin of
the year since, and is held against what came, beside the simplest forecast there is: that each customer goes on as in
the past. Everything works on whole arrays.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from kulant.core.calendar import add_months
from kulant.core.events import Event
from kulant.db import Act
from kulant.people.models import Creditor
from kulant.relationship import value
from kulant.relationship import value_backtest_queries as queries
from kulant.relationship.grades import LOWEST, grades
from kulant.relationship.lateness import Floats, Ints
from kulant.relationship.models_view import ValueBacktest
from kulant.relationship.pattern import Parameters
from kulant.relationship.purchases import DEFAULT_MARGIN_SHARE, MARGIN_SHRINKAGE
from kulant.relationship.value_backtest_queries import Documents

BINS = 5
FEWEST_CUSTOMERS = 20
_LEAST_AGE = 30  # days; a rate over fewer would promise hundreds of purchases for two in one week


@dataclass(frozen=True, slots=True)
class Year:
    """The year foretold, a row for each customer who had bought by its beginning. Margins in minor units."""

    then: date
    until: date
    parameters: Parameters
    customer_ids: Ints
    currency: list[str]
    grade: list[str]  # as it would have been then
    bins: Ints  # fifth by purchases foretold, the fewest first
    foretold: Floats  # purchases
    came: Floats
    own_rate: Floats  # purchases if each had gone on as before
    margin_foretold: Floats
    margin_came: Floats
    every: int  # one of so many customers was looked at


@dataclass(frozen=True, slots=True)
class _Bought:
    """Purchases by customer: how many weeks with one, the first and the last of their days."""

    count: Ints
    first: Ints
    last: Ints


def keep_value_backtest(act: Act, creditor: Creditor) -> ValueBacktest | None:
    """Once each calendar month: looks back a year and keeps what it finds, also that there is not enough to see."""
    kept = queries.newest(act.session, creditor.id, act.today)
    if kept is not None and (kept.made_on.year, kept.made_on.month) == (act.today.year, act.today.month):
        return None
    if not queries.anybody(act.session, creditor.id):
        return None
    year = look_back(act.session, creditor.id, act.today)
    row = ValueBacktest(creditor_id=creditor.id, made_on=act.today, result=result(year, act.today))
    act.session.add(row)
    if row.result["enough"]:
        text = f"Value as it was foretold a year ago compared with what {row.result['customers']} customers brought."
        act.tell(Event("value_backtest", text, creditor_id=creditor.id))
    return row


def look_back(session: Session, creditor_id: int, today: date) -> Year | None:
    """The year up to the day as it would have been foretold; none when too few customers had bought by then."""
    then = add_months(today, -12)
    documents, every = queries.documents(session, creditor_id, today)
    customers, currencies = _those_of_then(documents, then.toordinal())
    if len(customers) < FEWEST_CUSTOMERS:
        return None
    own = documents.of(customers, currencies)
    known = own.day <= then.toordinal()
    before, by_now = _bought(own, len(customers), known), _bought(own, len(customers), np.ones_like(known))
    x = (before.count - 1).astype(np.float64)
    age = (then.toordinal() - before.first).astype(np.float64)
    tx = (before.last - before.first).astype(np.float64)
    parameters = value.fit(x, tx, age)
    days = (today - then).days
    foretold = value.expected_purchases(parameters, x, tx, age, days)
    margin = _shrunk(_margins(own, len(customers), known), before.count, currencies)
    margin_foretold = np.maximum(foretold * margin, 0.0)
    return Year(
        then=then,
        until=today,
        parameters=parameters,
        customer_ids=customers,
        currency=currencies,
        grade=_grades(margin_foretold, currencies),
        bins=_fifths(foretold),
        foretold=foretold,
        came=(by_now.count - before.count).astype(np.float64),
        own_rate=x * days / np.maximum(age, _LEAST_AGE),
        margin_foretold=margin_foretold,
        margin_came=_margins(own, len(customers), ~known),
        every=every,
    )


def _those_of_then(documents: Documents, then: int) -> tuple[Ints, list[str]]:
    """Who had bought by the day, each with the currency of most of their invoices."""
    bought = documents.invoice & (documents.day <= then)
    names = sorted(set(documents.currency))
    code = np.searchsorted(np.asarray(names), np.asarray(documents.currency)) if names else np.zeros(0, np.int64)
    customers, place = np.unique(documents.customer[bought], return_inverse=True)
    counts = np.zeros((len(customers), max(1, len(names))), dtype=np.int64)
    np.add.at(counts, (place, code[bought]), 1)
    return customers, [names[one] for one in counts.argmax(axis=1).tolist()] if len(customers) else []


def _bought(own: Documents, customers: int, which: NDArray[np.bool_]) -> _Bought:
    """Invoices of the same week, Monday to Sunday, are one purchase, on the first of their days."""
    chosen = which & own.invoice
    customer, day = own.customer[chosen], own.day[chosen]
    order = np.lexsort((day, customer))
    customer, day = customer[order], day[order]
    weeks = customer * 1_000_000 + (day - 1) // 7
    _, firsts = np.unique(weeks, return_index=True)
    of, on = customer[firsts], day[firsts]
    first, last = np.full(customers, np.iinfo(np.int64).max), np.zeros(customers, np.int64)
    np.minimum.at(first, of, on)
    np.maximum.at(last, of, on)
    return _Bought(np.bincount(of, minlength=customers), first, last)


def _margins(own: Documents, customers: int, which: NDArray[np.bool_]) -> Floats:
    estimated = own.amount * float(DEFAULT_MARGIN_SHARE)
    # A credit note takes margin away, whichever sign it came with.
    stated = np.where(own.invoice, own.margin, -np.abs(own.margin))
    each = np.where(own.margin_known, stated, estimated)
    return np.asarray(np.bincount(own.customer[which], weights=each[which], minlength=customers), dtype=np.float64)


def _shrunk(total: Floats, purchases: Ints, currencies: list[str]) -> Floats:
    """The margin to expect per purchase, drawn to the mean of all customers in the same currency."""
    of = np.asarray(currencies)
    mean = np.zeros(len(total))
    for currency in sorted(set(currencies)):
        its = of == currency
        mean[its] = total[its].sum() / purchases[its].sum()
    return np.asarray((total + MARGIN_SHRINKAGE * mean) / (purchases + MARGIN_SHRINKAGE), dtype=np.float64)


def _grades(values: Floats, currencies: list[str]) -> list[str]:
    found = [LOWEST] * len(values)
    for currency in sorted(set(currencies)):
        places = [place for place, one in enumerate(currencies) if one == currency]
        graded = grades([round(float(values[place])) for place in places])
        for place, grade in zip(places, graded, strict=True):
            found[place] = grade
    return found


def _fifths(foretold: Floats) -> Ints:
    places = np.empty(len(foretold), dtype=np.int64)
    places[np.argsort(foretold, kind="stable")] = np.arange(len(foretold)) * BINS // max(1, len(foretold))
    return places


def result(year: Year | None, today: date) -> dict[str, Any]:
    """What is kept of the comparison."""
    if year is None:
        return {
            "enough": False,
            "why": f"fewer than {FEWEST_CUSTOMERS} customers had bought by {add_months(today, -12)}",
        }
    grade, of = np.asarray(year.grade), np.asarray(year.currency)
    everybody = np.ones(len(grade), np.bool_)
    return {
        "enough": True,
        "then": year.then.isoformat(),
        "until": year.until.isoformat(),
        "every": year.every,
        "parameters": asdict(year.parameters),
        **_purchases(year, everybody),
        "mean_error": {
            "model": round(float(np.abs(year.foretold - year.came).mean()), 4),
            "own_rate": round(float(np.abs(year.own_rate - year.came).mean()), 4),
        },
        "grades": [{"grade": one} | _purchases(year, grade == one) for one in "ABCD"],
        "bins": [{"fifth": one + 1} | _purchases(year, year.bins == one) for one in range(BINS)],
        "currencies": [
            {"currency": currency}
            | _margin(year, of == currency)
            | {"grades": [{"grade": one} | _margin(year, (of == currency) & (grade == one)) for one in "ABCD"]}
            for currency in sorted(set(year.currency))
        ],
    }


def _purchases(year: Year, which: NDArray[np.bool_]) -> dict[str, Any]:
    return {
        "customers": int(which.sum()),
        "foretold": round(float(year.foretold[which].sum()), 2),
        "came": int(year.came[which].sum()),
        "own_rate": round(float(year.own_rate[which].sum()), 2),
    }


def _margin(year: Year, which: NDArray[np.bool_]) -> dict[str, Any]:
    return {
        "customers": int(which.sum()),
        "foretold_minor": round(float(year.margin_foretold[which].sum())),
        "came_minor": round(float(year.margin_came[which].sum())),
    }
