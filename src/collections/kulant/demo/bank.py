"""What the bank tells on the business date: payments that could mean several things, and rates of foreign money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO

from lxml import etree
from lxml.builder import E

from kulant.core.money import decimal_string, to_minor
from kulant.demo.invoices import Bill
from kulant.ledger.exchange import NewRate, read_rate

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
_ACCOUNT = "00000000000"
PARKED = "For the market in December"
WHY_PARKED = "Asked the bank whose account it is; they answer tomorrow."

# What a unit of foreign money is worth in kroner, by months back. Invented, like everything here.
_RATES = {
    "SEK": ("0.962", "0.958", "0.969", "0.971"),
    "DKK": ("1.512", "1.508", "1.521", "1.524"),
    "EUR": ("11.285", "11.254", "11.347", "11.372"),
    "GBP": ("13.04", "12.98", "13.11", "13.16"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A movement on the account; below zero the bank took it away. ``{Name}`` stands for that story's first invoice."""

    amount: str
    payer: str
    text: str = ""
    reference: str = ""
    currency: str = "NOK"
    days_ago: int = 1


LINES = (
    Line("38000.00", "Tussøya Båtbyggeri AS", "for the two oldest"),
    Line("9900.00", "Lurvik Transport AS", "a conto"),
    Line("1672.50", "Satumaan Kahvila Oy", "thank you", currency="EUR"),
    Line("12000.00", "Havtåke Skip", "part payment, rest next week"),
    Line("54200.00", "Fjellvette Holding", "faktura {Perlebukt Hotell} og {Nissebakken Byggservice}"),
    Line("3150.00", "Kari Demosen", "paid once more to be sure", reference="{Kari Demosen}"),
    Line("2600.00", "Nattlys Messe", PARKED, days_ago=4),
    Line("8700.00", "Sølvskogen Drift", "delivery of last week", days_ago=3),
    Line("-3150.00", "Kari Demosen", "returned: account closed"),
)


def rates(today: date) -> list[NewRate]:
    """A rate for each currency and month, the newest some days old."""
    days = [today - timedelta(days=3 + 30 * months) for months in range(4)]
    return [
        NewRate(currency, day, read_rate(written), "Invented for the demo")
        for currency, known in _RATES.items()
        for day, written in zip(days, known, strict=True)
    ]


def statement(bills: Mapping[str, Bill], today: date) -> BytesIO:
    """A bank statement as banks hand it over (camt.053); ``bills`` are the first invoices of stories by name."""
    entries = [_entry(line, place, bills, today) for place, line in enumerate(LINES, start=1)]
    document = E.Document(
        E.BkToCstmrStmt(
            E.GrpHdr(E.MsgId("DEMO"), E.CreDtTm(f"{today}T06:00:00")),
            E.Stmt(E.Id("DEMO-1"), E.Acct(E.Id(E.Othr(E.Id(_ACCOUNT)))), *entries),
        ),
        xmlns=_NAMESPACE,
    )
    return BytesIO(etree.tostring(document, xml_declaration=True, encoding="UTF-8"))


def _entry(line: Line, place: int, bills: Mapping[str, Bill], today: date) -> etree._Element:
    minor = to_minor(line.amount, line.currency)
    return E.Ntry(
        E.Amt(decimal_string(abs(minor), line.currency), Ccy=line.currency),
        E.CdtDbtInd("CRDT" if minor > 0 else "DBIT"),
        E.RvslInd("true" if minor < 0 else "false"),
        E.Sts(E.Cd("BOOK")),
        E.BookgDt(E.Dt((today - timedelta(days=line.days_ago)).isoformat())),
        E.AcctSvcrRef(f"DEMO{place:04d}"),
        E.NtryDtls(E.TxDtls(*_details(line, bills))),
    )


def _details(line: Line, bills: Mapping[str, Bill]) -> Iterator[etree._Element]:
    # The same payer always pays from the same account.
    first = next(number for number, one in enumerate(LINES, start=1) if one.payer == line.payer)
    yield E.RltdPties(
        E.Dbtr(E.Pty(E.Nm(line.payer))),
        E.DbtrAcct(E.Id(E.Othr(E.Id(f"0000000{first:04d}")))),
    )
    remittance = [E.Ustrd(line.text.format_map({name: bill.number for name, bill in bills.items()}))]
    if line.reference:
        reference = line.reference.format_map({name: bill.reference for name, bill in bills.items()})
        remittance.append(E.Strd(E.CdtrRefInf(E.Ref(reference))))
    yield E.RmtInf(*remittance)
