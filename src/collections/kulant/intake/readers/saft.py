"""``saft``: Norwegian SAF-T Financial 1.x. The customers, and what each of them owes at the end of the period."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import BinaryIO

from kulant.core.errors import Refusal
from kulant.core.money import decimal_string
from kulant.intake import values
from kulant.intake.documents import Context
from kulant.intake.fields import Fault
from kulant.intake.readers import xml
from kulant.intake.readers.einvoice import (
    LONGEST_NUMBER,
    PATIENCE,
    assumed_due,
    if_sound,
    read_day,
    read_money,
    short_enough,
    shortened,
)
from kulant.intake.readers.receivables import Document, Posting, documents_of
from kulant.intake.readers.terms import Terms, read_terms
from kulant.intake.records import CustomerDetails, CustomerRecord, Ignored, InvoiceRecord, Rejection

_ROOT = b"AuditFile"
_NORWEGIAN = "StandardAuditFile-Taxation-Financial:NO"
_PIECES = ("Header", "Account", "Customer", "Transaction", "Invoice")
_LEFT_OUT = ("Analysis", "TaxInformation", "BankAccount", "TaxRegistration")
_RECEIVABLES = "15"  # the class of trade receivables in the Norwegian standard chart of accounts
_PERSONS = ("person", "private", "privat", "privatperson", "consumer", "individual")
_YEAR, _PERIOD = re.compile(r"(?:19|20)[0-9]{2}"), re.compile(r"0?[1-9]|1[0-9]")
_LONGEST_TERM = {"Days": 366, "Months": 24}
_MOST_LINES = 1_000_000

Answer = CustomerRecord | InvoiceRecord | Rejection | Ignored


@dataclass(slots=True)
class _Customer:
    """What is kept of a customer until the postings are through."""

    number: str
    terms: Terms | None
    opening_minor: int
    closing_minor: int | None  # none: the file does not say
    postings: list[Posting] = field(default_factory=list)
    broken: bool = False  # a posting could not be read, so that only the closing balance can be relied on


@dataclass(slots=True)
class _Line:
    """A posting on a customer's account, before it is known which of its names is an invoice number."""

    customer: str
    transaction: str
    record: str
    reference: str | None
    source: str | None
    posting: Posting


def recognises(head: bytes) -> bool:
    """Whether it is a SAF-T file; one of another country is refused when it is read."""
    return _ROOT in xml.beginning(head)[:4096]


def read(stream: BinaryIO, context: Context) -> Iterator[Answer]:
    """The customers as they stand in the file, then what is open of each."""
    return _File(context).read(stream)


class _File:
    """One file on its way through."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._currency = context.currency
        self._start: date | None = None
        self._end: date | None = None
        self._row = 0
        self._customers: dict[str, _Customer] = {}
        self._accounts: set[str] = set()
        self._lines: list[_Line] = []
        self._invoices: dict[tuple[str, str], tuple[str, str]] = {}  # (customer, transaction) → (number, terms)

    def read(self, stream: BinaryIO) -> Iterator[Answer]:
        """Everything of the file; the ledger entries come after the customers they are about."""
        for element in xml.each(stream, _PIECES, without=_LEFT_OUT):
            if _NORWEGIAN not in element.tag:
                raise Refusal("other_country", "The file is a SAF-T file, but not Norwegian SAF-T Financial.")
            match xml.local_name(element):
                case "Header":
                    self._header(element)
                case "Account":
                    self._account(element)
                case "Customer":
                    yield self._customer(element)
                case "Transaction":
                    yield from self._transaction(element)
                case _:
                    self._invoice(element)
        if not self._customers:
            raise Refusal("no_customers", "The SAF-T file lists no customers, so that nothing can be taken from it.")
        self._distribute()
        for customer in self._customers.values():
            yield from self._open(customer)

    def _header(self, header: xml.Element) -> None:
        stated = xml.text(header, "DefaultCurrencyCode")
        self._currency = if_sound(stated, values.currency) or self._context.currency
        criteria = "SelectionCriteria/"
        self._start = self._boundary(header, criteria + "SelectionStartDate") or _first_of_month(
            xml.text(header, criteria + "PeriodStartYear"), xml.text(header, criteria + "PeriodStart")
        )
        following = _first_of_month(
            xml.text(header, criteria + "PeriodEndYear"), xml.text(header, criteria + "PeriodEnd"), later=1
        )
        self._end = self._boundary(header, criteria + "SelectionEndDate") or (
            following - timedelta(days=1) if following else None
        )

    def _boundary(self, header: xml.Element, path: str) -> date | None:
        try:
            return read_day("period", xml.text(header, path), self._context.today)
        except Fault:
            return None

    def _account(self, account: xml.Element) -> None:
        number = xml.text(account, "AccountID") or ""
        standard = xml.text(account, "StandardAccountID") or xml.text(account, "GroupingCode") or number
        if standard.startswith(_RECEIVABLES):
            self._accounts.add(number)

    def _customer(self, element: xml.Element) -> Answer:
        self._row += 1
        try:
            number = xml.text(element, "CustomerID")
            if number is None:
                raise Fault("customer_id", "", "is missing")
            short_enough("customer_id", number)
            balances = [element, *xml.every(element, "BalanceAccount")]
            closing = self._balance(balances, "Closing")
            self._customers[number] = _Customer(
                number, _terms(element), self._balance(balances, "Opening") or 0, closing
            )
            self._accounts.update(account for one in balances if (account := xml.text(one, "AccountID")))
            return CustomerRecord(self._row, _details(number, element))
        except Fault as fault:
            if not self._customers and self._row > PATIENCE:
                raise Refusal("no_customers", f"None of the first {PATIENCE} customers can be taken in.") from None
            return fault.rejection(self._row)

    def _balance(self, holders: list[xml.Element], which: str) -> int | None:
        """The sum of a customer's balances, debit above zero; none where the file states none."""
        found = [
            sign * amount
            for one in holders
            for sign, side in ((1, "Debit"), (-1, "Credit"))
            if (amount := read_money("balance", xml.text(one, f"{which}{side}Balance"), self._currency)) is not None
        ]
        return sum(found) if found else None

    def _transaction(self, element: xml.Element) -> Iterator[Rejection]:
        """Keeps the lines on customers' accounts; one that cannot be read leaves its customer the closing balance."""
        voucher = xml.text(element, "TransactionID") or ""
        day = xml.text(element, "TransactionDate")
        for line in xml.every(element, "Line"):
            number = xml.text(line, "CustomerID")
            if number is None or (xml.text(line, "AccountID") or "") not in self._accounts:
                continue
            self._row += 1
            try:
                self._keep(number, voucher, day, line)
            except Fault as fault:
                yield fault.rejection(self._row)
                if number in self._customers:
                    self._customers[number].broken = True

    def _keep(self, customer: str, voucher: str, day: str | None, line: xml.Element) -> None:
        if customer not in self._customers:
            raise Fault("customer_id", customer, "is posted to, but is not among the customers of the file")
        amount, currency, currency_minor = self._amount(line)
        on = read_day("issue_date", day, self._context.today)
        if on is None:
            raise Fault("issue_date", "", "is missing")
        reference, source = xml.text(line, "ReferenceNumber"), xml.text(line, "SourceDocumentID")
        kid = xml.text(line, "CID")
        names = frozenset(filter(None, (reference, xml.text(line, "CrossReference"), kid)))
        posting = Posting(
            row=self._row,
            number=voucher,
            on=on,
            amount_minor=amount,
            names=names,
            due=read_day("due_date", xml.text(line, "DueDate"), self._context.today),
            payment_reference=kid,
            currency=currency,
            currency_minor=currency_minor,
        )
        if len(self._lines) >= _MOST_LINES:
            raise Refusal(
                "too_large", f"The file has more than {_MOST_LINES} postings on customers; divide it by period."
            )
        if amount:
            self._lines.append(_Line(customer, voucher, xml.text(line, "RecordID") or "", reference, source, posting))

    def _amount(self, line: xml.Element) -> tuple[int, str | None, int]:
        """What the line adds to the account in the currency of the books, and in its own where that is another."""
        total, currency, own = 0, None, 0
        for sign, side in ((1, "DebitAmount"), (-1, "CreditAmount")):
            for one in xml.every(line, side):
                total += sign * (read_money("amount", xml.text(one, "Amount"), self._currency) or 0)
                stated = if_sound(xml.text(one, "CurrencyCode"), values.currency)
                if stated is not None and stated != self._currency:
                    in_own = read_money("amount", xml.text(one, "CurrencyAmount"), stated)
                    currency, own = stated, own + sign * abs(in_own or 0)
        return total, currency, own if total * own >= 0 else -own

    def _invoice(self, element: xml.Element) -> None:
        """A sales invoice listed beside the books names its posting and its terms."""
        customer, voucher = xml.text(element, "CustomerInfo/CustomerID"), xml.text(element, "TransactionID")
        number = xml.text(element, "InvoiceNo")
        if customer and voucher and number:
            self._invoices[customer, voucher] = (number, xml.text(element, "PaymentTerms") or "")

    def _distribute(self) -> None:
        """Gives each posting the number of its document, now that it is known which numbers tell them apart."""
        users: dict[str, set[str]] = defaultdict(set)
        vouchers: dict[str, set[str]] = defaultdict(set)
        charged: dict[str, int] = defaultdict(int)
        for line in self._lines:
            if line.posting.amount_minor > 0:
                users[line.reference or ""].add(line.customer)
                vouchers[line.source or ""].add(line.transaction)
                charged[line.transaction] += 1
        for line in self._lines:
            number, terms = self._invoices.get((line.customer, line.transaction), (None, ""))
            if number is None and line.reference and len(users[line.reference]) <= 1:
                number = line.reference
            if number is None and line.source and len(vouchers[line.source]) == 1 and line.posting.amount_minor > 0:
                number = line.source
            if number is None:
                alone = charged[line.transaction] <= 1 and line.posting.amount_minor > 0
                number = line.transaction if alone else f"{line.transaction}-{line.record}"
            self._customers[line.customer].postings.append(replace(line.posting, number=number, terms=terms))
        self._lines.clear()

    def _open(self, customer: _Customer) -> Iterator[Answer]:
        """What the customer owes, invoice by invoice where they add up to the closing balance, else in one sum."""
        documents = documents_of([*self._opening(customer), *customer.postings])
        total = sum(one.open_minor for one in documents)
        closing = customer.closing_minor
        if closing is not None and (customer.broken or closing != total):
            on = self._end or self._context.today
            self._row += 1
            documents = [Document(self._row, f"closing-{customer.number}-{on}", on, closing, closing)]
        for document in documents:
            yield self._record(customer, document)

    def _opening(self, customer: _Customer) -> list[Posting]:
        """What was open when the period began: its invoices are in an earlier file, so it stands in one sum."""
        if not customer.opening_minor:
            return []
        start = self._start or min((one.on for one in customer.postings), default=self._end or self._context.today)
        on = start - timedelta(days=1)
        self._row += 1
        return [Posting(self._row, f"opening-{customer.number}-{start}", on, customer.opening_minor)]

    def _record(self, customer: _Customer, document: Document) -> Answer:
        foreign = document.currency is not None
        amount, opened = document.amount_minor, document.open_minor
        if not opened or (foreign and not document.unclear and not document.currency_open_minor):
            return Ignored(document.row, f"{document.number} is paid")
        currency = document.currency or self._currency
        if len(document.number) > LONGEST_NUMBER:
            return Rejection(document.row, "invoice_number", document.number, f"“{document.number[:60]}” is too long")
        if document.unclear:
            value = decimal_string(opened, self._currency)
            error = f"{self._currency} is open of {document.number}, and how much that is in {currency} cannot be told"
            return Rejection(document.row, "open_amount", value, f"{value} {error}; import it from an invoice list")
        if foreign:
            amount, opened = document.currency_minor, document.currency_open_minor
        if abs(opened) > abs(amount) or opened * amount < 0:
            amount = opened
        due, assumed = self._due(customer, document) if opened > 0 else (None, False)
        return InvoiceRecord(
            row=document.row,
            customer=CustomerDetails(customer.number),
            number=document.number,
            kind="invoice" if opened > 0 else "credit_note",
            currency=currency,
            amount_minor=amount,
            due_date=due,
            issue_date=document.on,
            open_minor=opened,
            payment_reference=document.payment_reference,
            due_assumed=assumed,
        )

    def _due(self, customer: _Customer, document: Document) -> tuple[date, bool]:
        if document.due is not None:
            return document.due, False
        if customer.terms is not None and read_terms(document.terms) is None:
            return customer.terms.due(document.on), True
        return assumed_due(document.terms, document.on, self._context.payment_days), True


def _first_of_month(year: str | None, month: str | None, *, later: int = 0) -> date | None:
    """The first day of a period of the year; the periods after the twelfth are of its closing."""
    if not _YEAR.fullmatch(year or "") or not _PERIOD.fullmatch(month or ""):
        return None
    months = int(year or 0) * 12 + min(int(month or 0), 12) - 1 + later
    return date(months // 12, months % 12 + 1, 1)


def _terms(customer: xml.Element) -> Terms | None:
    stated = xml.first(customer, "PartyInfo/PaymentTerms")
    if stated is None:
        return None
    spans = {
        name: int(text)
        for name, longest in _LONGEST_TERM.items()
        if (text := xml.text(stated, name) or "").isdecimal() and text.isascii() and int(text) <= longest
    }
    if not spans:
        return None
    after_month = (xml.text(stated, "FreeBillingMonth") or "").lower() in ("true", "1")
    return Terms(spans.get("Days", 0), after_month=after_month, months=spans.get("Months", 0))


def _details(number: str, element: xml.Element) -> CustomerDetails:
    addresses = xml.every(element, "Address")
    postal = next(
        (one for one in addresses if xml.text(one, "AddressType") in ("PostalAddress", "BillingAddress")), None
    )
    address = postal if postal is not None else addresses[0] if addresses else None
    contact = xml.first(element, "Contact")
    kind = (xml.text(element, "PartyInfo/Type") or "").lower()
    return CustomerDetails(
        number=number,
        name=shortened("customer_name", xml.text(element, "Name")),
        kind="consumer" if kind in _PERSONS else None,
        country=if_sound((address is not None and xml.text(address, "Country")) or None, values.country),
        email=if_sound((contact is not None and xml.text(contact, "Email")) or None, values.email),
        phone=shortened("phone", (contact is not None and xml.text(contact, "Telephone")) or None),
        address=None if address is None else shortened("address", _lines(address)),
    )


def _lines(address: xml.Element) -> str | None:
    street = " ".join(part for name in ("StreetName", "Number") if (part := xml.text(address, name)))
    town = " ".join(part for name in ("PostalCode", "City") if (part := xml.text(address, name)))
    return "\n".join(one for one in (street, xml.text(address, "AdditionalAddressDetail"), town) if one) or None
