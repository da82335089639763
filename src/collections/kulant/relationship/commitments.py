"""What we promise customers: who keeps it, by when, and whether it was kept."""

from __future__ import annotations

from datetime import date

from kulant.core.errors import Conflict, Refusal
from kulant.core.events import Event
from kulant.core.words import day_words
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.models_care import Commitment
from kulant.relationship.said import said
from kulant.relationship.tasks import KeyedTask, add_keyed_task, tick_off, working_day_before

TASK = "commitment_due"
KEY = "commitment:{}"  # of its task, and of the strike where it is broken


def make_commitment(act: Act, *, customer: Customer, text: str, due: date, owner: str = "") -> Commitment:
    """Records what we promised the customer to have done by a day; ``owner`` keeps it, else whoever records it."""
    if due < act.today:
        raise Refusal(
            "commitment_in_the_past",
            f"the promised day {day_words(due)} has passed; give a day from {day_words(act.today)} on",
        )
    commitment = Commitment(
        creditor_id=customer.creditor_id,
        customer_id=customer.id,
        text=said(text, "what we promised"),
        owner=named(owner) or act.actor,
        made_on=act.today,
        due=due,
        status="open",
    )
    act.session.add(commitment)
    act.session.flush()
    country = act.session.get_one(Creditor, customer.creditor_id).country
    task = commitment_task(commitment, country)
    add_keyed_task(act, creditor_id=customer.creditor_id, kind=TASK, task=task)
    _tell(act, commitment, "commitment_made", f"We promised by {day_words(due)}: {commitment.text}")
    return commitment


def keep_commitment(act: Act, *, commitment: Commitment) -> None:
    """It was done by its day; what the service clock found undone the day after is broken and stays so."""
    _check_open(commitment)
    commitment.status, commitment.settled_on = "kept", act.today
    tick_off(act, creditor_id=commitment.creditor_id, key=KEY.format(commitment.id))
    _tell(act, commitment, "commitment_kept", f"We kept what we promised: {commitment.text}")


def break_commitment(act: Act, *, commitment: Commitment, why: str = "") -> None:
    """It was not done by its day, or will not be."""
    _check_open(commitment)
    commitment.status, commitment.settled_on = "broken", act.today
    tick_off(act, creditor_id=commitment.creditor_id, key=KEY.format(commitment.id))
    because = f" ({said(why, 'the reason')})" if why.strip() else ""
    day = day_words(commitment.due)
    _tell(
        act, commitment, "commitment_broken", f"We did not keep what we promised by {day}: {commitment.text}{because}"
    )


def commitment_task(commitment: Commitment, country: str) -> KeyedTask:
    """What somebody here has to do by the day before."""
    return KeyedTask(
        key=KEY.format(commitment.id),
        text=f"We promised by {day_words(commitment.due)} ({commitment.owner}): {commitment.text}",
        due=max(working_day_before(commitment.due, country), commitment.made_on),
        customer_id=commitment.customer_id,
    )


def named(owner: str) -> str:
    """A person's name as it was typed; refuses one that is too long to keep."""
    name = " ".join(owner.split())
    if len(name) > 120 or "\x00" in name:
        raise Refusal("bad_owner", "the name of who takes care of it may have at most 120 characters")
    return name


def _check_open(commitment: Commitment) -> None:
    if commitment.status != "open":
        raise Conflict("settled_already", f"this promise of ours is {commitment.status} already")


def _tell(act: Act, commitment: Commitment, kind: str, text: str) -> None:
    act.tell(
        Event(
            kind,
            text,
            creditor_id=commitment.creditor_id,
            customer_id=commitment.customer_id,
            data={"commitment": commitment.id, "due": commitment.due.isoformat(), "owner": commitment.owner},
        )
    )
