"""How fast letters are carried out, drawing, archive, hash and record included, beside a bare loop that only draws."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path
from queue import Queue
from typing import Any

from sqlalchemy import select
from weasyprint import HTML

from kulant.db import engine_for, reading
from kulant.delivery.house import open_house
from kulant.delivery.models import Delivery
from kulant.delivery.worker import Report, complete, deliver, deliver_one, prepare
from kulant.letters import render
from kulant.people.service import find_creditor
from kulant.settings import Settings
from tests.bench.large_import import Measured
from tests.bench.outboxes import approve_everything, fill, settings_of

LETTERS = 40
_CODES = ("B", "C", "D", "E")
_WARM = 3


def measure(url: str) -> Iterator[Measured]:
    """A bare loop; what is kept of a letter with it; all that is done for one; two processes. The same letters each."""
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_of(url, Path(folder))
        fill(settings, Path(folder), letters=LETTERS + _WARM, channel="letter", creditors=_CODES)
        for code in _CODES:
            approve_everything(settings, code)
        engine_for(url).dispose()
        together = _carry_out(settings, _CODES[:2])
        alone = _carry_out(settings, _CODES[2:3])
        kept, contents = _kept(settings, _CODES[3])
        bare = _bare(contents)
    yield Measured(f"draw {LETTERS} letters in a bare WeasyPrint loop", bare, _rate(LETTERS, bare))
    words = f"{_rate(LETTERS, kept)}, {bare / kept:.0%} of bare"
    yield Measured(f"draw, archive, hash and record {LETTERS} letters", kept, words)
    words = f"{_rate(LETTERS, alone)}, {bare / alone:.0%} of bare"
    yield Measured(f"carry out {LETTERS} letters, gate and words included", alone, words)
    words = f"{_rate(2 * LETTERS, together)}, {2 * alone / together:.2f} times one"
    yield Measured(f"carry out {2 * LETTERS} letters, two processes", together, words)


def _rate(letters: int, seconds: float) -> str:
    return f"{letters / seconds:,.1f} letters/s"


def _carry_out(settings: Settings, codes: tuple[str, ...]) -> float:
    """Seconds that so many processes need together, each warmed up with letters of its own creditor."""
    context = multiprocessing.get_context("spawn")
    start, ends = context.Barrier(len(codes) + 1), context.Queue()
    processes = [context.Process(target=_one, args=(settings, code, start, ends)) for code in codes]
    for process in processes:
        process.start()
    start.wait()
    started = time.perf_counter()
    counts = [ends.get() for _ in processes]
    seconds = time.perf_counter() - started
    for process in processes:
        process.join()
    if counts != [LETTERS] * len(codes):
        raise RuntimeError(f"letters were lost or doubled: {counts}")
    return seconds


def _one(settings: Settings, code: str, start: Barrier, ends: Queue[Any]) -> None:
    house = open_house(settings, actor="bench")
    with reading(settings.database_url) as session:
        creditor_id = find_creditor(session, code).id
    _warm_up(settings, creditor_id)
    start.wait()
    ends.put(len(deliver(house, creditor_id=creditor_id, now=datetime.now(UTC)).sent))


def _kept(settings: Settings, code: str) -> tuple[float, list[dict[str, Any]]]:
    """Seconds from the words to the record: drawn, archived under its digest, its steps and its timeline written.

    With the contents of the letters: the archive leaves their links out, so they cannot be read there afterwards.
    """
    contents = []
    house, seconds, report = open_house(settings, actor="bench"), 0.0, Report()
    with reading(settings.database_url) as session:
        creditor_id = find_creditor(session, code).id
        ids = session.scalars(select(Delivery.id).where(Delivery.creditor_id == creditor_id)).all()
    for place, delivery_id in enumerate(ids):
        now = datetime.now(UTC)
        written = prepare(house, delivery_id, now, report)
        started = time.perf_counter()
        if written is not None:
            contents.append(written.content)
            complete(house, delivery_id, written, now, report)
        seconds += time.perf_counter() - started if place >= _WARM else 0
    if len(report.sent) != LETTERS + _WARM:
        raise RuntimeError(f"only {len(report.sent)} letters were carried out")
    return seconds, contents


def _warm_up(settings: Settings, creditor_id: int) -> None:
    """The first letters of a process read fonts, style and templates; they leave and are not counted."""
    house = open_house(settings, actor="bench")
    with reading(settings.database_url) as session:
        first = session.scalars(
            select(Delivery.id).where(Delivery.creditor_id == creditor_id).order_by(Delivery.id).limit(_WARM)
        ).all()
    for delivery_id in first:
        deliver_one(house, delivery_id, now=datetime.now(UTC), report=Report())


def _bare(contents: list[dict[str, Any]]) -> float:
    """The same letters, already put into words and laid out as pages, only drawn: nothing is kept."""
    pages = [render.render_html(content, stylesheet=None) for content in contents]
    for page in pages[:_WARM]:
        _draw(page)
    started = time.perf_counter()
    for page in pages[_WARM:]:
        _draw(page)
    return time.perf_counter() - started


def _draw(page: str) -> bytes:
    pdf: bytes = HTML(string=page).write_pdf(
        font_config=render._fonts(),
        stylesheets=[render._style("letters.css")],
        color_profiles={render._COLOURS: render._colour_profile()},
        output_intent=render._COLOURS,
        pdf_variant=render._VARIANT,
    )
    return pdf
