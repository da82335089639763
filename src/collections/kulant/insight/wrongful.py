"""Letters that should not have been sent, as the books know it now: the rate is meant to be zero.

The send gate lets nothing out that it knows to be wrong. A payment dated before the letter that reached us after it, a
dispute entered late, shows only afterwards. Judged by value date and by the day something began: what happened on the
day of the letter itself does not make it wrong. Courtesy notes before the due date are no reminders.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from kulant.core.calendar import add_months
from kulant.ledger.models import Customer, Dispute, Entry, OpenItem
from kulant.people.models import Creditor
from kulant.plans.models import Plan, PlanItem
from kulant.relationship.models import Concern, Hold, Promise
from kulant.relationship.models_care import Strike
from kulant.treatment.models import StepSent

MONTHS = 24
CAUSES = {
    "paid": "It had been paid, by value date",
    "disputed": "It was disputed",
    "plan": "It was in a payment plan",
    "promise": "A promise was running",
    "hold": "The customer or the invoice was on hold",
    "complaint": "A complaint waited for our answer",
    "strike": "We counted it as a wrong reminder ourselves",
}


@dataclass(frozen=True, slots=True)
class Wrong:
    """An invoice asked for by a letter that should not have asked for it."""

    letter: int  # the proposal
    customer: str
    name: str
    item_id: int
    invoice: str
    document: str
    sent_on: date
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wrongful:
    """The report of a day."""

    day: date
    creditor: str
    months: list[tuple[date, int, int]]  # first day, letters sent, wrongful among them
    causes: list[tuple[str, int]]  # invoices asked for wrongly, by cause
    wrong: list[Wrong]

    @property
    def letters(self) -> int:
        """Letters sent in all the months."""
        return sum(sent for _, sent, _ in self.months)

    @property
    def wrongful(self) -> int:
        """Wrongful ones among them."""
        return sum(wrong for _, _, wrong in self.months)


def wrongful(session: Session, creditor: Creditor, today: date) -> Wrongful:
    """The report as known on the business date, in a fixed number of statements."""
    begin = add_months(today.replace(day=1), -MONTHS + 1)
    asked = and_(
        OpenItem.creditor_id == creditor.id,
        StepSent.sent_on >= begin,
        StepSent.sent_on <= today,
        StepSent.document != "courtesy",
    )
    causes: dict[int, list[str]] = defaultdict(list)
    for code, rows in _searches(asked).items():
        for step_id in session.scalars(rows):
            causes[step_id].append(code)
    wrong = _described(session, causes)
    letters = session.execute(
        select(StepSent.proposal_id, func.min(StepSent.sent_on))
        .join(OpenItem, OpenItem.id == StepSent.item_id)
        .where(asked)
        .group_by(StepSent.proposal_id)
    ).all()
    months = _by_month(begin, [day for _, day in letters], {one.letter: one.sent_on for one in wrong}.values())
    counts = [(code, sum(code in one.causes for one in wrong)) for code in CAUSES]
    by_cause = sorted((one for one in counts if one[1]), key=lambda cause: -cause[1])
    return Wrongful(today, creditor.code, months, by_cause, wrong)


def _searches(asked: ColumnElement[bool]) -> dict[str, Any]:
    """For each cause the steps it makes wrongful."""
    sent = StepSent.sent_on
    steps = select(StepSent.id).distinct().join(OpenItem, OpenItem.id == StepSent.item_id).where(asked)
    open_then = (
        select(func.coalesce(func.sum(Entry.amount_minor), 0))
        .where(Entry.item_id == StepSent.item_id, Entry.on < sent)
        .scalar_subquery()
    )
    posted_then = select(Entry.id).where(Entry.item_id == StepSent.item_id, Entry.kind == "post", Entry.on < sent)
    return {
        "paid": steps.where(open_then <= 0, posted_then.exists()),
        "disputed": steps.join(Dispute, Dispute.item_id == StepSent.item_id).where(
            Dispute.amount_minor.is_(None), Dispute.opened_on < sent, _not_over(Dispute.resolved_on)
        ),
        "plan": steps.join(PlanItem, PlanItem.item_id == StepSent.item_id)
        .join(Plan, Plan.id == PlanItem.plan_id)
        .where(Plan.accepted_on < sent, _not_over(Plan.ended_on)),
        "promise": steps.join(Promise, Promise.customer_id == OpenItem.customer_id).where(
            Promise.currency == OpenItem.currency, Promise.made_on < sent, Promise.due >= sent,
            _not_over(Promise.settled_on),
        ),
        "hold": steps.join(Hold, Hold.customer_id == OpenItem.customer_id).where(
            or_(Hold.item_id.is_(None), Hold.item_id == OpenItem.id), Hold.placed_on < sent, Hold.until >= sent,
            _not_over(Hold.released_on),
        ),
        "complaint": steps.join(Concern, Concern.customer_id == OpenItem.customer_id).where(
            Concern.kind == "complaint", Concern.opened_on < sent, _not_over(Concern.answered_on)
        ),
        "strike": steps.join(Strike, Strike.item_id == StepSent.item_id).where(
            Strike.code == "wrong_reminder", Strike.withdrawn_on.is_(None), Strike.on >= sent,
            # One that the program counted names its letter; the letters before that one were right.
            or_(~Strike.key.startswith("reminder:"), Strike.key == "reminder:" + cast(StepSent.proposal_id, String)),
        ),
    }  # fmt: skip


def _not_over(ended: Any) -> ColumnElement[bool]:
    """Whether it had not ended before the letter left."""
    return or_(ended.is_(None), ended > StepSent.sent_on)


def _described(session: Session, causes: dict[int, list[str]]) -> list[Wrong]:
    ids, found = sorted(causes), []
    for start in range(0, len(ids), 5_000):
        rows = session.execute(
            select(
                StepSent.id, StepSent.proposal_id, Customer.number, Customer.name, OpenItem.id, OpenItem.number,
                StepSent.document, StepSent.sent_on,
            )
            .join(OpenItem, OpenItem.id == StepSent.item_id)
            .join(Customer, Customer.id == OpenItem.customer_id)
            .where(StepSent.id.in_(ids[start : start + 5_000]))
        )  # fmt: skip
        found += [Wrong(*row[1:], tuple(causes[row[0]])) for row in rows.all()]
    return sorted(found, key=lambda one: (one.sent_on, one.letter, one.item_id), reverse=True)


def _by_month(begin: date, sent: Iterable[date], wrong: Iterable[date]) -> list[tuple[date, int, int]]:
    letters, wrongs = (Counter(day.replace(day=1) for day in days) for days in (sent, wrong))
    firsts = [add_months(begin, place) for place in range(MONTHS)]
    return [(first, letters[first], wrongs[first]) for first in firsts]


def wrongful_json(report: Wrongful, *, trace: bool = False) -> dict[str, Any]:
    """The report as ``kulant report wrongful --json`` prints it."""
    return {
        "report": "wrongful",
        "creditor": report.creditor,
        "date": report.day.isoformat(),
        "letters": report.letters,
        "wrongful": report.wrongful,
        "rate": round(report.wrongful / report.letters, 6) if report.letters else None,
        "months": [
            {"month": f"{first:%Y-%m}", "letters": sent, "wrongful": wrong} for first, sent, wrong in report.months
        ],
        "causes": [{"code": code, "words": CAUSES[code], "invoices": count} for code, count in report.causes],
    } | ({"trace": [_wrong_json(one) for one in report.wrong]} if trace else {})


def _wrong_json(one: Wrong) -> dict[str, Any]:
    return {
        "letter": str(one.letter),
        "customer": one.customer,
        "invoice": one.invoice,
        "document": one.document,
        "sent": one.sent_on.isoformat(),
        "causes": [{"code": code, "words": CAUSES[code]} for code in one.causes],
    }
