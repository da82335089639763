"""Forecasts as they were made, once a week, and how often what came lay within their bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from kulant.core.events import Event
from kulant.db import Act
from kulant.delivery import cash_queries as queries
from kulant.delivery.cash_forecast import CashForecast
from kulant.people.models import Creditor
from kulant.relationship.forecast import WEEKS_AHEAD, width_of
from kulant.relationship.models_view import ForecastMade

MADE_EVERY_DAYS = 7
_REMEMBERED_DAYS = 364
# From so many weeks on, the band is as wide as they ask for, and no longer as the model's backtest did.
ENOUGH_WEEKS = 20


@dataclass(frozen=True, slots=True)
class Hits:
    """How past forecasts in one currency turned out, over the weeks that are over."""

    weeks: int
    inside: int
    width: float | None  # with which four of five would have been inside; none while there are too few

    @property
    def rate(self) -> float | None:
        """The share of weeks that lay within the band; none before the first is over."""
        return self.inside / self.weeks if self.weeks else None


def hits(session: Session, creditor: Creditor, today: date) -> dict[str, Hits]:
    """How the forecasts of the last year turned out, by currency, as far as the day knew."""
    rows = queries.made(session, creditor.id, since=today - timedelta(days=_REMEMBERED_DAYS), until=today)
    return {
        currency: _hits([week for row in rows if row.currency == currency for week in row.weeks if _over(week, today)])
        for currency in sorted({row.currency for row in rows})
    }


def _over(week: dict[str, Any], today: date) -> bool:
    return "came_minor" in week and date.fromisoformat(week["from"]) + timedelta(days=7) <= today


def _hits(weeks: Sequence[dict[str, Any]]) -> Hits:
    inside = sum(week["low_minor"] <= week["came_minor"] <= week["high_minor"] for week in weeks)
    misses = [
        abs(week["came_minor"] - week["expected_minor"]) / half * week["width"]
        for week in weeks
        if (half := week["high_minor"] - week["expected_minor"]) > 0
    ]
    return Hits(len(weeks), inside, width_of(np.asarray(misses)) if len(misses) >= ENOUGH_WEEKS else None)


def width_in(forecast: CashForecast, past: dict[str, Hits], currency: str) -> float:
    """How wide the band is made: as past forecasts ask for, or the model's backtest while they are too few."""
    own = past.get(currency)
    return own.width if own is not None and own.width is not None else forecast.method.width


def keep_forecast(act: Act, creditor: Creditor) -> int:
    """Once a week: writes down what came of earlier forecasts, and makes a new one in each currency; how many."""
    session, today = act.session, act.today
    since = today - timedelta(days=7 * (WEEKS_AHEAD + 2))
    earlier = queries.made(session, creditor.id, since=since, until=today)
    if earlier and earlier[0].made_on > today - timedelta(days=MADE_EVERY_DAYS):
        return 0
    for row in earlier:
        _tell_what_came(session, row, today)
    session.flush()
    if not queries.anything_open(session, creditor.id):
        return 0
    forecast = CashForecast(session, creditor, today)
    for _ in forecast.parts():
        pass  # only the sums are kept
    past, mark = hits(session, creditor, today), queries.newest_entry(session)
    for currency in forecast.currencies:
        width = width_in(forecast, past, currency)
        session.add(
            ForecastMade(
                creditor_id=creditor.id,
                currency=currency,
                made_on=today,
                model=forecast.method.name,
                ledger_mark=mark,
                weeks=_weeks(forecast, currency, width),
            )
        )
    if forecast.currencies:
        act.tell(Event("forecast_made", f"Cash forecast for {WEEKS_AHEAD} weeks made.", creditor_id=creditor.id))
    return len(forecast.currencies)


def _weeks(forecast: CashForecast, currency: str, width: float) -> list[dict[str, Any]]:
    return [
        {
            "from": forecast.week_begins(place).isoformat(),
            "expected_minor": week.expected,
            "low_minor": week.low,
            "high_minor": week.high,
            "width": width,
        }
        for place, week in enumerate(forecast.weeks(currency, width))
    ]


def _tell_what_came(session: Session, row: ForecastMade, today: date) -> None:
    """Adds to each week that is over what was paid in it on the invoices that were there then."""
    begins = [date.fromisoformat(week["from"]) for week in row.weeks]
    over = [
        place
        for place, first in enumerate(begins)
        if first + timedelta(days=7) <= today and "came_minor" not in row.weeks[place]
    ]
    if not over:
        return
    by_day = queries.came(session, row, begins[over[0]], begins[over[-1]] + timedelta(days=6))
    weeks = [dict(week) for week in row.weeks]
    for place in over:
        days = (begins[place] + timedelta(days=n) for n in range(7))
        weeks[place]["came_minor"] = sum(by_day.get(day, 0) for day in days)
    row.weeks = weeks
