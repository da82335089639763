"""``customers-csv``: one customer a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kulant.intake.fields import (
    AMOUNT,
    COUNTRY,
    CUSTOMER_KIND,
    DATE,
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
from kulant.intake.records import CustomerDetails, CustomerRecord


def _build(values: Mapping[str, Any], context: RowContext) -> CustomerRecord:
    get = values.get
    return CustomerRecord(
        row=context.row,
        details=CustomerDetails(
            number=values["customer_id"],
            name=values["name"],
            kind=get("kind"),
            country=get("country"),
            language=get("language"),
            email=get("email"),
            phone=get("phone"),
            address=get("address"),
        ),
        customer_since=get("customer_since"),
        account_manager=get("account_manager"),
        segment=get("segment"),
        acquisition_cost_minor=_not_negative("acquisition_cost", values, context),
        credit_limit_minor=_not_negative("credit_limit", values, context),
        strategic=get("strategic"),
        contact_opt_out=get("contact_opt_out"),
        no_dunning=get("no_dunning"),
    )


def _not_negative(field: str, values: Mapping[str, Any], context: RowContext) -> int | None:
    text = values.get(field)
    if text is None:
        return None
    minor = context.amount(field, text, context.house_currency)
    if minor < 0:
        raise Fault(field, text, "is below zero")
    return minor


CUSTOMERS = Format(
    "customers-csv",
    "customers",
    (
        Field("customer_id", IDENTIFIER, required=True, longest=80),
        Field("name", required=True),
        Field("kind", CUSTOMER_KIND),
        Field("country", COUNTRY),
        Field("language", LANGUAGE),
        Field("email", EMAIL),
        Field("phone", longest=40),
        Field("address", LINES, longest=1000),
        Field("customer_since", DATE),
        Field("account_manager", longest=120),
        Field("segment", longest=60),
        Field("acquisition_cost", AMOUNT),
        Field("credit_limit", AMOUNT),
        Field("strategic", FLAG),
        Field("contact_opt_out", FLAG),
        Field("no_dunning", FLAG),
    ),
    _build,
)
