"""The daily run, begun by hand: after an import nobody wants to wait for tomorrow."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from kulant.delivery.daily import run_day
from kulant.desk.flash import Flash, redirect
from kulant.web.deps import ActDep, SettingsDep, Writer

router = APIRouter()


@router.post("/run")
def run(act: ActDep, viewer: Writer, settings: SettingsDep) -> Response:
    """Settles, scores and proposes for today; run again, it changes nothing."""
    result = run_day(act, creditor=viewer.creditor)
    said = f"{result['proposed']} new proposals, {result['unchanged']} as before, {result['withdrawn']} withdrawn."
    return redirect(settings, "/", Flash("The daily run is done.", said))
