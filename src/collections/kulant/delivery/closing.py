"""How a delivery ends, or waits: sent, blocked, postponed, failed, uncertain. Each is told where people look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from kulant.core.calendar import add_business_days
from kulant.core.errors import Conflict
from kulant.core.events import Event
from kulant.db import Act
from kulant.delivery.again import put_to_rest
from kulant.delivery.gate_facts import Block
from kulant.delivery.jobs import defer
from kulant.delivery.loose_plans import is_late_note
from kulant.delivery.models import Delivery
from kulant.delivery.notes import ARCHIVE
from kulant.delivery.queries import lock_case
from kulant.ledger.charges import NewCharge, join_reference, post_charges
from kulant.ledger.models import Customer, OpenItem
from kulant.letters.models import Document
from kulant.letters.proposal_letter import link_nonce, payment_reference
from kulant.people.models import Creditor
from kulant.plans.links import close_older
from kulant.relationship.tasks import add_task
from kulant.treatment.deadlines import pay_by
from kulant.treatment.models import Proposal, ProposalItem, StepSent
from kulant.treatment.queries import proposal_items
from kulant.treatment.records import why_of
from kulant.treatment.words import treatment_words

ON_ITS_WAY = 5  # business days that a letter by post may take

# After a temporary refusal: wait so long, doubling each time up to the longest, and give up after so many tries.
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=4)
MOST_ATTEMPTS = 8


def close(act: Act, *, delivery: Delivery) -> None:
    """It has left: the proposal is sent, its items have reached their steps, the timeline says so."""
    delivery.status, delivery.sent_on, delivery.lease_until, delivery.error = "sent", act.today, None, None
    if delivery.channel == ARCHIVE:
        return  # the archive has told of it
    if delivery.channel == "task":
        _tell(act, delivery, "task_given", f"Given to a person here: {_what(delivery)}.")
    else:
        way = f"by e-mail to {delivery.recipient}" if delivery.channel == "email" else "as a letter"
        _tell(act, delivery, "letter_sent", f"Sent {way}: {_what(delivery)}.")
    if delivery.proposal_id is None:
        return
    proposal = act.session.get_one(Proposal, delivery.proposal_id)
    proposal.status, proposal.blocked = "sent", []
    _close_older_links(act, delivery, proposal)
    listed = proposal_items(act.session, [proposal.id]).get(proposal.id, [])
    if proposal.charges:
        _post_charges(act, delivery, proposal, listed)
    for row, item in listed:
        if row.step is not None and proposal.document is not None:
            act.session.add(
                StepSent(
                    item_id=item.id,
                    proposal_id=proposal.id,
                    step=row.step,
                    document=proposal.document,
                    sent_on=act.today,
                )
            )


def _close_older_links(act: Act, delivery: Delivery, proposal: Proposal) -> None:
    """Each letter brings a link of its own; those before it close when it has arrived."""
    if delivery.channel == "task":
        return
    creditor = act.session.get_one(Creditor, delivery.creditor_id)
    posted = delivery.channel == "letter"
    arrived = add_business_days(act.today, ON_ITS_WAY, creditor.country) if posted else act.today
    close_older(act, customer_id=delivery.customer_id, nonce=link_nonce(proposal), on=arrived)


def _post_charges(
    act: Act, delivery: Delivery, proposal: Proposal, listed: Sequence[tuple[ProposalItem, OpenItem]]
) -> None:
    """What the letter charged is owed from now on, by its last day to pay and under its reference."""
    lock_case(act.session, delivery.id)
    creditor = act.session.get_one(Creditor, delivery.creditor_id)
    invoices = {item.id: item for _, item in listed}
    sums: dict[tuple[str, int], NewCharge] = {}
    for line in proposal.charges:
        key = (line["kind"], line["item"])
        before = sums[key].amount_minor if key in sums else 0
        sums[key] = NewCharge(line["kind"], invoices[line["item"]], before + line["amount_minor"], line["rule"])
    due = _last_day(act, delivery, proposal, creditor)
    posted = post_charges(act, creditor=creditor, letter=proposal.id, charges=list(sums.values()), due=due)
    reference = payment_reference(creditor, proposal, listed)
    join_reference(act, creditor_id=creditor.id, reference=reference, items=posted)
    proposal.charges = [line | {"on": act.today.isoformat()} for line in proposal.charges]


def _last_day(act: Act, delivery: Delivery, proposal: Proposal, creditor: Creditor) -> date:
    """The last day to pay that the letter named; for what no letter told, the one it would have named."""
    document = act.session.get(Document, delivery.document_id) if delivery.document_id else None
    named = document.content["facts"]["pay_by"] if document else None
    return date.fromisoformat(named) if named else pay_by(proposal.document or "", act.today, creditor.country)


def carry_out(act: Act, *, delivery: Delivery) -> None:
    """A call or another task is not sent but given to a person."""
    customer = act.session.get_one(Customer, delivery.customer_id)
    proposal = act.session.get_one(Proposal, delivery.proposal_id)
    why = why_of(act.session, proposal)
    words = treatment_words(proposal.treatment)
    add_task(
        act,
        creditor_id=delivery.creditor_id,
        customer_id=delivery.customer_id,
        kind="call" if proposal.channel == "call" else proposal.treatment,
        text=f"{words[0].upper()}{words[1:]}: {customer.name}. {why}".strip(),
        due=act.today,
    )
    close(act, delivery=delivery)


def block(act: Act, *, delivery: Delivery, proposal: Proposal, reasons: Sequence[Block]) -> None:
    """It stays in the house, with the reasons; it is looked at again by itself (``again.py``)."""
    said = [reason.as_json() for reason in reasons]
    newly = delivery.blocked != said
    delivery.status, delivery.blocked, delivery.lease_until = "blocked", said, None
    put_to_rest(act, delivery, reasons)
    if proposal.status in ("approved", "blocked"):
        proposal.status, proposal.blocked = "blocked", said
    else:
        delivery.status = "cancelled"
    if newly:
        _tell(act, delivery, "sending_blocked", f"Held back at the send gate: {said[0]['text']}")


def postpone(act: Act, *, delivery: Delivery, why: str) -> None:
    """The mail server could not take it now; it is tried again later, and given up after some tries."""
    if delivery.attempts >= MOST_ATTEMPTS:
        fail(act, delivery=delivery, why=why)
        return
    delivery.status, delivery.error, delivery.lease_until = "approved", why, None
    delivery.not_before = act.now + min(FIRST_WAIT * 2 ** (delivery.attempts - 1), LONGEST_WAIT)


def wait_for_turn(act: Act, *, delivery: Delivery, until: datetime) -> None:
    """Its mail host has had as many messages in this minute as it gets: it leaves when its turn comes."""
    delivery.status, delivery.lease_until, delivery.not_before = "approved", None, until


def fail(act: Act, *, delivery: Delivery, why: str) -> None:
    """The mail server refused it for good: nothing was sent, and a person is told."""
    delivery.status, delivery.error, delivery.lease_until = "failed", why, None
    _tell(act, delivery, "sending_failed", f"Not sent: {_what(delivery)} to {delivery.recipient}. {why}")
    _ask(act, delivery, "sending_failed", f"{_what(delivery).capitalize()} to {delivery.recipient} was refused: {why}")


def give_up_waiting(act: Act, *, delivery: Delivery, why: str = "the program stopped while it was being sent") -> None:
    """It was handed over but nobody heard the answer: never sent again by itself, a person decides."""
    delivery.status, delivery.error, delivery.lease_until = "uncertain", why, None
    _tell(act, delivery, "sending_uncertain", f"It is not certain that this left: {_what(delivery)}. {why}")
    _ask(act, delivery, "sending_uncertain", f"Find out whether {_what(delivery)} reached {delivery.recipient}.")


def settle_uncertain(act: Act, *, delivery: Delivery, arrived: bool) -> None:
    """A person has found out: it arrived, or it did not and may be sent (again with the same Message-ID)."""
    act.session.flush()
    act.session.refresh(delivery, with_for_update=True)
    if delivery.status != "uncertain":
        raise Conflict("not_uncertain", "only a letter nobody is sure about can be settled by hand")
    if arrived:
        close(act, delivery=delivery)
    else:
        delivery.status, delivery.not_before, delivery.error = "approved", act.now, None
        defer(act, [delivery.id], act.now)
        _tell(act, delivery, "sending_again", f"It did not arrive and will be sent again: {_what(delivery)}.")


def _what(delivery: Delivery) -> str:
    return treatment_words(delivery.kind)


def _ask(act: Act, delivery: Delivery, kind: str, text: str) -> None:
    add_task(
        act,
        creditor_id=delivery.creditor_id,
        customer_id=delivery.customer_id,
        kind=kind,
        text=text,
        due=act.today,
    )


def _tell(act: Act, delivery: Delivery, kind: str, text: str) -> None:
    act.tell(
        Event(
            kind,
            text,
            creditor_id=delivery.creditor_id,
            customer_id=delivery.customer_id,
            data={
                "delivery": delivery.id,
                "proposal": delivery.proposal_id,
                "document": delivery.document_id,
                "kind": delivery.kind,
                "channel": delivery.channel,
            }
            | ({"late_instalment": True} if is_late_note(delivery) else {}),
        )
    )
