"""What customers told us in the portal, for whoever looks after it: files to download, and hardship in confidence."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.core.errors import NotFound
from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import ShellDep
from kulant.ledger.models import Customer
from kulant.letters.storage import open_uploads
from kulant.letters.uploads import upload_by_id
from kulant.people.models import Creditor
from kulant.plans.links import revoke_links
from kulant.relationship import hardship
from kulant.relationship.models_care import HardshipNote
from kulant.web.deps import ActDep, Reader, RowId, SettingsDep, Viewer, ViewerDep, Writer, safe_back

router = APIRouter()

Back = Annotated[str, Form()]


@router.get("/uploads/{upload_id}")
def download(viewer: ViewerDep, session: Reader, settings: SettingsDep, upload_id: RowId) -> Response:
    """A customer's file, to be saved: it is never shown within our pages, whatever is in it."""
    upload = upload_by_id(session, viewer.creditor.id, upload_id)
    name = upload.name.encode("ascii", "replace").decode().replace('"', "'")
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    content = open_uploads(settings.storage_url).get(upload.sha256)
    return Response(content, media_type="application/octet-stream", headers=headers)


@router.post("/hardship/{note_id}/read")
def read(shell: ShellDep, act: ActDep, viewer: Writer, note_id: RowId) -> Response:
    """What the customer told us, for those who may read it. That somebody read it is in the audit trail."""
    note = _note(act.session, viewer.creditor, note_id)
    hardship.read_note(act, note=note, role=viewer.role, names=names_of(viewer))
    customer = act.session.get_one(Customer, note.customer_id)
    return shell.page(
        "desk/hardship.html", here="overdue", note=note, customer=customer, words=hardship.handled_by(note)
    )


@router.post("/hardship/{note_id}/give")
def give(
    act: ActDep, viewer: Writer, settings: SettingsDep, note_id: RowId, owner: Annotated[str, Form(max_length=120)],
    back: Back = "/",
) -> Response:  # fmt: skip
    """Somebody else helps the customer from now on; said by those who may read the note."""
    note = _note(act.session, viewer.creditor, note_id)
    hardship.read_note(act, note=note, role=viewer.role, names=names_of(viewer))
    hardship.give_note(act, note=note, owner=owner)
    return redirect(settings, safe_back(back), Flash(f"{hardship.handled_by(note)}."))


@router.post("/hardship/{note_id}/close")
def close(act: ActDep, viewer: Writer, settings: SettingsDep, note_id: RowId, back: Back = "/") -> Response:
    """Help has ended: what was told in confidence is deleted."""
    note = _note(act.session, viewer.creditor, note_id)
    hardship.read_note(act, note=note, role=viewer.role, names=names_of(viewer))
    hardship.close_note(act, note=note)
    detail = "What the customer told us is deleted. Why they are late stays until somebody ends that reason."
    return redirect(settings, safe_back(back), Flash("Help has ended.", detail))


@router.post("/links/{customer_id}/close")
def close_links(act: ActDep, viewer: Writer, settings: SettingsDep, customer_id: RowId, back: Back = "/") -> Response:
    """Closes every link to a customer's page, for instance when a letter went astray."""
    customer = act.session.get(Customer, customer_id)
    if customer is None or customer.creditor_id != viewer.creditor.id:
        raise NotFound("no_customer", "there is no such customer")
    closed = revoke_links(act, customer=customer)
    words = "1 link is closed." if closed == 1 else f"{closed} links are closed."
    said = words if closed else "No link was open."
    return redirect(settings, safe_back(back), Flash(said, "The next letter brings a new one."))


def names_of(viewer: Viewer) -> tuple[str, ...]:
    """The names under which somebody may be named as a customer's account manager."""
    return viewer.name, viewer.display_name


def _note(session: Session, creditor: Creditor, note_id: int) -> HardshipNote:
    note = session.get(HardshipNote, note_id)
    if note is None or note.creditor_id != creditor.id:
        raise NotFound("no_note", "there is no such note")
    return note
