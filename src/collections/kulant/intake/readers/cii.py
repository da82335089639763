"""``cii``: UN/CEFACT Cross Industry Invoice (Factur-X, ZUGFeRD, XRechnung), as XML or inside the PDF carrying it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from kulant.intake.documents import Context
from kulant.intake.readers import xml
from kulant.intake.readers.einvoice import Answer, Party, Said, records

_PDF = b"%PDF-"
_LEFT_OUT = ("IncludedSupplyChainTradeLineItem", "AdditionalReferencedDocument", "SellerTradeParty")
_MAIL = "EM"


@dataclass(frozen=True, slots=True)
class _Names:
    """What the elements are called; ZUGFeRD 1 named several otherwise."""

    document: str
    agreement: str
    settlement: str
    totals: str


_VERSIONS = {
    "CrossIndustryInvoice": _Names(
        "ExchangedDocument",
        "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement",
        "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement",
        "SpecifiedTradeSettlementHeaderMonetarySummation",
    ),
    "CrossIndustryDocument": _Names(
        "HeaderExchangedDocument",
        "SpecifiedSupplyChainTradeTransaction/ApplicableSupplyChainTradeAgreement",
        "SpecifiedSupplyChainTradeTransaction/ApplicableSupplyChainTradeSettlement",
        "SpecifiedTradeSettlementMonetarySummation",
    ),
}


def recognises(head: bytes) -> bool:
    """Whether it is a PDF, which alone among the formats here may carry an invoice, or such an invoice in XML."""
    if head.startswith(_PDF):
        return True
    start = xml.beginning(head)
    return any(f"{name}".encode() in start for name in _VERSIONS)


def read(stream: BinaryIO, context: Context) -> Iterator[Answer]:
    """Every document of the file; its row is its place among them."""
    start = stream.read(len(_PDF))
    stream.seek(-len(start), 1)
    if start == _PDF:
        from kulant.intake.readers.pdf import invoice_in

        stream = invoice_in(stream)
    yield from records(_documents(stream), context)


def _documents(stream: BinaryIO) -> Iterator[Said]:
    for row, element in enumerate(xml.each(stream, _VERSIONS, without=_LEFT_OUT), 1):
        yield _said(element, _VERSIONS[xml.local_name(element)], row)


def _said(root: xml.Element, names: _Names, row: int) -> Said:
    document = xml.first(root, names.document)
    agreement = xml.first(root, names.agreement)
    settlement = xml.first(root, names.settlement)
    said = Said(row=row, is_credit_note=False, party=Party())
    if document is not None:
        said.number = xml.text(document, "ID")
        said.type_code = xml.text(document, "TypeCode")
        said.issued = xml.text(document, "IssueDateTime/DateTimeString")
    if agreement is not None:
        said.party = _party(agreement)
        said.order_references = [
            xml.text(agreement, "BuyerOrderReferencedDocument/IssuerAssignedID"),
            xml.text(agreement, "BuyerOrderReferencedDocument/ID"),
            xml.text(agreement, "BuyerReference"),
        ]
    if settlement is not None:
        _fill_settlement(said, settlement, names)
    return said


def _fill_settlement(said: Said, settlement: xml.Element, names: _Names) -> None:
    terms = "SpecifiedTradePaymentTerms/"
    said.due = [
        words for one in xml.every(settlement, terms + "DueDateDateTime/DateTimeString") if (words := xml.words_of(one))
    ]
    said.terms = "\n".join(one.text or "" for one in xml.every(settlement, terms + "Description"))
    said.currency = xml.text(settlement, "InvoiceCurrencyCode")
    said.payment_reference = xml.text(settlement, "PaymentReference")
    said.credits = [
        number
        for one in xml.every(settlement, "InvoiceReferencedDocument")
        if (number := xml.text(one, "IssuerAssignedID") or xml.text(one, "ID"))
    ]
    totals = xml.first(settlement, names.totals)
    if totals is None:
        return
    said.total = _amount(said, totals, "GrandTotalAmount")
    said.rounding = _amount(said, totals, "RoundingAmount")
    said.prepaid = _amount(said, totals, "TotalPrepaidAmount")
    said.payable = _amount(said, totals, "DuePayableAmount") or said.total


def _amount(said: Said, totals: xml.Element, name: str) -> str | None:
    """The amount in the document's currency; one of several may be in that of the tax return."""
    found = xml.every(totals, name)
    ours = [one for one in found if one.get("currencyID") in (None, said.currency)]
    if found and not ours:
        said.currencies.append(found[0].get("currencyID"))
    return xml.words_of((ours or found)[0]) if found else None


def _party(agreement: xml.Element) -> Party:
    buyer = xml.first(agreement, "BuyerTradeParty")
    if buyer is None:
        return Party()
    mail = xml.text(buyer, "DefinedTradeContact/EmailURIUniversalCommunication/URIID")
    endpoint = xml.first(buyer, "URIUniversalCommunication/URIID")
    at = None if endpoint is None else xml.words_of(endpoint)
    is_mail = endpoint is not None and endpoint.get("schemeID") == _MAIL
    address = "PostalTradeAddress/"
    town = [xml.text(buyer, address + "PostcodeCode"), xml.text(buyer, address + "CityName")]
    return Party(
        numbers=[
            xml.text(buyer, "ID"),
            xml.text(buyer, "GlobalID"),
            None if is_mail else at,
            xml.text(buyer, "SpecifiedLegalOrganization/ID"),
            xml.text(buyer, "SpecifiedTaxRegistration/ID"),
            at,
        ],
        name=xml.text(buyer, "Name"),
        country=xml.text(buyer, address + "CountryID"),
        email=mail or (at if is_mail else None),
        phone=xml.text(buyer, "DefinedTradeContact/TelephoneUniversalCommunication/CompleteNumber"),
        address=[
            *(xml.text(buyer, address + line) for line in ("LineOne", "LineTwo", "LineThree")),
            " ".join(part for part in town if part) or None,
        ],
    )
