"""``payments-csv``: one payment, chargeback or refund a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kulant.intake.fields import AMOUNT, CURRENCY, DATE, IDENTIFIER, Fault, Field, Format, RowContext
from kulant.intake.records import PaymentRecord

# Numbers of the payments Kulant posts itself for what an invoice file says was paid.
OPENING, SETTLED = "opening:", "settled:"
RESERVED = (OPENING, SETTLED)


def _build(values: Mapping[str, Any], context: RowContext) -> PaymentRecord:
    text, currency = values["amount"], values["currency"]
    minor = context.amount("amount", text, currency)
    reverses = values.get("reverses")
    if values["payment_id"].startswith(RESERVED):
        raise Fault(
            "payment_id", values["payment_id"], f"begins with {' or '.join(RESERVED)}, which Kulant uses itself"
        )
    if minor == 0:
        raise Fault("amount", text, "is nothing; a payment has an amount")
    if minor > 0 and reverses is not None:
        raise Fault("reverses", reverses, "is to be reversed, but only a negative amount reverses a payment")
    return PaymentRecord(
        row=context.row,
        number=values["payment_id"],
        on=values["date"],
        amount_minor=minor,
        currency=currency,
        customer_number=values.get("customer_id"),
        invoice_number=values.get("invoice_number"),
        reference=values.get("reference"),
        reverses=reverses,
    )


PAYMENTS = Format(
    "payments-csv",
    "payments",
    (
        Field("payment_id", IDENTIFIER, required=True, longest=80),
        Field("date", DATE, required=True),
        Field("amount", AMOUNT, required=True),
        Field("currency", CURRENCY, required=True),
        Field("customer_id", IDENTIFIER, longest=80),
        Field("invoice_number", IDENTIFIER, longest=80),
        Field("reference", IDENTIFIER, longest=80),
        Field("reverses", IDENTIFIER, longest=80),
    ),
    _build,
)
