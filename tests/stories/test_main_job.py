"""The main job, told once from the first file to the last thank-you, in a real Chromium."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pypdf import PdfReader

from tests.conftest import SHARED_DATA
from tests.stories.house import House, house
from tests.support.browser import chromium, violations

REAL_FILE = SHARED_DATA / "ibm_ar" / "accounts_receivable.csv"
SHIPPED_FILE = Path(__file__).with_name("ledger.csv")

# On this day one invoice has been late for ten days and undisputed, in the real file and in the shipped one.
TODAY = "2013-07-06"
INVOICE = "3347423476"
PASSWORD = "correct horse battery"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    """A house with a creditor and a clerk, and nothing in the ledger yet."""
    with house(tmp_path, TODAY) as installed:
        installed.kulant("db", "upgrade")
        installed.kulant(
            *("creditor", "set", "STORY", "--name", "Testvik Engros AS", "--country", "NO", "--currency", "USD"),
            *("--language", "en", "--address", "Prøvekaia 1\\n0001 Oslo", "--bank-account", "12345678903"),
            *("--contact-name", "Test Kontakt", "--contact-phone", "+47 22 00 00 01"),
            *("--contact-email", "kontakt@testvik.example", "--undo-seconds", "0"),
        )
        installed.kulant("user", "add", "clerk", "--role", "clerk", "--password", PASSWORD)
        yield installed


def test_from_the_imported_ledger_to_the_completed_plan(home: House, browser: Browser, tmp_path: Path) -> None:
    customer = _owner_of_the_invoice()
    with home.serving():
        desk = _context(browser, width=1440, height=900)
        page = desk.new_page()
        _log_in(page, home)
        _import_the_ledger(page, home)
        _import_an_address(page, home, tmp_path, customer)
        _run(page)
        _approve_the_reminder(page, home, customer)
        letter = home.message("remind")
        link = _link_and_pdf_of(letter)
        reference = _accept_on_a_phone(browser, link)
        _list_shows_the_plan(page, home, customer)
        confirmation = home.message("plan")
        assert confirmation["To"] == "pay@customer.example"
        desk.close()
    _pay_the_instalments(home, tmp_path, reference)
    with home.serving():
        desk = _context(browser, width=1440, height=900)
        page = desk.new_page()
        _log_in(page, home)
        thanks = home.message("thank")
        assert thanks["To"] == "pay@customer.example"
        page.goto(f"{home.address}/?customer={customer}")
        expect(page.locator("#panel")).to_contain_text("completed", ignore_case=True)
        _accessible(page)
        desk.close()
    assert len(home.postbox.messages) == 3, "one reminder, one confirmation, one thank-you, and nothing twice"


def _owner_of_the_invoice() -> str:
    with _ledger_file().open(newline="", encoding="utf-8") as rows:
        return next(row["customerID"] for row in csv.DictReader(rows) if row["invoiceNumber"] == INVOICE)


def _ledger_file() -> Path:
    return REAL_FILE if REAL_FILE.is_file() else SHIPPED_FILE


def _context(browser: Browser, *, width: int, height: int, **options: Any) -> BrowserContext:
    return browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True, **options)


def _log_in(page: Page, home: House) -> None:
    page.goto(home.address)
    _accessible(page)
    page.get_by_label("Name").fill("clerk")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Overdue", exact=False).first).to_be_visible()


def _import_the_ledger(page: Page, home: House) -> None:
    """The columns are guessed; what the file does not say, the currency, is said once."""
    page.goto(f"{home.address}/import")
    _accessible(page)
    page.get_by_label("File").set_input_files(_ledger_file())
    page.get_by_role("button", name="Look into it").click()
    _accessible(page)
    choices = {
        "countryCode": "",
        "customerID": "customer_id",
        "PaperlessDate": "",
        "invoiceNumber": "invoice_number",
        "InvoiceDate": "issue_date",
        "DueDate": "due_date",
        "InvoiceAmount": "amount",
        "Disputed": "disputed",
        "SettledDate": "settled_date",
        "PaperlessBill": "",
        "DaysToSettle": "",
        "DaysLate": "",
    }
    for column, field in choices.items():
        page.get_by_label(f"Column {column} is").select_option(field)
    page.get_by_label("The same currency in every row").fill("USD")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Every row was taken in")).to_be_visible(timeout=60_000)
    _accessible(page)


def _import_an_address(page: Page, home: House, folder: Path, customer: str) -> None:
    file = folder / "customers.csv"
    file.write_text(
        "customer_id,name,language,email,address\n"
        f'{customer},Testkunde Ltd,en,pay@customer.example,"1 Test Street, London"\n',
        encoding="utf-8",
    )
    page.goto(f"{home.address}/import")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Look into it").click()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Every row was taken in")).to_be_visible()


def _run(page: Page) -> None:
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_text("The daily run is done")).to_be_visible()


def _approve_the_reminder(page: Page, home: House, customer: str) -> None:
    page.goto(home.address)
    row = page.locator(f'[data-row="{customer}"]')
    expect(row).to_contain_text("reminder", ignore_case=True)
    _accessible(page)
    row.get_by_role("link", name="Testkunde Ltd").click()
    panel = page.locator("#panel")
    expect(panel).to_contain_text(INVOICE)
    expect(panel).to_contain_text("Approve")
    _accessible(page)
    page.keyboard.press("a")
    expect(page.locator("body")).to_contain_text("outbox", ignore_case=True)


def _link_and_pdf_of(letter: Any) -> str:
    assert letter["To"] == "pay@customer.example"
    text = letter.get_body(("plain",)).get_content()
    [attached] = list(letter.iter_attachments())
    pdf = PdfReader(BytesIO(attached.get_content()))
    said = pdf.pages[0].extract_text()
    assert INVOICE in said
    assert "104.52" in said
    assert len(pdf.pages) == 1
    found = re.search(r"http://127\.0\.0\.1:\d+/p/[\w-]+", text)
    assert found, text
    return found[0]


def _accept_on_a_phone(browser: Browser, link: str) -> str:
    """No script runs on this phone; axe looks at each page on one where scripts do run."""
    phone = _context(browser, width=390, height=844, java_script_enabled=False, has_touch=True, is_mobile=True)
    checker = _context(browser, width=390, height=844).new_page()
    page = phone.new_page()

    def look() -> None:
        checker.goto(page.url)
        _accessible(checker)

    page.goto(link)
    look()
    page.get_by_role("link", name="Pay in parts").click()
    look()
    page.get_by_role("link", name="Choose 2 payments").click()
    look()
    page.get_by_role("button").or_(page.get_by_role("link", name="Continue")).first.click()
    look()
    page.get_by_label("I have read the plan and agree to it").check()
    page.get_by_label("Your name").fill("Test Payer")
    page.get_by_label("Number of one of the invoices").fill(INVOICE)
    page.get_by_role("button", name="Yes, we agree").click()
    look()
    found = re.search(r"PLAN\d+", page.locator("main").inner_text())
    assert found, "the page that confirms the plan names its payment reference"
    phone.close()
    checker.context.close()
    return found[0]


def _list_shows_the_plan(page: Page, home: House, customer: str) -> None:
    page.goto(home.address)
    expect(page.locator(f'[data-row="{customer}"]')).to_contain_text("Plan agreed")
    page.goto(f"{home.address}/tasks")
    expect(page.locator("main")).to_contain_text("accepted payment plan")
    _accessible(page)


def _pay_the_instalments(home: House, folder: Path, reference: str) -> None:
    plan = home.kulant("plan", "show", "1", "--json")
    assert plan["status"] == "accepted"
    for number, part in enumerate(plan["instalments"], start=1):
        home.today = part["due"]
        file = folder / f"payment-{number}.csv"
        file.write_text(
            "payment_id,date,amount,currency,reference\n"
            f"BANK-{number},{part['due']},{part['amount']},USD,{reference}\n",
            encoding="utf-8",
        )
        taken = home.kulant("import", str(file), "--json")
        assert (taken["matched"], taken["unmatched"]) == (1, 0)
        home.kulant("run")
    assert home.kulant("plan", "show", "1", "--json")["status"] == "completed"


def _accessible(page: Page) -> None:
    """Axe finds nothing serious on the page as it stands."""
    serious = [
        f"{violation['id']}: {[node['target'] for node in violation['nodes']][:3]}"
        for violation in violations(page)
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == [], f"{page.url}: {serious}"
