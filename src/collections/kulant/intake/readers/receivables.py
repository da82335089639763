"""What is open on a customer's account, worked out from its postings. Pure.

An accounting file lists what was posted, not what is unpaid. A credit goes to the document it names, by reference or
payment reference; then those that name none go to documents of exactly their amount, and the rest to the oldest. What
is left of each document is open, and so is what is left of a credit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Posting:
    """One line on a customer's account: above zero what the customer owes more, below what it owes less."""

    row: int
    number: str  # of the document it makes, if it makes one
    on: date
    amount_minor: int  # in the currency of the books
    names: frozenset[str] = frozenset()  # documents and payment references it speaks of
    due: date | None = None
    payment_reference: str | None = None
    currency: str | None = None  # where it was not agreed in that of the books
    currency_minor: int = 0
    terms: str = ""


@dataclass(slots=True)
class Document:
    """Something open, or not open any more."""

    row: int
    number: str
    on: date
    amount_minor: int
    open_minor: int
    due: date | None = None
    payment_reference: str | None = None
    currency: str | None = None
    currency_minor: int = 0
    currency_open_minor: int = 0
    unclear: bool = False  # it is in another currency, and what is open of it in that one cannot be told
    terms: str = ""

    def pay(self, amount_minor: int, credit: Posting) -> None:
        """Takes so much off, in both currencies where the credit says so."""
        whole = amount_minor == -credit.amount_minor
        self.open_minor -= amount_minor
        if self.currency is None:
            return
        if credit.currency == self.currency and whole:
            self.currency_open_minor += credit.currency_minor
        elif self.open_minor == 0:
            self.currency_open_minor = 0
        else:
            self.unclear = True


def documents_of(postings: Iterable[Posting]) -> list[Document]:
    """The documents of one customer with what is open of each; their sum is the sum of the postings."""
    ordered = sorted(postings, key=lambda one: one.on)
    debits: dict[str, Document] = {}
    for posting in ordered:
        if posting.amount_minor > 0:
            _charge(debits, posting)
    known = list(debits.values())
    loose = [(one, rest) for one in ordered if one.amount_minor < 0 and (rest := _pay_named(debits, known, one))]
    loose = [(credit, rest) for credit, rest in loose if not _pay_exactly(known, credit, rest)]
    left = [document for credit, rest in loose if (document := _pay_oldest(known, credit, rest)) is not None]
    return known + left


def _charge(debits: dict[str, Document], posting: Posting) -> None:
    document = debits.get(posting.number)
    if document is None:
        debits[posting.number] = Document(
            posting.row,
            posting.number,
            posting.on,
            posting.amount_minor,
            posting.amount_minor,
            posting.due,
            posting.payment_reference,
            posting.currency,
            posting.currency_minor,
            posting.currency_minor,
            terms=posting.terms,
        )
        return
    document.amount_minor += posting.amount_minor
    document.open_minor += posting.amount_minor
    document.currency_minor += posting.currency_minor
    document.currency_open_minor += posting.currency_minor
    document.unclear |= document.currency != posting.currency
    document.due = max(filter(None, (document.due, posting.due)), default=None)
    document.payment_reference = document.payment_reference or posting.payment_reference


def _pay_named(debits: dict[str, Document], known: list[Document], credit: Posting) -> int:
    """Pays the document the credit names; what is left over is loose."""
    if not credit.names:
        return -credit.amount_minor
    named = next((debits[name] for name in sorted(credit.names) if name in debits), None) or next(
        (one for one in known if one.payment_reference in credit.names), None
    )
    if named is None:
        return -credit.amount_minor
    taken = min(named.open_minor, -credit.amount_minor)
    if taken:
        named.pay(taken, credit)
    return -credit.amount_minor - taken


def _pay_exactly(known: list[Document], credit: Posting, rest: int) -> bool:
    """Pays the oldest document that was there and has just that amount open."""
    exact = next((one for one in known if one.open_minor == rest and one.on <= credit.on), None)
    if exact is not None:
        exact.pay(rest, credit)
    return exact is not None


def _pay_oldest(known: list[Document], credit: Posting, rest: int) -> Document | None:
    """Pays the oldest first; gives what is left as a credit of its own."""
    for document in known:
        taken = min(document.open_minor, rest)
        if taken:
            document.pay(taken, credit)
            rest -= taken
        if not rest:
            return None
    whole = rest == -credit.amount_minor
    return Document(
        credit.row,
        credit.number,
        credit.on,
        credit.amount_minor,
        -rest,
        currency=credit.currency,
        currency_minor=credit.currency_minor,
        currency_open_minor=credit.currency_minor if whole else 0,
        unclear=credit.currency is not None and not whole,
    )
