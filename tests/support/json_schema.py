"""As much of JSON Schema as the schema of the law's files uses; a keyword it does not know is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

_SAID_ONLY = {"$defs", "$schema", "title", "description", "default"}


def mistakes(value: Any, schema: dict[str, Any], root: dict[str, Any], where: str = "") -> Iterator[str]:
    """Where a value does not fit a schema, in words."""
    if "type" in schema and any(_type(value, schema["type"], schema, root, where)):
        yield f"{where} is no {schema['type']}"
        return
    for keyword, asked in schema.items():
        if keyword not in _SAID_ONLY:
            yield from _CHECKS[keyword](value, asked, schema, root, where)


def _ref(value: Any, asked: str, _schema: Any, root: dict[str, Any], where: str) -> Iterator[str]:
    yield from mistakes(value, root["$defs"][asked.rsplit("/", 1)[1]], root, where)


def _type(value: Any, asked: str, _schema: Any, _root: Any, where: str) -> Iterator[str]:
    kinds: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
    number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = number if asked in ("number", "integer") else isinstance(value, kinds[asked])
    if not fits:
        yield f"{where} is no {asked}"


def _properties(value: Any, asked: dict[str, Any], schema: Any, root: Any, where: str) -> Iterator[str]:
    for key, one in value.items():
        if key in asked:
            yield from mistakes(one, asked[key], root, f"{where}.{key}")
        elif schema.get("additionalProperties") is False:
            yield f"{where}.{key} is not known"


def _others(value: Any, asked: Any, schema: Any, root: Any, where: str) -> Iterator[str]:
    if isinstance(asked, dict):
        for key, one in value.items():
            if key not in schema.get("properties", {}):
                yield from mistakes(one, asked, root, f"{where}.{key}")


def _names(value: Any, asked: dict[str, Any], _schema: Any, root: Any, where: str) -> Iterator[str]:
    for key in value:
        yield from mistakes(key, asked, root, f"{where}.{key}")


def _required(value: Any, asked: list[str], _schema: Any, _root: Any, where: str) -> Iterator[str]:
    yield from (f"{where}.{key} is missing" for key in asked if key not in value)


def _items(value: Any, asked: dict[str, Any], _schema: Any, root: Any, where: str) -> Iterator[str]:
    for n, one in enumerate(value):
        yield from mistakes(one, asked, root, f"{where}[{n}]")


def _any_of(value: Any, asked: list[dict[str, Any]], _schema: Any, root: Any, where: str) -> Iterator[str]:
    if all(any(mistakes(value, one, root, where)) for one in asked):
        yield f"{where} fits none of {len(asked)}"


def _if_not(fits: bool, where: str, words: str) -> Iterator[str]:
    if not fits:
        yield f"{where} {words}"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


_CHECKS: dict[str, Any] = {
    "$ref": _ref,
    "type": _type,
    "properties": _properties,
    "additionalProperties": _others,
    "propertyNames": _names,
    "required": _required,
    "items": _items,
    "anyOf": _any_of,
    "enum": lambda value, asked, _s, _r, where: _if_not(value in asked, where, f"is not one of {asked}"),
    "pattern": lambda value, asked, _s, _r, where: _if_not(
        bool(re.search(asked, value)), where, "is written otherwise"
    ),
    "format": lambda value, asked, _s, _r, where: _if_not(_is_day(value), where, f"is no {asked}"),
    "minLength": lambda value, asked, _s, _r, where: _if_not(len(value) >= asked, where, "is too short"),
    "minimum": lambda value, asked, _s, _r, where: _if_not(value >= asked, where, "is too small"),
    "maximum": lambda value, asked, _s, _r, where: _if_not(value <= asked, where, "is too large"),
    "exclusiveMinimum": lambda value, asked, _s, _r, where: _if_not(value > asked, where, "is too small"),
}
