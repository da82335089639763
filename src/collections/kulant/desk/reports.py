"""The place of the reports: which there are, each with what it answers."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import Response

from kulant.desk.shell import ShellDep

router = APIRouter(prefix="/reports")


@dataclass(frozen=True, slots=True)
class Report:
    """A report as the index names it."""

    address: str
    name: str
    answers: str  # in one sentence


# Every report of the desk, one line each, in the order a manager asks. A new report is added here and nowhere else.
REPORTS: tuple[tuple[str, tuple[Report, ...]], ...] = (
    (
        "Customers",
        (
            Report("/reports/churn", "Churn", "Who left against who came, when that is more than chance, and why."),
            Report("/reports/value", "Value against what came", "How right value was a year ago, by grade and in all."),
        ),
    ),
    (
        "Agreements",
        (
        ),
    ),
    (
        "Money",
        (
            Report("/reports/forecast", "Cash forecast", "What of the open invoices comes in, by week, and how sure it is."),
            Report("/reports/behaviour", "How customers pay", "What foretells late payments, why, and how right it was."),
            Report("/reports/ageing", "Ageing", "What is owed by the days since its due date, on any day."),
        ),
    ),
)  # fmt: skip


@router.get("")
def index(shell: ShellDep) -> Response:
    """Every report there is."""
    return shell.page("desk/reports.html", here="reports", groups=[(name, some) for name, some in REPORTS if some])
