"""What was kept of erased customers goes when its time is over: with the daily run, or by ``kulant privacy purge``."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from kulant.core.events import Event
from kulant.db import Act, Base
from kulant.delivery.privacy_files import files_of_documents, joined
from kulant.delivery.privacy_keeping import BUNDLES, kept_of
from kulant.delivery.privacy_nouns import BY_TABLE, NOUNS, Bundle
from kulant.delivery.privacy_traces import look_anew
from kulant.ledger.erased import not_erased
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.models_erasure import Erasure
from kulant.people.models import Creditor
from kulant.relationship.tasks import KeyedTask, keep_tasks

CAME_AGAIN = "erased_customer"
_ANSWER_DAYS = 3


def due(session: Session, creditor_id: int, today: date) -> list[Erasure]:
    """The erasures of which something is kept whose time is over."""
    return list(
        session.scalars(
            select(Erasure)
            .where(
                Erasure.creditor_id == creditor_id,
                Erasure.next_on <= today,
                Erasure.ended_on.is_(None),
                Erasure.what == "all",
            )
            .order_by(Erasure.id)
        )
    )


def purge(act: Act, *, creditor: Creditor) -> list[dict[str, Any]]:
    """Removes it; tells of each customer what went. Again, it does nothing."""
    found = [gone for erasure in due(act.session, creditor.id, act.today) if (gone := _purge(act, creditor, erasure))]
    _ask_about_those_who_came_again(act, creditor)
    return found


def _purge(act: Act, creditor: Creditor, erasure: Erasure) -> dict[str, Any] | None:
    customer = act.session.get_one(Customer, erasure.customer_id)
    waiting = _waiting(erasure)
    kept = kept_of(act.session, creditor, customer.id, act.today)
    over = [each for each in waiting if each not in kept or kept[each].until < act.today]
    later = [kept[each].until for each in waiting if each not in over]
    if over:
        _remove(act.session, erasure, over)
    erasure.report = [
        row | {"done": "erased when its time was over"} if _of(row) in over and row["done"] == "kept" else row
        for row in erasure.report
    ]
    erasure.next_on = min(later) + timedelta(days=1) if later else None
    if not over:
        return None
    act.session.flush()
    gone = [row["noun"] for row in erasure.report if _of(row) in over]
    text = "What bookkeeping law wanted kept of an erased customer is gone; its time is over."
    data = {"erasure": erasure.id, "bundles": over}
    act.tell(Event("erased_kept_removed", text, creditor_id=creditor.id, customer_id=customer.id, data=data))
    return {"customer": customer.number, "nouns": gone}


def _of(row: dict[str, Any]) -> Bundle | None:
    noun = BY_TABLE.get(row["noun"])
    return noun.bundle if noun else None


def _waiting(erasure: Erasure) -> list[Bundle]:
    """The bundles that are still kept, of which something may go."""
    held = {_of(row) for row in erasure.report if row["done"] == "kept" and row["until"]}
    return [bundle for bundle in BUNDLES if bundle in held]


def _remove(session: Session, erasure: Erasure, over: list[Bundle]) -> None:
    customer_id = erasure.customer_id
    if "letters" in over:
        erasure.files = joined(erasure.files, files_of_documents(session, customer_id))
    erasure.at_work = True
    session.flush()
    going = {noun.table: noun for noun in NOUNS if noun.bundle in over and not noun.stays and noun.at_end is None}
    for table in reversed(Base.metadata.sorted_tables):
        if table.name in going:
            session.execute(delete(table).where(going[table.name].of(customer_id)))
    for noun in NOUNS:
        if noun.bundle in over and noun.at_end is not None:
            session.execute(update(noun.its).where(noun.of(customer_id)).values(noun.at_end))
    erasure.at_work = False
    session.flush()
    look_anew(session, customer_id)


def _ask_about_those_who_came_again(act: Act, creditor: Creditor) -> None:
    """A file brought an erased customer a new invoice: nobody can write to them until somebody says who they are."""
    owing = exists().where(OpenItem.customer_id == Customer.id, OpenItem.open_minor != 0)
    rows = act.session.scalars(select(Customer).where(Customer.creditor_id == creditor.id, ~not_erased(), owing))
    tasks = [
        KeyedTask(
            key=f"{CAME_AGAIN}:{customer.id}",
            customer_id=customer.id,
            text=f"{customer.number} was erased and has something open again. If they are your customer anew, take "
            "them in again under the number they have in your own system.",
            due=act.today + timedelta(days=_ANSWER_DAYS),
        )
        for customer in rows
    ]
    keep_tasks(act, creditor_id=creditor.id, kind=CAME_AGAIN, tasks=tasks)
