"""Files handed in by programs: small ones are imported at once, large ones by a worker."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from kulant.api.bodies import PlainRoute
from kulant.api.call import Call, Importing, Reading
from kulant.api.parts import Identity, Limit, Next
from kulant.api.shapes import ImportShape, Page
from kulant.core.errors import NotFound, Refusal
from kulant.db import Act
from kulant.delivery.imports import TAKEN_AT_ONCE, TRIED_AT_ONCE, WAYS, take_in
from kulant.insight.listing import import_json
from kulant.insight.listing_queries import imports as import_list
from kulant.intake import queries
from kulant.intake.documents import DOCUMENTS
from kulant.intake.formats import FORMATS, MAPPED
from kulant.intake.mapping import Mapping, parse_mapping
from kulant.intake.runs import base_name
from kulant.intake.service import import_file, queue_import
from kulant.intake.shelf import Shelf, Shelved

router = APIRouter(route_class=PlainRoute, tags=["Import"])

_BINARY = {"type": "string", "format": "binary"}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file: as a form with the field `file`, or just its bytes.",
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": _BINARY,
                        "mapping": {"type": "string", "description": "Which column is what, as YAML."},
                    },
                }
            },
            "application/octet-stream": {"schema": _BINARY},
        },
    }
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it came, not in memory when it is large."""

    stream: BinaryIO
    name: str
    mapping: str | None


async def sent_file(
    request: Request,
    file_name: Annotated[
        str | None, Query(max_length=300, description="The file's name, when only bytes come.")
    ] = None,
) -> AsyncIterator[Sent]:
    """The file of the request, from a form or as the body itself."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        raise Refusal("wrong_content_type", "send the file as multipart/form-data, or just its bytes", status=415)
    if kind == "multipart/form-data":
        try:
            form = await request.form(max_files=1, max_fields=4)
        except MultiPartException as error:
            raise Refusal("bad_form", f"the form cannot be read: {error.message}") from None
        try:
            file, mapping = form.get("file"), form.get("mapping")
            if not isinstance(file, UploadFile):
                raise Refusal("no_file", "the form has no field named file with a file in it", status=422)
            yield Sent(file.file, file_name or file.filename or "upload", str(mapping or "") or None)
        finally:
            await form.close()
        return
    with tempfile.TemporaryFile() as kept:
        async for block in request.stream():
            kept.write(block)
        kept.seek(0)
        yield Sent(kept, file_name or "upload", None)


@router.post("/imports", status_code=201, response_model=ImportShape, openapi_extra=_BODY)
def take(
    call: Importing,
    sent: Annotated[Sent, Depends(sent_file)],
    format: Annotated[
        str | None,
        Query(description="Found out when left out.", json_schema_extra={"enum": [*FORMATS, MAPPED, *DOCUMENTS]}),
    ] = None,
    mapping: Annotated[
        str | None, Query(max_length=120, description="The name of a mapping saved at the desk.")
    ] = None,
    dry_run: Annotated[bool, Query(description="Do all but store nothing; for files up to 3 MB.")] = False,
) -> Response:
    """Takes in a file. Up to 150 kB at once (201); a larger one is put in line for a worker (202)."""
    shelf = Shelf(call.settings.storage_url)
    kept = shelf.put(sent.stream)
    call.body = f"{kept.sha256}\n{sent.name}\n{sha256((sent.mapping or '').encode()).hexdigest()}".encode()
    queued = False
    try:
        columns = _mapping(call, sent, mapping)
        if dry_run:
            return call.once(lambda act: _try_out(call, act, sent, kept, format, columns))
        if kept.size <= TAKEN_AT_ONCE:
            return call.once(lambda act: _take(call, act, sent, format, columns), status=201)

        def put_in_line(act: Act) -> dict[str, Any]:
            nonlocal queued
            run = queue_import(
                act,
                creditor=call.creditor,
                file_name=sent.name,
                sha256=kept.sha256,
                stored=kept.key,
                format=format,
                mapping=columns,
            )
            queued = True
            return import_json(run)

        return call.once(put_in_line, status=202)
    finally:
        if not queued:
            shelf.remove(kept.key)


def _mapping(call: Call, sent: Sent, name: str | None) -> Mapping | None:
    if sent.mapping is not None:
        return parse_mapping(sent.mapping)
    if name is None:
        return None
    with call.looking() as session:
        saved = queries.saved_mapping(session, call.creditor.id, name)
    if saved is None:
        raise NotFound("no_mapping", f"there is no saved mapping {name!r}; save it at the desk when importing")
    return parse_mapping(saved.yaml)


def _try_out(
    call: Call, act: Act, sent: Sent, kept: Shelved, format: str | None, columns: Mapping | None
) -> dict[str, Any]:
    if kept.size > TRIED_AT_ONCE:
        raise Refusal("too_large_to_try", f"a trial run takes at most {TRIED_AT_ONCE >> 20} MB", status=413)
    result = import_file(
        act,
        creditor=call.creditor,
        source=sent.stream,
        file_name=sent.name,
        format=format,
        mapping=columns,
        dry_run=True,
        ways=WAYS,
    )
    return {
        "id": None,
        "file": base_name(sent.name),
        "format": result.format,
        "status": "done",
        "date": act.today.isoformat(),
        "by": act.actor,
        "rows_done": result.read,
        "rows_total": result.read,
        "problem": None,
        "result": result.as_json(),
    }


def _take(call: Call, act: Act, sent: Sent, format: str | None, columns: Mapping | None) -> dict[str, Any]:
    run = take_in(act, creditor=call.creditor, source=sent.stream, file_name=sent.name, format=format, mapping=columns)
    return import_json(run)


@router.get("/imports", response_model=Page[ImportShape])
def imports(call: Reading, limit: Limit = 100, cursor: Next = None) -> Response:
    """What was imported, the newest first."""
    with call.looking() as session:
        return call.show_page(
            "imports",
            limit,
            cursor,
            lambda after, count: import_list(session, call.creditor.id, after, count),
            lambda row: [row.id],
            lambda rows: [import_json(row) for row in rows],
        )


@router.get("/imports/{number}", response_model=ImportShape)
def show(call: Reading, number: Identity) -> Response:
    """How far an import is, and in the end what became of its rows."""
    with call.looking() as session:
        return call.show(import_json(queries.import_run(session, call.creditor.id, int(number))))
