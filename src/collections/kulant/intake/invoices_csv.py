"""``invoices-csv``: one invoice or credit note a row, with what is known of its customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kulant.intake.fields import (
    AMOUNT,
    COUNTRY,
    CURRENCY,
    CUSTOMER_KIND,
    DATE,
    DOCUMENT_KIND,
    EMAIL,
    FLAG,
    IDENTIFIER,
    LANGUAGE,
    LINES,
    Fault,
    Field,
    Format,
    RowContext,
)
from kulant.intake.records import CustomerDetails, InvoiceRecord

# A due date this long before the invoice was made is a slip of the pen, not a term of payment.
_LONGEST_BACKDATING_DAYS = 5 * 366


def _build(values: Mapping[str, Any], context: RowContext) -> InvoiceRecord:
    get = values.get
    currency = values["currency"]
    kind, amount_minor = _kind_and_amount(values, context)
    settled_date = get("settled_date")
    return InvoiceRecord(
        row=context.row,
        customer=_customer(values),
        number=values["invoice_number"],
        kind=kind,
        currency=currency,
        amount_minor=amount_minor,
        due_date=_due_date(values, kind),
        issue_date=get("issue_date"),
        open_minor=_open(values, context, kind, amount_minor),
        margin_minor=_margin(values, context),
        payment_reference=get("payment_reference"),
        order_reference=get("order_reference"),
        disputed=get("disputed"),
        settled_date=settled_date,
        credits_invoice=_credits(values, kind),
    )


def _customer(values: Mapping[str, Any]) -> CustomerDetails:
    get = values.get
    return CustomerDetails(
        number=values["customer_id"],
        name=get("customer_name"),
        kind=get("customer_kind"),
        country=get("country"),
        language=get("language"),
        email=get("email"),
        phone=get("phone"),
        address=get("address"),
    )


def _kind_and_amount(values: Mapping[str, Any], context: RowContext) -> tuple[str, int]:
    """The kind, and the amount as the account knows it: a credit note is below zero however the file signs it."""
    text = values["amount"]
    minor = context.amount("amount", text, values["currency"])
    stated = values.get("kind")
    kind = stated or ("credit_note" if minor < 0 else "invoice")
    if kind == "credit_note":
        return kind, -abs(minor)
    if minor < 0:
        raise Fault("amount", text, "is below zero; an invoice is above, a credit note has the kind credit_note")
    return kind, minor


def _due_date(values: Mapping[str, Any], kind: str) -> date | None:
    due: date | None = values.get("due_date")
    issued: date | None = values.get("issue_date")
    if due is None:
        if kind == "invoice":
            raise Fault("due_date", "", "is empty; every invoice needs a due date")
        return None
    if issued is not None and (issued - due).days > _LONGEST_BACKDATING_DAYS:
        raise Fault("due_date", due.isoformat(), f"lies more than five years before the issue date {issued}")
    return due


def _open(values: Mapping[str, Any], context: RowContext, kind: str, amount_minor: int) -> int | None:
    text = values.get("open_amount")
    if text is None:
        return None
    minor = context.amount("open_amount", text, values["currency"])
    if kind == "credit_note":
        minor = -abs(minor)
    if minor * amount_minor < 0 or abs(minor) > abs(amount_minor):
        raise Fault("open_amount", text, f"is not between zero and the amount {values['amount']}")
    return minor


def _margin(values: Mapping[str, Any], context: RowContext) -> int | None:
    text = values.get("margin")
    return None if text is None else context.amount("margin", text, values["currency"])


def _credits(values: Mapping[str, Any], kind: str) -> str | None:
    credited: str | None = values.get("credits_invoice")
    if credited is not None and kind != "credit_note":
        raise Fault("credits_invoice", credited, "is credited, but only a credit note credits an invoice")
    return credited


INVOICES = Format(
    "invoices-csv",
    "invoices and credit notes",
    (
        Field("customer_id", IDENTIFIER, required=True, longest=80),
        Field("customer_name"),
        Field("customer_kind", CUSTOMER_KIND),
        Field("country", COUNTRY),
        Field("language", LANGUAGE),
        Field("currency", CURRENCY, required=True),
        Field("email", EMAIL),
        Field("phone", longest=40),
        Field("address", LINES, longest=1000),
        # The numbers of payments made from what the file says are built on it, so it leaves room in the column.
        Field("invoice_number", IDENTIFIER, required=True, longest=60),
        Field("kind", DOCUMENT_KIND),
        Field("issue_date", DATE),
        Field("due_date", DATE, required=True, cell_required=False),  # a credit note may have none
        Field("amount", AMOUNT, required=True),
        Field("open_amount", AMOUNT),
        Field("margin", AMOUNT),
        Field("payment_reference", IDENTIFIER, longest=80),
        Field("order_reference", IDENTIFIER, longest=80),
        Field("disputed", FLAG),
        Field("settled_date", DATE),
        Field("credits_invoice", IDENTIFIER, longest=60),
    ),
    _build,
)
