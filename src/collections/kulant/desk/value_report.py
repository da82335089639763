"""Value as it was foretold a year ago, against what the year brought; each figure leads to its customers."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

import numpy as np
from fastapi import APIRouter, Query
from fastapi.responses import Response

from kulant.core.errors import Refusal
from kulant.core.money import to_decimal
from kulant.core.words import figures
from kulant.desk.account import Currency
from kulant.desk.pictures import Cell, Link, LookDep, Picture, Table, drawing, reckoned
from kulant.desk.shell import ShellDep
from kulant.insight.charts import Bars, Dot, Reliability, Series
from kulant.ledger.queries import customers_by_id
from kulant.relationship.value_backtest import BINS, Year, look_back
from kulant.relationship.value_backtest_queries import newest
from kulant.web.deps import Reader, SettingsDep, Today, ViewerDep

router = APIRouter(prefix="/reports/value")

PAGE = "/reports/value"
MOST_LISTED = 500
_FIFTHS = ("the fewest", "few", "middling", "many", "the most")


@router.get("")
def show(shell: ShellDep, session: Reader) -> Response:
    """The page."""
    kept = newest(session, shell.viewer.creditor.id, shell.today)
    result: dict[str, Any] = kept.result if kept else {}
    enough = bool(result.get("enough"))
    return shell.page(
        "desk/report_value.html",
        here="reports",
        kept=kept,
        result=result,
        enough=enough,
        facts=_facts(result) if enough else [],
        pictures=_pictures(result, shell.viewer.creditor.currency) if enough else [],
    )


@router.get("/chart.svg")
def chart(session: Reader, viewer: ViewerDep, today: Today, look: LookDep) -> Response:
    """One of its pictures."""
    kept = newest(session, viewer.creditor.id, today)
    enough = kept is not None and kept.result["enough"]
    return drawing(_pictures(kept.result, viewer.creditor.currency) if kept and enough else [], look)


def _facts(result: dict[str, Any]) -> list[tuple[str, str]]:
    error = result["mean_error"]
    return [
        ("Customers then", f"{result['customers']:,}"),
        ("Purchases foretold", f"{result['foretold']:,.0f}"),
        ("Purchases that came", f"{result['came']:,}"),
        ("Off by, a customer", f"{error['model']:.1f} purchases"),
        ("Had each gone on as before", f"{error['own_rate']:.1f} purchases"),
    ]


def _pictures(result: dict[str, Any], home: str) -> list[Picture]:
    currencies = sorted(result["currencies"], key=lambda one: (one["currency"] != home, -one["customers"]))
    return [
        _calibration(result),
        _purchases(result),
        *(_margin(one) for one in currencies[:1]),
    ]


def _to(words: str, **which: str | int) -> Link:
    return Link(words, f"{PAGE}/customers?{urlencode(which)}")


def _each(sum_: float, customers: int) -> float:
    return sum_ / customers if customers else 0.0


def _calibration(result: dict[str, Any]) -> Picture:
    bins = [one for one in result["bins"] if one["customers"]]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            _to(f"{_FIFTHS[one['fifth'] - 1]} foretold", fifth=one["fifth"]),
            f"{one['customers']:,}",
            f"{_each(one['foretold'], one['customers']):.2f}",
            f"{_each(one['came'], one['customers']):.2f}",
            f"{_each(one['own_rate'], one['customers']):.2f}",
        )
        for one in bins
    )
    return Picture(
        name="calibration",
        title="Purchases a customer, foretold against came",
        chart=Reliability(
            tuple(Dot("", _each(one["came"], one["customers"])) for one in bins),
            tuple(_each(one["foretold"], one["customers"]) for one in bins),
            "foretold for the year",
            "came",
            "count",
        ),
        alt=f"Mean purchases foretold against those that came, in {len(bins)} groups of customers.",
        caption="Customers in five groups, from those of whom the fewest purchases were foretold to those of whom the "
        "most were. On the diagonal the forecast was right; above it more came.",
        table=Table(("Customers", "How many", "Foretold each", "Came each", "Had each gone on"), rows),
        address=f"{PAGE}/chart.svg",
    )


def _purchases(result: dict[str, Any]) -> Picture:
    grades = result["grades"]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            _to(one["grade"], grade=one["grade"]),
            f"{one['customers']:,}",
            f"{one['foretold']:,.1f}",
            f"{one['came']:,}",
            f"{one['own_rate']:,.1f}",
        )
        for one in grades
    )
    return Picture(
        name="grades",
        title="Purchases by the grade customers had then",
        chart=Bars(
            tuple(one["grade"] for one in grades),
            (
                Series("foretold", tuple(float(one["foretold"]) for one in grades), "soft"),
                Series("came", tuple(float(one["came"]) for one in grades), "main"),
                Series("had each gone on", tuple(float(one["own_rate"]) for one in grades), "main", dashed=True),
            ),
        ),
        alt="Purchases foretold, purchases that came, and what the own past rate would give, by grade.",
        caption="The simplest forecast there is, that everybody goes on as before, stands beside ours.",
        table=Table(("Grade then", "Customers", "Foretold", "Came", "Had each gone on"), rows),
        address=f"{PAGE}/chart.svg",
    )


def _margin(one: dict[str, Any]) -> Picture:
    currency, grades = one["currency"], one["grades"]

    def major(minor: int) -> float:
        return float(to_decimal(minor, currency))

    def row(words: Cell, part: dict[str, Any]) -> tuple[Cell, ...]:
        foretold, came = part["foretold_minor"], part["came_minor"]
        share = f"{came / foretold:.0%}" if foretold > 0 else "–"
        return words, f"{part['customers']:,}", figures(foretold, currency), figures(came, currency), share

    return Picture(
        name="margin",
        title=f"Margin by the grade customers had then, {currency}",
        chart=Bars(
            tuple(part["grade"] for part in grades),
            (
                Series("foretold", tuple(major(part["foretold_minor"]) for part in grades), "soft"),
                Series("came", tuple(major(part["came_minor"]) for part in grades), "main"),
            ),
            currency,
        ),
        alt=f"Twelve-month margin foretold and the margin that came, by grade, in {currency}.",
        caption="Value is this foretold margin; grades A to D share it out.",
        table=Table(
            ("Grade then", "Customers", "Foretold", "Came", "Came of foretold"),
            (
                *(row(_to(part["grade"], grade=part["grade"], currency=currency), part) for part in grades),
                row(_to("All", currency=currency), one),
            ),
        ),
        address=f"{PAGE}/chart.svg",
    )


@router.get("/customers")
def customers(
    shell: ShellDep,
    session: Reader,
    settings: SettingsDep,
    grade: Annotated[str, Query(max_length=1)] = "",
    fifth: Annotated[int | None, Query(ge=1, le=BINS)] = None,
    currency: Currency = "",
) -> Response:
    """The customers behind a figure, those first of whom most margin was foretold."""
    if grade not in ("", *"ABCD"):
        raise Refusal("no_such_grade", f"there is no grade {grade!r}; it is A, B, C or D")
    creditor = shell.viewer.creditor
    kept = newest(session, creditor.id, shell.today)
    day = kept.made_on if kept else shell.today
    year: Year | None = reckoned(
        session, settings, creditor, day, "value year", lambda: look_back(session, creditor.id, day)
    )
    places = _places(year, grade, fifth, currency) if year else []
    known = customers_by_id(session, [int(year.customer_ids[place]) for place in places[:MOST_LISTED]]) if year else {}
    rows = [
        (
            known[int(year.customer_ids[place])],
            year.grade[place],
            float(year.foretold[place]),
            int(year.came[place]),
            float(year.own_rate[place]),
            year.currency[place],
            round(float(year.margin_foretold[place])),
            round(float(year.margin_came[place])),
        )
        for place in (places[:MOST_LISTED] if year else [])
        if year
    ]
    return shell.page("desk/report_value_customers.html", here="reports", rows=rows, count=len(places), year=year)


def _places(year: Year, grade: str, fifth: int | None, currency: str) -> list[int]:
    chosen = np.ones(len(year.customer_ids), np.bool_)
    if grade:
        chosen &= np.asarray(year.grade) == grade
    if fifth is not None:
        chosen &= year.bins == fifth - 1
    if currency:
        chosen &= np.asarray(year.currency) == currency
    found: list[int] = np.flatnonzero(chosen).tolist()
    return sorted(found, key=lambda place: (-float(year.margin_foretold[place]), place))
