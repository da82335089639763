"""SELECTs of the churn report: who began and who left when, what they left, what had happened before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.ledger.models import Customer, Dispute, OpenItem
from kulant.plans.models import Plan
from kulant.relationship.loss_queries import margin_of
from kulant.relationship.models import Concern, Promise, Score, Task
from kulant.relationship.models_care import Commitment, Loss, Strike
from kulant.relationship.pattern import Parameters
from kulant.treatment.models import StepSent

YEAR = timedelta(days=365)
bought = func.coalesce(OpenItem.issue_date, OpenItem.due_date)


@dataclass(frozen=True, slots=True)
class Lost:
    """A loss as the report needs it."""

    loss_id: int
    customer_id: int
    lost_on: date
    noticed_on: date
    how: str
    reason: str | None
    grade: str | None
    currency: str
    margin_minor: int
    before_break_even: bool
    returned_on: date | None


def beginnings(session: Session, creditor_id: int, today: date) -> tuple[dict[int, date], date | None]:
    """The day each customer began, and the day the ledger does.

    Customers begin with their first purchase, or earlier where somebody has said since when they are one.
    """
    rows = session.execute(
        select(Customer.id, Customer.customer_since, func.min(bought))
        .join(OpenItem, OpenItem.customer_id == Customer.id)
        .where(OpenItem.creditor_id == creditor_id, OpenItem.kind == "invoice", bought <= today)
        .group_by(Customer.id, Customer.customer_since)
    ).all()
    firsts = {customer_id: min(since or first, first) for customer_id, since, first in rows}
    return firsts, min((first for _, _, first in rows), default=None)


def losses(session: Session, creditor_id: int, today: date) -> list[Lost]:
    """Everybody counted as lost by that day, those who came back since among them."""
    rows = session.execute(
        select(
            Loss.id, Loss.customer_id, Loss.lost_on, Loss.noticed_on, Loss.how, Loss.reason, Loss.grade, Loss.currency,
            Loss.margin_12m_minor, Loss.before_break_even, Loss.returned_on,
        )
        .where(Loss.creditor_id == creditor_id, Loss.noticed_on <= today)
        .order_by(Loss.lost_on, Loss.id)
    )  # fmt: skip
    return [Lost(*row) for row in rows]


def won_margins(session: Session, creditor_id: int, firsts: dict[int, date], since: date, today: date) -> list[
    tuple[int, str, Decimal]
]:  # fmt: skip
    """What each customer new since then left in their first twelve months, as far as these have passed."""
    began = (
        select(OpenItem.customer_id.label("customer_id"))
        .where(OpenItem.creditor_id == creditor_id, OpenItem.kind == "invoice", OpenItem.customer_id.is_not(None))
        .group_by(OpenItem.customer_id)
        .having(func.min(bought) >= since)
        .subquery()
    )
    rows = session.execute(
        select(
            OpenItem.customer_id, OpenItem.currency, OpenItem.kind, bought, OpenItem.amount_minor, OpenItem.margin_minor
        )
        .join(began, began.c.customer_id == OpenItem.customer_id)
        .where(OpenItem.kind.in_(("invoice", "credit_note")), bought.is_not(None), bought <= today)
    )
    sums: dict[tuple[int, str], Decimal] = {}
    for customer_id, currency, kind, day, amount, margin in rows:
        if customer_id in firsts and day < firsts[customer_id] + YEAR:
            key = (customer_id, currency)
            sums[key] = sums.get(key, Decimal(0)) + margin_of(kind, amount, margin)
    return [(customer_id, currency, minor) for (customer_id, currency), minor in sums.items()]


def rhythms_of_lost(session: Session, creditor_id: int, most: int = 2_000) -> list[tuple[Parameters, int, date, date]]:
    """How those who left lately used to buy: the model's parameters, purchases, first and last day."""
    rows = session.execute(
        select(Score.purchases, Score.model)
        .join(Loss, Loss.customer_id == Score.customer_id)
        .where(Loss.creditor_id == creditor_id, Loss.how == "silence", Loss.returned_on.is_(None))
        .order_by(Loss.lost_on.desc(), Loss.id)
        .limit(most)
    )
    return [
        (
            Parameters(**model["parameters"]),
            purchases,
            date.fromisoformat(model["first_purchase"]),
            date.fromisoformat(model["last_purchase"]),
        )
        for purchases, model in rows
    ]


def open_exit_calls(session: Session, creditor_id: int) -> int:
    """How many exit calls wait for somebody."""
    rows = select(func.count()).where(Task.creditor_id == creditor_id, Task.kind == "exit_call", Task.done_on.is_(None))
    return session.scalar(rows) or 0


def names(session: Session, creditor_id: int, customer_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Number and name of customers."""
    found: dict[int, tuple[str, str]] = {}
    ids = sorted(customer_ids)
    for start in range(0, len(ids), 5_000):
        part = ids[start : start + 5_000]
        rows = session.execute(
            select(Customer.id, Customer.number, Customer.name).where(
                Customer.creditor_id == creditor_id, Customer.id.in_(part)
            )
        )
        found |= {customer_id: (number, name) for customer_id, number, name in rows}
    return found


# What may foretell that a customer leaves, in the words of the report.
SIGNALS = {
    "complaint": "A complaint",
    "request": "A request to us",
    "dispute": "A disputed invoice",
    "strike": "A bad experience we gave them",
    "our_promise_broken": "A promise of ours that we broke",
    "reminder": "A reminder",
    "formal_notice": "A formal notice, or hand-over",
    "promise_broken": "A promise of theirs that they broke",
    "plan_broken": "A broken payment plan",
}


def signals(session: Session, creditor_id: int, since: date, until: date) -> Iterator[tuple[str, int, date]]:
    """What happened with customers in a period, one line for each."""
    step = StepSent.sent_on
    sent = (
        select(OpenItem.customer_id, step)
        .join(OpenItem, OpenItem.id == StepSent.item_id)
        .where(OpenItem.creditor_id == creditor_id, OpenItem.customer_id.is_not(None), step >= since, step <= until)
        .distinct()
    )
    firm = StepSent.document.in_(("formal_notice", "hand_over"))
    found: dict[str, Any] = {
        kind: select(Concern.customer_id, Concern.opened_on).where(
            Concern.creditor_id == creditor_id, Concern.kind == kind, Concern.opened_on >= since
        )
        for kind in ("complaint", "request")
    }
    found |= {
        "dispute": select(Dispute.customer_id, Dispute.opened_on).where(
            Dispute.creditor_id == creditor_id, Dispute.opened_on >= since
        ),
        "strike": select(Strike.customer_id, Strike.on).where(
            Strike.creditor_id == creditor_id, Strike.on >= since, Strike.withdrawn_on.is_(None)
        ),
        "our_promise_broken": select(Commitment.customer_id, Commitment.due).where(
            Commitment.creditor_id == creditor_id, Commitment.status == "broken", Commitment.due >= since
        ),
        "reminder": sent.where(~firm, StepSent.document != "courtesy"),
        "formal_notice": sent.where(firm),
        "promise_broken": select(Promise.customer_id, Promise.due).where(
            Promise.creditor_id == creditor_id, Promise.status == "broken", Promise.due >= since
        ),
        "plan_broken": select(Plan.customer_id, Plan.ended_on).where(
            Plan.creditor_id == creditor_id, Plan.status == "broken", Plan.ended_on >= since
        ),
    }
    for code, rows in found.items():
        yield from _until(code, session.execute(rows), until)


def _until(code: str, rows: Iterable[Any], until: date) -> Iterator[tuple[str, int, date]]:
    for customer_id, day in rows:
        if day is not None and day <= until:
            yield code, int(customer_id), day
