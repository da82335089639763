"""Webhooks at the desk: addresses that are told what happens, tried out, and what became of each message."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from kulant.delivery import webhook_queries as queries
from kulant.delivery import webhooks
from kulant.delivery.webhook_events import TYPES
from kulant.delivery.webhook_models import WebhookEndpoint
from kulant.delivery.webhook_posting import Poster
from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import ShellDep
from kulant.web.deps import ActDep, Reader, RowId, SettingsDep, Viewer, Writer

router = APIRouter(prefix="/webhooks")

HERE = "/webhooks"
_WHAT = "webhooks"


@router.get("")
def show(shell: ShellDep, session: Reader, webhook: Annotated[int, Query(ge=0, le=2**31)] = 0) -> Response:
    """The addresses, and of one of them the newest messages."""
    shell.viewer.require_manager(_WHAT)
    found = queries.endpoints(session, shell.viewer.creditor.id)
    opened = next((one for one in found if one.id == webhook), found[0] if found else None)
    return shell.page(
        "desk/webhooks.html",
        here="settings",
        endpoints=[(one, queries.waiting(session, one.id)) for one in found],
        opened=opened,
        messages=queries.messages(session, opened.id, webhooks.SHOWN) if opened else [],
        types=TYPES,
        hours=webhooks.OVERLAP_HOURS,
        full=len(found) >= webhooks.MOST,
    )


@router.post("")
def add(
    act: ActDep,
    viewer: Writer,
    settings: SettingsDep,
    url: Annotated[str, Form(max_length=500)],
    event: Annotated[list[str], Form()] = [],  # noqa: B006 - read, never changed
) -> Response:
    """Tells an address from now on; its secret is shown once."""
    viewer.require_manager(_WHAT)
    made, secret = webhooks.add_endpoint(
        act,
        creditor=viewer.creditor,
        url=url,
        events=event,
        key=settings.secret_key(),
        poster=Poster(private=settings.webhooks_private),
    )
    said = Flash("The address is told what happens from now on.", f"Its secret, shown this once: {secret}")
    return redirect(settings, _page(made.id), said)


@router.post("/{number}/secret")
def change_secret(act: ActDep, viewer: Writer, settings: SettingsDep, number: RowId) -> Response:
    """A new secret, shown once; the old one is valid for a day."""
    endpoint = _of(act, viewer, number)
    secret = webhooks.rotate(act, endpoint=endpoint, key=settings.secret_key())
    said = Flash(
        f"The secret was changed; for {webhooks.OVERLAP_HOURS} hours both are valid.",
        f"The new one, shown this once: {secret}",
    )
    return redirect(settings, _page(number), said)


@router.post("/{number}/ping")
def ping(act: ActDep, viewer: Writer, settings: SettingsDep, number: RowId) -> Response:
    """Sends a test message with the worker's next round."""
    endpoint = _of(act, viewer, number)
    webhooks.ping(act, creditor=viewer.creditor, endpoint=endpoint)
    return redirect(settings, _page(number), Flash("A test message is on its way.", "It stands in the log below."))


@router.post("/{number}/on")
def turn_on(act: ActDep, viewer: Writer, settings: SettingsDep, number: RowId) -> Response:
    """Tells it again."""
    webhooks.switch(act, endpoint=_of(act, viewer, number), on=True)
    return redirect(settings, _page(number), Flash("Turned on.", "What waits goes on where it stopped."))


@router.post("/{number}/off")
def turn_off(act: ActDep, viewer: Writer, settings: SettingsDep, number: RowId) -> Response:
    """Tells it nothing any more."""
    webhooks.switch(act, endpoint=_of(act, viewer, number), on=False)
    return redirect(settings, _page(number), Flash("Turned off.", "What happens meanwhile is not told later."))


@router.post("/{number}/remove")
def remove(act: ActDep, viewer: Writer, settings: SettingsDep, number: RowId) -> Response:
    """Forgets it."""
    webhooks.remove(act, endpoint=_of(act, viewer, number))
    return redirect(settings, HERE, Flash("Removed, with what waited for it."))


@router.post("/messages/{number}/again")
def again(act: ActDep, viewer: Writer, settings: SettingsDep, number: RowId) -> Response:
    """Sends a message once more."""
    viewer.require_manager(_WHAT)
    message = queries.message_by_id(act.session, viewer.creditor.id, number)
    webhooks.again(act, message=message)
    said = Flash("It is sent once more.", "Under the same id, so that nobody takes it for another.")
    return redirect(settings, _page(message.endpoint_id), said)


def _of(act: ActDep, viewer: Viewer, number: int) -> WebhookEndpoint:
    viewer.require_manager(_WHAT)
    return queries.endpoint_by_id(act.session, viewer.creditor.id, number)


def _page(number: int) -> str:
    return f"{HERE}?webhook={number}"
