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
CUSTOMERS = (
    Report("/reports/churn", "Churn", "Who left against who came, when that is more than chance, and why."),
    Report("/reports/relationships", "What dunning did", "Whether customers who were dunned buy less often."),
    Report("/reports/value", "Value against what came", "How right value was a year ago, by grade and in all."),
    Report("/reports/break-even", "Break-even", "When customers have paid back what winning them cost."),
    Report("/save-desk", "Save desk", "Valuable customers about to leave, with whom, and what came of it."),
    Report("/reports/wrongful", "Wrongful reminders", "Letters that should not have been sent. The aim is none."),
)
AGREEMENTS = (
    Report("/reports/plans", "Payment plans", "How plans are taken up and kept, by reason and grade."),
    Report("/reports/promises", "Promises", "How promises to pay are kept, by reason and grade."),
    Report("/reports/run", "What the run did", "What the last daily run made differently from the one before."),
    Report("/reports/overrides", "Decided otherwise", "Where people decided against what was proposed, and why."),
)
MONEY = (
    Report("/reports/dso", "How fast money comes in", "DSO and the best there could be, CEI, ageing over time."),
    Report("/reports/forecast", "Cash forecast", "What of the open invoices comes in, by week, and how sure it is."),
    Report("/reports/behaviour", "How customers pay", "What foretells late payments, why, and how right it was."),
    Report("/reports/ageing", "Ageing", "What is owed by the days since its due date, on any day."),
)
REPORTS = (("Customers", CUSTOMERS), ("Agreements", AGREEMENTS), ("Money", MONEY))


@router.get("")
def index(shell: ShellDep) -> Response:
    """Every report there is."""
    return shell.page("desk/reports.html", here="reports", groups=REPORTS)
