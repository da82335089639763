"""The cash forecast: every open invoice by its payer's behaviour, agreed payments by their days, summed by week.

It knows what the business date knew and nothing later. Invoices pass by a few thousand at a time, so that a million of
them need no more memory than twenty thousand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlalchemy.orm import Session

from kulant.delivery import cash_queries
from kulant.delivery.cash_asides import Agreed, Asides, asides
from kulant.people.models import Creditor
from kulant.relationship.behaviour_queries import sizes
from kulant.relationship.forecast import ENDS, WEEKS_AHEAD, Sums, Week
from kulant.relationship.lateness import Floats, Outlook, outlook
from kulant.relationship.payment_models import Method, method
from kulant.relationship.present_queries import OpenInvoices, Present, open_invoices, present


@dataclass(frozen=True, slots=True)
class Part:
    """Some invoices with what to expect of each."""

    invoices: OpenInvoices
    look: Outlook
    expected: Floats  # (rows, weeks): what each is expected to bring in each week, minor units


class CashForecast:
    """A forecast in the making: whoever goes through all of its parts finds the sums complete afterwards."""

    def __init__(self, session: Session, creditor: Creditor, today: date) -> None:
        self._session, self.creditor, self.today = session, creditor, today
        self.method: Method = method(session, creditor.id, today)
        self.asides: Asides = asides(session, creditor, today)
        self._now: Present = present(session, creditor.id, today)
        self._day_is_told = cash_queries.day_is_told(session, creditor.id, today)
        self.sums: dict[str, Sums] = {}
        for one in self.asides.agreed:
            self._add(one.currency, np.asarray([float(one.amount_minor)]), agreed_weeks(one, today)[None, :])

    def parts(self, *, named: bool = False) -> Iterator[Part]:
        """Every open invoice, due or not, once; with its number and its customer's where asked for."""
        for invoices in open_invoices(self._session, self.creditor.id, self.today, named=named):
            yield self._part(invoices)

    def weeks(self, currency: str, width: float) -> list[Week]:
        """The weeks in one currency, once all parts went by."""
        return self.sums.get(currency, Sums.empty()).weeks(width)

    def week_begins(self, week: int) -> date:
        """The first day of a week; the first of all begins today."""
        return self.today + timedelta(days=7 * week)

    @property
    def currencies(self) -> list[str]:
        """The creditor's own first where there is anything in it, then the one with most invoices."""
        return sorted(self.sums, key=lambda one: (one != self.creditor.currency, -self.sums[one].invoices, one))

    def _part(self, invoices: OpenInvoices) -> Part:
        terms = np.maximum(invoices.due - invoices.issued, 0)
        curves, rows = self.method.curves(
            self._now,
            self._now.rows(invoices.customer_ids),
            size=sizes(invoices.amount_minor, invoices.currencies, self.method.usual),
            terms=terms,
        )
        overdue = self.today.toordinal() - invoices.due
        look = outlook(curves, rows, overdue=overdue, terms=terms, ends=ENDS, day_is_told=self._day_is_told)
        counted, disputed = invoices.open_minor.astype(np.float64), np.zeros(len(invoices.item_ids))
        if self.asides.minor:
            ids = invoices.item_ids.tolist()
            counted -= np.asarray([self.asides.minor.get(one, 0) for one in ids])
            disputed += np.asarray([self.asides.disputed.get(one, 0) for one in ids])
        waiting = dispute_weeks(self.asides.dispute_ends)
        of = np.asarray(invoices.currencies)
        for currency in sorted(set(invoices.currencies)):
            its = of == currency
            self._add(currency, counted[its], look.paid[its])
            self._add(currency, disputed[its], np.broadcast_to(waiting, (int(its.sum()), WEEKS_AHEAD)))
            self.sums[currency].invoices += int(its.sum())
            self.sums[currency].open_minor += int(invoices.open_minor[its].sum())
        return Part(invoices, look, counted[:, None] * look.paid + disputed[:, None] * waiting)

    def _add(self, currency: str, amounts: Floats, paid: Floats) -> None:
        self.sums.setdefault(currency, Sums.empty()).add(amounts, paid)


def agreed_weeks(one: Agreed, today: date) -> Floats:
    """The probability that an agreed payment comes in each week; one that is due already, in the first."""
    weeks = np.zeros(WEEKS_AHEAD)
    week = max(0, (one.due - today).days) // 7
    if week < WEEKS_AHEAD:
        weeks[week] = one.chance
    return weeks


def dispute_weeks(chance: float) -> Floats:
    """The probability that a disputed part is paid in each week, when so many of those left are paid every week."""
    return np.asarray(chance * (1 - chance) ** np.arange(WEEKS_AHEAD), dtype=np.float64)
