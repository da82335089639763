"""Adjustments: what a bank kept, what is written off, paid back or moved. Each is posted, never edited away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from kulant.core.errors import Forbidden, Refusal
from kulant.core.events import Event
from kulant.core.money import decimal_string
from kulant.core.words import amount_words
from kulant.db import Act
from kulant.ledger import matching_queries as matching
from kulant.ledger import queries
from kulant.ledger.bulk import among
from kulant.ledger.models import Customer, Dispute, OpenItem
from kulant.ledger.posting import SERIES, Allocation, NewItem, allocate, give_to, post_items, reverse_allocation
from kulant.ledger.rules import spread
from kulant.people.models import Creditor

_CHUNK = 1_000
SMALL = "small balance"


@dataclass(frozen=True, slots=True)
class Deduction:
    """So much of an item is let go because the payment that was meant for it came short."""

    payment: OpenItem
    item: OpenItem
    amount_minor: int


def deduct(act: Act, *, creditor: Creditor, deductions: Sequence[Deduction], reason: str = "bank fee") -> None:
    """Settles the rest of items whose payment a bank shortened; each is on the customer's timeline."""
    if not deductions:
        return
    posted = _post_credits(
        act,
        creditor,
        "deduction",
        [(f"deduction:{one.payment.id}", one.item, one.amount_minor) for one in deductions],
        reason,
    )
    for one, adjustment in zip(deductions, posted, strict=True):
        amount = amount_words(one.amount_minor, one.item.currency)
        act.tell(
            Event(
                "deduction_made",
                f"{amount} of {one.item.number} deducted as {reason}: payment {one.payment.number} came short by it.",
                creditor_id=creditor.id,
                customer_id=one.item.customer_id,
                item_id=one.item.id,
                data={
                    "adjustment": adjustment.number,
                    "payment": one.payment.number,
                    "amount": decimal_string(one.amount_minor, one.item.currency),
                },
            )
        )


def write_off(act: Act, *, creditor: Creditor, items: Sequence[OpenItem], reason: str, manager: bool) -> list[OpenItem]:
    """Gives up what is open of these debts. Above the small balance of the currency only a manager may."""
    open_now = [item for item in items if item.open_minor > 0]
    if not open_now:
        raise Refusal("nothing_open", "there is nothing open to write off")
    if not reason.strip():
        raise Refusal("no_reason", "say why it is written off")
    [currency] = {item.currency for item in open_now}
    total = sum(item.open_minor for item in open_now)
    limit = creditor.small_balance.get(currency, 0)
    if total > limit and not manager:
        raise Forbidden(
            "needs_manager",
            f"{amount_words(total, currency)} is more than the small balance of {amount_words(limit, currency)}; "
            "ask a manager to write it off",
        )
    return _write_off(act, creditor, open_now, reason.strip())


def write_off_small_balances(act: Act, creditor: Creditor, *, spared: Collection[int] = ()) -> list[OpenItem]:
    """Writes off the small rests that the creditor's rule allows; returns the items. ``spared``: left as they are.

    A rest is small when an overdue invoice was paid or credited in part and what is left of it, with what was charged
    for it, is no more than the small balance of its currency. What is disputed stays.
    """
    written: list[OpenItem] = []
    for currency, limit in sorted(creditor.small_balance.items()):
        if limit <= 0:
            continue
        rests = [item for item in _small_rests(act, creditor.id, currency, limit) if item.id not in spared]
        charges = matching.charges_of(act.session, [item.id for item in rests])
        for start in range(0, len(rests), _CHUNK):
            items = [
                one
                for item in rests[start : start + _CHUNK]
                if item.open_minor + sum(charge.open_minor for charge in charges.get(item.id, ())) <= limit
                for one in (item, *charges.get(item.id, ()))
            ]
            _write_off(act, creditor, items, SMALL)
            written += items
    return written


def _small_rests(act: Act, creditor_id: int, currency: str, limit: int) -> Sequence[OpenItem]:
    disputed = select(Dispute.id).where(Dispute.item_id == OpenItem.id, Dispute.resolved_on.is_(None))
    return act.session.scalars(
        select(OpenItem)
        .where(
            OpenItem.creditor_id == creditor_id,
            OpenItem.currency == currency,
            OpenItem.kind == "invoice",
            OpenItem.open_minor > 0,
            OpenItem.open_minor <= limit,
            OpenItem.open_minor < OpenItem.amount_minor,
            OpenItem.due_date < act.today,
            ~disputed.exists(),
        )
        .order_by(OpenItem.id)
    ).all()


def _write_off(act: Act, creditor: Creditor, items: Sequence[OpenItem], reason: str) -> list[OpenItem]:
    rests = [(item, item.open_minor) for item in items]
    posted = _post_credits(
        act, creditor, "write_off", [(f"write_off:{item.id}", item, rest) for item, rest in rests], reason
    )
    for (item, rest), adjustment in zip(rests, posted, strict=True):
        act.tell(
            Event(
                "written_off",
                f"{amount_words(rest, item.currency)} of {item.number} written off: {reason}.",
                creditor_id=creditor.id,
                customer_id=item.customer_id,
                item_id=item.id,
                data={"adjustment": adjustment.number, "amount": decimal_string(rest, item.currency), "reason": reason},
            )
        )
    return posted


def _post_credits(
    act: Act, creditor: Creditor, kind: str, wanted: Sequence[tuple[str, OpenItem, int]], reason: str
) -> list[OpenItem]:
    """Posts an adjustment for each item and sets it against the item; numbers are the prefix and a count."""
    numbers = _next_numbers(act.session, creditor.id, kind, [prefix for prefix, _, _ in wanted])
    posted = post_items(
        act,
        creditor=creditor,
        items=[
            NewItem(
                kind=kind,
                number=number,
                currency=item.currency,
                amount_minor=-amount,
                customer_id=item.customer_id,
                issue_date=act.today,
                named_number=item.number,
                reason=reason,
            )
            for number, (_, item, amount) in zip(numbers, wanted, strict=True)
        ],
    )
    allocate(
        act,
        [
            Allocation(adjustment, item, amount, act.today)
            for adjustment, (_, item, amount) in zip(posted, wanted, strict=True)
        ],
    )
    return posted


def _next_numbers(session: Session, creditor_id: int, kind: str, prefixes: Sequence[str]) -> list[str]:
    """A number for each prefix that no item has yet: the prefix and a count."""
    own = (OpenItem.creditor_id == creditor_id, OpenItem.series == SERIES[kind])
    first = [f"{prefix}:1" for prefix in set(prefixes)]
    used = session.scalars(select(OpenItem.number).where(*own, among(session, OpenItem.number, first))).all()
    taken: dict[str, int] = {}
    for number in used:  # few: only what was adjusted before
        prefix = number.removesuffix(":1")
        alike = select(func.count()).where(*own, OpenItem.number.like(f"{prefix}:%"))
        taken[prefix] = session.scalar(alike) or 0
    numbers = []
    for prefix in prefixes:
        taken[prefix] = taken.get(prefix, 0) + 1
        numbers.append(f"{prefix}:{taken[prefix]}")
    return numbers


def refund(
    act: Act, *, creditor: Creditor, customer: Customer, currency: str, amount_minor: int, reason: str
) -> OpenItem:
    """Money is paid back to the customer, against the credit they have; refused when they have not so much."""
    if amount_minor <= 0:
        raise Refusal("bad_amount", "the amount to pay back must be above zero")
    if not reason.strip():
        raise Refusal("no_reason", "say why the money is paid back")
    open_items = queries.open_items(act.session, customer.id, today=act.today, currency=currency)
    credits = {item.id: item for item in open_items if item.open_minor < 0}
    available = -sum(item.open_minor for item in credits.values())
    if amount_minor > available:
        raise Refusal(
            "no_credit",
            f"{customer.name} has a credit of {amount_words(available, currency)}; no more can be paid back",
        )
    [number] = _next_numbers(act.session, creditor.id, "refund", [f"refund:{customer.id}"])
    [posted] = post_items(
        act,
        creditor=creditor,
        items=[
            NewItem(
                kind="refund",
                number=number,
                currency=currency,
                amount_minor=amount_minor,
                customer_id=customer.id,
                issue_date=act.today,
                reason=reason.strip(),
            )
        ],
    )
    parts = spread(amount_minor, [(item.id, -item.open_minor) for item in credits.values()])
    allocate(act, [Allocation(credits[item_id], posted, part, act.today) for item_id, part in parts])
    act.tell(
        Event(
            "refunded",
            f"{amount_words(amount_minor, currency)} paid back to {customer.name}: {reason.strip()}.",
            creditor_id=creditor.id,
            customer_id=customer.id,
            item_id=posted.id,
            data={"refund": number, "amount": decimal_string(amount_minor, currency), "reason": reason.strip()},
        )
    )
    return posted


def move(act: Act, *, creditor: Creditor, payment: OpenItem, to: Customer, reason: str) -> OpenItem:
    """Moves what is left of a payment to another customer: out there, in here, and both can be read ever after.

    A payment of nobody's is simply given to the customer. Returns the credit the customer has now.
    """
    if payment.kind not in matching.MONEY_IN or payment.open_minor >= 0:
        raise Refusal(
            "nothing_left", f"{payment.number} has no money left to move; take it back from what it pays first"
        )
    if not reason.strip():
        raise Refusal("no_reason", "say why the money is moved")
    if payment.customer_id == to.id:
        raise Refusal("same_customer", f"{payment.number} is {to.name}'s already")
    amount_minor, giver_id = -payment.open_minor, payment.customer_id
    told = {"payment": payment.number, "amount": decimal_string(amount_minor, payment.currency), "to": to.number}
    if giver_id is None:
        give_to(act, payment, to.id)
        credit, words = payment, f"Payment {payment.number} was given to {to.name}: {reason.strip()}."
    else:
        credit = _transfer(act, creditor, payment, giver_id, to, reason.strip())
        giver = act.session.get_one(Customer, giver_id)
        amount = amount_words(amount_minor, payment.currency)
        words = f"{amount} of payment {payment.number} moved from {giver.name} to {to.name}: {reason.strip()}."
    for customer_id in dict.fromkeys((giver_id, to.id)):
        if customer_id is not None:
            act.tell(
                Event(
                    "payment_moved", words, creditor_id=creditor.id, customer_id=customer_id, item_id=payment.id,
                    data=told,
                )
            )  # fmt: skip
    return credit


def _transfer(act: Act, creditor: Creditor, payment: OpenItem, giver_id: int, to: Customer, reason: str) -> OpenItem:
    amount = -payment.open_minor
    [number] = _next_numbers(act.session, creditor.id, "transfer", [f"transfer:{payment.id}:out"])

    def half(kind_number: str, customer_id: int, amount_minor: int) -> NewItem:
        return NewItem(
            kind="transfer",
            number=kind_number,
            currency=payment.currency,
            amount_minor=amount_minor,
            customer_id=customer_id,
            issue_date=act.today,
            named_number=payment.number,
            reason=reason,
        )

    out, into = post_items(
        act,
        creditor=creditor,
        items=[half(number, giver_id, amount), half(number.replace(":out:", ":in:"), to.id, -amount)],
    )
    allocate(act, [Allocation(payment, out, amount, act.today)])
    return into


def take_back(act: Act, *, creditor: Creditor, adjustment: OpenItem, reason: str) -> OpenItem:
    """Undoes a deduction or write-off: the debt is open again, and an opposite posting keeps the books in step."""
    used = matching.used_for(act.session, adjustment)
    if adjustment.amount_minor >= 0 or any(one.item.series == "adjustment" for one in used):
        raise Refusal("taken_back_already", f"{adjustment.number} has been taken back already")
    for one in used:
        reverse_allocation(act, one.entry, on=act.today)
    [number] = _next_numbers(act.session, creditor.id, adjustment.kind, [f"{adjustment.number}:undone"])
    amount = -adjustment.open_minor
    [opposite] = post_items(
        act,
        creditor=creditor,
        items=[
            NewItem(
                kind=adjustment.kind,
                number=number,
                currency=adjustment.currency,
                amount_minor=amount,
                customer_id=adjustment.customer_id,
                issue_date=act.today,
                named_number=adjustment.named_number,
                reason=reason,
            )
        ],
    )
    allocate(act, [Allocation(adjustment, opposite, amount, act.today)])
    act.tell(
        Event(
            "adjustment_taken_back",
            f"{amount_words(amount, adjustment.currency)} of {adjustment.named_number} is open again: {reason}.",
            creditor_id=creditor.id,
            customer_id=adjustment.customer_id,
            item_id=adjustment.id,
            data={"adjustment": adjustment.number, "amount": decimal_string(amount, adjustment.currency)},
        )
    )
    return opposite


def deductions_for(session: Session, payment: OpenItem) -> Sequence[OpenItem]:
    """Deductions made because this payment came short, and not taken back."""
    undone = aliased(OpenItem)
    return session.scalars(
        select(OpenItem)
        .where(
            OpenItem.creditor_id == payment.creditor_id,
            OpenItem.series == "adjustment",
            OpenItem.amount_minor < 0,
            OpenItem.number.like(f"deduction:{payment.id}:%"),
            ~select(undone.id)
            .where(
                undone.creditor_id == OpenItem.creditor_id,
                undone.series == "adjustment",
                undone.number == OpenItem.number + ":undone:1",
            )
            .exists(),
        )
        .order_by(OpenItem.id)
    ).all()
