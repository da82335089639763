"""What dunning did to relationships, as a page: the comparison, its test a year before, what it cannot say."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.desk.pictures import Link, LookDep, Picture, Table, drawing, reckoned
from kulant.desk.report_page import MOST_LISTED, Notice, count_words, customer_link, list_page, report_page
from kulant.desk.shell import ShellDep
from kulant.insight.charts import Dot, Dots
from kulant.insight.churn_queries import names
from kulant.insight.effect import CAUSE, STAGES, Effect, Stage, effect
from kulant.insight.matched import Comparison
from kulant.people.models import Creditor
from kulant.settings import Settings
from kulant.web.deps import Reader, SettingsDep, Today, ViewerDep

PAGE = "/reports/relationships"
router = APIRouter(prefix=PAGE)

_LEADS = {
    "not_enough": "Not enough data",
    "not_alike": "Not comparable",
    "no_difference": "No difference seen",
    "more": "More left",
    "less": "Fewer left",
}
_TONES = {"more": "alarm", "not_alike": "care"}


def _report(session: Session, settings: Settings, creditor: Creditor, today: date, drawn: bool = False) -> Effect:
    return reckoned(session, settings, creditor, today, "effect", lambda: effect(session, creditor, today), drawn=drawn)


@router.get("")
def show(shell: ShellDep, session: Reader, settings: SettingsDep) -> Response:
    """The page."""
    report = _report(session, settings, shell.viewer.creditor, shell.today)
    sampled = [f"Reckoned from one in {report.one_in} customers, always the same."] if report.one_in > 1 else []
    return report_page(
        shell,
        "What dunning did to relationships",
        "Did customers who were dunned stop buying more often than others whose invoice was just as late and who had "
        "not been dunned yet?",
        pictures=pictures(report),
        nothing=(
            "Nobody to compare yet",
            "It takes late customers who were dunned, others who were not yet, and half a year after both.",
        ),
        notices=[_notice(one) for one in report.stages],
        notes=[
            CAUSE,
            "Compared are customers of like value, recency and tenure in the same week of lateness. Counted is who "
            "bought nothing within 180 days, or twice their own gap where that is longer. A year before there was "
            "nothing to dun: if the groups differed then already, the ratio says nothing.",
            "Customers dunned later stay among those not dunned yet, which makes a difference look smaller.",
            *sampled,
        ],
    )


@router.get("/chart.svg")
def chart(session: Reader, viewer: ViewerDep, settings: SettingsDep, today: Today, look: LookDep) -> Response:
    """One of its pictures."""
    return drawing(pictures(_report(session, settings, viewer.creditor, today, drawn=True)), look)


@router.get("/customers")
def customers(
    shell: ShellDep, session: Reader, settings: SettingsDep, stage: Annotated[str, Query(max_length=10)] = "reminder"
) -> Response:
    """The dunned customers of a comparison, each with their invoice."""
    report = _report(session, settings, shell.viewer.creditor, shell.today)
    found = next((one for one in report.stages if one.code == stage), None)
    if found is None:
        raise Refusal("no_such_stage", f"there is no stage {stage!r}; go back to the report")
    newest = sorted(found.dunned, key=lambda one: (one.on, one.item_id), reverse=True)[: MOST_LISTED + 1]
    known = names(session, shell.viewer.creditor.id, {one.customer_id for one in newest})
    rows = tuple(
        (
            customer_link(*known[one.customer_id]),
            Link("the invoice", f"/items/{one.item_id}"),
            one.on.isoformat(),
            "yes" if one.matched else "no",
            "yes" if one.bought_again else "no",
            str(one.weeks_late),
        )
        for one in newest
    )
    return list_page(
        shell,
        f"Compared: {STAGES[stage].lower()}",
        back=Link("What dunning did to relationships", PAGE),
        table=Table(("Customer", "Invoice", "Sent", "Comparable found", "Bought again", "Weeks late"), rows, 5),
        count=count_words(len(found.dunned), "letter", "letters"),
        command="kulant report relationships --json --trace",
    )


def _notice(stage: Stage) -> Notice:
    return _TONES.get(stage.verdict, ""), _LEADS[stage.verdict], f"{STAGES[stage.code]}. {stage.words}"


def pictures(report: Effect) -> list[Picture]:
    """All pictures of the page; none where nobody can be compared."""
    shown = [one for one in report.stages if one.found.ratio is not None]
    return [_ratios(shown), _stretches(shown)] if shown else []


def _ratios(stages: list[Stage]) -> Picture:
    dots, rows = [], []
    for one in stages:
        dots.append(_dot(STAGES[one.code], one.found, one.verdict))
        dots.append(_dot("The same a year before", one.placebo, "placebo"))
        for name, found in ((STAGES[one.code], one.found), (f"{STAGES[one.code]}, a year before", one.placebo)):
            rows.append((name, *_cells(found)))
    return Picture(
        name="ratios",
        title="Bought nothing afterwards: dunned against not dunned yet",
        chart=Dots(tuple(dots), "ratio", 1.0, "no difference", "dunned", logarithmic=True),
        alt="; ".join(f"{STAGES[one.code]}: {one.words}" for one in stages),
        caption="How many times as often those dunned bought nothing afterwards, with its 95% interval. "
        "An interval that holds 1 is no difference that can be told from chance.",
        table=Table(
            ("Compared", "Ratio", "From", "To", "Dunned", "Not yet", "Bought nothing, dunned", "Not yet", "Matched",
             "Smallest ratio that would show"),
            tuple(rows),
        ),
        address=f"{PAGE}/chart.svg",
        links=tuple(
            Link(f"Show the customers: {STAGES[one.code].lower()}", f"{PAGE}/customers?stage={one.code}")
            for one in stages
        ),
    )  # fmt: skip


def _stretches(stages: list[Stage]) -> Picture:
    dots, rows = [], []
    for one in stages:
        for lag in one.lags:
            name = f"{STAGES[one.code]}, day {lag.after + 1 if lag.after else 0} to {lag.until}"
            dots.append(_dot(name, lag.found, "lag"))
            rows.append((name, *_cells(lag.found)))
    return Picture(
        name="stretches",
        title="When they stayed away",
        chart=Dots(tuple(dots), "ratio", 1.0, "no difference", "dunned", logarithmic=True),
        alt="The same ratio for each stretch of days after the event.",
        caption="The same comparison for each stretch of days after the letter: who bought nothing in it.",
        table=Table(
            ("Stretch", "Ratio", "From", "To", "Dunned", "Not yet", "Bought nothing, dunned", "Not yet", "Matched",
             "Smallest ratio that would show"),
            tuple(rows),
        ),
        address=f"{PAGE}/chart.svg",
    )  # fmt: skip


def _dot(name: str, found: Comparison, verdict: str) -> Dot:
    tone = "soft" if verdict in ("placebo", "not_enough", "not_alike") else "alarm" if verdict == "more" else "main"
    low = found.low if found.low else None  # a ratio of nothing has no place on a scale of ratios
    ratio = found.ratio if found.ratio else None
    return Dot(name, ratio, low, found.high if low else None, f"{found.treated:,}", tone)


def _cells(found: Comparison) -> tuple[str, ...]:
    def ratio(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f}"

    def share(value: float | None) -> str:
        return "–" if value is None else f"{value:.1%}"

    return (
        ratio(found.ratio), ratio(found.low), ratio(found.high), f"{found.treated:,}", f"{found.untreated:,}",
        share(found.treated_rate), share(found.untreated_rate), share(found.matched_share), ratio(found.detectable),
    )  # fmt: skip
