"""Payments find what they pay: by reference, by invoice number, by an amount only one invoice has, by the payer.

Only what can mean one thing alone is applied; everything else waits for a clerk (:mod:`kulant.ledger.suggestions`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from kulant.db import Act
from kulant.ledger import matching_queries as queries
from kulant.ledger.adjustments import Deduction, deduct
from kulant.ledger.allocation import COSTS_FIRST, PRINCIPAL_FIRST, Debt, allocation_order, ordered
from kulant.ledger.bulk import insert_rows
from kulant.ledger.clues import SURE, Clues, Reader
from kulant.ledger.models import OpenItem, PaymentDetail
from kulant.ledger.payers import learn
from kulant.ledger.posting import Allocation, allocate, give_to
from kulant.ledger.remittance import NAMED, PLAIN
from kulant.ledger.rules import spread
from kulant.people.models import Creditor

_CHUNK = 1_000
# A number of so many signs names an invoice even when amount and payer say nothing for it.
_TELLING = 5


def match_payments(act: Act, *, creditor: Creditor, payments: Sequence[OpenItem]) -> set[int]:
    """Allocates what is unambiguous among these payments; returns the ids of those that found an invoice."""
    return Matching(act, creditor).match(payments)


def match_waiting(act: Act, *, creditor: Creditor) -> set[int]:
    """Looks again at all payments that wait: an invoice may have come after its payment. Safe to run often."""
    matching, matched, last = Matching(act, creditor), set[int](), 0
    act.session.flush()
    while chunk := queries.unplaced_payments(act.session, creditor.id, after=last, limit=_CHUNK):
        last = chunk[-1].id
        matched |= matching.match([one for one in chunk if one.open_minor < 0])
    return matched


@dataclass(slots=True)
class _Found:
    """What one payment pays."""

    payment: OpenItem
    how: str  # reference | number | amount | payer
    parts: list[tuple[OpenItem, int]] = field(default_factory=list)
    owner: int | None = None


class Matching:
    """Matches the payments of one creditor, chunk after chunk."""

    def __init__(self, act: Act, creditor: Creditor) -> None:
        self._act = act
        self._creditor = creditor
        self._reader = Reader(act.session, creditor)
        self._left: dict[int, int] = {}
        self._charges: dict[int, list[OpenItem]] = {}
        self._deductions: list[Deduction] = []

    def match(self, payments: Sequence[OpenItem]) -> set[int]:
        """Allocates what is unambiguous; what is paid too much stays on the customer's account.

        Those that say what they pay go first, each seeing what the one before has left; then those whose amount tells.
        """
        act = self._act
        act.session.flush()
        sorted_payments = sorted(payments, key=lambda one: (one.issue_date or date.max, one.id))
        clues = self._reader.read([one for one in sorted_payments if one.open_minor < 0])
        self._left, self._deductions = {}, []
        self._charges = queries.charges_of(act.session, {item.id for one in clues for item in _invoices_of(one)})
        found = {one.payment.id: self._by_text(one) for one in clues}
        self._by_amount([one for one in clues if not found[one.payment.id].parts], found)
        results = [found[one.payment.id] for one in clues]
        nobodys = {one.payment.id for one in results if one.payment.customer_id is None}
        allocate(act, self._allocations(results))
        deduct(act, creditor=self._creditor, deductions=self._deductions)
        self._remember(clues, [one for one in results if one.owner is not None], nobodys)
        return {one.payment.id for one in results if one.parts}

    # By what the payment says

    def _by_text(self, clues: Clues) -> _Found:
        """By reference, else by the numbers of invoices; nothing where that leads to several customers."""
        found = _Found(clues.payment, "")
        known = clues.payment.customer_id
        named = {item.customer_id for item in clues.named((NAMED,))}
        for items in clues.by_reference:
            owner = _only_owner(items)
            if owner is None:
                continue
            if known not in (None, owner) or (named and owner not in named):
                return found  # it contradicts what the file says of the payer, or the text of the invoice
            found.how, found.owner = "reference", owner
            found.parts = self._pay(clues.payment, items)
            break
        if not found.parts and (invoices := self._sure_numbers(clues, found.owner or known)):
            owner = _only_owner(invoices)
            if owner is not None and known in (None, owner) and found.owner in (None, owner):
                parts = self._pay(clues.payment, invoices)
                if parts or not found.how:
                    found.how, found.owner, found.parts = "number", owner, parts
        return found

    def _sure_numbers(self, clues: Clues, known: int | None) -> list[OpenItem]:
        """The invoices named; numbers that merely stand there count when amount, payer or length speak for them."""
        named, plain = clues.named((NAMED,)), clues.named((PLAIN,))
        if named and _only_owner([*named, *plain]) is None:
            return named
        if not plain:
            return named
        together = [*named, *plain]
        owner = _only_owner(together)
        fits = sum(self._open(item) for item in together) == -clues.payment.open_minor
        payer = owner is not None and owner in {known, *clues.payers, *clues.same_name}
        long = all(len(one.number.text) >= _TELLING for one in clues.numbers if one.number.strength == PLAIN)
        return together if fits or payer or long else named

    # By an amount that only one invoice of the payer has

    def _by_amount(self, clues: Sequence[Clues], found: dict[int, _Found]) -> None:
        payers = {one.payment.id: self._payer(one, found[one.payment.id]) for one in clues}
        customers = {customer for owners in payers.values() for customer in owners}
        amounts = {-one.payment.open_minor for one in clues if payers[one.payment.id]}
        invoices = queries.open_invoices_of(self._act.session, customers, amounts=amounts)
        self._charges |= queries.charges_of(self._act.session, {item.id for item in invoices})
        of_customer: dict[int, list[OpenItem]] = {}
        for item in invoices:
            of_customer.setdefault(item.customer_id or 0, []).append(item)
        for one in clues:
            result, owners = found[one.payment.id], payers[one.payment.id]
            fitting = [
                item for owner in sorted(owners) for item in of_customer.get(owner, ()) if self._fits(item, one.payment)
            ]
            if len(fitting) == 1:
                result.how, result.owner = result.how or "amount", fitting[0].customer_id
                result.parts = self._pay(one.payment, fitting)
            elif not result.how and self._is_known_payers(one):
                result.how, [result.owner] = "payer", one.payers

    def _payer(self, clues: Clues, found: _Found) -> set[int]:
        """Who paid, as far as it is known; nobody where the text speaks of somebody else's invoice."""
        if found.owner is not None:
            return {found.owner}
        known = clues.payment.customer_id
        owners = {known} if known is not None else clues.payers
        if not owners and len(clues.same_name) == 1:
            owners = clues.same_name
        return set() if self._contradicted(clues, owners) else owners

    def _is_known_payers(self, clues: Clues) -> bool:
        nobodys = clues.payment.customer_id is None
        return nobodys and len(clues.payers) == 1 and not self._contradicted(clues, clues.payers)

    def _contradicted(self, clues: Clues, owners: Iterable[int | None]) -> bool:
        said = {item.customer_id for items in clues.by_reference for item in items}
        said |= {item.customer_id for item in clues.named(SURE)}
        return bool(said - set(owners))

    def _fits(self, invoice: OpenItem, payment: OpenItem) -> bool:
        """Whether the invoice is open with exactly the payment's amount, with or without what was charged for it."""
        if invoice.currency != payment.currency:
            return False
        charged = sum(self._open(item) for item in self._charges.get(invoice.id, ()))
        return -payment.open_minor in (self._open(invoice), self._open(invoice) + charged) and self._open(invoice) > 0

    # How it falls

    def _open(self, item: OpenItem) -> int:
        return self._left.get(item.id, item.open_minor)

    def _pay(self, payment: OpenItem, items: Sequence[OpenItem]) -> list[tuple[OpenItem, int]]:
        """How the payment falls on these invoices and their charges, in the order in force; counts it as paid."""
        of_money = [item for item in items if item.currency == payment.currency]
        chosen = {item.id: item for item in of_money}
        chosen |= {charge.id: charge for item in of_money for charge in self._charges.get(item.id, ())}
        open_now = [item for item in chosen.values() if self._open(item) > 0]
        code = PRINCIPAL_FIRST
        if any(item.series == "charge" for item in open_now):
            code = allocation_order(self._creditor).code
        debts = ordered(debts_of(open_now, {item.id: self._open(item) for item in open_now}), code)
        available = -payment.open_minor
        parts = [
            (chosen[item_id], part) for item_id, part in spread(available, [(one.id, one.open_minor) for one in debts])
        ]
        before = {item.id: self._open(item) for item in open_now}
        for item, part in parts:
            self._left[item.id] = self._open(item) - part
        if parts:
            self._forgive_bank_fee(payment, open_now, before, code)
        return parts

    def _forgive_bank_fee(
        self, payment: OpenItem, items: Sequence[OpenItem], before: dict[int, int], code: str
    ) -> None:
        """What is short by no more than a bank keeps is deducted; who pays just the invoice chose to."""
        tolerated = self._creditor.bank_fee_tolerance.get(payment.currency, 0)
        invoices = [item for item in items if item.series != "charge"]
        total, principal, paid = sum(before.values()), sum(before[item.id] for item in invoices), -payment.open_minor
        if 0 < total - paid <= tolerated and paid != principal:
            short = items
        elif 0 < principal - paid <= tolerated and (code != COSTS_FIRST or principal == total):
            short = invoices
        else:
            return
        for item in short:
            if self._open(item) > 0:
                self._deductions.append(Deduction(payment, item, self._open(item)))
                self._left[item.id] = 0

    def _allocations(self, results: Iterable[_Found]) -> Iterable[Allocation]:
        for result in results:
            on = result.payment.issue_date or self._act.today
            for item, amount in result.parts:
                yield Allocation(result.payment, item, amount, on)

    def _remember(self, clues: Sequence[Clues], results: Sequence[_Found], nobodys: set[int]) -> None:
        """Whose money it is, how that was found, and who paid: the next payment of this payer is known by it."""
        details = {one.payment.id: one.detail for one in clues}
        told: list[dict[str, Any]] = []
        untold: list[tuple[int, str]] = []
        for result in results:
            if result.payment.id not in nobodys or result.owner is None:
                continue
            if result.payment.customer_id is None:
                give_to(self._act, result.payment, result.owner)
            detail = details[result.payment.id]
            if detail is None:
                untold.append((result.payment.id, result.how))
            else:
                set_committed_value(detail, "found_by", result.how)
                told.append({"item_id": detail.item_id, "found_by": result.how})
        if told:
            self._act.session.execute(update(PaymentDetail), told)
        if untold:
            insert_rows(self._act.session, PaymentDetail, ("item_id", "found_by"), untold)
        learn(
            self._act,
            creditor_id=self._creditor.id,
            payers=[
                (details[one.payment.id], one.owner)
                for one in results
                if one.owner is not None and one.parts and one.how in ("reference", "number")
            ],
        )


def debts_of(items: Iterable[OpenItem], left: dict[int, int]) -> list[Debt]:
    """Items as the allocation order sees them."""
    of_invoice = {item.id: item for item in items}
    return [
        Debt(
            item.id,
            item.kind,
            left[item.id],
            item.due_date,
            item.belongs_to_id,
            of_invoice[item.belongs_to_id].due_date if item.belongs_to_id in of_invoice else None,
        )
        for item in of_invoice.values()
    ]


def _only_owner(items: Sequence[OpenItem]) -> int | None:
    """The one customer these belong to."""
    owners = {item.customer_id for item in items}
    return owners.pop() if len(owners) == 1 else None


def _invoices_of(clues: Clues) -> Iterable[OpenItem]:
    for items in clues.by_reference:
        yield from items
    yield from clues.named(SURE)
