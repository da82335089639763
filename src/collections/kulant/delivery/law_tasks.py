"""Tasks the law gives: rates to enter before a half-year begins, and claims that will soon be too old to enforce."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.calendar import add_months
from kulant.core.words import amount_words, day_words
from kulant.db import Act
from kulant.law.book import COUNTRIES, Law, law_book
from kulant.law.entries import entered
from kulant.law.limitation import due_between, last_enforceable_day, mark
from kulant.law.model import Debtor
from kulant.law.rates_due import due
from kulant.ledger.models import Customer, OpenItem
from kulant.people.models import Creditor
from kulant.relationship.tasks import KeyedTask, keep_tasks
from kulant.treatment.models import StepSent

_NAMED = 12  # invoices named in a task; the rest are counted


def law_tasks(act: Act, creditor: Creditor) -> int:
    """Makes and ticks off the tasks the law gives on the day; returns how many are new.

    The law is that of the creditor's country, as for all that letters ask for.
    """
    rates: list[KeyedTask] = []
    old: list[KeyedTask] = []
    if creditor.country in COUNTRIES:
        law = law_book(creditor.country, entered(act.session))
        rates = [KeyedTask(key=one.key, text=one.text, due=max(one.since, act.today)) for one in due(law, act.today)]
        old = _too_old_soon(act.session, creditor, law, act.today)
    made = keep_tasks(act, creditor_id=creditor.id, kind="rates_due", tasks=rates)
    return made + keep_tasks(act, creditor_id=creditor.id, kind="limitation", tasks=old)


@dataclass(frozen=True, slots=True)
class _Old:
    """An open invoice that can no longer be enforced after a day."""

    customer_id: int
    currency: str
    number: str
    open_minor: int
    last: date


def _too_old_soon(session: Session, creditor: Creditor, law: Law, today: date) -> list[KeyedTask]:
    """One task for each customer, currency, mark and month of the last days, with the invoices it is about."""
    rule, between = law.file.limitation, due_between(law, today)
    if rule is None or between is None:
        return []
    groups: dict[tuple[int, str, date], list[_Old]] = defaultdict(list)
    for one in _old_invoices(session, creditor, law, between):
        groups[one.customer_id, one.currency, one.last.replace(day=1)].append(one)
    tasks = []
    for invoices in groups.values():
        invoices.sort(key=lambda one: (one.last, one.number))
        months = mark(invoices[0].last, today)
        if months:
            tasks.append(_task(months, invoices, rule.rule, today))
    return tasks


def _old_invoices(session: Session, creditor: Creditor, law: Law, between: tuple[date, date]) -> list[_Old]:
    """The open invoices that may be nearing their last day, in two statements whatever their number."""
    nearing = (
        OpenItem.creditor_id == creditor.id,
        OpenItem.kind == "invoice",
        OpenItem.open_minor > 0,
        OpenItem.due_date.between(*between),
    )
    joined = select(OpenItem, Customer.kind).join(Customer, OpenItem.customer_id == Customer.id)
    found = session.execute(joined.where(*nearing).order_by(OpenItem.customer_id, OpenItem.id)).all()
    reminded: dict[int, list[date]] = defaultdict(list)
    steps = select(StepSent.item_id, StepSent.sent_on).join(OpenItem, StepSent.item_id == OpenItem.id)
    for item_id, sent_on in session.execute(steps.where(*nearing, StepSent.document != "courtesy")):
        reminded[item_id].append(sent_on)
    return [_old(law, kind, item, reminded.get(item.id, [])) for item, kind in found]


def _old(law: Law, kind: str, item: OpenItem, reminded: list[date]) -> _Old:
    assert item.due_date and item.customer_id
    debtor: Debtor = "business" if kind == "business" else "consumer"
    last = last_enforceable_day(law, debtor, item.due_date, reminded)
    return _Old(item.customer_id, item.currency, item.number, item.open_minor, last)


def _task(months: int, invoices: list[_Old], rule: str, today: date) -> KeyedTask:
    first = invoices[0]
    named = ", ".join(one.number for one in invoices[:_NAMED])
    more = f" and {len(invoices) - _NAMED} more" if len(invoices) > _NAMED else ""
    what = f"Invoice {named}" if len(invoices) == 1 else f"Invoices {named}{more}"
    sum_open = amount_words(sum(one.open_minor for one in invoices), first.currency)
    text = (
        f"{what} ({sum_open}) can be enforced until {day_words(first.last)} at the latest, by {rule}. "
        f"Get the debt acknowledged in writing or go to court before."
    )
    key = f"limitation:{first.customer_id}:{first.currency}:{months}:{first.last:%Y-%m}"
    return KeyedTask(key=key, text=text, due=max(today, add_months(first.last, -1)), customer_id=first.customer_id)
