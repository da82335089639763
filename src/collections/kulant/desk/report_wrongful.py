"""Letters that should not have been sent, as a page: how many, why, and which."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.desk.pictures import Cell, Link, LookDep, Picture, Table, drawing, months, reckoned
from kulant.desk.report_page import Notice, count_words, customer_link, list_page, report_page
from kulant.desk.shell import ShellDep
from kulant.desk.wording import STEP_WORDS
from kulant.insight.charts import Bars, Pareto, Series
from kulant.insight.wrongful import CAUSES, Wrongful, wrongful
from kulant.people.models import Creditor
from kulant.settings import Settings
from kulant.web.deps import Reader, SettingsDep, Today, ViewerDep

PAGE = "/reports/wrongful"
router = APIRouter(prefix=PAGE)


def _report(session: Session, settings: Settings, creditor: Creditor, today: date, drawn: bool = False) -> Wrongful:
    return reckoned(
        session, settings, creditor, today, "wrongful", lambda: wrongful(session, creditor, today), drawn=drawn
    )


@router.get("")
def show(shell: ShellDep, session: Reader, settings: SettingsDep) -> Response:
    """The page."""
    report = _report(session, settings, shell.viewer.creditor, shell.today)
    rate = f"{report.wrongful / report.letters:.2%}" if report.letters else "–"
    return report_page(
        shell,
        "Wrongful reminders",
        "Letters of the last two years that should not have been sent, as the books know it now. The aim is none.",
        pictures=pictures(report) if report.letters else [],
        nothing=("No letter has left yet", "Letters are counted from the first reminder on."),
        notices=[_notice(report)] if report.letters else [],
        facts=[
            ("Letters sent", f"{report.letters:,}"),
            ("Should not have been", f"{report.wrongful:,}"),
            ("Rate", rate),
        ],
        notes=[
            "The send gate lets nothing out that it knows to be wrong. What is here came to light later: a payment "
            "dated before the letter that reached us after it, a dispute entered late. What happened on the day of "
            "the letter itself is no mistake, and courtesy notes are no reminders."
        ],
    )


def _notice(report: Wrongful) -> Notice:
    if not report.wrongful:
        return "", "None", "No letter asked for anything it should not have asked for."
    said = f"{count_words(report.wrongful, 'letter', 'letters')} of {report.letters:,} should not have been sent."
    return "alarm", "Not none", f"{said} Each is worth an apology."


@router.get("/chart.svg")
def chart(session: Reader, viewer: ViewerDep, settings: SettingsDep, today: Today, look: LookDep) -> Response:
    """One of its pictures."""
    return drawing(pictures(_report(session, settings, viewer.creditor, today, drawn=True)), look)


@router.get("/letters")
def letters(
    shell: ShellDep,
    session: Reader,
    settings: SettingsDep,
    cause: Annotated[str, Query(max_length=20)] = "",
    month: Annotated[str, Query(max_length=7)] = "",
) -> Response:
    """The letters behind a figure, each with the invoice that was asked for wrongly."""
    report = _report(session, settings, shell.viewer.creditor, shell.today)
    some = [
        one
        for one in report.wrong
        if (not cause or cause in one.causes) and (not month or f"{one.sent_on:%Y-%m}" == month)
    ]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            customer_link(one.customer, one.name),
            Link(one.invoice, f"/items/{one.item_id}"),
            STEP_WORDS.get(one.document, one.document),
            one.sent_on.isoformat(),
            "; ".join(CAUSES[code] for code in one.causes),
        )
        for one in some
    )
    return list_page(
        shell,
        "Should not have been sent" + (f": {CAUSES[cause].lower()}" if cause in CAUSES else ""),
        back=Link("Wrongful reminders", PAGE),
        table=Table(("Customer", "Invoice", "Document", "Sent", "Why it was wrong"), rows, 5),
        count=count_words(len({one.letter for one in some}), "letter", "letters"),
        command="kulant report wrongful --trace",
    )


def pictures(report: Wrongful) -> list[Picture]:
    """All pictures of the page."""
    return [_months(report), _causes(report)] if report.causes else [_months(report)]


def _months(report: Wrongful) -> Picture:
    begun = next((place for place, (_, sent, _) in enumerate(report.months) if sent), 0)
    shown = report.months[begun:]
    rows: list[tuple[Cell, ...]] = [
        (
            f"{first:%B %Y}",
            f"{sent:,}",
            Link(f"{wrong:,}", f"{PAGE}/letters?month={first:%Y-%m}") if wrong else "0",
            f"{wrong / sent:.2%}" if sent else "–",
        )
        for first, sent, wrong in reversed(shown)
    ]
    return Picture(
        name="months",
        title="Letters that should not have been sent, month by month",
        chart=Bars(
            months([first for first, _, _ in shown]),
            (Series("should not have been sent", tuple(float(wrong) for _, _, wrong in shown), "alarm"),),
        ),
        alt=f"{report.wrongful} of {report.letters} letters, by month.",
        caption=f"{report.wrongful:,} of {report.letters:,} letters.",
        table=Table(("Month", "Letters sent", "Should not have been", "Rate"), tuple(rows)),
        address=f"{PAGE}/chart.svg",
        links=(Link("Show the letters", f"{PAGE}/letters"),) if report.wrong else (),
    )


def _causes(report: Wrongful) -> Picture:
    return Picture(
        name="causes",
        title="Why they were wrong",
        chart=Pareto(tuple(CAUSES[code] for code, _ in report.causes), tuple(float(n) for _, n in report.causes)),
        alt=", ".join(f"{CAUSES[code]}: {count}" for code, count in report.causes),
        caption="Invoices asked for wrongly, by cause; one may have several.",
        table=Table(
            ("Cause", "Invoices"),
            tuple((Link(CAUSES[code], f"{PAGE}/letters?cause={code}"), f"{count:,}") for code, count in report.causes),
        ),
        address=f"{PAGE}/chart.svg",
    )
