"""Payments as programs see them: the JSON of the command line and the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.money import decimal_string
from kulant.ledger import matching_queries as matching
from kulant.ledger import queries as ledger
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.payers import details_of
from kulant.ledger.suggestions import Suggestion, suggest
from kulant.people.models import Creditor


def payments_json(session: Session, found: Sequence[OpenItem], state: str) -> list[dict[str, Any]]:
    """Payments with what the bank told of them; ``state``: unmatched, parked or matched."""
    details = details_of(session, found)
    customers = ledger.customers_by_id(session, {one.customer_id for one in found if one.customer_id is not None})
    rows = []
    for one in found:
        detail = details.get(one.id)
        rows.append(
            {
                **_shown(one, customers.get(one.customer_id or 0)),
                "date": one.issue_date.isoformat() if one.issue_date else None,
                "payer": detail.payer_name if detail else None,
                "account": detail.payer_account if detail else None,
                "reference": one.payment_reference,
                "message": detail.message if detail else None,
                "state": state,
                "reason": detail.parked_reason if detail else None,
            }
        )
    return rows


def suggestions_json(session: Session, creditor: Creditor, payment: OpenItem, today: date) -> list[dict[str, Any]]:
    """Where a payment that waits may belong, the likeliest first."""
    return [
        _suggestion(one, payment.currency) for one in suggest(session, creditor=creditor, payment=payment, today=today)
    ]


def _suggestion(one: Suggestion, currency: str) -> dict[str, Any]:
    return {
        "code": one.code,
        "text": one.reason,
        "customer": one.customer.number,
        "items": [{"invoice": item.number, "amount": decimal_string(part, currency)} for item, part in one.parts],
        "rest": decimal_string(one.rest_minor, currency),
        "reverses": one.returns.number if one.returns else None,
    }


def placed_json(session: Session, payment: OpenItem) -> dict[str, Any]:
    """A payment and what it pays now."""
    customer = session.get(Customer, payment.customer_id) if payment.customer_id is not None else None
    pays = [
        {"invoice": one.item.number, "amount": decimal_string(one.amount_minor, payment.currency)}
        for one in reversed(matching.used_for(session, payment))
    ]
    return {**_shown(payment, customer), "pays": pays}


def _shown(payment: OpenItem, customer: Customer | None) -> dict[str, Any]:
    return {
        "payment": payment.number,
        "customer": customer.number if customer else None,
        "amount": decimal_string(-payment.amount_minor, payment.currency),
        "left": decimal_string(-payment.open_minor, payment.currency),
        "currency": payment.currency,
    }


def write_off_json(item: OpenItem, posted: Sequence[OpenItem], reason: str) -> dict[str, Any]:
    """What was given up of an invoice and of what was charged for it."""
    return {
        "invoice": item.number,
        "amount": decimal_string(-sum(one.amount_minor for one in posted), item.currency),
        "currency": item.currency,
        "reason": reason,
        "adjustments": [one.number for one in posted],
    }


def refund_json(customer: Customer, posted: OpenItem, reason: str) -> dict[str, Any]:
    """Money that was paid back."""
    return {
        "refund": posted.number,
        "customer": customer.number,
        "amount": decimal_string(posted.amount_minor, posted.currency),
        "currency": posted.currency,
        "reason": reason,
    }


def moved_json(payment: str, to: Customer, credit: OpenItem) -> dict[str, Any]:
    """A payment that is another customer's credit now."""
    return {
        "payment": payment,
        "to": to.number,
        "credit": credit.number,
        "left": decimal_string(-credit.open_minor, credit.currency),
        "currency": credit.currency,
    }
