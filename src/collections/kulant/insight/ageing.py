"""The ageing report: what is owed by age, per customer and currency, each figure with the items behind it.

Ages are contractual, by the due date, whatever plan a customer pays by; what runs by plans stands beside in both ages.
Today's figures come from the summary kept; those of an earlier day from the
entries alone. Sums in several currencies stand side by side, with the creditor's own beside them where a rate is known.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.money import decimal_string
from kulant.insight.plan_ages import PlanAge, age_json, plan_ages, summed
from kulant.ledger import balances, exchange
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.rules import BUCKETS, Ageing, bucket, days_late
from kulant.people.models import Creditor

CREDITS = "credits"
AGES = (*BUCKETS, CREDITS)


@dataclass(frozen=True, slots=True)
class Behind:
    """An item behind a figure, with what of it was open on the day."""

    item_id: int
    customer_number: str | None
    customer_name: str | None
    kind: str
    number: str
    currency: str
    due: date | None
    days_late: int
    age: str
    open_minor: int


@dataclass(frozen=True, slots=True)
class Line:
    """One customer in one currency."""

    customer_id: int
    number: str
    name: str
    currency: str
    items: int
    ageing: Ageing
    oldest_due: date | None


@dataclass(frozen=True, slots=True)
class Home:
    """A sum in the creditor's own currency; no amount where no rate is known."""

    currency: str
    minor: int | None
    rate: str | None
    rate_date: date | None
    because: str | None


@dataclass(frozen=True, slots=True)
class Sum:
    """All customers in one currency; ``unknown_minor`` is money nobody is known to have paid, below zero."""

    currency: str
    customers: int
    items: int
    ageing: Ageing
    home: Home | None
    unknown_minor: int


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a day."""

    day: date
    creditor: Creditor
    sums: list[Sum]
    lines: list[Line]
    plans: list[PlanAge]  # that run now; none for an earlier day


def ageing_report(session: Session, creditor: Creditor, day: date, *, now: bool = True) -> Report:
    """The ageing of all customers on a day, largest balances first, in a fixed number of statements.

    ``now``: the day is the business date, so that the plans that run stand beside it.
    """
    found = balances.on_day(session, creditor.id, day)
    names = {
        row.id: (row.number, row.name)
        for row in session.execute(
            select(Customer.id, Customer.number, Customer.name).where(Customer.creditor_id == creditor.id)
        )
    }
    lines = [
        Line(one.customer_id, *names[one.customer_id], one.currency, one.items, one.ageing, one.oldest_due)
        for one in found
    ]
    lines.sort(key=lambda line: (line.currency != creditor.currency, line.currency, -line.ageing.open, line.number))
    ages = plan_ages(session, creditor.id, day) if now else []
    return Report(day, creditor, _sums(session, creditor, day, lines), lines, ages)


def _sums(session: Session, creditor: Creditor, day: date, lines: Sequence[Line]) -> list[Sum]:
    unknown = _of_nobody(session, creditor, day)
    currencies = sorted(
        {line.currency for line in lines} | set(unknown), key=lambda one: (one != creditor.currency, one)
    )
    homes = home_amounts(
        session,
        creditor,
        day,
        {one: sum(line.ageing.open for line in lines if line.currency == one) for one in currencies},
    )
    sums = []
    for currency in currencies:
        its = [line for line in lines if line.currency == currency]
        parts = zip(*((*line.ageing.buckets, line.ageing.credits) for line in its), strict=True)
        sums.append(
            Sum(
                currency,
                len({line.customer_id for line in its}),
                sum(line.items for line in its),
                Ageing(*map(sum, parts)) if its else Ageing(),
                homes.get(currency),
                unknown.get(currency, 0),
            )
        )
    return sums


def _of_nobody(session: Session, creditor: Creditor, day: date) -> dict[str, int]:
    then = balances.items_at(creditor.id, day).where(OpenItem.customer_id.is_(None)).subquery()
    rows = session.execute(select(then.c.currency, func.sum(then.c.minor)).group_by(then.c.currency))
    return {currency: int(minor) for currency, minor in rows}


def home_amounts(session: Session, creditor: Creditor, day: date, sums: dict[str, int]) -> dict[str, Home]:
    """What sums in other currencies were worth in the creditor's own, each by itself, by currency."""
    foreign = {currency: minor for currency, minor in sums.items() if currency != creditor.currency}
    rates = exchange.rates_on(session, creditor, foreign, day) if foreign else {}
    found = {}
    for currency, minor in foreign.items():
        rate = rates.get(currency)
        found[currency] = (
            Home(
                creditor.currency,
                exchange.in_home(minor, currency, creditor.currency, rate.millionths),
                exchange.rate_text(rate.millionths),
                rate.on,
                None,
            )
            if rate
            else Home(creditor.currency, None, None, None, exchange.unknown(currency, day))
        )
    return found


def items_behind(
    session: Session,
    creditor: Creditor,
    day: date,
    *,
    currency: str | None = None,
    customer_ids: Collection[int] | None = None,
    age: str | None = None,
) -> list[Behind]:
    """The items a figure is the sum of: of a currency, of some customers, of one age; the oldest due first."""
    if age is not None and age not in AGES:
        raise Refusal("no_such_age", f"there is no age {age!r}; write one of {', '.join(AGES)}")
    chosen = balances.items_at(creditor.id, day, customer_ids)
    if customer_ids is None:
        chosen = chosen.where(OpenItem.customer_id.is_not(None))
    if currency is not None:
        chosen = chosen.where(OpenItem.currency == currency)
    then = chosen.subquery()
    rows = session.execute(
        select(OpenItem, then.c.minor, Customer.number, Customer.name)
        .join(then, then.c.item_id == OpenItem.id)
        .outerjoin(Customer, Customer.id == OpenItem.customer_id)
        .order_by(Customer.number, OpenItem.currency, OpenItem.due_date, OpenItem.id)
    )
    found = [_behind(item, int(minor), number, name, day) for item, minor, number, name in rows]
    return [one for one in found if age in (None, one.age)]


def _behind(item: OpenItem, minor: int, number: str | None, name: str | None, day: date) -> Behind:
    age = CREDITS if minor < 0 else bucket(item.due_date, day)
    late = days_late(item.due_date, day) if minor > 0 else 0
    return Behind(item.id, number, name, item.kind, item.number, item.currency, item.due_date, late, age, minor)


def report_json(report: Report, behind: Sequence[Behind] | None = None) -> dict[str, Any]:
    """The report as ``kulant report ageing --json`` prints it; with ``behind``, the items of every figure."""
    traced: dict[tuple[str, str], list[Behind]] = {}
    for one in behind or ():
        traced.setdefault((one.customer_number or "", one.currency), []).append(one)
    in_plans: dict[tuple[str, str], list[PlanAge]] = {}
    for plan in report.plans:
        in_plans.setdefault((plan.customer, plan.currency), []).append(plan)
    return {
        "report": "ageing",
        "creditor": report.creditor.code,
        "date": report.day.isoformat(),
        "home_currency": report.creditor.currency,
        "currencies": [_sum_json(one) | {"in_plans": summed(report.plans, one.currency)} for one in report.sums],
        "customers": [
            {"customer": line.number, "name": line.name}
            | _figures_json(line.currency, line.items, line.ageing)
            | {"oldest_due": line.oldest_due.isoformat() if line.oldest_due else None}
            | {"in_plans": [age_json(one) for one in in_plans.get((line.number, line.currency), ())]}
            | ({} if behind is None else {"trace": [behind_json(one) for one in traced[line.number, line.currency]]})
            for line in report.lines
        ],
    }


def _figures_json(currency: str, items: int, ageing: Ageing) -> dict[str, Any]:
    return {
        "currency": currency,
        "items": items,
        "open": decimal_string(ageing.open, currency),
        "overdue": decimal_string(ageing.overdue, currency),
        "ageing": {name: decimal_string(minor, currency) for name, minor in zip(BUCKETS, ageing.buckets, strict=True)},
        "credits": decimal_string(ageing.credits, currency),
    }


def _sum_json(one: Sum) -> dict[str, Any]:
    home = one.home
    return (
        {"customers": one.customers}
        | _figures_json(one.currency, one.items, one.ageing)
        | {
            "unknown_payers": decimal_string(one.unknown_minor, one.currency),
            "in_home_currency": home
            and {
                "currency": home.currency,
                "open": None if home.minor is None else decimal_string(home.minor, home.currency),
                "rate": home.rate,
                "rate_date": home.rate_date.isoformat() if home.rate_date else None,
                "because": home.because,
            },
        }
    )


def behind_json(one: Behind) -> dict[str, Any]:
    """An item behind a figure."""
    return {
        "item": one.number,
        "id": one.item_id,
        "kind": one.kind,
        "due": one.due.isoformat() if one.due else None,
        "days_late": one.days_late,
        "age": one.age,
        "open": decimal_string(one.open_minor, one.currency),
    }


def owed_json(session: Session, creditor: Creditor, day: date) -> list[dict[str, Any]]:
    """The items that receivables are the sum of, as the reports on days outstanding trace them."""
    return [
        {
            "item": one.number,
            "customer": one.customer_number,
            "currency": one.currency,
            "due": one.due.isoformat() if one.due else None,
            "age": one.age,
            "open": decimal_string(one.open_minor, one.currency),
        }
        for one in items_behind(session, creditor, day)
        if one.open_minor > 0
    ]
