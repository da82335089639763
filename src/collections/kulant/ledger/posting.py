"""The only writer of entries: posts items, allocates credits to debits, reverses. Entries are never changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.ledger import queries
from kulant.ledger.models import Entry, OpenItem
from kulant.people.models import Creditor

SERIES = {
    "invoice": "document", "credit_note": "document",
    "payment": "payment", "chargeback": "payment", "refund": "payment",
    "fee": "charge", "interest": "charge", "compensation": "charge",
    "write_off": "adjustment", "deduction": "adjustment", "transfer": "adjustment",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to post. ``amount_minor`` is signed: what the customer owes is above zero, what reduces it below."""

    kind: str
    number: str
    currency: str
    amount_minor: int
    customer_id: int | None = None
    issue_date: date | None = None
    due_date: date | None = None
    margin_minor: int | None = None
    payment_reference: str | None = None
    order_reference: str | None = None
    named_number: str | None = None
    belongs_to_id: int | None = None  # a charge's invoice
    reason: str | None = None  # the rule a charge rests on, or why an adjustment was made


@dataclass(frozen=True, slots=True)
class Allocation:
    """So much of a credit goes to a debit, on that day."""

    credit: OpenItem
    debit: OpenItem
    amount_minor: int
    on: date


def post_items(act: Act, *, creditor: Creditor, items: Sequence[NewItem]) -> list[OpenItem]:
    """Brings items into being, each with its posting entry; a handful of statements however many there are."""
    posted = [
        OpenItem(
            creditor_id=creditor.id,
            customer_id=new.customer_id,
            series=SERIES[new.kind],
            kind=new.kind,
            number=new.number,
            currency=new.currency,
            issue_date=new.issue_date,
            due_date=new.due_date,
            amount_minor=new.amount_minor,
            open_minor=new.amount_minor,
            margin_minor=new.margin_minor,
            payment_reference=new.payment_reference,
            order_reference=new.order_reference,
            named_number=new.named_number,
            belongs_to_id=new.belongs_to_id,
            reason=new.reason,
        )
        for new in items
    ]
    act.session.add_all(posted)
    act.session.flush()
    _write(
        act,
        [_entry(act, item, "post", item.amount_minor, on=item.issue_date or act.today) for item in posted],
    )
    return posted


def allocate(act: Act, allocations: Iterable[Allocation]) -> None:
    """Takes from credits and gives to debits; refuses to allocate above either side or across customers.

    A credit of nobody's becomes the debit's customer's.
    """
    rows: list[dict[str, Any]] = []
    for part in allocations:
        _check(part)
        if part.credit.customer_id is None:
            part.credit.customer_id = part.debit.customer_id
        for item, amount, other in (
            (part.credit, part.amount_minor, part.debit),
            (part.debit, -part.amount_minor, part.credit),
        ):
            rows.append(_entry(act, item, "allocate", amount, on=part.on, against=other))
            _move(item, amount, part.on)
    _write(act, rows)


def _check(part: Allocation) -> None:
    credit, debit = part.credit, part.debit
    if (credit.creditor_id, credit.currency) != (debit.creditor_id, debit.currency):
        raise Refusal("cannot_allocate", f"{credit.number} is in {credit.currency}, {debit.number} in {debit.currency}")
    if credit.customer_id not in (None, debit.customer_id):
        raise Refusal("cannot_allocate", f"{credit.number} and {debit.number} belong to different customers")
    if not 0 < part.amount_minor <= min(-credit.open_minor, debit.open_minor):
        raise Refusal(
            "cannot_allocate",
            f"{credit.number} has not that much left, or {debit.number} is not that much open",
        )


def reverse_allocation(act: Act, entry: Entry, *, on: date) -> None:
    """Undoes one allocation, both halves of it, by equal and opposite entries: both items are open again."""
    rows = []
    for half in queries.allocation_pair(act.session, entry):
        item = act.session.get_one(OpenItem, half.item_id)
        against = act.session.get_one(OpenItem, half.against_item_id)
        row = _entry(act, item, "reverse", -half.amount_minor, on=on, against=against)
        rows.append(row | {"reverses_id": half.id})
        _move(item, -half.amount_minor, on)
    _write(act, rows)


def _move(item: OpenItem, amount: int, on: date) -> None:
    item.open_minor += amount
    item.settled_on = on if item.open_minor == 0 else None


def _entry(
    act: Act, item: OpenItem, kind: str, amount: int, *, on: date, against: OpenItem | None = None
) -> dict[str, Any]:
    return {
        "creditor_id": item.creditor_id,
        "item_id": item.id,
        "against_item_id": against.id if against else None,
        "kind": kind,
        "on": on,
        "amount_minor": amount,
        "reverses_id": None,
        "recorded_at": act.now,
    }


def _write(act: Act, rows: list[dict[str, Any]]) -> None:
    if rows:
        act.session.flush()
        act.session.execute(insert(Entry), rows)
