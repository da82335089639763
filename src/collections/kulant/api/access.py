"""Who is let in: a Bearer token in the Authorization header, and nothing else. Cookies are not looked at."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from kulant.api.limits import RateLimit
from kulant.core.errors import Forbidden, Refusal
from kulant.db import reading
from kulant.people.tokens import Bearer, bearer_of
from kulant.settings import Settings
from kulant.web.problems import problem_of, problem_response

# What anybody may look at.
OPEN = ("/openapi.json",)

# Addresses end up in logs and histories; a secret must never be in one.
_SECRETS_IN_ADDRESS = ("access_token", "token", "api_key", "apikey")


class NotLetIn(Refusal):
    """Nobody is known by that token."""

    status = 401
    headers = {"WWW-Authenticate": 'Bearer realm="kulant"'}


class TooOften(Refusal):
    """The token has asked too often."""

    status = 429

    def __init__(self, seconds: float) -> None:
        self.headers = {"Retry-After": str(max(1, math.ceil(seconds)))}
        super().__init__("too_many_calls", "this token has called too often; wait as long as Retry-After says")


class Gate:
    """Lets a request in when its token is good, before any of its body is read; the route finds who it is."""

    def __init__(self, app: ASGIApp, *, settings: Settings, limit: RateLimit) -> None:
        self.app = app
        self.settings = settings
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            try:
                refuse_odd(request)
                if path not in OPEN:
                    bearer = await run_in_threadpool(known, request, self.settings)
                    wait = self.limit.wait(bearer.token_id)
                    if wait:
                        raise TooOften(wait)
                    scope.setdefault("state", {})["bearer"] = bearer
            except Refusal as refusal:
                await problem_response(problem_of(refusal))(scope, receive, send)
                return
        await self.app(scope, receive, send)


def refuse_odd(request: Request) -> None:
    """Refuses what no address may hold: secrets, and characters that are no text."""
    names = {name.lower() for name in request.query_params}
    if names & set(_SECRETS_IN_ADDRESS):
        raise Refusal(
            "token_in_address",
            "a token must not stand in the address, where logs keep it; send it as: Authorization: Bearer … "
            "If this one is real, revoke it.",
        )
    said = [request.url.path, *(part for pair in request.query_params.multi_items() for part in pair)]
    if any("\x00" in part for part in said):
        raise Refusal("no_text", "the address holds a character that is no text")


def known(request: Request, settings: Settings) -> Bearer:
    """Whom the request's token lets in; refuses when it lets in nobody."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise NotLetIn("no_token", "send a token as: Authorization: Bearer …; make one with: kulant token create")
    with reading(settings.database_url) as session:
        bearer = bearer_of(session, secret.strip(), datetime.now(UTC))
    if bearer is None:
        raise NotLetIn("bad_token", "this token opens nothing: it is wrong, has expired, or was revoked")
    return bearer


def require_scope(bearer: Bearer, scope: str) -> None:
    """Refuses what the token, or the person behind it, may not do."""
    if scope not in bearer.scopes:
        raise Forbidden(
            "no_scope",
            f"this needs the scope {scope!r}, which this token does not have or {bearer.role}s may not use; "
            f"it has: {', '.join(sorted(bearer.scopes)) or 'none'}",
        )
