"""What readers hand on: typed rows, each with the row number of the file it came from. No database, no money rules.

Nobody changes a record. Those made by the million are not frozen, which would make each take three times as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was not taken in, and why."""

    row: int
    field: str
    value: str
    error: str

    def as_json(self) -> dict[str, Any]:
        """The rejection as the import's JSON lists it."""
        return {"row": self.row, "field": self.field, "value": self.value[:_SHOWN], "error": self.error}


@dataclass(slots=True)
class CustomerDetails:
    """What a row says of a customer; what it does not say is ``None`` and changes nothing."""

    number: str
    name: str | None = None
    kind: str | None = None
    country: str | None = None
    language: str | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None


@dataclass(slots=True)
class InvoiceRecord:
    """An invoice, or a credit note with amounts below zero."""

    row: int
    customer: CustomerDetails
    number: str
    kind: str  # invoice | credit_note
    currency: str
    amount_minor: int
    due_date: date | None
    issue_date: date | None = None
    open_minor: int | None = None
    margin_minor: int | None = None
    payment_reference: str | None = None
    order_reference: str | None = None
    disputed: bool | None = None
    settled_date: date | None = None
    credits_invoice: str | None = None
    due_assumed: bool = False  # the file named no due date; it was reckoned from terms or the creditor's default


@dataclass(slots=True)
class PaymentRecord:
    """Money received (above zero), or a chargeback or refund (below)."""

    row: int
    number: str
    on: date
    amount_minor: int
    currency: str
    customer_number: str | None = None
    invoice_number: str | None = None
    reference: str | None = None
    reverses: str | None = None
    payer_name: str | None = None
    payer_account: str | None = None
    message: str | None = None  # free text the payer wrote; invoice numbers are looked for in it
    bank_reference: str | None = None
    account: str | None = None  # the creditor's own account it came to


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something of a file that is read and left out on purpose, e.g. money the creditor paid out to a supplier."""

    row: int
    why: str


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """Everything a customer file says of one customer."""

    row: int
    details: CustomerDetails
    customer_since: date | None = None
    account_manager: str | None = None
    segment: str | None = None
    acquisition_cost_minor: int | None = None
    credit_limit_minor: int | None = None
    strategic: bool | None = None
    contact_opt_out: bool | None = None
    no_dunning: bool | None = None


@dataclass(frozen=True, slots=True)
class InteractionRecord:
    """A contact with a customer that another program knows of, by its number there."""

    row: int
    number: str
    customer_number: str
    on: date
    kind: str  # call | meeting | email | visit | complaint | request | survey | note
    direction: str | None = None  # in: the customer came to us; out: we went to them
    text: str | None = None
    by: str | None = None
    answered_on: date | None = None  # of a complaint or request
    outcome: str | None = None  # of a complaint: put_right | explained | rejected; of others in words
    expected: int | None = None  # of a survey: what the customer expected, 0 to 10
    got: int | None = None  # and what they got


Record = InvoiceRecord | PaymentRecord | CustomerRecord | InteractionRecord
