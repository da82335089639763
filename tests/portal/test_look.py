"""The creditor's look: a colour that can always be read and a logo, and no way to put anything else on the page."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kulant.core.errors import Refusal
from kulant.letters.colours import contrast
from kulant.letters.letterhead import set_letterhead
from kulant.people.models import Creditor
from kulant.portal.look import small_logo, style_of
from tests.portal.conftest import Browser, Story

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def colours(style: str) -> dict[str, tuple[str, str]]:
    found = re.findall(r"--([a-z-]+):light-dark\((#[0-9a-f]{6}),(#[0-9a-f]{6})\);", style)
    return {name: (day, night) for name, day, night in found}


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"))
def test_whatever_the_colour_its_words_can_be_read_by_day_and_by_night(colour: str) -> None:
    style = style_of(colour)
    assert re.fullmatch(r":root\{(--[a-z-]+:light-dark\(#[0-9a-f]{6},#[0-9a-f]{6}\);){4}\}", style)
    by_name = colours(style)
    for place, grounds in enumerate((("#fcfcfa", "#ffffff"), ("#15181a", "#1b1f21"))):
        accent, wash = by_name["accent"][place], by_name["accent-wash"][place]
        for ground in (*grounds, wash):
            assert contrast(accent, ground) >= 4.5, (colour, ground)
        assert contrast(by_name["accent-ink"][place], accent) >= 4.5


@ON_SQLITE
def test_colour_and_logo_of_the_creditor_are_on_the_page_and_nothing_else_is_style(
    browser: Browser, story: Story
) -> None:
    picture = BytesIO()
    Image.new("RGB", (120, 40), "#d20a11").save(picture, "PNG")
    with story.doing() as act:
        creditor = act.session.get_one(Creditor, story.creditor.id)
        set_letterhead(act, creditor=creditor, colour="#ffd400", logo=picture.getvalue())
    page = browser.open()
    assert 'alt="Nordlys Engros AS"' in page and "style=" not in page
    assert "stylesheet" not in page and "<script" not in page, "nothing has to come over the line before words stand"
    [style] = re.findall("<style>(.*?)</style>", page, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in browser.page.headers["content-security-policy"]
    assert colours(style)["accent"][0] != "#ffd400", "yellow on white cannot be read"
    [picture_address] = re.findall(r'src="([^"]+logo[^"]+)"', page)
    logo = browser.client.get(picture_address.replace("&amp;", "&"))
    assert logo.headers["content-type"] == "image/png" and logo.content.startswith(b"\x89PNG")


@pytest.mark.parametrize(("kind", "mode"), [("image/jpeg", "noise"), ("image/png", "flat"), ("image/png", "grey")])
def test_however_heavy_a_logo_is_the_page_stays_light(kind: str, mode: str) -> None:
    picture = Image.effect_noise((960, 288), 90) if mode == "noise" else Image.new("L", (960, 288), 120)
    out = BytesIO()
    (picture.convert("RGB") if mode == "flat" else picture).save(out, "PNG")
    content, found = small_logo(out.getvalue())
    assert found == kind and len(content) <= 24 * 1024
    with Image.open(BytesIO(content)) as small:
        assert small.size == (320, 96)


@ON_SQLITE
@pytest.mark.parametrize("colour", ["red;}body{display:none", "url(//x)", "#12345", "</style><script>"])
def test_nothing_but_a_colour_is_taken_for_one(story: Story, colour: str) -> None:
    with story.doing() as act, pytest.raises(Refusal):
        set_letterhead(act, creditor=act.session.get_one(Creditor, story.creditor.id), colour=colour)
