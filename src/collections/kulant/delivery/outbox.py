"""The outbox: approving puts letters in it, undoing takes them out, the run and the portal withdraw from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from kulant.core.errors import Conflict
from kulant.core.events import Event
from kulant.db import Act
from kulant.delivery import queries
from kulant.delivery.jobs import defer
from kulant.delivery.models import Delivery
from kulant.delivery.routes import routes_of
from kulant.ledger.bulk import insert_rows, reserve_ids
from kulant.letters.proposal_letter import letter_kind
from kulant.people.models import Creditor
from kulant.treatment.clerk import look_again_at, mark_all_approved
from kulant.treatment.models import Proposal
from kulant.treatment.records import record

# Long past, so that a replayed day's letters leave too.
_AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)

_NEW = (
    "id", "creditor_id", "customer_id", "proposal_id", "key", "kind", "channel", "recipient", "status", "context",
    "not_before", "approved_on", "attempts", "blocked", "created_at",
)  # fmt: skip


@dataclass(slots=True)
class Approved:
    """What became of approving many: what is in the outbox now, and what was left as it was and why."""

    ids: list[int] = field(default_factory=list)
    refused: dict[int, Conflict] = field(default_factory=dict)

    def all_or_nothing(self) -> None:
        """Refuses the whole when one of them was refused, so that the transaction is rolled back."""
        for conflict in self.refused.values():
            raise conflict


def approve(act: Act, *, creditor: Creditor, proposal: Proposal, undo_seconds: int | None) -> Delivery:
    """Approves a proposal and puts it in the outbox; it leaves when the undo period is over and the gate lets it.

    ``undo_seconds``: how long it waits by the clock; none: it may leave at once, whatever the clock says. Approving
    again what is approved already changes nothing.
    """
    approve_all(act, creditor=creditor, proposal_ids=[proposal.id], undo_seconds=undo_seconds).all_or_nothing()
    return queries.by_keys(act.session, [key_of(proposal)])[proposal.id]


def approve_all(act: Act, *, creditor: Creditor, proposal_ids: Collection[int], undo_seconds: int | None) -> Approved:
    """Approves proposals and puts them in the outbox, with the jobs that carry them; a few statements, however many.

    What was decided already, or is on its way, is left as it is and said so; everything else is done in this
    transaction or, when it fails, nothing.
    """
    result = Approved()
    proposals = look_again_at(act, creditor.id, proposal_ids)
    under_way = queries.by_keys(act.session, [key_of(proposal) for proposal in proposals], locked=True)
    chosen = []
    for proposal in proposals:
        existing = under_way.get(proposal.id)
        if proposal.status == "approved" and existing is not None:
            result.ids.append(proposal.id)
        elif proposal.status not in ("proposed", "blocked"):
            words = f"proposal {proposal.id} is {proposal.status}; it cannot be approved"
            result.refused[proposal.id] = Conflict("decided_already", words)
        elif existing is not None and existing.status not in (*queries.TAKEN_BACK, "cancelled"):
            # Approving once more must never begin anew what may have left already.
            words = "its letter is on its way just now; look again in a minute"
            result.refused[proposal.id] = Conflict("under_way", words)
        else:
            chosen.append(proposal)
    mark_all_approved(act, chosen)
    not_before = _AT_ONCE if undo_seconds is None else act.now + timedelta(seconds=undo_seconds)
    _put_in(act, creditor, chosen, under_way, not_before)
    result.ids.extend(proposal.id for proposal in chosen)
    return result


def _put_in(
    act: Act,
    creditor: Creditor,
    chosen: Sequence[Proposal],
    existing: Mapping[int | None, Delivery],
    not_before: datetime,
) -> None:
    """A row for each that has none yet; the row of what was held back or taken out before serves again."""
    routes = routes_of(act.session, creditor.id, chosen)
    for proposal in chosen:
        if (delivery := existing.get(proposal.id)) is not None:
            delivery.kind = letter_kind(proposal) or proposal.treatment
            delivery.channel, delivery.recipient = routes[proposal.id]
            delivery.status, delivery.blocked, delivery.error, delivery.attempts = "approved", [], None, 0
            delivery.approved_on, delivery.not_before = act.today, not_before
    new = [proposal for proposal in chosen if proposal.id not in existing]
    ids = dict(zip((proposal.id for proposal in new), reserve_ids(act.session, Delivery, len(new)), strict=True))
    rows = (
        (
            ids[one.id], creditor.id, one.customer_id, one.id, key_of(one), letter_kind(one) or one.treatment,
            *routes[one.id], "approved", "{}", not_before, act.today, 0, "[]", act.now,
        )
        for one in new
    )  # fmt: skip
    if new:
        insert_rows(act.session, Delivery, _NEW, rows)
    act.session.flush()
    defer(act, [ids.get(one.id) or existing[one.id].id for one in chosen], not_before)


def key_of(proposal: Proposal) -> str:
    """What makes a proposal's letter leave once only."""
    return f"proposal:{proposal.id}"


def undo(act: Act, *, delivery: Delivery) -> Proposal:
    """Takes a letter out of the outbox before it has left; the proposal waits for a decision again."""
    act.session.flush()
    queries.lock_case(act.session, delivery.id)
    act.session.refresh(delivery, with_for_update=True)  # a worker may have taken it since it was shown
    if delivery.status not in queries.TAKEN_BACK or delivery.proposal_id is None:
        raise Conflict("too_late", "this has left the house already and cannot be taken back")
    proposal = act.session.get_one(Proposal, delivery.proposal_id)
    if proposal.status not in ("approved", "blocked"):
        raise Conflict("decided_already", f"its proposal is {proposal.status} by now; there is nothing to take back")
    delivery.status = "cancelled"
    proposal.status, proposal.decided_by, proposal.decided_on, proposal.blocked = "proposed", None, None, []
    record(act, proposal, "undone")
    act.tell(
        Event(
            "approval_undone",
            "Approval undone before anything was sent.",
            creditor_id=delivery.creditor_id,
            customer_id=delivery.customer_id,
            data={"proposal": proposal.id},
        )
    )
    return proposal


def ask_again(act: Act, *, delivery: Delivery) -> None:
    """Lets the gate look at a letter it held back with the next delivery, without waiting for its turn."""
    act.session.flush()
    queries.lock_case(act.session, delivery.id)
    act.session.refresh(delivery, with_for_update=True)
    if delivery.status != "blocked":
        raise Conflict("not_blocked", "This is not blocked any more.")
    delivery.status, delivery.blocked, delivery.not_before = "approved", [], act.now
    defer(act, [delivery.id], act.now)
    act.tell(
        Event(
            "gate_asked_again",
            "The send gate is asked again.",
            creditor_id=delivery.creditor_id,
            customer_id=delivery.customer_id,
            data={"proposal": delivery.proposal_id, "delivery": delivery.id},
        )
    )
