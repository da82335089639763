"""The daily run for the business date: settle, score, follow plans, propose. Run again, it changes nothing."""

from __future__ import annotations

from typing import Any

from kulant.core.events import Event
from kulant.core.words import day_words
from kulant.db import Act
from kulant.delivery.law_tasks import law_tasks
from kulant.delivery.outbox import approve
from kulant.delivery.plan_events import follow_plans
from kulant.ledger import balances
from kulant.ledger.queries import work_alone
from kulant.people.models import Creditor
from kulant.relationship.scoring import score_portfolio
from kulant.relationship.service import settle_promises
from kulant.treatment.models import Proposal
from kulant.treatment.policies import policy_of
from kulant.treatment.service import Proposed, propose_all


def run_day(act: Act, *, creditor: Creditor) -> dict[str, Any]:
    """One creditor's run; returns what changed, as ``kulant run --json`` prints it."""
    work_alone(act.session, creditor.id)
    promises = settle_promises(act, creditor=creditor)
    plans = follow_plans(act, creditor)
    law_tasks(act, creditor)
    act.session.flush()
    scored = score_portfolio(act, creditor=creditor)
    proposed = propose_all(act, creditor=creditor)
    approved = _approve_automatic(act, creditor, proposed)
    act.session.flush()
    balances.rebuild(act.session, creditor.id, act.today)
    result = {
        "creditor": creditor.code,
        "date": act.today.isoformat(),
        "proposed": len(proposed.created),
        "approved": approved,
        "unchanged": proposed.unchanged,
        "withdrawn": proposed.withdrawn,
        "promises_settled": promises,
        "plans_completed": len(plans.completed),
        "plans_broken": len(plans.broken),
        "scored": scored,
    }
    if any(result[key] for key in ("proposed", "withdrawn", "promises_settled", "plans_completed", "plans_broken")):
        act.tell(Event("daily_run", f"Daily run for {day_words(act.today)}.", creditor_id=creditor.id, data=result))
    return result


def _approve_automatic(act: Act, creditor: Creditor, proposed: Proposed) -> int:
    """Approves what the ladder lets leave without asking: its own letter, never a softer or other treatment."""
    automatic = [proposal for proposal in proposed.created if _is_automatic(act, proposal)]
    for proposal in automatic:
        approve(act, creditor=creditor, proposal=proposal, undo_seconds=creditor.undo_seconds)
    return len(automatic)


def _is_automatic(act: Act, proposal: Proposal) -> bool:
    if proposal.step is None:
        return False
    steps = policy_of(act.session, proposal).steps
    return any(step.code == proposal.step and step.approval == "auto" for step in steps)
