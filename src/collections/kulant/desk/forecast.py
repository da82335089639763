"""The cash forecast as a page: what is expected week by week, how sure that is, and how past forecasts turned out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound, Refusal
from kulant.core.money import to_decimal
from kulant.core.words import amount_words, figures
from kulant.desk.account import Currency
from kulant.desk.pictures import Link, LookDep, Picture, Table, drawing, reckoned
from kulant.desk.shell import ShellDep
from kulant.insight.charts import Band, Lines, Series
from kulant.insight.forecast import Forecast, InCurrency, Made, behind_week, earlier_weeks, forecast_to_show
from kulant.ledger.queries import customers_by_number
from kulant.people.models import Creditor
from kulant.relationship.forecast import WEEKS_AHEAD
from kulant.settings import Settings
from kulant.web.deps import Reader, SettingsDep, Today, ViewerDep

router = APIRouter(prefix="/reports/forecast")

PAGE = "/reports/forecast"
MOST_LISTED = 200

ASIDE_WORDS = {
    "handed_over": "handed over: counted on when it comes",
    "disputed": "disputed: comes as slowly as disputes have ended",
    "planned": "in payment plans: comes with the instalments",
    "covered": "covered by credits already here",
    "promised": "promised: comes on the day, as often as promises are kept",
}


@dataclass(frozen=True, slots=True)
class _Shown:
    forecast: Forecast
    earlier: dict[str, list[Made]]


def _reckoned(session: Session, settings: Settings, creditor: Creditor, today: date) -> _Shown:
    return reckoned(
        session, settings, creditor, today, "forecast",
        lambda: _Shown(forecast_to_show(session, creditor, today), earlier_weeks(session, creditor, today)),
    )  # fmt: skip


def _chosen(found: Forecast, currency: str) -> InCurrency | None:
    if not currency:
        return found.currencies[0] if found.currencies else None
    chosen = next((one for one in found.currencies if one.currency == currency), None)
    if chosen is None:
        raise NotFound("no_forecast", f"Nothing is open in {currency}. Go back to the forecast.")
    return chosen


@router.get("")
def show(shell: ShellDep, session: Reader, settings: SettingsDep, currency: Currency = "") -> Response:
    """The page, one currency at a time."""
    shown = _reckoned(session, settings, shell.viewer.creditor, shell.today)
    one = _chosen(shown.forecast, currency)
    return shell.page(
        "desk/report_forecast.html",
        here="reports",
        forecast=shown.forecast,
        one=one,
        others=[(each.currency, f"{PAGE}?currency={each.currency}") for each in shown.forecast.currencies],
        facts=_facts(one) if one else [],
        pictures=_pictures(shown, one) if one else [],
        asides=[(ASIDE_WORDS[reason], minor) for reason, minor in one.aside.items() if minor] if one else [],
    )


@router.get("/chart.svg")
def chart(
    session: Reader, viewer: ViewerDep, settings: SettingsDep, today: Today, look: LookDep, currency: Currency = ""
) -> Response:
    """One of its pictures."""
    shown = _reckoned(session, settings, viewer.creditor, today)
    one = _chosen(shown.forecast, currency)
    return drawing(_pictures(shown, one) if one else [], look)


def _facts(one: InCurrency) -> list[tuple[str, str]]:
    month = sum(week.expected for week in one.weeks[:4])
    return [
        ("Open now", figures(one.open_minor, one.currency)),
        ("Expected in four weeks", figures(month, one.currency)),
        (f"Expected in {WEEKS_AHEAD} weeks", figures(one.expected_minor, one.currency)),
        ("Past weeks within the band", _hit_words(one)),
    ]


def _hit_words(one: InCurrency) -> str:
    if one.hits is None or not one.hits.weeks:
        return "none is over yet"
    return f"{one.hits.inside} of {one.hits.weeks}"


def _pictures(shown: _Shown, one: InCurrency) -> list[Picture]:
    earlier = shown.earlier.get(one.currency, [])
    return [_ahead(shown.forecast, one)] + ([_behind(one, earlier)] if len(earlier) > 1 else [])


def _major(minor: int, currency: str) -> float:
    return float(to_decimal(minor, currency))


def _ahead(found: Forecast, one: InCurrency) -> Picture:
    rows = tuple(
        (
            Link(_day(begins), f"{PAGE}/behind?{urlencode({'currency': one.currency, 'week': place})}"),
            figures(week.expected, one.currency),
            figures(week.low, one.currency),
            figures(week.high, one.currency),
        )
        for place, (begins, week) in enumerate(zip(found.begins, one.weeks, strict=True))
    )
    month = sum(week.expected for week in one.weeks[:4])
    return Picture(
        name="ahead",
        title=f"Expected cash by week, {one.currency}",
        chart=Lines(
            x=tuple(f"{begins.day} {begins:%b}" for begins in found.begins),
            series=(Series("expected", tuple(_major(week.expected, one.currency) for week in one.weeks)),),
            band=Band(
                "four of five weeks lie here",
                tuple(_major(week.low, one.currency) for week in one.weeks),
                tuple(_major(week.high, one.currency) for week in one.weeks),
            ),
            unit=one.currency,
        ),
        alt=f"Cash expected in each of {WEEKS_AHEAD} weeks with its band; {amount_words(month, one.currency)} in the "
        "first four.",
        caption=f"Each point is a week that begins on that day. It counts what is invoiced and open now; what is "
        f"invoiced later comes on top. {_width_words(one)}",
        table=Table(("Week from", "Expected", "Low", "High"), rows),
        address=f"{PAGE}/chart.svg?currency={one.currency}",
        links=(Link("Show the invoices behind the first week", f"{PAGE}/behind?currency={one.currency}&week=0"),),
    )


def _width_words(one: InCurrency) -> str:
    whose = "past forecasts" if one.hits is not None and one.hits.width is not None else "forecasts tried on the past"
    return f"The band is {one.width:.1f} times as wide as chance alone would make it, as {whose} ask for."


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _behind(one: InCurrency, earlier: list[Made]) -> Picture:
    inside = sum(made.week.low <= made.came <= made.week.high for made in earlier)
    rows = tuple(
        (
            _day(made.made_on),
            figures(made.week.expected, one.currency),
            f"{figures(made.week.low, one.currency)} to {figures(made.week.high, one.currency)}",
            figures(made.came, one.currency),
            "yes" if made.week.low <= made.came <= made.week.high else "no",
        )
        for made in reversed(earlier)
    )
    return Picture(
        name="came",
        title=f"What the first weeks of past forecasts brought, {one.currency}",
        chart=Lines(
            x=tuple(f"{made.made_on.day} {made.made_on:%b}" for made in earlier),
            series=(
                Series("came", tuple(_major(made.came, one.currency) for made in earlier), "good"),
                Series("expected", tuple(_major(made.week.expected, one.currency) for made in earlier), dashed=True),
            ),
            band=Band(
                "band",
                tuple(_major(made.week.low, one.currency) for made in earlier),
                tuple(_major(made.week.high, one.currency) for made in earlier),
            ),
            unit=one.currency,
        ),
        alt=f"What came in the first week of {len(earlier)} past forecasts; {inside} of them within the band.",
        caption=f"{inside} of {len(earlier)} first weeks fell within their band. Counted is what was paid on invoices "
        "that were open when the forecast was made.",
        table=Table(("Week from", "Expected", "Band", "Came", "Within"), rows),
        address=f"{PAGE}/chart.svg?currency={one.currency}",
    )


@router.get("/behind")
def behind(
    shell: ShellDep, session: Reader, week: Annotated[int, Query(ge=0)] = 0, currency: Currency = ""
) -> Response:
    """The invoices and agreed payments a week is made of, the largest first."""
    if week >= WEEKS_AHEAD:
        raise Refusal("no_such_week", f"the forecast has {WEEKS_AHEAD} weeks; choose one of them")
    creditor = shell.viewer.creditor
    chosen = currency or creditor.currency
    rows, count = behind_week(session, creditor, shell.today, currency=chosen, week=week, most=MOST_LISTED)
    return shell.page(
        "desk/report_forecast_behind.html",
        here="reports",
        currency=chosen,
        begins=date.fromordinal(shell.today.toordinal() + 7 * week),
        rows=rows,
        names={
            number: one.name
            for number, one in customers_by_number(session, creditor.id, {row.customer for row in rows}).items()
        },
        count=count,
        total_minor=sum(one.expected_minor for one in rows),
    )
