"""How a creditor's letters and portal look: one colour, a logo, a typeface. What is not set is Kulant's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.letters import plain
from kulant.letters.address import WINDOWS
from kulant.letters.colours import check_colour, ink_on, readable
from kulant.letters.logos import MEDIA_TYPE, take_logo
from kulant.letters.models import Letterhead, Logo
from kulant.letters.window import fits_return_address
from kulant.people.models import Creditor

OWN_COLOUR = "#14532d"
# The ground of boxes, the darkest on which text stands in the creditor's colour.
_TINT = "#f2f5f3"
# The typefaces whose files are embedded, by the word they are kept under.
TYPEFACES = {"public-sans": "Public Sans", "source-serif": "Source Serif"}
OWN_TYPEFACE = "public-sans"


@dataclass(frozen=True, slots=True)
class Look:
    """How it looks. ``logo`` is a PNG on white, ``None`` without one; the name stands in its place."""

    colour: str = OWN_COLOUR
    typeface: str = OWN_TYPEFACE
    logo: bytes | None = None
    logo_sha256: str | None = None
    logo_size: tuple[int, int] = (0, 0)  # in pixels
    logo_type: str = MEDIA_TYPE
    return_address: str | None = None  # over the recipient; none: the creditor's name and address
    window: str | None = None  # left | right; none: as is usual in the country

    @property
    def text_colour(self) -> str:
        """The colour for words on white and on tinted boxes: itself, or the nearest darker tone that can be read."""
        return readable(self.colour, _TINT)

    @property
    def ink_on_colour(self) -> str:
        """What words are written in on a ground of the colour."""
        return ink_on(self.colour)

    def colour_on(self, ground: str) -> str:
        """The tone of the colour in which words can be read on that ground, e.g. a dark page's."""
        return readable(self.colour, ground)

    def as_content(self) -> dict[str, Any]:
        """What a letter keeps of it."""
        logo = {"sha256": self.logo_sha256, "width": self.logo_size[0], "height": self.logo_size[1]}
        return {
            "colour": self.colour,
            "text_colour": self.text_colour,
            "typeface": self.typeface,
            "logo": logo if self.logo_sha256 else None,
        }


def look_of(session: Session, creditor_id: int) -> Look:
    """How that creditor's letters and portal look today."""
    row = session.get(Letterhead, creditor_id)
    if row is None:
        return Look()
    look = Look(
        colour=row.colour or OWN_COLOUR,
        typeface=row.typeface or OWN_TYPEFACE,
        return_address=row.return_address,
        window=row.window,
    )
    logo = session.get(Logo, row.logo_sha256) if row.logo_sha256 else None
    if logo is None:
        return look
    return replace(
        look,
        logo=logo.content,
        logo_sha256=logo.sha256,
        logo_size=(logo.width, logo.height),
        logo_type=logo.media_type,
    )


def dressed(session: Session, creditor_id: int, content: dict[str, Any]) -> tuple[dict[str, Any], bytes | None]:
    """A document in its creditor's look, and the logo to draw it with. One without a look of its own stays as it is."""
    look = look_of(session, creditor_id)
    return in_look(content, look), look.logo


def in_look(content: dict[str, Any], look: Look) -> dict[str, Any]:
    """A document in that look. One that is Kulant's own stays as it is."""
    if look == Look():
        return content
    shown = content | {"look": look.as_content()}
    if look.return_address:
        shown["creditor"] = content["creditor"] | {"return_address": look.return_address}
    if look.window:
        shown["window"] = look.window
    return shown


def logo_by_hash(session: Session, sha256: str | None) -> bytes | None:
    """The picture of that hash, e.g. the one a letter names."""
    found = session.get(Logo, sha256) if sha256 else None
    return found.content if found else None


def set_letterhead(
    act: Act,
    *,
    creditor: Creditor,
    colour: str | None = None,
    typeface: str | None = None,
    logo: bytes | None = None,
    without_logo: bool = False,
    return_address: str | None = None,
    window: str | None = None,
) -> Look:
    """Sets what is given; what is given empty is taken back to Kulant's own. ``logo``: an uploaded file.

    ``return_address``: the small line over the recipient, where mail comes back to. ``window``: the side on which the
    envelopes have theirs.
    """
    if typeface and typeface not in TYPEFACES:
        raise Refusal("no_such_typeface", f"{typeface!r} is none of the typefaces: {', '.join(TYPEFACES)}")
    if window and window not in WINDOWS:
        raise Refusal("no_such_window", f"{window!r} is no side of a window: {', '.join(WINDOWS)}")
    row = act.session.get(Letterhead, creditor.id) or Letterhead(creditor_id=creditor.id)
    before = _kept(row)
    if colour is not None:
        row.colour = check_colour(colour) if colour.strip() else None
    if typeface is not None:
        row.typeface = typeface or None
    if return_address is not None:
        row.return_address = _checked_return_address(return_address)
    if window is not None:
        row.window = window or None
    if logo:
        row.logo_sha256 = _keep_logo(act, logo)
    elif without_logo:
        row.logo_sha256 = None
    changed = {name: value for name, value in _kept(row).items() if value != before[name]}
    if changed:
        row.set_by, row.set_at = act.actor, act.now
        act.session.add(row)
        act.session.flush()
        act.tell(
            Event("letterhead_set", f"Letterhead of {creditor.code} changed.", creditor_id=creditor.id, data=changed)
        )
    return look_of(act.session, creditor.id)


def _checked_return_address(text: str) -> str | None:
    line = plain.line(" · ".join(plain.lines(text)))
    if not fits_return_address(line):
        raise Refusal(
            "return_address_too_long",
            "the return address does not fit over the recipient's; it has two small lines, about 90 letters in all",
        )
    return line or None


def letterhead_json(look: Look, creditor: Creditor) -> dict[str, Any]:
    """A look for programs. ``text_colour`` is what words are written in: the colour, or a tone that can be read.

    ``lacks``: what that creditor's letters have to go without.
    """
    logo = {"sha256": look.logo_sha256, "width": look.logo_size[0], "height": look.logo_size[1]}
    return {
        "colour": look.colour,
        "text_colour": look.text_colour,
        "typeface": look.typeface,
        "logo": logo if look.logo_sha256 else None,
        "return_address": look.return_address,
        "window": look.window,
        "lacks": list(not_printable(creditor, look)),
    }


def not_printable(creditor: Creditor, look: Look) -> tuple[str, ...]:
    """What letters of that creditor would have to go without, in words; nothing where all is there."""
    wanted = {
        "an account to be paid to": creditor.bank_account or creditor.iban,
        "an address, where mail comes back to": creditor.address or look.return_address,
        "a telephone number or e-mail address": creditor.contact_phone
        or creditor.contact_email
        or creditor.phone
        or creditor.email,
    }
    return tuple(what for what, there in wanted.items() if not there)


def _kept(row: Letterhead) -> dict[str, str | None]:
    return {
        "colour": row.colour,
        "typeface": row.typeface,
        "logo_sha256": row.logo_sha256,
        "return_address": row.return_address,
        "window": row.window,
    }


def _keep_logo(act: Act, upload: bytes) -> str:
    picture = take_logo(upload)
    if act.session.get(Logo, picture.sha256) is None:
        act.session.add(
            Logo(
                sha256=picture.sha256,
                media_type=MEDIA_TYPE,
                width=picture.width,
                height=picture.height,
                content=picture.content,
            )
        )
        act.session.flush()
    return picture.sha256
