"""What a payment says of what it is for: references, numbers, payer; looked up for a whole chunk at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from kulant.ledger import matching_queries as queries
from kulant.ledger.models import OpenItem, PaymentDetail
from kulant.ledger.payers import Payers, details_of, keys_of
from kulant.ledger.references import forms
from kulant.ledger.remittance import NAMED, PLAIN, Number, Paid, numbers_in
from kulant.people.models import Creditor

SURE = (NAMED, PLAIN)


@dataclass(frozen=True, slots=True)
class NumberFound:
    """An invoice whose number stands in what the payer wrote."""

    number: Number
    item: OpenItem


@dataclass(slots=True)
class Clues:
    """All that is known of one payment."""

    payment: OpenItem
    detail: PaymentDetail | None
    by_reference: list[list[OpenItem]]  # one list for each way of writing the reference, the given one first
    numbers: list[NumberFound]
    payers: set[int] = field(default_factory=set)  # customers this account or name has paid for
    same_name: set[int] = field(default_factory=set)  # customers called like the payer

    def named(self, strengths: Sequence[str]) -> list[OpenItem]:
        """The invoices whose numbers are that sure, each once."""
        found = {one.item.id: one.item for one in self.numbers if one.number.strength in strengths}
        return list(found.values())


class Reader:
    """Reads payments of one creditor; what holds for all of them is looked up once."""

    def __init__(self, session: Session, creditor: Creditor) -> None:
        self._session = session
        self._creditor = creditor
        self._payers = Payers(session, creditor.id)
        self._zero_lengths: list[int] | None = None

    def read(self, payments: Sequence[OpenItem], *, always_payer: bool = False) -> list[Clues]:
        """The clues of these payments in a handful of statements.

        Who the payer may be is looked up for those alone whose text leads nowhere, or always.
        """
        session = self._session
        details = details_of(session, payments)
        written = {one.id: forms(one.payment_reference, self._creditor.country) for one in payments}
        numbers = {one.id: list(self._numbers(one, details.get(one.id))) for one in payments}
        by_reference = queries.items_by_reference(
            session, self._creditor.id, {form for each in written.values() for form in each}
        )
        by_number = queries.invoices_by_number(
            session, self._creditor.id, {name for each in numbers.values() for one in each for name in one.spellings}
        )
        clues = [
            Clues(
                payment,
                details.get(payment.id),
                [by_reference[form] for form in written[payment.id] if form in by_reference],
                _found(numbers[payment.id], by_number),
            )
            for payment in payments
        ]
        self._add_payers([one for one in clues if always_payer or not (one.by_reference or one.named((NAMED,)))])
        return clues

    def _add_payers(self, clues: Sequence[Clues]) -> None:
        keys = {key for one in clues for key in keys_of(one.detail)}
        remembered = self._payers.remembered(keys)
        for one in clues:
            one.payers = {customer for key in keys_of(one.detail) for customer in remembered.get(key, ())}
            if not one.payers and one.payment.customer_id is None and one.detail is not None:
                one.same_name = self._payers.named(one.detail.payer_name)

    def _numbers(self, payment: OpenItem, detail: PaymentDetail | None) -> Iterator[Number]:
        zero_lengths = self._lengths()
        own = (self._creditor.bank_account, *((detail.payer_account, detail.account) if detail else ()))
        paid = Paid(
            abs(payment.amount_minor),
            payment.currency,
            payment.issue_date,
            tuple(account for account in own if account),
        )
        for whole in (payment.named_number, payment.payment_reference):
            # A field made for it, or a reference that is nothing but the number, names the invoice.
            spellings = dict.fromkeys(
                spelling
                for name in forms(whole, self._creditor.country)
                for spelling in _with_zeros(name, zero_lengths)
            )
            if spellings:
                yield Number(next(iter(spellings)), tuple(spellings), NAMED)
        for text in (payment.payment_reference, detail.message if detail else None):
            yield from numbers_in(text, paid, zero_lengths=zero_lengths)

    def _lengths(self) -> list[int]:
        if self._zero_lengths is None:
            self._zero_lengths = queries.lengths_with_zeros(self._session, self._creditor.id)
        return self._zero_lengths


def _with_zeros(name: str, lengths: Sequence[int]) -> Iterator[str]:
    yield name
    if name.isdecimal():
        short = name.lstrip("0")
        yield from (form for form in (short, *(short.zfill(length) for length in lengths)) if form)


def _found(numbers: Sequence[Number], by_number: dict[str, OpenItem]) -> list[NumberFound]:
    """The first spelling that is an invoice's; the parts of a number that is one itself are not looked at."""
    found: list[NumberFound] = []
    for number in numbers:
        if any(number.text != one.number.text and number.text in one.number.text for one in found):
            continue
        item = next((by_number[spelling] for spelling in number.spellings if spelling in by_number), None)
        if item is not None:
            found.append(NumberFound(number, item))
    return found
