"""Customers of a file who were erased: their invoices are booked, and nothing of what it says about them is taken."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from kulant.db import Act
from kulant.ledger.erased import ErasedCustomer, erasures_in_force, known_again
from kulant.people.models import Creditor

# What a row says of its customer begins, in customer_book.FIELDS, with name, kind, country, language; then come these.
_EMAIL, _PHONE = 4, 5


@dataclass(slots=True)
class Seen:
    """An erased customer and how many rows of the file are about them."""

    customer: ErasedCustomer
    rows: int = 0

    def as_json(self) -> dict[str, Any]:
        """As ``kulant import`` says it, without the number they had."""
        one = self.customer
        return {"customer": one.shown, "since": one.on.isoformat(), "what": one.what, "rows": self.rows}


class ErasedBook:
    """One import's view of a creditor's erased customers. Where there are none, it asks one question in all."""

    def __init__(self, act: Act, creditor: Creditor) -> None:
        self._act = act
        self._creditor = creditor
        self._marks: dict[str, ErasedCustomer] | None = None
        self._looked_up: set[str] = set()
        self._found: dict[str, Seen] = {}

    def ids_of(self, numbers: Collection[str]) -> dict[str, int]:
        """The customers who had these numbers before they were erased."""
        self._look_up(numbers)
        return {number: self._found[number].customer.customer_id for number in numbers if self.is_erased(number, "all")}

    def is_erased(self, number: str, what: str) -> bool:
        """Whether the customer of that number, looked up before, was erased so."""
        seen = self._found.get(number)
        return seen is not None and seen.customer.what == what

    def allowed(self, number: str, said: Sequence[Any]) -> Sequence[Any] | None:
        """What may be taken of what a row says of this customer; nothing at all of one who was erased."""
        seen = self._found.get(number)
        if seen is None:
            return said
        if seen.customer.what == "all":
            seen.rows += 1
            return None
        if said[_EMAIL] is None and said[_PHONE] is None:
            return said
        seen.rows += 1
        return tuple(None if place in (_EMAIL, _PHONE) else value for place, value in enumerate(said))

    def seen(self) -> list[dict[str, Any]]:
        """The erased customers the file has named, for its result."""
        return [
            one.as_json() for one in sorted(self._found.values(), key=lambda one: one.customer.customer_id) if one.rows
        ]

    def _look_up(self, numbers: Collection[str]) -> None:
        if self._marks is None:
            self._marks = erasures_in_force(self._act.session, self._creditor.id)
        new = set(numbers) - self._looked_up if self._marks else set()
        if new:
            again = known_again(self._marks, self._act.secret(), self._creditor.id, new)
            self._found |= {number: Seen(customer) for number, customer in again.items()}
            self._looked_up |= new
