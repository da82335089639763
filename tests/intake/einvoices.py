"""E-invoices of our own making, with names nobody has."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from kulant.intake.documents import Context, open_document
from kulant.intake.records import CustomerDetails, InvoiceRecord, Rejection
from tests.intake.files import CONTEXT

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CUSTOMER = """
  <cac:PartyIdentification><cbc:ID>K-100</cbc:ID></cac:PartyIdentification>
  <cac:PostalAddress><cbc:StreetName>Eksempelveien 1</cbc:StreetName><cbc:CityName>Bergen</cbc:CityName>
    <cbc:PostalZone>5003</cbc:PostalZone><cac:Country><cbc:IdentificationCode>NO</cbc:IdentificationCode></cac:Country>
  </cac:PostalAddress>
  <cac:PartyLegalEntity><cbc:RegistrationName>Fjordbruk Eksempel AS</cbc:RegistrationName></cac:PartyLegalEntity>"""

# What a document in UBL or CII that tells everything becomes.
WHOLE_INVOICE = InvoiceRecord(
    row=1,
    customer=CustomerDetails(
        "K-100", name="Fjordbruk Eksempel AS", country="NO", address="Eksempelveien 1\n5003 Bergen"
    ),
    number="1001",
    kind="invoice",
    currency="NOK",
    amount_minor=125_000,
    due_date=date(2026, 10, 31),
    issue_date=date(2026, 10, 1),
    payment_reference="0000531",
    order_reference="PO-7",
)


def ubl(
    *,
    root: str = "Invoice",
    number: str = "1001",
    issued: str = "2026-10-01",
    currency: str = "NOK",
    head: str = "",
    customer: str = CUSTOMER,
    beside_party: str = "",
    body: str = "",
    total: str | None = "1250.00",
    payable: str | None = "1250.00",
    totals: str = "",
    attribute: str | None = None,
    declaration: str = '<?xml version="1.0" encoding="UTF-8"?>\n',
) -> str:
    """A UBL document; ``head`` stands behind the issue date, ``body`` before the totals, ``totals`` among them."""
    unit = attribute or currency
    whole = "" if total is None else f'<cbc:TaxInclusiveAmount currencyID="{unit}">{total}</cbc:TaxInclusiveAmount>'
    asked = "" if payable is None else f'<cbc:PayableAmount currencyID="{unit}">{payable}</cbc:PayableAmount>'
    return f"""{declaration}<{root} xmlns="{UBL}{root}-2" xmlns:cac="{UBL}CommonAggregateComponents-2"
  xmlns:cbc="{UBL}CommonBasicComponents-2">
  <cbc:ID>{number}</cbc:ID><cbc:IssueDate>{issued}</cbc:IssueDate>{head}
  <cbc:DocumentCurrencyCode>{currency}</cbc:DocumentCurrencyCode>
  <cac:AccountingCustomerParty>{beside_party}<cac:Party>{customer}</cac:Party></cac:AccountingCustomerParty>
  {body}
  <cac:LegalMonetaryTotal>{whole}{totals}{asked}</cac:LegalMonetaryTotal>
</{root}>"""


def due(day: str) -> str:
    """The due date of an invoice."""
    return f"<cbc:DueDate>{day}</cbc:DueDate>"


def terms(words: str) -> str:
    """Terms of payment in words."""
    return f"<cac:PaymentTerms><cbc:Note>{words}</cbc:Note></cac:PaymentTerms>"


def means(inner: str) -> str:
    """A means of payment."""
    return f"<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode>{inner}</cac:PaymentMeans>"


def credits(*numbers: str) -> str:
    """The invoices a credit note is for."""
    return "".join(
        f"<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>{number}</cbc:ID>"
        "</cac:InvoiceDocumentReference></cac:BillingReference>"
        for number in numbers
    )


def amount(name: str, value: str, currency: str = "NOK") -> str:
    """One more amount among the totals."""
    return f'<cbc:{name} currencyID="{currency}">{value}</cbc:{name}>'


CII = "urn:un:unece:uncefact:data:standard:"
BUYER = """<ram:ID>K-100</ram:ID><ram:Name>Fjordbruk Eksempel AS</ram:Name>
  <ram:PostalTradeAddress><ram:PostcodeCode>5003</ram:PostcodeCode><ram:LineOne>Eksempelveien 1</ram:LineOne>
  <ram:CityName>Bergen</ram:CityName><ram:CountryID>NO</ram:CountryID></ram:PostalTradeAddress>"""


def cii(
    *,
    number: str = "1001",
    kind: str = "380",
    issued: str = "20261001",
    currency: str = "NOK",
    buyer: str = BUYER,
    agreement: str = "",
    payment: str = "",
    settlement: str = "",
    totals: str = "",
    total: str = "1250.00",
    payable: str | None = "1250.00",
) -> str:
    """A cross industry invoice."""
    asked = "" if payable is None else f"<ram:DuePayableAmount>{payable}</ram:DuePayableAmount>"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="{CII}CrossIndustryInvoice:100"
  xmlns:ram="{CII}ReusableAggregateBusinessInformationEntity:100" xmlns:udt="{CII}UnqualifiedDataType:100">
  <rsm:ExchangedDocument><ram:ID>{number}</ram:ID><ram:TypeCode>{kind}</ram:TypeCode>
    <ram:IssueDateTime><udt:DateTimeString format="102">{issued}</udt:DateTimeString></ram:IssueDateTime>
  </rsm:ExchangedDocument>
  <rsm:SupplyChainTradeTransaction>
    <ram:ApplicableHeaderTradeAgreement>
      <ram:SellerTradeParty><ram:ID>WE</ram:ID><ram:Name>Eksempel Salg AS</ram:Name></ram:SellerTradeParty>
      <ram:BuyerTradeParty>{buyer}</ram:BuyerTradeParty>{agreement}
    </ram:ApplicableHeaderTradeAgreement>
    <ram:ApplicableHeaderTradeSettlement>{payment}
      <ram:InvoiceCurrencyCode>{currency}</ram:InvoiceCurrencyCode>{settlement}
      <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
        <ram:TaxTotalAmount currencyID="{currency}">250.00</ram:TaxTotalAmount>
        <ram:GrandTotalAmount>{total}</ram:GrandTotalAmount>{totals}{asked}
      </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    </ram:ApplicableHeaderTradeSettlement>
  </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>"""


def read_all(content: str | bytes, *, encoding: str = "utf-8", context: Context = CONTEXT) -> list[Any]:
    """Everything of a document, in its order."""
    data = content if isinstance(content, bytes) else content.encode(encoding)
    document = open_document(io.BytesIO(data), context)
    assert document is not None, "no reader knows the file"
    records = list(document.records())
    assert list(document.records()) == records, "a second reading differs"
    return records


def invoice(content: str | bytes, **more: Any) -> InvoiceRecord:
    """The one invoice or credit note of a file."""
    (record,) = read_all(content, **more)
    assert isinstance(record, InvoiceRecord), record
    return record


def reason(content: str | bytes, **more: Any) -> tuple[str, str]:
    """Field and sentence of the one rejection of a file."""
    (record,) = read_all(content, **more)
    assert isinstance(record, Rejection), record
    return record.field, record.error
