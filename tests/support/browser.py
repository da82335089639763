"""Debian's Chromium, driven by Playwright, and axe, which finds what keeps people from using a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

EXECUTABLE = "/usr/bin/chromium"

AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js"

# What of axe depends on the colours of a page.
COLOURS = ["color-contrast", "link-in-text-block"]

# A colour that is inherited may set off the next one's transition when its own ends: ask until nothing moves.
STILL = """async () => {
  for (let moving = document.getAnimations(); moving.length; moving = document.getAnimations()) {
    await Promise.all(moving.map(one => one.finished.catch(() => {})));
  }
}"""

# No sandbox: in a container, or as root, Chromium cannot make one. The rest keeps it from calling home,
# so that a test makes no request but its own.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser for as long as the block lasts; make a context per test from it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def violations(page: Page, *, rules: list[str] | None = None) -> list[dict[str, Any]]:
    """What axe finds wrong with the page as it stands, by all its rules or by some.

    The browser's context must bypass the pages' own policy: it forbids scripts from elsewhere, and axe is one.
    """
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=str(AXE))
    options: dict[str, Any] = {"resultTypes": ["violations"]}  # of what is right axe need not tell where it is
    if rules is not None:
        options["runOnly"] = {"type": "rule", "values": rules}
    found: list[dict[str, Any]] = page.evaluate("async options => (await axe.run(options)).violations", options)
    return found


def violations_by_day_and_night(page: Page) -> list[tuple[str, str, Any]]:
    """What axe finds on the light page, and of what depends on colours on the dark one: scheme, rule and place."""
    page.emulate_media(color_scheme="light")
    page.evaluate(STILL)
    found = [("light", each) for each in violations(page)]
    page.emulate_media(color_scheme="dark")
    page.evaluate(STILL)  # a colour on its way to the other scheme is neither
    found += [("dark", each) for each in violations(page, rules=COLOURS)]
    page.emulate_media(color_scheme="light")
    return [(scheme, each["id"], each["nodes"][0]["target"]) for scheme, each in found]
