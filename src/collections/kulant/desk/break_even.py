"""The break-even report: when customers have paid back what winning them cost, by the time they came."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from kulant.desk.shell import ShellDep
from kulant.insight.break_even import break_even_report
from kulant.relationship.break_even import LOST_BEFORE, NOT_YET, REACHED, UNKNOWN
from kulant.web.deps import Reader

router = APIRouter(prefix="/reports/break-even")

STATE_WORDS = {REACHED: "Past break-even", NOT_YET: "Not yet", LOST_BEFORE: "Lost before it", UNKNOWN: "Unknown"}
BY_WORDS = {"year": "By year", "quarter": "By quarter"}
MOST_LISTED = 500


@router.get("")
def show(
    shell: ShellDep,
    session: Reader,
    by: Annotated[str, Query(max_length=10)] = "year",
    cohort: Annotated[str, Query(max_length=10)] = "",
    state: Annotated[str, Query(max_length=12)] = "",
) -> Response:
    """The cohorts; with one chosen, the customers behind its figures."""
    by = by if by in BY_WORDS else "year"
    state = state if state in STATE_WORDS else ""
    report = break_even_report(session, shell.viewer.creditor, shell.today, by=by)
    chosen = next((one for one in report.cohorts if one.name == cohort), None)
    behind = [one for one in chosen.members if not state or one.state == state] if chosen else []
    members = report.members
    reached = sum(one.state == REACHED for one in members)
    return shell.page(
        "desk/break_even.html",
        here="reports",
        report=report,
        by=by,
        by_words=BY_WORDS,
        chosen=chosen,
        state=state,
        behind=behind[:MOST_LISTED],
        more=max(0, len(behind) - MOST_LISTED),
        state_words=STATE_WORDS,
        states=list(STATE_WORDS),
        facts=[
            ("Customers of known cost", f"{len(members):,}"),
            ("Past break-even", f"{reached:,}"),
            ("Not yet", f"{sum(one.state == NOT_YET for one in members):,}"),
            ("Lost before it", f"{sum(one.state == LOST_BEFORE for one in members):,}"),
            ("Unknown", f"{sum(one.state == UNKNOWN for one in members) + report.without_cost:,}"),
        ],
    )
