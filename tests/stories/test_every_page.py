"""The demo portfolio, page by page, in a real Chromium: by day and by night, on a desk and on a phone.

The pages of the main job are looked at in its own story.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from kulant.desk.reports import REPORTS
from tests.stories.house import House, house
from tests.support.browser import chromium, violations_by_day_and_night

TODAY = "2026-11-22"
PASSWORD = "kulant-demo-2026"
HOTEL = "Stjernesund Hotell AS"

pytestmark = pytest.mark.browser

PLACES = (
    *("/tasks", "/calls", "/books", "/reports", "/reports/overrides", "/settings/rules", "/settings/priors"),
    *("/ladder", "/ladder/edit", "/ladder/versions?name=standard"),
    *(report.address for _, group in REPORTS for report in group),
)
NOT_DRAWN = """
    [...document.querySelectorAll("main img")]
        .filter(img => img.loading !== "lazy" && !img.naturalWidth)
        .map(img => img.src)
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with the demo portfolio, serving."""
    with house(tmp_path_factory.mktemp("demo"), TODAY) as installed:
        installed.kulant("demo", "--no-serve")
        with installed.serving():
            yield installed


@pytest.fixture(scope="module")
def screen(demo: House, browser: Browser) -> Iterator[BrowserContext]:
    """A manager's browser."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True, reduced_motion="reduce")
    page = context.new_page()
    page.goto(demo.address)
    page.get_by_label("Name").fill("manager")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overdue").first).to_be_attached()
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(screen: BrowserContext) -> Iterator[Page]:
    """A page of the manager's browser; what its scripts complain of fails the test."""
    opened = screen.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    opened.close()
    assert complaints == []


def look(page: Page, address: str) -> None:
    """Axe finds nothing at all by day and by night, and a phone needs no sideways scrolling."""
    answer = page.goto(address)
    assert answer is not None and answer.status == 200, address
    assert violations_by_day_and_night(page) == [], address
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} scrolls sideways on a phone"
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("place", PLACES)
def test_a_page_is_for_everybody(demo: House, page: Page, place: str) -> None:
    look(page, demo.address + place)


def test_every_picture_is_drawn(demo: House, page: Page) -> None:
    for place in PLACES:
        if not place.startswith("/reports"):
            continue
        page.goto(demo.address + place)
        broken = page.evaluate(NOT_DRAWN)
        assert broken == [], place


def test_the_customer_with_all_that_is_known_about_them(demo: House, page: Page) -> None:
    page.goto(demo.address)
    page.get_by_role("link", name=HOTEL).first.click()
    case = page.locator("#case")
    expect(case).to_contain_text("Relationship")
    number = case.get_attribute("data-customer")
    for place in (f"/?customer={number}", f"/customers/{number}/timeline", f"/customers/{number}/why"):
        look(page, demo.address + place)
