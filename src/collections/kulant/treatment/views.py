"""Proposals and explanations as programs see them: the JSON of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.money import decimal_string
from kulant.ledger.charges import CHARGES
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.queries import customers_by_id
from kulant.relationship.models import Score
from kulant.treatment import queries
from kulant.treatment.judge import Judgement
from kulant.treatment.models import Proposal, ProposalItem
from kulant.treatment.rows import ItemJudged
from kulant.treatment.stops import Reason
from kulant.treatment.why import ItemWhy, items_why, treatment_of
from kulant.treatment.words import hold_words, treatment_words


def proposals_json(session: Session, proposals: Sequence[Proposal]) -> list[dict[str, Any]]:
    """Proposals with their items, in three statements however many there are."""
    customers = customers_by_id(session, {proposal.customer_id for proposal in proposals})
    items = queries.proposal_items(session, [proposal.id for proposal in proposals])
    return [
        _proposal_json(proposal, customers[proposal.customer_id], items.get(proposal.id, [])) for proposal in proposals
    ]


def _proposal_json(
    proposal: Proposal, customer: Customer, items: Sequence[tuple[ProposalItem, OpenItem]]
) -> dict[str, Any]:
    currency = proposal.currency
    return {
        "id": str(proposal.id),
        "customer": customer.number,
        "currency": currency,
        "date": proposal.on.isoformat(),
        "treatment": proposal.treatment,
        "document": proposal.document,
        "channel": proposal.channel,
        "language": proposal.language,
        "step": proposal.step,
        "firmness": proposal.firmness,
        "demand": decimal_string(proposal.demand_minor, currency),
        "fees": decimal_string(proposal.fees_minor, currency),
        "interest": decimal_string(proposal.interest_minor, currency),
        "items": [_listed_json(row, item, currency) for row, item in items],
        "charges": [_charge_json(line, currency) for line in proposal.charges],
        "reasons": proposal.reasons,
        "options": proposal.options,
        "break_evens": proposal.break_evens,
        "offers": proposal.offers,
        "status": proposal.status,
        "blocked": proposal.blocked,
    }


def _listed_json(row: ProposalItem, item: OpenItem, currency: str) -> dict[str, Any]:
    shown = {
        "invoice": item.number,
        "open": decimal_string(row.asked_minor, currency),
        "due": item.due_date.isoformat() if item.due_date else None,
        "step": row.step,
    }
    # What an earlier letter charged is no invoice, and says so.
    return shown | {"kind": item.kind} if item.kind in CHARGES else shown


def _charge_json(line: dict[str, Any], currency: str) -> dict[str, Any]:
    base = line["base_minor"]
    return {
        "kind": line["kind"],
        "invoice": line["invoice"],
        "amount": decimal_string(line["amount_minor"], currency),
        "rule": line["rule"],
        "from": line["from"],
        "to": line["to"],
        "days": line["days"],
        "rate": line["rate"],
        "base": None if base is None else decimal_string(base, currency),
    }


def explain_json(
    customer: Customer, score: Score | None, judgements: Sequence[Judgement], today: date
) -> dict[str, Any]:
    """Why and why not, item by item, and what is known of the relationship."""
    return {
        "customer": customer.number,
        "date": today.isoformat(),
        "items": [
            _item_json(judgement, judged, why)
            for judgement in judgements
            for judged, why in zip(judgement.items, items_why(judgement), strict=True)
        ],
        "decisions": [
            {
                "currency": judgement.case.currency,
                "treatment": treatment_of(judgement),
                "because": [reason_json(reason) for reason in judgement.all_reasons],
            }
            for judgement in judgements
        ],
        "relationship": relationship_json(score),
    }


def reason_json(reason: Reason) -> dict[str, str]:
    """A reason: its stable code, and what a clerk reads."""
    return {"code": reason.code, "text": reason.text}


def _item_json(judgement: Judgement, judged: ItemJudged, why: ItemWhy) -> dict[str, Any]:
    item = why.item
    account = judgement.reasons if why.decision in ("listed", "nothing") else judgement.all_reasons
    reasons = [*why.own, *(account if why.shared else ()), *([judged.note] if judged.note else ())]
    return {
        "invoice": item.number,
        "open": decimal_string(item.open_minor, item.currency),
        "due": item.due_date.isoformat() if item.due_date else None,
        "step": why.step,
        "decision": why.decision,
        "because": [reason_json(reason) for reason in reasons],
    }


def relationship_json(score: Score | None) -> dict[str, Any]:
    """What the customer is worth and how they pay; empty while they have not been scored."""
    if score is None:
        return {}
    return {
        "grade": score.grade,
        "value_12m": decimal_string(score.value_12m_minor, score.currency),
        "currency": score.currency,
        "expected_purchases": round(score.expected_purchases, 2),
        "p_alive": round(score.p_alive, 3),
        "thin_data": score.thin_data,
        "estimated_from_revenue": score.from_revenue,
        "on_time_rate": None if score.on_time_rate is None else round(score.on_time_rate, 3),
        "risk": round(score.late_risk, 3),
        "median_days_late": score.median_days_late,
        "reasons": score.reasons,
    }


def summary(proposal: Proposal) -> str:
    """The proposal in a few words, e.g. ``friendly reminder by e-mail``."""
    return summary_words(proposal.treatment, proposal.channel)


def summary_words(treatment: str, channel: str) -> str:
    """The same of a treatment and the way it goes out."""
    if treatment == "hold":
        return hold_words(channel)
    way = {"email": "by e-mail", "letter": "by post", "call": "by telephone", "task": "by a person"}[channel]
    return f"{treatment_words(treatment)} {way}"
