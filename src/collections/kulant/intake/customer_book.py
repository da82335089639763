"""The customers a file speaks of: found, created, brought up to date, in a handful of statements per chunk.

What a row does not say never blanks out what is known. Of several rows of one file the first that says something of a
customer is taken, so that a file which names one customer in three ways leaves the same name however often it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kulant.db import Act
from kulant.intake.records import CustomerDetails, CustomerRecord
from kulant.ledger import queries as ledger
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


def said_of(record: CustomerRecord | CustomerDetails) -> dict[str, Any]:
    """What the row says of its customer, by column of our tables."""
    details = record.details if isinstance(record, CustomerRecord) else record
    said = {name: value for name in (*_OWN, *_REACH) if (value := getattr(details, name)) is not None}
    if isinstance(record, CustomerRecord):
        said |= {name: value for name in _MORE if (value := getattr(record, name)) is not None}
    return said


class CustomerBook:
    """One import's view of a creditor's customers."""

    def __init__(self, act: Act, creditor: Creditor) -> None:
        self._act = act
        self._creditor = creditor
        self._said: dict[str, set[str]] = {}  # customer number → what this file has said of it already

    def find(self, numbers: Iterable[str]) -> dict[str, Customer]:
        """Customers of these numbers that exist."""
        return ledger.customers_by_number(self._act.session, self._creditor.id, set(numbers))

    def apply(self, known: dict[str, Customer], rows: Iterable[tuple[str, Mapping[str, Any]]]) -> list[bool]:
        """Creates and updates the customers of these ``(number, said)`` rows; tells of each row whether it changed any.

        ``known`` gains the customers created.
        """
        session = self._act.session
        contacts = ledger.primary_contacts(session, [customer.id for customer in known.values()])
        by_number = {number: contacts[customer.id] for number, customer in known.items() if customer.id in contacts}
        made: dict[str, Customer] = {}
        reached: dict[str, Contact] = {}
        changed = []
        for number, said in rows:
            customer = known.get(number)
            if customer is None:
                known[number] = made[number] = customer = self._new(number, said)
            contact = by_number.get(number)
            if contact is None and any(name in said for name in _REACH):
                by_number[number] = reached[number] = contact = Contact(is_primary=True)
            changed.append(self._bring_up_to_date(number, said, customer, contact))
        session.add_all(made.values())
        session.flush()
        for number, contact in reached.items():
            contact.customer_id = known[number].id
        session.add_all(reached.values())
        return changed

    def _new(self, number: str, said: Mapping[str, Any]) -> Customer:
        return Customer(
            creditor_id=self._creditor.id,
            number=number,
            name=said.get("name", number),
            kind=said.get("kind", "business"),
            strategic=False,
            contact_opt_out=False,
            no_dunning=False,
        )

    def _bring_up_to_date(
        self, number: str, said: Mapping[str, Any], customer: Customer, contact: Contact | None
    ) -> bool:
        already = self._said.setdefault(number, set())
        changed = False
        for name, value in said.items():
            holder: object = contact if name in _REACH else customer
            if name not in already and getattr(holder, name) != value:
                setattr(holder, name, value)
                changed = True
        already.update(said)
        return changed
