"""A small sound file of every format, of our own making: what the tests damage, and where fuzzing begins."""

from __future__ import annotations

from datetime import date

from tests.intake.bank_files import camt, entry, invoice_number, text, tx
from tests.intake.workbooks import ods, xlsx

TABLE = (
    "customer_id,customer_name,currency,email,invoice_number,issue_date,due_date,amount,disputed\n"
    'K1,"Blåbær & Sønn; AS",NOK,ola@eksempel.example,1001,2026-10-01,2026-10-31,1500.00,no\n'
    "K2,Ægir AB,SEK,,1002,02.10.2026,01.11.2026,2.500,yes\n"
    'K3,Tre,EUR,,"=""0012""",2026-10-05,20261105,"1 500,50",\n'
    "Total,,,,,,,5500.50,\n"
)

_DAY = "2026-11-20"


def ocr() -> str:
    """A Norwegian giro file with two payments."""
    lines = [
        "NY000010" + "00008080" + "1234567" + "00000000",
        "NY090020" + "001234567" + "0000001" + "86011117947",
        "NY091030" + "0000001" + "201126" + "01" + "01" + "0" + "00001" + "0" + f"{125000:017}" + f"{'0000531':>25}",
        "NY091031" + "0000001" + "0000000001" + "0" * 16 + "201126" + "99990512341",
        "NY091030" + "0000002" + "201126" + "01" + "01" + "0" + "00002" + "0" + f"{50050:017}" + f"{'0001234':>25}",
        "NY091031" + "0000002" + "0000000002" + "0" * 16 + "201126" + "99990512341",
        "NY090088" + f"{2:08}" + f"{6:08}" + f"{175050:017}" + "201126" * 3,
        "NY000089" + f"{2:08}" + f"{8:08}" + f"{175050:017}" + "201126",
    ]
    return "\n".join(line.ljust(80, "0") for line in lines) + "\n"


def bgmax() -> str:
    """A Swedish giro file with one payment for two invoices, and a deduction."""
    lines = [
        "01" + "BGMAX".ljust(20) + "01" + "20261120120000000000" + "P",
        "05" + "0009912346" + " " * 10 + "SEK",
        "20" + "0003783511" + f"{'':25}" + f"{150000:018}" + "3" + "2" + "000000000100" + "0",
        "22" + "0003783511" + f"{'665869':>25}" + f"{100000:018}" + "2" + "2" + "000000000100" + "0",
        "22" + "0003783511" + f"{'665868':>25}" + f"{50000:018}" + "2" + "2" + "000000000100" + "0",
        "25" + "Betalning med referens",
        "26" + "Eksempel AB",
        "21" + "0003783511" + f"{'665870':>25}" + f"{10000:018}" + "2" + "2" + "000000000101" + "0" + "0" * 9,
        "15" + f"{'99990512341':0>35}" + "20261120" + "00001" + f"{140000:018}" + "SEK" + f"{2:08}",
        "70" + f"{1:08}" + f"{1:08}" + f"{2:08}" + f"{1:08}",
    ]
    return "\n".join(line.ljust(80) for line in lines) + "\n"


MT940 = """:20:STATEMENT
:25:NO9386011117947
:28C:1/1
:60F:C261119NOK1000,00
:61:2611201120C1250,00NTRFNONREF//BANK-1
:86:Faktura 1001 fra Eksempel AS
:61:2611201120D50,50NMSCNONREF
:86:Gebyr
:62F:C261120NOK2199,50
-
"""


def camt_file(kind: str) -> str:
    """A statement or a notification with two entries."""
    one = tx("1250.00", refs="<EndToEndId>OURS-7</EndToEndId>", payer="Eksempel AS", remittance=invoice_number("1001"))
    two = tx("50.50", payer="Eksempel AS", remittance=text("Faktura 1002"))
    entries = entry(reference="1", details=one) + entry("50.50", reference="2", direction="DBIT", details=two)
    return camt(entries, kind=kind)


UBL = f"""<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>
<cbc:ID>1001</cbc:ID><cbc:IssueDate>{_DAY}</cbc:IssueDate><cbc:DueDate>2026-12-04</cbc:DueDate>
<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>NOK</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Selger AS</cbc:Name></cac:PartyName></cac:Party>
</cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyIdentification><cbc:ID>10</cbc:ID></cac:PartyIdentification>
<cac:PartyName><cbc:Name>Eksempel AS</cbc:Name></cac:PartyName><cac:PostalAddress>
<cbc:StreetName>Veien 1</cbc:StreetName><cbc:CityName>Oslo</cbc:CityName><cbc:PostalZone>0001</cbc:PostalZone>
<cac:Country><cbc:IdentificationCode>NO</cbc:IdentificationCode></cac:Country></cac:PostalAddress></cac:Party>
</cac:AccountingCustomerParty>
<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode><cbc:PaymentID>0000531</cbc:PaymentID>
</cac:PaymentMeans><cac:PaymentTerms><cbc:Note>14 dager netto</cbc:Note></cac:PaymentTerms>
<cac:LegalMonetaryTotal><cbc:TaxInclusiveAmount currencyID="NOK">1250.00</cbc:TaxInclusiveAmount>
<cbc:PayableAmount currencyID="NOK">1250.00</cbc:PayableAmount></cac:LegalMonetaryTotal></Invoice>
"""

CII = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocument><ram:ID>1001</ram:ID><ram:TypeCode>380</ram:TypeCode><ram:IssueDateTime>
<udt:DateTimeString format="102">20261120</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction><ram:ApplicableHeaderTradeAgreement><ram:BuyerTradeParty><ram:ID>10</ram:ID>
<ram:Name>Eksempel GmbH</ram:Name><ram:PostalTradeAddress><ram:CountryID>DE</ram:CountryID></ram:PostalTradeAddress>
</ram:BuyerTradeParty></ram:ApplicableHeaderTradeAgreement><ram:ApplicableHeaderTradeSettlement>
<ram:PaymentReference>RF18539007547034</ram:PaymentReference><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
<ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime><udt:DateTimeString format="102">20261204</udt:DateTimeString>
</ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms><ram:SpecifiedTradeSettlementHeaderMonetarySummation>
<ram:GrandTotalAmount>1250.00</ram:GrandTotalAmount><ram:DuePayableAmount>1250.00</ram:DuePayableAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation></ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>
"""

SAFT = """<?xml version="1.0" encoding="UTF-8"?>
<AuditFile xmlns="urn:StandardAuditFile-Taxation-Financial:NO"><Header><AuditFileVersion>1.10</AuditFileVersion>
<AuditFileCountry>NO</AuditFileCountry><AuditFileDateCreated>2026-11-20</AuditFileDateCreated>
<DefaultCurrencyCode>NOK</DefaultCurrencyCode><SelectionCriteria>
<SelectionStartDate>2026-01-01</SelectionStartDate><SelectionEndDate>2026-11-20</SelectionEndDate>
</SelectionCriteria></Header><MasterFiles><GeneralLedgerAccounts><Account><AccountID>1500</AccountID>
<AccountDescription>Kundefordringer</AccountDescription></Account></GeneralLedgerAccounts><Customers><Customer>
<RegistrationNumber>999999999</RegistrationNumber><Name>Eksempel AS</Name><CustomerID>10</CustomerID>
<AccountID>1500</AccountID><OpeningDebitBalance>0.00</OpeningDebitBalance>
<ClosingDebitBalance>1250.00</ClosingDebitBalance></Customer></Customers></MasterFiles>
<GeneralLedgerEntries><NumberOfEntries>1</NumberOfEntries><Journal><JournalID>SA</JournalID>
<Description>Salg</Description><Type>SA</Type><Transaction><TransactionID>1</TransactionID><Period>11</Period>
<PeriodYear>2026</PeriodYear><TransactionDate>2026-11-01</TransactionDate><Description>Faktura 1001</Description>
<Line><RecordID>1</RecordID><AccountID>1500</AccountID><SourceDocumentID>1001</SourceDocumentID>
<CustomerID>10</CustomerID><Description>Faktura 1001</Description><DebitAmount><Amount>1250.00</Amount></DebitAmount>
<ReferenceNumber>1001</ReferenceNumber></Line><Line><RecordID>2</RecordID><AccountID>3000</AccountID>
<Description>Salg</Description><CreditAmount><Amount>1250.00</Amount></CreditAmount></Line></Transaction></Journal>
</GeneralLedgerEntries></AuditFile>
"""


_ROWS = [
    ["customer_id", "currency", "invoice_number", "due_date", "amount"],
    ["K1", "NOK", 1001, date(2026, 10, 1), 1500],
    ["K2", "NOK", "0012", date(2026, 10, 2), 1500.5],
]

SAMPLES: dict[str, bytes] = {
    "table": TABLE.encode(),
    "xlsx": xlsx({"Faktura": _ROWS}),
    "ods": ods(_ROWS),
    "ubl": UBL.encode(),
    "cii": CII.encode(),
    "saft": SAFT.encode(),
    "camt053": camt_file("053").encode(),
    "camt054": camt_file("054").encode(),
    "ocr": ocr().encode(),
    "bgmax": bgmax().encode("latin-1"),
    "mt940": MT940.encode(),
}
