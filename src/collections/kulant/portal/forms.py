"""The forms that came with the newest formal notice, to be read on a screen or aloud; the paper is to be filled in."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kulant.letters.queries import newest_of_kind
from kulant.portal.pages import CalmRoute, go, show
from kulant.portal.visit import VisitDep

router = APIRouter(route_class=CalmRoute)


@router.get("/forms")
def forms(request: Request, visit: VisitDep) -> Response:
    """What the letter enclosed, word for word; the customer's page where it enclosed nothing."""
    letter = newest_of_kind(visit.session, visit.customer.id, "formal_notice")
    found = letter.content.get("enclosures") if letter is not None else None
    if not found:
        return go(visit, "")
    return show(request, visit, "forms", {"forms": found})
