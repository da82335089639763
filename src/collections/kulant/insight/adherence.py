"""How plans and promises are kept, by why the customer was late and by grade; and whether they buy again after a plan.

A plan's reason and grade are those of the day it was offered, a promise's those of the day it was made: what was known
when we agreed to it. Only what can have come about is counted: an instalment when its day has passed, a plan's money
after 180 days when these have passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.money import decimal_string
from kulant.insight import adherence_queries as queries
from kulant.insight import effect_queries
from kulant.insight.effect import Stage, comparison_json, lateness_matched
from kulant.insight.plan_ages import PlanAge, age_json, plan_ages
from kulant.insight.shares import Share
from kulant.people.models import Creditor
from kulant.plans.rules import GRACE_DAYS

UNKNOWN = "unknown"
GRADES = ("A", "B", "C", "D")
AFTER = timedelta(days=180)
MOST_INSTALMENTS = 12


@dataclass(frozen=True, slots=True)
class PlanKept:
    """One plan as the report counts it."""

    plan_id: int
    customer: str
    reason: str
    grade: str | None
    status: str
    offered_on: date
    answered: bool  # accepted, or let pass
    accepted_on: date | None
    first_paid: bool | None  # nothing while its day has not passed
    on_time: tuple[bool, ...]  # of each instalment whose day has passed
    currency: str
    claim_minor: int
    recovered_minor: int | None  # within 180 days; nothing while these have not passed


@dataclass(frozen=True, slots=True)
class PlanGroup:
    """Plans of one reason, one grade, or all of them."""

    name: str
    offered: int
    accepted: Share
    first_paid: Share
    completed: Share
    on_time: Share
    recovered: dict[str, tuple[int, int]]  # by currency: recovered and claimed, of plans older than 180 days


@dataclass(frozen=True, slots=True)
class Plans:
    """The report on plans of a day."""

    day: date
    creditor: str
    everything: PlanGroup
    by_reason: list[PlanGroup]
    by_grade: list[PlanGroup]
    by_instalment: list[Share]
    reorder: Stage | None  # against late payers without a plan; what counts there is who bought nothing
    one_in: int
    kept: list[PlanKept] = field(repr=False)
    running: list[PlanAge] = field(repr=False, default_factory=list)  # in both ages


def plans(session: Session, creditor: Creditor, today: date) -> Plans:
    """The report as known on the business date."""
    schedule = queries.instalments(session, creditor.id)
    paid = queries.paid_on_plans(session, creditor.id, today)
    kept = []
    for plan, number in queries.plans(session, creditor.id, today):
        accepted = plan.accepted_on if plan.accepted_on and plan.accepted_on <= today else None
        parts = schedule.get(plan.id, []) if accepted else []
        came = paid.get(plan.id, [])
        over = plan.ended_on if plan.status == "cancelled" else None
        judged = [part for part in parts if part[1] < today and (over is None or part[1] < over)]
        first = [part for part in parts[:1] if part[1] + timedelta(days=GRACE_DAYS) < today]
        mature = accepted is not None and accepted + AFTER <= today
        kept.append(
            PlanKept(
                plan.id, number, plan.late_reason or UNKNOWN, plan.grade, plan.status, plan.offered_on,
                accepted is not None or plan.status == "expired" or plan.valid_until < today,
                accepted,
                _paid_by(came, first[0][1], GRACE_DAYS) >= first[0][2] if first else None,
                on_time(parts, came, len(judged)),
                plan.currency, plan.claim_minor,
                max(0, min(plan.claim_minor, _paid_by(came, accepted + AFTER))) if mature and accepted else None,
            )
        )  # fmt: skip
    reorder, one_in = _reorder(session, creditor, today) if any(one.accepted_on for one in kept) else (None, 1)
    return Plans(
        today, creditor.code, _plan_group("All plans", kept),
        [_plan_group(name, some) for name, some in _grouped(kept, lambda one: one.reason)],
        [_plan_group(grade, [one for one in kept if one.grade == grade]) for grade in GRADES],
        by_instalment(one.on_time for one in kept), reorder, one_in, kept, plan_ages(session, creditor.id, today),
    )  # fmt: skip


def on_time(parts: Sequence[tuple[int, date, int]], came: Sequence[tuple[date, int]], passed: int) -> tuple[bool, ...]:
    """Of the first so many instalments, whether by its day all that was due until then had come."""
    due, found = 0, []
    for _, day, amount in parts[:passed]:
        due += amount
        found.append(_paid_by(came, day) >= due)
    return tuple(found)


def by_instalment(plans_on_time: Iterable[Sequence[bool]]) -> list[Share]:
    """The share on time of every first instalment, every second one, and so on."""
    hits, counts = [0] * MOST_INSTALMENTS, [0] * MOST_INSTALMENTS
    for one in plans_on_time:
        for place, hit in enumerate(one[:MOST_INSTALMENTS]):
            hits[place] += hit
            counts[place] += 1
    return [Share(hit, count) for hit, count in zip(hits, counts, strict=True) if count]


def _paid_by(came: Sequence[tuple[date, int]], day: date, grace: int = 0) -> int:
    return sum(minor for on, minor in came if on <= day + timedelta(days=grace))


def _grouped(some: Sequence[Any], of: Callable[[Any], str]) -> list[tuple[str, list[Any]]]:
    groups: dict[str, list[Any]] = {}
    for one in some:
        groups.setdefault(of(one), []).append(one)
    return sorted(groups.items(), key=lambda group: (group[0] == UNKNOWN, -len(group[1]), group[0]))


def _plan_group(name: str, some: Sequence[PlanKept]) -> PlanGroup:
    accepted = [one for one in some if one.accepted_on]
    ended = [one for one in accepted if one.status in ("completed", "renegotiated", "broken", "cancelled")]
    firsts = [one.first_paid for one in some if one.first_paid is not None]
    passed = [hit for one in some for hit in one.on_time]
    recovered: dict[str, tuple[int, int]] = {}
    for one in some:
        if one.recovered_minor is not None:
            got, claimed = recovered.get(one.currency, (0, 0))
            recovered[one.currency] = (got + one.recovered_minor, claimed + one.claim_minor)
    return PlanGroup(
        name,
        len(some),
        Share(len(accepted), sum(one.answered for one in some)),
        Share(sum(firsts), len(firsts)),
        Share(sum(one.status == "completed" for one in ended), len(ended)),
        Share(sum(passed), len(passed)),
        recovered,
    )


def _reorder(session: Session, creditor: Creditor, today: date) -> tuple[Stage, int]:
    ledger, one_in = effect_queries.ledger(session, creditor.id, today)
    agreed = queries.agreed_days(session, creditor.id, today)
    return lateness_matched(ledger, "plan", agreed, today, [(0, AFTER.days)]), one_in


@dataclass(frozen=True, slots=True)
class PromiseKept:
    """One promise as the report counts it."""

    promise_id: int
    customer: str
    reason: str
    grade: str | None
    made_on: date
    due: date
    currency: str
    amount_minor: int
    status: str  # open | kept | broken


@dataclass(frozen=True, slots=True)
class Promises:
    """The report on promises of a day; shares are of those that are settled."""

    day: date
    creditor: str
    everything: Share
    waiting: int
    by_reason: list[tuple[str, Share]]
    by_grade: list[tuple[str, Share]]
    by_both: dict[tuple[str, str], Share]
    by_quarter: list[tuple[date, Share]]
    kept: list[PromiseKept] = field(repr=False)


def promises(session: Session, creditor: Creditor, today: date) -> Promises:
    """The report as known on the business date."""
    kept = [
        PromiseKept(
            one.id, number, one.late_reason or UNKNOWN, one.grade, one.made_on, one.due, one.currency,
            one.amount_minor, one.status if one.settled_on and one.settled_on <= today else "open",
        )
        for one, number in queries.promises(session, creditor.id, today)
    ]  # fmt: skip
    settled = [one for one in kept if one.status != "open"]
    reasons = _grouped(settled, lambda one: one.reason)
    quarters = sorted({_quarter(one.due) for one in settled})
    return Promises(
        today,
        creditor.code,
        _kept(settled),
        len(kept) - len(settled),
        [(reason, _kept(some)) for reason, some in reasons],
        [(grade, _kept([one for one in settled if one.grade == grade])) for grade in GRADES],
        {
            (reason, grade): _kept([one for one in some if one.grade == grade])
            for reason, some in reasons
            for grade in GRADES
        },
        [(first, _kept([one for one in settled if _quarter(one.due) == first])) for first in quarters],
        kept,
    )


def _kept(some: Sequence[PromiseKept]) -> Share:
    return Share(sum(one.status == "kept" for one in some), len(some))


def _quarter(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def plans_json(report: Plans, *, trace: bool = False) -> dict[str, Any]:
    """The report as ``kulant report plans --json`` prints it."""
    return {
        "report": "plans",
        "creditor": report.creditor,
        "date": report.day.isoformat(),
        "all": _group_json(report.everything),
        "by_reason": [_group_json(one) for one in report.by_reason],
        "by_grade": [_group_json(one) for one in report.by_grade],
        "on_time_by_instalment": [
            {"instalment": place + 1, **share.json()} for place, share in enumerate(report.by_instalment)
        ],
        "nothing_bought_within_180_days": report.reorder
        and {"verdict": report.reorder.verdict} | comparison_json(report.reorder.lags[0].found),
        "running": [{"customer": one.customer, "currency": one.currency} | age_json(one) for one in report.running],
    } | ({"trace": [_plan_json(one) for one in report.kept]} if trace else {})


def _group_json(one: PlanGroup) -> dict[str, Any]:
    return {
        "name": one.name,
        "offered": one.offered,
        "accepted": one.accepted.json(),
        "first_payment": one.first_paid.json(),
        "on_time": one.on_time.json(),
        "completed": one.completed.json(),
        "recovered_180_days": [
            {
                "currency": currency,
                "recovered": decimal_string(got, currency),
                "claim": decimal_string(claimed, currency),
                "share": round(got / claimed, 4) if claimed else None,
            }
            for currency, (got, claimed) in sorted(one.recovered.items())
        ],
    }


def _plan_json(one: PlanKept) -> dict[str, Any]:
    return {
        "id": str(one.plan_id),
        "customer": one.customer,
        "reason": one.reason,
        "grade": one.grade,
        "status": one.status,
        "offered": one.offered_on.isoformat(),
        "accepted": one.accepted_on.isoformat() if one.accepted_on else None,
        "on_time": list(one.on_time),
        "claim": decimal_string(one.claim_minor, one.currency),
        "recovered_180_days": None
        if one.recovered_minor is None
        else decimal_string(one.recovered_minor, one.currency),
        "currency": one.currency,
    }


def promises_json(report: Promises, *, trace: bool = False) -> dict[str, Any]:
    """The report as ``kulant report promises --json`` prints it."""
    return {
        "report": "promises",
        "creditor": report.creditor,
        "date": report.day.isoformat(),
        "kept": report.everything.json(),
        "open": report.waiting,
        "by_reason": [{"reason": reason} | share.json() for reason, share in report.by_reason],
        "by_grade": [{"grade": grade} | share.json() for grade, share in report.by_grade],
        "by_reason_and_grade": [
            {"reason": reason, "grade": grade} | share.json()
            for (reason, grade), share in report.by_both.items()
            if share.whole
        ],
        "by_quarter": [{"from": first.isoformat()} | share.json() for first, share in report.by_quarter],
    } | (
        {
            "trace": [
                {
                    "id": str(one.promise_id),
                    "customer": one.customer,
                    "reason": one.reason,
                    "grade": one.grade,
                    "made": one.made_on.isoformat(),
                    "due": one.due.isoformat(),
                    "amount": decimal_string(one.amount_minor, one.currency),
                    "currency": one.currency,
                    "status": one.status,
                }
                for one in report.kept
            ]
        }
        if trace
        else {}
    )
