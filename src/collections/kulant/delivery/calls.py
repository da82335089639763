"""How a call ended: it is on the timeline, what was proposed is done, and what follows is recorded with it.

Everything in one transaction. A call that reached nobody presses nobody and counts as no contact; a wrong number is
taken off the customer, for it is somebody else's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.calendar import add_business_days
from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.core.zones import zone_of
from kulant.db import Act
from kulant.delivery import queries
from kulant.delivery.check import quiet_times_of
from kulant.delivery.closing import close
from kulant.delivery.gate_time import opening_after
from kulant.delivery.outbox import approve_all, key_of
from kulant.ledger.models import Customer
from kulant.ledger.queries import primary_contacts
from kulant.people.models import Creditor
from kulant.relationship.late_reasons import current, set_reason
from kulant.relationship.models import Task
from kulant.relationship.said import said
from kulant.relationship.tasks import KeyedTask, add_keyed_task
from kulant.treatment.models import Proposal
from kulant.treatment.queries import LIVE

# How a call may end, in the order of the keys, and what a clerk reads.
OUTCOMES = {
    "promised": "Promised to pay",
    "plan": "Wants a plan",
    "dispute": "Something is wrong",
    "no_answer": "No answer",
    "wrong_number": "Wrong number",
    "hardship": "Cannot manage this",
    "talked": "Something else",
}
UNREACHED = ("no_answer", "wrong_number")
CALL, AGAIN, NUMBER = "call", "call_again", "find_number"  # kinds of tasks
ENDED_BY_A_CALL = (CALL, AGAIN, NUMBER, "plan_late")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How it ended (a code of ``OUTCOMES``), what was said, and why they are late where they said so."""

    outcome: str
    words: str = ""
    reason: str = ""


def end_call(act: Act, *, creditor: Creditor, customer: Customer, ended: Ended) -> None:
    """Records a call of ours. Refuses an outcome nobody knows, and a talk nobody wrote a word about."""
    if ended.outcome not in OUTCOMES:
        raise Refusal("bad_outcome", f"outcome {ended.outcome!r} is not one of {', '.join(OUTCOMES)}")
    if ended.outcome in UNREACHED:
        _unreached(act, creditor, customer, ended)
        return
    words = said(ended.words, "what was said in the call")
    _tell(act, customer, "call", words, ended)
    if ended.reason and ended.reason != _known_reason(act, customer):
        set_reason(act, customer=customer, code=ended.reason, text=words)
    _conclude(act, creditor, customer)
    _tick_off(act, creditor, customer)


def _unreached(act: Act, creditor: Creditor, customer: Customer, ended: Ended) -> None:
    """Somebody tries again on the next working day, or finds the right number first."""
    contact = primary_contacts(act.session, [customer.id]).get(customer.id)
    number = contact.phone if contact else None
    again = add_business_days(act.today, 1, creditor.country)
    extra = f" {ended.words.strip()}" if ended.words.strip() else ""
    if ended.outcome == "no_answer":
        _tell(act, customer, "call_unanswered", f"Called, and nobody answered.{extra}", ended)
        _want(act, creditor, customer, AGAIN, f"Call {customer.name} again: nobody answered.", again)
        return
    _tell(act, customer, "call_unanswered", f"Called {number or 'them'}: a wrong number.{extra}", ended)
    if contact is not None:
        contact.phone = None
    _want(act, creditor, customer, NUMBER, f"Find a number of {customer.name}: the one we had is wrong.", again)


def _want(act: Act, creditor: Creditor, customer: Customer, kind: str, text: str, due: date) -> None:
    """One such task for a customer and day, whatever was tried before."""
    task = KeyedTask(key=f"{kind}:{customer.id}:{act.today}", text=text, due=due, customer_id=customer.id)
    _tick_off(act, creditor, customer, kinds=(AGAIN, NUMBER), but=task.key)
    known = select(Task.id).where(Task.creditor_id == creditor.id, Task.key == task.key)
    if act.session.scalar(known) is None:
        add_keyed_task(act, creditor_id=creditor.id, kind=kind, task=task)


def _known_reason(act: Act, customer: Customer) -> str | None:
    row = current(act.session, customer.id)
    return row.code if row is not None else None


def _conclude(act: Act, creditor: Creditor, customer: Customer) -> None:
    """The call that was proposed has been made: whoever made it has approved it, and nobody is told to call again."""
    live = select(Proposal).where(
        Proposal.creditor_id == creditor.id,
        Proposal.customer_id == customer.id,
        Proposal.status.in_(LIVE),
        Proposal.channel == "call",
    )
    proposals = act.session.scalars(live.order_by(Proposal.id)).all()
    waiting = [proposal.id for proposal in proposals if proposal.status in ("proposed", "blocked")]
    approve_all(act, creditor=creditor, proposal_ids=waiting, undo_seconds=None).all_or_nothing()
    for proposal in proposals:
        delivery = queries.by_key(act.session, key_of(proposal))
        if delivery is not None and delivery.status in queries.TAKEN_BACK:
            close(act, delivery=delivery)


def _tick_off(
    act: Act, creditor: Creditor, customer: Customer, *, kinds: tuple[str, ...] = ENDED_BY_A_CALL, but: str = ""
) -> None:
    """The tasks that asked for this call are done; that is told by the call itself."""
    tasks = select(Task).where(
        Task.creditor_id == creditor.id, Task.customer_id == customer.id, Task.kind.in_(kinds), Task.done_on.is_(None)
    )
    for task in act.session.scalars(tasks):
        if task.key is None or task.key != but:
            task.done_on, task.done_by = act.today, act.actor


def _tell(act: Act, customer: Customer, kind: str, text: str, ended: Ended) -> None:
    act.tell(
        Event(
            kind, text, creditor_id=customer.creditor_id, customer_id=customer.id, direction="out",
            data={"outcome": ended.outcome},
        )
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hour:
    """What the clock says where the customer is, and when calls begin again where it is a quiet time."""

    local: datetime
    opens: datetime | None


def hour_of(session: Session, *, creditor: Creditor, customer: Customer, today: date, now: datetime) -> Hour:
    """Whether it is a good hour to call: by the ladder's quiet times and, where it is silent, the house's own."""
    country = customer.country or creditor.country
    local = now.astimezone(zone_of(country, creditor.country))
    quiet = quiet_times_of(session, creditor, customer)
    return Hour(local, opening_after(quiet, today, local, country, email=True))
