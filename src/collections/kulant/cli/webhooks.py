"""Webhooks in the shell: addresses that are told what happens."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from kulant.cli.console import ACTOR, answer, looking, ready_settings, working
from kulant.cli.options import CreditorCode, JsonFlag
from kulant.delivery import webhook_queries as queries
from kulant.delivery import webhooks
from kulant.delivery.webhook_events import TYPES
from kulant.delivery.webhook_posting import Poster
from kulant.delivery.webhook_rounds import send_webhooks

app = typer.Typer(rich_markup_mode=None)
webhook = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Addresses that are told what happens.")
app.add_typer(webhook, name="webhook")

Number = Annotated[int, typer.Argument(metavar="ID", help="Its number.")]


@webhook.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="Begins with https://.")],
    event: Annotated[
        list[str] | None, typer.Option(metavar="TYPE", help=f"Several times: {', '.join(TYPES)}. By default all.")
    ] = None,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Tells an address from now on, and prints its secret, which is shown this once."""
    settings = ready_settings()
    with working(creditor, actor=ACTOR) as desk:
        made, secret = webhooks.add_endpoint(
            desk.act,
            creditor=desk.creditor,
            url=url,
            events=event or [],
            key=settings.secret_key(),
            poster=Poster(private=settings.webhooks_private),
        )
        shown = webhooks.endpoint_json(made) | {"secret": secret}
    answer(shown, json, f"Webhook {made.id} tells {made.url}. Its secret, shown this once:", secret)


@webhook.command("list")
def show(creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """The addresses, and how many messages wait for each. Never the secrets."""
    with looking(creditor) as look:
        shown = [
            webhooks.endpoint_json(one, waiting=queries.waiting(look.session, one.id))
            for one in queries.endpoints(look.session, look.creditor.id)
        ]
    lines = [
        f"{one['id']:>5}  {one['status']:<8} {one['waiting']:>5} waiting  {one['url']}  "
        f"{', '.join(one['events']) or 'all events'}"
        for one in shown
    ]
    answer(shown, json, *(lines or ["No address is told anything."]))


@webhook.command()
def secret(
    id: Number,
    hours: Annotated[int, typer.Option(help="So long the old secret signs too.")] = webhooks.OVERLAP_HOURS,
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Changes the secret and prints the new one, which is shown this once."""
    key = ready_settings().secret_key()
    with working(creditor, actor=ACTOR) as desk:
        endpoint = queries.endpoint_by_id(desk.act.session, desk.creditor.id, id)
        new = webhooks.rotate(desk.act, endpoint=endpoint, key=key, hours=hours)
        shown = webhooks.endpoint_json(endpoint) | {"secret": new}
    answer(shown, json, f"The new secret of webhook {id}, shown this once; for {hours} hours both are valid:", new)


@webhook.command()
def on(id: Number, creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """Tells an address again; what waits goes on where it stopped."""
    _switch(id, creditor, json, on=True)


@webhook.command()
def off(id: Number, creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """Tells an address nothing any more; what happens meanwhile is not told later."""
    _switch(id, creditor, json, on=False)


def _switch(number: int, creditor: str | None, json: bool, *, on: bool) -> None:
    with working(creditor, actor=ACTOR) as desk:
        endpoint = queries.endpoint_by_id(desk.act.session, desk.creditor.id, number)
        webhooks.switch(desk.act, endpoint=endpoint, on=on)
        shown = webhooks.endpoint_json(endpoint)
    answer(shown, json, f"Webhook {number} is {shown['status']}.")


@webhook.command()
def remove(id: Number, creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """Forgets an address and what waits for it."""
    with working(creditor, actor=ACTOR) as desk:
        endpoint = queries.endpoint_by_id(desk.act.session, desk.creditor.id, id)
        shown = webhooks.endpoint_json(endpoint) | {"status": "removed"}
        webhooks.remove(desk.act, endpoint=endpoint)
    answer(shown, json, f"Webhook {id} was removed.")


@webhook.command()
def ping(id: Number, creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """Sends a test message now, with whatever else is due, and says what came of it."""
    with working(creditor, actor=ACTOR) as desk:
        endpoint = queries.endpoint_by_id(desk.act.session, desk.creditor.id, id)
        made = webhooks.ping(desk.act, creditor=desk.creditor, endpoint=endpoint).id
    _send_and_show(made, creditor, json)


@webhook.command()
def again(
    message: Annotated[int, typer.Argument(metavar="MESSAGE", help="The message's number, from the log.")],
    creditor: CreditorCode = None,
    json: JsonFlag = False,
) -> None:
    """Sends a message once more now, under the same id."""
    with working(creditor, actor=ACTOR) as desk:
        webhooks.again(desk.act, message=queries.message_by_id(desk.act.session, desk.creditor.id, message))
    _send_and_show(message, creditor, json)


def _send_and_show(number: int, creditor: str | None, json: bool) -> None:
    send_webhooks(ready_settings())
    with looking(creditor) as look:
        shown = webhooks.message_json(queries.message_by_id(look.session, look.creditor.id, number))
    answer(shown, json, _line(shown))


@webhook.command()
def log(id: Number, creditor: CreditorCode = None, json: JsonFlag = False) -> None:
    """The newest messages to an address, and what became of them."""
    with looking(creditor) as look:
        endpoint = queries.endpoint_by_id(look.session, look.creditor.id, id)
        rows = queries.messages(look.session, endpoint.id, webhooks.SHOWN)
        shown = [webhooks.message_json(one) for one in rows]
    answer(shown, json, *([_line(one) for one in shown] or ["Nothing was to be told yet."]))


def _line(one: dict[str, Any]) -> str:
    came = one["problem"] or (f"answered {one['answer']}" if one["answer"] else "not tried yet")
    return f"{one['id']:>7}  {one['status']:<8} {one['type']:<22} {one['attempts']:>2} attempts  {came}"


@webhook.command()
def send(json: JsonFlag = False) -> None:
    """Sends what is due for all creditors, as a worker does by itself."""
    sent = send_webhooks(ready_settings())
    answer({"sent": sent}, json, f"{sent} messages were taken.")
