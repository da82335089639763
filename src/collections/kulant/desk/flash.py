"""A word about what was just done, carried over the redirect in a signed cookie and shown once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer

from kulant.settings import Settings

_COOKIE = "kulant_flash"
_SHOWN_WITHIN = 120  # seconds
_UNDO_AT_ONCE = 200  # more than this would not fit a cookie; the outbox undoes them
_LONGEST = 300  # characters of a sentence: a cookie that is too long is thrown away, and proxies refuse the answer


@dataclass(frozen=True, slots=True)
class Flash:
    """One sentence, perhaps a second, and what can be undone at once."""

    text: str
    detail: str = ""
    tone: str = "good"
    undo: Sequence[int] = field(default_factory=tuple)
    back: str = "/"


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key(), salt="flash")


def redirect(settings: Settings, back: str, flash: Flash | None = None) -> RedirectResponse:
    """Back to where the clerk was, with a word about what happened."""
    answer = RedirectResponse(back, 303)
    if flash:
        said: dict[str, Any] = asdict(flash) | {
            "text": _short(flash.text),
            "detail": _short(flash.detail),
            "undo": list(flash.undo)[:_UNDO_AT_ONCE],
            "back": back,
        }
        answer.set_cookie(
            _COOKIE,
            _signer(settings).dumps(said),
            max_age=_SHOWN_WITHIN,
            httponly=True,
            samesite="lax",
            secure=settings.base_url.startswith("https:"),
        )
    return answer


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def pending(request: Request, settings: Settings) -> Flash | None:
    """What is to be said on the next page, if anything."""
    raw = request.cookies.get(_COOKIE)
    if not raw:
        return None
    try:
        return Flash(**_signer(settings).loads(raw, max_age=_SHOWN_WITHIN))
    except (BadSignature, TypeError):
        return None


def forget(response: Response) -> None:
    """Said once is enough."""
    response.delete_cookie(_COOKIE)
