"""How customers pay, as a page: what foretells payments, why, and the backtest it was chosen by."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from kulant.desk.pictures import LookDep, Picture, Table, drawing
from kulant.desk.shell import ShellDep
from kulant.desk.wording import sentence_case
from kulant.insight.charts import Bars, Dot, Reliability, Series
from kulant.relationship.models_view import PaymentModel
from kulant.relationship.payment_models import newest
from kulant.relationship.proof import likely
from kulant.relationship.rolling import FEWEST_INVOICES, FEWEST_ORIGINS, LEAST_GAIN
from kulant.web.deps import Reader, Today, ViewerDep

router = APIRouter(prefix="/reports/behaviour")

PAGE = "/reports/behaviour"
NAMES = {"history": "own history", "hazard": "weekly hazard"}
# Weeks from the due date worth a bar: before and after these hardly anybody pays.
_SHOWN_WEEKS = range(-4, 14)


@router.get("")
def show(shell: ShellDep, session: Reader) -> Response:
    """The page."""
    kept = newest(session, shell.viewer.creditor.id, shell.today)
    backtest: dict[str, Any] = kept.backtest if kept else {}
    return shell.page(
        "desk/report_behaviour.html",
        here="reports",
        kept=kept,
        used=NAMES[kept.chosen] if kept else "",
        why=sentence_case(kept.why.partition(": ")[2]) if kept else "",
        learned_from=f"{backtest['learned_from']:,}" if kept else "",
        backtest=backtest,
        measures=_measures(backtest) if backtest.get("invoices") else [],
        pictures=_pictures(kept) if kept else [],
        columns=_columns(kept),
        least_gain=f"{LEAST_GAIN:.0%}",
        fewest=(FEWEST_INVOICES, FEWEST_ORIGINS),
    )


@router.get("/chart.svg")
def chart(session: Reader, viewer: ViewerDep, today: Today, look: LookDep) -> Response:
    """One of its pictures."""
    kept = newest(session, viewer.creditor.id, today)
    return drawing(_pictures(kept) if kept else [], look)


def _measures(backtest: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """What is measured, what it says, and the figure of both."""
    history, hazard = backtest["history"], backtest["hazard"]
    cash = backtest.get("cash_error", {})

    def both(key: str) -> tuple[str, str]:
        return _figure(history[key]), _figure(hazard[key])

    return [
        ("Brier score", "mean squared distance from what came; 0 is perfect", *both("brier")),
        ("Log loss", "the surprise at what came; less is better", *both("log_loss")),
        ("AUC (C-index)", "how often the one that was late was thought likelier; 0.5 is a coin", *both("auc")),
        (
            f"Cash error over {backtest['cash_days']} days",
            "how far forecasts of past days were off, as a median",
            _share(cash.get("history")),
            _share(cash.get("hazard")),
        ),
    ]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _pictures(kept: PaymentModel) -> list[Picture]:
    if not kept.backtest.get("invoices"):
        return []
    return [_reliability(kept.backtest, kept.chosen), _weeks(kept.backtest, kept.chosen)]


def _reliability(backtest: dict[str, Any], used: str) -> Picture:
    bins = backtest[used]["reliability"]
    dots = []
    for one in bins:
        low, high = likely(round(one["came"] * one["count"]), one["count"])
        dots.append(Dot("", one["came"], low, high, f"{one['count']} invoices"))
    other = "hazard" if used == "history" else "history"
    rows = tuple(
        (NAMES[name], f"{one['count']:,}", f"{one['foretold']:.1%}", f"{one['came']:.1%}")
        for name in (used, other)
        for one in backtest[name]["reliability"]
    )
    return Picture(
        name="reliability",
        title="Foretold to be late against late",
        chart=Reliability(tuple(dots), tuple(one["foretold"] for one in bins), "foretold to be late", "were late"),
        alt="Share of invoices foretold to be late against the share that was, in "
        f"{len(bins)} groups from the least to the most likely; on the diagonal the forecast was right.",
        caption=f"{backtest['invoices']:,} invoices, each foretold on its day of issue by the {NAMES[used]}, in groups "
        "of about equal size. On the diagonal the forecast was right; the bars show what chance allows.",
        table=Table(("Foretold by", "Invoices", "Foretold", "Were late"), rows),
        address=f"{PAGE}/chart.svg",
    )


def _weeks(backtest: dict[str, Any], used: str) -> Picture:
    weeks = backtest["weeks"]
    places = [week - weeks["first"] for week in _SHOWN_WEEKS]
    rows = tuple(
        (_week_words(week), f"{weeks['came'][place]:.1%}", f"{weeks['history'][place]:.1%}",
         f"{weeks['hazard'][place]:.1%}")
        for week, place in zip(_SHOWN_WEEKS, places, strict=True)
    )  # fmt: skip
    return Picture(
        name="weeks",
        title="When invoices are paid, in weeks from the due date",
        chart=Bars(
            tuple(f"{week:+d}" if week else "due" for week in _SHOWN_WEEKS),
            (
                Series("came", tuple(weeks["came"][place] for place in places), "main"),
                Series("foretold", tuple(weeks[used][place] for place in places), "soft"),
            ),
            "percent",
        ),
        alt="Share of invoices paid in each week before and after the due date, foretold and as it came.",
        caption="The week marked due ends on the due date; +1 is the first week of lateness.",
        table=Table(("Week", "Came", "Own history", "Weekly hazard"), rows),
        address=f"{PAGE}/chart.svg",
    )


def _week_words(week: int) -> str:
    if week > 0:
        return f"{7 * week - 6} to {7 * week} days late"
    return f"{-7 * week} to {6 - 7 * week} days early" if week else "up to 6 days early, or on the day"


def _columns(kept: PaymentModel | None) -> list[tuple[str, str]]:
    """What the hazard looks at, with the weight of each, the heaviest first."""
    if kept is None or "hazard" not in kept.parameters:
        return []
    names = kept.parameters["columns"]
    weights = kept.parameters["hazard"]["weights"][-len(names) :]
    pairs = sorted(zip(names, weights, strict=True), key=lambda pair: -abs(pair[1]))
    return [(sentence_case(name), f"{weight:+.2f}".replace("-", "−")) for name, weight in pairs]
