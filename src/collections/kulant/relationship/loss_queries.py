"""SELECTs about customers who left: who has fallen silent, who bought again, what they had left us."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from kulant.ledger.models import OpenItem
from kulant.relationship.leaving import Silent
from kulant.relationship.models import Score, Task
from kulant.relationship.models_care import Loss
from kulant.relationship.models_view import Standing
from kulant.relationship.pattern import Parameters
from kulant.relationship.purchases import DEFAULT_MARGIN_SHARE

_AT_A_TIME = 5_000
_YEAR = timedelta(days=365)


def silent_customers(session: Session, creditor_id: int, *, below: float, today: date) -> list[Silent]:
    """Who is likely to have left and is not counted as lost already.

    Whoever was said to be a customer still is left alone until they have bought since.
    """
    counted = exists().where(Loss.customer_id == Score.customer_id, Loss.returned_on.is_(None))
    rows = session.execute(
        select(Score.customer_id, Score.currency, Score.grade, Score.purchases, Score.p_alive, Score.model)
        .where(Score.creditor_id == creditor_id, Score.scored_on <= today, Score.p_alive < below, ~counted)
        .order_by(Score.customer_id)
    )
    found = [
        Silent(
            customer_id,
            currency,
            grade,
            purchases,
            date.fromisoformat(model["first_purchase"]),
            date.fromisoformat(model["last_purchase"]),
            alive,
            Parameters(**model["parameters"]),
        )
        for customer_id, currency, grade, purchases, alive, model in rows
    ]
    vouched = _vouched_for(session, creditor_id) if found else {}
    return [one for one in found if vouched.get(one.customer_id, date.min) <= one.last]


def _vouched_for(session: Session, creditor_id: int) -> dict[int, date]:
    """The day each customer was last counted as back, by customer."""
    rows = session.execute(
        select(Loss.customer_id, func.max(Loss.returned_on))
        .where(Loss.creditor_id == creditor_id, Loss.returned_on.is_not(None))
        .group_by(Loss.customer_id)
    )
    return {customer_id: last for customer_id, last in rows if last is not None}


def returns(session: Session, creditor_id: int, *, today: date, run_out: timedelta) -> list[tuple[Loss, date]]:
    """Losses whose customer has bought since, with the first day they did."""
    bought = func.coalesce(OpenItem.issue_date, OpenItem.due_date)
    open_losses = and_(Loss.creditor_id == creditor_id, Loss.returned_on.is_(None))
    invoices = and_(
        OpenItem.customer_id == Loss.customer_id, OpenItem.kind == "invoice", bought > Loss.lost_on, bought <= today
    )
    rows = session.execute(select(Loss.id, bought).join(OpenItem, invoices).where(open_losses))
    days: dict[int, list[date]] = {}
    for loss_id, day in rows:
        days.setdefault(loss_id, []).append(day)
    found = []
    for loss in session.scalars(select(Loss).where(Loss.id.in_(days)).order_by(Loss.id)) if days else ():
        counts = [day for day in days[loss.id] if loss.how == "silence" or day > loss.lost_on + run_out]
        if counts:
            found.append((loss, min(counts)))
    return found


def margins_of_last_year(session: Session, until: Mapping[int, tuple[str, date]]) -> dict[int, Decimal]:
    """What each customer left in the year up to a day of their own, in a currency of their own, in minor units.

    A margin that nobody gave is estimated as it is for their value.
    """
    found = dict.fromkeys(until, Decimal(0))
    bought = func.coalesce(OpenItem.issue_date, OpenItem.due_date)
    for ids in _parts(sorted(until)):
        rows = session.execute(
            select(
                OpenItem.customer_id, OpenItem.currency, OpenItem.kind, bought, OpenItem.amount_minor,
                OpenItem.margin_minor,
            ).where(OpenItem.customer_id.in_(ids), OpenItem.kind.in_(("invoice", "credit_note")), bought.is_not(None))
        )  # fmt: skip
        for customer_id, currency, kind, day, amount, margin in rows:
            if customer_id is None:
                continue
            own, last = until[customer_id]
            if currency == own and last - _YEAR < day <= last:
                found[customer_id] += margin_of(kind, amount, margin)
    return found


def margin_of(kind: str, amount_minor: int, margin_minor: int | None) -> Decimal:
    """What a document left, in minor units: its margin, or the usual share of it where nobody gave one."""
    if margin_minor is None:
        return amount_minor * DEFAULT_MARGIN_SHARE
    return Decimal(-abs(margin_minor) if kind == "credit_note" else margin_minor)


def before_break_even(session: Session, customer_ids: Collection[int]) -> set[int]:
    """Who of them has not yet earned back what winning them cost."""
    found: set[int] = set()
    for ids in _parts(sorted(customer_ids)):
        early = Standing.break_even.in_(("not_yet", "lost_before"))
        found.update(session.scalars(select(Standing.customer_id).where(Standing.customer_id.in_(ids), early)))
    return found


def least_values(session: Session, creditor_id: int) -> dict[str, dict[str, int]]:
    """The least that customers of each grade are worth in a year, by currency and grade."""
    rows = session.execute(
        select(Score.currency, Score.grade, func.min(Score.value_12m_minor))
        .where(Score.creditor_id == creditor_id, Score.value_12m_minor > 0)
        .group_by(Score.currency, Score.grade)
    )
    found: dict[str, dict[str, int]] = {}
    for currency, grade, least in rows:
        found.setdefault(currency, {})[grade] = least
    return found


def open_loss(session: Session, customer_id: int) -> Loss | None:
    """The customer's loss, unless they came back."""
    return session.scalar(
        select(Loss)
        .where(Loss.customer_id == customer_id, Loss.returned_on.is_(None))
        .order_by(Loss.id.desc())
        .limit(1)
    )


def score_of(session: Session, customer_id: int) -> Score | None:
    """What is known of the customer's value."""
    return session.get(Score, customer_id)


def open_tasks(session: Session, creditor_id: int, keys: Collection[str]) -> Sequence[Task]:
    """The tasks of those keys that nobody has ticked off."""
    return session.scalars(
        select(Task).where(Task.creditor_id == creditor_id, Task.key.in_(keys), Task.done_on.is_(None))
    ).all()


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _AT_A_TIME] for start in range(0, len(ids), _AT_A_TIME)]
