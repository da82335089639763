"""Each door of the portal, told to its end on a phone: with and without scripts, by finger and by keyboard, in six
languages; every page is for everybody, by day and by night, and light enough for a slow line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from kulant.i18n import translator
from tests.stories.house import House, house
from tests.support.browser import chromium

AXE = Path(__file__).resolve().parents[2] / "tests" / "vendor" / "axe.min.js"
TODAY = "2026-11-23"
HEAVIEST = 60_000  # bytes of a first visit: page, styles, font, pictures
PEOPLE = {"nb": "business", "nn": "business", "da": "business", "sv": "consumer", "fi": "consumer", "de": "business"}

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@dataclass
class Portal:
    """A house whose customers each have a link, by the language they read."""

    house: House
    links: dict[str, str]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    with house(folder, TODAY) as home:
        home.kulant("db", "upgrade")
        home.kulant(
            *("creditor", "set", "STORY", "--name", "Testvik Engros AS", "--country", "NO", "--language", "nb"),
            *("--bank-account", "12345678903", "--contact-name", "Test Kontakt", "--contact-phone", "+47 22 00 00 01"),
            *("--contact-email", "kontakt@testvik.example", "--undo-seconds", "0"),
        )
        rows = [
            "customer_id,customer_name,customer_kind,country,language,currency,email,invoice_number,due_date,amount"
        ]
        for language, kind in PEOPLE.items():
            who = f"{language},Testkunde {language},{kind},NO,{language},NOK,{language}@customer.example"
            rows += [f"{who},{language}-1,2026-10-14,6000.00", f"{who},{language}-2,2026-11-02,4000.00"]
        (folder / "invoices.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        home.kulant("import", str(folder / "invoices.csv"))
        links = {language: home.kulant("plan", "offer", language, "--json")["link"] for language in PEOPLE}
        with home.serving():
            yield Portal(home, links)


@dataclass
class Phone:
    """A phone on which a customer goes through their pages; another beside it looks at each page for everybody."""

    page: Page
    beside: Page
    seen: int = 0

    def look(self) -> None:
        """No fault by axe, by day or by night in turn, and no sideways scrolling at 320 px, which is 400 % of 1280."""
        self.seen += 1
        self.beside.emulate_media(color_scheme="dark" if self.seen % 2 else "light")
        self.beside.goto(self.page.url)
        self.beside.add_script_tag(path=str(AXE))
        found = self.beside.evaluate("async () => (await axe.run()).violations")
        assert [(each["id"], each["nodes"][0]["target"]) for each in found] == [], self.page.url
        assert self.beside.evaluate("document.documentElement.scrollWidth <= innerWidth"), self.page.url

    def through(self, door: str) -> None:
        self.page.locator(f'a.door[href*="/{door}"]').click()
        self.look()

    def press(self) -> None:
        """The page's main button."""
        self.page.locator("main form button.button").first.click()


def _context(browser: Browser, *, scripts: bool) -> BrowserContext:
    return browser.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=scripts, has_touch=True, is_mobile=True
    )


@pytest.fixture(params=["scripts", "no scripts"])
def phone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Phone]:
    with_scripts = request.param == "scripts"
    own = _context(browser, scripts=with_scripts)
    small = browser.new_context(viewport={"width": 320, "height": 640}, bypass_csp=True)
    complaints: list[str] = []
    own.on("weberror", lambda error: complaints.append(str(error.error)))
    yield Phone(own.new_page(), small.new_page())
    own.close()
    small.close()
    assert complaints == []


def said(language: str, text: str) -> str:
    return translator(language).gettext(text)


def opened(phone: Phone, portal: Portal, language: str) -> None:
    phone.page.goto(portal.links[language])
    assert phone.page.locator("html").get_attribute("lang") == language
    phone.look()


@pytest.mark.parametrize("phone", ["no scripts"], indirect=True)
def test_paying_in_parts_and_moving_a_payment_without_scripts(phone: Phone, portal: Portal) -> None:
    opened(phone, portal, "nb")
    page = phone.page
    phone.through("parts")
    page.locator(".plan a.button").nth(1).click()
    phone.look()
    phone.press()
    phone.look()
    page.locator("#name").fill("Test Payer")
    phone.press()
    expect(page.locator("#problems")).to_be_visible()
    expect(page.locator("#name")).to_have_value("Test Payer")
    page.locator("#agreed").check()
    page.locator("#proof").fill("nb-1")
    phone.press()
    expect(page.locator("h1")).to_have_text(said("nb", "Thank you. We have an agreement"))
    phone.look()
    assert portal.house.message("avtale")["To"] == "nb@customer.example"
    page.locator('a[href*="change/move"]').click()
    phone.look()
    page.locator("#to").fill("2026-12-10")
    phone.press()
    phone.look()
    page.locator("#agreed").check()
    phone.press()
    expect(page.locator("[role=status]")).to_be_visible()
    phone.look()


@pytest.mark.parametrize("phone", ["scripts"], indirect=True)
def test_saying_it_is_paid_by_keyboard_alone_with_a_receipt_from_the_bank(
    phone: Phone, portal: Portal, tmp_path: Path
) -> None:
    opened(phone, portal, "da")
    page = phone.page
    _tab_to(page, 'a.door[href*="/paid"]')
    page.keyboard.press("Enter")
    phone.look()
    _tab_to(page, "#paid_on")
    page.keyboard.type("20112026" if page.locator("#paid_on").get_attribute("type") != "date" else "11202026")
    receipt = tmp_path / "kvittering.pdf"
    receipt.write_bytes(b"%PDF-1.7 a receipt")
    page.locator("#file").set_input_files(receipt)
    _tab_to(page, "main form button.button")
    page.keyboard.press("Enter")
    expect(page.locator(".reference")).to_contain_text("P-")
    phone.look()
    expect(page.locator("main")).to_contain_text("d…\u2060@customer.example")


@pytest.mark.parametrize("phone", ["no scripts"], indirect=True)
def test_something_is_wrong_with_a_part_of_one_invoice(phone: Phone, portal: Portal) -> None:
    opened(phone, portal, "sv")
    page = phone.page
    phone.through("wrong")
    page.locator('input[name="item"]').first.check()
    page.locator('input[name^="amount_"]').first.fill("1500,50")
    phone.press()
    expect(page.locator("#reason-problem")).to_be_visible()
    expect(page.locator("#problems")).to_be_focused()
    page.locator("#problems a").last.click()
    expect(page.locator("#reason")).to_be_focused()
    page.locator('input[name="reason"][value="price"]').check()
    page.locator("#details").fill("Priset är fel")
    phone.press()
    expect(page.locator(".reference")).to_contain_text("D-")
    phone.look()
    page.goto(portal.links["sv"])
    expect(page.locator("section.aside")).to_contain_text("Test Kontakt")
    expect(page.locator(".figure .sum")).to_contain_text("8\u00a0499,50")
    phone.look()


@pytest.mark.parametrize("phone", ["scripts"], indirect=True)
def test_it_cannot_be_managed_now(phone: Phone, portal: Portal) -> None:
    opened(phone, portal, "fi")
    page = phone.page
    phone.through("help")
    expect(page.locator("section.aside")).to_contain_text("55 55 33 39")
    page.locator("#please").check()
    page.locator("#details").fill("En pysty nyt")
    phone.press()
    expect(page.locator(".reference")).to_contain_text("H-")
    phone.look()
    page.goto(portal.links["fi"])
    phone.look()


@pytest.mark.parametrize("phone", ["scripts"], indirect=True)
def test_paying_now_by_copying_each_value(phone: Phone, portal: Portal) -> None:
    opened(phone, portal, "de")
    page = phone.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone.through("pay")
    button = page.locator("button.copy").first
    expect(button).to_have_accessible_name(re.compile(".+ .+"))
    button.click()
    assert page.evaluate("navigator.clipboard.readText()") == "12345678903"
    expect(page.locator("#copied")).to_have_text(said("de", "Copied"))


@pytest.mark.parametrize("phone", ["no scripts"], indirect=True)
def test_a_plan_of_ones_own_and_the_switch_of_languages(phone: Phone, portal: Portal) -> None:
    opened(phone, portal, "nn")
    page = phone.page
    expect(page.locator(".languages a")).to_have_count(7)
    for code in ("nb", "nn", "da", "sv", "fi", "de", "en"):
        page.locator(f'.languages a[lang="{code}"]').click()
        assert page.locator("html").get_attribute("lang") == code
    phone.through("parts")
    page.locator('a[href*="parts/own"]').click()
    phone.look()
    page.locator("#monthly").fill("1000")
    page.locator("#first").fill("2027-01-20")
    phone.press()
    phone.look()
    page.locator("#agreed").check()
    page.locator("#name").fill("Test Payer")
    page.locator("#proof").fill("NN 2")
    phone.press()
    expect(page.locator(".reference")).to_contain_text("F-")
    phone.look()


@pytest.mark.parametrize("phone", ["scripts"], indirect=True)
def test_every_other_page_is_for_everybody_and_a_first_visit_is_light(phone: Phone, portal: Portal) -> None:
    page, weight = phone.page, 0

    def weigh(answer: Response) -> None:
        nonlocal weight
        sizes = answer.request.sizes()
        weight += sizes["responseBodySize"] + sizes["responseHeadersSize"]

    page.on("requestfinished", lambda request: weigh(_answer(request)))
    page.goto(portal.links["de"] + "/pay", wait_until="networkidle")
    assert 5_000 < weight <= HEAVIEST
    for address in (
        "/p",
        "/p/a/page/nowhere",
        f"/p/{'A' * 43}",
        f"/p/{portal.links['de'].rpartition('/')[2]}/done/nothing",
        "/pay/unknown",
    ):
        page.goto(portal.house.address + address)
        phone.look()
    page.goto(f"{portal.house.address}/p/{'A' * 43}")
    phone.press()
    expect(page.locator("[role=status]")).to_be_visible()
    page.goto(f"{portal.house.address}/p")
    page.locator("#number").fill("de")
    page.locator("#code").fill("AAAAA-AAAAA")
    phone.press()
    expect(page.locator("#code-problem")).to_be_visible()


def _answer(request: Any) -> Response:
    answer = request.response()
    assert answer is not None
    return answer


def _tab_to(page: Page, selector: str) -> None:
    """Presses the tabulator until that is where the focus is."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")
