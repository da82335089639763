"""What a payment that waits may be for: ranked suggestions with their reasons. Worked out when looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy.orm import Session

from kulant.core.words import amount_words, day_words
from kulant.ledger import matching_queries as queries
from kulant.ledger.allocation import allocation_order, ordered, small_sets
from kulant.ledger.clues import Reader
from kulant.ledger.matching import debts_of
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.payers import name_key
from kulant.ledger.queries import customers_by_id, open_items
from kulant.ledger.remittance import DOUBTFUL, NAMED, PLAIN
from kulant.ledger.rules import spread
from kulant.people.models import Creditor

MOST = 8
_TRIED = 25  # of a customer's oldest invoices, for sums of several
_ALIKE = 3
_SHORT_WORD = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What could be done with the payment, why, and what would remain."""

    code: str
    reason: str
    customer: Customer
    parts: tuple[tuple[OpenItem, int], ...]  # so much to each item; none: it stays the customer's credit
    rest_minor: int  # of the payment, above zero: it stays as credit
    short_minor: int  # what these items would still be open with
    tolerated: bool = False  # short by no more than a bank keeps: the rest may be let go
    returns: OpenItem | None = None  # the payment that a negative amount takes back

    @property
    def key(self) -> str:
        """What tells it from the others of this payment, the same at every look while all amounts stay as they are."""
        items = ",".join(f"{item.id}={part}" for item, part in self.parts)
        told = f"{self.customer.id}:{items}:{self.short_minor}:{self.returns.id if self.returns else ''}"
        return sha256(told.encode()).hexdigest()[:32]  # however many items there are, a form can carry it


def suggest(session: Session, *, creditor: Creditor, payment: OpenItem, today: date) -> list[Suggestion]:
    """The best guesses for a payment that waits, the likeliest first; none twice."""
    guesser = _Guesser(session, creditor, payment, today)
    found: dict[str, Suggestion] = {}
    for suggestion in guesser.returns() if payment.open_minor > 0 else guesser.guesses():
        found.setdefault(suggestion.key, suggestion)
        if len(found) >= MOST:
            break
    return list(found.values())


class _Guesser:
    def __init__(self, session: Session, creditor: Creditor, payment: OpenItem, today: date) -> None:
        self._session = session
        self._creditor = creditor
        self._payment = payment
        self._today = today
        [self._clues] = Reader(session, creditor).read([payment], always_payer=True)
        self._order = allocation_order(creditor).code

    def guesses(self) -> Iterator[Suggestion]:
        """From what the payment says, then from who may have paid, then from anybody who owes this much."""
        yield from self._by_reference()
        yield from self._by_number((NAMED, PLAIN))
        payers = self._payers()
        for customer_id, why in payers:
            yield from self._by_amount(customer_id, why)
        yield from self._by_number((DOUBTFUL,))
        for customer_id, why in payers:
            yield from self._oldest_first(customer_id, why)
        if not payers:
            yield from self._anybody()
            yield from self._names_alike()

    def returns(self) -> Iterator[Suggestion]:
        """For a negative amount: the payment it takes back, or the credit it was paid from."""
        detail, amount = self._clues.detail, self._payment.open_minor
        for paid in queries.payments_like(self._session, self._payment, detail, limit=_ALIKE):
            if paid.customer_id is not None:
                day = day_words(paid.issue_date) if paid.issue_date else "an earlier day"
                reason = f"The same payer paid exactly this amount on {day} ({paid.number}): it is that money returned"
                customer = self._customer(paid.customer_id)
                yield Suggestion("return", reason, customer, (), 0, amount, returns=paid)
        for customer_id, why in self._payers():
            items = open_items(self._session, customer_id, today=self._today, currency=self._payment.currency)
            credits = [item for item in items if item.open_minor < 0]
            parts = _spread(amount, [(item, -item.open_minor) for item in credits])
            if parts:
                used = sum(part for _, part in parts)
                customer = self._customer(customer_id)
                reason = f"{why} has a credit: the money was paid back from it"
                yield Suggestion("paid_back", reason, customer, parts, 0, amount - used)

    def _by_reference(self) -> Iterator[Suggestion]:
        for items in self._clues.by_reference:
            for customer_id, theirs in _by_customer(items):
                customer = self._customer(customer_id)
                said = f"The reference {self._payment.payment_reference} is {customer.name}'s"
                yield from self._pay(customer, theirs, "reference", said)
                if not any(item.open_minor > 0 for item in theirs):
                    paid = f"{said}, but what it stands for is paid already: keep the money as their credit"
                    yield Suggestion("paid_already", paid, customer, (), -self._payment.open_minor, 0)

    def _by_number(self, strengths: Sequence[str]) -> Iterator[Suggestion]:
        said = {one.item.id: one.number.text for one in self._clues.numbers if one.number.strength in strengths}
        for customer_id, theirs in sorted(_by_customer(self._clues.named(strengths)), key=self._likeness):
            customer = self._customer(customer_id)
            texts = ", ".join(dict.fromkeys(f"“{said[item.id]}”" for item in theirs))
            doubt = " It may mean something else." if DOUBTFUL in strengths else ""
            reason = f"The payer wrote {texts}, which is an invoice number of {customer.name}.{doubt}"
            yield from self._pay(customer, theirs, "number", reason)
            if not any(item.open_minor > 0 for item in theirs):
                reason = f"The payer wrote {texts}: paid already. Keep the money as {customer.name}'s credit"
                yield Suggestion("paid_already", reason, customer, (), -self._payment.open_minor, 0)

    def _likeness(self, named: tuple[int, list[OpenItem]]) -> tuple[bool, int]:
        """Of several customers whose invoices are named, the payer comes first, then whose debt is nearest to it."""
        customer_id, items = named
        known = customer_id in {self._payment.customer_id, *self._clues.payers, *self._clues.same_name}
        return not known, abs(sum(item.open_minor for item in items) + self._payment.open_minor)

    def _payers(self) -> list[tuple[int, str]]:
        """Who may have paid, and why one thinks so."""
        found: dict[int, str] = {}
        if self._payment.customer_id is not None:
            found[self._payment.customer_id] = f"{self._customer(self._payment.customer_id).name}, who paid,"
        how = "this account" if self._clues.detail and self._clues.detail.payer_account else "this payer"
        for customer_id in sorted(self._clues.payers):
            found.setdefault(customer_id, f"{self._customer(customer_id).name}, for whom {how} has paid before,")
        for customer_id in sorted(self._clues.same_name):
            found.setdefault(customer_id, f"{self._customer(customer_id).name}, called like the payer,")
        return list(found.items())

    def _by_amount(self, customer_id: int, why: str) -> Iterator[Suggestion]:
        customer, available = self._customer(customer_id), -self._payment.open_minor
        invoices = self._invoices(customer_id)
        charged = queries.charges_of(self._session, [item.id for item in invoices])
        exact = [
            item
            for item in invoices
            if available in (item.open_minor, item.open_minor + sum(one.open_minor for one in charged.get(item.id, ())))
        ]
        among = "" if len(exact) == 1 else f", one of {len(exact)} with this amount"
        for item in exact:
            reason = f"{why} owes exactly this on {item.number}{among}"
            yield from self._pay(customer, [item], "amount", reason)
        if exact:
            return
        by_id = {item.id: item for item in invoices[:_TRIED]}
        sets = small_sets([(item.id, item.open_minor) for item in by_id.values()], available)
        if len(sets) == 1:
            chosen = sorted((by_id[item_id] for item_id in sets[0]), key=lambda item: (item.due_date, item.id))
            reason = f"{why} owes exactly this on {len(chosen)} invoices together, and on no others"
            yield from self._pay(customer, chosen, "sum", reason)
        tolerated = self._creditor.bank_fee_tolerance.get(self._payment.currency, 0)
        for item in invoices:
            short = item.open_minor - available
            if 0 < short <= tolerated:
                amount = amount_words(short, item.currency)
                reason = f"{why} owes {amount} more than this on {item.number}: a bank may have kept it"
                yield from self._pay(customer, [item], "bank_fee", reason)

    def _oldest_first(self, customer_id: int, why: str) -> Iterator[Suggestion]:
        invoices = self._invoices(customer_id)
        if invoices:
            words = "the only open invoice" if len(invoices) == 1 else "the oldest debts first"
            items = open_items(self._session, customer_id, today=self._today, currency=self._payment.currency)
            debts = [item for item in items if item.open_minor > 0]
            yield from self._pay(self._customer(customer_id), debts, "oldest", f"{why} may mean {words}")
        else:
            reason = f"{why} owes nothing now: keep the money as credit"
            yield Suggestion("credit", reason, self._customer(customer_id), (), -self._payment.open_minor, 0)

    def _anybody(self) -> Iterator[Suggestion]:
        items = queries.open_invoices_of_amount(
            self._session, self._creditor.id, -self._payment.open_minor, self._payment.currency, limit=_ALIKE + 1
        )
        if len(items) > _ALIKE:
            return  # a round amount that many owe says nothing
        for item in items:
            customer = self._customer(item.customer_id or 0)
            alone = "and nobody else does" if len(items) == 1 else f"as do {len(items) - 1} more"
            yield from self._pay(customer, [item], "amount_of_anybody", f"{customer.name} owes exactly this, {alone}")

    def _names_alike(self) -> Iterator[Suggestion]:
        name = self._clues.detail.payer_name if self._clues.detail else None
        words = sorted(
            (word for word in name_key(name or "").split() if len(word) > _SHORT_WORD), key=len, reverse=True
        )
        for word in words[:1]:
            for customer in queries.customers_like(self._session, self._creditor.id, word, limit=_ALIKE):
                why = f"{customer.name}, whose name is like the payer's,"
                yield from self._by_amount(customer.id, why)
                yield from self._oldest_first(customer.id, why)

    def _invoices(self, customer_id: int) -> list[OpenItem]:
        found = queries.open_invoices_of(self._session, [customer_id])
        return [item for item in found if item.currency == self._payment.currency]

    def _customer(self, customer_id: int) -> Customer:
        return customers_by_id(self._session, [customer_id])[customer_id]

    def _pay(self, customer: Customer, items: Sequence[OpenItem], code: str, reason: str) -> Iterator[Suggestion]:
        """The suggestion to pay these invoices with their charges, unless nothing of them is open."""
        of_money = [item for item in items if item.currency == self._payment.currency]
        charges = queries.charges_of(self._session, [item.id for item in of_money])
        every = {one.id: one for item in of_money for one in (item, *charges.get(item.id, ())) if one.open_minor > 0}
        debts = ordered(debts_of(every.values(), {one.id: one.open_minor for one in every.values()}), self._order)
        available = -self._payment.open_minor
        parts = _spread(available, [(every[debt.id], debt.open_minor) for debt in debts])
        if not parts:
            return
        used = sum(part for _, part in parts)
        short = sum(item.open_minor - part for item, part in parts)
        tolerated = 0 < short <= self._creditor.bank_fee_tolerance.get(self._payment.currency, 0)
        yield Suggestion(code, reason.rstrip("."), customer, parts, available - used, short, tolerated=tolerated)


def _spread(available: int, items: Sequence[tuple[OpenItem, int]]) -> tuple[tuple[OpenItem, int], ...]:
    by_id = {item.id: item for item, _ in items}
    return tuple((by_id[item_id], part) for item_id, part in spread(available, [(item.id, n) for item, n in items]))


def _by_customer(items: Iterable[OpenItem]) -> list[tuple[int, list[OpenItem]]]:
    found: dict[int, list[OpenItem]] = {}
    for item in items:
        if item.customer_id is not None:
            found.setdefault(item.customer_id, []).append(item)
    return sorted(found.items())
