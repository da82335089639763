"""What Kulant itself posted, as verifications for the accounting system: fees, interest, write-offs, refunds, moves.

Documents and bank payments are not among them: the accounting system knows those already. A verification is one posting
with its contra account, or both halves of a move between customers; it always balances. Its number is that of its first
entry, so that the same period exported twice is the same to the byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.money import decimal_string
from kulant.ledger.models import Customer, Entry, OpenItem
from kulant.people.models import Creditor

RECEIVABLE = "receivable"

# Which account stands against receivables; moving money between customers touches receivables only.
CONTRA = {
    "fee": "fee",
    "interest": "interest",
    "compensation": "compensation",
    "write_off": "write_off",
    "deduction": "bank_fee",
    "refund": "bank",
    "transfer": RECEIVABLE,
}

# The usual accounts of the charts nearly everybody uses there: NS 4102 in Norway, BAS in Sweden.
USUAL = {
    "NO": {
        RECEIVABLE: "1500", "fee": "3940", "interest": "8050", "compensation": "3940", "write_off": "7830",
        "bank_fee": "7770", "bank": "1920",
    },
    "SE": {
        RECEIVABLE: "1510", "fee": "3990", "interest": "8313", "compensation": "3990", "write_off": "6351",
        "bank_fee": "6570", "bank": "1930",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Posted:
    """A posting of Kulant's own, as it stands in the ledger."""

    entry_id: int
    on: date
    kind: str
    number: str
    currency: str
    amount_minor: int  # on the customer's account: owed is above zero
    customer_number: str
    customer_name: str
    about: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class BookLine:
    """One account of a verification; a debit is above zero."""

    account: str
    minor: int
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """One event in the books; its lines sum to nothing."""

    number: int
    on: date
    kind: str
    currency: str
    text: str
    items: tuple[str, ...]
    lines: tuple[BookLine, ...]


def posted_between(session: Session, creditor: Creditor, first: date, last: date) -> list[Posted]:
    """What Kulant posted on these days, both included, in the order of days and entries."""
    if first > last:
        raise Refusal("bad_period", f"the period begins on {first}, after it ends on {last}; swap the two days")
    about = select(OpenItem.id, OpenItem.number).subquery()
    rows = session.execute(
        select(Entry, OpenItem, Customer.number, Customer.name, about.c.number)
        .join(OpenItem, OpenItem.id == Entry.item_id)
        .outerjoin(Customer, Customer.id == OpenItem.customer_id)
        .outerjoin(about, about.c.id == OpenItem.belongs_to_id)
        .where(Entry.creditor_id == creditor.id, Entry.on >= first, Entry.on <= last)
        .where(Entry.against_item_id.is_(None), OpenItem.kind.in_(CONTRA))
        .order_by(Entry.on, Entry.id)
    )
    return [
        Posted(
            entry_id=entry.id,
            on=entry.on,
            kind=item.kind,
            number=item.number,
            currency=item.currency,
            amount_minor=entry.amount_minor,
            customer_number=number or "",
            customer_name=name or "",
            about=belongs or item.named_number,
            reason=item.reason,
        )
        for entry, item, number, name, belongs in rows
    ]


def verifications(posted: Iterable[Posted], accounts: dict[str, str]) -> list[Verification]:
    """The postings as verifications, by number. ``accounts`` are the creditor's, with what is usual filled in."""
    halves = sorted(posted, key=lambda one: (one.on, _event(one), one.entry_id))
    found = [
        _verification(list(group), accounts) for _, group in groupby(halves, key=lambda one: (one.on, _event(one)))
    ]
    return sorted(found, key=lambda one: (one.on, one.number))


def _event(one: Posted) -> tuple[str, str]:
    """What belongs together: both halves of a move, and every other posting by itself."""
    if one.kind == "transfer":
        return ("transfer", one.number.replace(":out", ":in"))
    return ("entry", f"{one.entry_id:020}")


def _verification(group: Sequence[Posted], accounts: dict[str, str]) -> Verification:
    one = group[0]
    rest = -sum(each.amount_minor for each in group)
    lines = [BookLine(_account(accounts, RECEIVABLE), each.amount_minor, each.customer_number) for each in group]
    if rest:
        lines.append(BookLine(_account(accounts, CONTRA[one.kind]), rest))
    return Verification(
        number=min(each.entry_id for each in group),
        on=one.on,
        kind=one.kind,
        currency=one.currency,
        text=_text(one),
        items=tuple(each.number for each in group),
        lines=tuple(lines),
    )


def _text(one: Posted) -> str:
    parts = [one.kind.replace("_", " ").capitalize(), one.about, one.customer_name, one.reason]
    return ", ".join(part for part in parts if part)


def _account(accounts: dict[str, str], name: str) -> str:
    if name not in accounts:
        raise Refusal(
            "no_account",
            f"the books have no account for {name.replace('_', ' ')}; "
            f"set it with: kulant creditor set CODE --account {name}=…",
        )
    return accounts[name]


def accounts_of(creditor: Creditor) -> dict[str, str]:
    """The creditor's accounts, and where one is not set the usual one of its country, if there is one."""
    return USUAL.get(creditor.country, {}) | creditor.accounts


def books(session: Session, creditor: Creditor, first: date, last: date) -> list[Verification]:
    """The verifications of a period."""
    return verifications(posted_between(session, creditor, first, last), accounts_of(creditor))


def verification_json(one: Verification) -> dict[str, Any]:
    """A verification as ``kulant export --json`` prints it."""
    return {
        "number": one.number,
        "date": one.on.isoformat(),
        "kind": one.kind,
        "currency": one.currency,
        "text": one.text,
        "items": list(one.items),
        "lines": [
            {
                "account": line.account,
                "customer": line.customer,
                "debit": decimal_string(max(0, line.minor), one.currency),
                "credit": decimal_string(max(0, -line.minor), one.currency),
            }
            for line in one.lines
        ],
    }
