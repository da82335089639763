"""Tasks the law gives: rates to enter before a half-year begins, and claims that will soon be too old to enforce."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from kulant.core.calendar import add_months
from kulant.core.words import amount_words, day_words
from kulant.db import Act
from kulant.law.book import COUNTRIES, Law, law_book
from kulant.law.entered import Entered
from kulant.law.entries import entered
from kulant.law.limitation import due_between, last_enforceable_day, mark
from kulant.law.model import Debtor
from kulant.law.rates_due import due
from kulant.ledger.models import Customer, OpenItem
from kulant.people.models import Creditor
from kulant.relationship.service import KeyedTask, keep_tasks
from kulant.treatment.models import StepSent

_NAMED = 12  # invoices named in a task; the rest are counted


def law_tasks(act: Act, creditor: Creditor) -> int:
    """Makes and ticks off the tasks the law gives on the day; returns how many are new."""
    rows = entered(act.session)
    rates = [
        KeyedTask(key=one.key, text=one.text, due=max(one.since, act.today))
        for country in countries_used(act.session, creditor)
        for one in due(law_book(country, rows), act.today)
    ]
    old = _too_old_soon(act.session, creditor, rows, act.today)
    made = keep_tasks(act, creditor_id=creditor.id, kind="rates_due", tasks=rates)
    return made + keep_tasks(act, creditor_id=creditor.id, kind="limitation", tasks=old)


def countries_used(session: Session, creditor: Creditor) -> list[str]:
    """The countries whose law a creditor needs and Kulant has: its own, then those of its customers."""
    found = session.scalars(select(Customer.country).where(Customer.creditor_id == creditor.id).distinct())
    others = sorted({country for country in found if country} - {creditor.country})
    return [country for country in (creditor.country, *others) if country in COUNTRIES]


@dataclass(frozen=True, slots=True)
class _Old:
    """An open invoice that can no longer be enforced after a day."""

    customer_id: int
    currency: str
    number: str
    open_minor: int
    last: date
    rule: str


def _too_old_soon(session: Session, creditor: Creditor, rows: tuple[Entered, ...], today: date) -> list[KeyedTask]:
    """One task for each customer, currency, mark and month of the last days, with the invoices it is about."""
    laws = {country: law_book(country, rows) for country in countries_used(session, creditor)}
    groups: dict[tuple[int, str, date], list[_Old]] = defaultdict(list)
    for one in _old_invoices(session, creditor, laws, today):
        groups[one.customer_id, one.currency, one.last.replace(day=1)].append(one)
    tasks = []
    for invoices in groups.values():
        invoices.sort(key=lambda one: (one.last, one.number))
        months = mark(invoices[0].last, today)
        if months:
            tasks.append(_task(months, invoices, today))
    return tasks


def _old_invoices(session: Session, creditor: Creditor, laws: Mapping[str, Law], today: date) -> list[_Old]:
    """The open invoices that may be nearing their last day, in two statements whatever their number."""
    country = func.coalesce(Customer.country, creditor.country)
    nearing = and_(
        OpenItem.creditor_id == creditor.id,
        OpenItem.kind == "invoice",
        OpenItem.open_minor > 0,
        or_(false(), *(_nearing(country, law, today) for law in laws.values())),
    )
    joined = select(OpenItem, Customer.kind, country).join(Customer, OpenItem.customer_id == Customer.id)
    found = session.execute(joined.where(nearing).order_by(OpenItem.customer_id, OpenItem.id)).all()
    reminded: dict[int, list[date]] = defaultdict(list)
    steps = select(StepSent.item_id, StepSent.sent_on).join(OpenItem, StepSent.item_id == OpenItem.id)
    for item_id, sent_on in session.execute(
        steps.join(Customer, OpenItem.customer_id == Customer.id).where(nearing, StepSent.document != "courtesy")
    ):
        reminded[item_id].append(sent_on)
    return [_old(laws[where], kind, item, reminded.get(item.id, [])) for item, kind, where in found]


def _nearing(country: ColumnElement[str], law: Law, today: date) -> ColumnElement[bool]:
    between = due_between(law, today)
    return and_(country == law.country, OpenItem.due_date.between(*between)) if between else false()


def _old(law: Law, kind: str, item: OpenItem, reminded: list[date]) -> _Old:
    assert item.due_date and item.customer_id and law.file.limitation
    debtor: Debtor = "business" if kind == "business" else "consumer"
    last = last_enforceable_day(law, debtor, item.due_date, reminded)
    return _Old(item.customer_id, item.currency, item.number, item.open_minor, last, law.file.limitation.rule)


def _task(months: int, invoices: list[_Old], today: date) -> KeyedTask:
    first = invoices[0]
    named = ", ".join(one.number for one in invoices[:_NAMED])
    more = f" and {len(invoices) - _NAMED} more" if len(invoices) > _NAMED else ""
    what = f"Invoice {named}" if len(invoices) == 1 else f"Invoices {named}{more}"
    sum_open = amount_words(sum(one.open_minor for one in invoices), first.currency)
    text = (
        f"{what} ({sum_open}) can be enforced until {day_words(first.last)} at the latest, by {first.rule}. "
        f"Get the debt acknowledged in writing or go to court before."
    )
    key = f"limitation:{first.customer_id}:{first.currency}:{months}:{first.last:%Y-%m}"
    return KeyedTask(key=key, text=text, due=max(today, add_months(first.last, -1)), customer_id=first.customer_id)
