"""The report of overrides: how often it was decided otherwise than proposed, why, and by whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from kulant.desk import wording
from kulant.desk.shell import ShellDep
from kulant.treatment.overrides import overrides
from kulant.treatment.records import OVERRIDES
from kulant.web.deps import Reader

router = APIRouter(prefix="/reports/overrides")

SPANS = (30, 90, 365)


@router.get("")
def show(shell: ShellDep, session: Reader, days: Annotated[int, Query(ge=1, le=3650)] = 90) -> Response:
    """Decisions of the last days, against what was proposed."""
    found = overrides(session, shell.viewer.creditor.id, since=shell.today - timedelta(days=days), until=shell.today)
    return shell.page(
        "desk/overrides.html",
        here="reports",
        found=found,
        days=days,
        spans=SPANS,
        treatments=[(wording.title_of(one.name), one) for one in found.by_treatment],
        reasons=[(OVERRIDES.get(one.name, one.name), one) for one in found.by_reason],
        changes=[
            (wording.title_of(proposed), wording.title_of(instead) if instead else "Nothing", count)
            for proposed, instead, count in found.changes
        ],
    )
