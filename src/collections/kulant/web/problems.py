"""What went wrong, said once for pages and programs: status, code, sentence, and the fields concerned (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from kulant.core.errors import Refusal

MEDIA_TYPE = "application/problem+json"

TITLES = {
    400: "That did not work",
    401: "Not let in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    406: "Not possible here",
    409: "Something has changed in the meantime",
    413: "Too large",
    415: "Another kind of content is needed",
    422: "Something is missing or not as it should be",
    429: "Please wait a little",
    500: "Something went wrong here",
}

# What the framework itself refuses.
_CODES = {404: "no_such_address", 405: "wrong_method", 413: "too_large", 415: "wrong_content_type"}
_FRAMEWORK = {
    404: "There is nothing at this address.",
    405: "This address does not take that method; the Allow header says which it takes.",
    413: "This is larger than Kulant takes here.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal, a missing page or a fault."""

    status: int
    code: str
    detail: str
    errors: Sequence[Mapping[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What kind of thing went wrong, the same words each time."""
        return TITLES.get(self.status, TITLES[400])

    def as_json(self) -> dict[str, Any]:
        """The problem document."""
        shown: dict[str, Any] = {
            "type": f"urn:kulant:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        return shown | {"errors": [dict(one) for one in self.errors]} if self.errors else shown


def is_for_programs(path: str) -> bool:
    """Whether an address is one that programs call: they are answered with problem documents, people with pages."""
    return path == "/api" or path.startswith("/api/")


def problem_of(error: Exception) -> Problem:
    """The problem an exception stands for; what nobody foresaw is a fault of ours and tells no detail."""
    match error:
        case Refusal():
            return Problem(error.status, error.code, sentence(error.sentence), headers=getattr(error, "headers", {}))
        case RequestValidationError():
            return Problem(
                422,
                "malformed",
                f"Please check: {', '.join(_names(error))}. Nothing was changed.",
                [_field_error(one) for one in error.errors()],
            )
        case HTTPException():
            status = error.status_code
            said = _FRAMEWORK.get(status, "The request could not be answered.")
            return Problem(status, _CODES.get(status, "refused"), said, headers=error.headers or {})
        case DataError() | UnicodeEncodeError():
            return Problem(400, "unstorable", "Something in that is too long, or not plain text. Nothing was changed.")
        case _:
            return Problem(500, "fault", "Nothing was changed. It has been noted in the log; please try again.")


def problem_response(problem: Problem) -> Response:
    """The problem as a program reads it."""
    content = json.dumps(problem.as_json(), ensure_ascii=True).encode()
    return Response(content, problem.status, dict(problem.headers), MEDIA_TYPE)


def sentence(text: str) -> str:
    """A refusal's words as a whole sentence; the shell says them without capital and full stop."""
    text = text[:1].upper() + text[1:]
    return text + "." if text[-1:].isalnum() or text.endswith(("'", '"', ")")) else text


def _names(error: RequestValidationError) -> list[str]:
    return sorted({str(one["loc"][-1]).replace("_", " ") for one in error.errors() if one["loc"]})


def _field_error(one: Mapping[str, Any]) -> dict[str, str]:
    """Which field, where it stands, and what is wrong with it. What was sent is not repeated: it may be a secret."""
    where, *path = one["loc"] or ("body",)
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
    name = str(path[-1]) if path else ""
    shown = {"in": str(where), "field": name, "code": str(one["type"]), "detail": str(one["msg"])}
    return shown | {"pointer": f"#{pointer}"} if where == "body" else shown
