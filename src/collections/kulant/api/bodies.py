"""What programs send: JSON that is plain, flat enough and made of text, or a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from kulant.core.errors import Refusal

DEEPEST = 24  # levels of arrays and objects; the deepest of ours has eight
MOST = 1_000_000  # arrays and objects; each takes many times the memory of its two brackets


class PlainRequest(Request):
    """A request whose JSON is read strictly: what no column could hold is refused before a route sees it."""

    async def json(self) -> Any:
        """The body. The framework turns any other error than this one into a plain 400."""
        if not hasattr(self, "_json"):
            self._json = read_json(await self.body())
        return self._json


def read_json(raw: bytes) -> Any:
    """Strict JSON: UTF-8, finite numbers of sensible length, text without NUL and halves of characters."""
    if raw.count(b"[") + raw.count(b"{") > MOST:
        raise _malformed("it has too many arrays and objects; divide it into several calls")
    try:
        found = json.loads(raw.decode("utf-8"), parse_constant=_no_number, parse_int=_whole, parse_float=_fraction)
    except UnicodeDecodeError:
        raise _malformed("it is not UTF-8") from None
    except RecursionError:
        raise _malformed("it is nested too deeply") from None
    except ValueError as error:
        raise _malformed(str(error)) from None
    _check(found)
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _whole(digits: str) -> int:
    if len(digits) > 20:
        raise ValueError("a number in it is too long; write amounts as text")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")) or len(digits) > 40:
        raise ValueError("a number in it is too long; write amounts as text")
    return value


def _check(found: Any) -> None:
    """Walks through it without recursion: how deep it is, and whether all text in it is text."""
    level = [found]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for value in level:
            if isinstance(value, str):
                _check_text(value)
            elif isinstance(value, list):
                below += value
            elif isinstance(value, dict):
                for key in value:
                    _check_text(key)
                below += value.values()
        if not below:
            return
        level = below
    raise _malformed("it is nested too deeply")


def _check_text(text: str) -> None:
    if "\x00" in text or (not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)):
        raise _malformed("a text in it holds a character that is no text")


def _malformed(why: str) -> RequestValidationError:
    message = f"The body is not JSON that is taken here: {why}"
    return RequestValidationError([{"type": "json_invalid", "loc": ("body",), "msg": message}])


class PlainRoute(APIRoute):
    """A route whose JSON is read strictly, and only when it says that it is JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        takes_json = self.body_field is not None

        async def handle_plainly(request: Request) -> Response:
            if takes_json:
                _require_json(request)
                plain = PlainRequest(request.scope, request.receive)
                await plain.json() if await plain.body() else None
                return await handle(plain)
            return await handle(request)

        return handle_plainly


def _require_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal("wrong_content_type", "send JSON, and say so: Content-Type: application/json", status=415)
