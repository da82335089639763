"""How fast money comes in, as a page: DSO against the best possible, CEI, roll rates, ageing over time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.core.money import to_decimal
from kulant.core.words import figures
from kulant.desk.pictures import Cell, Link, LookDep, Picture, Table, drawing, months, reckoned
from kulant.desk.report_page import report_page
from kulant.desk.shell import ShellDep
from kulant.insight.charts import Bars, Lines, Series
from kulant.insight.receivables import MonthEnd, month_ends
from kulant.ledger.rules import BUCKETS
from kulant.people.models import Creditor
from kulant.settings import Settings
from kulant.web.deps import Reader, SettingsDep, Today, ViewerDep

PAGE = "/reports/dso"
router = APIRouter(prefix=PAGE)

Currency = Annotated[str, Query(max_length=3)]
_AGES = ("not due", "1–30 days", "31–60", "61–90", "over 90")


def _report(
    session: Session, settings: Settings, creditor: Creditor, today: date, drawn: bool = False
) -> dict[str, list[MonthEnd]]:
    return reckoned(
        session, settings, creditor, today, "months", lambda: month_ends(session, creditor, today), drawn=drawn
    )


def _chosen(found: dict[str, list[MonthEnd]], currency: str) -> str:
    return currency if currency in found else next(iter(found), "")


@router.get("")
def show(shell: ShellDep, session: Reader, settings: SettingsDep, currency: Currency = "") -> Response:
    """The page."""
    found = _report(session, settings, shell.viewer.creditor, shell.today)
    chosen = _chosen(found, currency)
    newest = found[chosen][-1] if chosen else None
    return report_page(
        shell,
        "How fast money comes in",
        "Days of sales that are outstanding against the fewest there could be, what was collected of what could be, "
        "and how debt grows old.",
        pictures=pictures(found[chosen], chosen) if chosen else [],
        nothing=("Nothing was ever owed", "These figures begin with the first invoice."),
        facts=[
            (f"Receivables, {chosen}", figures(newest.receivables, chosen)),
            ("DSO", _days(newest.dso)),
            ("Best possible", _days(newest.best_dso)),
            ("Days that lateness adds", _days(newest.delinquent_days)),
            ("CEI this month so far", _share(newest.cei)),
        ]
        if newest
        else (),
        choices=[(one, f"{PAGE}?currency={one}", one == chosen) for one in found],
        notes=[
            "DSO: receivables at the end of the month, over the sales of three months, times the days of these. Best "
            "possible: the same with what is not due yet. CEI: what was collected in a month of what could have been. "
            "Ages count from the due date, also under a payment plan. Credits that wait for an invoice are left out."
        ],
    )


@router.get("/chart.svg")
def chart(
    session: Reader, viewer: ViewerDep, settings: SettingsDep, today: Today, look: LookDep, currency: Currency = ""
) -> Response:
    """One of its pictures."""
    found = _report(session, settings, viewer.creditor, today, drawn=True)
    chosen = _chosen(found, currency)
    return drawing(pictures(found[chosen], chosen) if chosen else [], look)


def pictures(some: list[MonthEnd], currency: str) -> list[Picture]:
    """All pictures of the page, in one currency."""
    return [_dso(some, currency), _cei(some, currency), _ageing(some, currency), _rolls(some, currency)]


def _names(some: list[MonthEnd]) -> tuple[str, ...]:
    return months([one.day for one in some])


def _address(currency: str) -> str:
    return f"{PAGE}/chart.svg?currency={currency}"


def _behind(one: MonthEnd, currency: str, words: str, age: str = "") -> Link:
    chosen = f"&age={age.replace('+', '%2B')}" if age else ""
    return Link(words, f"/figures?currency={currency}&on={one.day.isoformat()}{chosen}")


def _dso(some: list[MonthEnd], currency: str) -> Picture:
    rows: list[tuple[Cell, ...]] = [
        (
            one.day.isoformat(),
            _behind(one, currency, figures(one.receivables, currency)),
            _behind(one, currency, figures(one.ages[0], currency), BUCKETS[0]),
            figures(one.sales_3m, currency),
            _days(one.dso),
            _days(one.best_dso),
            _days(one.delinquent_days),
        )
        for one in reversed(some)
    ]
    newest = some[-1]
    return Picture(
        name="dso",
        title="Days of sales outstanding",
        chart=Lines(
            _names(some),
            (
                Series("DSO", tuple(one.dso for one in some)),
                Series("best possible", tuple(one.best_dso for one in some), "soft", dashed=True),
            ),
            unit="days",
        ),
        alt=f"DSO and best possible DSO by month; now {_days(newest.dso)} and {_days(newest.best_dso)} days.",
        caption="The room between the two lines is what lateness costs, in days of sales.",
        table=Table(
            ("Month end", f"Receivables, {currency}", "Not due", "Sales of three months", "DSO", "Best possible",
             "Lateness"),
            tuple(rows),
        ),
        address=_address(currency),
        links=(_behind(newest, currency, "Show the invoices open today"),),
    )  # fmt: skip


def _cei(some: list[MonthEnd], currency: str) -> Picture:
    rows: list[tuple[Cell, ...]] = [
        (
            one.day.isoformat(),
            figures(one.began, currency),
            figures(one.sales, currency),
            _behind(one, currency, figures(one.receivables, currency)),
            _behind(one, currency, figures(one.ages[0], currency), BUCKETS[0]),
            _share(one.cei),
        )
        for one in reversed(some)
    ]
    return Picture(
        name="cei",
        title="Collected of what could be: CEI",
        chart=Lines(_names(some), (Series("CEI", tuple(one.cei for one in some)),), unit="percent"),
        alt="Collection effectiveness by month: " + ", ".join(_share(one.cei) for one in some[-12:]),
        caption="Of what was owed and fell due in a month, what was collected in it. The newest month is not over.",
        table=Table(("Month end", "Owed at its start", "Sales", "Owed at its end", "Not due then", "CEI"), tuple(rows)),
        address=_address(currency),
    )


def _ageing(some: list[MonthEnd], currency: str) -> Picture:
    def major(minor: int) -> float:
        return float(to_decimal(minor, currency))

    rows: list[tuple[Cell, ...]] = [
        (
            one.day.isoformat(),
            *(
                _behind(one, currency, figures(minor, currency), age) if minor else "–"
                for minor, age in zip(one.ages, BUCKETS, strict=True)
            ),
        )
        for one in reversed(some)
    ]
    return Picture(
        name="ageing",
        title=f"Ageing over time, {currency}",
        chart=Bars(
            _names(some),
            tuple(
                Series(name, tuple(major(one.ages[age]) for one in some), f"age{age}") for age, name in enumerate(_AGES)
            ),
            currency,
            stacked=True,
        ),
        alt="What was owed at the end of each month by its age.",
        caption="What was owed at the end of each month, by days since the due date.",
        table=Table(("Month end", *_AGES), tuple(rows)),
        address=_address(currency),
        links=(Link("Show the ageing by customer", "/reports/ageing"),),
    )


def _rolls(some: list[MonthEnd], currency: str) -> Picture:
    lately, before = some[-12:], some[-24:-12]
    groups = [("the twelve months before", before, "soft"), ("last twelve months", lately, "main")]
    means = {
        name: tuple(_mean(one.rolled[age] for one in part) for age in range(len(BUCKETS))) for name, part, _ in groups
    }
    return Picture(
        name="rolls",
        title="Roll rates: what stays open a month later",
        chart=Bars(_AGES, tuple(Series(name, means[name], tone) for name, part, tone in groups if part), "percent"),
        alt=", ".join(f"{age} {_share(mean)}" for age, mean in zip(_AGES, means["last twelve months"], strict=True)),
        caption="Of what was not due, how much is up to thirty days late a month later; of what was late, how much is "
        "still open. The mean of twelve months; the table has each.",
        table=Table(
            ("Month end", *_AGES),
            tuple((one.day.isoformat(), *(_share(share) for share in one.rolled)) for one in reversed(some)),
        ),
        address=_address(currency),
    )


def _mean(shares: Iterable[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else None


def _days(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
