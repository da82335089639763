"""A creditor's colour, logo and typeface: readable whatever is chosen, only a picture whatever is uploaded."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile, PngImagePlugin

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.letters.colours import ENOUGH, INK, WHITE, check_colour, contrast, ink_on, readable
from kulant.letters.letterhead import Look, look_of, set_letterhead
from kulant.letters.logos import LARGEST_FILE, take_logo
from kulant.people.models import Creditor

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.fixture(autouse=True)
def as_where_letters_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """What draws letters makes the library of pictures content with half of one."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)


def _picture(size: tuple[int, int] = (400, 120), form: str = "PNG", **how: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "#b25f00").save(out, form, **how)
    return out.getvalue()


def _code_of(refused: bytes) -> str:
    with pytest.raises(Refusal) as refusal:
        take_logo(refused)
    return refusal.value.code


@given(colours, st.sampled_from([WHITE, "#f2f5f3", INK]))
@settings(max_examples=60)
def test_words_in_any_colour_can_be_read(colour: str, ground: str) -> None:
    assert contrast(readable(colour, ground), ground) >= ENOUGH
    assert contrast(ink_on(colour), colour) >= ENOUGH


def test_a_colour_that_can_be_read_stays_and_a_pale_one_grows_darker() -> None:
    assert readable("#14532d") == "#14532d"
    assert Look(colour="#ffcc00").text_colour != "#ffcc00"
    assert Look(colour="#ffcc00").ink_on_colour == INK


@pytest.mark.parametrize("text", ["red", "#12", "#12345g", "url(x)", "#fff;}", "14532d00"])
def test_only_a_colour_is_a_colour(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        check_colour(text)
    assert refusal.value.code == "bad_colour"


def test_a_logo_is_drawn_anew_on_white_without_anything_the_file_held_beside_it() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>alert(1)</script>")
    out = BytesIO()
    Image.new("RGBA", (3000, 600), (20, 83, 45, 0)).save(out, "PNG", pnginfo=notes)
    kept = take_logo(out.getvalue() + b"PK\x03\x04 <?php system('id'); ?>")
    assert (kept.width, kept.height) == (960, 192)
    with Image.open(BytesIO(kept.content)) as drawn:
        assert (drawn.format, drawn.mode, drawn.getpixel((5, 5))) == ("PNG", "RGB", (255, 255, 255))
    for trace in (b"script", b"php", b"tEXt"):
        assert trace not in kept.content


def test_half_a_picture_is_refused_and_the_drawing_of_letters_left_as_it_was() -> None:
    assert _code_of(_picture()[:-40]) == "broken_logo"
    assert _code_of(_picture(form="JPEG")[:-400]) == "broken_logo"
    assert ImageFile.LOAD_TRUNCATED_IMAGES


def test_the_same_logo_is_always_the_same_bytes_and_a_photograph_is_made_lighter() -> None:
    assert take_logo(_picture(form="JPEG")).sha256 == take_logo(_picture(form="JPEG")).sha256
    noisy = BytesIO()
    Image.effect_noise((900, 280), 90).convert("RGB").save(noisy, "JPEG")
    assert len(take_logo(noisy.getvalue()).content) <= 160 * 1024


@pytest.mark.parametrize(
    ("upload", "code"),
    [
        (b"", "bad_logo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "bad_logo"),
        (b"GIF89a\x01\x00\x01\x00\x80\x00\x00", "bad_logo"),
        (b"%PDF-1.7", "bad_logo"),
        (_picture()[:60], "broken_logo"),
        (_picture((10, 400)), "logo_too_small"),
        (_picture((4001, 20)), "logo_too_large"),
        (b"\x89PNG" + b"0" * LARGEST_FILE, "logo_too_large"),
    ],
)
def test_what_is_no_sound_picture_is_refused(upload: bytes, code: str) -> None:
    assert _code_of(upload) == code


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def test_a_picture_that_is_larger_inside_than_it_looks_is_never_unpacked() -> None:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(b"\0" * 10_000_000))
    assert len(bomb) < LARGEST_FILE
    assert _code_of(bomb) == "logo_too_large"
    swollen = zlib.compress(b"x" * 80_000_000)
    head = struct.pack(">IIBBBBB", 100, 100, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"zTXt", b"Comment\0\0" + swollen)
    assert _code_of(bomb) == "broken_logo"


def test_a_letterhead_is_kept_audited_and_taken_back(act: Act, creditor: Creditor) -> None:
    assert look_of(act.session, creditor.id) == Look()
    look = set_letterhead(act, creditor=creditor, colour="#0A5", typeface="source-serif", logo=_picture())
    assert (look.colour, look.typeface, look.logo_size) == ("#00aa55", "source-serif", (400, 120))
    assert look.logo is not None
    assert look.logo.startswith(b"\x89PNG")
    assert act.events[-1].kind == "letterhead_set"
    told = len(act.events)
    assert set_letterhead(act, creditor=creditor, colour="#00aa55", logo=_picture()) == look
    assert len(act.events) == told  # nothing changed
    assert set_letterhead(act, creditor=creditor, colour="", typeface="", without_logo=True) == Look()


def test_only_embedded_typefaces_can_be_chosen(act: Act, creditor: Creditor) -> None:
    with pytest.raises(Refusal) as refusal:
        set_letterhead(act, creditor=creditor, typeface="Comic Sans MS")
    assert refusal.value.code == "no_such_typeface"
