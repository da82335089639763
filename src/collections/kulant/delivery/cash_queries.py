"""SELECTs behind the cash forecast: what will not be paid by habit, what was agreed, what came of earlier forecasts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from kulant.ledger.bulk import among
from kulant.ledger.models import Dispute, Entry, OpenItem
from kulant.plans.models import Instalment, Plan, PlanItem
from kulant.relationship.ledger_then import Ledger
from kulant.relationship.models import Promise
from kulant.relationship.models_view import ForecastMade
from kulant.treatment.models import StepSent


def _not_over(ended: InstrumentedAttribute[date | None], today: date) -> ColumnElement[bool]:
    return or_(ended.is_(None), ended > today)


def anything_open(session: Session, creditor_id: int) -> bool:
    """Whether there is anything to foretell."""
    there = select(OpenItem.id).where(OpenItem.creditor_id == creditor_id, OpenItem.open_minor > 0)
    return session.scalar(there.limit(1)) is not None


def disputed(session: Session, creditor_id: int, today: date) -> dict[int, int | None]:
    """The disputed part of each item, none for all of it."""
    rows = session.execute(
        select(Dispute.item_id, Dispute.amount_minor).where(
            Dispute.creditor_id == creditor_id, Dispute.opened_on <= today, _not_over(Dispute.resolved_on, today)
        )
    )
    return dict(rows.all())


def weeks_disputed(ledger: Ledger) -> tuple[int, float]:
    """How many invoices were paid after they had been disputed, and the weeks all of them had waited by then."""
    rows = ledger.session.execute(
        ledger.items(Dispute.opened_on, ledger.settled_on)
        .join(Dispute, Dispute.item_id == OpenItem.id)
        .where(Dispute.opened_on <= ledger.today, OpenItem.id.not_in(ledger.taken_back()))
    )
    paid, days = 0, 0
    for opened, settled in rows:
        paid += settled is not None and settled >= opened
        days += max(0, ((settled or ledger.today) - opened).days)
    return paid, days / 7


def handed_over(session: Session, creditor_id: int, today: date) -> set[int]:
    """Items somebody else collects."""
    return set(
        session.scalars(
            select(StepSent.item_id)
            .join(OpenItem, OpenItem.id == StepSent.item_id)
            .where(OpenItem.creditor_id == creditor_id, StepSent.document == "hand_over", StepSent.sent_on <= today)
        )
    )


def plans(session: Session, creditor_id: int, today: date) -> Sequence[Plan]:
    """Plans being paid on the day."""
    return session.scalars(
        select(Plan)
        .where(Plan.creditor_id == creditor_id, Plan.accepted_on <= today, _not_over(Plan.ended_on, today))
        .order_by(Plan.id)
    ).all()


def shares(session: Session, plan_ids: Collection[int]) -> Sequence[PlanItem]:
    """What each plan covers."""
    chosen = among(session, PlanItem.plan_id, plan_ids)
    return session.scalars(select(PlanItem).where(chosen).order_by(PlanItem.plan_id, PlanItem.item_id)).all()


def instalments(session: Session, plan_ids: Collection[int]) -> Sequence[Instalment]:
    """Their payments, the last of each plan first."""
    chosen = among(session, Instalment.plan_id, plan_ids)
    return session.scalars(
        select(Instalment).where(chosen).order_by(Instalment.plan_id, Instalment.number.desc())
    ).all()


def promises(session: Session, creditor_id: int, today: date) -> Sequence[Promise]:
    """Promises nobody knew on the day to be kept or broken, oldest first."""
    return session.scalars(
        select(Promise)
        .where(Promise.creditor_id == creditor_id, Promise.made_on <= today, _not_over(Promise.settled_on, today))
        .order_by(Promise.made_on, Promise.id)
    ).all()


def plans_ended(session: Session, creditor_id: int, today: date) -> tuple[int, int]:
    """How many plans were kept, and how many were kept or broken."""
    return _kept(session, Plan, "completed", Plan.ended_on, creditor_id, today)


def promises_ended(session: Session, creditor_id: int, today: date) -> tuple[int, int]:
    """How many promises were kept, and how many were kept or broken."""
    return _kept(session, Promise, "kept", Promise.settled_on, creditor_id, today)


def _kept(
    session: Session,
    table: type[Plan] | type[Promise],
    good: str,
    ended: InstrumentedAttribute[date | None],
    creditor_id: int,
    today: date,
) -> tuple[int, int]:
    its = (table.creditor_id == creditor_id, table.status.in_((good, "broken")), ended <= today)
    kept, all_of_them = session.execute(
        select(func.coalesce(func.sum(case((table.status == good, 1), else_=0)), 0), func.count()).where(*its)
    ).one()
    return int(kept), int(all_of_them)


def credits(ledger: Ledger) -> dict[tuple[int, str], int]:
    """Money and credit notes not yet used, by customer and currency, as amounts above zero."""
    minor = func.sum(ledger.open_minor)
    rows = ledger.session.execute(
        ledger.items(OpenItem.customer_id, OpenItem.currency, minor)
        .where(ledger.open_minor < 0)
        .group_by(OpenItem.customer_id, OpenItem.currency)
    )
    return {(customer_id, currency): -int(left) for customer_id, currency, left in rows}


def paid_since(session: Session, creditor_id: int, made: Promise, today: date) -> int:
    """What the customer has paid since a promise was made."""
    return -int(
        session.scalar(
            select(func.coalesce(func.sum(OpenItem.amount_minor), 0)).where(
                OpenItem.creditor_id == creditor_id,
                OpenItem.customer_id == made.customer_id,
                OpenItem.currency == made.currency,
                OpenItem.series == "payment",
                OpenItem.issue_date.between(made.made_on, today),
            )
        )
        or 0
    )


class OpenRow(NamedTuple):
    """An open invoice."""

    id: int
    customer_id: int
    currency: str
    due: date
    minor: int


def open_of(
    ledger: Ledger, column: InstrumentedAttribute[int] | InstrumentedAttribute[int | None], ids: Collection[int]
) -> list[OpenRow]:
    """Open invoices whose id or customer is among these, the oldest due first."""
    due = func.coalesce(OpenItem.due_date, OpenItem.issue_date, ledger.today)
    rows = ledger.session.execute(
        ledger.items(OpenItem.id, OpenItem.customer_id, OpenItem.currency, due, ledger.open_minor)
        .where(OpenItem.kind == "invoice", ledger.open_minor > 0, among(ledger.session, column, ids))
        .order_by(due, OpenItem.id)
    )
    return [OpenRow(*row) for row in rows]


def open_sums(session: Session, creditor_id: int) -> dict[str, tuple[int, int]]:
    """How many invoices are open now, and their sum, by currency."""
    rows = session.execute(
        select(OpenItem.currency, func.count(), func.sum(OpenItem.open_minor))
        .where(OpenItem.creditor_id == creditor_id, OpenItem.kind == "invoice", OpenItem.open_minor > 0)
        .group_by(OpenItem.currency)
    )
    return {currency: (int(count), int(minor)) for currency, count, minor in rows}


def day_is_told(session: Session, creditor_id: int, today: date) -> bool:
    """Whether payments of the day itself are known already."""
    there = select(OpenItem.id).where(
        OpenItem.creditor_id == creditor_id, OpenItem.series == "payment", OpenItem.issue_date == today
    )
    return session.scalar(there.limit(1)) is not None


def newest_entry(session: Session) -> int:
    """The number of the newest entry of all."""
    return session.scalar(select(func.max(Entry.id))) or 0


def made(session: Session, creditor_id: int, *, since: date, until: date) -> Sequence[ForecastMade]:
    """Forecasts made in a span of days, the newest first."""
    return session.scalars(
        select(ForecastMade)
        .where(ForecastMade.creditor_id == creditor_id, ForecastMade.made_on.between(since, until))
        .order_by(ForecastMade.made_on.desc(), ForecastMade.currency)
    ).all()


def came(session: Session, forecast: ForecastMade, first: date, last: date) -> dict[date, int]:
    """What was paid, day by day, on the invoices that were there when the forecast was made."""
    money = aliased(OpenItem)
    rows = session.execute(
        select(Entry.on, -func.sum(Entry.amount_minor))
        .join(OpenItem, OpenItem.id == Entry.item_id)
        .join(money, money.id == Entry.against_item_id)
        .where(
            Entry.creditor_id == forecast.creditor_id,
            Entry.on.between(first, last),
            Entry.id > forecast.ledger_mark,
            OpenItem.kind == "invoice",
            OpenItem.currency == forecast.currency,
            or_(OpenItem.issue_date.is_(None), OpenItem.issue_date <= forecast.made_on),
            money.series == "payment",
        )
        .group_by(Entry.on)
    )
    return {on: int(minor) for on, minor in rows}
