"""A bank file with a clear and an unclear payment, in a real Chromium: placed by one key, taken back by another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.stories.house import House, house
from tests.support.browser import chromium, violations_by_day_and_night

TODAY = "2026-11-20"
PASSWORD = "correct horse battery"
INVOICES = """customer_id,customer_name,currency,invoice_number,issue_date,due_date,amount,payment_reference
S1,Storvik Test AS,NOK,F-1001,2026-10-01,2026-10-15,1250.00,10010
S2,Lillevik Test AS,NOK,F-1002,2026-10-01,2026-10-15,830.00,10020
"""
BANK = """payment_id,date,amount,currency,reference
CLEAR-1,2026-11-19,1250.00,NOK,10010
UNCLEAR-1,2026-11-19,830.00,NOK,thanks
"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    """A house that is owed two invoices."""
    with house(tmp_path, TODAY) as installed:
        installed.kulant("db", "upgrade")
        installed.kulant("creditor", "set", "STORY", "--name", "Testvik Engros AS", "--country", "NO")
        installed.kulant("user", "add", "clerk", "--role", "clerk", "--password", PASSWORD)
        (tmp_path / "invoices.csv").write_text(INVOICES, encoding="utf-8")
        installed.kulant("import", str(tmp_path / "invoices.csv"))
        yield installed


def test_an_unclear_payment_is_placed_by_one_key_and_taken_back_by_another(
    home: House, browser: Browser, tmp_path: Path
) -> None:
    bank = tmp_path / "bank.csv"
    bank.write_text(BANK, encoding="utf-8")
    with home.serving():
        screen = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True, reduced_motion="reduce")
        page = screen.new_page()
        page.goto(home.address)
        page.get_by_label("Name").fill("clerk")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Import").click()
        page.get_by_label("File").set_input_files(bank)
        page.get_by_role("button", name="Look into it").click()
        page.get_by_role("button", name="Import", exact=True).click()
        expect(page.get_by_text("Every row was taken in")).to_be_visible()

        page.get_by_role("link", name="Matching").click()
        expect(page.locator("[data-row]")).to_have_count(1)
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        panel = page.locator("#panel")
        expect(panel).to_contain_text("Lillevik Test AS owes exactly this, and nobody else does")
        assert violations_by_day_and_night(page) == []

        page.keyboard.press("y")
        expect(page.get_by_text("Every payment has found its place")).to_be_visible()
        assert _open(home) == set(), "both invoices are paid"

        page.keyboard.press("u")
        expect(panel).to_contain_text("owes exactly this")
        assert _open(home) == {"F-1002"}, "what was taken back is owed again, and nothing else"

        page.keyboard.press("y")
        expect(page.get_by_text("Every payment has found its place")).to_be_visible()
        assert violations_by_day_and_night(page) == []
        screen.close()
    assert _open(home) == set()


def _open(home: House) -> set[str]:
    """The numbers of the invoices something is still open of."""
    return {name for name in ("F-1001", "F-1002") if home.kulant("trace", name, "--json")["open"] != "0.00"}
