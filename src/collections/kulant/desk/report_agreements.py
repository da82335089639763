"""How plans and promises are kept, as two pages: by why the customer was late, by grade, by instalment."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.core.words import amount_words
from kulant.desk.pictures import Cell, Link, LookDep, Picture, Table, drawing, reckoned
from kulant.desk.report_page import count_words, customer_link, list_page, report_page
from kulant.desk.shell import ShellDep
from kulant.insight.adherence import GRADES, UNKNOWN, PlanGroup, Plans, Promises, plans, promises
from kulant.insight.charts import Bars, Dot, Dots, Series
from kulant.insight.matched import Comparison
from kulant.insight.shares import Share
from kulant.people.models import Creditor
from kulant.relationship.why_late import WORDS
from kulant.settings import Settings
from kulant.web.deps import Reader, SettingsDep, Today, ViewerDep

PLANS, PROMISES = "/reports/plans", "/reports/promises"
router = APIRouter(prefix="/reports")

_PLAN_STATES = {
    "offered": "offered", "accepted": "agreed", "active": "running", "late": "late", "completed": "kept",
    "renegotiated": "agreed anew", "broken": "broken", "cancelled": "cancelled", "expired": "let pass",
}  # fmt: skip


def why_late(code: str) -> str:
    """Why a customer was late, in words."""
    return "Nobody knows why" if code == UNKNOWN else WORDS.get(code, code.replace("_", " "))


def _plans(session: Session, settings: Settings, creditor: Creditor, today: date, drawn: bool = False) -> Plans:
    return reckoned(session, settings, creditor, today, "plans", lambda: plans(session, creditor, today), drawn=drawn)


def _promises(session: Session, settings: Settings, creditor: Creditor, today: date, drawn: bool = False) -> Promises:
    return reckoned(
        session, settings, creditor, today, "promises", lambda: promises(session, creditor, today), drawn=drawn
    )


@router.get("/plans")
def show_plans(shell: ShellDep, session: Reader, settings: SettingsDep) -> Response:
    """How payment plans are kept."""
    report = _plans(session, settings, shell.viewer.creditor, shell.today)
    everything = report.everything
    facts = [
        ("Offered", f"{everything.offered:,}"),
        ("Accepted", everything.accepted.words),
        ("First payment made", everything.first_paid.words),
        ("Instalments on time", everything.on_time.words),
        ("Completed", everything.completed.words),
    ]
    return report_page(
        shell,
        "Payment plans",
        "How the plans we offer are taken up and kept, by why the customer was late and by their grade then.",
        pictures=plan_pictures(report) if everything.offered else [],
        nothing=("No plan has been offered yet", "Plans are offered from a customer's page, or in the letter."),
        facts=facts if everything.offered else (),
        tables=[
            *([("By reason and grade", _plan_table(report))] if everything.offered else []),
            *([("Running now, in both ages", _running_table(report))] if report.running else []),
        ],
        notes=[
            "Only what can have come about is counted: an instalment when its day has passed, the first payment when "
            "its days of grace have, what was recovered when 180 days have. Small counts say little: the lines beside "
            "the points show where the true share may as well be.",
            _reorder_words(report),
        ],
    )


@router.get("/plans/chart.svg")
def plans_chart(session: Reader, viewer: ViewerDep, settings: SettingsDep, today: Today, look: LookDep) -> Response:
    """One of its pictures."""
    return drawing(plan_pictures(_plans(session, settings, viewer.creditor, today, drawn=True)), look)


@router.get("/plans/list")
def list_plans(shell: ShellDep, session: Reader, settings: SettingsDep, reason: str = "", grade: str = "") -> Response:
    """The plans behind a figure."""
    report = _plans(session, settings, shell.viewer.creditor, shell.today)
    some = [one for one in report.kept if (not reason or one.reason == reason) and (not grade or one.grade == grade)]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            customer_link(one.customer),
            why_late(one.reason),
            one.grade or "–",
            _PLAN_STATES.get(one.status, one.status),
            one.offered_on.isoformat(),
            one.accepted_on.isoformat() if one.accepted_on else "–",
            f"{sum(one.on_time)} of {len(one.on_time)}" if one.on_time else "–",
            amount_words(one.claim_minor, one.currency),
        )
        for one in some
    )
    return list_page(
        shell,
        "Plans" + (f": {why_late(reason).lower()}" if reason else "") + (f", grade {grade}" if grade else ""),
        back=Link("Payment plans", PLANS),
        table=Table(("Customer", "Why late", "Grade", "State", "Offered", "Accepted", "On time", "Claim"), rows, 6),
        count=count_words(len(some), "plan", "plans"),
        command="kulant report plans --json --trace",
    )


def _running_table(report: Plans) -> Table:
    """The plans that run: how old the debt is, and how late the customer is on the plan."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            customer_link(one.customer, one.name),
            _PLAN_STATES.get(one.status, one.status),
            f"{one.days_contract:,}",
            f"{one.days_plan:,}",
            amount_words(one.open_minor, one.currency),
        )
        for one in report.running
    )
    return Table(("Customer", "State", "Days since due", "Days late on the plan", "Left"), rows, 2)


def plan_pictures(report: Plans) -> list[Picture]:
    """All pictures of the page on plans."""
    found = [_way_of_plans(report.everything), _completed(report)]
    found += [_by_instalment(report)] if report.by_instalment else []
    return found + ([_again(report.reorder.lags[0].found)] if report.reorder and report.reorder.found.treated else [])


def _way_of_plans(everything: PlanGroup) -> Picture:
    steps = (
        ("Accepted, of those answered", everything.accepted),
        ("First payment made", everything.first_paid),
        ("Instalments on time", everything.on_time),
        ("Completed, of those that ended", everything.completed),
    )
    return Picture(
        name="way",
        title="From offer to end",
        chart=Dots(tuple(_dot(name, share) for name, share in steps)),
        alt=", ".join(f"{name} {share.words}" for name, share in steps),
        caption="The share of plans that came so far.",
        table=_share_table("Step", steps),
        address=f"{PLANS}/chart.svg",
        links=(Link("Show the plans", f"{PLANS}/list"),),
    )


def _completed(report: Plans) -> Picture:
    steps = [(why_late(one.name), one.completed, f"{PLANS}/list?reason={one.name}") for one in report.by_reason]
    steps += [(f"Grade {one.name}", one.completed, f"{PLANS}/list?grade={one.name}") for one in report.by_grade]
    rows = tuple(
        (Link(name, address), f"{share.part:,}", f"{share.whole:,}", share.words) for name, share, address in steps
    )
    return Picture(
        name="completed",
        title="Completed, by reason and by grade",
        chart=Dots(tuple(_dot(name, share) for name, share, _ in steps)),
        alt=", ".join(f"{name} {share.words}" for name, share, _ in steps),
        caption="Of the plans that ended, those in which everything agreed was paid.",
        table=Table(("Plans", "Completed", "Ended", "Share"), rows),
        address=f"{PLANS}/chart.svg",
    )


def _by_instalment(report: Plans) -> Picture:
    names = tuple(f"{place + 1}." for place in range(len(report.by_instalment)))
    return Picture(
        name="instalments",
        title="On time, instalment by instalment",
        chart=Bars(names, (Series("on time", tuple(share.value for share in report.by_instalment)),), "percent"),
        alt=", ".join(
            f"instalment {name} {share.words}" for name, share in zip(names, report.by_instalment, strict=True)
        ),
        caption="Of the instalments whose day has passed, those for which all that was due had come by then.",
        table=_share_table("Instalment", tuple(zip(names, report.by_instalment, strict=True))),
        address=f"{PLANS}/chart.svg",
    )


def _again(found: Comparison) -> Picture:
    """Who bought again within 180 days of agreeing to a plan, and comparable late payers without one."""
    groups = (
        ("With a plan", _bought(found.treated_rate, found.treated)),
        ("Late as long, without one", _bought(found.untreated_rate, found.untreated)),
    )
    ratio = "–" if found.ratio is None else f"{found.ratio:.2f}"
    return Picture(
        name="again",
        title="Bought again within 180 days",
        chart=Dots(tuple(_dot(name, share) for name, share in groups)),
        alt=", ".join(f"{name} {share.words}" for name, share in groups),
        caption="Customers of like value, recency and tenure, as late in the same week, with a plan and without. "
        f"Within these groups {ratio} times as many of those with a plan bought nothing. No proof of cause.",
        table=_share_table("Customers", groups),
        address=f"{PLANS}/chart.svg",
    )


def _bought(nothing_rate: float | None, customers: int) -> Share:
    return Share(0 if nothing_rate is None else round((1 - nothing_rate) * customers), customers)


def _plan_table(report: Plans) -> Table:
    rows: list[tuple[Cell, ...]] = []
    groups = [(why_late(one.name), one) for one in report.by_reason]
    for name, one in [
        ("All plans", report.everything),
        *groups,
        *((f"Grade {one.name}", one) for one in report.by_grade),
    ]:
        recovered = ", ".join(
            f"{got / claimed:.0%} {currency}" for currency, (got, claimed) in sorted(one.recovered.items()) if claimed
        )
        shares = (one.accepted, one.first_paid, one.on_time, one.completed)
        rows.append((name, f"{one.offered:,}", *(share.words for share in shares), recovered or "–"))
    return Table(
        ("Plans", "Offered", "Accepted", "First payment", "On time", "Completed", "Recovered in 180 days"), tuple(rows)
    )


def _reorder_words(report: Plans) -> str:
    if report.reorder is None:
        return "Whether customers buy again after a plan is compared once a plan has been accepted."
    found = report.reorder.lags[0].found
    if (
        found.treated_rate is None
        or found.untreated_rate is None
        or report.reorder.lags[0].found.verdict == "not_enough"
    ):
        return (
            f"Whether customers buy again after a plan: not enough data yet, {found.treated} with a plan and "
            f"{found.untreated} comparable late payers without one."
        )
    return (
        f"Bought again within 180 days: {1 - found.treated_rate:.0%} of customers with a plan, "
        f"{1 - found.untreated_rate:.0%} of comparable late payers without one. This is no proof of cause."
    )


@router.get("/promises")
def show_promises(shell: ShellDep, session: Reader, settings: SettingsDep) -> Response:
    """How promises to pay are kept."""
    report = _promises(session, settings, shell.viewer.creditor, shell.today)
    everything = report.everything
    return report_page(
        shell,
        "Promises",
        "How promises to pay are kept, by why the customer was late and by their grade when they promised.",
        pictures=promise_pictures(report) if everything.whole else [],
        nothing=("No promise has come due yet", "A promise is recorded on the customer's page, or after a call."),
        facts=[
            ("Kept", everything.words),
            ("Settled promises", f"{everything.whole:,}"),
            ("Waiting for their day", f"{report.waiting:,}"),
        ],
        tables=[("By reason and grade", _promise_table(report))] if everything.whole else [],
    )


@router.get("/promises/chart.svg")
def promises_chart(session: Reader, viewer: ViewerDep, settings: SettingsDep, today: Today, look: LookDep) -> Response:
    """One of its pictures."""
    return drawing(promise_pictures(_promises(session, settings, viewer.creditor, today, drawn=True)), look)


@router.get("/promises/list")
def list_promises(
    shell: ShellDep, session: Reader, settings: SettingsDep, reason: str = "", grade: str = ""
) -> Response:
    """The promises behind a figure."""
    report = _promises(session, settings, shell.viewer.creditor, shell.today)
    some = [one for one in report.kept if (not reason or one.reason == reason) and (not grade or one.grade == grade)]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            customer_link(one.customer),
            why_late(one.reason),
            one.grade or "–",
            one.status,
            one.made_on.isoformat(),
            one.due.isoformat(),
            amount_words(one.amount_minor, one.currency),
        )
        for one in some
    )
    return list_page(
        shell,
        "Promises" + (f": {why_late(reason).lower()}" if reason else "") + (f", grade {grade}" if grade else ""),
        back=Link("Promises", PROMISES),
        table=Table(("Customer", "Why late", "Grade", "State", "Made", "By", "Amount"), rows, 6),
        count=count_words(len(some), "promise", "promises"),
        command="kulant report promises --json --trace",
    )


def promise_pictures(report: Promises) -> list[Picture]:
    """All pictures of the page on promises."""
    steps = [(why_late(reason), share, f"{PROMISES}/list?reason={reason}") for reason, share in report.by_reason]
    steps += [(f"Grade {grade}", share, f"{PROMISES}/list?grade={grade}") for grade, share in report.by_grade]
    rows = tuple(
        (Link(name, address), f"{share.part:,}", f"{share.whole:,}", share.words) for name, share, address in steps
    )
    kept = Picture(
        name="kept",
        title="Kept, by reason and by grade",
        chart=Dots(tuple(_dot(name, share) for name, share, _ in steps)),
        alt=", ".join(f"{name} {share.words}" for name, share, _ in steps),
        caption="Of the promises that are settled, those kept in full and in time.",
        table=Table(("Promises", "Kept", "Settled", "Share"), rows),
        address=f"{PROMISES}/chart.svg",
        links=(Link("Show the promises", f"{PROMISES}/list"),),
    )
    names = tuple(f"Q{(first.month + 2) // 3} {first.year}" for first, _ in report.by_quarter)
    shares = tuple(share for _, share in report.by_quarter)
    quarters = Picture(
        name="quarters",
        title="Kept and broken, quarter by quarter",
        chart=Bars(
            names,
            (
                Series("kept", tuple(float(share.part) for share in shares), "main"),
                Series("broken", tuple(float(share.whole - share.part) for share in shares), "care"),
            ),
            stacked=True,
        ),
        alt=", ".join(f"{name} {share.words} kept" for name, share in zip(names, shares, strict=True)),
        caption="By the quarter in which the promise was due.",
        table=_share_table("Quarter", tuple(zip(names, shares, strict=True))),
        address=f"{PROMISES}/chart.svg",
    )
    return [kept, quarters]


def _promise_table(report: Promises) -> Table:
    rows = tuple(
        (why_late(reason), *(_of(report.by_both[reason, grade]) for grade in GRADES), _of(share))
        for reason, share in report.by_reason
    )
    return Table(("Why late", *(f"Grade {grade}" for grade in GRADES), "All"), rows)


def _of(share: Share) -> str:
    return f"{share.words} ({share.part} of {share.whole})" if share.whole else "–"


def _dot(name: str, share: Share) -> Dot:
    low, high = share.interval or (None, None)
    return Dot(name, share.value, low, high, f"{share.part} of {share.whole}")


def _share_table(first: str, steps: tuple[tuple[str, Share], ...]) -> Table:
    return Table(
        (first, "Count", "Of", "Share"),
        tuple((name, f"{share.part:,}", f"{share.whole:,}", share.words) for name, share in steps),
    )
