"""Customers who were erased: known again by a keyed hash of the number they had, and by nothing else."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from kulant.ledger.models import Customer
from kulant.ledger.models_erasure import Erasure


def number_mark(secret: str, creditor_id: int, number: str) -> str:
    """What is remembered of an erased customer's number. Without the house's key nobody can try numbers out."""
    said = f"erased customer\n{creditor_id}\n{number}".encode()
    return hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()


def pseudonym(customer_id: int) -> str:
    """The number an erased customer has."""
    return f"erased-{customer_id}"


def not_erased() -> ColumnElement[bool]:
    """Only customers of whom there is anything to know."""
    return Customer.erased_on.is_(None)


def erased_customers(creditor_id: int) -> Select[int]:
    """The ids of the creditor's erased customers, to leave them out; few there are, and an index has them."""
    return select(Customer.id).where(Customer.creditor_id == creditor_id, Customer.erased_on.is_not(None))


@dataclass(frozen=True, slots=True)
class ErasedCustomer:
    """A customer whose data was erased: all of it, or only how to reach them."""

    customer_id: int
    what: str
    on: date

    @property
    def shown(self) -> str:
        """What they are called from now on."""
        return pseudonym(self.customer_id)


def erasures_in_force(session: Session, creditor_id: int) -> dict[str, ErasedCustomer]:
    """The creditor's erased customers who were not taken in again, by the mark of their number; few there are."""
    rows = session.execute(
        select(Erasure.number_mark, Erasure.customer_id, Erasure.what, Erasure.on)
        .where(Erasure.creditor_id == creditor_id, Erasure.ended_on.is_(None))
        .order_by(Erasure.id)
    )
    found: dict[str, ErasedCustomer] = {}
    for mark, customer_id, what, on in rows:
        known = found.get(mark)
        if known is None or known.what != "all":
            found[mark] = ErasedCustomer(customer_id, what, on)
    return found


def known_again(
    marks: Mapping[str, ErasedCustomer], secret: str, creditor_id: int, numbers: Collection[str]
) -> dict[str, ErasedCustomer]:
    """Which of these numbers are those of erased customers."""
    if not marks:
        return {}
    marked = ((number, marks.get(number_mark(secret, creditor_id, number))) for number in numbers)
    return {number: found for number, found in marked if found is not None}
