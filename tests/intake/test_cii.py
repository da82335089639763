"""Cross industry invoices, as XML and inside the PDFs that carry them."""

from __future__ import annotations

import io
import zlib
from datetime import date

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.intake.readers.pdf import invoice_in
from kulant.people.models import Creditor
from tests.intake.einvoices import BUYER, WHOLE_INVOICE, cii, invoice, read_all, reason
from tests.intake.files import counts, take

BOUNDED = settings(max_examples=40, deadline=None)
DUE = "<ram:SpecifiedTradePaymentTerms><ram:Description>{words}</ram:Description>{day}</ram:SpecifiedTradePaymentTerms>"
DAY = '<ram:DueDateDateTime><udt:DateTimeString format="102">{day}</udt:DateTimeString></ram:DueDateDateTime>'


def pdf(content: str | bytes = "", name: str = "factur-x.xml", *, associated: bool = False) -> bytes:
    """A PDF that carries a file, listed among its attachments or only associated with it."""
    document = pikepdf.new()
    document.add_blank_page()
    data = content if isinstance(content, bytes) else content.encode()
    if associated:
        stream = document.make_stream(data)
        file = pikepdf.Dictionary(Type=pikepdf.Name.Filespec, F=name, EF=pikepdf.Dictionary(F=stream))
        document.Root.AF = pikepdf.Array([document.make_indirect(file)])
    elif data:
        document.attachments[name] = pikepdf.AttachedFileSpec(
            document, data, filename=name, description="", mime_type="text/xml", creation_date="", mod_date=""
        )
    saved = io.BytesIO()
    document.save(saved)
    return saved.getvalue()


def test_an_invoice_is_read_with_its_customer_and_references() -> None:
    content = cii(
        agreement="<ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>PO-7</ram:IssuerAssignedID>"
        "</ram:BuyerOrderReferencedDocument>",
        payment="<ram:PaymentReference>0000531</ram:PaymentReference>",
        settlement=DUE.format(words="", day=DAY.format(day="20261031")),
    )
    assert invoice(content) == WHOLE_INVOICE


def test_a_due_date_is_reckoned_from_the_terms_in_words() -> None:
    words = "2 % Skonto innerhalb 10 Tagen, 30 Tage netto"
    record = invoice(cii(settlement=DUE.format(words=words, day="")))
    assert (record.due_date, record.due_assumed) == (date(2026, 10, 31), True)


def test_what_was_prepaid_is_not_open() -> None:
    totals = "<ram:TotalPrepaidAmount>250</ram:TotalPrepaidAmount>"
    record = invoice(cii(totals=totals, payable="1000"))
    assert (record.amount_minor, record.open_minor) == (125_000, 100_000)


def test_a_credit_note_names_its_invoice() -> None:
    number = "<ram:IssuerAssignedID>900</ram:IssuerAssignedID>"
    settlement = f"<ram:InvoiceReferencedDocument>{number}</ram:InvoiceReferencedDocument>"
    record = invoice(cii(kind="381", settlement=settlement))
    assert (record.kind, record.amount_minor, record.credits_invoice) == ("credit_note", -125_000, "900")


def test_an_amount_in_the_tax_currency_is_not_the_claim() -> None:
    totals = '<ram:GrandTotalAmount currencyID="EUR">110.00</ram:GrandTotalAmount>'
    assert invoice(cii(totals=totals)).amount_minor == 125_000


@pytest.mark.parametrize(
    ("buyer", "number"),
    [
        ("<ram:GlobalID>579000</ram:GlobalID>", "579000"),
        ("<ram:SpecifiedLegalOrganization><ram:ID>987</ram:ID></ram:SpecifiedLegalOrganization>", "987"),
        (
            '<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">NO987MVA</ram:ID></ram:SpecifiedTaxRegistration>',
            "NO987MVA",
        ),
    ],
)
def test_the_customers_number_is_the_best_the_document_has(buyer: str, number: str) -> None:
    assert invoice(cii(buyer=buyer)).customer.number == number


def test_wrong_documents_are_rejected_with_their_reason() -> None:
    assert reason(cii(kind="325"))[0] == "kind"
    assert reason(cii(currency="ZZZ"))[0] == "currency"
    assert reason(cii(issued="20261301")) == ("issue_date", "“20261301” is not a date")
    assert reason(cii(buyer="<ram:Name></ram:Name>"))[0] == "customer_id"


def test_the_first_zugferd_named_things_otherwise() -> None:
    content = (
        cii()
        .replace("CrossIndustryInvoice", "CrossIndustryDocument")
        .replace("SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction")
        .replace("rsm:ExchangedDocument", "rsm:HeaderExchangedDocument")
        .replace("ApplicableHeaderTrade", "ApplicableSupplyChainTrade")
        .replace("SettlementHeaderMonetary", "SettlementMonetary")
    )
    assert invoice(content) == invoice(cii())


# Inside a PDF


@pytest.mark.parametrize("name", ["factur-x.xml", "ZUGFeRD-invoice.xml", "zugferd-invoice.xml", "xrechnung.xml"])
def test_a_pdf_hands_out_the_invoice_it_carries(name: str) -> None:
    assert invoice(pdf(cii(), name)) == invoice(cii())


def test_an_invoice_may_be_associated_only() -> None:
    assert invoice(pdf(cii(), associated=True)) == invoice(cii())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (pdf(), "nothing else either"),
        (pdf("<a/>", "terms.xml"), "but only terms.xml"),
        (pdf("<a/>", "order-x.xml"), "an order"),
        (pdf(cii()[:900]), "cut off"),
        (pdf("no xml at all"), "not XML"),
        (pdf(" " * 100_000_000), "damaged or too large"),
        (pdf(cii())[:600], "damaged or cut off"),
        (b"%PDF-1.7\n" + b"\0" * 5000, "damaged or cut off"),
        (b"%PDF-1.7\n1 0 obj<</Filter/L#5aWDecode>>", "LZW"),
        (pdf("<a/>"), "no invoice"),
    ],
)
def test_a_pdf_that_carries_no_sound_invoice_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        read_all(content)


def test_an_attachment_that_is_broken_is_refused() -> None:
    whole = pdf(cii())
    with pikepdf.open(io.BytesIO(whole)) as document:
        spec = document.attachments["factur-x.xml"].obj
        spec.EF.F.write(zlib.compress(cii().encode())[:-200] + b"\xff" * 200, filter=pikepdf.Name.FlateDecode)
        spoilt = io.BytesIO()
        document.save(spoilt, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    with pytest.raises(Refusal):
        read_all(spoilt.getvalue())


@pytest.mark.parametrize("password", ["secret", ""])
def test_an_encrypted_pdf_is_refused(password: str) -> None:
    saved = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(cii()))) as document:
        document.save(saved, encryption=pikepdf.Encryption(owner="owner", user=password))
    with pytest.raises(Refusal, match="encrypted"):
        read_all(saved.getvalue())


def test_a_compressed_table_of_contents_that_swells_is_refused() -> None:
    swollen = zlib.compress(b"\0" * 200_000_000, 9)
    start = b"%PDF-1.5\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    table = b"3 0 obj<</Type/XRef/Size 4/W[1 2 1]/Index[0 4]/Root 1 0 R/Length %d/Filter/FlateDecode>>stream\n"
    content = start + table % len(swollen) + swollen + b"\nendstream endobj\nstartxref\n%d\n" % len(start) + b"%%EOF"
    with pytest.raises(Refusal, match="damaged"):
        invoice_in(io.BytesIO(content))


@BOUNDED
@given(st.data())
def test_a_pdf_with_any_byte_changed_is_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray(pdf(cii()))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(5, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        records = read_all(bytes(whole))
    except Refusal:
        return
    assert len(records) == 1


def test_a_hybrid_invoice_goes_into_the_ledger_once(act: Act, creditor: Creditor) -> None:
    content = pdf(cii(buyer=BUYER))
    first = take(act, creditor, content)
    assert (first["format"], counts(first)) == ("cii", (1, 0, 0, 0))
    assert counts(take(act, creditor, content)) == (0, 0, 1, 0)
