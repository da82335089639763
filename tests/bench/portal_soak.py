"""Many customers open their pages at the same time: two processes of the web app, PostgreSQL, all on loopback.

    python -m tests.bench.portal_soak [--visitors 2000] [--seconds 120]

Each visitor has a link of their own and does what customers do: looks, agrees to a plan, says it is paid, disputes,
asks for help. Every answer must be right; how long each page took, from the first byte sent to the last one read, is
told at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

from kulant.db import engine_for
from kulant.plans.links import make_link
from kulant.schema import upgrade
from kulant.settings import Settings
from kulant.transaction import doing
from tests.stories.house import free_port, wait_for
from tests.support.factories import create_creditor, create_customer, create_invoice
from tests.support.postgres import postgres_database

TODAY = date(2026, 11, 23)
PROCESSES = 2
SECRET = "the key of a soak, long enough to sign with"
SEAL = re.compile(r'name="sealed" value="([^"]+)"')
ITEM = re.compile(r'name="item" value="(\d+)"')


@dataclass(frozen=True, slots=True)
class Visitor:
    """A customer with a link, and what they are going to do."""

    token: str
    invoice: str
    does: str  # look | plan | paid | wrong | help


@dataclass(slots=True)
class Measured:
    """How long each page took, in milliseconds, and what went wrong."""

    pages: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def share(self, percent: int) -> float:
        """So many percent of the pages took at most so long."""
        ordered = sorted(self.pages) or [0.0]
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def soak(visitors: int, seconds: int) -> Measured:
    """Lets so many customers visit within so many seconds."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(postgres_database("kulant_soak"))
        upgrade(url)
        known = _customers(url, folder, visitors)
        engine_for(url).dispose()
        ports = [stack.enter_context(_serving(url, folder)) for _ in range(PROCESSES)]
        return asyncio.run(_visit_all(known, ports, seconds))


def _customers(url: str, folder: Path, count: int) -> list[Visitor]:
    settings = Settings(url, "http://127.0.0.1:8000", "file:outbox", f"file:{folder}", TODAY)
    doings = ("look", "look", "plan", "plan", "paid", "wrong", "help", "look", "plan", "look")
    visitors = []
    with doing(settings, actor="soak") as act:
        creditor = create_creditor(act)
        for number in range(count):
            customer = create_customer(act, creditor, f"S{number}", language=("nb", "da", "sv", "fi")[number % 4])
            for late in (40, 10):
                invoice = create_invoice(act, creditor, customer, "4800.00", days_late=late, number=f"S{number}-{late}")
            _, token = make_link(act, secret=SECRET, customer=customer)
            visitors.append(Visitor(token, invoice.number, doings[number % len(doings)]))
    return visitors


@contextmanager
def _serving(url: str, folder: Path) -> Iterator[int]:
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KULANT_")}
    ours = {
        "KULANT_DATABASE_URL": url,
        "KULANT_TODAY": TODAY.isoformat(),
        "KULANT_SECRET_KEY": SECRET,
        "KULANT_STORAGE_URL": f"file:{folder}",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    command = [sys.executable, "-m", "kulant", "serve", "--port", str(port)]
    process = subprocess.Popen(command, cwd=folder, env=kept | ours)
    try:
        wait_for(lambda: _answers(port), "the web app to answer")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


async def _visit_all(visitors: Sequence[Visitor], ports: Sequence[int], seconds: int) -> Measured:
    measured = Measured()
    begun = time.perf_counter()

    async def come(place: int, visitor: Visitor) -> None:
        await asyncio.sleep(max(0.0, begun + seconds * place / len(visitors) - time.perf_counter()))
        try:
            await Visit(visitor, ports[place % len(ports)], measured).go()
        except Exception as fault:
            measured.wrong.append(f"{visitor.does}: {type(fault).__name__}: {fault}")

    await asyncio.gather(*(come(place, visitor) for place, visitor in enumerate(visitors)))
    return measured


class Visit:
    """One visitor's way through the pages, on one connection."""

    def __init__(self, visitor: Visitor, port: int, measured: Measured) -> None:
        self._visitor, self._port, self._measured = visitor, port, measured

    async def go(self) -> None:
        """Opens the page and does what this visitor does."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            await self._get("")
            await getattr(self, f"_{self._visitor.does}")()
        finally:
            self._writer.close()

    async def _look(self) -> None:
        await self._get("/pay")
        await self._get("/parts")

    async def _plan(self) -> None:
        await self._get("/parts")
        await self._get("/parts/day?n=2")
        check = "/parts/check?n=2&day=15"
        sealed = SEAL.search(await self._get(check))
        proof = {"agreed": "yes", "name": "Test Testesen", "proof": self._visitor.invoice}
        await self._send(check, sealed, **proof)

    async def _paid(self) -> None:
        await self._send("/paid", SEAL.search(await self._get("/paid")), paid_on="2026-11-20")

    async def _wrong(self) -> None:
        page = await self._get("/wrong")
        item = ITEM.search(page)
        assert item is not None
        await self._send("/wrong", SEAL.search(page), item=item[1], reason="price")

    async def _help(self) -> None:
        await self._send("/help", SEAL.search(await self._get("/help")), please="yes")

    async def _get(self, page: str) -> str:
        return await self._ask("GET", f"/p/{self._visitor.token}{page}", None)

    async def _send(self, page: str, sealed: re.Match[str] | None, **fields: str) -> None:
        """Sends a form and goes where it leads."""
        assert sealed is not None, page
        body = urlencode({"sealed": sealed[1], **fields}).encode()
        leads = await self._ask("POST", f"/p/{self._visitor.token}{page}", body)
        assert leads.startswith("/p/"), f"{page} was not taken"
        await self._ask("GET", leads, None)

    async def _ask(self, method: str, path: str, body: bytes | None) -> str:
        """The page, or where it leads."""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nAccept-Encoding: gzip\r\n"
        if body is not None:
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        begun = time.perf_counter()
        self._writer.write(f"{head}\r\n".encode() + (body or b""))
        await self._writer.drain()
        said = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in said.split("\r\n"))}
        content = await self._reader.readexactly(int(headers.get("content-length", "0")))
        self._measured.pages.append(1000 * (time.perf_counter() - begun))
        status = int(said.split(" ", 2)[1])
        if status >= 400:
            self._measured.wrong.append(f"{method} {path.rpartition('/')[2]}: {status}")
        if headers.get("content-encoding") == "gzip":
            content = gzip.decompress(content)
        return headers["location"] if status == 303 else content.decode(errors="replace")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the figures; 1 when anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=2_000)
    parser.add_argument("--seconds", type=int, default=120)
    chosen = parser.parse_args(arguments)
    measured = soak(chosen.visitors, chosen.seconds)
    pages = len(measured.pages)
    print(f"{chosen.visitors:,} visitors in {chosen.seconds} s, {pages:,} pages, {PROCESSES} processes, PostgreSQL")
    print("  ".join(f"p{percent} {measured.share(percent):.0f} ms" for percent in (50, 95, 99, 100)))
    for fault in measured.wrong[:10]:
        print(f"wrong: {fault}")
    print(f"errors: {len(measured.wrong)}")
    return 1 if measured.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
