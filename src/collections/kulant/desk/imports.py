"""Importing a file: choose it, look at what it seems to be, confirm, see what became of its rows."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Annotated, Any

import yaml
from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import Response
from starlette.datastructures import FormData

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.plan_events import follow_plans
from kulant.desk import uploads
from kulant.desk.flash import redirect
from kulant.desk.shell import Shell, ShellDep
from kulant.intake import queries
from kulant.intake.formats import FORMATS, MAPPED
from kulant.intake.mapping import Mapping, parse_mapping
from kulant.intake.preview import Preview, preview
from kulant.intake.result import ImportResult
from kulant.intake.service import import_file, save_mapping
from kulant.letters.export import harmless
from kulant.people.models import Creditor
from kulant.transaction import doing
from kulant.web.deps import Reader, RowId, SettingsDep, Viewer, Writer

router = APIRouter(prefix="/import")

# A trial run of a larger file would keep the database busy while nobody has decided anything.
TRIED_AT_ONCE = 3 * 1024 * 1024
FORMAT_WORDS = {
    "invoices-csv": "Invoices and credit notes",
    "payments-csv": "Payments",
    "customers-csv": "Customers",
}


@router.get("")
def choose(shell: ShellDep, session: Reader) -> Response:
    """The form to choose a file, and what was imported lately."""
    runs = queries.recent_imports(session, shell.viewer.creditor.id)
    return shell.page("desk/import.html", here="import", runs=runs, words=FORMAT_WORDS, problem="")


@router.post("/look")
def look(
    shell: ShellDep, session: Reader, viewer: Writer, settings: SettingsDep,
    file: Annotated[UploadFile, File()], format: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """What the file seems to be: its columns, its first rows and, when it needs no mapping, what would become of it."""
    try:
        upload = uploads.keep(settings, file, creditor_id=viewer.creditor.id)
        seen = preview(upload.stream(), file_name=upload.name, format=format or None)
    except Refusal as refusal:
        runs = queries.recent_imports(session, viewer.creditor.id)
        return shell.page(
            "desk/import.html",
            here="import",
            status=refusal.status,
            runs=runs,
            words=FORMAT_WORDS,
            problem=refusal.sentence,
        )
    mapping, name = None, ""
    kept = queries.fitting_mapping(session, viewer.creditor.id, seen.columns) if seen.format == MAPPED else None
    if kept is not None:
        mapping, name = parse_mapping(kept.yaml), kept.name
        seen = preview(upload.stream(), file_name=upload.name, mapping=mapping)
    tried = problem = None
    if (mapping is not None or seen.format != MAPPED) and len(upload.content) <= TRIED_AT_ONCE:
        tried, problem = _try_out(settings, viewer, upload, seen.format, mapping)
    chosen = {"fields": _fields(seen), "constants": dict(mapping.constants) if mapping else {}, "name": name}
    return _look_page(shell, upload, seen, tried=tried, problem=problem or "", chosen=chosen)


def _try_out(
    settings: SettingsDep, viewer: Viewer, upload: uploads.Upload, format_name: str, mapping: Mapping | None
) -> tuple[ImportResult | None, str | None]:
    """Everything an import would do, and nothing left behind."""
    try:
        with doing(settings, actor=viewer.name, country=viewer.creditor.country) as act:
            return _import(act, viewer.creditor, upload, format_name, mapping, dry_run=True), None
    except Refusal as refusal:
        return None, refusal.sentence


def _import(
    act: Act,
    creditor: Creditor,
    upload: uploads.Upload,
    format_name: str,
    mapping: Mapping | None,
    *,
    dry_run: bool = False,
) -> ImportResult:
    return import_file(
        act,
        creditor=creditor,
        source=upload.stream(),
        file_name=upload.name,
        format=format_name,
        mapping=mapping,
        dry_run=dry_run,
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


async def raw_form(request: Request) -> FormData:
    """The form as it was sent: its columns are named by the file, not by us."""
    return await request.form()


@router.post("/take")
def take(
    form: Annotated[FormData, Depends(raw_form)],
    shell: ShellDep, viewer: Writer, settings: SettingsDep,
    ticket: Annotated[str, Form(max_length=2000)], format: Annotated[str, Form()], target: Annotated[str, Form()],
    decision: Annotated[str, Form()] = "import", name: Annotated[str, Form(max_length=120)] = "",
) -> Response:  # fmt: skip
    """Imports the file as confirmed, or tries it once more with the columns as they are set now."""
    fields = {
        int(key[6:]): str(value)
        for key, value in form.items()
        if key.startswith("field-") and value and key[6:].isdecimal()
    }
    constants = {key[9:]: str(value).strip() for key, value in form.items() if key.startswith("constant-") and value}
    upload = uploads.again(settings, ticket, creditor_id=viewer.creditor.id)
    seen = preview(upload.stream(), file_name=upload.name, format=target if format == MAPPED else format)
    chosen = {"fields": fields, "constants": constants, "name": name}
    try:
        mapping = _mapping(seen, target, fields, constants) if format == MAPPED else None
    except Refusal as refusal:
        return _look_page(shell, upload, seen, tried=None, problem=refusal.sentence, chosen=chosen)
    if decision == "check":
        tried, problem = _try_out(settings, viewer, upload, format, mapping)
        return _look_page(shell, upload, seen, tried=tried, problem=problem or "", chosen=chosen)
    try:
        with doing(settings, actor=viewer.name, country=viewer.creditor.country) as act:
            result = _import(act, viewer.creditor, upload, format, mapping)
            if mapping is not None and name.strip():
                save_mapping(act, creditor=viewer.creditor, name=name, mapping=mapping, columns=seen.columns)
            if result.target == "payments-csv":
                follow_plans(act, viewer.creditor)
            act.session.flush()
            run = queries.recent_imports(act.session, viewer.creditor.id, limit=1)[0]
    except Refusal as refusal:
        return _look_page(shell, upload, seen, tried=None, problem=refusal.sentence, chosen=chosen)
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
    """What became of the rows."""
    run = queries.import_run(session, shell.viewer.creditor.id, run_id)
    return shell.page("desk/import_result.html", here="import", run=run, result=run.result, words=FORMAT_WORDS)


@router.get("/{run_id}/rejected.csv")
def rejected(shell: ShellDep, session: Reader, run_id: RowId) -> Response:
    """The rows that were not taken in, with their reasons, for a spreadsheet."""
    run = queries.import_run(session, shell.viewer.creditor.id, run_id)
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(["row", "field", "value", "error"])
    for row in run.result["rejected"]:
        writer.writerow([row["row"], *(harmless(row[name]) for name in ("field", "value", "error"))])
    headers = {"Content-Disposition": f'attachment; filename="rejected-{run.id}.csv"'}
    return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
