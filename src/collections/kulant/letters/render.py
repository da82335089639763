"""Draws a letter from its content: as a page for the desk's preview, and as PDF/A-3 with tags for screen readers.

The same content always gives the same bytes: dates and identifier come from the content, never from the clock. Nothing
is fetched while drawing except the letter's own fonts, whatever a name or message may hold.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from markupsafe import Markup
from weasyprint import CSS, HTML, Attachment, Document
from weasyprint.css import ColorProfile
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from kulant.letters.archival import finish
from kulant.letters.logos import MEDIA_TYPE
from kulant.letters.pages import environment
from kulant.letters.payment_codes import drawing
from kulant.letters.room import settings_to_try
from kulant.paths import resource_dir

STYLESHEET_URL = "/static/letters.css"

# Archival (PDF/A-3, so that the facts may be attached), tagged for screen readers, with real text behind every glyph.
_VARIANT = "pdf/a-3a"
_COLOURS = "letter"
_FIRST_FORM = "enclosure-1"  # where templates/letters/enclosures.html begins

# The font configuration is shared by all letters of the process, and is not made for several threads at once.
_drawing = Lock()
# Logos as they stand in a PDF: unpacked once for all letters of the process.
_unpacked: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A drawn letter."""

    pdf: bytes
    pages: int

    @property
    def sha256(self) -> str:
        return sha256(self.pdf).hexdigest()


def render_html(
    content: dict[str, Any],
    *,
    stylesheet: str | None = STYLESHEET_URL,
    logo: str | None = None,
    setting: str = "",
) -> str:
    """The letter as a complete page, for the preview; it looks like the sheet that will be printed.

    ``logo``: the address of the picture that the letter's look names.
    """
    template = environment().get_template("letters/letter.html")
    return template.render(
        letter=content,
        code=_link_code(content),
        payment_code=_payment_code(content),
        logo=logo,
        stylesheet=stylesheet,
        setting=setting,
    )


def render_pdf(content: dict[str, Any], *, logo: bytes | None = None) -> Rendered:
    """The letter as PDF/A-3 with its facts attached as JSON. ``logo``: the picture that its look names.

    A letter that just misses its one page is set tighter; one that does not fit even so flows on.
    """
    with _drawing:
        document = _fitted(content, logo)
        return Rendered(pdf=_written(document, content), pages=len(document.pages))


def _fitted(content: dict[str, Any], logo: bytes | None) -> Document:
    wanted = 2 if _has_part(content) else 1
    tried: dict[str, Document] = {}
    for setting in settings_to_try(content):
        tried[setting] = _laid_out(content, setting, logo=logo)
        if _own_pages(tried[setting]) == wanted:
            return tried[setting]
    return tried.get("") or _laid_out(content, logo=logo)


def _own_pages(document: Document) -> int:
    """The pages of the letter itself, without the forms that go with it."""
    pages = document.pages
    return next((place for place, page in enumerate(pages) if _FIRST_FORM in page.anchors), len(pages))


def render_sheets(
    page: str, content: dict[str, Any], *, stylesheet: str, attached: tuple[str, str], logo: bytes | None = None
) -> Rendered:
    """Any other page of ours as PDF/A-3, drawn as letters are: over their style its own, its facts attached.

    ``attached`` is the attachment's name and what it says.
    """
    with _drawing:
        document = _document(page, ("letters.css", stylesheet), _Pictures(content, logo))
        return Rendered(pdf=_written(document, content, *attached), pages=len(document.pages))


def _laid_out(content: dict[str, Any], setting: str = "", *, logo: bytes | None = None) -> Document:
    page = render_html(content, stylesheet=None, logo=logo_address(content) if logo else None, setting=setting)
    return _document(page, ("letters.css",), _Pictures(content, logo))


def logo_address(content: dict[str, Any], folder: str = "kulant:logo/") -> str | None:
    """Where a page finds the logo that the document's look names; none without one."""
    named = (content.get("look") or {}).get("logo")
    return f"{folder}{named['sha256']}" if named else None


def _document(page: str, styles: tuple[str, ...], pictures: _Pictures) -> Document:
    source = HTML(string=page, url_fetcher=pictures)
    return source.render(
        cache=_unpacked,
        font_config=_fonts(),
        stylesheets=[_style(name) for name in styles],
        color_profiles={_COLOURS: _colour_profile()},
        output_intent=_COLOURS,
        pdf_variant=_VARIANT,
    )


def _written(
    document: Document,
    content: dict[str, Any],
    name: str = "letter.json",
    says: str = "What this letter asks for, for programs",
) -> bytes:
    dated = datetime.fromisoformat(content["on"])
    facts = Attachment(
        string=canonical(content["facts"]).decode(),
        name=name,
        description=says,
        created=dated,
        modified=dated,
        relationship="Data",
    )
    pdf: bytes = document.write_pdf(
        pdf_variant=_VARIANT,
        output_intent=_COLOURS,
        pdf_identifier=sha256(canonical(content)).digest()[:16],
        attachments=[facts],
        finisher=finish,
    )
    return pdf


def _has_part(content: dict[str, Any]) -> bool:
    """Whether a Swiss payment part follows on a page of its own."""
    code = (content["payment"] or {}).get("code")
    return bool(code and code["part"])


def canonical(value: Any) -> bytes:
    """One spelling of a JSON value, so that equal contents are equal bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _link_code(content: dict[str, Any]) -> Markup:
    """The QR code of the letter's link, as a drawing with a title; nothing without a link."""
    offer = content["offer"]
    return drawing("link", offer["url"], offer["code_title"], dark="#17212b") if offer else Markup()


def _payment_code(content: dict[str, Any]) -> Markup:
    """The code that banks' apps read, likewise."""
    found = (content["payment"] or {}).get("code")
    return drawing(found["kind"], found["payload"], found["title"]) if found else Markup()


@lru_cache(maxsize=1)
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@lru_cache(maxsize=4)
def _style(name: str) -> CSS:
    source = resource_dir("static") / name
    return CSS(
        string=source.read_text(encoding="utf-8"),
        base_url=source.as_uri(),
        font_config=_fonts(),
        url_fetcher=_OwnFonts(),
    )


class _Srgb(ColorProfile):  # type: ignore[misc]  # WeasyPrint has no types
    """The sRGB profile that PDF/A asks for, as its very bytes: written anew by the library, they would differ."""

    def __init__(self) -> None:
        file = files("weasyprint.pdf") / "sRGB2014.icc"
        self._bytes = file.read_bytes()
        super().__init__(BytesIO(self._bytes), file.name, "relative-colorimetric", (["r"], ["g"], ["b"]))

    @property
    def content(self) -> bytes:
        return self._bytes


@lru_cache(maxsize=1)
def _colour_profile() -> _Srgb:
    return _Srgb()


class _Pictures(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Hands a page the logo it was given, and refuses everything else: no file and no network from a letter."""

    def __init__(self, content: dict[str, Any], logo: bytes | None) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self._given = {logo_address(content): logo} if logo else {}

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        if url not in self._given:
            raise ValueError(f"a letter may not load {url}")
        return URLFetcherResponse(url, self._given[url], {"Content-Type": MEDIA_TYPE})


class _OwnFonts(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Opens our own style's fonts, and refuses everything else."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("file",), allow_redirects=False)
        self._folder = (resource_dir("static") / "fonts").resolve()

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        parts = urlsplit(url)
        if parts.scheme != "file" or parts.netloc:
            raise ValueError(f"a letter may not load {url}")
        file = Path(url2pathname(parts.path)).resolve()
        if not file.is_relative_to(self._folder):
            raise ValueError(f"a letter may not load {url}")
        kind = "text/css" if file.suffix == ".css" else "application/octet-stream"
        return URLFetcherResponse(url, file.read_bytes(), {"Content-Type": kind})
