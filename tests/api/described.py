"""The API's own description, and whether an answer is what it says."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import httpx
import jsonschema_rs

from kulant.api.app import create_api
from kulant.api.describing import describe
from kulant.settings import Settings

NOWHERE = Settings("sqlite://", "http://testserver", "file:outbox", "file:documents", None)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    return describe(create_api(NOWHERE))


@cache
def operations() -> list[tuple[str, str]]:
    """Every operation, as method and path."""
    return [(method.upper(), path) for path, found in document()["paths"].items() for method in found]


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Paths as patterns, those with more words in them first."""
    paths = sorted(document()["paths"], key=lambda path: (-len(re.sub(r"{\w+}", "", path)), path))
    return [(path, re.compile(re.sub(r"{\w+}", ".+", path))) for path in paths]


def operation_of(method: str, path: str) -> tuple[str, str] | None:
    """The operation that an address (without its query) belongs to."""
    for template, pattern in _patterns():
        if pattern.fullmatch(path) and (method, template) in operations():
            return method, template
    return None


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({**json.loads(schema), "components": document()["components"]})


def check(answer: httpx.Response, operation: tuple[str, str]) -> None:
    """Fails when the answer is not one that the operation describes."""
    method, path = operation
    described = document()["paths"][path][method.lower()]["responses"]
    assert str(answer.status_code) in described, f"{method} {path} does not describe {answer.status_code}"
    contents = described[str(answer.status_code)].get("content")
    if not contents:
        assert not answer.content
        return
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in contents, f"{method} {path} does not describe {kind}"
    if kind.endswith("json"):
        schema = json.dumps(contents[kind].get("schema", {}))
        errors = [
            f"{'/'.join(map(str, one.instance_path))}: {one.message}"
            for one in _validator(schema).iter_errors(answer.json())
        ]
        assert errors == [], f"{method} {path}: {errors[:3]}"
