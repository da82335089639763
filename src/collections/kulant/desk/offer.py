"""Payment plans as the panel of a customer shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kulant.core.words import day_words
from kulant.desk.plan_words import MADE_BY, TITLES, offer_words, why_offered
from kulant.ledger.models import Customer
from kulant.plans import queries as plans
from kulant.plans.late_plans import plan_age
from kulant.plans.links import offer_token, portal_url
from kulant.plans.models import Instalment, Plan
from kulant.plans.service import to_offer
from kulant.plans.states import RUNNING
from kulant.settings import Settings
from kulant.treatment.queries import plans_of


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """A plan with its instalments, or with the ways of paying that are on offer."""

    id: int
    title: str
    words: str
    why: str  # why they were late, and their grade, when it was offered
    currency: str
    status: str
    days_late: int  # the plan's own age; the invoices keep theirs
    instalments: list[Instalment]
    offers: list[tuple[str, str, int]]  # the payments, who made the offer, what it costs the customer extra
    address: str  # where the customer chooses; empty when nothing is on offer


def shown_plans(session: Session, customer: Customer, *, settings: Settings, today: date) -> list[ShownPlan]:
    """The plans that matter now: offered and running ones, and the last that ended."""
    found = [plan for each in plans_of(session, [customer.id]).values() for plan in each]
    live = [plan for plan in found if plan.status in ("offered", *RUNNING)]
    ended = [plan for plan in found if plan.status in ("completed", "renegotiated", "broken", "cancelled")]
    return [
        _shown(session, plan, offer_address(session, plan, settings, today), today)
        for plan in (*reversed(live), *ended[-1:])
    ]


def offer_address(session: Session, plan: Plan, settings: Settings, today: date) -> str:
    """Where the customer chooses; empty when nothing is on offer to them."""
    open_to_them = plan.status == "offered" and plan.approval in plans.MAY_BE_ANSWERED
    token = offer_token(session, settings.secret_key(), plan, today) if open_to_them else None
    return portal_url(settings.base_url, token) if token else ""


def _shown(session: Session, plan: Plan, address: str, today: date) -> ShownPlan:
    instalments = list(plans.instalments_of(session, plan.id))
    return ShownPlan(
        id=plan.id,
        title=TITLES[plan.status],
        words=plan_words(plan),
        why=why_offered(plan),
        currency=plan.currency,
        status=plan.status,
        days_late=plan_age(instalments, today) if plan.status in RUNNING else 0,
        instalments=instalments,
        offers=[
            (offer_words(to_offer(row), plan.currency), MADE_BY[row.made_by], to_offer(row).extra_minor)
            for row in (plans.offers_of(session, plan.id) if plan.status == "offered" else ())
        ],
        address=address,
    )


def plan_words(plan: Plan) -> str:
    """When it was offered, accepted, ended, and by whom."""
    if plan.status == "offered":
        waits = " It waits for a second person." if plan.approval == "waiting" else ""
        until = f"open until {plan.valid_until:%-d %B}"
        return f"Offered {day_words(plan.offered_on)} by {plan.offered_by}, {until}.{waits}"
    said = f"Accepted {day_words(plan.accepted_on)}. Payment reference {plan.reference}." if plan.accepted_on else ""
    if plan.ended_on:
        said += f" Ended {day_words(plan.ended_on)}{': ' + plan.end_reason if plan.end_reason else ''}."
    return said.strip()
