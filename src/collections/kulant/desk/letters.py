"""Letters to look at: as they will be sent, and as they were."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from kulant.delivery.mail_archive import mail_as_sent
from kulant.letters.archive import read
from kulant.letters.letterhead import dressed
from kulant.letters.mail import event_of, render_mail
from kulant.letters.proposal_letter import proposal_letter
from kulant.letters.queries import document_by_id
from kulant.letters.render import logo_address, render_html, render_pdf
from kulant.letters.storage import open_storage
from kulant.treatment.queries import proposal_by_id
from kulant.web.deps import Reader, RowId, SettingsDep, Today, ViewerDep
from kulant.web.security import LETTER_POLICY
from kulant.web.templating import page

router = APIRouter()


def _content(
    session: Reader, viewer: ViewerDep, settings: SettingsDep, today: Today, proposal_id: RowId
) -> dict[str, Any]:
    creditor = viewer.creditor
    return proposal_letter(
        session,
        creditor=creditor,
        proposal=proposal_by_id(session, creditor.id, proposal_id),
        on=today,
        base_url=settings.base_url,
        secret=settings.secret_key(),
    )


@router.get("/proposals/{proposal_id}/preview")
def preview(
    session: Reader, viewer: ViewerDep, settings: SettingsDep, today: Today, proposal_id: RowId
) -> HTMLResponse:
    """The letter as a page, drawn from the very content that would be sent."""
    content = _content(session, viewer, settings, today, proposal_id)
    content, _logo = dressed(session, viewer.creditor.id, content)
    page = render_html(content, logo=logo_address(content, "/letterhead/logo/"))
    return HTMLResponse(page, headers={"Content-Security-Policy": LETTER_POLICY})


@router.get("/proposals/{proposal_id}/preview/email")
def preview_email(
    session: Reader, viewer: ViewerDep, settings: SettingsDep, today: Today, proposal_id: RowId
) -> HTMLResponse:
    """The e-mail that would carry the letter, as its reader would see it."""
    content = _content(session, viewer, settings, today, proposal_id)
    mail = render_mail(event_of(content["kind"]), content["language"], content)
    return HTMLResponse(mail.html, headers={"Content-Security-Policy": LETTER_POLICY})


@router.get("/proposals/{proposal_id}/preview/short")
def preview_short(
    request: Request, session: Reader, viewer: ViewerDep, settings: SettingsDep, today: Today, proposal_id: RowId
) -> HTMLResponse:
    """The letter as a short text for a phone; kept with the letter, and sent by nobody as yet."""
    content = _content(session, viewer, settings, today, proposal_id)
    return page(
        request,
        "desk/short_text.html",
        {"short": content["short"], "written_in": content["language"]},
        headers={"Content-Security-Policy": LETTER_POLICY},
    )


@router.get("/proposals/{proposal_id}/preview.pdf")
def preview_pdf(
    session: Reader, viewer: ViewerDep, settings: SettingsDep, today: Today, proposal_id: RowId
) -> Response:
    """The letter as the PDF that would be sent."""
    content = _content(session, viewer, settings, today, proposal_id)
    content, logo = dressed(session, viewer.creditor.id, content)
    return as_pdf(render_pdf(content, logo=logo).pdf, f"{content['heading']}.pdf")


@router.get("/documents/{document_id}")
def document(session: Reader, viewer: ViewerDep, settings: SettingsDep, document_id: RowId) -> Response:
    """An archived document, exactly as it was sent."""
    found = document_by_id(session, viewer.creditor.id, document_id)
    return as_pdf(read(open_storage(settings.storage_url), found), f"{found.kind}-{found.id}.pdf")


@router.get("/documents/{document_id}/mail")
def mail(session: Reader, viewer: ViewerDep, settings: SettingsDep, document_id: RowId) -> Response:
    """The e-mail that carried an archived document, byte for byte as it left."""
    found = document_by_id(session, viewer.creditor.id, document_id)
    raw = mail_as_sent(session, open_storage(settings.storage_url), found)
    headers = {"Content-Disposition": f'attachment; filename="{found.kind}-{found.id}.eml"'}
    return Response(raw, media_type="message/rfc822", headers=headers)


def as_pdf(content: bytes, name: str) -> Response:
    """A PDF to look at."""
    plain = "".join(letter if letter.isascii() and letter not in '"\\;' else "-" for letter in name)
    headers = {
        "Content-Disposition": f'inline; filename="{plain}"',
        "Content-Security-Policy": "frame-ancestors 'self'",
    }
    return Response(content, media_type="application/pdf", headers=headers)
