"""Personal data of a customer, for managers: a copy of it, its erasure, the letters kept of somebody who was erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.responses import Response, StreamingResponse
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask

from kulant.core.errors import Forbidden, Refusal
from kulant.delivery.privacy import What, erase, latest, outlook, take_in_again
from kulant.delivery.privacy_export import Subject, blocks_of, tell_of_export, zip_file
from kulant.delivery.privacy_files import throw_away
from kulant.desk.flash import Flash, redirect
from kulant.desk.letters import as_pdf
from kulant.desk.privacy_words import BECOMES, WORDS
from kulant.desk.shell import ShellDep
from kulant.ledger.models import Customer
from kulant.ledger.queries import customer_by_number
from kulant.letters.archive import read
from kulant.letters.models import Document
from kulant.letters.queries import restricted_document
from kulant.letters.storage import open_storage, open_uploads
from kulant.web.deps import ActDep, Reader, RowId, SettingsDep, Viewer, Writer

router = APIRouter()

Words = Annotated[str, Form(max_length=1000)]


def _require(viewer: Viewer) -> None:
    if not viewer.may_manage:
        raise Forbidden("only_managers", "Only a manager or an administrator may look after personal data.")


def _path(number: str) -> str:
    return f"/customers/{quote(number, safe='')}/privacy"


@router.get("/customers/{number:path}/privacy")
def show(shell: ShellDep, session: Reader, number: str, only: str = "all") -> Response:
    """What is kept, what an erasure would do, and what stands in its way."""
    _require(shell.viewer)
    creditor = shell.viewer.creditor
    customer = customer_by_number(session, creditor.id, number)
    what = _what(only)
    gone = customer.erased_on is not None
    seen = None if gone else outlook(session, creditor, customer, shell.today, what=what)
    return shell.page(
        "desk/privacy.html",
        here="overdue",
        customer=customer,
        path=_path(customer.number),
        what=what,
        done=(done := latest(session, customer) if gone else None),
        blocked=seen.blocked if seen else (),
        fates=fates(done.report if done else seen.nouns if seen else []),
        letters=_letters(session, customer) if gone else (),
    )


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of some of the tables alike: each with its name at the desk and its rows."""

    becomes: str
    until: date | None
    rule: str
    nouns: list[tuple[str, int]]


def fates(rows: Sequence[Mapping[str, Any]]) -> list[Fate]:
    """The rows of an erasure's report by what becomes of them, what goes first."""
    found: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for row in rows:
        rule = (row["rule"] or "") + (", unverified" if row["unverified"] else "")
        found.setdefault((row["done"], row["until"] or "", rule), []).append((WORDS[row["noun"]], row["rows"]))
    order = list(BECOMES)
    return [
        Fate(BECOMES[done], date.fromisoformat(until) if until else None, rule, nouns)
        for (done, until, rule), nouns in sorted(found.items(), key=lambda one: (order.index(one[0][0]), one[0][1]))
    ]


def _what(only: str) -> What:
    return "contact" if only == "contact" else "all"


def _letters(session: Session, customer: Customer) -> Sequence[Document]:
    """The letters that are kept of somebody who was erased: their days and kinds, not what they say."""
    return session.scalars(select(Document).where(Document.customer_id == customer.id).order_by(Document.id)).all()


@router.post("/customers/{number:path}/privacy/export")
def export(act: ActDep, viewer: Writer, settings: SettingsDep, number: str) -> Response:
    """Everything kept about the customer, as a ZIP."""
    _require(viewer)
    customer = customer_by_number(act.session, viewer.creditor.id, number)
    tell_of_export(act, customer)
    url = settings.storage_url
    subject = Subject(act.session, viewer.creditor, customer, act.today, open_storage(url), open_uploads(url))
    headers = {"Content-Disposition": 'attachment; filename="personal-data.zip"', "Cache-Control": "no-store"}
    return StreamingResponse(blocks_of(zip_file(subject)), media_type="application/zip", headers=headers)


@router.post("/customers/{number:path}/privacy/erase")
def erase_it(
    act: ActDep, viewer: Writer, settings: SettingsDep, number: str, reason: Words = "",
    typed: Annotated[str, Form(max_length=80)] = "", only: Annotated[str, Form(max_length=10)] = "all",
) -> Response:  # fmt: skip
    """Erases, once the customer's number was typed again."""
    _require(viewer)
    customer = customer_by_number(act.session, viewer.creditor.id, number)
    if typed.strip() != customer.number:
        raise Refusal("not_typed", f"Nothing was erased. Type the customer's number, {customer.number}, to confirm.")
    what = _what(only)
    erase(act, creditor=viewer.creditor, customer=customer, reason=reason, secret=settings.secret_key(), what=what)
    said = f"{number} is {customer.number} from now on." if what == "all" else "The postal address stays for the claim."
    answer = redirect(settings, _path(customer.number), Flash("Erased.", said))
    answer.background = BackgroundTask(throw_away, settings, actor="erasure", country=viewer.creditor.country)
    return answer


@router.post("/customers/{number:path}/privacy/readmit")
def readmit(
    act: ActDep, viewer: Writer, settings: SettingsDep, number: str, reason: Words = "",
    own: Annotated[str, Form(max_length=80)] = "",
) -> Response:  # fmt: skip
    """Takes them in again, under the number they have in the creditor's own system."""
    _require(viewer)
    secret = settings.secret_key()
    taken = take_in_again(act, creditor=viewer.creditor, number=own.strip(), reason=reason, secret=secret)
    return redirect(settings, _path(taken.number), Flash(f"{taken.number} is a customer again."))


@router.post("/documents/{document_id}/open")
def open_letter(act: ActDep, viewer: Writer, settings: SettingsDep, document_id: RowId, reason: Words = "") -> Response:
    """A letter of an erased customer, for a stated reason that the audit trail keeps."""
    _require(viewer)
    found = restricted_document(act, creditor_id=viewer.creditor.id, document_id=document_id, reason=reason)
    return as_pdf(read(open_storage(settings.storage_url), found), f"{found.kind}-{found.id}.pdf")
