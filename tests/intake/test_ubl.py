"""UBL e-invoices: what a Peppol, EHF or OIOUBL document becomes in the ledger."""

from __future__ import annotations

import contextlib
import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.core.money import decimal_string
from kulant.db import Act
from kulant.intake.readers.ubl import read
from kulant.intake.records import Ignored, InvoiceRecord, Rejection
from kulant.people.models import Creditor
from tests.intake.einvoices import (
    CUSTOMER,
    UBL,
    WHOLE_INVOICE,
    amount,
    credits,
    due,
    invoice,
    means,
    read_all,
    reason,
    terms,
    ubl,
)
from tests.intake.files import CONTEXT, counts, take

BOUNDED = settings(max_examples=60, deadline=None)


def test_an_invoice_is_read_with_its_customer_and_references() -> None:
    content = ubl(
        head=due("2026-10-31"),
        body=f"<cac:OrderReference><cbc:ID>PO-7</cbc:ID></cac:OrderReference>{means('<cbc:PaymentID>0000531</cbc:PaymentID>')}",
    )
    assert invoice(content) == WHOLE_INVOICE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_any_encoding_the_file_names_is_read(encoding: str) -> None:
    named = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    content = ubl(
        declaration=f'<?xml version="1.0" encoding="{named}"?>',
        customer=CUSTOMER.replace("Fjordbruk", "Blåbær"),
    )
    assert invoice(content, encoding=encoding).customer.name == "Blåbær Eksempel AS"


# Who the customer is


def test_the_number_we_gave_the_customer_comes_first() -> None:
    assigned = "<cbc:SupplierAssignedAccountID>4711</cbc:SupplierAssignedAccountID>"
    assert invoice(ubl(beside_party=assigned)).customer.number == "4711"


@pytest.mark.parametrize(
    ("party", "number"),
    [
        (
            "<cbc:EndpointID>9908:1</cbc:EndpointID><cac:PartyIdentification><cbc:ID>K-1</cbc:ID></cac:PartyIdentification>",
            "K-1",
        ),
        (
            "<cbc:EndpointID>987</cbc:EndpointID><cac:PartyLegalEntity><cbc:CompanyID>654</cbc:CompanyID></cac:PartyLegalEntity>",
            "987",
        ),
        (
            "<cac:PartyTaxScheme><cbc:CompanyID>NO654MVA</cbc:CompanyID></cac:PartyTaxScheme>"
            "<cac:PartyLegalEntity><cbc:CompanyID>654</cbc:CompanyID></cac:PartyLegalEntity>",
            "654",
        ),
        ("<cac:PartyTaxScheme><cbc:CompanyID>NO654MVA</cbc:CompanyID></cac:PartyTaxScheme>", "NO654MVA"),
    ],
)
def test_identification_goes_before_endpoint_before_company_before_tax(party: str, number: str) -> None:
    assert invoice(ubl(customer=party)).customer.number == number


def test_an_endpoint_that_is_an_email_address_is_where_to_write_to() -> None:
    party = '<cbc:EndpointID schemeID="EM">faktura@eksempel.no</cbc:EndpointID>' + CUSTOMER
    customer = invoice(ubl(customer=party)).customer
    assert (customer.number, customer.email) == ("K-100", "faktura@eksempel.no")


def test_a_danish_civil_number_is_a_consumers() -> None:
    person = (
        '<cac:PartyLegalEntity><cbc:CompanyID schemeID="DK:CPR">0101700000</cbc:CompanyID></cac:PartyLegalEntity>'
        "<cac:Person><cbc:FirstName>Ida</cbc:FirstName><cbc:FamilyName>Prøve</cbc:FamilyName></cac:Person>"
    )
    customer = invoice(ubl(customer=person)).customer
    assert (customer.kind, customer.name) == ("consumer", "Ida Prøve")


def test_a_customer_without_a_number_goes_by_the_name_and_one_without_either_is_rejected() -> None:
    named = ubl(customer="<cac:PartyName><cbc:Name>Somebody</cbc:Name></cac:PartyName>")
    assert invoice(named).customer.number == "Somebody"
    field, error = reason(ubl(customer="<cac:PartyName></cac:PartyName>"))
    assert field == "customer_id"
    assert "names neither a number nor a name" in error


def test_details_that_are_no_good_are_left_out_and_hold_up_nothing() -> None:
    party = (
        CUSTOMER.replace(">NO<", ">Norge<") + "<cac:Contact><cbc:ElectronicMail>n/a</cbc:ElectronicMail></cac:Contact>"
    )
    customer = invoice(ubl(customer=party)).customer
    assert (customer.country, customer.email) == (None, None)


# How much


def test_what_was_prepaid_is_not_open() -> None:
    record = invoice(ubl(total="1801.78", totals=amount("PrepaidAmount", "1000.00"), payable="801.78"))
    assert (record.amount_minor, record.open_minor) == (180_178, 80_178)


def test_rounding_belongs_to_the_amount() -> None:
    record = invoice(ubl(total="100.37", totals=amount("PayableRoundingAmount", "-0.37"), payable="100.00"))
    assert (record.amount_minor, record.open_minor) == (10_000, None)
    unsaid = invoice(ubl(total="100.37", payable="100.00"))
    assert (unsaid.amount_minor, unsaid.open_minor) == (10_000, None)


def test_an_invoice_below_zero_is_a_credit_note() -> None:
    record = invoice(ubl(total="-1250.00", payable="-1250.00", body=credits("900")))
    assert (record.kind, record.amount_minor, record.credits_invoice) == ("credit_note", -125_000, "900")


def test_more_prepaid_than_the_total_leaves_a_credit() -> None:
    record = invoice(ubl(total="100.00", totals=amount("PrepaidAmount", "150.00"), payable="-50.00"))
    assert (record.kind, record.amount_minor, record.open_minor) == ("credit_note", -5_000, None)


def test_a_credit_note_names_the_one_invoice_it_credits() -> None:
    record = invoice(ubl(root="CreditNote", body=credits("900")))
    assert (record.kind, record.amount_minor, record.credits_invoice) == ("credit_note", -125_000, "900")
    assert (record.due_date, record.due_assumed) == (None, False)
    assert invoice(ubl(root="CreditNote", body=credits("900", "901"))).credits_invoice is None


def test_a_credit_note_below_zero_can_mean_either_and_is_rejected() -> None:
    field, error = reason(ubl(root="CreditNote", total="-5.00", payable="-5.00"))
    assert field == "amount"
    assert "can mean either" in error


def test_an_invoice_over_nothing_is_left_out() -> None:
    (record,) = read_all(ubl(total="0.00", payable="0.00"))
    assert isinstance(record, Ignored)
    assert record.why == "1001 is over 0.00 NOK: nothing is owed"


def test_without_a_total_it_is_what_is_payable_and_what_was_paid() -> None:
    record = invoice(ubl(total=None, totals=amount("PrepaidAmount", "250.00"), payable="1000.00"))
    assert (record.amount_minor, record.open_minor) == (125_000, 100_000)


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"payable": None}, "open_amount", "does not say what is payable"),
        ({"payable": "2000.00"}, "open_amount", "more than the total 1250.00"),
        ({"payable": "12,50"}, "open_amount", "is not an amount"),
        ({"payable": "1250.005"}, "open_amount", "more decimals than NOK has"),
        ({"total": "1e3"}, "amount", "is not an amount"),
        ({"currency": "NOKK"}, "currency", "not a currency code"),
        ({"attribute": "SEK"}, "currency", "the document is in NOK"),
        ({"number": ""}, "invoice_number", "is missing"),
        ({"number": "9" * 61}, "invoice_number", "longer than 60"),
        ({"issued": "01.10.2026"}, "issue_date", "is not a date"),
        ({"issued": "1926-10-01"}, "issue_date", "outside the years"),
        ({"head": "<cbc:InvoiceTypeCode>325</cbc:InvoiceTypeCode>"}, "kind", "pro forma"),
        ({"head": "<cbc:InvoiceTypeCode>393</cbc:InvoiceTypeCode>"}, "kind", "owed to whoever bought it"),
        ({"head": "<cbc:InvoiceTypeCode>999</cbc:InvoiceTypeCode>"}, "kind", "no type of invoice"),
    ],
)
def test_a_wrong_document_is_rejected_with_its_reason(more: dict[str, str | None], field: str, words: str) -> None:
    got, error = reason(ubl(**more))  # type: ignore[arg-type]  # one case after another
    assert got == field
    assert words in error


@pytest.mark.parametrize("code", ["326", "380", "383", "384", "389", "751", "875"])
def test_partial_corrected_and_self_billed_invoices_are_claims(code: str) -> None:
    head = f"<cbc:InvoiceTypeCode>{code}</cbc:InvoiceTypeCode>"
    assert invoice(ubl(head=head)).amount_minor == 125_000


# When


def test_the_due_date_may_stand_with_the_means_of_payment_and_the_last_of_several_counts() -> None:
    body = "".join(means(f"<cbc:PaymentDueDate>{day}</cbc:PaymentDueDate>") for day in ("2026-10-15", "2026-11-15"))
    record = invoice(ubl(body=body))
    assert (record.due_date, record.due_assumed) == (date(2026, 11, 15), False)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("30 dager netto", date(2026, 10, 31)),
        ("Payment within 10 days, 2% discount", date(2026, 10, 15)),  # the discount's term; ours is 14 days
        ("#SKONTO#TAGE=7#PROZENT=2.00#", date(2026, 10, 15)),
        ("Zahlbar bis 24.10.2026", date(2026, 10, 24)),
        ("", date(2026, 10, 15)),
    ],
)
def test_a_due_date_that_is_not_stated_is_reckoned_and_marked(words: str, day: date) -> None:
    record = invoice(ubl(body=terms(words)))
    assert (record.due_date, record.due_assumed) == (day, True)


def test_without_any_date_there_is_no_due_date_to_reckon() -> None:
    assert reason(ubl(issued=""))[0] == "due_date"


# References


@pytest.mark.parametrize(
    ("inner", "reference"),
    [
        ("<cbc:PaymentID>71#123456789012341</cbc:PaymentID>", "123456789012341"),
        ("<cbc:PaymentID>73#</cbc:PaymentID>", None),
        (
            "<cbc:InstructionID>1234567890123418</cbc:InstructionID><cbc:PaymentID>75</cbc:PaymentID>",
            "1234567890123418",
        ),
        ("<cbc:PaymentID>73</cbc:PaymentID>", None),
        (
            "<cbc:InstructionID>bank's own</cbc:InstructionID><cbc:PaymentID>RF18539007547034</cbc:PaymentID>",
            "RF18539007547034",
        ),
        ("", None),
    ],
)
def test_danish_slips_write_kind_and_reference_in_two_ways(inner: str, reference: str | None) -> None:
    assert invoice(ubl(body=means(inner))).payment_reference == reference


def test_an_order_reference_that_says_nothing_is_none() -> None:
    order = "<cac:OrderReference><cbc:ID>NA</cbc:ID></cac:OrderReference>"
    assert invoice(ubl(body=order)).order_reference is None
    assert invoice(ubl(head="<cbc:BuyerReference>Ref 12</cbc:BuyerReference>", body=order)).order_reference == "Ref 12"


# Files


def test_a_file_of_many_documents_takes_the_good_ones_and_names_the_others_by_their_place() -> None:
    many = "".join(ubl(number=number, declaration="") for number in ("1", "", "3"))
    one, two, three = read_all(f"<batch>{many}</batch>")
    assert isinstance(two, Rejection)
    assert (one.row, two.row, three.row, three.number) == (1, 2, 3, "3")


def test_a_file_without_a_document_and_one_of_nothing_but_bad_ones_are_refused() -> None:
    with pytest.raises(Refusal, match="no invoice and no credit note"):
        read_all(f'<batch xmlns:of="{UBL}Invoice-2"/>')
    bad = ubl(number="", declaration="")
    with pytest.raises(Refusal, match="None of the first 1000"):
        read_all(f"<batch>{bad * 1002}</batch>")


@pytest.mark.parametrize("end", [0.3, 0.6, 0.99])
def test_a_file_cut_off_is_refused(end: float) -> None:
    whole = ubl(head=due("2026-10-31"))
    with pytest.raises(Refusal, match="cut off"):
        read_all(whole[: int(len(whole) * end)])


@BOUNDED
@given(
    st.integers(1, 10**10),
    st.integers(-99, 99),
    st.integers(0, 10**10),
    st.sampled_from(["NOK", "ISK", "KWD"]),
    st.booleans(),
)
def test_total_rounding_and_prepaid_always_give_the_amount_and_what_is_open(
    total: int, rounding: int, prepaid: int, currency: str, is_credit_note: bool
) -> None:
    prepaid = min(prepaid, max(0, total + rounding - 1))
    payable = total + rounding - prepaid
    if payable <= 0:
        return
    content = ubl(
        root="CreditNote" if is_credit_note else "Invoice",
        currency=currency,
        total=decimal_string(total, currency),
        totals=amount("PrepaidAmount", decimal_string(prepaid, currency), currency)
        + amount("PayableRoundingAmount", decimal_string(rounding, currency), currency),
        payable=decimal_string(payable, currency),
    )
    record = invoice(content)
    sign = -1 if is_credit_note else 1
    assert record.kind == ("credit_note" if is_credit_note else "invoice")
    assert record.amount_minor == sign * (total + rounding)
    assert (record.amount_minor if record.open_minor is None else record.open_minor) == sign * payable


@BOUNDED
@given(st.dates(date(1995, 1, 1), date(2035, 12, 31)), st.integers(0, 120), st.booleans())
def test_a_due_date_is_never_before_the_issue_date_unless_the_document_says_so(
    issued: date, days: int, in_words: bool
) -> None:
    record = invoice(ubl(issued=f"{issued}Z", body=terms(f"{days} dager netto") if in_words else ""))
    assert record.issue_date == issued
    assert record.due_date == issued + timedelta(days=days if in_words else 14)
    assert record.due_assumed


@BOUNDED
@given(st.decimals(allow_nan=True, allow_infinity=True) | st.text(max_size=8))
def test_an_amount_is_taken_exactly_or_not_at_all(value: Decimal | str) -> None:
    text = str(value).translate({ord(one): "" for one in "<>&\0"}) if isinstance(value, str) else str(value)
    if not text.isprintable():
        return
    (record,) = read_all(ubl(total=None, payable=text))
    if isinstance(record, InvoiceRecord):
        assert Decimal(text) == Decimal(record.amount_minor) / 100


def test_an_invoice_and_its_credit_note_go_into_the_ledger_once(act: Act, creditor: Creditor) -> None:
    both = (
        "<batch>"
        + ubl(declaration="", body=terms("30 dager netto"))
        + ubl(declaration="", root="CreditNote", number="C-1", total="250.00", payable="250.00", body=credits("1001"))
        + "</batch>"
    )
    first = take(act, creditor, both)
    assert (first["format"], counts(first), first["due_assumed"]) == ("ubl", (2, 0, 0, 0), 1)
    assert counts(take(act, creditor, both)) == (0, 0, 2, 0)


@BOUNDED
@given(st.dictionaries(st.sampled_from(["number", "issued", "currency", "total", "payable"]), st.text(max_size=12)))
def test_whatever_words_stand_in_a_document_it_is_taken_or_rejected(words: dict[str, str]) -> None:
    content = ubl(**{name: escape(text) for name, text in words.items()})
    with contextlib.suppress(Refusal):
        (record,) = read(io.BytesIO(content.encode(errors="replace")), CONTEXT)
        assert isinstance(record, InvoiceRecord | Rejection | Ignored)


def test_a_document_addressed_to_the_creditor_is_a_bill_and_no_claim() -> None:
    ours = replace(CONTEXT, organisation_number="987 654 325")
    party = "<cac:PartyTaxScheme><cbc:CompanyID>NO987654325MVA</cbc:CompanyID></cac:PartyTaxScheme>"
    (answer,) = read(io.BytesIO(ubl(customer=party).encode()), ours)
    assert isinstance(answer, Rejection)
    assert "a bill to pay" in answer.error
