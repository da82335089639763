"""The outbox: approving puts a letter in it, undoing takes it out, the run and the portal withdraw from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kulant.core.errors import Conflict
from kulant.core.events import Event
from kulant.db import Act
from kulant.delivery import queries
from kulant.delivery.models import Delivery
from kulant.ledger.models import Customer
from kulant.ledger.queries import primary_contacts
from kulant.ledger.reach import email_address
from kulant.letters.proposal_letter import letter_kind
from kulant.people.models import Creditor
from kulant.treatment.clerk import look_again, mark_approved
from kulant.treatment.models import Proposal
from kulant.treatment.records import record

# Long past, so that a replayed day's letters leave too.
_AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)


def approve(act: Act, *, creditor: Creditor, proposal: Proposal, undo_seconds: int | None) -> Delivery:
    """Approves a proposal and puts it in the outbox; it leaves when the undo period is over and the gate lets it.

    ``undo_seconds``: how long it waits by the clock; none: it may leave at once, whatever the clock says. Approving
    again what is approved already changes nothing.
    """
    look_again(act, proposal)
    existing = queries.by_key(act.session, key_of(proposal))
    if proposal.status == "approved" and existing is not None:
        return existing
    if existing is not None and proposal.status in ("proposed", "blocked"):
        _refuse_under_way(act, existing)
    mark_approved(act, proposal=proposal)
    channel, recipient = route(
        act, customer=act.session.get_one(Customer, proposal.customer_id), channel=proposal.channel
    )
    delivery = existing or Delivery(
        creditor_id=creditor.id,
        customer_id=proposal.customer_id,
        proposal_id=proposal.id,
        key=key_of(proposal),
        created_at=act.now,
        attempts=0,
        context={},
    )
    delivery.kind = letter_kind(proposal) or proposal.treatment
    delivery.channel, delivery.recipient = channel, recipient
    delivery.status, delivery.blocked, delivery.error = "approved", [], None
    delivery.approved_on = act.today
    delivery.not_before = _AT_ONCE if undo_seconds is None else act.now + timedelta(seconds=undo_seconds)
    act.session.add(delivery)
    act.session.flush()
    return delivery


def _refuse_under_way(act: Act, delivery: Delivery) -> None:
    """Approving once more must never begin anew what may have left already."""
    act.session.refresh(delivery, with_for_update=True)
    if delivery.status not in (*queries.TAKEN_BACK, "cancelled"):
        raise Conflict("under_way", "its letter is on its way just now; look again in a minute")


def key_of(proposal: Proposal) -> str:
    """What makes a proposal's letter leave once only."""
    return f"proposal:{proposal.id}"


def route(act: Act, *, customer: Customer, channel: str) -> tuple[str, str | None]:
    """The channel really used and the address: e-mail falls back to a letter where none reaches them."""
    if channel in ("call", "task"):
        return "task", None
    contact = primary_contacts(act.session, [customer.id]).get(customer.id)
    email = email_address(customer, contact)
    if channel == "email" and email is not None:
        return "email", email
    return "letter", contact.address if contact is not None else None


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
    act.tell(
        Event(
            "gate_asked_again",
            "The send gate is asked again.",
            creditor_id=delivery.creditor_id,
            customer_id=delivery.customer_id,
            data={"proposal": delivery.proposal_id, "delivery": delivery.id},
        )
    )
