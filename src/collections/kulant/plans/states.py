"""The states of a payment plan: which step may follow which, and the one function that takes a step and tells of it.

An accepted plan becomes active when money for its first instalment has come or that instalment's day has come; it is
late when an instalment is short more than the days of grace after its day. A plan is never broken by the program: a
person decides that. A completed plan runs again when a bank takes money back.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from kulant.core.errors import Conflict
from kulant.core.events import Event
from kulant.db import Act
from kulant.plans.models import Plan

RUNNING = ("accepted", "active", "late")  # the customer is paying by it; nothing else is asked for what it covers
ENDED = ("completed", "renegotiated", "broken", "cancelled", "expired")

_ENDS_OF_RUNNING = frozenset(("completed", "renegotiated", "broken", "cancelled"))
STEPS: dict[str, frozenset[str]] = {
    "offered": frozenset(("accepted", "expired", "cancelled")),
    "accepted": frozenset(("active", "late")) | _ENDS_OF_RUNNING,
    "active": frozenset(("late",)) | _ENDS_OF_RUNNING,
    "late": frozenset(("active",)) | _ENDS_OF_RUNNING,
    "completed": frozenset(("active",)),
    "renegotiated": frozenset(),
    "broken": frozenset(),
    "cancelled": frozenset(),
    "expired": frozenset(),
}


def may_become(status: str, to: str) -> bool:
    """Whether a plan in that state may take the step."""
    return to in STEPS[status]


def step(
    act: Act, plan: Plan, to: str, said: str, *, reason: str | None = None, data: dict[str, Any] | None = None
) -> Plan:
    """Takes the plan to its next state and tells the timeline so; a step that is not allowed is refused.

    ``said`` is the sentence for people; ``reason`` stays with a plan that has ended.
    """
    before = plan.status
    if not may_become(before, to):
        raise Conflict("plan_step", f"plan {plan.id} is {before} and cannot become {to}; look at the plan again")
    plan.status = to
    plan.ended_on, plan.end_reason = (act.today, reason or said) if to in ENDED else (None, None)
    plan.late_since = (plan.late_since or act.today) if to == "late" else None
    act.session.flush()
    told = {"plan": plan.id, "from": before, "to": to, **(data or {})}
    act.tell(Event(f"plan_{to}", said, creditor_id=plan.creditor_id, customer_id=plan.customer_id, data=told))
    return plan


def days_since(day: date | None, today: date) -> int:
    """Days that have passed since a day; none when there is no such day or it lies ahead."""
    return max(0, (today - day).days) if day else 0
