"""The cash forecast as people and programs get it: weeks with their band, every open invoice, how past ones turned out.

A document of a million invoices is written as they pass by, never held.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import nlargest
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from kulant.core.money import decimal_string
from kulant.delivery import cash_queries
from kulant.delivery.cash_forecast import CashForecast, Part, agreed_weeks
from kulant.delivery.forecasts_kept import MADE_EVERY_DAYS, Hits, hits, width_in
from kulant.ledger.queries import customers_by_id
from kulant.people.models import Creditor
from kulant.relationship.forecast import SHARE_INSIDE, WEEKS_AHEAD, Week
from kulant.relationship.models_view import ForecastMade
from kulant.relationship.payment_models import method

# A week's trace leaves out what brings less than this many minor units.
_LEAST_SHOWN = 0.5

# A page reckons so many open invoices while somebody waits; with more it shows what the daily run made.
_RECKONED_NOW = 50_000


@dataclass(frozen=True, slots=True)
class InCurrency:
    """The forecast in one currency, amounts in minor units."""

    currency: str
    invoices: int
    open_minor: int
    weeks: tuple[Week, ...]
    aside: dict[str, int]  # what of it is not foretold by habit, by reason
    width: float
    hits: Hits | None

    @property
    def expected_minor(self) -> int:
        """All twelve weeks."""
        return sum(week.expected for week in self.weeks)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast of a day, without its invoices."""

    day: date
    begins: tuple[date, ...]
    model: str  # history | hazard
    why: str
    currencies: tuple[InCurrency, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """An invoice or an agreed payment behind a week."""

    kind: str  # invoice | instalment | promise
    item_id: int | None
    number: str
    customer: str
    currency: str
    due: date
    open_minor: int
    p_late: float | None
    days_late: float | None
    chance: float  # of being paid in the week
    expected_minor: int


def cash_forecast(session: Session, creditor: Creditor, today: date) -> Forecast:
    """The forecast, in one pass over the open invoices."""
    forecast = CashForecast(session, creditor, today)
    for _ in forecast.parts():
        pass  # the sums are all that is wanted
    return _finished(session, forecast)


def forecast_to_show(session: Session, creditor: Creditor, today: date) -> Forecast:
    """The forecast for a page: reckoned now, or, where very much is open, as the daily run made it within the week."""
    open_now = cash_queries.open_sums(session, creditor.id)
    if sum(count for count, _ in open_now.values()) > _RECKONED_NOW:
        kept = cash_queries.made(session, creditor.id, since=today - timedelta(days=MADE_EVERY_DAYS), until=today)
        if kept:
            return _as_kept(session, creditor, today, [one for one in kept if one.made_on == kept[0].made_on], open_now)
    return cash_forecast(session, creditor, today)


def _as_kept(
    session: Session, creditor: Creditor, today: date, kept: list[ForecastMade], open_now: dict[str, tuple[int, int]]
) -> Forecast:
    past = hits(session, creditor, today)
    kept.sort(key=lambda one: (one.currency != creditor.currency, -open_now.get(one.currency, (0, 0))[0], one.currency))
    return Forecast(
        kept[0].made_on,
        tuple(date.fromisoformat(week["from"]) for week in kept[0].weeks),
        kept[0].model,
        method(session, creditor.id, kept[0].made_on).why,
        tuple(
            InCurrency(
                one.currency,
                *open_now.get(one.currency, (0, 0)),
                tuple(Week(week["expected_minor"], week["low_minor"], week["high_minor"]) for week in one.weeks),
                {},
                one.weeks[0]["width"],
                past.get(one.currency),
            )
            for one in kept
        ),
    )


@dataclass(frozen=True, slots=True)
class Made:
    """The first week of an earlier forecast, and what came in it; amounts in minor units."""

    made_on: date
    week: Week
    came: int


def earlier_weeks(session: Session, creditor: Creditor, today: date) -> dict[str, list[Made]]:
    """The first weeks of the forecasts of the last year, as far as they are over, oldest first, by currency."""
    found: dict[str, list[Made]] = {}
    for row in reversed(cash_queries.made(session, creditor.id, since=today - timedelta(days=364), until=today)):
        first = row.weeks[0]
        if "came_minor" in first and date.fromisoformat(first["from"]) + timedelta(days=7) <= today:
            week = Week(first["expected_minor"], first["low_minor"], first["high_minor"])
            found.setdefault(row.currency, []).append(Made(row.made_on, week, first["came_minor"]))
    return found


def _finished(session: Session, forecast: CashForecast) -> Forecast:
    past = hits(session, forecast.creditor, forecast.today)
    found = []
    for currency in forecast.currencies:
        sums, width = forecast.sums[currency], width_in(forecast, past, currency)
        found.append(
            InCurrency(
                currency, sums.invoices, sums.open_minor, tuple(sums.weeks(width)),
                dict(forecast.asides.sums.get(currency, {})), width, past.get(currency),
            )
        )  # fmt: skip
    begins = tuple(forecast.week_begins(week) for week in range(WEEKS_AHEAD))
    return Forecast(forecast.today, begins, forecast.method.name, forecast.method.why, tuple(found))


def behind_week(
    session: Session, creditor: Creditor, today: date, *, currency: str, week: int, most: int
) -> tuple[list[Expected], int]:
    """The largest contributions to a week, and how many there are in all; nothing smaller than half a minor unit."""
    forecast = CashForecast(session, creditor, today)
    largest = [
        one for one in agreed_payments(session, forecast, week) if one.currency == currency and one.expected_minor
    ]
    count = len(largest)
    for part in forecast.parts(named=True):
        found = _in_week(part, currency, week, today)
        count += len(found)
        largest = nlargest(most, [*largest, *found], key=lambda one: one.expected_minor)
    return largest, count


def agreed_payments(session: Session, forecast: CashForecast, week: int | None = None) -> list[Expected]:
    """Instalments and promises, with what each is expected to bring in a week, or in all of them."""
    agreed = forecast.asides.agreed
    customers = customers_by_id(session, {one.customer_id for one in agreed})
    found = []
    for one in agreed:
        chances = agreed_weeks(one, forecast.today)
        chance = float(chances.sum() if week is None else chances[week])
        found.append(
            Expected(
                one.kind, None, "", customers[one.customer_id].number, one.currency, one.due, one.amount_minor,
                None, None, chance, round(one.amount_minor * chance),
            )
        )  # fmt: skip
    return found


def _in_week(part: Part, currency: str, week: int, today: date) -> list[Expected]:
    """The invoices of a part that bring something in the week."""
    invoices, expected = part.invoices, part.expected[:, week]
    chance = expected / invoices.open_minor
    return [
        Expected(
            "invoice", int(invoices.item_ids[n]), invoices.numbers[n], invoices.customers[n], currency,
            date.fromordinal(int(invoices.due[n])), int(invoices.open_minor[n]), float(part.look.p_late[n]),
            float(part.look.days_late[n]), float(chance[n]), round(float(expected[n])),
        )
        for n in np.flatnonzero(expected >= _LEAST_SHOWN).tolist()
        if invoices.currencies[n] == currency
    ]  # fmt: skip


def forecast_pieces(session: Session, creditor: Creditor, today: date, *, trace: bool = False) -> Iterator[str]:
    """The forecast as one JSON document, in pieces: its invoices first, as they pass by, then what they sum to."""
    forecast = CashForecast(session, creditor, today)
    head = {
        "report": "forecast",
        "creditor": creditor.code,
        "date": today.isoformat(),
        "model": forecast.method.name,
        "why": forecast.method.why,
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "items": ['
    between = ""
    for part in forecast.parts(named=True):
        rows = ",\n".join(_item_json(part, trace))
        if rows:
            yield between + "\n" + rows
            between = ","
    found = _finished(session, forecast)
    agreed = [_agreed_json(one) for one in agreed_payments(session, forecast)]
    tail = {"agreed": agreed, **_sums_json(found)}
    yield "\n], " + json.dumps(tail, ensure_ascii=False)[1:] + "\n"


def _item_json(part: Part, trace: bool) -> Iterator[str]:
    invoices, look = part.invoices, part.look
    text = {one: json.dumps(one, ensure_ascii=False) for one in set(invoices.customers)}
    due = {one: date.fromordinal(one).isoformat() for one in set(invoices.due.tolist())}
    columns = zip(
        invoices.numbers, invoices.customers, invoices.currencies, invoices.due.tolist(), invoices.open_minor.tolist(),
        look.p_late.tolist(), look.days_late.tolist(), strict=True,
    )  # fmt: skip
    for n, (number, customer, currency, due_on, minor, p_late, days_late) in enumerate(columns):
        row = (
            f'{{"invoice": {json.dumps(number, ensure_ascii=False)}, "customer": {text[customer]}, '
            f'"currency": "{currency}", "due": "{due[due_on]}", "open": "{decimal_string(minor, currency)}", '
            f'"p_late": {p_late:.4f}, "expected_days_late": {days_late:.1f}'
        )
        if trace:
            by_week = part.expected[n].tolist()
            parts = ", ".join(f'"{decimal_string(round(one), currency)}"' for one in by_week)
            row += f', "expected_by_week": [{parts}]'
        yield row + "}"


def _agreed_json(one: Expected) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "customer": one.customer,
        "currency": one.currency,
        "due": one.due.isoformat(),
        "amount": decimal_string(one.open_minor, one.currency),
        "chance": round(one.chance, 4),
    }


def _sums_json(found: Forecast) -> dict[str, Any]:
    currencies = [_currency_json(found, one) for one in found.currencies]
    first = currencies[0] if currencies else None
    return {
        "currency": first["currency"] if first else None,
        "weeks": first["weeks"] if first else [],
        "currencies": currencies,
    }


def _currency_json(found: Forecast, one: InCurrency) -> dict[str, Any]:
    def amount(minor: int) -> str:
        return decimal_string(minor, one.currency)

    return {
        "currency": one.currency,
        "invoices": one.invoices,
        "open": amount(one.open_minor),
        "not_by_habit": {reason: amount(minor) for reason, minor in one.aside.items()},
        "weeks": [
            {
                "from": begins.isoformat(),
                "expected": amount(week.expected),
                "low": amount(week.low),
                "high": amount(week.high),
            }
            for begins, week in zip(found.begins, one.weeks, strict=True)
        ],
        "band": {"share": SHARE_INSIDE, "width": one.width},
        "hit_rate": one.hits
        and {
            "weeks": one.hits.weeks,
            "inside": one.hits.inside,
            "rate": None if one.hits.rate is None else round(one.hits.rate, 4),
        },
    }
