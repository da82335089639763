"""Why customers are late: set and ended by a clerk or the customer, suggested by the program, kept as it was said."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from kulant.core.errors import Conflict, NotFound, Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.ledger.models import Customer, OpenItem
from kulant.people.models import Creditor
from kulant.relationship.models_care import LateReason
from kulant.relationship.said import said
from kulant.relationship.tasks import KeyedTask, keep_tasks, tick_off
from kulant.relationship.why_late import (
    ANSWERS,
    CODES,
    FOR_A_PERSON,
    ONLY_CLERKS,
    UNKNOWN,
    WORDS,
    Evidence,
    Suggestion,
    suggest,
)

__all__ = ["Evidence", "Suggestion", "current", "end_answered", "end_reason", "set_reason", "suggest"]

CLERK, CUSTOMER = "clerk", "customer"
PERSON = "late_reason"  # the kind of task a reason makes that a person has to settle

# These stay until a person ends them: they do not go away because one invoice was paid.
LASTING = ("hardship", "insolvency")

# What a clerk said of these stands, whatever the customer tells the portal afterwards.
_NOT_REPLACED = (*LASTING, "dispute", "our_error")


def set_reason(act: Act, *, customer: Customer, code: str, text: str = "", said_by: str = CLERK) -> LateReason:
    """Writes down why the customer is late; what was known before ends. Saying the same again changes nothing."""
    if code not in CODES or code == UNKNOWN:
        known = ", ".join(one for one in CODES if one != UNKNOWN)
        raise Refusal("bad_reason", f"reason {code!r} is not one of {known}")
    if code in ONLY_CLERKS and said_by != CLERK:
        raise Refusal("only_clerks", f"only a clerk can say {WORDS[code].lower()}")
    text = said(text, "a reason") if text.strip() else ""
    before = current(act.session, customer.id)
    if before is not None and (before.code, before.said_by) == (code, said_by) and text in ("", before.text):
        return before
    if before is not None and said_by == CUSTOMER and code not in LASTING and before.code in _NOT_REPLACED:
        return before
    if before is not None:
        _end(act, before)
    row = LateReason(
        creditor_id=customer.creditor_id,
        customer_id=customer.id,
        code=code,
        text=text,
        said_by=said_by,
        set_on=act.today,
    )
    act.session.add(row)
    act.session.flush()
    who = "the customer says" if said_by == CUSTOMER else f"{act.actor} says"
    words = f": {text}" if text else "."
    _tell(act, customer, "late_reason_set", f"Why they are late, {who}: {WORDS[code].lower()}{words}", code)
    _keep_tasks(act, customer.creditor_id)
    return row


def end_reason(act: Act, *, customer: Customer) -> LateReason:
    """The reason does not hold any more; nobody knows why they are late until somebody says so again."""
    row = current(act.session, customer.id)
    if row is None:
        raise NotFound("no_reason_set", f"nobody has said why {customer.name} is late")
    if row.ended_on is not None:
        raise Conflict("ended_already", "this reason has ended already")
    _end(act, row)
    words = f"It does not hold any more that {WORDS[row.code][:1].lower()}{WORDS[row.code][1:]}."
    _tell(act, customer, "late_reason_ended", words, row.code)
    return row


def current(session: Session, customer_id: int) -> LateReason | None:
    """Why the customer is late, as said last; none where nobody knows."""
    return session.scalar(
        select(LateReason)
        .where(LateReason.customer_id == customer_id, LateReason.ended_on.is_(None))
        .order_by(LateReason.id.desc())
        .limit(1)
    )


def end_answered(act: Act, *, creditor: Creditor) -> int:
    """Ends the reasons of customers who owe nothing overdue any more: they were about that debt. One statement."""
    overdue = exists().where(
        OpenItem.customer_id == LateReason.customer_id,
        OpenItem.kind == "invoice",
        OpenItem.open_minor > 0,
        OpenItem.due_date < act.today,
    )
    ended = act.session.execute(
        update(LateReason)
        .where(
            LateReason.creditor_id == creditor.id,
            LateReason.ended_on.is_(None),
            LateReason.set_on < act.today,
            LateReason.code.not_in(LASTING),
            ~overdue,
        )
        .values(ended_on=act.today),
        execution_options={"synchronize_session": False},
    )
    _keep_tasks(act, creditor.id)
    return int(getattr(ended, "rowcount", 0))


def _keep_tasks(act: Act, creditor_id: int) -> None:
    """A reason that stops every letter is a person's to settle: a task for each, as long as it holds.

    What a customer said in the portal has made a task of its own.
    """
    rows = act.session.execute(
        select(LateReason, Customer.name)
        .join(Customer, Customer.id == LateReason.customer_id)
        .where(
            LateReason.creditor_id == creditor_id,
            LateReason.ended_on.is_(None),
            LateReason.said_by == CLERK,
            LateReason.code.in_(sorted(FOR_A_PERSON)),
        )
        .order_by(LateReason.id)
    )
    wanted = [
        KeyedTask(
            key=_task_key(row),
            text=f"{name}: {WORDS[row.code][:1].lower()}{WORDS[row.code][1:]}. {_asks_for(row.code)}",
            due=row.set_on + timedelta(days=1),
            customer_id=row.customer_id,
        )
        for row, name in rows
    ]
    keep_tasks(act, creditor_id=creditor_id, kind=PERSON, tasks=wanted)


def _asks_for(code: str) -> str:
    answer = ANSWERS[code]
    return f"{answer[:1].upper()}{answer[1:]}; end the reason when it is done."


def _task_key(row: LateReason) -> str:
    return f"{PERSON}:{row.id}"


def _end(act: Act, row: LateReason) -> None:
    row.ended_on = act.today
    tick_off(act, creditor_id=row.creditor_id, key=_task_key(row))


def reason_on(session: Session, customer_id: int, today: date) -> str | None:
    """The code of the reason in force on the day, for what is stamped with it."""
    row = current(session, customer_id)
    return row.code if row is not None and row.set_on <= today else None


def _tell(act: Act, customer: Customer, kind: str, text: str, code: str) -> None:
    act.tell(Event(kind, text, creditor_id=customer.creditor_id, customer_id=customer.id, data={"late_reason": code}))
