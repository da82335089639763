"""Reading a ladder's YAML: plain values only, and nothing that could be meant two ways.

YAML's own rules read ``country: NO`` as *false* and ``5.00`` as a binary fraction. Here only ``true``, ``false``,
``null`` and whole numbers are anything but text; names that stand for other values (anchors) and doubled keys are
refused.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from pydantic import ValidationError

from kulant.core.errors import Refusal

LARGEST = 100_000  # bytes; a ladder has a few thousand


def read_yaml(text: str | bytes) -> Any:
    """The values of one YAML document; any mistake is one sentence that says where."""
    try:
        raw = text.encode() if isinstance(text, str) else text
        if len(raw) > LARGEST:
            raise refusal(f"the file is larger than {LARGEST // 1000} kB; that is not a ladder")
        return yaml.load(raw.decode("utf-8-sig"), Loader=_PlainLoader)  # noqa: S506 - a stricter SafeLoader
    except UnicodeError:
        raise refusal("the file is not UTF-8 text") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise refusal(f"{where}{error.problem or 'this is not YAML'}") from None
    except yaml.YAMLError:
        raise refusal("the file holds characters that YAML does not allow") from None
    except (RecursionError, ValueError):
        raise refusal("the file is nested too deeply, or a number in it is too long") from None


def refusal(sentence: str) -> Refusal:
    """The refusal of a ladder."""
    return Refusal("bad_ladder", sentence)


class _PlainLoader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.composer.ComposerError(
                None, None, "anchors and aliases (& and *) are not used in ladders", event.start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                what = f"the key {key.value!r} stands twice" if isinstance(key, yaml.ScalarNode) else "not a key"
                raise yaml.constructor.ConstructorError(None, None, what, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


for _tag, _pattern, _first in (
    ("null", r"null|~|", ["n", "~", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"-?(?:0|[1-9][0-9]{0,17})", list("-0123456789")),
):
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first)


_PHRASES = {
    "extra_forbidden": "this key is not known",
    "missing": "is missing",
    "string_pattern_mismatch": "is {given}; write two capital letters, e.g. NO",
    "bool_parsing": "is {given}; write on or off",
    "greater_than_equal": "is {given}; it must be at least {ge}",
    "less_than_equal": "is {given}; it must be at most {le}",
    "int_type": "is {given}; write a whole number",
    "int_parsing": "is {given}; write a whole number",
    "tuple_type": "is {given}; write a list",
    "literal_error": "is {given}; known are {expected}",
    "value_error": "{error}",
}


def mistakes(error: ValidationError) -> list[str]:
    """Every mistake in one sentence that names its place; first the ones that most likely explain the others."""
    found: list[Any] = sorted(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
    return list(dict.fromkeys(_sentence(one) for one in found))


def _sentence(first: Any) -> str:
    path = ""
    for part in first["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    given = repr(first["input"])
    given = given if len(given) <= 40 else f"{given[:37]}…"
    message = first["msg"][0].lower() + first["msg"][1:]
    phrase = _PHRASES.get(first["type"], "is {given}; {message}")
    what = phrase.format(given=given, message=message, **first.get("ctx", {}))
    return f"{path}: {what}" if path else what
