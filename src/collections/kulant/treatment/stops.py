"""What stops everything automatic: reasons that outrank any sum. Pure.

A stop never leaves more than firmness 0. All that apply are told; the first decides where the case goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from kulant.plans.states import RUNNING
from kulant.treatment.facts import Facts

OFFER_ANSWER_DAYS = 14  # so long an offered plan keeps letters back
OFFER_MEMORY_DAYS = 60  # so long an offer nobody took is not made again
BROKEN_MEMORY_DAYS = 730
BROKEN_PLANS_ALLOWED = 1
STRIKES_STOP = 2
CONTACT_GAP_DAYS = 90
CONTACT_GAP_TIMES = 2.0  # times the customer's own usual gap
HIGH_CHURN_RISK = 0.5


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason: its stable code and what a clerk reads."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A reason that stops letters, and where the case goes instead (``none``: nowhere, all is well)."""

    reason: Reason
    treatment: str = "hold"
    channel: str | None = "task"


def hard_stops(facts: Facts, *, owed: int, disputed: int, asked: int) -> list[Stop]:
    """Every stop that applies, weightiest first: of a debt overdue, the part disputed and what is left to ask."""
    if owed <= 0:
        return [_nothing("nothing_due", "Nothing is overdue.")]
    found = list(_of_the_customer(facts))
    if disputed >= owed:
        found.append(_task("disputed", "All of it is disputed; the dispute is settled before anything is asked."))
    elif asked <= 0:
        return [_nothing("covered", "Credits and money received but not yet matched cover what is overdue.")]
    return found + list(_of_agreements(facts))


def resting(facts: Facts) -> list[Reason]:
    """Why the customer is left in peace whatever is owed: what a note before the due date minds as well."""
    return [stop.reason for stop in (*_of_the_customer(facts), *_of_agreements(facts))]


def _of_the_customer(facts: Facts) -> Iterator[Stop]:
    if facts.insolvent or facts.late_reason == "insolvency":
        yield _task("insolvent", "The customer is insolvent; a person takes this and may have to file a claim.")
    if facts.hardship or facts.late_reason == "hardship":
        yield _task("hardship", "The customer cannot manage this now; a person takes it, nothing automatic goes out.")
    if facts.late_reason == "dispute":
        yield _task("reason_dispute", "They think something is wrong; it is put right before anything is asked.")
    if facts.late_reason == "our_error":
        yield _task("our_error", "We made a mistake in this; it is put right before anything is asked.")
    if facts.open_complaints:
        yield _task("complaint_open", "A complaint is open; it is answered before anything is asked.")
    if facts.strikes_24m >= (facts.strikes_stop or STRIKES_STOP):
        yield _task(
            "two_strikes",
            f"{facts.strikes_24m} of our own mistakes in 24 months; nothing automatic goes out, a person takes this.",
        )


def _of_agreements(facts: Facts) -> Iterator[Stop]:
    if any(plan.status in RUNNING for plan in facts.plans):
        yield _nothing("plan_active", "A payment plan is running; nothing is asked beside it.")
    promised = [promise.due for promise in facts.promises if promise.due and promise.due >= facts.today]
    if promised:
        yield _wait("promise_open", f"The customer promised to pay by {max(promised)}; we wait for that day.")
    answer_by = _answer_by(facts)
    if answer_by is not None:
        yield _wait("plan_offered", f"A payment plan was offered; we wait for the answer until {answer_by}.")


def _answer_by(facts: Facts) -> date | None:
    waiting = timedelta(days=OFFER_ANSWER_DAYS)
    offered = [plan.on for plan in facts.plans if plan.status == "offered" and plan.on]
    return max((day + waiting for day in offered if facts.today < day + waiting), default=None)


def _task(code: str, text: str) -> Stop:
    return Stop(Reason(code, text))


def _wait(code: str, text: str) -> Stop:
    return Stop(Reason(code, text), channel=None)


def _nothing(code: str, text: str) -> Stop:
    return Stop(Reason(code, text), "none", None)


def calls_for_a_person(facts: Facts) -> list[Reason]:
    """Danger signs that a person looks at, by telephone, before any letter goes out."""
    found = []
    silent = (facts.today - facts.last_contact).days if facts.last_contact else 0
    usual = CONTACT_GAP_TIMES * (facts.contact_gap_days or 0)
    if silent > (facts.contact_gap_limit or max(CONTACT_GAP_DAYS, usual)):
        found.append(Reason("danger_zone", f"Nobody has spoken with them for {silent} days; a person calls first."))
    if facts.unanswered_requests:
        found.append(Reason("danger_zone", "They asked us something and wait for the answer; a person calls first."))
    if facts.open_gap:
        found.append(
            Reason("open_gap", "They got less than they expected, and nobody has put it right; a person calls first.")
        )
    if facts.late_reason == "unhappy":
        found.append(Reason("unhappy", "They are unhappy with us; a person calls first."))
    return found


def calls_for_care(facts: Facts) -> list[Reason]:
    """Reasons to stay with soft treatments where a firmer letter would be due."""
    found = []
    if facts.strategic:
        found.append(Reason("strategic", "A strategic customer: we stay with soft steps."))
    if facts.strikes_24m:
        found.append(Reason("one_strike", "We made a mistake with them lately; a named person makes the next contact."))
    if facts.churn_risk is not None and facts.churn_risk >= HIGH_CHURN_RISK:
        found.append(
            Reason("churn_risk", f"The risk of losing them is {facts.churn_risk:.0%}; we stay with soft steps.")
        )
    return found


def why_no_plan(facts: Facts) -> str | None:
    """Why another payment plan is not offered, in words; none when it may be."""
    broken = [
        plan for plan in facts.plans if plan.status == "broken" and _within(plan.on, facts.today, BROKEN_MEMORY_DAYS)
    ]
    if len(broken) > BROKEN_PLANS_ALLOWED:
        return f"{len(broken)} payment plans were broken in 24 months"
    refused = ("offered", "declined", "expired")
    if any(plan.status in refused and _within(plan.on, facts.today, OFFER_MEMORY_DAYS) for plan in facts.plans):
        return f"a plan was offered less than {OFFER_MEMORY_DAYS} days ago and not taken"
    return None


def _within(day: date | None, today: date, days: int) -> bool:
    return day is not None and (today - day).days < days
