"""Standings: how each relationship stands beside the money, worked out from what is recorded and kept for lists.

A standing is derived: the daily run works all of them out anew and writes those that differ. The customer's page works
its own out when it is opened, so that it is true a moment after something was recorded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.calendar import add_months
from kulant.db import Act, Json, canonical_json
from kulant.ledger.bulk import replace_rows
from kulant.people.models import Creditor
from kulant.relationship import reviewing
from kulant.relationship import standing_queries as queries
from kulant.relationship.attachment import Bond, attachment
from kulant.relationship.break_even import break_even, came_within
from kulant.relationship.danger import danger, is_late, longest_silence, usual_gap
from kulant.relationship.expectations import is_open_gap, keep_checks
from kulant.relationship.keepability import Evidence, keepability
from kulant.relationship.models_care import ExpectationCheck
from kulant.relationship.models_view import Standing
from kulant.relationship.phases import phase_of
from kulant.relationship.queries import CONTACT_KINDS
from kulant.relationship.rulebook import RuleBook, rules_of
from kulant.relationship.save_desk import keep_save_cases, keep_trust_tasks
from kulant.relationship.standing_queries import COLUMNS, Earned, Person, Scope

# After so few customers were told of, their standings are worked out at once; after more, with the next run.
FEW = 20
CARED = {
    *CONTACT_KINDS, "strike_added", "strike_withdrawn", "complaint_answered", "request_answered", "check_closed",
    "save_case_opened", "save_case_closed", "customer_lost", "customer_returned",
}  # fmt: skip


@dataclass(slots=True)
class _Known:
    """What is known of all customers looked at, by customer."""

    since: dict[int, date]
    contacts: dict[int, tuple[date, int | None]]  # the last one, and the usual gap
    strikes: dict[int, int]
    surveys: dict[int, dict[str, Any]]
    checks: dict[int, ExpectationCheck]
    saving: set[int]
    lost: set[int]
    earned: dict[int, Earned]
    begins: date | None  # the ledger
    currency: str  # of what winning them cost
    no_plan: Collection[int]
    late_requests: dict[int, list[date]] = field(default_factory=lambda: defaultdict(list))
    complaining: set[int] = field(default_factory=set)
    outcomes: dict[int, str] = field(default_factory=dict)


def keep_standings(
    act: Act,
    creditor: Creditor,
    *,
    no_plan: Collection[int] = frozenset(),
    customer_ids: Collection[int] | None = None,
) -> int:
    """Asks for expectation checks, opens save cases, and writes the standings that changed; returns how many did.

    ``no_plan``: customers who are not offered another payment plan. ``customer_ids``: whose standing may have changed;
    none: everybody's. A second run the same day writes nothing.
    """
    rules = rules_of(act.session, creditor.id)
    keep_checks(act, creditor, rules)
    keep_save_cases(act, creditor, rules)
    act.session.flush()
    keep_trust_tasks(act, creditor, rules)
    act.session.flush()
    if customer_ids is not None:
        customer_ids = {*customer_ids, *reviewing.changed(act)}
        if not customer_ids:
            return 0
    return _keep(act, creditor, Scope(act.session, creditor.id, act.today, customer_ids), rules, no_plan)


def refresh_standings(
    act: Act, creditor: Creditor, customer_ids: Collection[int], *, no_plan: Collection[int] = frozenset()
) -> int:
    """Writes the standings of these customers anew where they changed, after something was recorded about them."""
    act.session.flush()
    scope = Scope(act.session, creditor.id, act.today, customer_ids)
    return _keep(act, creditor, scope, rules_of(act.session, creditor.id), no_plan)


def cared_for(act: Act) -> dict[int, set[int]]:
    """The customers about whom the act told something that their standing knows, by creditor; none where too many.

    A run works everybody's out itself.
    """
    found: dict[int, set[int]] = defaultdict(set)
    if act.reviews:
        return found
    for event in act.events:
        if event.kind in CARED and event.customer_id is not None and event.creditor_id is not None:
            found[event.creditor_id].add(event.customer_id)
    return {creditor_id: ids for creditor_id, ids in found.items() if len(ids) <= FEW}


def standing_now(
    session: Session, creditor: Creditor, customer_id: int, today: date, *, no_plan: bool = False
) -> Standing:
    """How one relationship stands at this moment, without storing it."""
    scope = Scope(session, creditor.id, today, [customer_id])
    known = {customer_id} if no_plan else frozenset[int]()
    [row] = _rows(scope, creditor, rules_of(session, creditor.id), known)
    return Standing(on=row.pop("as_of"), **row)


def _keep(act: Act, creditor: Creditor, scope: Scope, rules: RuleBook, no_plan: Collection[int]) -> int:
    before = queries.stored(scope)
    rows = _rows(scope, creditor, rules, no_plan, to_keep=True)
    changed = (row for row in rows if _differs(row, before.pop(row["customer_id"], None)))
    return _write(act, changed)


def _rows(
    scope: Scope, creditor: Creditor, rules: RuleBook, no_plan: Collection[int], *, to_keep: bool = False
) -> Iterator[dict[str, Any]]:
    """The standing of each customer, column by column."""
    known = _known(scope, creditor, rules, no_plan)
    for person in queries.people(scope, to_keep=to_keep):
        yield _row(person, known, rules, scope)


def _known(scope: Scope, creditor: Creditor, rules: RuleBook, no_plan: Collection[int]) -> _Known:
    counting = add_months(scope.today, -rules.strike_months)
    known = _Known(
        since=queries.first_purchases(scope),
        contacts={customer_id: (days[-1], usual_gap(days)) for customer_id, days in queries.contact_days(scope)},
        strikes=queries.strikes(scope, counting),
        surveys=queries.surveys(scope),
        checks=queries.checks(scope),
        saving=queries.being_saved(scope),
        lost=queries.lost(scope),
        earned=queries.earned(scope, creditor.currency, rules.cost_to_serve_share),
        begins=queries.ledger_begins(scope.session, creditor.id),
        currency=creditor.currency,
        no_plan=no_plan,
    )
    for concern in queries.concerns(scope, counting):
        if concern.answered_on is not None:
            if concern.outcome is not None:
                known.outcomes[concern.customer_id] = concern.outcome
        elif concern.kind == "complaint":
            known.complaining.add(concern.customer_id)
        elif is_late(concern.opened_on, scope.today, days=rules.danger_request_days, country=creditor.country):
            known.late_requests[concern.customer_id].append(concern.opened_on)
    return known


def _row(person: Person, known: _Known, rules: RuleBook, scope: Scope) -> dict[str, Any]:
    last_contact, gap = known.contacts.get(person.id, (None, None))
    late_requests = known.late_requests.get(person.id, [])
    signs = danger(rules, today=scope.today, last_contact=last_contact, gap=gap, late_requests=late_requests)
    phase = phase_of(
        rules.phases, purchases=person.purchases, paid_invoices=person.paid_invoices, p_active=person.p_active
    )
    check = known.checks.get(person.id)
    figure, points = attachment(_bond(person, known, rules, scope.today))
    kept = None
    if person.p_active is not None:
        kept = keepability(
            Evidence(
                p_active=person.p_active,
                open_complaint=person.id in known.complaining,
                strikes=known.strikes.get(person.id, 0),
                strikes_stop=rules.strikes_stop,
                in_danger=bool(signs),
                phase=phase.name if phase else None,
                phase_times=phase.kindness if phase else 1.0,
                plan_allowed=person.id not in known.no_plan,
            )
        )
    earned = known.earned.get(person.id)
    stands = break_even(
        person.acquisition_cost_minor,
        earned.reached if earned else None,
        lost=person.id in known.lost,
        whole=came_within(person.since, known.begins) and person.currency in (None, known.currency),
    )
    return {
        "customer_id": person.id,
        "creditor_id": scope.creditor_id,
        "as_of": scope.today,
        "attachment": figure,
        "attachment_reasons": [point.as_json() for point in points],
        "keepability": kept.gain if kept else None,
        "keepability_reasons": kept.reasons() if kept else [],
        "phase": phase.code if phase else None,
        "in_danger": bool(signs),
        "danger_reasons": [sign.as_json() for sign in signs],
        "strikes": known.strikes.get(person.id, 0),
        "last_contact": last_contact,
        "contact_gap_days": gap,
        "break_even": stands.state,
        "break_even_on": stands.on,
        "open_gap": check is not None and is_open_gap(check, rules),
        "saving": person.id in known.saving,
    }


def _bond(person: Person, known: _Known, rules: RuleBook, today: date) -> Bond:
    last_contact, gap = known.contacts.get(person.id, (None, None))
    said, check = known.surveys.get(person.id, {}), known.checks.get(person.id)
    closed = check is not None and check.closed_on is not None
    return Bond(
        today=today,
        last_contact=last_contact,
        fresh_days=rules.contact_fresh_days,
        danger_days=longest_silence(rules, gap),
        late_requests=len(known.late_requests.get(person.id, ())),
        strikes=known.strikes.get(person.id, 0),
        complaint_open=person.id in known.complaining,
        complaint_outcome=known.outcomes.get(person.id),
        expected=said.get("expected"),
        got=said.get("got"),
        check_gap=rules.check_gap,
        check_low=rules.check_low,
        gap_put_right=closed and check is not None and check.got == said.get("got"),
        since=person.since or known.since.get(person.id),
    )


def _differs(row: dict[str, Any], before: tuple[Any, ...] | None) -> bool:
    return before is None or before != tuple(_as_stored(column, row[column.name]) for column in COLUMNS)


def _as_stored(column: Any, value: Any) -> Any:
    return canonical_json(value) if isinstance(column.type, Json) else value


def _write(act: Act, rows: Iterator[dict[str, Any]]) -> int:
    columns = list(Standing.__table__.columns)
    values = ([_as_stored(column, row[column.name]) for column in columns] for row in rows)
    return replace_rows(act.session, Standing, [column.name for column in columns], values)
