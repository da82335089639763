"""API tokens from the shell: create, list, revoke."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from kulant.cli.console import ACTOR, answer, ready_settings
from kulant.cli.options import JsonFlag
from kulant.db import reading
from kulant.people.models import User
from kulant.people.tokens import (
    SCOPES,
    USUAL_DAYS,
    all_tokens,
    create_token,
    revoke_token,
    token_by_id,
    token_json,
    user_by_name,
)
from kulant.transaction import doing

app = typer.Typer(rich_markup_mode=None)
token = typer.Typer(help="Keys with which programs call the API.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(token, name="token")


@token.command()
def create(
    user: Annotated[str, typer.Option(metavar="USER", help="The person it acts as; it sees and may what they may.")],
    scope: Annotated[list[str], typer.Option(metavar="SCOPE", help=f"Several times: {', '.join(SCOPES)}.")],
    name: Annotated[str, typer.Option(help="What uses it; stands in the audit trail.")] = "api",
    days: Annotated[int, typer.Option(min=0, help="How long it is valid; 0: until it is revoked.")] = USUAL_DAYS,
    json: JsonFlag = False,
) -> None:
    """Makes a token and prints its secret, which is shown this once."""
    settings = ready_settings()
    scopes = {one.strip() for part in scope for one in part.split(",") if one.strip()}
    with doing(settings, actor=ACTOR) as act:
        owner = user_by_name(act.session, user)
        made, secret = create_token(act, user=owner, scopes=scopes, name=name, days=days or None)
        shown = token_json(made, owner, act.now) | {"token": secret}
    until = f"until {made.expires_at:%Y-%m-%d}" if made.expires_at else "until it is revoked"
    answer(
        shown,
        json,
        f"Token {made.id} acts as {owner.name} ({', '.join(made.scopes)}), {until}. Its secret, shown this once:",
        secret,
    )


@token.command("list")
def show(
    user: Annotated[str | None, typer.Option(metavar="USER", help="Only this person's.")] = None, json: JsonFlag = False
) -> None:
    """All tokens, the newest first: whose they are, what they may, when they were last used. Never the secrets."""
    settings = ready_settings()
    with reading(settings.database_url) as session:
        owner = user_by_name(session, user) if user is not None else None
        shown = [token_json(one, of, datetime.now(UTC)) for one, of in all_tokens(session, owner)]
    lines = [
        f"{one['id']:>5}  {one['status']:<8}  {one['user']:<16}  {one['name']:<20}  {','.join(one['scopes'])}  "
        f"last used {one['last_used_at'] or 'never'}"
        for one in shown
    ]
    answer(shown, json, *(lines or ["There are no tokens."]))


@token.command()
def revoke(id: Annotated[str, typer.Argument(metavar="ID", help="Its number.")], json: JsonFlag = False) -> None:
    """Ends a token at once."""
    settings = ready_settings()
    with doing(settings, actor=ACTOR) as act:
        found = token_by_id(act.session, id)
        revoke_token(act, token=found)
        shown = token_json(found, act.session.get_one(User, found.user_id), act.now)
    answer(shown, json, f"Token {found.id} opens nothing any more.")
