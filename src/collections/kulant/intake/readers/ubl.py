"""``ubl``: invoices and credit notes of UBL 2 (Peppol BIS 3, EHF, OIOUBL), one a file or many within one file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from kulant.intake.documents import Context
from kulant.intake.readers import xml
from kulant.intake.readers.einvoice import Answer, Party, Said, records, slip_reference

_NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:"
_DOCUMENTS = {f"{{{_NAMESPACE}Invoice-2}}Invoice": False, f"{{{_NAMESPACE}CreditNote-2}}CreditNote": True}
# Nothing is read from these, and they make up nearly all of a large document.
_LEFT_OUT = (
    "InvoiceLine",
    "CreditNoteLine",
    "AdditionalDocumentReference",
    "UBLExtensions",
    "TaxTotal",
    "AllowanceCharge",
    "Delivery",
    "AccountingSupplierParty",
)
_CIVIL_NUMBERS = frozenset(("DK:CPR", "9901"))
_MAIL = "EM"  # the scheme of an endpoint that is an e-mail address


def recognises(head: bytes) -> bool:
    """Whether an XML file begins with, or wraps, a UBL invoice or credit note."""
    start = xml.beginning(head)
    return any(f"{_NAMESPACE}{name}-2".encode() in start for name in ("Invoice", "CreditNote"))


def read(stream: BinaryIO, context: Context) -> Iterator[Answer]:
    """Every document of the file; its row is its place among them."""
    return records(_documents(stream), context)


def _documents(stream: BinaryIO) -> Iterator[Said]:
    row = 0
    for element in xml.each(stream, ("Invoice", "CreditNote"), without=_LEFT_OUT):
        if element.tag in _DOCUMENTS:
            row += 1
            yield _said(element, row, is_credit_note=_DOCUMENTS[element.tag])


def _said(document: xml.Element, row: int, *, is_credit_note: bool) -> Said:
    totals = "LegalMonetaryTotal/"
    means = _payment_means(document)
    return Said(
        row=row,
        is_credit_note=is_credit_note,
        party=_party(document),
        type_code=xml.text(document, "InvoiceTypeCode") or xml.text(document, "CreditNoteTypeCode"),
        number=xml.text(document, "ID"),
        issued=xml.text(document, "IssueDate"),
        due=_due_dates(document),
        terms="\n".join(note.text or "" for note in xml.every(document, "PaymentTerms/Note")),
        currency=xml.text(document, "DocumentCurrencyCode"),
        currencies=[
            one.get("currencyID")
            for name in ("PayableAmount", "TaxInclusiveAmount", "PrepaidAmount", "PayableRoundingAmount")
            for one in xml.every(document, totals + name)
            if one.get("currencyID")
        ],
        total=xml.text(document, totals + "TaxInclusiveAmount"),
        rounding=xml.text(document, totals + "PayableRoundingAmount"),
        prepaid=xml.text(document, totals + "PrepaidAmount"),
        payable=xml.text(document, totals + "PayableAmount"),
        payment_reference=next((one for one in means if one), None),
        order_references=[xml.text(document, "OrderReference/ID"), xml.text(document, "BuyerReference")],
        credits=[
            number
            for one in xml.every(document, "BillingReference/InvoiceDocumentReference")
            if (number := xml.text(one, "ID"))
        ],
    )


def _due_dates(document: xml.Element) -> list[str]:
    """The document's own, else those of its means and terms of payment (credit notes, OIOUBL)."""
    if stated := xml.text(document, "DueDate"):
        return [stated]
    paths = ("PaymentMeans/PaymentDueDate", "PaymentTerms/PaymentDueDate")
    return [words for path in paths for one in xml.every(document, path) if (words := xml.words_of(one))]


def _payment_means(document: xml.Element) -> list[str | None]:
    return [
        slip_reference(xml.text(one, "PaymentID"), xml.text(one, "InstructionID"))
        for one in xml.every(document, "PaymentMeans")
    ]


def _party(document: xml.Element) -> Party:
    customer = xml.first(document, "AccountingCustomerParty")
    if customer is None:
        return Party()
    party = xml.first(customer, "Party")
    if party is None:
        return Party([xml.text(customer, "SupplierAssignedAccountID")])
    endpoint = xml.first(party, "EndpointID")
    is_mail = endpoint is not None and endpoint.get("schemeID") == _MAIL
    at = None if endpoint is None else xml.words_of(endpoint)
    company = xml.first(party, "PartyLegalEntity/CompanyID")
    return Party(
        numbers=[
            xml.text(customer, "SupplierAssignedAccountID"),
            xml.text(party, "PartyIdentification/ID"),
            None if is_mail else at,
            xml.text(party, "PartyLegalEntity/CompanyID"),
            xml.text(party, "PartyTaxScheme/CompanyID"),
            at,
        ],
        name=xml.text(party, "PartyLegalEntity/RegistrationName")
        or xml.text(party, "PartyName/Name")
        or _person(party),
        country=xml.text(party, "PostalAddress/Country/IdentificationCode"),
        email=xml.text(party, "Contact/ElectronicMail") or (at if is_mail else None),
        phone=xml.text(party, "Contact/Telephone"),
        address=_address(party),
        is_person=any(one is not None and one.get("schemeID") in _CIVIL_NUMBERS for one in (company, endpoint)),
    )


def _person(party: xml.Element) -> str | None:
    names = [xml.text(party, f"Person/{name}") for name in ("FirstName", "MiddleName", "FamilyName")]
    return " ".join(name for name in names if name) or None


def _address(party: xml.Element) -> list[str | None]:
    """The lines as on an envelope; the country stands by itself."""
    at = "PostalAddress/"
    return [
        _joined(party, at + "StreetName", at + "BuildingNumber"),
        xml.text(party, at + "AdditionalStreetName"),
        *(xml.words_of(line) for line in xml.every(party, at + "AddressLine/Line")),
        xml.text(party, at + "Postbox"),
        _joined(party, at + "PostalZone", at + "CityName"),
    ]


def _joined(party: xml.Element, *paths: str) -> str | None:
    return " ".join(words for path in paths if (words := xml.text(party, path))) or None
