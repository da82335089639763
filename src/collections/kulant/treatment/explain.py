"""Why and why not for one customer today, beside what the run before had said: what ``kulant explain`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.queries import scores
from kulant.treatment import verdict_queries
from kulant.treatment.judge import Judgement
from kulant.treatment.ladder_text import why_this_ladder
from kulant.treatment.policies import LadderInForce, ladder_for, ladders_in_force
from kulant.treatment.service import judge_customers
from kulant.treatment.verdicts import as_said
from kulant.treatment.views import explain_json, reason_json
from kulant.treatment.why import Changed, ItemSaid, Said, changes, nothing_open, said_today


@dataclass(frozen=True, slots=True)
class Account:
    """One currency of a customer: what today says, what was said before (since when), and what differs."""

    currency: str
    now: Said
    before: Said | None
    since: date | None
    changed: Sequence[Changed]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about why and why not for one customer today."""

    customer: Customer
    judgements: Sequence[Judgement]
    accounts: Sequence[Account]
    ladder: LadderInForce | None
    ladder_because: str


def explain(session: Session, *, creditor: Creditor, customer: Customer, today: date) -> Explanation:
    """Today's judgement of the customer beside the newest verdict from before today; nothing is stored."""
    judgements = judge_customers(session, creditor=creditor, customer_ids=[customer.id], today=today)
    ladder = ladder_for(customer, creditor, ladders_in_force(session, creditor.id))
    because = why_this_ladder(ladder.policy) if ladder else "No ladder applies to this customer; nothing is proposed."
    return Explanation(customer, judgements, _accounts(session, customer, judgements, today), ladder, because)


def _accounts(session: Session, customer: Customer, judgements: Sequence[Judgement], today: date) -> list[Account]:
    verdicts = verdict_queries.before(session, customer.id, today)
    earlier = {said.currency: said for said in as_said(session, verdicts)}
    since = {verdict.currency: verdict.since for verdict in verdicts}
    now = {judgement.case.currency: said_today(judgement) for judgement in judgements}
    accounts = []
    for currency in sorted(earlier.keys() | now.keys()):
        said, before = now.get(currency) or nothing_open(currency), earlier.get(currency)
        differs = changes(before, said) if before is not None else ()
        accounts.append(Account(currency, said, before, since.get(currency), differs))
    return accounts


def explanation_json(session: Session, told: Explanation, today: date) -> dict[str, Any]:
    """The explanation as the contract shows it, with the run before and what has changed since."""
    score = scores(session, [told.customer.id]).get(told.customer.id)
    compared = [account for account in told.accounts if account.before is not None]
    return explain_json(told.customer, score, told.judgements, today) | {
        "ladder": {
            "name": told.ladder.policy.name if told.ladder else None,
            "version": told.ladder.version if told.ladder else None,
            "because": told.ladder_because,
        },
        "previous": _previous_json(compared),
        "changed": [
            {"what": one.what, "before": one.before, "now": one.now, "currency": account.currency}
            for account in compared
            for one in account.changed
        ],
    }


def _previous_json(accounts: Sequence[Account]) -> dict[str, Any] | None:
    """What was said before today; ``date``: the day of the newest of it."""
    days = [account.since for account in accounts if account.since is not None]
    if not days:
        return None
    return {
        "date": max(days).isoformat(),
        "items": [_item_json(item) for account in accounts if account.before for item in account.before.items],
        "decisions": [
            {
                "currency": account.currency,
                "since": account.since.isoformat() if account.since else None,
                "treatment": account.before.treatment,
                "step": account.before.step,
                "because": [reason_json(reason) for reason in account.before.reasons],
            }
            for account in accounts
            if account.before is not None
        ],
    }


def _item_json(item: ItemSaid) -> dict[str, Any]:
    return {
        "invoice": item.invoice,
        "step": item.step,
        "decision": item.decision,
        "because": [reason_json(reason) for reason in item.because],
    }
