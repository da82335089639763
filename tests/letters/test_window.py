"""The address never slips out of the envelope's window, whoever writes to whom; and the sums on the pages agree."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.letters import window
from kulant.letters.address import WINDOWS
from kulant.letters.letterhead import Look, in_look, letterhead_json, not_printable, set_letterhead
from kulant.letters.render import render_pdf
from kulant.letters.window import fits_return_address, in_window, width_of, window_of
from kulant.paths import resource_dir
from kulant.people.models import Creditor
from tests.letters.samples import make_creditor, make_items, make_letter
from tests.letters.test_drawing import RIM, _places

SIX_LINES = "c/o Example Logistics B.V.\nUnit 14, Third Floor\nKeizersgracht 555\nPostbus 12345\n1017 DR Amsterdam"
LONGEST = (
    "Vereinigte Donaudampfschifffahrtsgesellschaftskapitänsmützenhersteller und Söhne GmbH & Co. KGaA Niederlassung"
)
HOSTILE = "W" * 200
CASES = {
    "short": ("Testbakeren AS", "Testgata 17\n6413 Molde", "NO"),
    "foreign, six lines": ("Example Trading Company", SIX_LINES, "NL"),
    "a long company name": (LONGEST, "Donaulände 4\n4020 Linz", "AT"),
    "long and six lines": (LONGEST, SIX_LINES, "NL"),
    "hostile": (HOSTILE, "\n".join(["M" * 120] * 9), "NL"),
    "markup": ("<img src=x onerror=alert(1)>{{ 7*7 }} & Co", "<table><tr><td>\n\u202eolso 0001\x00", "SE"),
}


@pytest.mark.parametrize(("case", "language"), [*((case, "nb") for case in CASES), ("hostile", "sv")])
def test_what_is_drawn_begins_in_the_window_and_nothing_of_it_below(case: str, language: str) -> None:
    name, address, country = CASES[case]
    creditor = make_creditor(language, name=LONGEST, address="En lang gate med et langt navn 1234\n0001 Oslo")
    letter = make_letter(language=language, creditor=creditor, name=name, address=address, customer_country=country)
    left, top, width, height = WINDOWS[letter["window"]]
    shown = window_of(letter)
    wanted = "".join("".join((shown.sender, *shown.lines)).split())
    drawn = _places(render_pdf(letter).pdf)
    near = [run for run in drawn if left - 5 < run[1] < left + width and top - 3 < run[2] < top + height + 4]
    near.sort(key=lambda run: (round(run[2]), run[1]))
    assert "".join("".join(words for words, _, _ in near).split()) == wanted
    for words, x, y in near:
        assert left + RIM < x < left + width - RIM, words
        assert top + RIM < y < top + height - RIM, words
    assert shown.lines[-1].isupper() or country == "NO"  # the country, in capitals


@pytest.fixture(scope="module")
def fonts() -> list[tuple[dict[int, str], Any, int]]:
    files = sorted((resource_dir("static") / "fonts").glob("*-400-normal.woff2"))
    opened = [TTFont(file) for file in files if not file.name.startswith("arimo")]
    return [(font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm) for font in opened]


def test_every_letter_is_reckoned_at_least_as_wide_as_it_is_drawn(fonts: list[tuple[dict[int, str], Any, int]]) -> None:
    too_narrow = [
        chr(code)
        for letters, widths, em in fonts
        for code, glyph in letters.items()
        if code < 0x180 and widths[glyph][0] / em > width_of(chr(code), 72 / 25.4) * 1.0001
    ]
    assert too_narrow == []


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" "), max_size=200)


@given(_TEXT, st.lists(_TEXT, max_size=2), _TEXT, st.lists(_TEXT, max_size=7), st.sampled_from(["left", "right"]))
@settings(max_examples=150, deadline=None)
def test_whatever_names_and_addresses_are_they_keep_within_its_height(
    sender: str, back: list[str], name: str, lines: list[str], side: str
) -> None:
    shown = in_window(sender, back, name, lines, side)
    size, points, line = next(one for one in window._SIZES if one[0] == shown.size)
    width = window._WIDTH[side]
    tall = sum(window._rows(each, points, width) for each in shown.lines) * line
    tall += window._rows(shown.sender, window._SENDER_SIZE, width) * window._SENDER_LINE
    assert tall * 25.4 / 72 + window._GAP <= window._HEIGHT
    assert len(shown.lines) == 1 + len(lines)
    if size != "tight":
        assert shown.lines == (name, *lines)


def test_where_mail_comes_back_to_is_never_cut_before_the_name() -> None:
    shown = in_window(LONGEST, ["Lange Straße 12", "10115 Berlin"], "A", ["B"], "right")
    assert shown.sender.startswith("Vereinigte Donau") and shown.sender.endswith("… · Lange Straße 12 · 10115 Berlin")


# --- The creditor's own return address and envelopes -------------------------------------------------


def test_envelopes_of_ones_own_are_written_for(act: Act, creditor: Creditor) -> None:
    look = set_letterhead(act, creditor=creditor, return_address="Postboks 12\n0101 Oslo", window="right")
    assert (look.return_address, look.window) == ("Postboks 12 · 0101 Oslo", "right")
    letter = in_look(make_letter(creditor=creditor), look)
    assert letter["window"] == "right"
    assert window_of(letter).sender == "Postboks 12 · 0101 Oslo"
    assert letterhead_json(look, creditor)["window"] == "right"
    for wrong, code in (
        ({"window": "top"}, "no_such_window"),
        ({"return_address": "x" * 300}, "return_address_too_long"),
    ):
        with pytest.raises(Refusal) as refusal:
            set_letterhead(act, creditor=creditor, **wrong)
        assert refusal.value.code == code
    assert set_letterhead(act, creditor=creditor, return_address="", window="") == Look()


def test_what_letters_have_to_go_without_is_said() -> None:
    assert not_printable(make_creditor(), Look()) == ()
    bare = make_creditor(bank_account=None, address=None)
    assert not_printable(bare, Look()) == ("an account to be paid to", "an address, where mail comes back to")
    assert not_printable(bare, Look(return_address="Postboks 1")) == ("an account to be paid to",)
    assert fits_return_address("Nordlys Engros AS · Postboks 1234 Sentrum · 0101 Oslo")


# --- Sums carried on -----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 30, 300])
def test_the_sums_at_the_foot_and_head_of_pages_are_those_of_the_rows_before(count: int) -> None:
    drawn = render_pdf(make_letter(language="en", items=make_items(count), portal_url=None))
    pages = [page.extract_text() for page in PdfReader(BytesIO(drawn.pdf)).pages]
    assert len(pages) == drawn.pages == {1: 1, 30: 2, 300: 9}[count]
    total, foot = 0, None
    for page in pages:
        brought = re.search(r"Brought forward\s+([\d,.]+)", page)
        assert (brought and brought[1]) == foot
        rows = re.findall(r"^(1\d{4})\s.*?([\d,]+\.\d\d)$", page, flags=re.MULTILINE)
        total += sum(_minor(amount) for _, amount in rows)
        carried = re.search(r"Carried forward\s+([\d,.]+)", page)
        foot = carried[1] if carried else None
        assert foot is None or _minor(foot) == total
    assert total == sum(item.amount_minor for item in make_items(count))


def _minor(written: str) -> int:
    return int(written.replace(",", "").replace(".", ""))
