"""The PDF is one page for an envelope with a window, whoever it goes to and whatever they are called."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

import kulant
from kulant.letters import render
from kulant.letters.content import LetterItem
from kulant.letters.render import render_html, render_pdf
from kulant.letters.wording import KINDS
from kulant.paths import resource_dir
from tests.letters.samples import LANGUAGES, LINK, make_creditor, make_items, make_letter

POINTS_PER_MM = 72 / 25.4
HOSTILE = "<script>alert(1)</script><img src='http://203.0.113.1/x.png'>\x00\x1b[31m\u202egpj.exe {{ 7*7 }}"


def _reader(letter: dict[str, Any]) -> PdfReader:
    return PdfReader(BytesIO(render_pdf(letter).pdf))


def _text(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages).replace("\u00a0", " ")


def _place_of(reader: PdfReader, words: str) -> tuple[float, float]:
    """Where a text starts on the first page: millimetres from the left edge and from the top."""
    page = reader.pages[0]
    height = float(page.mediabox.height)
    found: list[tuple[float, float]] = []

    def visit(text: str, user: list[float], matrix: list[float], _font: Any, _size: float) -> None:
        if words in text:
            x = user[0] * matrix[4] + user[2] * matrix[5] + user[4]
            y = user[1] * matrix[4] + user[3] * matrix[5] + user[5]
            found.append((x / POINTS_PER_MM, (height - y) / POINTS_PER_MM))

    page.extract_text(visitor_text=visit)
    assert found, f"{words!r} is not on the page"
    return found[0]


@pytest.fixture
def complaints(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What WeasyPrint complained about while drawing: nothing, one hopes."""
    said: list[str] = []
    logger = logging.getLogger("weasyprint")
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(handler)
    yield said
    logger.removeHandler(handler)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_with_five_invoices_and_offers_is_one_page(
    kind: str, language: str, complaints: list[str]
) -> None:
    letter = make_letter(kind, language, items=make_items(5))
    reader = _reader(letter)
    assert len(reader.pages) == 1
    text = _text(reader)
    assert letter["heading"] in text
    assert letter["recipient"]["name"] in text
    assert complaints == []


def test_the_page_says_what_to_pay_how_and_whom_to_ask() -> None:
    text = _text(_reader(make_letter(items=make_items(3))))
    for words in (
        "10001",
        "Å betale",
        "1234 56 78903",
        "602243",
        "7. desember 2026",
        "Test Kontakt",
        "+47 22 00 00 01",
    ):
        assert words in text
    assert LINK in text.replace("\n", "")


def test_forty_invoices_flow_on_and_the_table_head_is_repeated() -> None:
    reader = _reader(make_letter(items=make_items(40)))
    assert len(reader.pages) == 2
    for number, page in enumerate(reader.pages, start=1):
        text = page.extract_text()
        assert "Forfall" in text
        assert f"Side {number} av 2" in text
    assert "10040" in reader.pages[1].extract_text()


def test_a_letter_that_just_misses_its_page_is_set_tighter() -> None:
    counts = range(5, 15)
    letters = [make_letter("formal_notice", items=make_items(count)) for count in counts]
    first_too_long = next(letter for letter in letters if len(render._laid_out(letter).pages) > 1)
    assert render_pdf(first_too_long).pages == 1


@pytest.mark.parametrize(("language", "left_mm"), [("nb", 23), ("da", 23), ("en", 23), ("sv", 120)])
def test_the_address_stands_in_the_window_of_that_countrys_envelope(language: str, left_mm: float) -> None:
    left, top = _place_of(_reader(make_letter(language=language, name="Testbakeren AS")), "Testbakeren AS")
    assert left == pytest.approx(left_mm, abs=1.5)
    assert 50 < top < 57


def test_the_longest_address_stays_above_the_heading() -> None:
    letter = make_letter(
        name="Foreningen for svært lange navn på små bakerier langs hele kysten fra sør til nord og tilbake igjen AS",
        address="\n".join(f"Bygning {number} ved den gamle brygga langt ute på kaien" for number in range(1, 9)),
        customer_country="DK",
    )
    reader = _reader(letter)
    _, country = _place_of(reader, "DANMARK")
    _, heading = _place_of(reader, "Betalingspåminnelse")
    assert country < heading - 5


def test_the_same_content_is_always_the_same_bytes() -> None:
    letter = make_letter(items=make_items(3))
    again = json.loads(json.dumps(letter))
    assert render_pdf(letter).sha256 == render_pdf(again).sha256
    assert render_pdf(letter).sha256 != render_pdf(make_letter(items=make_items(4))).sha256


def test_another_process_draws_the_same_bytes(tmp_path: Path) -> None:
    letter = make_letter(items=make_items(3))
    file = tmp_path / "letter.json"
    file.write_text(json.dumps(letter), encoding="utf-8")
    script = (
        "import json, sys; from pathlib import Path; from kulant.letters.render import render_pdf;"
        "print(render_pdf(json.loads(Path(sys.argv[1]).read_text(encoding='utf-8'))).sha256)"
    )
    drawn = subprocess.run(
        [sys.executable, "-c", script, str(file)],
        env={**os.environ, "PYTHONPATH": str(Path(kulant.__file__).parents[1]), "PYTHONHASHSEED": "7"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert drawn.stdout.strip() == render_pdf(letter).sha256


def test_the_file_is_archival_tagged_and_carries_its_fonts_and_facts() -> None:
    letter = make_letter()
    reader = _reader(letter)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "nb"
    assert reader.metadata is not None
    assert reader.metadata.title == "Betalingspåminnelse – Nordlys Engros AS"
    assert reader.metadata["/CreationDate"].startswith("D:20261123")
    xmp = root["/Metadata"].get_data().decode()
    assert re.search(r'pdfaid:part="3"', xmp)
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert json.loads(reader.attachments["letter.json"][0]) == letter["facts"]
    fonts = reader.pages[0]["/Resources"]["/Font"]
    described = [font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts.values()]
    assert described
    assert all("/FontFile2" in font or "/FontFile3" in font for font in described)
    assert all("Public-Sans" in font["/FontName"] for font in described)


def test_a_screen_reader_finds_headings_table_heads_and_a_described_code() -> None:
    root = _reader(make_letter()).trailer["/Root"]["/StructTreeRoot"]
    tags: list[str] = []
    described: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            tags.append(str(node.get("/S")))
            if node.get("/S") == "/Figure":
                described.append(str(node.get("/Alt")))
            if "/K" in node:
                walk(node["/K"])

    walk(root["/K"])
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/L", "/Link"} <= set(tags)
    assert described == [f"Kode som åpner siden din: {LINK}"]


def test_hostile_names_and_messages_are_only_words_on_paper(complaints: list[str]) -> None:
    creditor = make_creditor(address=HOSTILE, contact_name=HOSTILE, bank_account=HOSTILE, website="file:///etc/passwd")
    letter = make_letter(
        creditor=creditor,
        name=HOSTILE,
        contact_name=HOSTILE,
        address=HOSTILE,
        message=HOSTILE,
        number=HOSTILE,
        payment_reference=HOSTILE,
        items=[LetterItem(HOSTILE, 100, description=HOSTILE)],
        partner=HOSTILE,
    )
    page = render_html(letter)
    assert "<script" not in page
    assert "<img" not in page
    assert "{{ 7*7 }}" in page
    assert not re.search(r"[\x00-\x08\x1b\u202e]", page)
    assert "alert(1)" in _text(_reader(letter))
    assert complaints == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/x.css",
        "https://fonts.example/x.woff2",
        "ftp://127.0.0.1/x",
        "data:text/plain,hello",
        "file:///etc/passwd",
        "file://otherhost/etc/passwd",
        (resource_dir("static") / "fonts").as_uri() + "/../letters.css",
        (resource_dir("static") / "fonts").as_uri() + "/%2e%2e/letters.css",
    ],
)
def test_nothing_but_the_letters_own_fonts_is_opened(url: str) -> None:
    with pytest.raises(ValueError, match="may not load"):
        render._OwnFonts().fetch(url)


def test_its_own_fonts_are_opened() -> None:
    fonts = (resource_dir("static") / "fonts").as_uri()
    assert render._OwnFonts().fetch(f"{fonts}/letters.css").read()


def test_the_preview_is_the_same_page_with_the_stylesheet_it_needs() -> None:
    page = render_html(make_letter())
    assert '<link rel="stylesheet" href="/static/letters.css">' in page
    assert "style=" not in page.replace('rel="stylesheet"', "")
    assert "<title>Betalingspåminnelse – Nordlys Engros AS</title>" in page


def test_letters_of_other_scripts_are_printed_too() -> None:
    text = _text(_reader(make_letter(name="Łódź Šibenik Đặng Kåre Čáhci AS")))
    assert "Łódź Šibenik" in text
    assert "Čáhci" in text


def test_the_stored_hash_is_that_of_the_bytes() -> None:
    drawn = render_pdf(make_letter("thank_you", items=[], total_minor=5, offers=[]))
    assert drawn.sha256 == sha256(drawn.pdf).hexdigest()
