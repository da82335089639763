"""The whole story of a customer in one stream, newest first: what was billed, paid, sent, said, promised and decided.

Most moments are events of the timeline. Invoices, credit notes and payments come in by the million without one each, so
they are read from the ledger; tasks are read from their list. A page is a fixed number of statements, however long the
story is: each source gives as many moments as the page holds, and the newest of them are shown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.words import amount_words, day_words
from kulant.ledger.models import Customer, OpenItem
from kulant.relationship import stream_queries as queries
from kulant.relationship.models import Task, TimelineEvent
from kulant.relationship.moments import EVENT, GROUPS, ITEM, TASK, Place, group_of, way_of

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. ``direction``: in, they came to us; out, we went to them."""

    place: Place
    kind: str
    group: str
    text: str
    actor: str  # empty: nobody knows, or nobody is needed
    direction: str | None
    number: str = ""  # of an invoice, credit note or payment; its text begins with it
    item_id: int | None = None
    document_id: int | None = None
    plan_id: int | None = None

    @property
    def on(self) -> date:
        """Its day."""
        return self.place.on


@dataclass(frozen=True, slots=True)
class Page:
    """Some moments, and where those before them begin."""

    moments: Sequence[Moment]
    older: Place | None


def stream(
    session: Session,
    customer: Customer,
    *,
    today: date,
    groups: Collection[str] = (),
    text: str = "",
    before: Place | None = None,
    limit: int = PER_PAGE,
) -> Page:
    """The newest moments of these groups (none named: all) with that text, before that place."""
    wanted = frozenset(groups) & GROUPS.keys()
    look = queries.Look(session, customer.id, today, wanted, text.strip(), before, limit + 1)
    found = [_event(row) for row in queries.events(look)]
    found += [_item(*row) for row in queries.items(look)]
    found += [_task(row) for row in queries.tasks(look)]
    found.sort(key=lambda moment: moment.place, reverse=True)
    shown = found[:limit]
    return Page(shown, shown[-1].place if len(found) > limit else None)


def _event(row: TimelineEvent) -> Moment:
    return Moment(
        place=Place(row.on, EVENT, row.id),
        kind=row.kind,
        group=group_of(row.kind),
        text=row.text,
        actor=row.actor,
        direction=row.direction or way_of(row.kind),
        item_id=row.item_id,
        document_id=_number(row.data.get("document")),
        plan_id=_number(row.data.get("plan")),
    )


def _item(item: OpenItem, on: date, payer: str | None) -> Moment:
    return Moment(
        place=Place(on, ITEM, item.id),
        kind=item.kind,
        group=group_of(item.kind),
        text=_item_text(item, payer),
        actor="",
        direction=way_of(item.kind),
        number=item.number,
        item_id=item.id,
    )


def _item_text(item: OpenItem, payer: str | None) -> str:
    amount = amount_words(abs(item.amount_minor), item.currency)
    if item.series == "document":
        due = f", due {day_words(item.due_date)}" if item.due_date and item.kind == "invoice" else ""
        return f"{item.number}: {amount}{due}"
    return f"{item.number}: {amount}" + (f" from {payer}" if payer else "")


def _task(row: Task) -> Moment:
    due = "" if row.done_on else f" (due {day_words(row.due)})"  # that it was done is told by itself
    return Moment(
        place=Place(row.created_on, TASK, row.id),
        kind="task",
        group="tasks",
        text=row.text + due,
        actor="",
        direction=None,
    )


def _number(value: Any) -> int | None:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else None


def moment_json(moment: Moment) -> dict[str, Any]:
    """A moment as programs read it."""
    return {
        "date": moment.on.isoformat(),
        "kind": moment.kind,
        "group": moment.group,
        "direction": moment.direction,
        "by": moment.actor or None,
        "text": moment.text,
        "item": moment.item_id,
        "document": moment.document_id,
        "plan": moment.plan_id,
        "place": str(moment.place),
    }
