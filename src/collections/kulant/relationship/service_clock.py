"""The service clock: whether we answer in time and keep what we promise. What is late counts against us, once.

It runs with the daily run. A day late or a month late is one strike; nothing that was in time is ever one.
"""

from __future__ import annotations

from datetime import timedelta

from kulant.core.words import day_words
from kulant.db import Act
from kulant.people.models import Creditor
from kulant.relationship import answers, commitments, concerns
from kulant.relationship import clock_queries as queries
from kulant.relationship.models import Concern
from kulant.relationship.models_care import Commitment
from kulant.relationship.rulebook import rules_of
from kulant.relationship.strikes import NewStrike, add_strikes, counting_since
from kulant.relationship.tasks import keep_tasks


def keep_clock(act: Act, creditor: Creditor) -> int:
    """Counts late answers and broken promises of ours, and keeps a task for each open one; returns how many strikes.

    A second run the same day changes nothing.
    """
    session = act.session
    since = counting_since(act.today, rules_of(session, creditor.id))
    session.flush()
    late = [_late_reply(concern) for concern in queries.late_concerns(session, creditor.id, since, act.today)]
    for commitment in queries.overdue_commitments(session, creditor.id, act.today):
        commitments.break_commitment(act, commitment=commitment)
    session.flush()
    broken = [_broken(commitment) for commitment in queries.uncounted_commitments(session, creditor.id, since)]
    late += answers.late_answers(session, creditor.id, since, act.today)
    counted = add_strikes(act, creditor_id=creditor.id, strikes=[*late, *broken])
    _keep_tasks(act, creditor)
    return len(counted)


def _late_reply(concern: Concern) -> NewStrike:
    assert concern.answer_by is not None
    asked, last = day_words(concern.opened_on), day_words(concern.answer_by)
    return NewStrike(
        customer_id=concern.customer_id,
        code="late_reply",
        on=concern.answer_by + timedelta(days=1),
        text=f"The {concern.kind} of {asked} was not answered by {last}: {concern.text}",
        key=concerns.KEY.format(concern.id) + queries.LATE,
    )


def _broken(commitment: Commitment) -> NewStrike:
    return NewStrike(
        customer_id=commitment.customer_id,
        code="broken_promise",
        on=commitment.settled_on or commitment.due,
        text=f"We promised by {day_words(commitment.due)}: {commitment.text}",
        key=commitments.KEY.format(commitment.id),
    )


def _keep_tasks(act: Act, creditor: Creditor) -> None:
    to_answer = [
        concerns.concern_task(one, creditor.country) for one in queries.waiting_concerns(act.session, creditor.id)
    ]
    keep_tasks(act, creditor_id=creditor.id, kind=concerns.TASK, tasks=to_answer)
    to_keep = [
        commitments.commitment_task(one, creditor.country)
        for one in queries.waiting_commitments(act.session, creditor.id)
    ]
    keep_tasks(act, creditor_id=creditor.id, kind=commitments.TASK, tasks=to_keep)
    keep_tasks(act, creditor_id=creditor.id, kind=answers.TASK, tasks=answers.dispute_tasks(act.session, creditor))
