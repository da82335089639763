"""Logos people upload: looked at before they are opened, then drawn anew, so that nothing but the picture is kept."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from threading import Lock

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from kulant.core.errors import Refusal

LARGEST_FILE = 512 * 1024  # bytes
LARGEST_SIDE = 4_000  # pixels
SMALLEST_SIDE = 16
# A logo stands on a letter within 60 by 18 mm: this many pixels are finer than printers draw.
_BOX = (960, 288)
# A letter carries its logo along; a photograph is made smaller until it weighs no more.
_HEAVIEST = 160 * 1024
MEDIA_TYPE = "image/png"
_one_at_a_time = Lock()


@dataclass(frozen=True, slots=True)
class Picture:
    """A logo as it is kept: a PNG on white, without anything else the file may have held."""

    content: bytes
    width: int
    height: int

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


def take_logo(upload: bytes) -> Picture:
    """The logo of an uploaded PNG or JPEG file; refuses what is none, too large, or larger inside than it looks."""
    if len(upload) > LARGEST_FILE:
        raise Refusal("logo_too_large", f"the logo has {len(upload) // 1024} kB; it may have {LARGEST_FILE // 1024} kB")
    try:
        with _strictly(), warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(BytesIO(upload), formats=("PNG", "JPEG")) as picture:
                _check_size(*picture.size)  # as the file's head says, before anything is unpacked
                return _drawn_anew(picture)
    except UnidentifiedImageError:
        raise Refusal("bad_logo", "the logo must be a PNG or JPEG picture") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refusal("logo_too_large", f"the logo has too many pixels; it may have {LARGEST_SIDE} on a side") from None
    except (OSError, ValueError, SyntaxError, EOFError, Warning):
        raise Refusal("broken_logo", "the logo is damaged and cannot be read; save it anew as PNG or JPEG") from None


@contextmanager
def _strictly() -> Iterator[None]:
    """Half a picture is refused, though what draws letters makes the library content with half in the whole process."""
    with _one_at_a_time:
        lenient, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = lenient


def _check_size(width: int, height: int) -> None:
    if max(width, height) > LARGEST_SIDE:
        raise Refusal(
            "logo_too_large",
            f"the logo is {width} by {height} pixels; it may have {LARGEST_SIDE} on each side",
        )
    if min(width, height) < SMALLEST_SIDE:
        raise Refusal("logo_too_small", f"the logo is {width} by {height} pixels; that cannot be printed sharply")


def _drawn_anew(picture: Image.Image) -> Picture:
    """On white, in sizes paper needs: see-through parts would look different in every viewer."""
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    paper = Image.new("RGBA", upright.size, "white")
    drawn = Image.alpha_composite(paper, upright).convert("RGB")
    drawn.thumbnail(_BOX, Image.Resampling.LANCZOS)
    content = _png(drawn)
    while len(content) > _HEAVIEST:
        drawn.thumbnail((drawn.width * 3 // 4, drawn.height * 3 // 4), Image.Resampling.LANCZOS)
        content = _png(drawn)
    return Picture(content, drawn.width, drawn.height)


def _png(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, format="PNG", optimize=True)
    return out.getvalue()
