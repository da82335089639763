"""Payment plans as the desk shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.words import day_words
from kulant.ledger.models import Customer
from kulant.plans import queries as plans
from kulant.plans.links import offer_token, portal_url
from kulant.plans.models import Instalment, Plan
from kulant.plans.states import RUNNING
from kulant.settings import Settings
from kulant.treatment.queries import plans_of

_TITLES = {
    "offered": "Plan offered",
    "accepted": "Payment plan agreed",
    "active": "Payment plan",
    "late": "Payment plan, late",
    "completed": "Plan completed",
    "renegotiated": "Plan renegotiated",
    "broken": "Plan broken",
    "cancelled": "Plan cancelled",
    "expired": "Offer expired",
}


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """A plan with its instalments, or with the ways of paying that are on offer."""

    id: int
    title: str
    words: str
    currency: str
    status: str
    instalments: list[Instalment]
    offers: list[dict[str, Any]]
    address: str  # where the customer chooses; empty when nothing is on offer


def shown_plans(session: Session, customer: Customer, *, settings: Settings, today: date) -> list[ShownPlan]:
    """The plans that matter now: offered and active ones, and the last that ended."""
    found = [plan for each in plans_of(session, [customer.id]).values() for plan in each]
    live = [plan for plan in found if plan.status in ("offered", *RUNNING)]
    ended = [plan for plan in found if plan.status in ("completed", "renegotiated", "broken", "cancelled")]
    return [_shown(session, plan, _address(session, plan, settings, today)) for plan in (*reversed(live), *ended[-1:])]


def _address(session: Session, plan: Plan, settings: Settings, today: date) -> str:
    token = offer_token(session, settings.secret_key(), plan, today) if plan.status == "offered" else None
    return portal_url(settings.base_url, token) if token else ""


def _shown(session: Session, plan: Plan, address: str) -> ShownPlan:
    return ShownPlan(
        id=plan.id,
        title=_TITLES[plan.status],
        words=_words(plan),
        currency=plan.currency,
        status=plan.status,
        instalments=list(plans.instalments_of(session, plan.id)),
        offers=[
            {"number": row.number, "parts": row.schedule, "total_minor": row.total_minor}
            for row in (plans.offers_of(session, plan.id) if plan.status == "offered" else ())
        ],
        address=address,
    )


def _words(plan: Plan) -> str:
    if plan.status == "offered":
        return f"Offered {day_words(plan.offered_on)} by {plan.offered_by}, open until {plan.valid_until:%-d %B}."
    said = f"Accepted {day_words(plan.accepted_on)}. Payment reference {plan.reference}." if plan.accepted_on else ""
    if plan.ended_on:
        said += f" Ended {day_words(plan.ended_on)}{': ' + plan.end_reason if plan.end_reason else ''}."
    return said.strip()
