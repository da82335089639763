"""The day's work: the run, the overdue list, why and why not, proposals, deciding, sending, tasks."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from kulant.api.access import require_scope
from kulant.api.bodies import PlainRoute
from kulant.api.call import Acting, Deciding, Reading
from kulant.api.given import Approving, Choosing, Delivering, Dismissing, Running
from kulant.api.parts import CustomerNumber, Identity, Limit, Next
from kulant.api.shapes import AnyShape, Page
from kulant.api.shapes_work import (
    ApprovedShape,
    DeliveredShape,
    DismissedShape,
    ExplainShape,
    ProposalShape,
    RunShape,
    TaskShape,
    WorklistRow,
)
from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.daily import run_day
from kulant.delivery.foreseen import dry_run
from kulant.delivery.house import open_house
from kulant.delivery.outbox import approve_all
from kulant.delivery.pausing import refuse_while_paused
from kulant.delivery.worker import deliver as carry_out
from kulant.insight import listing
from kulant.insight import listing_queries as lists
from kulant.insight.worklist import Row, in_full, overview, row_json
from kulant.ledger.models import Customer
from kulant.ledger.queries import customer_by_number
from kulant.relationship.tasks import finish_task
from kulant.treatment import queries
from kulant.treatment.act_views import chosen_json
from kulant.treatment.clerk import dismiss as say_no
from kulant.treatment.clerk import edit
from kulant.treatment.explain import explain as explained
from kulant.treatment.explain import explanation_json
from kulant.treatment.replay import decision_json
from kulant.treatment.views import proposals_json

router = APIRouter(route_class=PlainRoute)

_WORK: list[Any] = ["The day's work"]
_DECIDE: list[Any] = ["Deciding and sending"]


class _Undo(Exception):
    """Rolls a dry run back."""


@router.get("/worklist", tags=_WORK, response_model=Page[WorklistRow])
def overdue(call: Reading, limit: Limit = 100, cursor: Next = None) -> Response:
    """The overdue list in priority order: what customers are worth beside what they owe."""
    with call.looking() as session:
        return call.show_page(
            f"worklist:{call.today}",
            limit,
            cursor,
            lambda after, count: _from(
                overview(session, call.creditor, call.today, limit=None if after else count), after, count
            ),
            _place,
            lambda rows: [row_json(row) for row in in_full(session, call.today, rows)],
        )


def _place(row: Row) -> list[Any]:
    return [-row.priority, row.customer_id, row.currency]


def _from(rows: list[Row], after: list[Any] | None, count: int) -> list[Row]:
    if after is not None:
        rows = [row for row in rows if _place(row) > after]
    return rows[:count]


@router.get("/customers/{customer:path}/explain", tags=_WORK, response_model=ExplainShape)
def explain(call: Reading, customer: CustomerNumber) -> Response:
    """Why, and why not, item by item."""
    with call.looking() as session:
        found = customer_by_number(session, call.creditor.id, customer)
        told = explained(session, creditor=call.creditor, customer=found, today=call.today)
        return call.show(explanation_json(session, told, call.today))


@router.post("/run", tags=_WORK, response_model=RunShape)
def run(call: Deciding, given: Running) -> Response:
    """The daily run: settles promises and plans, scores customers, proposes. Safe to run as often as you like."""
    if not given.dry_run:
        return call.once(lambda act: run_day(act, creditor=call.creditor) | {"dry_run": False})
    result: dict[str, Any] = {}
    try:
        with call.doing() as act:
            result = run_day(act, creditor=call.creditor) | {"dry_run": True}
            raise _Undo
    except _Undo:
        pass
    return call.after(result)


@router.get("/proposals", tags=_DECIDE, response_model=Page[ProposalShape])
def proposals(
    call: Reading,
    status: Annotated[
        Literal["proposed", "approved", "dismissed", "sent", "blocked", "superseded", "done"] | None,
        Query(description="Only these; all but superseded ones when left out."),
    ] = None,
    limit: Limit = 100,
    cursor: Next = None,
) -> Response:
    """What Kulant proposes, with the reasons, oldest first."""
    with call.looking() as session:
        return call.show_page(
            f"proposals:{status}",
            limit,
            cursor,
            lambda after, count: lists.proposals(session, call.creditor.id, after, count, status=status),
            lambda row: [row.id],
            lambda rows: proposals_json(session, rows),
        )


@router.get("/proposals/{proposal}", tags=_DECIDE, response_model=ProposalShape)
def proposal(call: Reading, proposal: Identity) -> Response:
    """One proposal."""
    with call.looking() as session:
        found = queries.proposal_by_id(session, call.creditor.id, proposal)
        return call.show(proposals_json(session, [found])[0])


@router.post("/proposals/approve", tags=_DECIDE, response_model=ApprovedShape)
def approve(call: Deciding, given: Approving) -> Response:
    """Approves proposals, all of them or, when one cannot be, none. There is no undo period here."""
    if bool(given.ids) == given.all:
        raise Refusal("say_which", "name the proposals in ids, or give all, and not both", status=422)

    def work(act: Act) -> dict[str, Any]:
        creditor_id = call.creditor.id
        chosen = (
            queries.proposals(act.session, creditor_id, ["proposed"])
            if given.all
            else [queries.proposal_by_id(act.session, creditor_id, one) for one in sorted(set(given.ids), key=int)]
        )
        named = [one.id for one in chosen]
        approve_all(act, creditor=call.creditor, proposal_ids=named, undo_seconds=None).all_or_nothing()
        return {"approved": [str(one.id) for one in chosen]}

    return call.once(work)


@router.post("/proposals/{proposal}/dismiss", tags=_DECIDE, response_model=DismissedShape)
def dismiss(call: Deciding, proposal: Identity, given: Dismissing) -> Response:
    """Dismisses a proposal, with the reason."""

    def work(act: Act) -> dict[str, Any]:
        found = queries.proposal_by_id(act.session, call.creditor.id, proposal)
        say_no(act, proposal=found, reason=given.reason, override=given.code)
        return {"dismissed": [str(found.id)], "reason": given.reason}

    return call.once(work)


@router.post("/proposals/{proposal}/choose", tags=_DECIDE, response_model=AnyShape)
def choose(call: Deciding, proposal: Identity, given: Choosing) -> Response:
    """Chooses another option of a proposal than the one put first; it still waits for approval."""

    def work(act: Act) -> dict[str, Any]:
        found = queries.proposal_by_id(act.session, call.creditor.id, proposal)
        edit(act, proposal=found, treatment=given.treatment, override=given.code, reason=given.reason or None)
        return chosen_json(found, given.code, given.reason)

    return call.once(work)


@router.get("/proposals/{proposal}/decision", tags=_DECIDE, response_model=AnyShape)
def decision(
    call: Reading,
    proposal: Identity,
    replay: Annotated[bool, Query(description="Reckon it again from its own inputs.")] = False,
) -> Response:
    """What a proposal rests on: inputs, versions, ranking, reasons, and who decided what."""
    with call.looking() as session:
        found = queries.proposal_by_id(session, call.creditor.id, proposal)
        return call.show(decision_json(session, found, again=replay))


@router.post("/deliver", tags=_DECIDE, response_model=DeliveredShape)
def deliver(call: Deciding, given: Delivering) -> Response:
    """Passes everything approved through the send gate, sends it and archives it; says what was blocked and why.

    A letter leaves once however often this is called, also at the same time. Where a worker runs there is no need to.
    """
    if given.now is not None:
        require_scope(call.bearer, "admin")
    moment = _moment(given.now) if given.now else datetime.now(UTC)
    if given.dry_run:
        with call.looking() as session:
            act = Act(session=session, actor=call.bearer.actor, today=call.today, now=datetime.now(UTC))
            return call.show(dry_run(act, creditor=call.creditor, now=moment))
    before = call.answered_before()
    if before is not None:
        return before
    with call.looking() as session:
        refuse_while_paused(session)
    house = open_house(call.settings, actor=call.bearer.actor, country=call.creditor.country)
    return call.after(asdict(carry_out(house, creditor_id=call.creditor.id, now=moment)))


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refusal("bad_timestamp", f"now is {text!r}; write it as 2026-11-22T09:00:00+01:00", status=422) from None


@router.get("/tasks", tags=_WORK, response_model=Page[TaskShape])
def tasks(call: Reading, limit: Limit = 100, cursor: Next = None) -> Response:
    """What a person here should see or do, soonest due first."""
    with call.looking() as session:
        return call.show_page(
            "tasks",
            limit,
            cursor,
            lambda after, count: lists.tasks(session, call.creditor.id, after, count),
            lambda row: [row.due.isoformat(), row.id],
            lambda rows: listing.tasks_json(session, rows),
        )


@router.post("/tasks/{task}/done", tags=_WORK, response_model=TaskShape)
def done(call: Acting, task: Identity) -> Response:
    """Ticks a task off."""

    def work(act: Act) -> dict[str, Any]:
        found = finish_task(act, creditor=call.creditor, task_id=int(task))
        customer = act.session.get(Customer, found.customer_id) if found.customer_id is not None else None
        return listing.task_json(found, customer)

    return call.once(work)
