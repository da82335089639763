"""What programs are answered about the day's work and the set-up: the list, decisions, letters, ladders, people."""

from __future__ import annotations

from typing import Any

from kulant.api.shapes import CodeText, Date, Id, Money, Shape


class WorklistRow(Shape):
    """One customer's late account in one currency."""

    customer: str
    name: str
    currency: str
    open: Money
    overdue: Money
    oldest_due: Date
    days_overdue: int
    items: int
    ageing: dict[str, Money]
    grade: str | None
    value_12m: Money | None
    on_time_rate: float | None
    risk: float | None
    treatment: str | None
    reason: str
    priority: int
    hold: str | None
    plan: str | None
    owner: str | None


class ExplainedItem(Shape):
    """Why, or why not, for one item."""

    invoice: str
    open: Money
    due: Date | None
    step: str | None
    decision: str
    because: list[CodeText]


class ExplainShape(Shape):
    """Why and why not, item by item."""

    customer: str
    date: Date
    items: list[ExplainedItem]
    relationship: dict[str, Any]


class ProposalShape(Shape):
    """What Kulant proposes, and why."""

    id: Id
    customer: str
    currency: str
    date: Date
    treatment: str
    document: str | None
    channel: str
    language: str
    step: str | None
    demand: Money
    fees: Money
    interest: Money
    items: list[dict[str, Any]]
    reasons: list[CodeText]
    options: list[dict[str, Any]]
    status: str
    blocked: list[CodeText]


class ApprovedShape(Shape):
    """The proposals that were approved."""

    approved: list[Id]


class DismissedShape(Shape):
    """The proposal that was dismissed."""

    dismissed: list[Id]
    reason: str


class RunShape(Shape):
    """What a daily run changed."""

    creditor: str
    date: Date
    proposed: int
    unchanged: int
    withdrawn: int
    dry_run: bool


class DeliveredShape(Shape):
    """What left the house, and what did not and why; of a dry run, what would."""

    sent: list[dict[str, Any]]
    blocked: list[dict[str, Any]]
    failed: list[dict[str, Any]] = []
    uncertain: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = []
    dry_run: bool = False


class DocumentShape(Shape):
    """An archived document."""

    id: Id
    customer: str
    kind: str
    language: str
    date: Date
    pages: int
    sha256: str


class TaskShape(Shape):
    """Something a person here should see or do."""

    id: Id
    customer: str | None
    kind: str
    text: str
    due: Date
    done_on: Date | None


class LadderShape(Shape):
    """A version of a ladder."""

    ladder: str
    version: int
    active: bool
    applied_on: Date


class TokenShape(Shape):
    """A token, without its secret."""

    id: Id
    user: str
    name: str
    scopes: list[str]
    status: str


class UserShape(Shape):
    """A person who may log in."""

    name: str
    role: str
    creditors: list[str]
