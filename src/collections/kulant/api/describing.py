"""The API's description of itself: OpenAPI 3.1, with the scope each operation needs and every way it may refuse."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from kulant import __version__
from kulant.api.shapes import FieldProblem, Problem
from kulant.people.tokens import SCOPES
from kulant.web.problems import MEDIA_TYPE, TITLES

_REF = "#/components/schemas/{model}"

_INTRODUCTION = """
Everything the command line does, for programs.

Send a token (`kulant token create`) as `Authorization: Bearer kul_…`. A token acts as the person it was made for and
never may more than they. Where it sees several creditors, name one with `?creditor=` or the header `Kulant-Creditor`.

Amounts are decimal text with the currency's own digits, dates ISO 8601. Lists answer `data` and `next`; give `next` as
`cursor` to go on. A POST may carry an `Idempotency-Key`: sent again within 24 hours it gets the first answer and has no
second effect. What goes wrong is a problem document (RFC 9457) with a stable `code` and a sentence for people.
"""


def describe(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        scopes = "\n".join(f"- `{name}`: {does}" for name, does in SCOPES.items() if name != "metrics")
        document = get_openapi(
            title="Kulant",
            version=__version__,
            summary="Collections that keep the customer",
            description=f"{_INTRODUCTION.strip()}\n\nScopes:\n\n{scopes}",
            routes=app.routes,
            servers=[{"url": "/api/v1"}],
        )
        _complete(document)
        app.openapi_schema = document
    return app.openapi_schema


def _complete(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for left_out in ("HTTPValidationError", "ValidationError"):
        schemas.pop(left_out, None)
    for model in (FieldProblem, Problem):
        schemas[model.__name__] = model.model_json_schema(ref_template=_REF)
        schemas[model.__name__].pop("$defs", None)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete_operation(path, method, operation)


def _complete_operation(path: str, method: str, operation: dict[str, Any]) -> None:
    scopes = [scope for one in operation.get("security", []) for scope in one.get("token", [])]
    words = operation.get("description", "").strip()
    operation["summary"] = words.partition(";")[0].partition(". ")[0].partition("\n")[0].rstrip(".")
    operation["description"] = f"{words}\n\nScope: `{'`, `'.join(scopes)}`."
    if method != "post":
        parameters = operation.get("parameters", [])
        operation["parameters"] = [one for one in parameters if one["name"].lower() != "idempotency-key"]
    if method == "get" and "application/json" in operation["responses"]["200"].get("content", {}):
        operation["responses"]["304"] = {"description": "Not changed since it was answered with that ETag."}
    operation["responses"].pop("422", None)
    for status in _refusals(method, operation):
        operation["responses"][str(status)] = {
            "description": TITLES[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
        }
    if path == "/imports" and method == "post":
        there = operation["responses"]["201"]["content"]
        operation["responses"]["200"] = {"description": "Tried out; nothing was stored.", "content": there}
        operation["responses"]["202"] = {"description": "In line for a worker.", "content": there}


def _refusals(method: str, operation: dict[str, Any]) -> list[int]:
    """400 a bad address, 404 nothing by that name (or that creditor), 409 what moved on, 413/415 a body not taken."""
    common = [400, 401, 403, 404, 422, 429, 500]
    return sorted([*common, 409, 413, 415] if method in ("post", "put") else common)
