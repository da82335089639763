"""Printing: the letters that wait for paper, the batches made of them, and the files a printer or supplier needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Annotated
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from fastapi import APIRouter, Form
from fastapi.responses import Response

from kulant.delivery import printing
from kulant.delivery.printing import MOST_LETTERS, Waiting
from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import ShellDep
from kulant.letters.address import postcode
from kulant.letters.address_list import address_csv, address_pages
from kulant.letters.export import hand_off
from kulant.letters.models import PrintBatch
from kulant.letters.print_batch import country_of
from kulant.letters.storage import open_storage
from kulant.transaction import doing
from kulant.web.deps import ActDep, Reader, RowId, SettingsDep, ViewerDep, Writer, give_back

router = APIRouter(prefix="/printing")


@dataclass(frozen=True, slots=True)
class Line:
    """A letter that waits, in words."""

    delivery_id: int
    document_id: int
    name: str
    number: str
    address: str
    postcode: str
    country: str  # where it is another than the creditor's
    what: str
    pages: int
    sent_on: date | None


def _line(one: Waiting, home: str) -> Line:
    recipient, country = one.document.content["recipient"], country_of(one.document) or home
    return Line(
        delivery_id=one.delivery.id,
        document_id=one.document.id,
        name=recipient["name"],
        number=one.document.content["facts"]["customer"],
        address=", ".join(recipient["lines"]),
        postcode=postcode(recipient["lines"]),
        country=country if country != home else "",
        what=one.document.content["heading"],
        pages=one.document.pages,
        sent_on=one.delivery.sent_on,
    )


@router.get("")
def show(shell: ShellDep, session: Reader) -> Response:
    """What waits, and the batches so far."""
    creditor = shell.viewer.creditor
    found = printing.waiting(session, creditor, limit=MOST_LETTERS)
    made = printing.batches(session, creditor.id)
    return shell.page(
        "desk/printing.html",
        here="outbox",
        waiting=[_line(one, creditor.country) for one in found],
        sheets=sum((one.document.pages + 1) // 2 for one in found),
        full=len(found) == MOST_LETTERS,
        batches=made,
        printers=sorted({batch.printer for batch in made}),
    )


@router.post("")
def make(
    viewer: Writer,
    session: Reader,
    settings: SettingsDep,
    delivery: Annotated[list[RowId], Form(max_length=MOST_LETTERS)],
    printer: Annotated[str, Form(max_length=60)],
) -> Response:
    """Makes a batch of the chosen letters: joined first, which takes a while, then written down at once."""
    storage = open_storage(settings.storage_url)
    letters = printing.pile(session, storage, creditor=viewer.creditor, delivery_ids=delivery)
    give_back(session)
    with doing(settings, actor=viewer.name, country=viewer.creditor.country) as act:
        batch = printing.make_batch(act, creditor=viewer.creditor, printer=printer, letters=letters)
        said = f"Batch {batch.id} for {batch.printer}: {batch.letters} letters on {batch.sheets} sheets."
    return redirect(settings, "/printing", Flash(said, "Download it, print it on both sides, and mark it as printed."))


@router.post("/{batch_id}/printed")
def printed(act: ActDep, viewer: Writer, settings: SettingsDep, batch_id: RowId) -> Response:
    """A person says that it has been printed and posted."""
    batch = printing.batch_by_id(act.session, viewer.creditor.id, batch_id)
    printing.mark_printed(act, batch=batch)
    return redirect(settings, "/printing", Flash(f"Batch {batch.id} is printed.", "The customers' timelines know it."))


@router.get("/{batch_id}/letters.pdf")
def letters(session: Reader, viewer: ViewerDep, settings: SettingsDep, batch_id: RowId) -> Response:
    """All letters of a batch as one file."""
    batch = printing.batch_by_id(session, viewer.creditor.id, batch_id)
    return _file(open_storage(settings.storage_url).get(batch.sha256), "application/pdf", batch, "letters.pdf")


@router.get("/{batch_id}/addresses.csv")
def addresses(session: Reader, viewer: ViewerDep, batch_id: RowId) -> Response:
    """The list of addresses for a spreadsheet."""
    batch = printing.batch_by_id(session, viewer.creditor.id, batch_id)
    text = address_csv(printing.letters_of(session, viewer.creditor, batch))
    return _file(text.encode("utf-8-sig"), "text/csv", batch, "addresses.csv")


@router.get("/{batch_id}/addresses.pdf")
def address_sheet(session: Reader, viewer: ViewerDep, batch_id: RowId) -> Response:
    """The list of addresses as a page for the pile."""
    batch = printing.batch_by_id(session, viewer.creditor.id, batch_id)
    placed = printing.letters_of(session, viewer.creditor, batch)
    drawn = address_pages(placed, title=f"Print batch {batch.id}, {batch.printer}", on=batch.made_on)
    return _file(drawn.pdf, "application/pdf", batch, "addresses.pdf")


@router.get("/{batch_id}/hand-off.zip")
def supplier(session: Reader, viewer: ViewerDep, settings: SettingsDep, batch_id: RowId) -> Response:
    """The folder for a print supplier: each letter as it is archived, and the index with their hashes."""
    batch = printing.batch_by_id(session, viewer.creditor.id, batch_id)
    documents = [one.document for one in printing.letters_of(session, viewer.creditor, batch)]
    files = hand_off(open_storage(settings.storage_url), documents)
    return _file(_zipped(files, batch), "application/zip", batch, "hand-off.zip")


def _zipped(files: Iterator[tuple[str, bytes]], batch: PrintBatch) -> bytes:
    """One file of all; PDFs are compressed already. The same batch is always the same bytes."""
    out = BytesIO()
    day = (batch.made_on.year, batch.made_on.month, batch.made_on.day, 0, 0, 0)
    with ZipFile(out, "w", ZIP_STORED) as folder:
        for name, content in files:
            folder.writestr(ZipInfo(name, date_time=day), content)
    return out.getvalue()


def _file(content: bytes, media_type: str, batch: PrintBatch, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="batch-{batch.id}-{name}"'}
    return Response(content, media_type=media_type, headers=headers)
