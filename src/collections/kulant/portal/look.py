"""The creditor's colour and logo on their customers' pages: plain figures and a picture, never markup of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.letters.letterhead import OWN_COLOUR, Look
from kulant.letters.models import Letterhead, Logo

# Grounds of the pages by day and by night, the darkest and the lightest on which words stand in the accent colour.
_DAY, _NIGHT = "#e8f1f0", "#1b2f31"
_WASH = 0.92  # so far a colour goes towards the ground to be a wash


# The logo stands at most 48 px high and as wide as a phone; twice that is as fine as screens show.
_LOGO_BOX = (672, 96)
_LOGO_HEAVIEST = 24 * 1024  # bytes: a visit on a slow line weighs 60 kB at most
_QUALITIES = (88, 75, 60, 40)


@dataclass(frozen=True, slots=True)
class PortalLook:
    """What a creditor has set of how their pages look."""

    style: str | None  # none: Kulant's own colours
    logo_sha256: str | None
    width: int = 0
    height: int = 0


def portal_look(session: Session, creditor_id: int) -> PortalLook | None:
    """The creditor's look, without the logo's bytes; none where nothing is set. One statement."""
    row = session.execute(
        select(Letterhead.colour, Letterhead.logo_sha256, Logo.width, Logo.height)
        .outerjoin(Logo, Logo.sha256 == Letterhead.logo_sha256)
        .where(Letterhead.creditor_id == creditor_id)
    ).first()
    if row is None:
        return None
    colour, logo, width, height = row
    style = style_of(colour) if colour and colour != OWN_COLOUR else None
    return PortalLook(style, logo if width else None, width or 0, height or 0)


@lru_cache(maxsize=64)
def small_logo(content: bytes) -> tuple[bytes, str]:
    """The logo as small as a screen needs it, and its kind: a drawing as PNG, a photograph as JPEG."""
    with Image.open(BytesIO(content)) as picture:
        drawn = picture.convert("RGB")
    drawn.thumbnail(_LOGO_BOX, Image.Resampling.LANCZOS)
    plain = _saved(drawn, "PNG")
    if len(plain) <= _LOGO_HEAVIEST:
        return plain, "image/png"
    photographs = (_saved(drawn, "JPEG", quality=quality) for quality in _QUALITIES)
    light = (one for one in photographs if len(one) <= _LOGO_HEAVIEST)
    return next(light, None) or _saved(drawn, "JPEG", quality=_QUALITIES[-1]), "image/jpeg"


def _saved(picture: Image.Image, kind: str, **how: int) -> bytes:
    out = BytesIO()
    picture.save(out, kind, optimize=True, **how)
    return out.getvalue()


def style_of(colour: str) -> str:
    """The accent in both lights, each dark or light enough to be read: a colour is never taken as it was typed."""
    look = Look(colour=colour)
    day, night = look.colour_on(_DAY), look.colour_on(_NIGHT)
    pairs = {
        "accent": (day, night),
        "accent-ink": (Look(colour=day).ink_on_colour, Look(colour=night).ink_on_colour),
        "accent-hover": (_mixed(day, "#000000", 0.25), _mixed(night, "#ffffff", 0.35)),
        "accent-wash": (_mixed(day, "#ffffff", _WASH), _mixed(night, "#15181a", _WASH - 0.07)),
    }
    lines = "".join(f"--{name}:light-dark({by_day},{by_night});" for name, (by_day, by_night) in pairs.items())
    return f":root{{{lines}}}"


def _mixed(colour: str, other: str, share: float) -> str:
    """The colour with so much of another in it."""
    parts = [(int(colour[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in parts)
