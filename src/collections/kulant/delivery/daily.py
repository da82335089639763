"""The daily run for the business date: settle, score, follow plans, propose. Run again, it changes nothing."""

from __future__ import annotations

from typing import Any

from kulant.core.collecting import collecting_seldom
from kulant.core.events import Event
from kulant.core.review import Review
from kulant.core.words import day_words
from kulant.db import Act
from kulant.delivery.forecasts_kept import keep_forecast
from kulant.delivery.law_tasks import law_tasks
from kulant.delivery.occasions import queue_occasions
from kulant.delivery.outbox import approve_all
from kulant.delivery.plan_events import follow_plans
from kulant.delivery.privacy_purge import purge
from kulant.delivery.wrong_reminders import notice_wrong_reminders
from kulant.ledger import balances
from kulant.ledger.adjustments import write_off_small_balances
from kulant.ledger.matching import match_waiting
from kulant.ledger.queries import work_alone
from kulant.people.models import Creditor
from kulant.people.throttle import forget_tries
from kulant.plans.queries import planned_items
from kulant.relationship import reviewing
from kulant.relationship.losses import notice_losses
from kulant.relationship.payment_models import keep_payment_model
from kulant.relationship.scoring import score_portfolio
from kulant.relationship.searching import end_searches
from kulant.relationship.service import settle_promises
from kulant.relationship.service_clock import keep_clock
from kulant.relationship.standings import keep_standings, refresh_standings
from kulant.relationship.value_backtest import keep_value_backtest
from kulant.treatment.judged_by import judged_by
from kulant.treatment.outcomes import keep_outcomes
from kulant.treatment.queries import without_plan
from kulant.treatment.service import Proposed, propose_all

_APPROVED_AT_A_TIME = 500

# What of a run's result is worth a line in the audit trail.
_NEWS = (
    "payments_matched", "written_off", "proposed", "withdrawn", "promises_settled", "strikes", "plans_completed",
    "plans_late", "plan_notices", "losses", "occasions", "purged",
)  # fmt: skip


@collecting_seldom()
def run_day(act: Act, *, creditor: Creditor) -> dict[str, Any]:
    """One creditor's run; returns what changed, as ``kulant run --json`` prints it."""
    work_alone(act.session, creditor.id)
    purged = purge(act, creditor=creditor)
    matched = match_waiting(act, creditor=creditor)
    promises = settle_promises(act, creditor=creditor)
    end_searches(act, creditor)
    forget_tries(act)
    strikes = keep_clock(act, creditor) + notice_wrong_reminders(act, creditor)
    plans = follow_plans(act, creditor)
    written_off = write_off_small_balances(act, creditor, spared=planned_items(act.session, creditor.id))
    law_tasks(act, creditor)
    act.session.flush()
    review = reviewing.begin(act, creditor.id, judged_by(act.session, creditor))
    scored = score_portfolio(act, creditor=creditor, review=review)
    no_plan = without_plan(act.session, creditor.id, act.today)
    standings = keep_standings(act, creditor, no_plan=no_plan, customer_ids=review.customers)
    losses = notice_losses(act, creditor)
    if losses:
        refresh_standings(act, creditor, reviewing.changed(act), no_plan=no_plan)
    keep_payment_model(act, creditor)
    keep_forecast(act, creditor)
    keep_value_backtest(act, creditor)
    keep_outcomes(act, creditor)
    proposed = propose_all(act, creditor=creditor, review=_review_again(act, creditor, review))
    approved = _approve_automatic(act, creditor, proposed)
    occasions = queue_occasions(act, creditor)
    act.session.flush()
    balances.rebuild(act.session, creditor.id, act.today)
    result = {
        "creditor": creditor.code,
        "date": act.today.isoformat(),
        "proposed": len(proposed.created),
        "approved": approved,
        "unchanged": proposed.unchanged,
        "withdrawn": proposed.withdrawn,
        "payments_matched": len(matched),
        "written_off": len(written_off),
        "promises_settled": promises,
        "strikes": strikes,
        "plans_completed": len(plans.completed),
        "plans_late": plans.late,
        "plan_notices": plans.notices,
        "scored": scored,
        "standings": standings,
        "losses": losses,
        "occasions": occasions,
        "purged": len(purged),
    }
    if any(result[key] for key in _NEWS):
        act.tell(Event("daily_run", f"Daily run for {day_words(act.today)}.", creditor_id=creditor.id, data=result))
    return result


def _review_again(act: Act, creditor: Creditor, review: Review) -> Review:
    """With those about whom the run itself has changed something, or with everybody where it has learned something."""
    by = judged_by(act.session, creditor)
    if by != review.by:
        review.everybody(by)
    review.also(reviewing.changed(act))
    return review


def _approve_automatic(act: Act, creditor: Creditor, proposed: Proposed) -> int:
    """Approves what the ladder lets leave without asking: its own letter, never a softer or other treatment."""
    for start in range(0, len(proposed.automatic), _APPROVED_AT_A_TIME):
        ids = proposed.automatic[start : start + _APPROVED_AT_A_TIME]
        approve_all(act, creditor=creditor, proposal_ids=ids, undo_seconds=creditor.undo_seconds)
    return len(proposed.automatic)
