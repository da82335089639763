"""Reading facts from JSON: quickly, and with refusals that name the key.

An absent key (or ``null``) means unknown. Keys not known here are passed over, so that a newer caller can talk to an
older Kulant.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import NoReturn

from kulant.core.errors import Refusal
from kulant.core.money import minor_digits
from kulant.relationship.why_late import CODES, UNKNOWN
from kulant.treatment.facts import Facts, Invoice, Paid, PlanFact, Promise, Sent
from kulant.treatment.priors import FIRMNESS, GRADES

PLAN_STATUSES = frozenset(
    ["offered", "accepted", "active", "late", "broken", "completed", "declined", "expired", "cancelled", "renegotiated"]
)
_KINDS = frozenset(("business", "consumer"))
_CURRENCY_OF = {"NO": "NOK", "SE": "SEK", "DK": "DKK", "GB": "GBP", "IS": "ISK", "US": "USD"}

_AMOUNT = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,20}))?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_LARGEST_COUNT = 1_000_000


def read_facts(data: object, *, default_today: date | None = None) -> Facts:
    """Facts from one JSON object. ``default_today`` is the business date for facts that name none."""
    if not isinstance(data, dict):
        raise Refusal("bad_facts", "The facts must be a JSON object, or an array of objects.")
    top = _Object(data, "", 2)
    country = top.code("country", 2) or "NO"
    currency = top.code("currency", 3) or _CURRENCY_OF.get(country, "EUR" if "country" in data else "NOK")
    digits = minor_digits(currency)
    top = _Object(data, "", digits)
    today = top.day("today") or default_today
    if today is None:
        top.refuse("today", "is missing; give the business date, e.g. 2026-11-22")
    relation = top.part("relationship")
    return Facts(
        today=today,
        country=country,
        currency=currency,
        customer_kind=top.word("customer_kind", _KINDS),
        invoices=_invoices(top, today),
        history=_history(top),
        value_minor=relation.amount("value_12m"),
        last_contact=relation.day("last_contact"),
        contact_gap_days=relation.count("contact_gap_days"),
        contact_gap_limit=relation.count("contact_gap_limit"),
        open_complaints=relation.count("open_complaints") or 0,
        strikes_24m=relation.count("strikes_24m") or 0,
        strikes_stop=relation.count("strikes_stop"),
        unanswered_requests=relation.count("unanswered_requests") or 0,
        open_gap=relation.truth("open_gap") or False,
        hardship=relation.truth("hardship") or False,
        insolvent=relation.truth("insolvent") or False,
        strategic=relation.truth("strategic") or False,
        churn_risk=relation.share("churn_risk"),
        grade=relation.word("grade", GRADES),
        concession_cap_minor=relation.limit("concession_cap"),
        late_reason=_reason(top),
        steps_sent=tuple(_sent(step) for step in top.parts("steps_sent")),
        promises=_promises(top),
        plans=tuple(_plan(plan) for plan in top.parts("plans")),
        unmatched_minor=top.positive("unmatched_payments"),
        fees_minor=top.positive("fees"),
        call_tried_recently=top.truth("call_tried_recently") or False,
    )


def _reason(top: _Object) -> str | None:
    said = top.word("late_reason", CODES)
    return None if said == UNKNOWN else said


def _invoices(top: _Object, today: date) -> tuple[Invoice, ...]:
    """Those issued by today; an amount left out counts as nothing owed."""
    invoices = []
    for row in top.parts("invoices"):
        amount = row.amount("amount")
        still_open = row.amount("open")
        issued = row.day("issued")
        disputed = row.positive("disputed")
        due = row.day("due")
        if issued is None or issued <= today:
            owed = still_open if still_open is not None else amount or 0
            invoices.append(Invoice(due, owed, disputed))
    return tuple(invoices)


def _history(top: _Object) -> tuple[Paid, ...]:
    """Payments with both days known; without one of them nothing is known about habit."""
    rows = []
    for row in top.parts("history"):
        due, paid = row.day("due"), row.day("paid")
        row.amount("amount")
        if due is not None and paid is not None:
            rows.append(Paid(due, paid))
    return tuple(rows)


def _sent(row: _Object) -> Sent:
    document = row.word("document", FIRMNESS)
    if document is None:
        row.refuse("document", "is missing; say which letter was sent, e.g. reminder")
    return Sent(document, row.day("date"))


def _promises(top: _Object) -> tuple[Promise, ...]:
    promises = []
    for row in top.parts("promises"):
        row.amount("amount")
        promises.append(Promise(row.day("due"), row.truth("kept")))
    return tuple(promises)


def _plan(row: _Object) -> PlanFact:
    status = row.word("status", PLAN_STATUSES)
    if status is None:
        row.refuse("status", "is missing; say how the plan stands, e.g. active")
    return PlanFact(status, row.day("date"))


@lru_cache(maxsize=16_384)  # the facts of a day name the same days again and again
def _day(text: str) -> date | None:
    """The day written as 2026-11-22; none for another way of writing, or a year out of reach."""
    if not _DATE.fullmatch(text):
        return None
    day = date.fromisoformat(text)
    return day if _FIRST_YEAR <= day.year <= _LAST_YEAR else None


class _Object:
    """One JSON object being read, knowing where it stands so that a refusal can name the key."""

    __slots__ = ("_data", "_digits", "_where")

    def __init__(self, data: dict[str, object], where: str, digits: int) -> None:
        self._data = data
        self._where = where
        self._digits = digits

    def refuse(self, key: str, why: str) -> NoReturn:
        raise Refusal("bad_facts", f"{self._where}{key} {why}.")

    def part(self, key: str) -> _Object:
        found = self._data.get(key)
        if found is None:
            found = {}
        if not isinstance(found, dict):
            self.refuse(key, "must be an object")
        return _Object(found, f"{key}.", self._digits)

    def parts(self, key: str) -> list[_Object]:
        found = self._data.get(key)
        if found is None:
            return []
        if not isinstance(found, list):
            self.refuse(key, "must be a list")
        rows = []
        for n, row in enumerate(found):
            if not isinstance(row, dict):
                self.refuse(f"{key}[{n}]", "must be an object")
            rows.append(_Object(row, f"{key}[{n}].", self._digits))
        return rows

    def day(self, key: str) -> date | None:
        found = self._data.get(key)
        if found is None:
            return None
        if isinstance(found, str):
            try:
                day = _day(found)
            except ValueError:
                self.refuse(key, f"is {found}, a day that does not exist")
            if day is not None:
                return day
        self.refuse(key, f"is {_shown(found)}; write a date as 2026-11-22")

    def amount(self, key: str) -> int | None:
        """Minor units of a decimal string (a JSON number is read as it is written)."""
        found = self._data.get(key)
        if found is None:
            return None
        if isinstance(found, int | float) and not isinstance(found, bool):
            found = repr(found)
        match = _AMOUNT.fullmatch(found) if isinstance(found, str) else None
        if match is None:
            self.refuse(key, f'is {_shown(found)}; write an amount as "12500.00"')
        sign, whole, part = match.groups()
        part = part or ""
        if len(part) > self._digits and part[self._digits :].strip("0"):
            self.refuse(key, f"is {found}, which has more decimals than the currency")
        minor = int(whole + part[: self._digits].ljust(self._digits, "0"))
        return -minor if sign else minor

    def positive(self, key: str) -> int:
        minor = self.amount(key) or 0
        if minor < 0:
            self.refuse(key, "must not be below zero")
        return minor

    def limit(self, key: str) -> int | None:
        return None if self._data.get(key) is None else self.positive(key)

    def count(self, key: str) -> int | None:
        found = self._data.get(key)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= _LARGEST_COUNT:
            self.refuse(key, f"is {_shown(found)}; write a whole number from 0")
        return found

    def truth(self, key: str) -> bool | None:
        found = self._data.get(key)
        if found is not None and not isinstance(found, bool):
            self.refuse(key, f"is {_shown(found)}; write true or false")
        return found

    def share(self, key: str) -> float | None:
        found = self._data.get(key)
        if found is None:
            return None
        usable = isinstance(found, int | float) and not isinstance(found, bool)
        if not usable or not math.isfinite(found) or not 0 <= found <= 1:  # type: ignore[arg-type,operator]
            self.refuse(key, f"is {_shown(found)}; write a number from 0 to 1")
        return float(found)  # type: ignore[arg-type]

    def word(self, key: str, known: Collection[str]) -> str | None:
        found = self._data.get(key)
        if found is None:
            return None
        if not isinstance(found, str) or found not in known:
            self.refuse(key, f"is {_shown(found)}; known are {', '.join(sorted(known))}")
        return found

    def code(self, key: str, length: int) -> str | None:
        found = self._data.get(key)
        if found is None:
            return None
        right = isinstance(found, str) and len(found) == length and found.isascii() and found.isalpha()
        if not right or found != str(found).upper():
            self.refuse(key, f"is {_shown(found)}; write {length} capital letters")
        return str(found)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
