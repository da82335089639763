"""What came of the treatments that were carried out: opened when one was, closed when it was paid or after half a year.

A letter counts from the day it left, an offered plan and a waiver from the day they were approved, a call from the day
it was noted: a call that nobody made teaches nothing. What comes in within 180 days counts for every treatment of that
time, whichever of them brought it; that is what the prior's "recovered within 180 days" means, and why only draws by
lot (``by_chance``) compare treatments without a doubt.

A case teaches from the day on by which its treatment usually works, whether it was paid by then or not: were paid ones
counted at once and the others only after half a year, everything would seem to work.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from kulant.db import Act
from kulant.ledger.bulk import among, insert_rows
from kulant.ledger.models import Entry, OpenItem
from kulant.people.models import Creditor
from kulant.relationship.late_reasons import end_answered
from kulant.relationship.models import TimelineEvent
from kulant.relationship.why_late import UNKNOWN
from kulant.treatment.models import Proposal, ProposalItem, StepSent
from kulant.treatment.models_record import Outcome
from kulant.treatment.priors import PRIORS

WATCHED_DAYS = 180
PAID_SHARE = 0.995  # small change left over does not make it unpaid
CALL_DAYS = 60  # a call noted later than this after it was given to somebody was about something else

_WATCHED = tuple(treatment for treatment in PRIORS if treatment != "hold")
_AT_A_TIME = 5_000
_COLUMNS = (
    "proposal_id", "creditor_id", "customer_id", "treatment", "reason", "grade", "currency", "asked_minor", "done_on",
    "recovered_minor", "teaches", "by_chance",
)  # fmt: skip


def keep_outcomes(act: Act, creditor: Creditor) -> int:
    """Opens the outcomes of what was carried out, closes those that are paid or over, ends reasons that are answered.

    Returns how many were opened or closed. A few statements, however many customers; again, it changes nothing.
    """
    end_answered(act, creditor=creditor)
    opened = list(_carried_out(act.session, creditor.id, act.today))
    for start in range(0, len(opened), _AT_A_TIME):
        insert_rows(act.session, Outcome, _COLUMNS, opened[start : start + _AT_A_TIME])
    act.session.flush()
    closed = _close(act, creditor.id)
    _teach(act, creditor.id)
    return len(opened) + closed


def _teach(act: Act, creditor_id: int) -> None:
    """Lets those count that have had the days their treatment usually takes."""
    ripe = or_(
        *(
            and_(Outcome.treatment == treatment, Outcome.done_on <= act.today - timedelta(days=PRIORS[treatment].days))
            for treatment in _WATCHED
        )
    )
    act.session.execute(
        update(Outcome)
        .where(Outcome.creditor_id == creditor_id, Outcome.teaches.is_(False), ripe)
        .values(teaches=True),
        execution_options={"synchronize_session": False},
    )


def _carried_out(session: Session, creditor_id: int, today: date) -> Iterator[tuple[object, ...]]:
    """What was carried out and has no outcome yet. Treatments older than they are watched are left out."""
    left = (
        select(func.min(StepSent.sent_on)).where(StepSent.proposal_id == Proposal.id).scalar_subquery().label("left_on")
    )
    called = (
        select(func.min(TimelineEvent.on))
        .where(
            TimelineEvent.customer_id == Proposal.customer_id,
            TimelineEvent.kind == "call",
            TimelineEvent.on >= Proposal.decided_on,
            TimelineEvent.on <= today,
        )
        .scalar_subquery()
        .label("called_on")
    )
    known = select(literal(1)).where(Outcome.proposal_id == Proposal.id).exists()
    rows = session.execute(
        select(
            Proposal.id, Proposal.customer_id, Proposal.treatment, Proposal.late_reason, Proposal.grade,
            Proposal.currency, Proposal.demand_minor, Proposal.decided_on, left, called, _by_chance(),
        )
        .where(
            Proposal.creditor_id == creditor_id,
            Proposal.status == "sent",
            Proposal.treatment.in_(_WATCHED),
            Proposal.demand_minor > 0,
            Proposal.decided_on >= today - timedelta(days=WATCHED_DAYS),
            ~known,
        )
        .order_by(Proposal.id)
    )  # fmt: skip
    for proposal_id, customer_id, treatment, reason, grade, currency, asked, decided, sent, noted, chance in rows:
        done = _done_on(treatment, decided, sent, noted)
        if done is None:
            continue
        yield (
            proposal_id, creditor_id, customer_id, treatment, reason or UNKNOWN, grade, currency, asked, done, 0,
            False, bool(chance),
        )  # fmt: skip


def _done_on(treatment: str, decided: date | None, sent: date | None, noted: date | None) -> date | None:
    """The day it was carried out; none for a call that nobody noted."""
    if treatment != "call":
        return sent if sent is not None else decided
    if noted is None or decided is None or (noted - decided).days > CALL_DAYS:
        return None
    return noted


def _by_chance() -> ColumnElement[bool]:
    """Whether lots were drawn for it."""
    return Proposal.facts.like('%"by_chance": true%').label("by_chance")


def _close(act: Act, creditor_id: int) -> int:
    """Brings what came in up to date, and closes what is paid or has been watched for long enough."""
    came = _received(act.session, creditor_id, act.today)
    over = set(
        act.session.scalars(
            select(Outcome.proposal_id).where(
                Outcome.creditor_id == creditor_id,
                Outcome.closed_on.is_(None),
                Outcome.done_on < act.today - timedelta(days=WATCHED_DAYS),
            )
        )
    )
    changes = []
    for proposal_id, (asked, done, before, received) in came.items():
        got = min(asked, max(0, sum(minor for _, minor in received)))
        paid = got >= PAID_SHARE * asked
        if not paid and proposal_id not in over and got == before:
            continue
        last = max(day for day, _ in received)
        changes.append(
            {
                "proposal_id": proposal_id,
                "recovered_minor": got,
                "closed_on": last if paid else act.today if proposal_id in over else None,
                "recovered": paid if paid or proposal_id in over else None,
                "days": (last - done).days if paid else None,
            }
        )
    if changes:
        act.session.execute(update(Outcome), changes)
    nothing_came = sorted(over - came.keys())
    if nothing_came:
        act.session.execute(
            update(Outcome)
            .where(among(act.session, Outcome.proposal_id, nothing_came))
            .values(closed_on=act.today, recovered=False),
            execution_options={"synchronize_session": False},
        )
    return sum(change["closed_on"] is not None for change in changes) + len(nothing_came)


def _received(
    session: Session, creditor_id: int, today: date
) -> dict[int, tuple[int, date, int, list[tuple[date, int]]]]:
    """For each open outcome with money: what was asked, since when, what was known to have come, and what came by day.

    Only payments count, on the invoices the proposal listed; a credit note or a write-off recovers nothing.
    """
    payment = aliased(OpenItem)
    rows = session.execute(
        select(
            Outcome.proposal_id, Outcome.asked_minor, Outcome.done_on, Outcome.recovered_minor,
            Entry.on, func.sum(-Entry.amount_minor),
        )
        .join(ProposalItem, ProposalItem.proposal_id == Outcome.proposal_id)
        .join(Entry, Entry.item_id == ProposalItem.item_id)
        .join(payment, payment.id == Entry.against_item_id)
        .where(
            Outcome.creditor_id == creditor_id,
            Outcome.closed_on.is_(None),
            ProposalItem.asked_minor > 0,
            payment.series == "payment",
            Entry.on >= Outcome.done_on,
            Entry.on <= today,
        )
        .group_by(
            Outcome.proposal_id, Outcome.asked_minor, Outcome.done_on, Outcome.recovered_minor, Entry.on
        )
        .order_by(Outcome.proposal_id, Entry.on)
    )  # fmt: skip
    found: dict[int, tuple[int, date, int, list[tuple[date, int]]]] = {}
    for proposal_id, asked, done, before, on, minor in rows:
        if on <= done + timedelta(days=WATCHED_DAYS):
            found.setdefault(proposal_id, (asked, done, before, []))[3].append((on, int(minor)))
    return found
