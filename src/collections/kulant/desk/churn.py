"""The churn report as a page: who left against who came, when that is no chance, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.core.calendar import read_day
from kulant.core.errors import Refusal
from kulant.core.money import to_decimal
from kulant.core.words import amount_words, figures
from kulant.desk.pictures import Cell, Link, LookDep, Picture, Table, drawing, months, reckoned
from kulant.desk.shell import ShellDep
from kulant.insight.charts import Bars, Control, Dot, Dots, Pareto, Series
from kulant.insight.churn import NOT_ASKED, Churn, Month, churn
from kulant.insight.churn_json import QUOTED_SHARES, QUOTED_SOURCE, lost_in, new_in, reason_words
from kulant.insight.churn_queries import SIGNALS, YEAR, Lost, names
from kulant.insight.churn_signals import Signal
from kulant.people.models import Creditor
from kulant.settings import Settings
from kulant.web.deps import Reader, SettingsDep, Today, ViewerDep

router = APIRouter(prefix="/reports/churn")

PAGE = "/reports/churn"
MOST_LISTED = 500
_YEAR_MONTHS = 12


def _report(session: Session, settings: Settings, creditor: Creditor, today: date, drawn: bool = False) -> Churn:
    return reckoned(session, settings, creditor, today, "churn", lambda: churn(session, creditor, today), drawn=drawn)


@router.get("")
def show(shell: ShellDep, session: Reader, settings: SettingsDep) -> Response:
    """The page."""
    report = _report(session, settings, shell.viewer.creditor, shell.today)
    settled = [one for one in report.months if one.complete][-_YEAR_MONTHS:]
    return shell.page(
        "desk/report_churn.html",
        here="reports",
        report=report,
        pictures=pictures(report),
        facts=[("Customers today", f"{report.active_today:,}"), *headline(settled)],
        counted=_counted(settled, report.settles_after),
        quoted=_quoted(),
    )


def headline(settled: Sequence[Month]) -> list[tuple[str, str]]:
    """Lost against new over the newest settled months, twelve at most; no figure before one is settled."""
    span = {_YEAR_MONTHS: "a year", 0: "a year", 1: "one month"}.get(len(settled), f"{len(settled)} months")
    lost, new = sum(one.lost for one in settled), sum(one.new for one in settled)
    return [
        (f"Lost in {span}", f"{lost:,}" if settled else "–"),
        ("New in the same time", f"{new:,}" if settled else "–"),
        ("Lost for each new one", _ratio(lost, new)),
        ("Lost of those there before it", _share(lost, settled[0].active if settled else 0)),
    ]


def _counted(settled: Sequence[Month], settles_after: int) -> str:
    """Which months the figures above are about, and why not others."""
    if not settled:
        return f"No month is settled yet: a silence is noticed {settles_after} months after the month it belongs to."
    months_ = f"{settled[0].first:%B %Y} to {settled[-1].first:%B %Y}"
    if len(settled) == _YEAR_MONTHS:
        return f"The year is {months_}: the newest twelve months whose silences have all been noticed."
    return f"Counted is {months_}: the months whose silences have all been noticed. A year of them is not there yet."


@router.get("/chart.svg")
def chart(session: Reader, viewer: ViewerDep, settings: SettingsDep, today: Today, look: LookDep) -> Response:
    """One of its pictures."""
    return drawing(pictures(_report(session, settings, viewer.creditor, today, drawn=True)), look)


@router.get("/customers")
def customers(
    shell: ShellDep,
    session: Reader,
    settings: SettingsDep,
    which: Annotated[str, Query(max_length=10)] = "lost",
    month: Annotated[str, Query(max_length=7)] = "",
    reason: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The customers behind a figure: lost or new in a month, or lost for a reason in the last twelve months."""
    creditor = shell.viewer.creditor
    report = _report(session, settings, creditor, shell.today)
    first = _month(month) if month else None
    if which == "new" and first:
        found, title = new_in(report, first), f"New in {first:%B %Y}"
        lost: list[Lost] = []
    else:
        lost = lost_in(report, first) if first else _lost_for(report, reason)
        found = [one.customer_id for one in lost]
        title = f"Lost in {first:%B %Y}" if first else f"Lost in twelve months: {reason_words_of(reason).lower()}"
    known = names(session, creditor.id, found[:MOST_LISTED])
    return shell.page(
        "desk/report_churn_customers.html",
        here="reports",
        title=title,
        count=len(found),
        lost=[(one, *known[one.customer_id]) for one in lost[:MOST_LISTED]],
        new=[(report.firsts[one], *known[one]) for one in found[:MOST_LISTED]] if which == "new" and first else [],
        reason_words=reason_words_of,
    )


def _month(text: str) -> date:
    try:
        return read_day(f"{text}-01")
    except ValueError:
        raise Refusal("bad_month", f"the month is {text!r}; write it as YYYY-MM") from None


def _lost_for(report: Churn, reason: str) -> list[Lost]:
    lately = [one for one in report.losses if one.returned_on is None and one.lost_on > report.day - YEAR]
    found = [one for one in lately if not reason or (one.reason or NOT_ASKED) == reason]
    return sorted(found, key=lambda one: (-one.margin_minor, one.customer_id))


def reason_words_of(reason: str | None) -> str:
    """A reason in words; none: every reason."""
    try:
        return reason_words(reason) if reason else "For any reason"
    except KeyError:
        raise Refusal("no_such_reason", f"there is no reason {reason!r}; go back to the report") from None


def pictures(report: Churn) -> list[Picture]:
    """All pictures of the page."""
    found = [_control(report), _both_ways(report), _money(report)]
    found += [_causes(report)] if report.causes else []
    return found + ([_signals(report)] if any(one.lift for one in report.signals) else [])


def _control(report: Churn) -> Picture:
    shown = report.months
    known = report.usual
    rings = tuple(place for place, one in enumerate(shown) if one.rings)
    chart = Control(
        x=months([one.first for one in shown]),
        name="lost of those who were customers",
        rate=tuple(one.of_active for one in shown),
        centre=tuple(one.usual for one in shown),
        lower=tuple(one.lower if one.lower else 0.0 for one in shown),
        upper=tuple(one.limit for one in shown),
        rings=rings,
        open_from=next((place for place, one in enumerate(shown) if not one.complete), None),
    )
    newest = sum(not one.complete for one in shown)
    if known is None:
        limits = "There are no limits yet: they need twelve complete months in which somebody was lost."
    else:
        wider = (
            f" Months differ {known.sigma_z:.1f} times as much as chance explains, so the limits are that much wider."
            if known.sigma_z > 1.05
            else ""
        )
        limits = f"Usual is {known.share:.1%} a month, from {known.months} months.{wider}"
    caption = (
        f"{limits} A silence is noticed {report.settles_after} months after the month it belongs to: "
        f"the newest {newest} months can still grow."
    )
    rows: list[tuple[Cell, ...]] = [
        (
            f"{one.first:%B %Y}" + ("" if one.complete else ", not complete"),
            f"{one.active:,}",
            _to(f"{one.new:,}", one.new, one.first, "new"),
            _to(f"{one.lost:,}", one.lost, one.first, "lost"),
            _to(f"{one.reported:,}", one.reported, one.first, "lost"),
            _share(one.lost, one.active),
            f"{one.rings_at}" if one.rings_at else "–",
        )
        for one in reversed(shown)
    ]
    said = ", ".join(f"{one.first:%B %Y}" for one in shown if one.rings) or "no month"
    return Picture(
        name="control",
        title="Lost each month, of those who were customers",
        chart=chart,
        alt=f"Share of customers lost in each of {len(shown)} months with its limits; outside them: {said}.",
        caption=caption,
        table=Table(
            ("Month", "Customers on its first day", "New", "Lost", "Lost as first reported", "Share lost", "Rings at"),
            tuple(rows),
        ),
        address=f"{PAGE}/chart.svg",
        links=(Link("Show who was lost in twelve months", f"{PAGE}/customers?which=lost"),),
    )


def _to(words: str, count: int, first: date, which: str) -> Cell:
    return Link(words, f"{PAGE}/customers?which={which}&month={first:%Y-%m}") if count else words


def _both_ways(report: Churn) -> Picture:
    shown = report.quarters
    more = sum(one.lost > one.new for one in shown if one.over)
    return Picture(
        name="both",
        title="Lost against new",
        chart=Bars(
            tuple(one.name for one in shown),
            (
                Series("new", tuple(float(one.new) for one in shown), "main"),
                Series("lost", tuple(float(one.lost) for one in shown), "care"),
            ),
        ),
        alt=f"New and lost customers in {len(shown)} quarters; in {more} of them more left than came.",
        caption="More lost than new means the house is shrinking. The newest quarter is not over; "
        "its silences and those of the one before are still being noticed.",
        table=Table(
            ("Quarter", "New", "Lost", "Lost for each new one"),
            tuple((one.name, f"{one.new:,}", f"{one.lost:,}", _ratio(one.lost, one.new)) for one in reversed(shown)),
        ),
        address=f"{PAGE}/chart.svg",
    )


def _money(report: Churn) -> Picture:
    shown, home = report.quarters, report.home
    currencies = sorted({one for quarter in shown for one in (*quarter.lost_minor, *quarter.won_minor)} | {home})

    def major(sums: dict[str, int]) -> float:
        return float(to_decimal(sums.get(home, 0), home))

    head: tuple[str, ...] = ("Quarter",)
    for currency in currencies:
        head += (f"Won, {currency}", f"Lost, {currency}")
    rows = tuple(
        (
            one.name,
            *(
                figures(sums.get(currency, 0), currency)
                for currency in currencies
                for sums in (one.won_minor, one.lost_minor)
            ),
        )
        for one in reversed(shown)
    )
    return Picture(
        name="money",
        title=f"Margin won and lost, {home}",
        chart=Bars(
            tuple(one.name for one in shown),
            (
                Series("won with new customers", tuple(major(one.won_minor) for one in shown), "main"),
                Series("lost with those who left", tuple(-major(one.lost_minor) for one in shown), "care"),
            ),
            home,
            stacked=True,
        ),
        alt=f"Margin won with new customers and lost with those who left, by quarter, in {home}.",
        caption="Won: what new customers left in their first twelve months, as far as these have passed. "
        "Lost: what those who left had left in the twelve months up to their last purchase.",
        table=Table(head, rows),
        address=f"{PAGE}/chart.svg",
    )


def _causes(report: Churn) -> Picture:
    home = report.home
    shown = sorted(report.causes, key=lambda one: -one.minor.get(home, 0))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Link(reason_words(one.reason), f"{PAGE}/customers?which=lost&reason={one.reason}"),
            f"{one.customers:,}",
            ", ".join(amount_words(minor, currency) for currency, minor in one.minor.items()),
        )
        for one in shown
    )
    waiting = f"{report.exit_calls} exit calls wait to be made." if report.exit_calls else "No exit call is waiting."
    return Picture(
        name="causes",
        title=f"Why they left, by the margin they left a year, {home}",
        chart=Pareto(
            tuple(f"{reason_words(one.reason)} ({one.customers})" for one in shown),
            tuple(max(0.0, float(to_decimal(one.minor.get(home, 0), home))) for one in shown),
            home,
        ),
        alt="Margin lost in twelve months by reason: "
        + ", ".join(f"{reason_words(one.reason)} {one.customers} customers" for one in shown),
        caption=f"Reasons come from exit calls, and only from them. {waiting}",
        table=Table(("Reason", "Customers", "Margin in twelve months"), rows),
        address=f"{PAGE}/chart.svg",
        links=(Link("Show the exit calls", "/tasks"),),
    )


def _signals(report: Churn) -> Picture:
    shown = [one for one in report.signals if one.lift]
    return Picture(
        name="signals",
        title="Seen in the 90 days before a loss",
        chart=Dots(
            tuple(
                _dot(one)
                for one in shown
            ),
            "ratio",
            1.0,
            "as often as with those who stay",
            "of losses",
            logarithmic=True,
        ),
        alt="How many times as often each was seen before a loss as with customers who stayed: "
        + ", ".join(f"{SIGNALS[one.code]} {one.lift:.1f}" for one in shown),
        caption="How many times as often it was seen before a loss as in any 90 days of customers who stayed. "
        "It says where to look first, not what drove them away: whoever complains is still speaking with us.",
        table=Table(
            ("Signal", "Before a loss", "Of losses", "In 90 days of those who stayed", "Of so many", "Times as often"),
            tuple(
                (
                    SIGNALS[one.code], f"{one.lost_seen:,}", f"{one.lost:,}", f"{one.stayed_seen:,}",
                    f"{one.stayed:,}", f"{one.lift:.1f}" if one.lift else "too few",
                )
                for one in report.signals
            ),
        ),
        address=f"{PAGE}/chart.svg",
    )  # fmt: skip


def _dot(one: Signal) -> Dot:
    tone = "care" if (one.lift or 0) > 1 else "main"
    return Dot(SIGNALS[one.code], one.lift, note=f"{one.lost_seen} of {one.lost}", tone=tone)


def _quoted() -> str:
    shares = ", ".join(f"{reason_words(reason).lower()} {share:.0%}" for reason, share in QUOTED_SHARES.items())
    return f"{QUOTED_SOURCE} It says: {shares}. Your own mix is the one above."


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "–"
