"""What an e-invoice means for the ledger, whichever syntax it is written in. Pure.

The readers of UBL and CII fill in ``Said`` word for word; the decisions are all made here, once:

* the claim is the total with tax; what the document says is payable is open, the rest was paid before;
* below zero, an invoice is a credit note; a credit note below zero can mean either, and is rejected;
* a due date is stated, or reckoned from the terms, or from the creditor's own terms, and then marked as assumed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

from kulant.core.errors import Refusal
from kulant.core.money import decimal_string, minor_digits, to_minor
from kulant.intake import values
from kulant.intake.dates import read_stated_date
from kulant.intake.documents import Context
from kulant.intake.fields import Fault
from kulant.intake.invoices_csv import INVOICES
from kulant.intake.readers.terms import read_terms
from kulant.intake.records import CustomerDetails, Ignored, InvoiceRecord, Rejection

# UNCL 1001, as far as EN 16931 admits it.
_CREDIT_NOTES = {
    "81", "83", "261", "262", "296", "308", "381", "420", "458", "532",
}  # fmt: skip
_INVOICES = {
    "71", "80", "82", "84", "102", "130", "202", "203", "204", "211", "218", "219", "295", "326", "331", "380",
    "382", "383", "384", "385", "386", "387", "388", "389", "390", "394", "395", "456", "457", "527", "553", "575",
    "623", "633", "751", "780", "817", "870", "875", "876", "877", "935",
}  # fmt: skip
_NO_CLAIMS = {
    "325": "is a pro forma invoice, which nobody owes; import the invoice itself",
    "393": "is a factored invoice, which is owed to whoever bought it",
    "396": "is a factored credit note, which belongs to whoever bought the invoice",
}
_AMOUNT = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})")
_DATE = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:T.*|Z|[+-][0-9]{2}:[0-9]{2}|[0-9]{4})?")
# Danish payment slips: the kind of the slip, then the reference; the kind +73 has none.
_SLIP = re.compile(r"(01|04|15|71|73|75)#([0-9 ]*)")
_SLIP_KINDS = frozenset(("01", "04", "15", "71", "75"))
_NOT_GIVEN = frozenset(("na", "n/a", "-", "0", "none", "ingen"))
_LONGEST_BACKDATING_DAYS = 5 * 366
PATIENCE = 1_000  # documents; a file of nothing but bad ones is read no further
LONGEST_NUMBER = INVOICES.field("invoice_number").longest

T = TypeVar("T")


@dataclass(slots=True)
class Party:
    """The customer, as the document describes them."""

    numbers: list[str | None] = field(default_factory=list)  # what may be their number, the best first
    name: str | None = None
    country: str | None = None
    email: str | None = None
    phone: str | None = None
    address: list[str | None] = field(default_factory=list)
    is_person: bool = False


@dataclass(slots=True)
class Said:
    """An invoice or credit note, word for word."""

    row: int
    is_credit_note: bool
    party: Party
    type_code: str | None = None
    number: str | None = None
    issued: str | None = None
    due: list[str] = field(default_factory=list)
    terms: str = ""
    currency: str | None = None
    currencies: list[str] = field(default_factory=list)  # of the amounts below, where they name one
    total: str | None = None  # with tax
    rounding: str | None = None
    prepaid: str | None = None
    payable: str | None = None
    payment_reference: str | None = None
    order_references: list[str | None] = field(default_factory=list)  # the best first
    credits: list[str] = field(default_factory=list)


Answer = InvoiceRecord | Rejection | Ignored


def records(documents: Iterable[Said], context: Context) -> Iterator[Answer]:
    """Each document as a record, or why not; a file without one is refused, and so is an endless one of bad ones."""
    some, good = False, False
    for number, said in enumerate(documents, 1):
        answer = record(said, context)
        some, good = True, good or isinstance(answer, InvoiceRecord)
        if not good and number > PATIENCE:
            raise Refusal("no_documents", f"None of the first {PATIENCE} documents of the file can be taken in.")
        yield answer
    if not some:
        raise Refusal("no_documents", "The file holds no invoice and no credit note.")


def record(said: Said, context: Context) -> Answer:
    """One document as it goes into the ledger."""
    try:
        return _record(said, context)
    except Fault as fault:
        return fault.rejection(said.row)


def _record(said: Said, context: Context) -> Answer:
    is_credit_note = _is_credit_note(said)
    number = _stated("invoice_number", said.number)
    currency = _currency(said)
    amount, opened = _amounts(said, currency, is_credit_note)
    if amount == 0:
        return Ignored(said.row, f"{number} is over {decimal_string(0, currency)} {currency}: nothing is owed")
    kind = "credit_note" if amount < 0 else "invoice"
    issued = read_day("issue_date", said.issued, context.today)
    due, assumed = _due(said, kind, issued, context)
    return InvoiceRecord(
        row=said.row,
        customer=_customer(said.party, context),
        number=number,
        kind=kind,
        currency=currency,
        amount_minor=amount,
        due_date=due,
        issue_date=issued,
        open_minor=opened,
        payment_reference=_reference("payment_reference", said.payment_reference),
        order_reference=_order(said.order_references),
        credits_invoice=_credited(said.credits) if kind == "credit_note" else None,
        due_assumed=assumed,
    )


def _is_credit_note(said: Said) -> bool:
    """By the type code; a document without one is what its root element says."""
    code = said.type_code
    if code in _NO_CLAIMS:
        raise Fault("kind", code, _NO_CLAIMS[code])
    if code is None:
        return said.is_credit_note
    if code not in _CREDIT_NOTES and code not in _INVOICES:
        raise Fault("kind", code, "is no type of invoice or credit note (380, 381 and the like)")
    return said.is_credit_note or code in _CREDIT_NOTES


def _stated(name: str, text: str | None) -> str:
    if not text:
        raise Fault(name, "", "is missing")
    return short_enough(name, text)


def short_enough(name: str, text: str) -> str:
    """The text, if there is room for it; a number is never cut."""
    longest = INVOICES.field(name).longest
    if len(text) > longest:
        raise Fault(name, text, f"is longer than {longest} characters")
    return text


def _read(name: str, text: str, read: Callable[[str], T]) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise Fault(name, text, str(error)) from None


def _currency(said: Said) -> str:
    stated = said.currency or next(iter(said.currencies), None)
    currency = _read("currency", _stated("currency", stated), values.currency)
    for other in said.currencies:
        if other.upper() != currency:
            raise Fault("currency", other, f"is the currency of an amount, but the document is in {currency}")
    return currency


def _amounts(said: Said, currency: str, is_credit_note: bool) -> tuple[int, int | None]:
    """The signed amount, and what is open of it where part was paid before."""
    payable = read_money("open_amount", said.payable, currency)
    prepaid = read_money("open_amount", said.prepaid, currency) or 0
    total = read_money("amount", said.total, currency)
    rounding = read_money("amount", said.rounding, currency) or 0
    if payable is None:
        raise Fault("open_amount", "", "is missing: the document does not say what is payable")
    amount = payable + prepaid if total is None else total + rounding
    if not prepaid and abs(amount - payable) < 10 ** minor_digits(currency):
        amount = payable  # rounded without saying so, in the till's way
    if is_credit_note:
        _check_sign(amount, payable, said)
        amount, payable = -amount, -payable
    if payable * amount < 0:
        return payable, None  # more was paid than the total: what is left is the customer's
    if abs(payable) > abs(amount):
        stated = decimal_string(amount, currency)
        raise Fault("open_amount", said.payable or "", f"is more than the total {stated} with tax and rounding")
    return amount, None if payable == amount else payable


def _check_sign(amount: int, payable: int, said: Said) -> None:
    if amount < 0 or payable < 0:
        text = (said.payable if payable < 0 else said.total) or ""
        raise Fault("amount", text, "is below zero in a credit note, which can mean either; write it above zero")


def read_money(name: str, text: str | None, currency: str) -> int | None:
    """Minor units of an amount as XML writes it."""
    if text is None:
        return None
    if not _AMOUNT.fullmatch(text):
        raise Fault(name, text, "is not an amount")
    try:
        return to_minor(Decimal(text), currency)
    except ValueError as error:
        what = "is too large an amount" if "large" in str(error) else f"has more decimals than {currency} has"
        raise Fault(name, text, what) from None


def read_day(name: str, text: str | None, today: date) -> date | None:
    """A day as XML or UN/CEFACT writes it; a zone or a time behind it is left out."""
    if not text:
        return None
    match = _DATE.fullmatch(text)
    if match is None:
        raise Fault(name, text, "is not a date")
    try:
        return read_stated_date("-".join(match.groups()), "%Y-%m-%d", today)
    except ValueError as error:
        what = str(error) if "years" in str(error) else "is not a date"
        raise Fault(name, text, what) from None


def _due(said: Said, kind: str, issued: date | None, context: Context) -> tuple[date | None, bool]:
    """The due date, and whether it was reckoned; of several stated the last, so that nobody is asked too soon."""
    stated = [day for text in said.due if (day := read_day("due_date", text, context.today)) is not None]
    if stated:
        due = max(stated)
        if issued is not None and (issued - due).days > _LONGEST_BACKDATING_DAYS:
            raise Fault("due_date", due.isoformat(), f"lies more than five years before the issue date {issued}")
        return due, False
    if kind == "credit_note":
        return None, False
    if issued is None:
        raise Fault("due_date", "", "is missing, and so is the issue date it could be reckoned from")
    return assumed_due(said.terms, issued, context.payment_days), True


def assumed_due(terms: str, issued: date, payment_days: int) -> date:
    """The due date reckoned from terms of payment where they can be read, else from the creditor's own."""
    read = read_terms(terms)
    days = date.fromordinal(issued.toordinal() + payment_days)
    if read is None:
        return days
    due = read.due(issued)
    return due if abs((due - issued).days) <= _LONGEST_BACKDATING_DAYS else days


def _customer(party: Party, context: Context) -> CustomerDetails:
    """The customer, by the best number the document gives; one that gives none goes by the name."""
    own = _figures(context.organisation_number)
    if own and any(_figures(number) == own for number in party.numbers):
        raise Fault("customer_id", party.name or own, "is you: this is a bill to pay, no claim of yours")
    number = next((one for one in party.numbers if one), None) or shortened("customer_id", party.name)
    if number is None:
        raise Fault("customer_id", "", "is missing: the document names neither a number nor a name of the customer")
    lines = list(dict.fromkeys(line for line in party.address if line))
    return CustomerDetails(
        number=short_enough("customer_id", number),
        name=shortened("customer_name", party.name),
        kind="consumer" if party.is_person else None,
        country=if_sound(party.country, values.country),
        email=if_sound(party.email, values.email),
        phone=shortened("phone", party.phone),
        address=shortened("address", "\n".join(lines)),
    )


def _figures(number: str | None) -> str:
    """The figures of an organisation number, whatever is written around them (NO 987 654 321 MVA)."""
    return re.sub(r"[^0-9]", "", number or "")


def if_sound(text: str | None, read: Callable[[str], str]) -> str | None:
    """A detail beside the claim: one that is no good is left out and holds up nothing."""
    try:
        return read(text) if text else None
    except ValueError:
        return None


def shortened(name: str, text: str | None) -> str | None:
    """A detail no longer than there is room for."""
    return text[: INVOICES.field(name).longest] if text else None


def slip_reference(kind: str | None, instruction: str | None) -> str | None:
    """The payment reference of a document; Danish slips write kind and reference in two fields or as ``71#…``."""
    if kind is None:
        return None
    if kind in _SLIP_KINDS:
        return instruction
    if kind == "73":
        return None
    if match := _SLIP.fullmatch(kind):
        return None if match[1] == "73" else match[2].replace(" ", "") or None
    return kind


def _reference(name: str, text: str | None) -> str | None:
    """A reference too long for any bank's field is none."""
    return text if text and len(text) <= INVOICES.field(name).longest else None


def _order(candidates: Iterable[str | None]) -> str | None:
    return next(
        (
            text
            for one in candidates
            if one and one.lower() not in _NOT_GIVEN and (text := _reference("order_reference", one))
        ),
        None,
    )


def _credited(numbers: list[str]) -> str | None:
    """The one invoice a credit note is for; one for several is set against none of them by itself."""
    different = {number for number in numbers if number}
    return _reference("credits_invoice", different.pop()) if len(different) == 1 else None
