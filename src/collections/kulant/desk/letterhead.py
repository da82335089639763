"""The letterhead: a creditor's colour, logo, typeface and payment codes, seen on an example before they are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, File, Form, Path, Query, UploadFile
from fastapi.responses import HTMLResponse, Response

from kulant.core.errors import NotFound
from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import ShellDep
from kulant.ledger.models import Customer
from kulant.letters.address import window_side
from kulant.letters.colours import check_colour
from kulant.letters.content import LetterItem, build_letter
from kulant.letters.letterhead import (
    TYPEFACES,
    Look,
    in_look,
    logo_by_hash,
    look_of,
    not_printable,
    set_letterhead,
)
from kulant.letters.logos import LARGEST_FILE, MEDIA_TYPE
from kulant.letters.payment_codes import iban_of
from kulant.letters.qr_bill import COUNTRIES
from kulant.letters.render import logo_address, render_html, render_pdf
from kulant.people.models import Creditor
from kulant.people.service import set_creditor
from kulant.web.deps import ActDep, Reader, SettingsDep, Today, ViewerDep, Writer
from kulant.web.security import LETTER_POLICY

router = APIRouter(prefix="/letterhead")

LOGOS = "/letterhead/logo/"
Colour = Annotated[str, Query(max_length=7)]
Typeface = Annotated[str, Query(max_length=40)]


@router.get("")
def show(shell: ShellDep, session: Reader, colour: Colour = "", typeface: Typeface = "") -> Response:
    """How letters look now; with a colour or typeface in the address, how they would."""
    creditor = shell.viewer.creditor
    kept = look_of(session, creditor.id)
    tried = _tried(kept, colour, typeface)
    return shell.page(
        "desk/letterhead.html",
        here="settings",
        creditor=creditor,
        look=tried,
        unsaved=tried != kept,
        typefaces=list(TYPEFACES.items()),
        logo=f"{LOGOS}{kept.logo_sha256}" if kept.logo_sha256 else None,
        example=urlencode({"colour": tried.colour, "typeface": tried.typeface}),
        codes=_codes(creditor),
        lacking=not_printable(creditor, kept),
        usual_side=window_side(creditor.country),
        largest=LARGEST_FILE // 1024,
        may_change=shell.viewer.may_manage,
    )


def _tried(kept: Look, colour: str, typeface: str) -> Look:
    return replace(
        kept,
        colour=check_colour(colour) if colour else kept.colour,
        typeface=typeface if typeface in TYPEFACES else kept.typeface,
    )


def _codes(creditor: Creditor) -> list[tuple[str, bool]]:
    """Which codes letters carry, and whether they do."""
    number = iban_of(creditor) or ""
    return [
        ("Letters in euro: the European code for banks' apps, for which an IBAN is needed.", bool(number)),
        ("Letters in kronor: a Swish code, for which a Swish number is needed.", bool(creditor.swish)),
        (
            "Letters in Swiss francs: a payment part, for which a Swiss IBAN is needed.",
            number[:2] in COUNTRIES,
        ),
    ]


@router.post("")
def keep(
    act: ActDep,
    viewer: Writer,
    settings: SettingsDep,
    colour: Annotated[str, Form(max_length=7)],
    typeface: Annotated[str, Form(max_length=40)],
) -> Response:
    """Keeps a colour and a typeface: the next letter has them."""
    viewer.require_manager("the letterhead")
    set_letterhead(act, creditor=viewer.creditor, colour=colour, typeface=typeface)
    return redirect(settings, "/letterhead", Flash("Letterhead kept.", "Letters written from now on look like this."))


@router.post("/envelope")
def keep_envelope(
    act: ActDep,
    viewer: Writer,
    settings: SettingsDep,
    return_address: Annotated[str, Form(max_length=300)] = "",
    window: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Keeps what stands in the window; an empty field takes it back."""
    viewer.require_manager("the letterhead")
    set_letterhead(act, creditor=viewer.creditor, return_address=return_address, window=window)
    return redirect(settings, "/letterhead", Flash("Envelope kept.", "Letters written from now on are set for it."))


@router.post("/logo")
def keep_logo(
    act: ActDep, viewer: Writer, settings: SettingsDep, file: Annotated[UploadFile, File()]
) -> Response:  # fmt: skip
    """Takes a logo in; it is drawn anew, so that nothing but the picture is kept."""
    viewer.require_manager("the letterhead")
    set_letterhead(act, creditor=viewer.creditor, logo=file.file.read(LARGEST_FILE + 1))
    return redirect(settings, "/letterhead", Flash("Logo kept.", "It stands on letters and on the customers' pages."))


@router.post("/logo/away")
def drop_logo(act: ActDep, viewer: Writer, settings: SettingsDep) -> Response:
    """Takes the logo away; the company's name stands in its place."""
    viewer.require_manager("the letterhead")
    set_letterhead(act, creditor=viewer.creditor, without_logo=True)
    return redirect(settings, "/letterhead", Flash("Logo taken away.", "The name stands in its place."))


@router.post("/codes")
def keep_codes(
    act: ActDep,
    viewer: Writer,
    settings: SettingsDep,
    iban: Annotated[str, Form(max_length=42)] = "",
    bic: Annotated[str, Form(max_length=11)] = "",
    swish: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Keeps what payment codes need; an empty field takes it back."""
    viewer.require_manager("the letterhead")
    given = {"iban": iban, "bic": bic, "swish": swish}
    set_creditor(act, code=viewer.creditor.code, **{name: text.strip() or "none" for name, text in given.items()})
    return redirect(settings, "/letterhead", Flash("Payment codes kept.", "Letters written from now on carry them."))


@router.get("/logo/{sha256}")
def logo(session: Reader, _viewer: ViewerDep, sha256: Annotated[str, Path(max_length=64)]) -> Response:
    """A logo, for the example letter and for previews."""
    found = logo_by_hash(session, sha256)
    if found is None:
        raise NotFound("no_logo", "There is no such logo.")
    return Response(found, media_type=MEDIA_TYPE, headers={"Cache-Control": "private, max-age=31536000, immutable"})


@router.get("/example")
def example(
    session: Reader,
    viewer: ViewerDep,
    settings: SettingsDep,
    today: Today,
    colour: Colour = "",
    typeface: Typeface = "",
) -> HTMLResponse:
    """An example letter in that look, as a page."""
    content, _ = _example(session, viewer.creditor, settings.base_url, today, colour, typeface)
    page = render_html(content, logo=logo_address(content, LOGOS))
    return HTMLResponse(page, headers={"Content-Security-Policy": LETTER_POLICY})


@router.get("/example.pdf")
def example_pdf(
    session: Reader,
    viewer: ViewerDep,
    settings: SettingsDep,
    today: Today,
    colour: Colour = "",
    typeface: Typeface = "",
) -> Response:
    """The same letter as the PDF it would be."""
    content, picture = _example(session, viewer.creditor, settings.base_url, today, colour, typeface)
    headers = {"Content-Disposition": 'inline; filename="example.pdf"'}
    return Response(render_pdf(content, logo=picture).pdf, media_type="application/pdf", headers=headers)


def _example(
    session: Reader, creditor: Creditor, base_url: str, today: date, colour: str, typeface: str
) -> tuple[dict[str, Any], bytes | None]:
    look = _tried(look_of(session, creditor.id), colour, typeface)
    customer = Customer(number="0", name="Example", kind="business", country=creditor.country, language=None)
    due = today - timedelta(days=14)
    items = [
        LetterItem(str(number), minor, issued=due - timedelta(days=30), due=due, days_late=14)
        for number, minor in ((1001, 125_000), (1002, 86_050))
    ]
    content = build_letter(
        creditor=creditor,
        customer=customer,
        contact=None,
        kind="reminder",
        language=creditor.language,
        on=today,
        items=items,
        total_minor=sum(item.amount_minor for item in items),
        currency=creditor.currency,
        payment_reference=None,
        pay_by=today + timedelta(days=14),
        portal_url=f"{base_url}/p/example",
    )
    return in_look(content, look), look.logo
