"""Every real e-invoice and accounting file at hand is taken in or refused for a stated reason."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.intake.documents import open_document
from kulant.intake.records import CustomerRecord, Ignored, InvoiceRecord, Rejection
from kulant.intake.service import import_file
from kulant.ledger.models import Customer, OpenItem
from kulant.people.models import Creditor
from tests.intake.files import CONTEXT

UBL, CII = "en16931/ubl/examples", "en16931/cii/examples"
PEPPOL, SNIPPETS = "peppol_bis3/rules/examples", "peppol_bis3/rules/snippets"

# Read off the XML by hand: number, currency, amount, what is open, due date, whether it is reckoned, customer.
CLAIMS: dict[str, tuple[str, str, int, int | None, str | None, bool, str]] = {
    f"{UBL}/guide-example2.xml": ("TOSL108", "NOK", 180_178, 80_178, "2013-07-20", False, "3456789012098"),
    f"{UBL}/ubl-tc434-example5.xml": ("TOSL110", "DKK", 467_500, 233_750, "2013-05-10", False, "5790000436057"),
    f"{UBL}/BIS3_Invoice_positive.XML": ("12345", "DKK", 78_217_943, None, "2019-02-24", False, "DK87654321"),
    f"{UBL}/BIS3_Invoice_negativ.XML": ("12345", "DKK", -78_217_943, None, "2019-02-24", False, "DK87654321"),
    f"{UBL}/ubl-tc434-creditnote1.xml": ("018304 / 28865", "EUR", -10_011, None, None, False, "0000000295"),
    f"{UBL}/FT G2G_TD01 con Allegato, Bonifico e Split Payment.xml": (
        "1316/85",
        "EUR",
        152_012,
        124_600,
        "2020-02-27",
        True,
        "UFLCTZ",
    ),
    f"{PEPPOL}/vat-category-O.xml": ("Vat-O", "SEK", 320_000, None, "2018-09-29", True, "987654325"),
    f"{PEPPOL}/base-negative-inv-correction.xml": (
        "Correction1",
        "EUR",
        -165_625,
        None,
        "2017-12-01",
        False,
        "FR23342",
    ),
    f"{SNIPPETS}/Snippet-cn.xml": ("Snippet1", "EUR", -500_000, -400_000, None, False, "FR23342"),
    f"{CII}/CII_example5.xml": ("TOSL110", "DKK", 467_500, 233_750, "2013-05-10", False, "5790000436057"),
    f"{CII}/huf_example_cii.xml": ("21/001003559/996", "HUF", 8_785_900, None, "2021-11-01", False, "843312"),
}
# These give no number of their customer.
NAMELESS = [
    f"{UBL}/ubl-tc434-example6.xml",
    f"{UBL}/ubl-tc434-example7.xml",
    f"{UBL}/ubl-tc434-example9.xml",
    f"{CII}/CII_example6.xml",
    f"{CII}/CII_example7.xml",
    f"{CII}/CII_example9.xml",
    f"{CII}/XRechnung-O.xml",
]


def read_all(file: Path) -> list[Any]:
    """Everything of a file, in its order."""
    with file.open("rb") as stream:
        document = open_document(stream, CONTEXT)
        assert document is not None, f"no reader knows {file.name}"
        return list(document.records())


def documents(folder: Path, *names: str) -> list[Path]:
    """The XML files below these folders."""
    found = sorted(file for name in names for file in (folder / name).rglob("*") if file.is_file())
    return [file for file in found if file.suffix.lower() in (".xml", ".xm")]


def test_every_document_is_read_or_refused_with_a_reason(shared_data: Path) -> None:
    seen: Counter[str] = Counter()
    refused = []
    for file in documents(shared_data, "peppol_bis3", "en16931", "saft"):
        try:
            records = read_all(file)
        except Refusal as refusal:
            refused.append((file.name, refusal.code))
            continue
        seen.update(type(one).__name__ for one in records)
        assert all(one.error and one.row > 0 for one in records if isinstance(one, Rejection)), file.name
        assert all(one.why for one in records if isinstance(one, Ignored)), file.name
    # One test set holds fragments of neither kind; 360 fragments of the sets have no number, so they are no documents.
    assert refused == [("PEPPOL-COMMON-R048.xm", "no_documents")]
    assert seen == {"InvoiceRecord": 156, "Rejection": 360, "Ignored": 14, "CustomerRecord": 6}


@pytest.mark.parametrize("name", CLAIMS)
def test_the_claim_is_what_the_document_says(name: str, shared_data: Path) -> None:
    (record,) = read_all(shared_data / name)
    assert isinstance(record, InvoiceRecord)
    due = record.due_date and record.due_date.isoformat()
    said = (record.number, record.currency, record.amount_minor, record.open_minor, due, record.due_assumed)
    assert (*said, record.customer.number) == CLAIMS[name]
    assert record.kind == ("credit_note" if record.amount_minor < 0 else "invoice")


@pytest.mark.parametrize("name", NAMELESS)
def test_a_customer_without_a_number_goes_by_the_name(name: str, shared_data: Path) -> None:
    (record,) = read_all(shared_data / name)
    assert isinstance(record, InvoiceRecord)
    assert record.customer.number == record.customer.name


def test_an_invoice_over_nothing_is_left_out(shared_data: Path) -> None:
    (record,) = read_all(shared_data / CII / "CII-BR-CO-10-RoundingIssue.xml")
    assert isinstance(record, Ignored)


def test_the_norwegian_accounts_leave_open_what_their_customers_owe(shared_data: Path) -> None:
    records = read_all(shared_data / "saft" / "saft_888888888.xml")
    assert len([one for one in records if isinstance(one, CustomerRecord)]) == 6
    balances: Counter[str] = Counter()
    for one in records:
        if isinstance(one, InvoiceRecord):
            balances[one.customer.number] += one.open_minor or 0
    # The closing balances of the file: three customers owe nothing, one has paid too much.
    assert balances == {"1001": 26_550_000, "1003": -14_000_000, "1004": 1_000_000}


def test_every_document_goes_into_the_ledger_and_a_second_time_adds_nothing(
    act: Act, creditor: Creditor, shared_data: Path
) -> None:
    taken = 0
    for file in documents(shared_data, PEPPOL, UBL, CII, "saft"):
        attempt = act.session.begin_nested()
        first = import_file(act, creditor=creditor, source=file).as_json()
        again = import_file(act, creditor=creditor, source=file).as_json()
        attempt.rollback()
        taken += first["created"]
        assert (again["created"], again["updated"]) == (0, 0), file.name
        assert again["unchanged"] == first["created"], file.name
        assert again["rejected"] == first["rejected"], file.name
    assert taken == 9 + 19 + 14 + 10  # Peppol, UBL, CII; six customers and four open items of the accounts
    assert act.session.scalar(select(func.count()).select_from(OpenItem)) == 0
    assert act.session.scalar(select(func.count()).select_from(Customer)) == 0
