"""A file through the browser: looked at, tried, taken in, its bad rows handed back."""

from __future__ import annotations

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from kulant.db import reading
from kulant.delivery import imports
from kulant.delivery.imports import carry_out_imports
from kulant.intake.models import ImportRun
from kulant.intake.shelf import Shelf
from kulant.settings import Settings
from kulant.transaction import doing
from tests.desk.conftest import Clerk

INVOICES = (
    "customer_id;customer_name;currency;invoice_number;due_date;amount\n"
    "N1;Nykunde AS;NOK;9001;2026-10-01;1250,00\n"
    "N1;Nykunde AS;NOK;9002;2026-13-45;10,00\n"
    "N2;=HYPERLINK();NOK;9003;2026-10-01;900,00\n"
)
UBL = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:ID>7001</cbc:ID><cbc:IssueDate>2026-09-01</cbc:IssueDate><cbc:DueDate>2026-10-01</cbc:DueDate>
  <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>NOK</cbc:DocumentCurrencyCode>
  <cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Nordlys Engros AS</cbc:Name></cac:PartyName>
  </cac:Party></cac:AccountingSupplierParty>
  <cac:AccountingCustomerParty><cac:Party><cac:PartyIdentification><cbc:ID>N9</cbc:ID></cac:PartyIdentification>
    <cac:PartyName><cbc:Name>Nykunde AS</cbc:Name></cac:PartyName></cac:Party></cac:AccountingCustomerParty>
  <cac:LegalMonetaryTotal><cbc:TaxInclusiveAmount currencyID="NOK">1250.00</cbc:TaxInclusiveAmount>
    <cbc:PayableAmount currencyID="NOK">1250.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
</Invoice>
"""
OTHER = "Kundenr;Fakturanr;Forfall;Restbeløp\nN1;7001;01.10.2026;1250,00\n"


def ticket(page: str) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found, page
    return found[1]


def look(clerk: Clerk, text: str, name: str = "invoices.csv"):  # type: ignore[no-untyped-def]
    return clerk.post("/import/look", data={"csrf": clerk.token()}, files={"file": (name, text.encode())})


def test_looking_takes_nothing_in_and_importing_does(clerk: Clerk) -> None:
    good = "\n".join(INVOICES.splitlines()[:2]) + "\n"
    page = look(clerk, good).text
    assert "Invoices and credit notes" in page
    assert "What would happen" in page
    assert "Nykunde" not in clerk.get("/").text
    done = clerk.submit("/import/take", ticket=ticket(page), format="invoices-csv", target="invoices-csv")
    assert re.fullmatch(r"/import/\d+", done.url.path)
    assert "Every row was taken in." in done.text
    assert "Nykunde" in clerk.get("/").text
    twice = clerk.submit("/import/take", ticket=ticket(page), format="invoices-csv", target="invoices-csv")
    assert twice.url.path == done.url.path, "the button pressed twice is one import"
    page = look(clerk, good).text
    again = clerk.submit("/import/take", ticket=ticket(page), format="invoices-csv", target="invoices-csv").text
    assert re.search(r"Unchanged</dt><dd class=\"figure\">1<", again)


def test_a_large_file_confirmed_twice_at_once_is_put_in_line_once(
    clerk: Clerk, portfolio: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kulant.desk.imports.TAKEN_AT_ONCE", 0)
    form = {"ticket": ticket(look(clerk, INVOICES).text), "format": "invoices-csv", "target": "invoices-csv"}
    form["csrf"] = clerk.token()
    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(lambda _: clerk.post("/import/take", data=form), range(4)))
    assert len({answer.url.path for answer in answers}) == 1
    with reading(portfolio.database_url) as session:
        assert session.query(ImportRun).count() == 1


def test_bad_rows_come_back_as_a_file(clerk: Clerk) -> None:
    text = INVOICES.replace("=HYPERLINK()", "Andre AS").replace("2026-13-45", "someday")
    page = look(clerk, text).text
    done = clerk.submit("/import/take", ticket=ticket(page), format="invoices-csv", target="invoices-csv")
    assert "Rejected rows" in done.text
    rejected = clerk.get(f"{done.url.path}/rejected.csv")
    assert rejected.headers["content-type"].startswith("text/csv")
    assert "someday" in rejected.text


def test_the_error_file_can_be_corrected_and_imported_again(clerk: Clerk) -> None:
    text = INVOICES.replace("=HYPERLINK()", "@Andre AS").replace("2026-13-45", "someday").replace("10,00", "-1.010,00")
    page = look(clerk, text).text
    done = clerk.submit("/import/take", ticket=ticket(page), format="invoices-csv", target="invoices-csv")
    errors = clerk.get(f"{done.url.path}/rejected.csv").content.decode("utf-8-sig")
    head, row = errors.splitlines()
    assert head == INVOICES.splitlines()[0] + ";import_row;import_error"
    assert row.startswith("N1;Nykunde AS;NOK;9002;someday;-1.010,00;3;")
    page = look(clerk, errors.replace("someday", "2026-10-02")).text
    again = clerk.submit("/import/take", ticket=ticket(page), format="invoices-csv", target="invoices-csv").text
    assert "Every row was taken in." in again


def test_nothing_of_the_error_file_is_a_formula(clerk: Clerk) -> None:
    text = INVOICES.replace("=HYPERLINK()", "Andre AS").replace("N1;Nykunde AS;NOK;9002", "N1;@Nykunde AS;NOK;9002")
    page = look(clerk, text.replace("2026-13-45", "someday")).text
    done = clerk.submit("/import/take", ticket=ticket(page), format="invoices-csv", target="invoices-csv")
    assert ";'@Nykunde AS;" in clerk.get(f"{done.url.path}/rejected.csv").text


def large(rows: int) -> str:
    """A file too large to be imported while the clerk waits."""
    head = INVOICES.splitlines()[0]
    return head + "\n" + "".join(f"L{n};Kunde {n} AS;NOK;L{n};2026-10-01;100,00\n" for n in range(rows))


def test_a_large_file_is_queued_and_a_worker_takes_it_in(clerk: Clerk, settings: Settings) -> None:
    page = look(clerk, large(5000)).text
    shown = clerk.submit("/import/take", ticket=ticket(page), format="invoices-csv", target="invoices-csv")
    assert "Waiting for a worker" in shown.text
    assert 'hx-trigger="every 1s"' in shown.text
    assert "Kunde 17 AS" not in clerk.get("/").text
    assert carry_out_imports(settings) == 1
    done = clerk.get(shown.url.path).text
    assert "Every row was taken in." in done
    assert "hx-trigger" not in done
    assert carry_out_imports(settings) == 0
    assert not list((Path(settings.storage_url.removeprefix("file:")) / "uploads").iterdir()), "the upload is gone"


def test_a_queued_file_that_is_refused_says_why(clerk: Clerk, settings: Settings) -> None:
    text = large(5000) + "L1;Kunde;NOK;=1+1;2026-10-01;100,00\n"
    upload = text.encode()
    page = look(clerk, large(5000)).text
    shelf = Path(settings.storage_url.removeprefix("file:")) / "uploads"
    [kept] = shelf.iterdir()
    kept.write_bytes(upload)
    shown = clerk.submit("/import/take", ticket=ticket(page), format="invoices-csv", target="invoices-csv")
    assert carry_out_imports(settings) == 1
    failed = clerk.get(shown.url.path).text
    assert "holds a formula" in failed
    assert "Nothing of it was taken in." in failed


def test_two_workers_never_take_the_same_import(clerk: Clerk, settings: Settings) -> None:
    page = look(clerk, large(5000)).text
    clerk.submit("/import/take", ticket=ticket(page), format="invoices-csv", target="invoices-csv")
    job = imports._claim(settings)
    assert job is not None
    assert imports._claim(settings) is None
    with doing(settings, actor="a clock") as act:
        act.session.get_one(ImportRun, job.run.id).lease_until = act.now - timedelta(seconds=1)
    assert carry_out_imports(settings) == 1, "a worker that was not heard of loses it to another"
    imports._carry_out(settings, Shelf(settings.storage_url), job)
    with reading(settings.database_url) as session:
        assert session.get_one(ImportRun, job.run.id).status == "done"


def test_what_nobody_confirms_is_thrown_away_after_a_day(clerk: Clerk, settings: Settings) -> None:
    look(clerk, INVOICES.replace("=HYPERLINK()", "Andre AS").replace("2026-13-45", "someday"))
    [kept] = (Path(settings.storage_url.removeprefix("file:")) / "uploads").iterdir()
    carry_out_imports(settings)
    assert kept.exists()
    yesterday = time.time() - 25 * 3600
    os.utime(kept, (yesterday, yesterday))
    carry_out_imports(settings)
    assert not kept.exists()


def test_a_document_is_shown_in_words_before_it_is_imported(clerk: Clerk) -> None:
    page = look(clerk, UBL, "invoice.xml").text
    assert "Understood as: UBL e-invoice" in page
    assert "Invoice 7001 to" in page
    assert "What would happen" in page
    done = clerk.submit("/import/take", ticket=ticket(page), format="ubl", target="invoices-csv")
    assert "Every row was taken in." in done.text
    assert "UBL e-invoice" in clerk.get("/import").text


def test_a_table_of_its_own_kind_is_mapped_on_the_page(clerk: Clerk) -> None:
    page = look(clerk, OTHER, "restanse.csv").text
    assert "Say which column is what" in page
    assert "Still to be said" in page
    fields = {"field-0": "customer_id", "field-1": "invoice_number", "field-2": "due_date", "field-3": "amount"}
    send = {"ticket": ticket(page), "format": "mapped", "target": "invoices-csv", **fields}
    lacking = clerk.submit("/import/take", **send)
    assert lacking.status_code == 422
    tried = clerk.submit("/import/take", **send, **{"constant-currency": "NOK"}, decision="check")
    assert "What would happen" in tried.text
    done = clerk.submit("/import/take", **send, **{"constant-currency": "NOK"}, name="Restanse")
    assert "Every row was taken in." in done.text
    again = look(clerk, OTHER, "restanse.csv").text
    assert "Still to be said" not in again
    assert 'value="Restanse"' in again
    assert "What would happen" in again


def test_what_is_no_table_is_refused_in_words(clerk: Clerk) -> None:
    for content in ("", "just one column\n1\n", "%PDF-1.7 nothing here"):
        answer = look(clerk, content)
        assert answer.status_code in (400, 413, 422), content
        assert 'role="alert"' in answer.text or "<h1>" in answer.text


def test_a_ticket_of_somebody_else_finds_nothing(clerk: Clerk) -> None:
    assert (
        "not here any more"
        in clerk.submit("/import/take", ticket="made up", format="invoices-csv", target="invoices-csv").text
    )


CONTACTS = "interaction_id,customer_id,date,kind,text\n"


def test_contacts_come_in_by_the_page_and_stand_on_the_timeline(clerk: Clerk) -> None:
    page = look(clerk, CONTACTS + "7,K1,2026-11-02,call,Will pay on Friday.\n", "crm.csv").text
    assert "Contacts with customers" in page
    clerk.submit("/import/take", ticket=ticket(page), format="interactions-csv", target="interactions-csv")
    assert "Will pay on Friday." in clerk.get("/customers/K1/timeline").text


def test_a_worker_takes_many_contacts_in(clerk: Clerk, settings: Settings) -> None:
    rows = "".join(f"{n},K1,2026-11-02,note,Note {n} {'about the delivery ' * 5}\n" for n in range(2_000))
    page = look(clerk, CONTACTS + rows, "crm.csv").text
    clerk.submit("/import/take", ticket=ticket(page), format="interactions-csv", target="interactions-csv")
    assert carry_out_imports(settings) == 1
    assert "Note 1999" in clerk.get("/customers/K1/timeline").text
