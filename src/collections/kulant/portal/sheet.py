"""The portal's style sheets as one file without its comments: on a slow line each file more is a round trip more."""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256

from fastapi import APIRouter
from fastapi.responses import Response

from kulant.paths import resource_dir

router = APIRouter(include_in_schema=False)

_PARTS = ("fonts/portal.css", "tokens.css", "portal.css")


@cache
def sheet() -> str:
    """All rules, without comments and needless space; read once for as long as the program runs."""
    text = "\n".join((resource_dir("static") / part).read_text("utf-8") for part in _PARTS)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).replace('url("public-sans', 'url("/static/fonts/public-sans')
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?([{};,]) ?", r"\1", text).strip()


@cache
def sheet_url() -> str:
    """Its address, which changes with what is in it."""
    return f"/p.css?v={sha256(sheet().encode()).hexdigest()[:12]}"


@router.get("/p.css")
def styles() -> Response:
    """The style sheet, to be kept for ever."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Cross-Origin-Resource-Policy": "same-origin"}
    return Response(sheet(), media_type="text/css", headers=headers)
