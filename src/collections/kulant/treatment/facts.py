"""The facts a decision is made from: all that is known about one customer in one currency on one day.

What is not known is left out, and unknown is never taken as bad.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from kulant.core.money import decimal_string


@dataclass(frozen=True, slots=True)
class Invoice:
    """An open invoice (or, below zero, a credit)."""

    due: date | None
    open_minor: int
    disputed_minor: int = 0


@dataclass(frozen=True, slots=True)
class Paid:
    """An invoice of the past: when it was due and when it was paid."""

    due: date
    paid: date


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter that left, or a soft treatment that was really tried."""

    document: str
    on: date | None


@dataclass(frozen=True, slots=True)
class Promise:
    """The customer's word to pay by a day; ``kept`` is unknown until somebody knows."""

    due: date | None
    kept: bool | None = None


@dataclass(frozen=True, slots=True)
class PlanFact:
    """A payment plan and the day it came to be what it is."""

    status: str
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known about one customer in one currency on one day. Amounts in minor units."""

    today: date
    country: str = "NO"
    currency: str = "NOK"
    customer_kind: str | None = None
    invoices: tuple[Invoice, ...] = ()
    history: tuple[Paid, ...] = ()
    value_minor: int | None = None
    last_contact: date | None = None
    contact_gap_days: int | None = None  # the customer's own usual (median) gap between contacts
    contact_gap_limit: int | None = None  # so many days without contact are too many; none: the usual rule
    open_complaints: int = 0
    strikes_24m: int = 0
    strikes_stop: int | None = None  # from so many on nothing automatic goes out; none: the usual rule
    unanswered_requests: int = 0  # that have waited for too long
    open_gap: bool = False  # they got less than they expected, and nobody has put it right
    hardship: bool = False
    insolvent: bool = False
    strategic: bool = False
    churn_risk: float | None = None
    grade: str | None = None  # A to D; only which outcomes are looked at depends on it
    concession_cap_minor: int | None = None  # what a concession is believed to keep, and may cost at most
    late_reason: str | None = None  # as a clerk or the customer said; none: nobody knows
    steps_sent: tuple[Sent, ...] = ()  # letters that left; calls that were made and plans offered, though unanswered
    promises: tuple[Promise, ...] = ()
    plans: tuple[PlanFact, ...] = ()
    unmatched_minor: int = 0
    fees_minor: int = 0  # fees already asked for, which could be waived
    call_tried_recently: bool = False

    @property
    def deciding_grade(self) -> str | None:
        """The grade that may be used. What a consumer is worth does not decide about them (GDPR art. 22)."""
        return None if self.customer_kind == "consumer" else self.grade


def facts_json(facts: Facts) -> dict[str, Any]:
    """The facts in the contract's JSON form, which reads back as the same facts. What is unknown is left out."""

    def money(minor: int | None) -> str | None:
        return None if minor is None else decimal_string(minor, facts.currency)

    relationship = {
        "value_12m": money(facts.value_minor),
        "last_contact": _iso(facts.last_contact),
        "contact_gap_days": facts.contact_gap_days,
        "contact_gap_limit": facts.contact_gap_limit,
        "open_complaints": facts.open_complaints,
        "strikes_24m": facts.strikes_24m,
        "strikes_stop": facts.strikes_stop,
        "unanswered_requests": facts.unanswered_requests,
        "open_gap": facts.open_gap,
        "hardship": facts.hardship,
        "insolvent": facts.insolvent,
        "strategic": facts.strategic,
        "churn_risk": facts.churn_risk,
        "grade": facts.grade,
        "concession_cap": money(facts.concession_cap_minor),
    }
    return _known(
        today=_iso(facts.today),
        country=facts.country,
        customer_kind=facts.customer_kind,
        currency=facts.currency,
        invoices=[
            _known(due=_iso(one.due), open=money(one.open_minor), disputed=money(one.disputed_minor))
            for one in facts.invoices
        ],
        history=[_known(due=_iso(one.due), paid=_iso(one.paid)) for one in facts.history],
        relationship=_known(**relationship),
        late_reason=facts.late_reason,
        steps_sent=[_known(document=one.document, date=_iso(one.on)) for one in facts.steps_sent],
        promises=[_known(due=_iso(one.due), kept=one.kept) for one in facts.promises],
        plans=[_known(status=one.status, date=_iso(one.on)) for one in facts.plans],
        unmatched_payments=money(facts.unmatched_minor),
        fees=money(facts.fees_minor),
        call_tried_recently=facts.call_tried_recently,
    )


def _known(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
