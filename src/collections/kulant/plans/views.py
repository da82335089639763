"""Plans as programs see them: the JSON of the command line and the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.money import decimal_string
from kulant.people.rules_kept import versions
from kulant.plans import queries, rules
from kulant.plans.changes import Change
from kulant.plans.limits import NAME, plan_rules
from kulant.plans.models import CounterProposal, Plan
from kulant.plans.payments import reopened_minor
from kulant.plans.service import to_offer
from kulant.plans.states import RUNNING


def offer_json(session: Session, plan: Plan, link: str) -> dict[str, Any]:
    """What ``kulant plan offer`` answers: the plan, the customer's link and the ways to pay."""
    return {"id": str(plan.id), "link": link, "offers": _offers(session, plan)}


def _offers(session: Session, plan: Plan) -> list[dict[str, Any]]:
    return [
        {"id": str(row.number), **terms(to_offer(row), plan.currency)} for row in queries.offers_of(session, plan.id)
    ]


def terms(offer: rules.Offer, currency: str) -> dict[str, Any]:
    """The terms of one way to pay."""
    return {
        "instalments": offer.instalments,
        "first_due": offer.first_due.isoformat(),
        "amounts": [decimal_string(amount, currency) for amount in offer.amounts],
        "total": decimal_string(offer.total_minor, currency),
        "interest": decimal_string(offer.interest_minor, currency),
    } | ({"fee": decimal_string(offer.fee_minor, currency)} if offer.fee_minor else {})


def plan_json(session: Session, plan: Plan) -> dict[str, Any]:
    """What ``kulant plan show``, ``accept`` and ``cancel`` answer: the plan and what was paid of each instalment."""
    parts = queries.instalments_of(session, plan.id)
    return {
        "id": str(plan.id),
        "status": plan.status,
        "currency": plan.currency,
        "reference": plan.reference,
        "claim": decimal_string(plan.claim_minor, plan.currency),
        "left": decimal_string(sum(part.amount_minor - part.paid_minor for part in parts), plan.currency),
        "beside": decimal_string(reopened_minor(session, plan) if plan.status in RUNNING else 0, plan.currency),
        "misses": plan.misses,
        "approval": plan.approval,
        "replaces": str(plan.replaces_id) if plan.replaces_id else None,
        "instalments": [
            {
                "due": part.due.isoformat(),
                "amount": decimal_string(part.amount_minor, plan.currency),
                "paid": decimal_string(part.paid_minor, plan.currency),
            }
            for part in parts
        ],
        "offers": _offers(session, plan) if plan.status == "offered" else [],
        "changes": [
            {"kind": one.kind, "date": one.made_on.isoformat(), "by": one.made_by,
             "cost": decimal_string(one.cost_minor, plan.currency)}
            for one in queries.changes_of(session, plan.id)
        ],
    }  # fmt: skip


def change_view(plan: Plan, change: Change) -> dict[str, Any]:
    """A change worked out, as it would be."""
    return {
        "plan": str(plan.id),
        "kind": change.kind,
        "cost": decimal_string(change.cost_minor, plan.currency),
        "before": _payments(change.before, plan.currency),
        "after": _payments(change.after, plan.currency),
    }


def _payments(payments: Sequence[rules.Payment], currency: str) -> list[dict[str, str]]:
    return [{"due": due.isoformat(), "amount": decimal_string(minor, currency)} for due, minor in payments]


def proposal_view(kept: CounterProposal) -> dict[str, Any]:
    """What a customer proposed, and what became of it."""
    said = kept.consequence
    schedule = [(date.fromisoformat(due), int(minor)) for due, minor in said["schedule"]]
    return {
        "id": str(kept.id),
        "status": kept.status,
        "currency": kept.currency,
        "made": kept.made_on.isoformat(),
        "claim": decimal_string(said["claim_minor"], kept.currency),
        "extra_cost": decimal_string(said["extra_minor"], kept.currency),
        "payments": _payments(schedule, kept.currency),
        "beyond": said["beyond"],
        "answer": kept.answer,
        "plan": str(kept.plan_id) if kept.plan_id else None,
    }


def limits_view(session: Session, creditor_id: int) -> dict[str, Any]:
    """The limits in force, and their versions."""
    return {
        "limits": plan_rules(session, creditor_id).model_dump(mode="json"),
        "versions": [
            {"version": row.version, "date": row.set_on.isoformat(), "by": row.set_by, "why": row.why}
            for row in versions(session, creditor_id, NAME)
        ],
    }
