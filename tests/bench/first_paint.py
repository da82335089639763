"""How long somebody on a slow line looks at an empty screen: the customer's first page on a phone, 400 ms away.

    python -m tests.bench.first_paint

A fresh visit each time: nothing is in the browser's store. What counts is the first words on the screen.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, ViewportSize

from tests.bench.foretelling import Measured
from tests.stories.house import house
from tests.support.browser import chromium

TODAY = "2026-11-23"
LOADS = 7
LATENCY_MS = 400  # there and back
BYTES_PER_SECOND = 400_000 // 8
PHONE = ViewportSize(width=390, height=844)
_PAINTED = """() => new Promise(done => new PerformanceObserver(list => {
    const found = list.getEntriesByName("first-contentful-paint")[0];
    if (found) done(found.startTime);
}).observe({type: "paint", buffered: true}))"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """One visit: milliseconds until the first words stood there, and what came over the line in all."""

    milliseconds: float
    weight: int


def visits() -> list[Loaded]:
    """First visits of a customer with two invoices, one after the other."""
    with tempfile.TemporaryDirectory() as made, house(Path(made), TODAY) as home:
        home.kulant("db", "upgrade")
        home.kulant("creditor", "set", "PAINT", "--name", "Testvik Engros AS", "--country", "NO", "--language", "nb")
        rows = "customer_id,customer_name,country,language,currency,invoice_number,due_date,amount\n" + "".join(
            f"1,Testkunde,NO,nb,NOK,{number},2026-10-14,4800.00\n" for number in ("A1", "A2")
        )
        (file := home.folder / "invoices.csv").write_text(rows, encoding="utf-8")
        home.kulant("import", str(file))
        link = home.kulant("plan", "offer", "1", "--json")["link"]
        with home.serving(), chromium() as browser:
            _visit(browser, link)  # the server has read its templates
            return [_visit(browser, link) for _ in range(LOADS)]


def _visit(browser: Browser, link: str) -> Loaded:
    context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True)
    try:
        page = context.new_page()
        line = context.new_cdp_session(page)
        line.send("Network.enable")
        slow = {"offline": False, "latency": LATENCY_MS}
        speed = {"downloadThroughput": BYTES_PER_SECOND, "uploadThroughput": BYTES_PER_SECOND}
        line.send("Network.emulateNetworkConditions", {**slow, **speed})
        sizes: list[int] = []
        line.on("Network.loadingFinished", lambda found: sizes.append(int(found["encodedDataLength"])))
        page.goto(link, wait_until="networkidle")
        return Loaded(float(page.evaluate(_PAINTED)), sum(sizes))
    finally:
        context.close()


def measure() -> Measured:
    """The row of the table: the middle of the visits, with the slowest and the weight beside it."""
    seen = visits()
    slowest, weight = max(one.milliseconds for one in seen), max(one.weight for one in seen)
    rate = f"slowest of {LOADS}: {slowest / 1000:.2f} s, {weight / 1000:.0f} kB"
    return Measured("portal: first paint, 400 ms and 400 kbit/s", median(one.milliseconds for one in seen) / 1000, rate)


def main() -> int:
    """Prints each visit and the row."""
    seen = visits()
    for one in seen:
        print(f"{one.milliseconds:.0f} ms, {one.weight:,} bytes")
    print(f"middle {median(one.milliseconds for one in seen):.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
