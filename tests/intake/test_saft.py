"""Norwegian SAF-T Financial: the customers, and what their postings leave open."""

from __future__ import annotations

import contextlib
import io
import re
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.core.money import decimal_string
from kulant.db import Act
from kulant.intake.readers.receivables import Posting, documents_of
from kulant.intake.readers.saft import read
from kulant.intake.records import CustomerDetails, CustomerRecord, Ignored, InvoiceRecord, Rejection
from kulant.people.models import Creditor
from tests.intake.einvoices import read_all
from tests.intake.files import CONTEXT, counts, take

BOUNDED = settings(max_examples=80, deadline=None)
NAMESPACE = "urn:StandardAuditFile-Taxation-Financial:NO"
TERMS = "<PartyInfo><PaymentTerms><Days>30</Days></PaymentTerms></PartyInfo>"


def customer(number: str = "10001", *, closing: str | None = None, opening: str = "", more: str = TERMS) -> str:
    """A customer; balances below zero stand on the credit side."""

    def balance(which: str, amount: str) -> str:
        side = "Credit" if amount.startswith("-") else "Debit"
        return f"<{which}{side}Balance>{amount.lstrip('-')}</{which}{side}Balance>"

    return f"""<Customer><Name>Fjordbruk Eksempel AS</Name>
      <Address><StreetName>Eksempelveien</StreetName><Number>1</Number><City>Bergen</City><PostalCode>5003</PostalCode>
        <Country>NO</Country><AddressType>PostalAddress</AddressType></Address>
      <Contact><Telephone>55500000</Telephone><Email>post@eksempel.no</Email></Contact>
      <CustomerID>{number}</CustomerID><AccountID>1500</AccountID>
      {balance("Opening", opening) if opening else ""}{balance("Closing", closing) if closing else ""}
      {more}</Customer>"""


def line(amount: str, *, to: str = "10001", account: str = "1500", record: str = "1", more: str = "") -> str:
    """A line of a transaction: above zero a debit, below a credit."""
    side = "Credit" if amount.startswith("-") else "Debit"
    return f"""<Line><RecordID>{record}</RecordID><AccountID>{account}</AccountID><CustomerID>{to}</CustomerID>
      <Description>-</Description><{side}Amount><Amount>{amount.lstrip("-")}</Amount></{side}Amount>{more}</Line>"""


def foreign(amount: str, own: str, currency: str = "EUR", more: str = "") -> str:
    """A line in another currency than that of the books."""
    currency = f"<CurrencyCode>{currency}</CurrencyCode><CurrencyAmount>{own}</CurrencyAmount>"
    return line(amount, more=more).replace("</Amount></", f"</Amount>{currency}</")


def reference(number: str) -> str:
    """The invoice a line speaks of."""
    return f"<ReferenceNumber>{number}</ReferenceNumber>"


def transaction(voucher: str, day: str, *lines: str) -> str:
    """A voucher."""
    head = f"<TransactionID>{voucher}</TransactionID><TransactionDate>{day}</TransactionDate>"
    return f"<Transaction>{head}{''.join(lines)}</Transaction>"


def saft(customers: str, *transactions: str, namespace: str = NAMESPACE, beside: str = "") -> str:
    """A file for the year 2026 until the end of October."""
    return f"""<?xml version="1.0" encoding="UTF-8"?><AuditFile xmlns="{namespace}"><Header>
      <DefaultCurrencyCode>NOK</DefaultCurrencyCode><SelectionCriteria><PeriodStart>1</PeriodStart>
      <PeriodStartYear>2026</PeriodStartYear><PeriodEnd>10</PeriodEnd><PeriodEndYear>2026</PeriodEndYear>
      </SelectionCriteria></Header><MasterFiles><Customers>{customers}</Customers></MasterFiles>
      <GeneralLedgerEntries><Journal>{"".join(transactions)}</Journal></GeneralLedgerEntries>{beside}</AuditFile>"""


def open_items(content: str) -> list[InvoiceRecord]:
    """What is open by the file, of which nothing is rejected."""
    records = read_all(content)
    assert not [one for one in records if isinstance(one, Rejection)]
    return [one for one in records if isinstance(one, InvoiceRecord)]


def brief(content: str) -> list[tuple[str, int, int | None]]:
    """Number, amount and what is open."""
    return [(one.number, one.amount_minor, one.open_minor) for one in open_items(content)]


def test_a_customer_is_read_with_how_to_reach_them() -> None:
    (record,) = read_all(saft(customer()))
    details = CustomerDetails(
        "10001",
        name="Fjordbruk Eksempel AS",
        country="NO",
        email="post@eksempel.no",
        phone="55500000",
        address="Eksempelveien 1\n5003 Bergen",
    )
    assert record == CustomerRecord(1, details)


def test_an_unpaid_invoice_has_the_due_date_and_payment_reference_of_its_line() -> None:
    more = reference("4001") + "<CID>0000531</CID><DueDate>2026-09-20</DueDate>"
    (record,) = open_items(
        saft(customer(closing="1000.00"), transaction("7", "2026-09-01", line("1000.00", more=more)))
    )
    assert record == InvoiceRecord(
        row=2,
        customer=CustomerDetails("10001"),
        number="4001",
        kind="invoice",
        currency="NOK",
        amount_minor=100_000,
        due_date=date(2026, 9, 20),
        issue_date=date(2026, 9, 1),
        open_minor=100_000,
        payment_reference="0000531",
    )


@pytest.mark.parametrize(
    ("more", "due"),
    [
        (TERMS, date(2026, 10, 1)),
        (TERMS.replace("</Days>", "</Days><FreeBillingMonth>true</FreeBillingMonth>"), date(2026, 10, 30)),
        (TERMS.replace("Days>", "Months>").replace("30", "2"), date(2026, 11, 1)),
        ("", date(2026, 9, 15)),
    ],
)
def test_a_due_date_is_reckoned_from_the_customers_terms_else_from_ours(more: str, due: date) -> None:
    (record,) = open_items(
        saft(
            customer(closing="10.00", more=more), transaction("7", "2026-09-01", line("10.00", more=reference("4001")))
        )
    )
    assert (record.due_date, record.due_assumed) == (due, True)


def test_a_credit_goes_to_the_invoice_it_names() -> None:
    books = [
        transaction("1", "2026-02-01", line("1000.00", more=reference("4001"))),
        transaction("2", "2026-03-01", line("1000.00", more=reference("4002") + "<CID>0000531</CID>")),
        transaction("3", "2026-04-01", line("-300.00", more="<CID>0000531</CID>")),
        transaction("4", "2026-04-02", line("-1000.00", more=reference("4002"))),
    ]
    assert brief(saft(customer(closing="700.00"), *books)) == [("4001", 100_000, 70_000)]


def test_a_credit_that_names_nothing_goes_to_its_amount_then_to_the_oldest() -> None:
    books = [
        transaction("1", "2026-02-01", line("1000.00")),
        transaction("2", "2026-03-01", line("500.00")),
        transaction("3", "2026-04-01", line("-500.00")),
        transaction("4", "2026-04-02", line("-300.00")),
    ]
    assert brief(saft(customer(closing="700.00"), *books)) == [("1", 100_000, 70_000)]


def test_money_without_an_invoice_is_the_customers_credit() -> None:
    books = [transaction("1", "2026-02-01", line("-500.00")), transaction("2", "2026-03-01", line("200.00"))]
    (record,) = open_items(saft(customer(closing="-300.00"), *books))
    assert (record.kind, record.amount_minor, record.open_minor, record.due_date) == (
        "credit_note",
        -50_000,
        -30_000,
        None,
    )


def test_what_was_open_before_the_period_stands_in_one_sum() -> None:
    books = transaction("1", "2026-02-01", line("-200.00"))
    (record,) = open_items(saft(customer(opening="1000.00", closing="800.00"), books))
    assert (record.number, record.issue_date, record.open_minor) == (
        "opening-10001-2026-01-01",
        date(2025, 12, 31),
        80_000,
    )
    assert (record.due_date, record.due_assumed) == (date(2026, 1, 30), True)


@pytest.mark.parametrize("year", ["9999999999999999999999", "0", "MMXXVI", ""])
def test_a_period_nobody_can_read_is_none(year: str) -> None:
    content = saft(customer(opening="5.00", closing="5.00")).replace(
        "<PeriodStartYear>2026<", f"<PeriodStartYear>{year}<"
    )
    (record,) = open_items(content)
    assert (record.number, record.issue_date) == ("opening-10001-2026-10-31", date(2026, 10, 30))


def test_postings_that_do_not_add_up_leave_the_closing_balance() -> None:
    books = transaction("1", "2026-02-01", line("200.00"))
    (record,) = open_items(saft(customer(closing="900.00"), books))
    assert (record.number, record.issue_date, record.open_minor) == (
        "closing-10001-2026-10-31",
        date(2026, 10, 31),
        90_000,
    )


def test_a_line_that_cannot_be_read_is_rejected_and_the_closing_balance_is_taken() -> None:
    books = [transaction("1", "2026-02-01", line("2,00")), transaction("2", "2026-02-01", line("900.00"))]
    records = read_all(saft(customer(closing="900.00"), *books))
    (bad,) = [one for one in records if isinstance(one, Rejection)]
    assert (bad.field, bad.value) == ("amount", "2,00")
    assert [one.number for one in records if isinstance(one, InvoiceRecord)] == ["closing-10001-2026-10-31"]


def test_only_the_accounts_of_receivables_count() -> None:
    books = transaction("1", "2026-02-01", line("250.00"), line("-200.00", account="3000"))
    assert brief(saft(customer(closing="250.00"), books)) == [("1", 25_000, 25_000)]


def test_a_document_number_that_several_share_gives_way_to_the_voucher() -> None:
    shared = "<SourceDocumentID>99</SourceDocumentID>"
    books = [
        transaction("1", "2026-02-01", line("1.00", more=shared)),
        transaction("2", "2026-02-01", line("2.00", more=shared)),
        transaction("3", "2026-02-01", line("3.00", more="<SourceDocumentID>55</SourceDocumentID>")),
        transaction("4", "2026-02-01", line("4.00", record="1"), line("5.00", record="2")),
    ]
    numbers = [one.number for one in open_items(saft(customer(closing="15.00"), *books))]
    assert numbers == ["1", "2", "55", "4-1", "4-2"]


def test_a_sales_invoice_beside_the_books_gives_number_and_terms() -> None:
    beside = """<SourceDocuments><SalesInvoices><Invoice><InvoiceNo>F-1</InvoiceNo>
      <CustomerInfo><CustomerID>10001</CustomerID></CustomerInfo><InvoiceDate>2026-02-01</InvoiceDate>
      <PaymentTerms>10 dager netto</PaymentTerms><TransactionID>1</TransactionID></Invoice>
      </SalesInvoices></SourceDocuments>"""
    books = transaction("1", "2026-02-01", line("10.00"))
    (record,) = open_items(saft(customer(closing="10.00"), books, beside=beside))
    assert (record.number, record.due_date, record.due_assumed) == ("F-1", date(2026, 2, 11), True)


def test_an_invoice_in_another_currency_is_owed_in_it() -> None:
    books = transaction("1", "2026-02-01", foreign("1150.00", "100.00", more=reference("4001")))
    (record,) = open_items(saft(customer(closing="1150.00"), books))
    assert (record.currency, record.amount_minor, record.open_minor) == ("EUR", 10_000, 10_000)


def test_part_of_a_foreign_invoice_paid_in_its_currency_leaves_the_rest_in_it() -> None:
    books = [
        transaction("1", "2026-02-01", foreign("1150.00", "100.00", more=reference("4001"))),
        transaction("2", "2026-03-01", foreign("-480.00", "-40.00", more=reference("4001"))),
    ]
    (record,) = open_items(saft(customer(closing="670.00"), *books))
    assert (record.currency, record.amount_minor, record.open_minor) == ("EUR", 10_000, 6_000)


def test_part_of_a_foreign_invoice_paid_in_kroner_is_not_guessed() -> None:
    books = [
        transaction("1", "2026-02-01", foreign("1150.00", "100.00", more=reference("4001"))),
        transaction("2", "2026-03-01", line("-480.00", more=reference("4001"))),
    ]
    (rejected,) = [one for one in read_all(saft(customer(closing="670.00"), *books)) if isinstance(one, Rejection)]
    assert rejected.field == "open_amount"
    assert "how much that is in EUR cannot be told" in rejected.error


def test_balances_by_account_of_the_newer_schema_are_added_up() -> None:
    content = saft(
        customer().replace(
            "<AccountID>1500</AccountID>",
            "<BalanceAccount><AccountID>1500</AccountID><OpeningDebitBalance>100.00</OpeningDebitBalance>"
            "<ClosingDebitBalance>400.00</ClosingDebitBalance></BalanceAccount>",
        ),
        transaction("1", "2026-02-01", line("300.00")),
    )
    assert [(number, left) for number, _, left in brief(content)] == [
        ("opening-10001-2026-01-01", 10_000),
        ("1", 30_000),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (saft(customer(), namespace="urn:StandardAuditFile-Taxation-Financial:DK"), "not Norwegian"),
        (saft(""), "lists no customers"),
        (saft(customer("") * 1_001), "None of the first 1000"),
        (saft(customer(closing="1.00"), transaction("1", "2026-02-01", line("1.00")))[:-40], "cut off"),
    ],
)
def test_a_file_that_is_no_norwegian_saft_or_is_cut_off_is_refused(content: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        read_all(content)


def test_a_customer_without_a_number_and_a_posting_on_an_unknown_one_are_rejected() -> None:
    content = saft(customer("") + customer(), transaction("1", "2026-02-01", line("1.00", to="7")))
    rejected = [one for one in read_all(content) if isinstance(one, Rejection)]
    assert [(one.field, one.value) for one in rejected] == [("customer_id", ""), ("customer_id", "7")]


amounts = st.lists(st.integers(-500, 500).filter(bool), max_size=12)


@BOUNDED
@given(amounts, st.integers(-300, 300))
def test_what_is_open_always_adds_up_to_the_closing_balance(movements: list[int], opening: int) -> None:
    closing = opening + sum(movements)
    books = [
        transaction(str(number), f"2026-0{1 + number % 9}-01", line(decimal_string(amount, "NOK")))
        for number, amount in enumerate(movements, 1)
    ]
    content = saft(customer(opening=decimal_string(opening, "NOK"), closing=decimal_string(closing, "NOK")), *books)
    items = open_items(content)
    assert sum(one.open_minor or 0 for one in items) == closing
    assert not [one for one in items if one.number.startswith("closing")]
    assert len({one.open_minor > 0 for one in items if one.open_minor}) <= 1


@BOUNDED
@given(amounts, st.randoms(use_true_random=False))
def test_in_whatever_order_postings_stand_nothing_is_lost_and_nothing_paid_twice(
    movements: list[int], chance: Any
) -> None:
    postings = [
        Posting(row, f"v{row}", date(2026, 1, 1 + row), amount, frozenset({f"v{chance.randint(0, 9)}"}))
        for row, amount in enumerate(movements)
    ]
    shuffled = list(postings)
    chance.shuffle(shuffled)
    for order in (postings, shuffled):
        documents = documents_of(order)
        assert sum(one.open_minor for one in documents) == sum(movements)
        assert all(abs(one.open_minor) <= abs(one.amount_minor) for one in documents)


def test_a_file_goes_into_the_ledger_once_and_a_later_one_tells_what_was_paid(act: Act, creditor: Creditor) -> None:
    unpaid = transaction("1", "2026-02-01", line("1000.00", more=reference("4001")))
    paid = transaction("2", "2026-03-01", line("-400.00", more=reference("4001")))
    first = take(act, creditor, saft(customer(closing="1000.00"), unpaid))
    assert (first["format"], counts(first), first["due_assumed"]) == ("saft", (2, 0, 0, 0), 1)
    assert counts(take(act, creditor, saft(customer(closing="1000.00"), unpaid))) == (0, 0, 2, 0)
    assert counts(take(act, creditor, saft(customer(closing="600.00"), unpaid, paid))) == (0, 1, 1, 0)


def test_paid_invoices_are_left_out() -> None:
    books = [transaction("1", "2026-02-01", line("10.00")), transaction("2", "2026-02-01", line("-10.00"))]
    left_out = [one for one in read_all(saft(customer(closing="0.00"), *books)) if isinstance(one, Ignored)]
    assert [one.why for one in left_out] == ["1 is paid"]


WHOLE = saft(
    customer(opening="10.00", closing="710.00"),
    transaction("1", "2026-02-01", line("1000.00", more=reference("4001")), foreign("115.00", "10.00")),
    transaction("2", "2026-04-01", line("-415.00")),
)


@BOUNDED
@given(
    st.dictionaries(
        st.sampled_from(re.findall(r"<(\w+)>[^<>\s]+<", saft(customer(opening="1"), transaction("1", "2", line("1"))))),
        st.text(max_size=12) | st.sampled_from(["9" * 30, "-1", "0", "9999-12-31", "1e9", "EUR", "true"]),
    )
)
def test_whatever_words_stand_in_a_file_it_is_read_or_refused(words: dict[str, str]) -> None:
    content = WHOLE
    for name, text in words.items():
        spoken = escape(text).replace("\\", "")
        content = re.sub(f"<{name}>[^<>]*<", f"<{name}>{spoken}<", content)
    with contextlib.suppress(Refusal):
        for one in read(io.BytesIO(content.encode(errors="replace")), CONTEXT):
            assert isinstance(one, CustomerRecord | InvoiceRecord | Rejection | Ignored)
