"""Every SELECT of the treatment room."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.ledger.bulk import among
from kulant.ledger.charges import letter_of
from kulant.ledger.models import Entry, OpenItem
from kulant.plans.models import Plan, PlanItem
from kulant.plans.states import RUNNING
from kulant.treatment.models import Ladder, Proposal, ProposalItem, StepSent
from kulant.treatment.stops import BROKEN_MEMORY_DAYS, BROKEN_PLANS_ALLOWED

LIVE = ("proposed", "approved", "blocked")


def handed_over(session: Session, customer_ids: Collection[int]) -> dict[tuple[int, str], set[int]]:
    """The open invoices of these customers that were handed over, by customer and currency."""
    rows = session.execute(
        select(OpenItem.customer_id, OpenItem.currency, OpenItem.id)
        .join(StepSent, StepSent.item_id == OpenItem.id)
        .where(
            among(session, OpenItem.customer_id, sorted(customer_ids)),
            OpenItem.open_minor > 0,
            StepSent.document == "hand_over",
        )
    )
    by_account: dict[tuple[int, str], set[int]] = defaultdict(set)
    for customer_id, currency, item_id in rows:
        if customer_id is not None:
            by_account[customer_id, currency].add(item_id)
    return by_account


def steps_sent(session: Session, item_ids: Collection[int]) -> dict[int, list[StepSent]]:
    """The ladder steps each item has been taken to, oldest first."""
    rows = session.scalars(
        select(StepSent)
        .where(among(session, StepSent.item_id, sorted(item_ids)))
        .order_by(StepSent.sent_on, StepSent.id)
    )
    by_item: dict[int, list[StepSent]] = defaultdict(list)
    for row in rows:
        by_item[row.item_id].append(row)
    return by_item


def movements(session: Session, item_ids: Collection[int]) -> dict[int, list[tuple[date, int]]]:
    """What has come in on each item, by day: payments, credit notes and what was taken back (below zero)."""
    rows = session.execute(
        select(Entry.item_id, Entry.on, -Entry.amount_minor)
        .where(among(session, Entry.item_id, item_ids), Entry.kind != "post")
        .order_by(Entry.on, Entry.id)
    )
    by_item: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for item_id, on, minor in rows:
        by_item[item_id].append((on, minor))
    return by_item


class ChargedLetter(NamedTuple):
    """A letter that left with charges."""

    id: int
    document: str | None
    on: date
    charges: list[dict[str, Any]]


def charged_letters(session: Session, item_ids: Collection[int]) -> list[ChargedLetter]:
    """The letters that left with charges and listed any of these items, oldest first, without what was taken back."""
    listed = select(ProposalItem.proposal_id).where(among(session, ProposalItem.item_id, item_ids))
    rows = session.execute(
        select(Proposal.id, Proposal.document, Proposal.on, Proposal.charges)
        .where(
            Proposal.id.in_(listed),
            Proposal.status == "sent",
            or_(Proposal.fees_minor > 0, Proposal.interest_minor > 0),
        )
        .order_by(Proposal.id)
    )
    letters = map(ChargedLetter._make, rows)
    return [one._replace(charges=[line for line in one.charges if "taken_back" not in line]) for one in letters]


def items_listed_by(session: Session, proposal_ids: Collection[int]) -> dict[int, set[int]]:
    """The ids of the items each proposal lists."""
    rows = session.execute(
        select(ProposalItem.proposal_id, ProposalItem.item_id).where(
            among(session, ProposalItem.proposal_id, proposal_ids)
        )
    )
    by_proposal: dict[int, set[int]] = defaultdict(set)
    for proposal_id, item_id in rows:
        by_proposal[proposal_id].add(item_id)
    return by_proposal


def invoice_numbers(session: Session, items: Collection[OpenItem]) -> dict[int, str]:
    """The numbers of the invoices that these charges belong to, by id; no statement where there is no charge."""
    ids = {item.belongs_to_id for item in items if item.belongs_to_id is not None}
    if not ids:
        return {}
    return dict(session.execute(select(OpenItem.id, OpenItem.number).where(OpenItem.id.in_(ids))).all())


def proposals_of_charges(session: Session, charges: Collection[OpenItem]) -> Sequence[Proposal]:
    """The letters that made these charges; no statement where there is none."""
    ids = {letter_of(charge) for charge in charges}
    return session.scalars(select(Proposal).where(Proposal.id.in_(ids))).all() if ids else []


def plans_of(session: Session, customer_ids: Collection[int]) -> dict[tuple[int, str], list[Plan]]:
    """All plans by customer and currency, oldest first."""
    by_account: dict[tuple[int, str], list[Plan]] = defaultdict(list)
    for plan in session.scalars(select(Plan).where(among(session, Plan.customer_id, customer_ids)).order_by(Plan.id)):
        by_account[plan.customer_id, plan.currency].append(plan)
    return by_account


def without_plan(
    session: Session, creditor_id: int, today: date, customer_ids: Collection[int] | None = None
) -> set[int]:
    """The customers (of these, or of all) who are not offered another payment plan, for they have broken too many."""
    rows = session.scalars(
        select(Plan.customer_id)
        .where(
            Plan.creditor_id == creditor_id,
            true() if customer_ids is None else among(session, Plan.customer_id, customer_ids),
            Plan.status == "broken",
            Plan.ended_on > today - timedelta(days=BROKEN_MEMORY_DAYS),
        )
        .group_by(Plan.customer_id)
        .having(func.count() > BROKEN_PLANS_ALLOWED)
    )
    return set(rows)


def items_in_active_plans(session: Session, customer_ids: Collection[int]) -> dict[int, Plan]:
    """Items that are being paid by a plan, with that plan."""
    rows = session.execute(
        select(PlanItem.item_id, Plan)
        .join(Plan, Plan.id == PlanItem.plan_id)
        .where(among(session, Plan.customer_id, customer_ids), Plan.status.in_(RUNNING))
    )
    return dict(rows.all())


def recent_proposals(
    session: Session, customer_ids: Collection[int], since: date
) -> dict[tuple[int, str], list[Proposal]]:
    """Live proposals of any age, and those decided since that day, by customer and currency, oldest first."""
    rows = session.scalars(
        select(Proposal)
        .where(
            Proposal.customer_id.in_(customer_ids),
            or_(
                Proposal.status.in_(LIVE),
                and_(Proposal.status.in_(("sent", "dismissed")), Proposal.decided_on >= since),
            ),
        )
        .order_by(Proposal.id)
    )
    by_account: dict[tuple[int, str], list[Proposal]] = defaultdict(list)
    for proposal in rows:
        by_account[proposal.customer_id, proposal.currency].append(proposal)
    return by_account


def proposal_items(session: Session, proposal_ids: Collection[int]) -> dict[int, list[tuple[ProposalItem, OpenItem]]]:
    """What each proposal lists, debts before credits, oldest due first."""
    rows = session.execute(
        select(ProposalItem, OpenItem)
        .join(OpenItem, OpenItem.id == ProposalItem.item_id)
        .where(ProposalItem.proposal_id.in_(proposal_ids))
        .order_by(ProposalItem.asked_minor < 0, OpenItem.due_date, OpenItem.id)
    )
    by_proposal: dict[int, list[tuple[ProposalItem, OpenItem]]] = defaultdict(list)
    for listed, item in rows:
        by_proposal[listed.proposal_id].append((listed, item))
    return by_proposal


def proposals(session: Session, creditor_id: int, statuses: Collection[str] | None) -> Sequence[Proposal]:
    """The creditor's proposals in these states (none named: all but superseded ones), oldest first."""
    statement = select(Proposal).where(Proposal.creditor_id == creditor_id).order_by(Proposal.id)
    if statuses is None:
        return session.scalars(statement.where(Proposal.status != "superseded")).all()
    return session.scalars(statement.where(Proposal.status.in_(statuses))).all()


def proposal_by_id(session: Session, creditor_id: int, proposal_id: str | int) -> Proposal:
    """A proposal of this creditor; refuses when there is none of that id."""
    found = None
    if str(proposal_id).isdecimal() and len(str(proposal_id)) <= 18:
        found = session.scalar(
            select(Proposal).where(Proposal.creditor_id == creditor_id, Proposal.id == int(proposal_id))
        )
    if found is None:
        raise NotFound("no_proposal", f"there is no proposal {proposal_id}")
    return found


def proposals_by_ids(session: Session, creditor_id: int, ids: Collection[int]) -> Sequence[Proposal]:
    """Those of these proposals that are this creditor's, in a fixed order; what is not theirs is left out."""
    return session.scalars(
        select(Proposal).where(Proposal.creditor_id == creditor_id, Proposal.id.in_(ids)).order_by(Proposal.id)
    ).all()


def active_ladders(session: Session, creditor_id: int) -> Sequence[Ladder]:
    """The ladders in force, by name."""
    return session.scalars(
        select(Ladder).where(Ladder.creditor_id == creditor_id, Ladder.active).order_by(Ladder.name)
    ).all()


def newest_version(session: Session, creditor_id: int, name: str) -> Ladder | None:
    """The newest version of the ladder of that name."""
    return session.scalar(
        select(Ladder)
        .where(Ladder.creditor_id == creditor_id, Ladder.name == name)
        .order_by(Ladder.version.desc())
        .limit(1)
    )
