"""What a claim is computed from, and reading it from JSON with refusals that name the key."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from kulant.core.calendar import read_day
from kulant.core.errors import Refusal
from kulant.core.money import to_minor
from kulant.law.book import Law, law_book, law_of
from kulant.law.entered import BEGINS, Entered
from kulant.law.model import Debtor


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in, or a credit note."""

    on: date
    minor: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice by its full amount, with what was paid on it by the day of the claim, earliest first."""

    number: str
    principal: int
    due: date
    payments: tuple[Payment, ...] = ()

    def unpaid(self, day: date) -> int:
        """What was unpaid at the end of a day; never below zero."""
        left = self.principal
        for one in self.payments:
            if one.on <= day:
                left -= one.minor
        return left if left > 0 else 0


@dataclass(frozen=True, slots=True)
class Step:
    """A letter that was sent."""

    document: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A claim on a day, as far as it is known on that day. Amounts in minor units."""

    law: Law
    debtor: Debtor
    currency: str
    as_of: date
    invoices: tuple[Invoice, ...]
    steps: tuple[Step, ...] = ()
    agreed_interest: bool = False
    agreed_fee: bool = False

    def overdue(self, day: date) -> list[Invoice]:
        """The invoices unpaid and past due on a day."""
        return [one for one in self.invoices if one.due < day and one.unpaid(day)]


def read_facts(data: object, *, default_today: date | None = None) -> Facts:
    """Facts from one JSON object. A debtor of unknown kind is a consumer; what is not agreed is not claimed."""
    top = _Object(data, "")
    as_of = top.day("as_of") or default_today
    if as_of is None:
        top.refuse("as_of", "is missing; give the day of the claim, e.g. 2026-11-22")
    country = top.text("country")
    if country is None:
        top.refuse("country", "is missing; give two capital letters, e.g. NO")
    law = law_of(country, as_of, _regime(top, country))
    currency = top.text("currency") or law.file.currency
    if currency != law.file.currency:
        top.refuse("currency", f"is {_shown(currency)}; the law of {country} is known in {law.file.currency} only")
    agreed = top.part("agreed")
    return Facts(
        law=law,
        debtor="business" if top.word("debtor", ("business", "consumer", "unknown")) == "business" else "consumer",
        currency=currency,
        as_of=as_of,
        invoices=tuple(_invoice(row, currency, as_of) for row in top.parts("invoices")),
        steps=_steps(top, as_of),
        agreed_interest=agreed.truth("interest"),
        agreed_fee=agreed.truth("reminder_fee"),
    )


def _regime(top: _Object, country: str) -> tuple[Entered, ...]:
    """The first day of a regime that the file leaves open, where the facts give one."""
    since = top.day("regime_from")
    if since is None:
        return ()
    undecided = law_book(country).undecided
    if undecided is None:
        top.refuse("regime_from", f"means nothing in {country}, whose law has no regime with an open first day")
    said = "given with the claim"
    return (Entered(0, country, f"regime:{undecided.key}", since, BEGINS, said, date.min, said),)


def _invoice(row: _Object, currency: str, as_of: date) -> Invoice:
    payments = [Payment(one.required_day("date"), one.amount("amount", currency)) for one in row.parts("payments")]
    known = sorted((one for one in payments if one.on <= as_of), key=lambda one: one.on)
    number = row.text("number") or ""
    return Invoice(number, row.amount("principal", currency), row.required_day("due"), tuple(known))


def _steps(top: _Object, as_of: date) -> tuple[Step, ...]:
    steps = []
    for row in top.parts("steps_sent"):
        document = row.text("document")
        if document is None:
            row.refuse("document", "is missing; say which letter was sent, e.g. fee_reminder")
        steps.append(Step(document, row.required_day("date")))
    return tuple(sorted((one for one in steps if one.on <= as_of), key=lambda one: one.on))


class _Object:
    """One JSON object being read, knowing where it stands so that a refusal can name the key."""

    __slots__ = ("_data", "_where")

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, dict):
            raise Refusal("bad_facts", f"{where.rstrip('.') or 'the claim'} must be a JSON object")
        self._data = data
        self._where = where

    def refuse(self, key: str, why: str) -> NoReturn:
        raise Refusal("bad_facts", f"{self._where}{key} {why}")

    def part(self, key: str) -> _Object:
        found = self._data.get(key)
        return _Object({} if found is None else found, f"{self._where}{key}.")

    def parts(self, key: str) -> list[_Object]:
        found = self._data.get(key)
        if found is None:
            return []
        if not isinstance(found, list):
            self.refuse(key, "must be a list")
        return [_Object(one, f"{self._where}{key}[{n}].") for n, one in enumerate(found)]

    def text(self, key: str) -> str | None:
        found = self._data.get(key)
        if found is None or (isinstance(found, str) and found):
            return found
        self.refuse(key, f"is {_shown(found)}; write text")

    def word(self, key: str, known: Collection[str]) -> str | None:
        found = self.text(key)
        if found is not None and found not in known:
            self.refuse(key, f"is {_shown(found)}; known are {', '.join(known)}")
        return found

    def truth(self, key: str) -> bool:
        found = self._data.get(key)
        if found is not None and not isinstance(found, bool):
            self.refuse(key, f"is {_shown(found)}; write true or false")
        return bool(found)

    def day(self, key: str) -> date | None:
        found = self._data.get(key)
        if found is None:
            return None
        try:
            return read_day(found)
        except (ValueError, TypeError):
            self.refuse(key, f"is {_shown(found)}; write a date as 2026-11-22")

    def required_day(self, key: str) -> date:
        found = self.day(key)
        if found is None:
            self.refuse(key, "is missing; write a date as 2026-11-22")
        return found

    def amount(self, key: str, currency: str) -> int:
        """Minor units of an amount that is not below zero (a JSON number is read as it is written)."""
        found = self._data.get(key)
        if isinstance(found, int | float) and not isinstance(found, bool):
            found = repr(found)
        if not isinstance(found, str):
            self.refuse(key, f'is {"missing" if found is None else _shown(found)}; write an amount as "12500.00"')
        try:
            minor = to_minor(found, currency)
        except ValueError as error:
            self.refuse(key, f"cannot be read: {error}")
        if minor < 0:
            self.refuse(key, "must not be below zero; give a credit note as a payment")
        return minor


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
