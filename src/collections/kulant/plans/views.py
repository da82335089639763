"""Plans as programs see them: the JSON of the command line and the API."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from kulant.core.money import decimal_string
from kulant.plans import queries, rules
from kulant.plans.models import Plan
from kulant.plans.service import to_offer


def offer_json(session: Session, plan: Plan, link: str) -> dict[str, Any]:
    """What ``kulant plan offer`` answers: the plan, the customer's link and the ways to pay."""
    return {
        "id": str(plan.id),
        "link": link,
        "offers": [
            {"id": str(row.number), **terms(to_offer(row), plan.currency)}
            for row in queries.offers_of(session, plan.id)
        ],
    }


def terms(offer: rules.Offer, currency: str) -> dict[str, Any]:
    """The terms of one way to pay."""
    return {
        "instalments": offer.instalments,
        "first_due": offer.first_due.isoformat(),
        "amounts": [decimal_string(amount, currency) for amount in offer.amounts],
        "total": decimal_string(offer.total_minor, currency),
        "interest": decimal_string(offer.interest_minor, currency),
    }


def plan_json(session: Session, plan: Plan) -> dict[str, Any]:
    """What ``kulant plan show``, ``accept`` and ``cancel`` answer: the plan and what was paid of each instalment."""
    return {
        "id": str(plan.id),
        "status": plan.status,
        "currency": plan.currency,
        "reference": plan.reference,
        "instalments": [
            {
                "due": part.due.isoformat(),
                "amount": decimal_string(part.amount_minor, plan.currency),
                "paid": decimal_string(part.paid_minor, plan.currency),
            }
            for part in queries.instalments_of(session, plan.id)
        ],
    }
