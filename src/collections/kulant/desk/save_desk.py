"""The save desk: the valuable customers about to leave, with whom, why, and what came of those before."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from kulant.desk.shell import ShellDep
from kulant.relationship.rulebook import rules_of
from kulant.relationship.save_desk import ENOUGH, GRADES, OUTCOMES, cases, save_rates
from kulant.web.deps import Reader

router = APIRouter(prefix="/save-desk")


@router.get("")
def show(shell: ShellDep, session: Reader) -> Response:
    """Open cases, what each person's cases came to, and the cases closed."""
    creditor_id = shell.viewer.creditor.id
    rules = rules_of(session, creditor_id)
    return shell.page(
        "desk/save_desk.html",
        here="reports",
        open_cases=cases(session, creditor_id, opened=True),
        closed=cases(session, creditor_id, opened=False),
        rates=save_rates(session, creditor_id),
        outcomes=OUTCOMES,
        enough=ENOUGH,
        unnamed=[grade for grade in GRADES if grade not in rules.save_desk],
        save_below=rules.save_below,
    )
