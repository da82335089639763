"""Every bank file at hand goes in or is refused for a reason, with its own sums; a second time changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import func, select

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.intake.records import Ignored, PaymentRecord, Rejection
from kulant.intake.service import import_file
from kulant.ledger import queries
from kulant.ledger.models import OpenItem, PaymentDetail
from kulant.people.models import Creditor
from tests.conftest import SHARED_DATA
from tests.intake.bank_files import (
    ACCOUNT,
    CONTEXT,
    camt,
    creditor_reference,
    entry,
    invoice_number,
    payments,
    read_bank,
    tx,
)
from tests.intake.files import take

FOLDERS = ("camt", "ocr_giro", "bgmax", "mt940")
REFUSED = {
    **{
        f"camt/camt052.{name}.xml": "intraday"
        for name in ("v1", "v2", "v2.other-account", "v2.with-account-name", "v4", "v6", "v6.Amt-zero", "v8")
    },
    "camt/camt053.v2.wrong.xml": "no_statement",
    "ocr_giro/avtalegiro_agreements.txt": "no_payments",
    "ocr_giro/avtalegiro_payment_request.txt": "no_payments",
    "mt940/mBank/mt942.sta": "intraday",
}
# Statements whose closing balance is not their opening balance and their movements.
NOT_ADDING_UP = {
    "abnamro": 2,
    "ing": 1,
    "knab": 1,
    "postfinance": 1,
    "rabobank": 2,
    "triodos": 1,
    "with_newline_in_tnr": 1,
}


def bank_files() -> list[Path]:
    """Every file of the four folders but their licences."""
    found = [file for folder in FOLDERS for file in sorted((SHARED_DATA / folder).rglob("*")) if file.is_file()]
    return [file for file in found if not file.name.startswith("LICENSE")]


def name_of(file: Path) -> str:
    """The file's name as the tables above have it."""
    return file.relative_to(SHARED_DATA).as_posix()


def of_camt(file: Path) -> Decimal:
    """Booked credits, by another reading of the XML."""
    found = etree.parse(file).iterfind(".//{*}Ntry")
    credits = [one for one in found if one.findtext("{*}CdtDbtInd") == "CRDT" and one.findtext("{*}RvslInd") != "true"]
    return sum((Decimal(one.findtext("{*}Amt")) for one in credits), Decimal())


def of_ocr(file: Path) -> Decimal:
    """The sum of the file's last record."""
    return Decimal(file.read_text("latin-1").rstrip().splitlines()[-1][24:41]) / 100


def of_bgmax(file: Path) -> Decimal:
    """The sums of its deposits."""
    deposits = [line for line in file.read_text("latin-1").splitlines() if line.startswith("15")]
    return sum((Decimal(line[50:68]) / 100 for line in deposits), Decimal())


def of_mt940(file: Path) -> Decimal:
    """Credits, by the mark alone."""
    found = re.findall(
        r"^:61:\d{6}(?:\d{4})?C[A-Z]?([\d,]+)", file.read_bytes().decode("utf-8", "replace"), re.MULTILINE
    )
    return sum((Decimal(one.replace(",", ".").rstrip(".")) for one in found), Decimal())


SUMS: dict[str, Callable[[Path], Decimal]] = {
    "camt": of_camt,
    "ocr_giro": of_ocr,
    "bgmax": of_bgmax,
    "mt940": of_mt940,
}


@pytest.mark.parametrize("file", bank_files(), ids=name_of)
def test_a_file_holds_what_its_own_totals_say_or_is_refused_for_a_reason(file: Path) -> None:
    name = name_of(file)
    if name in REFUSED:
        with pytest.raises(Refusal) as refused:
            read_bank(file.read_bytes())
        assert refused.value.code == REFUSED[name]
        return
    records = read_bank(file.read_bytes())
    paid = [one for one in records if isinstance(one, PaymentRecord)]
    assert Decimal(sum(one.amount_minor for one in paid)) / 100 == SUMS[name.split("/")[0]](file)
    assert len({one.number for one in paid}) == len(paid)
    wrong = [one for one in records if isinstance(one, Rejection)]
    assert {one.field for one in wrong} <= {"balance"}
    assert len(wrong) == (NOT_ADDING_UP.get(file.stem, 0) if name.startswith("mt940") else 0)
    assert all(isinstance(one, PaymentRecord | Rejection | Ignored) for one in records)


def test_all_of_them_go_in_once(act: Act, creditor: Creditor, shared_data: Path) -> None:
    good = [file for file in bank_files() if name_of(file) not in REFUSED]
    assert len(good) > 25
    act.today = CONTEXT.today
    first = {file: import_file(act, creditor=creditor, source=file) for file in good}
    posted = act.session.scalar(select(func.count()).select_from(OpenItem))
    assert posted == sum(one.created for one in first.values())
    assert posted
    for file in good:
        again = import_file(act, creditor=creditor, source=file)
        assert (again.created, again.updated) == (0, 0), name_of(file)
        assert again.unchanged == first[file].created + first[file].unchanged, name_of(file)
    assert act.session.scalar(select(func.count()).select_from(OpenItem)) == posted
    assert not queries.imbalances(act.session)


def test_a_statement_and_the_notifications_of_the_same_movements_are_not_counted_twice(
    act: Act, creditor: Creditor, tmp_path: Path
) -> None:
    batch = "".join(tx(amount, payer=f"Kunde {amount}") for amount in ("500.00", "501.00"))
    entries = [
        entry(reference="A1", details=tx(payer="Kari Eksempel", remittance=creditor_reference("0000531"))),
        entry("1001.00", reference="A2", details=batch),
        entry("75.50", reference="A3"),
    ]
    statement, notification = tmp_path / "statement.xml", tmp_path / "notification.xml"
    statement.write_text(camt(*("".join(entries),), kind="053"))
    notification.write_text(camt(*entries, kind="054", version="02"))
    assert len(payments(statement.read_text())) == 4
    assert import_file(act, creditor=creditor, source=statement).created == 4
    second = import_file(act, creditor=creditor, source=notification)
    assert (second.created, second.unchanged, second.rejected) == (0, 4, [])


def test_a_payment_from_the_bank_pays_the_invoice_it_names_and_keeps_who_paid(
    act: Act, creditor: Creditor, tmp_path: Path
) -> None:
    columns = "customer_id,customer_name,currency,invoice_number,due_date,amount,payment_reference"
    invoices = f"{columns}\nK1,Kari Eksempel,NOK,1001,2026-11-10,1250.00,0000531\nK1,,NOK,1002,2026-11-10,75.50,\n"
    take(act, creditor, invoices)
    told = tx(payer="Kari Eksempel", account="NO1799990512341", remittance=creditor_reference("0000531"))
    named = tx(payer="Kari Eksempel", remittance=invoice_number("1002"))
    file = tmp_path / "statement.xml"
    file.write_text(camt(entry(reference="A1", details=told) + entry("75.50", reference="A2", details=named)))
    result = import_file(act, creditor=creditor, source=file)
    assert (result.created, result.matched, result.unmatched) == (2, 2, 0)
    left = act.session.scalars(select(OpenItem.open_minor).where(OpenItem.kind == "invoice"))
    assert list(left) == [0, 0]
    details = act.session.scalars(select(PaymentDetail).order_by(PaymentDetail.bank_reference)).all()
    assert [(one.bank_reference, one.payer_account, one.account) for one in details] == [
        ("A1", "NO1799990512341", ACCOUNT),
        ("A2", None, ACCOUNT),
    ]
