"""What the last daily run did, against the run before."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from kulant.core.calendar import read_day
from kulant.core.errors import Refusal
from kulant.desk.shell import ShellDep
from kulant.treatment.run_report import LISTED, run_report
from kulant.web.deps import Reader

router = APIRouter(prefix="/reports/run")


@router.get("")
def show(shell: ShellDep, session: Reader, on: Annotated[str, Query(max_length=10)] = "") -> Response:
    """How many accounts moved from which treatment to which, and which they are."""
    try:
        day = read_day(on) if on else None
    except ValueError:
        raise Refusal("bad_date", f"'on' is {on!r}; write the date as YYYY-MM-DD") from None
    report = run_report(session, creditor=shell.viewer.creditor, today=shell.today, day=day)
    return shell.page("desk/report_run.html", here="reports", report=report, most=LISTED)
