"""The letterhead: what letters and the portal look like, and the logo itself."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from kulant.api.bodies import PlainRoute
from kulant.api.call import Administering, Reading
from kulant.api.given import LetterheadGiven
from kulant.api.shapes import LetterheadShape
from kulant.core.errors import NotFound, Refusal
from kulant.db import Act
from kulant.letters.letterhead import letterhead_json, look_of, set_letterhead
from kulant.letters.logos import MEDIA_TYPE

router = APIRouter(route_class=PlainRoute, tags=["Setting up"])


@router.get("/letterhead", response_model=LetterheadShape)
def letterhead(call: Reading) -> Response:
    """How letters and the customers' pages look today, and what letters have to go without."""
    with call.looking() as session:
        return call.show(letterhead_json(look_of(session, call.creditor.id), call.creditor))


@router.get("/letterhead/logo", responses={200: {"content": {MEDIA_TYPE: {}}}}, response_class=Response)
def logo(call: Reading) -> Response:
    """The logo as a PNG: drawn anew on white from what was uploaded."""
    with call.looking() as session:
        look = look_of(session, call.creditor.id)
    if look.logo is None:
        raise NotFound("no_logo", "there is no logo; the name stands in its place")
    return call.file(look.logo, media_type=MEDIA_TYPE, name="logo.png", mark=look.logo_sha256)


@router.put("/letterhead", response_model=LetterheadShape)
def change(call: Administering, given: LetterheadGiven) -> Response:
    """Changes what is given. A logo is drawn anew, so that nothing but the picture is kept."""
    fields: dict[str, Any] = given.model_dump(exclude_none=True)
    if "logo" in fields:
        fields["logo"] = _decoded(fields["logo"])

    def work(act: Act) -> dict[str, Any]:
        return letterhead_json(set_letterhead(act, creditor=call.creditor, **fields), call.creditor)

    return call.once(work)


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise Refusal("bad_logo", "the logo must be a PNG or JPEG picture, written in Base64") from None
