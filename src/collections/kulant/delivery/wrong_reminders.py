"""Reminders that crossed a payment: what they asked for had been paid, only nobody here knew it yet.

When the payment comes in with an earlier date than the letter, the letter was wrong. It counts against us once, what
it charged is taken back, and an apology goes out by itself; where none can, a person apologises.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.core.words import day_words
from kulant.db import Act
from kulant.delivery.corrections import Crossing, put_right
from kulant.ledger.models import Entry, OpenItem
from kulant.people.models import Creditor
from kulant.relationship.strikes import NewStrike, add_strikes
from kulant.relationship.tasks import KeyedTask, add_keyed_task
from kulant.treatment.models import Proposal, ProposalItem, StepSent

# A payment that comes to light later than this was not on its way when the letter left.
LOOKED_BACK_DAYS = 60
TASK = "wrong_reminder"


class Crossed(NamedTuple):
    """A letter that asked for an invoice which had been paid before it left."""

    letter: int  # the proposal
    customer_id: int
    item_id: int
    invoice: str
    sent_on: date


def notice_wrong_reminders(act: Act, creditor: Creditor) -> int:
    """Counts the letters of the last weeks that turn out to have crossed a payment; returns how many are new."""
    act.session.flush()
    letters: dict[int, list[Crossed]] = {}
    for one in crossed(act.session, creditor.id, act.today):
        letters.setdefault(one.letter, []).append(one)
    asked_by = {_key(letter): asked for letter, asked in letters.items()}
    added = add_strikes(act, creditor_id=creditor.id, strikes=[_strike(asked) for asked in asked_by.values()])
    for strike in added:
        asked = asked_by[strike.key]
        if put_right(act, creditor, _crossing(asked)) is not None:
            continue
        text = _sorry(asked)
        task = KeyedTask(key=f"{strike.key}:sorry", text=text, due=act.today, customer_id=strike.customer_id)
        add_keyed_task(act, creditor_id=creditor.id, kind=TASK, task=task)
    return len(added)


def _crossing(asked: list[Crossed]) -> Crossing:
    first = asked[0]
    return Crossing(
        letter=first.letter,
        customer_id=first.customer_id,
        sent_on=first.sent_on,
        items=tuple(one.item_id for one in asked),
        invoices=tuple(one.invoice for one in asked),
    )


def _key(letter: int) -> str:
    return f"reminder:{letter}"


def _strike(asked: list[Crossed]) -> NewStrike:
    first = asked[0]
    return NewStrike(
        customer_id=first.customer_id,
        code="wrong_reminder",
        on=first.sent_on,
        text=f"The reminder of {day_words(first.sent_on)} asked for what had been paid before: {_invoices(asked)}.",
        key=_key(first.letter),
        item_id=first.item_id,
    )


def _sorry(asked: list[Crossed]) -> str:
    sent = day_words(asked[0].sent_on)
    return (
        f"Apologise: the reminder of {sent} crossed the payment of {_invoices(asked)}. No apology goes out by itself."
    )


def _invoices(asked: list[Crossed]) -> str:
    return ", ".join(one.invoice for one in asked)


def crossed(session: Session, creditor_id: int, today: date) -> list[Crossed]:
    """The invoices that letters asked for although they were covered by what is dated before, oldest letter first."""
    sent = StepSent.sent_on
    open_then = (
        select(func.coalesce(func.sum(Entry.amount_minor), 0))
        .where(Entry.item_id == StepSent.item_id, Entry.on < sent)
        .scalar_subquery()
    )
    posted = select(Entry.id).where(Entry.item_id == StepSent.item_id, Entry.kind == "post", Entry.on < sent)
    rows = session.execute(
        select(Proposal.id, Proposal.customer_id, OpenItem.id, OpenItem.number, sent)
        .join(ProposalItem, ProposalItem.proposal_id == Proposal.id)
        .join(StepSent, (StepSent.item_id == ProposalItem.item_id) & (StepSent.proposal_id == Proposal.id))
        .join(OpenItem, OpenItem.id == ProposalItem.item_id)
        .where(
            Proposal.creditor_id == creditor_id,
            Proposal.status == "sent",
            Proposal.decided_on >= today - timedelta(days=LOOKED_BACK_DAYS),
            StepSent.document != "courtesy",
            OpenItem.open_minor <= 0,
            open_then <= 0,
            posted.exists(),
        )
        .order_by(Proposal.id, OpenItem.id)
    )
    return [Crossed(*row) for row in rows]
