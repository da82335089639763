"""Payment habit: how a customer has paid so far, from what was known on the day. Pure; no clock.

Late means settled after the due date. A settlement dated after the business date has not happened yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Literal, NamedTuple, TypedDict

# A creditor without any history of its own: about what the research samples show.
DEFAULT_LATE_RATE = 0.3

# How many invoices at the creditor's base rate every customer is given. On the IBM receivables sample, each invoice
# judged by what was known on its own date, 4 gave the best Brier score of 1 to 20 (.133) at an AUC of .873.
LATE_RATE_SHRINKAGE = 4

STRIP_LENGTH = 12


class DueInvoice(NamedTuple):
    """An invoice by its number, due date and the day it was settled, if it was."""

    number: str
    due: date
    settled_on: date | None


State = Literal["on_time", "late", "open", "overdue"]


class StripMark(TypedDict):
    """One invoice in the habit strip."""

    number: str
    due: date
    state: State


@dataclass(frozen=True, slots=True)
class Habit:
    """How a customer has paid so far."""

    paid: int
    on_time: int
    overdue: int  # unpaid past their due date: surely late, though nobody knows yet by how much
    median_days_late: float | None  # over all paid invoices; below zero: usually early
    usual_days_when_late: float | None  # over those paid late

    @property
    def on_time_rate(self) -> float | None:
        """The customer's own share paid on time; none without a paid invoice."""
        return self.on_time / self.paid if self.paid else None

    @property
    def known(self) -> int:
        """Invoices of which it is already known whether they are paid late."""
        return self.paid + self.overdue

    @property
    def late(self) -> int:
        """Invoices paid late or unpaid past their due date."""
        return self.paid - self.on_time + self.overdue


def state(invoice: DueInvoice, today: date) -> State:
    """What is known of the invoice on the day."""
    if invoice.settled_on is not None and invoice.settled_on <= today:
        return "late" if invoice.settled_on > invoice.due else "on_time"
    return "overdue" if invoice.due < today else "open"


def habit(invoices: Iterable[DueInvoice], today: date) -> Habit:
    """The habit these invoices show on the day."""
    days: list[int] = []
    overdue = 0
    for invoice in invoices:
        if invoice.settled_on is not None and invoice.settled_on <= today:
            days.append((invoice.settled_on - invoice.due).days)
        elif invoice.due < today:
            overdue += 1
    late = [count for count in days if count > 0]
    return Habit(
        paid=len(days),
        on_time=len(days) - len(late),
        overdue=overdue,
        median_days_late=float(median(days)) if days else None,
        usual_days_when_late=float(median(late)) if late else None,
    )


def base_late_rate(habits: Iterable[Habit]) -> float:
    """The creditor's share of invoices known to be late, over all customers."""
    known = late = 0
    for one in habits:
        known += one.known
        late += one.late
    return late / known if known else DEFAULT_LATE_RATE


def late_risk(one: Habit, base_rate: float) -> float:
    """The probability that the next invoice is paid late: the own rate, drawn to the creditor's while data is thin."""
    return (one.late + LATE_RATE_SHRINKAGE * base_rate) / (one.known + LATE_RATE_SHRINKAGE)


def strip(invoices: Sequence[DueInvoice], today: date, *, length: int = STRIP_LENGTH) -> list[StripMark]:
    """The customer's last invoices by due date, oldest first, as the list draws them."""
    newest = sorted(invoices, key=lambda invoice: (invoice.due, invoice.number))[-length:]
    return [{"number": each.number, "due": each.due, "state": state(each, today)} for each in newest]


def habit_sentence(one: Habit) -> str:
    """The habit in words: ``pays 9 of 12 on time, usually 4 days late when late``."""
    if not one.paid:
        return "has not paid an invoice yet"
    if one.usual_days_when_late is None:
        return "has paid its one invoice on time" if one.paid == 1 else f"pays all {one.paid} on time"
    days = max(1, int(one.usual_days_when_late + 0.5))
    counted = f"{days} day late" if days == 1 else f"{days} days late"
    if one.paid == 1:
        return f"has paid its one invoice {counted}"
    if not one.on_time:
        return f"pays none of {one.paid} on time, usually {counted}"
    return f"pays {one.on_time} of {one.paid} on time, usually {counted} when late"
