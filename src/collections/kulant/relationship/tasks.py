"""Tasks: what a person here should see or do. The portal and the program make them, people tick them off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import or_, select

from kulant.core.calendar import is_business_day
from kulant.core.errors import NotFound
from kulant.core.events import Event
from kulant.db import Act
from kulant.ledger.bulk import among
from kulant.people.models import Creditor
from kulant.relationship.models import Task

SELF = "Kulant"  # who ticks off what has become needless


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedTask:
    """A task that the daily run wants open today; ``key`` tells it from the others of its kind for good."""

    key: str
    text: str
    due: date
    customer_id: int | None = None


def add_task(act: Act, *, creditor_id: int, customer_id: int, kind: str, text: str, due: date | None = None) -> Task:
    """Tells a person here that there is something to see or do; due tomorrow unless said otherwise."""
    task = Task(
        creditor_id=creditor_id,
        customer_id=customer_id,
        kind=kind,
        text=text,
        due=due or act.today + timedelta(days=1),
        created_on=act.today,
    )
    act.session.add(task)
    return task


def working_day_before(last_day: date, country: str) -> date:
    """The working day before a last day: when a task is due that must be done by then."""
    day = last_day - timedelta(days=1)
    while not is_business_day(day, country):
        day -= timedelta(days=1)
    return day


def add_keyed_task(act: Act, *, creditor_id: int, kind: str, task: KeyedTask) -> None:
    """Makes at once a task that the daily run would make and keep."""
    act.session.add(_row(act, creditor_id, kind, task))


def tick_off(act: Act, *, creditor_id: int, key: str) -> None:
    """Ticks off the task of that key, if it is open, for what it asked for was done; that is told elsewhere."""
    task = act.session.scalar(select(Task).where(Task.creditor_id == creditor_id, Task.key == key))
    if task is not None and task.done_on is None:
        task.done_on, task.done_by = act.today, act.actor


def keep_tasks(act: Act, *, creditor_id: int, kind: str, tasks: Sequence[KeyedTask]) -> int:
    """Makes the open tasks of a kind those that are wanted today; returns how many are new.

    A task that is no longer wanted is ticked off, and comes back when it is wanted again; one that a person ticked off
    does not come back.
    """
    wanted = {task.key: task for task in tasks}
    open_or_wanted = or_(Task.done_on.is_(None), among(act.session, Task.key, wanted))
    rows = select(Task).where(Task.creditor_id == creditor_id, Task.kind == kind, Task.key.is_not(None), open_or_wanted)
    there = {task.key: task for task in act.session.scalars(rows)}
    for key, task in there.items():
        if task.done_on is not None and task.done_by != SELF:
            continue
        if key in wanted:
            if task.done_on is not None:
                task.done_on, task.done_by, task.due = None, None, wanted[key].due
            task.text = wanted[key].text
        elif task.done_on is None:
            task.done_on, task.done_by = act.today, SELF
            said = f"No longer needed: {task.text}"
            act.tell(Event("task_done", said, creditor_id=creditor_id, customer_id=task.customer_id))
    new = [task for key, task in wanted.items() if key not in there]
    act.session.add_all(_row(act, creditor_id, kind, task) for task in new)
    return len(new)


def _row(act: Act, creditor_id: int, kind: str, task: KeyedTask) -> Task:
    return Task(
        creditor_id=creditor_id,
        customer_id=task.customer_id,
        kind=kind,
        key=task.key,
        text=task.text,
        due=task.due,
        created_on=act.today,
    )


def finish_task(act: Act, *, creditor: Creditor, task_id: int) -> Task:
    """Ticks a task off."""
    task = act.session.scalar(select(Task).where(Task.id == task_id, Task.creditor_id == creditor.id))
    if task is None:
        raise NotFound("no_task", "there is no such task")
    if task.done_on is None:
        task.done_on, task.done_by = act.today, act.actor
        act.tell(Event("task_done", f"Done: {task.text}", creditor_id=creditor.id, customer_id=task.customer_id))
    return task
