"""Importing a file: choose it, look at what it seems to be, confirm, see what became of its rows."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated, Any

import yaml
from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.delivery.imports import TAKEN_AT_ONCE, TRIED_AT_ONCE, WAYS, take_in
from kulant.desk import uploads
from kulant.desk.flash import redirect
from kulant.desk.rejected import rejected_file
from kulant.desk.shell import Shell, ShellDep
from kulant.intake import queries
from kulant.intake.documents import DOCUMENTS
from kulant.intake.formats import FORMATS, MAPPED
from kulant.intake.mapping import Mapping, parse_mapping
from kulant.intake.preview import DocumentPreview, Preview, preview, preview_document
from kulant.intake.result import ImportResult
from kulant.intake.runs import context_of
from kulant.intake.service import import_file, queue_import, save_mapping
from kulant.ledger.queries import work_alone
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.web.deps import RawForm, Reader, RowId, SettingsDep, Viewer, Writer, give_back

router = APIRouter(prefix="/import")

SHOWN_REJECTIONS = 50
FORMAT_WORDS = {
    "invoices-csv": "Invoices and credit notes",
    "payments-csv": "Payments",
    "customers-csv": "Customers",
    "interactions-csv": "Contacts with customers",
}
WORDS = FORMAT_WORDS | {name: one.title for name, one in DOCUMENTS.items()}


@router.get("")
def choose(shell: ShellDep, session: Reader) -> Response:
    """The form to choose a file, and what was imported lately."""
    return _choose_page(shell, session)


def _choose_page(shell: Shell, session: Session, *, status: int = 200, problem: str = "") -> Response:
    runs = queries.recent_imports(session, shell.viewer.creditor.id)
    return shell.page(
        "desk/import.html",
        here="import",
        status=status,
        runs=runs,
        words=WORDS,
        problem=problem,
        largest=uploads.LARGEST >> 20,
    )


@router.post("/look")
def look(
    shell: ShellDep, session: Reader, viewer: Writer, settings: SettingsDep,
    file: Annotated[UploadFile, File()], format: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """What the file seems to be, its first rows and, when it needs no mapping, what would become of it."""
    upload = None
    try:
        upload = uploads.keep(settings, file, creditor_id=viewer.creditor.id)
        return _look(shell, session, settings, upload, format or None)
    except Refusal as refusal:
        if upload is not None:
            upload.remove()
        return _choose_page(shell, session, status=refusal.status, problem=refusal.sentence)


def _look(
    shell: Shell, session: Session, settings: Settings, upload: uploads.Upload, format_name: str | None
) -> Response:
    viewer = shell.viewer
    with upload.stream() as stream:
        document = preview_document(
            stream, file_name=upload.name, context=context_of(viewer.creditor, shell.today), format=format_name
        )
        if document is not None:
            tried, problem = _try_out(settings, viewer, upload, document.format, None)
            return _document_page(shell, upload, document, tried=tried, problem=problem or "")
        seen = preview(stream, file_name=upload.name, format=format_name)
        mapping, name = None, ""
        kept = queries.fitting_mapping(session, viewer.creditor.id, seen.columns) if seen.format == MAPPED else None
        if kept is not None:
            mapping, name = parse_mapping(kept.yaml), kept.name
            seen = preview(stream, file_name=upload.name, mapping=mapping)
    give_back(session)  # before trying the file out takes a connection of its own
    tried = problem = None
    if mapping is not None or seen.format != MAPPED:
        tried, problem = _try_out(settings, viewer, upload, seen.format, mapping)
    chosen = {"fields": _fields(seen), "constants": dict(mapping.constants) if mapping else {}, "name": name}
    return _look_page(shell, upload, seen, tried=tried, problem=problem or "", chosen=chosen)


def _try_out(
    settings: Settings, viewer: Viewer, upload: uploads.Upload, format_name: str, mapping: Mapping | None
) -> tuple[ImportResult | None, str | None]:
    """Everything an import of a file that is not too large would do, and nothing left behind."""
    if upload.size > TRIED_AT_ONCE:
        return None, None
    try:
        with doing(settings, actor=viewer.name, country=viewer.creditor.country) as act, upload.stream() as stream:
            return import_file(
                act,
                creditor=viewer.creditor,
                source=stream,
                file_name=upload.name,
                format=format_name,
                mapping=mapping,
                dry_run=True,
                ways=WAYS,
            ), None
    except Refusal as refusal:
        return None, refusal.sentence


def _document_page(
    shell: Shell, upload: uploads.Upload, document: DocumentPreview, *, tried: ImportResult | None, problem: str
) -> Response:
    return shell.page(
        "desk/import_document.html",
        here="import",
        status=422 if problem else 200,
        upload=upload,
        seen=document,
        tried=tried,
        problem=problem,
    )


def _fields(seen: Preview) -> dict[int, str]:
    """The fields as guessed or kept, by the place of their column."""
    return {place: seen.guesses[name].field for place, name in enumerate(seen.columns) if name in seen.guesses}


def _look_page(
    shell: Shell,
    upload: uploads.Upload,
    seen: Preview,
    *,
    tried: ImportResult | None,
    problem: str,
    chosen: dict[str, Any],
) -> Response:
    given = set(chosen["fields"].values()) | {name for name, value in chosen["constants"].items() if value}
    required = FORMATS[seen.target].required
    return shell.page(
        "desk/import_look.html",
        here="import",
        status=422 if problem else 200,
        upload=upload,
        seen=seen,
        mapped=seen.format == MAPPED,
        words=FORMAT_WORDS,
        tried=tried,
        problem=problem,
        chosen=chosen,
        missing=[name for name in required if name not in given],
        constants=[name for name in required if name not in set(chosen["fields"].values())],
        required=required,
    )


@router.post("/take")
def take(
    form: RawForm,
    shell: ShellDep, session: Reader, viewer: Writer, settings: SettingsDep,
    ticket: Annotated[str, Form(max_length=2000)], format: Annotated[str, Form()], target: Annotated[str, Form()],
    decision: Annotated[str, Form()] = "import", name: Annotated[str, Form(max_length=120)] = "",
) -> Response:  # fmt: skip
    """Imports the file as confirmed, or tries it once more with the columns as they are set now."""
    fields = {
        int(key[6:]): str(value)
        for key, value in form.items()
        if key.startswith("field-") and value and key[6:].isdecimal() and len(key) < 12
    }
    constants = {key[9:]: str(value).strip() for key, value in form.items() if key.startswith("constant-") and value}
    upload = uploads.again(settings, ticket, creditor_id=viewer.creditor.id)
    if (run := queries.import_of_upload(session, viewer.creditor.id, upload.key)) is not None:
        return redirect(settings, f"/import/{run.id}")  # sent twice
    give_back(session)
    if format in DOCUMENTS:
        return _start(settings, viewer, upload, format, None)
    with upload.stream() as stream:
        seen = preview(stream, file_name=upload.name, format=target if format == MAPPED else format)
    chosen = {"fields": fields, "constants": constants, "name": name}
    try:
        mapping = _mapping(seen, target, fields, constants) if format == MAPPED else None
        if decision != "check":
            return _start(settings, viewer, upload, format, mapping, keep_as=name.strip(), columns=seen.columns)
    except Refusal as refusal:
        return _look_page(shell, upload, seen, tried=None, problem=refusal.sentence, chosen=chosen)
    tried, problem = _try_out(settings, viewer, upload, format, mapping)
    return _look_page(shell, upload, seen, tried=tried, problem=problem or "", chosen=chosen)


def _start(
    settings: Settings,
    viewer: Viewer,
    upload: uploads.Upload,
    format_name: str,
    mapping: Mapping | None,
    *,
    keep_as: str = "",
    columns: list[str] | None = None,
) -> Response:
    """Imports a small file at once and puts a large one in line; shows the import either way."""
    small = upload.size <= TAKEN_AT_ONCE
    with ExitStack() as open_things:
        act = open_things.enter_context(doing(settings, actor=viewer.name, country=viewer.creditor.country))
        work_alone(act.session, viewer.creditor.id)  # of two who confirm at once the second sees what the first did
        if (there := queries.import_of_upload(act.session, viewer.creditor.id, upload.key)) is not None:
            return redirect(settings, f"/import/{there.id}")
        stream = open_things.enter_context(upload.stream())
        if mapping is not None and keep_as:
            save_mapping(act, creditor=viewer.creditor, name=keep_as, mapping=mapping, columns=columns or [])
        if small:
            run = take_in(
                act,
                creditor=viewer.creditor,
                source=stream,
                file_name=upload.name,
                format=format_name,
                mapping=mapping,
            )
            run.stored = upload.key
        else:
            run = queue_import(
                act,
                creditor=viewer.creditor,
                file_name=upload.name,
                sha256=upload.sha256,
                stored=upload.key,
                format=format_name,
                mapping=mapping,
            )
    if small:
        upload.remove()
    return redirect(settings, f"/import/{run.id}")


def _mapping(seen: Preview, target: str, fields: dict[int, str], constants: dict[str, str]) -> Mapping:
    """The mapping as set on the page, checked as if it came from a file."""
    data: dict[str, Any] = seen.mapping_data() | {
        "format": target,
        "columns": {seen.columns[place]: field for place, field in fields.items() if place < len(seen.columns)},
    }
    if constants:
        data["constants"] = constants
    return parse_mapping(yaml.safe_dump(data, allow_unicode=True))


@router.get("/{run_id}")
def show(shell: ShellDep, session: Reader, run_id: RowId) -> Response:
    """How far the import is, and in the end what became of the rows."""
    run = queries.import_run(session, shell.viewer.creditor.id, run_id)
    return shell.page(
        "desk/import_result.html",
        here="import",
        run=run,
        result=run.result,
        words=WORDS,
        most=SHOWN_REJECTIONS,
    )


@router.get("/{run_id}/rejected.csv")
def rejected(shell: ShellDep, session: Reader, run_id: RowId) -> Response:
    """The rows that were not taken in, with their reasons, to correct and import again."""
    run = queries.import_run(session, shell.viewer.creditor.id, run_id)
    headers = {"Content-Disposition": f'attachment; filename="rejected-{run.id}.csv"'}
    return Response(rejected_file(run), media_type="text/csv; charset=utf-8", headers=headers)
