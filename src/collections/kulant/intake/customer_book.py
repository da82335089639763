"""The customers a file speaks of: found, created, brought up to date, in a handful of statements per chunk.

What a row does not say never blanks out what is known. Of several rows of one file the first that says something of a
customer is taken, so that a file which names one customer in three ways leaves the same name however often it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from kulant.db import Act
from kulant.intake import queries
from kulant.intake.erased_book import ErasedBook
from kulant.intake.records import CustomerDetails, CustomerRecord
from kulant.ledger import queries as ledger
from kulant.ledger.bulk import insert_rows, reserve_ids
from kulant.ledger.models import Contact, Customer
from kulant.people.models import Creditor

_OWN = ("name", "kind", "country", "language")
_REACH = ("email", "phone", "address")
_MORE = (
    "customer_since",
    "account_manager",
    "segment",
    "acquisition_cost_minor",
    "credit_limit_minor",
    "strategic",
    "contact_opt_out",
    "no_dunning",
)
FIELDS = (*_OWN, *_REACH, *_MORE)
_BITS = tuple(1 << place for place in range(len(FIELDS)))
_details = attrgetter(*_OWN, *_REACH)
_more = attrgetter(*_MORE)
_UNSAID = {"kind": "business", "strategic": False, "contact_opt_out": False, "no_dunning": False}


def said_of(record: CustomerRecord | CustomerDetails) -> tuple[Any, ...]:
    """What the row says of its customer, in the order of ``FIELDS``; ``None`` where it says nothing."""
    if isinstance(record, CustomerRecord):
        return (*_details(record.details), *_more(record))
    said: tuple[Any, ...] = _details(record)
    return said


class CustomerBook:
    """One import's view of a creditor's customers."""

    def __init__(self, act: Act, creditor: Creditor, erased: ErasedBook | None = None) -> None:
        self._act = act
        self._creditor = creditor
        self._erased = erased or ErasedBook(act, creditor)
        # What this file has said of each customer already, a bit for each field: of a million customers it stays small.
        self._said: dict[str, int] = {}
        self._ids: dict[str, int] = {}  # of customers this file has named: nobody takes a customer away

    def find(self, numbers: Iterable[str]) -> dict[str, int]:
        """Ids of the customers of these numbers that exist."""
        asked = set(numbers)
        if unknown := asked - self._ids.keys():
            self._ids |= self._erased.ids_of(unknown) | queries.customer_ids(
                self._act.session, self._creditor.id, unknown
            )
        return {number: self._ids[number] for number in asked if number in self._ids}

    def recall(self, rows: Iterable[tuple[str, Sequence[Any]]]) -> None:
        """Remembers what rows taken in earlier have said, when an import goes on where it had stopped."""
        for number, said in rows:
            self._unsaid(number, said)

    def apply(self, ids: dict[str, int], rows: Iterable[tuple[str, Sequence[Any]]]) -> list[bool]:
        """Creates and updates the customers of these ``(number, said)`` rows; tells of each row whether it changed any.

        ``ids`` gains the customers created.
        """
        changed: list[bool] = []
        told: list[tuple[int, str, Sequence[Any], int]] = []
        made: dict[str, dict[str, Any]] = {}
        for place, (number, told_of) in enumerate(rows):
            changed.append(False)
            said = self._erased.allowed(number, told_of)
            if said is None:
                continue
            fresh = self._unsaid(number, said)
            if number not in ids:
                new = made.setdefault(number, {})
                new.update(_chosen(said, fresh))
            elif fresh:
                told.append((place, number, said, fresh))
        for place in self._update(ids, told):
            changed[place] = True
        self._create(ids, made)
        return changed

    def _unsaid(self, number: str, said: Sequence[Any]) -> int:
        """The fields that this row is the first to say something of, as bits."""
        bits = 0
        for bit, value in zip(_BITS, said, strict=False):
            if value is not None:
                bits |= bit
        already = self._said.get(number, 0)
        fresh = bits & ~already
        if fresh or number not in self._said:
            self._said[number] = already | bits
        return fresh

    def _update(self, ids: dict[str, int], told: list[tuple[int, str, Sequence[Any], int]]) -> list[int]:
        """Writes what differs from what is known; gives the places of the rows it stood in."""
        if not told:
            return []
        known = queries.customer_facts(self._act.session, {ids[number] for _, number, _, _ in told})
        differing = [
            (place, number, news)
            for place, number, said, fresh in told
            if (news := {k: v for k, v in _chosen(said, fresh).items() if known[ids[number]][k] != v})
        ]
        if differing:
            self._write([(ids[number], news) for _, number, news in differing])
        return [place for place, _, _ in differing]

    def _write(self, changes: list[tuple[int, dict[str, Any]]]) -> None:
        customer_ids = {customer_id for customer_id, _ in changes}
        customers = ledger.customers_by_id(self._act.session, customer_ids)
        contacts = ledger.primary_contacts(self._act.session, customer_ids)
        for customer_id, news in changes:
            for name, value in news.items():
                if name in _REACH and customer_id not in contacts:
                    contacts[customer_id] = Contact(customer_id=customer_id, is_primary=True)
                    self._act.session.add(contacts[customer_id])
                setattr(contacts[customer_id] if name in _REACH else customers[customer_id], name, value)

    def _create(self, ids: dict[str, int], made: dict[str, dict[str, Any]]) -> None:
        if not made:
            return
        session, creditor_id = self._act.session, self._creditor.id
        ids.update(zip(made, reserve_ids(session, Customer, len(made)), strict=True))
        self._ids.update((number, ids[number]) for number in made)
        rows = []
        for number, said in made.items():
            values = {**_UNSAID, "name": number, **said}
            rows.append((ids[number], creditor_id, number, *map(values.get, (*_OWN, *_MORE))))
        insert_rows(session, Customer, ("id", "creditor_id", "number", *_OWN, *_MORE), rows)
        reached = [
            (ids[number], True, *map(said.get, _REACH))
            for number, said in made.items()
            if not said.keys().isdisjoint(_REACH)
        ]
        insert_rows(session, Contact, ("customer_id", "is_primary", *_REACH), reached)


def _chosen(said: Sequence[Any], bits: int) -> dict[str, Any]:
    """The values of these fields, by name."""
    return {name: value for name, bit, value in zip(FIELDS, _BITS, said, strict=False) if bits & bit}
