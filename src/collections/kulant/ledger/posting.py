"""The only writer of entries: posts items, allocates credits to debits, reverses. Entries are never changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import flag_modified

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.ledger import queries
from kulant.ledger.bulk import among, insert_rows, reserve_ids
from kulant.ledger.models import Entry, OpenItem
from kulant.people.models import Creditor

SERIES = {
    "invoice": "document", "credit_note": "document",
    "payment": "payment", "chargeback": "payment", "refund": "payment",
    "fee": "charge", "interest": "charge", "compensation": "charge",
    "write_off": "adjustment", "deduction": "adjustment", "transfer": "adjustment",
}  # fmt: skip


_MANY = 200  # from so many on, rows are written at once instead of one object each


@dataclass(slots=True)  # frozen, a million of them would take three times as long to make
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
    due_assumed: bool = False  # the due date was reckoned, nobody stated it
    belongs_to_id: int | None = None  # a charge's invoice
    reason: str | None = None  # the rule a charge rests on, or why an adjustment was made


@dataclass(frozen=True, slots=True)
class Allocation:
    """So much of a credit goes to a debit, on that day."""

    credit: OpenItem
    debit: OpenItem
    amount_minor: int
    on: date


@dataclass(frozen=True, slots=True)
class Covering:
    """So much of a new item was settled on that day already: a payment of this number covers it."""

    amount_minor: int  # above zero
    on: date
    number: str


def post_items(act: Act, *, creditor: Creditor, items: Sequence[NewItem]) -> list[OpenItem]:
    """Brings items into being, each with its posting entry; a handful of statements however many there are."""
    if len(items) < _MANY:
        posted = [_made(_new_row(None, creditor.id, new, None)) for new in items]
        act.session.add_all(posted)
        act.session.flush()
    else:
        posted = _post_many(act, creditor, items)
    _write(
        act,
        [_entry(act, item, "post", item.amount_minor, on=item.issue_date or act.today) for item in posted],
    )
    return posted


def _made(row: tuple[Any, ...]) -> OpenItem:
    return OpenItem(**dict(zip(_ITEM_COLUMNS, row, strict=True)))


def _post_many(act: Act, creditor: Creditor, items: Sequence[NewItem]) -> list[OpenItem]:
    """The same rows written at once, and the objects that stand for them."""
    ids = reserve_ids(act.session, OpenItem, len(items))
    rows = [_new_row(item_id, creditor.id, new, None) for item_id, new in zip(ids, items, strict=True)]
    insert_rows(act.session, OpenItem, _ITEM_COLUMNS, rows)
    posted = [_made(row) for row in rows]
    for item in posted:
        make_transient_to_detached(item)
    act.session.add_all(posted)
    return posted


_ITEM_COLUMNS = (
    "id", "creditor_id", "customer_id", "series", "kind", "number", "currency", "issue_date", "due_date", "due_assumed",
    "amount_minor", "open_minor", "settled_on", "margin_minor", "payment_reference", "order_reference", "named_number",
    "belongs_to_id", "reason",
)  # fmt: skip
_ALL_ENTRY_COLUMNS = (
    "creditor_id", "item_id", "against_item_id", "kind", "booked_on", "amount_minor", "reverses_id", "recorded_at",
)  # fmt: skip
_ENTRY_COLUMNS = ("creditor_id", "item_id", "against_item_id", "kind", "booked_on", "amount_minor", "recorded_at")


def post_new(act: Act, *, creditor: Creditor, items: Sequence[tuple[NewItem, Covering | None]]) -> Sequence[int]:
    """Posts items by the thousand, each perhaps covered already: what ``post_items`` and ``allocate`` would leave.

    No object is made of a row. The ids given back ascend in the order of ``items``; the coverings' follow after them.
    """
    if not items:
        return ()
    covered = [(place, new, by) for place, (new, by) in enumerate(items) if by is not None]
    ids = reserve_ids(act.session, OpenItem, len(items) + len(covered))
    rows = [_new_row(item_id, creditor.id, new, by) for item_id, (new, by) in zip(ids, items, strict=False)]
    allocations: list[tuple[Any, ...]] = []
    for paying_id, (place, new, by) in zip(ids[len(items) :], covered, strict=True):
        payment = paying(new, by)
        rows.append(_new_row(paying_id, creditor.id, payment, Covering(by.amount_minor, by.on, new.number)))
        for item_id, amount, other in (
            (paying_id, -payment.amount_minor, ids[place]),
            (ids[place], payment.amount_minor, paying_id),
        ):
            allocations.append((creditor.id, item_id, other, "allocate", by.on, amount, act.now))
    insert_rows(act.session, OpenItem, _ITEM_COLUMNS, rows)
    _post_written(act, ids)
    insert_rows(act.session, Entry, _ENTRY_COLUMNS, allocations)
    if isinstance(ids, range):
        act.add(creditor.id, ids)
    else:
        for customer_id in {new.customer_id for new, _ in items}:
            act.touch(creditor.id, customer_id)
    return ids


def _post_written(act: Act, ids: Sequence[int]) -> None:
    """The posting entry of each item just written, taken from the item itself: the database has it all already."""
    its = OpenItem.id.between(ids[0], ids[-1]) if isinstance(ids, range) else among(act.session, OpenItem.id, ids)
    posted = select(
        OpenItem.creditor_id,
        OpenItem.id,
        literal("post"),
        func.coalesce(OpenItem.issue_date, act.today),
        OpenItem.amount_minor,
        literal(act.now, Entry.recorded_at.type),
    )
    columns = ["creditor_id", "item_id", "kind", "booked_on", "amount_minor", "recorded_at"]
    act.session.execute(insert(Entry).from_select(columns, posted.where(its).order_by(OpenItem.id)))


def _new_row(item_id: int | None, creditor_id: int, new: NewItem, by: Covering | None) -> tuple[Any, ...]:
    amount = left = new.amount_minor
    if by is not None:
        left += -by.amount_minor if amount > 0 else by.amount_minor
        if by.amount_minor <= 0 or left * amount < 0:
            raise Refusal("cannot_allocate", f"{new.number} is not that much open")
    return (
        item_id, creditor_id, new.customer_id, SERIES[new.kind], new.kind, new.number, new.currency, new.issue_date,
        new.due_date, new.due_assumed, amount, left, by.on if by is not None and not left else None, new.margin_minor,
        new.payment_reference, new.order_reference, new.named_number, new.belongs_to_id, new.reason,
    )  # fmt: skip


def paying(item: NewItem | OpenItem, by: Covering) -> NewItem:
    """The payment that covers what is owed, or the sum paid out that uses a credit up."""
    owed = item.amount_minor > 0
    return NewItem(
        kind="payment" if owed else "chargeback",
        number=by.number,
        currency=item.currency,
        amount_minor=-by.amount_minor if owed else by.amount_minor,
        customer_id=item.customer_id,
        issue_date=by.on,
        named_number=item.number,
    )


def allocate(act: Act, allocations: Iterable[Allocation]) -> None:
    """Takes from credits and gives to debits; refuses to allocate above either side or across customers.

    A credit of nobody's becomes the debit's customer's.
    """
    rows: list[dict[str, Any]] = []
    for part in allocations:
        _check(part)
        if part.credit.customer_id is None and part.debit.customer_id is not None:
            give_to(act, part.credit, part.debit.customer_id)
        for item, amount, other in (
            (part.credit, part.amount_minor, part.debit),
            (part.debit, -part.amount_minor, part.credit),
        ):
            rows.append(_entry(act, item, "allocate", amount, on=part.on, against=other))
            _move(item, amount, part.on)
    _write(act, rows)


def give_to(act: Act, money: OpenItem, customer_id: int) -> None:
    """Money of nobody's becomes a customer's, and so does what the bank has already taken back of it."""
    money.customer_id = customer_id
    act.touch(money.creditor_id, customer_id)
    if money.open_minor != money.amount_minor:
        for entry in queries.allocations_of(act.session, money.id):
            taken_back = act.session.get_one(OpenItem, entry.against_item_id)
            if taken_back.customer_id is None:
                taken_back.customer_id = customer_id


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
    # Whatever of an item changes, the same columns are written, so that thousands of items go in one statement.
    flag_modified(item, "settled_on")
    flag_modified(item, "customer_id")


def _entry(
    act: Act, item: OpenItem, kind: str, amount: int, *, on: date, against: OpenItem | None = None
) -> dict[str, Any]:
    act.touch(item.creditor_id, item.customer_id)
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
        insert_rows(act.session, Entry, _ALL_ENTRY_COLUMNS, [tuple(row.values()) for row in rows])
