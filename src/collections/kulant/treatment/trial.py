"""A ladder tried against today's ledger: what it would propose, and what changes for whom. Nothing is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.money import decimal_string
from kulant.law import entries as law_entries
from kulant.law.entered import Entered
from kulant.people.models import Creditor
from kulant.treatment.case_queries import customers_to_judge
from kulant.treatment.cases import CustomerCase, load_cases
from kulant.treatment.judge import Judgement
from kulant.treatment.known import Known
from kulant.treatment.ladder import Policy
from kulant.treatment.lessons import what_is_known
from kulant.treatment.policies import LadderInForce, ladder_for, ladders_in_force, with_policy
from kulant.treatment.service import COURTESY_DAYS, judge_cases
from kulant.treatment.why import treatment_of
from kulant.treatment.words import hold_words, treatment_words

# So many customers are judged at the most where somebody waits for the answer.
SAMPLE = 2_000
_CHUNK = 500

KINDS = ("letters", "plans", "calls", "waivers", "tasks")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a ladder comes to for an account: what is proposed, by which step, and what is asked for."""

    ladder: str | None
    treatment: str
    document: str | None
    channel: str
    step: str | None
    demand_minor: int
    because: str
    proposes: bool

    @property
    def kind(self) -> str | None:
        """What somebody gets to do with it; none when nothing is proposed."""
        if not self.proposes:
            return None
        if self.document is not None:
            return "letters"
        if self.treatment == "payment_plan":
            return "plans"
        if self.treatment == "fee_waiver":
            return "waivers"
        return "calls" if self.channel == "call" else "tasks"

    @property
    def words(self) -> str:
        """The outcome in a few words."""
        if not self.proposes:
            return "nothing"
        said = hold_words(self.channel) if self.treatment == "hold" else treatment_words(self.treatment)
        return f"{said}, step {self.step}" if self.step else said

    def is_same_as(self, other: Outcome) -> bool:
        """Whether the customer would not notice the difference."""
        if not self.proposes or not other.proposes:
            return self.proposes == other.proposes
        mine, theirs = ((one.treatment, one.document, one.channel, one.step, one.demand_minor) for one in (self, other))
        return mine == theirs


@dataclass(frozen=True, slots=True)
class Change:
    """An account for which the ladder means something else than the ladders in force."""

    number: str
    name: str
    currency: str
    before: Outcome
    after: Outcome


@dataclass(slots=True)
class Trial:
    """The result. ``customers``: all with something to judge today; ``looked_at``: those that were judged."""

    ladder: str
    customers: int
    looked_at: int = 0
    every: int = 1
    decided: int = 0  # accounts whose step is approved already; no ladder changes that
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    used_by: int = 0  # accounts that the tried ladder is for

    @property
    def is_sample(self) -> bool:
        return self.looked_at < self.customers


def try_policy(
    session: Session, *, creditor: Creditor, policy: Policy, today: date, at_most: int | None = SAMPLE
) -> Trial:
    """Judges today's accounts twice, by the ladders in force and with this one among them, as the daily run would.

    ``at_most``: so many customers, spread evenly over all of them; none: every one.
    """
    in_force = ladders_in_force(session, creditor.id)
    tried = with_policy(in_force, policy)
    courtesy = any(step.document == "courtesy" for one in (*in_force, *tried) for step in one.policy.steps)
    horizon = today + timedelta(days=COURTESY_DAYS if courtesy else 0)
    ids = customers_to_judge(session, creditor.id, due_before=horizon, today=today)
    every = 1 if at_most is None else max(1, -(-len(ids) // at_most))
    chosen = ids[::every]
    trial = Trial(policy.name, customers=len(ids), looked_at=len(chosen), every=every)
    entered, known = law_entries.entered(session), what_is_known(session, creditor.id)
    for start in range(0, len(chosen), _CHUNK):
        cases = load_cases(session, chosen[start : start + _CHUNK], today)
        _compare(session, creditor, cases, (in_force, tried), trial, today, entered, known)
    return trial


def _compare(
    session: Session,
    creditor: Creditor,
    cases: Sequence[CustomerCase],
    ladders: tuple[Sequence[LadderInForce], Sequence[LadderInForce]],
    trial: Trial,
    today: date,
    entered: tuple[Entered, ...],
    known: Known,
) -> None:
    undecided = [case for case in cases if case.live is None or case.live.status != "approved"]
    trial.decided += len(cases) - len(undecided)
    outcomes = []
    for one in ladders:
        pairs = [(case, ladder_for(case.customer, creditor, one)) for case in undecided]
        judged = judge_cases(session, creditor, pairs, today, entered, known)
        outcomes.append([_outcome(judgement, ladder) for judgement, (_, ladder) in zip(judged, pairs, strict=True)])
    for case, before, after in zip(undecided, *outcomes, strict=True):
        trial.before.update([before.kind] if before.kind else [])
        trial.after.update([after.kind] if after.kind else [])
        trial.used_by += after.ladder == trial.ladder
        if before.is_same_as(after):
            trial.unchanged += 1
        else:
            trial.changes.append(Change(case.customer.number, case.customer.name, case.currency, before, after))


def _outcome(judgement: Judgement, ladder: LadderInForce | None) -> Outcome:
    return Outcome(
        ladder=ladder.policy.name if ladder else None,
        treatment=treatment_of(judgement),
        document=judgement.document,
        channel=judgement.channel,
        step=judgement.step,
        demand_minor=judgement.demand_minor if judgement.proposes else 0,
        because=judgement.all_reasons[0].text if judgement.all_reasons else "",
        proposes=judgement.proposes,
    )


def summary(trial: Trial) -> str:
    """The result in one sentence: what would be proposed, and for how many that is something else than now."""
    found = ", ".join(
        f"{trial.after[kind]} {kind if trial.after[kind] != 1 else kind[:-1]}" for kind in KINDS if trial.after[kind]
    )
    said = f"This would propose {found or 'nothing'} today"
    changed = f"; for {len(trial.changes)} that is another step than now" if trial.changes else "; nothing changes"
    if not trial.is_sample:
        return f"{said}{changed}, of {trial.customers} customers with something to judge."
    return (
        f"{said}{changed}, among {trial.looked_at} of {trial.customers} customers with something to judge "
        f"(every {_ordinal(trial.every)}): all of them would be about {trial.every} times as many."
    )


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def trial_json(trial: Trial) -> dict[str, Any]:
    """The result for programs."""
    return {
        "ladder": trial.ladder,
        "summary": summary(trial),
        "customers": trial.customers,
        "looked_at": trial.looked_at,
        "approved_already": trial.decided,
        "used_by": trial.used_by,
        "before": {kind: trial.before[kind] for kind in KINDS},
        "after": {kind: trial.after[kind] for kind in KINDS},
        "unchanged": trial.unchanged,
        "changes": [
            {
                "customer": change.number,
                "name": change.name,
                "currency": change.currency,
                "before": _outcome_json(change.before, change.currency),
                "after": _outcome_json(change.after, change.currency),
            }
            for change in trial.changes
        ],
    }


def _outcome_json(outcome: Outcome, currency: str) -> dict[str, Any]:
    return {
        "ladder": outcome.ladder,
        "treatment": outcome.treatment if outcome.proposes else "none",
        "document": outcome.document,
        "step": outcome.step,
        "demand": decimal_string(outcome.demand_minor, currency),
        "because": outcome.because,
    }
