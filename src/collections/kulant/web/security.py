"""What every answer carries so that a browser trusts nothing but us, and what every change must prove."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kulant.core.errors import Forbidden
from kulant.web.problems import Problem, is_for_programs, problem_response

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)
CONTENT_POLICY = _POLICY.format(ancestors="'none'")

# A letter brings its own style sheet within it. It runs no script, sends nothing and is shown only inside our pages;
# its origin stays ours, or it could not load its fonts.
LETTER_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-same-origin"
)

_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}


class SecurityHeaders:
    """Adds the security headers an answer did not set itself; ``https`` adds strict transport."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self.headers = dict(_HEADERS)
        if https:
            self.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


_TOO_LARGE_FOR_PROGRAMS = (
    "This is larger than is taken here, or this token may not send it. Divide it into several calls."
)


_TOO_LARGE_FOR_PEOPLE = (
    "This is larger than Kulant takes here, or you are not logged in any more. "
    "Import a large file with: kulant import FILE\n"
)


class TooLarge(Exception):
    """More was sent than any form of ours can hold."""


class BodyLimit:
    """Ends a request whose body is larger than its address may take, before it fills the disk or the memory.

    A body is read before a route asks who sends it. So what is larger than usual is let in only from people ``trusted``
    says may send it; everybody else is told so before a byte of it is read. ``elsewhere``: the beginning of addresses
    that have a limit of their own. ``largest_of``: the same as ``larger`` for addresses that nobody can list.
    ``own``: what a door with a look of its own says of it.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        usual: int,
        larger: dict[str, int],
        trusted: Callable[[Request], bool],
        elsewhere: str | None = None,
        largest_of: Callable[[str], int | None] = lambda path: None,
        own: Callable[[Request, Problem], Response | None] = lambda request, problem: None,
    ) -> None:
        self.app = app
        self.usual = usual
        self.larger = larger
        self.trusted = trusted
        self.elsewhere = elsewhere
        self.largest_of = largest_of
        self.own = own

    async def _most(self, scope: Scope) -> int:
        """How much this request may bring."""
        most = self.larger.get(scope["path"]) or self.largest_of(scope["path"])
        if most is None or scope["method"] != "POST" or not await run_in_threadpool(self.trusted, Request(scope)):
            return self.usual
        return most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (self.elsewhere and scope["path"].startswith(self.elsewhere)):
            await self.app(scope, receive, send)
            return
        most = await self._most(scope)
        stated = dict(scope["headers"]).get(b"content-length", b"")
        if stated.isdigit() and int(stated) > most:
            await self._too_large(scope, receive, send)
            return
        received, begun, over = 0, False, False

        async def counted() -> Message:
            nonlocal received, over
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                over = True
                raise TooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal begun
            if not over or begun:  # what the application says of a body cut off is not the reason
                begun = True
                await send(message)

        with suppress(TooLarge):
            await self.app(scope, counted, noted)
        if over and not begun:
            await self._too_large(scope, receive, send)

    async def _too_large(self, scope: Scope, receive: Receive, send: Send) -> None:
        close = {"Connection": "close"}
        problem = Problem(413, "too_large", _TOO_LARGE_FOR_PROGRAMS, headers=close)
        if is_for_programs(scope["path"]):
            await problem_response(problem)(scope, receive, send)
            return
        said = self.own(Request(scope), problem)
        await (said or PlainTextResponse(_TOO_LARGE_FOR_PEOPLE, 413, close))(scope, receive, send)


def require_same_origin(request: Request) -> None:
    """Refuses a change that another site's page sent. Browsers tell; programs without a browser send neither header."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        allowed = site in ("same-origin", "none")
    else:
        origin = request.headers.get("origin")
        allowed = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not allowed:
        raise Forbidden("other_site", "This was sent from another site, so nothing was done. Open the page here.")


def require_token(expected: str, given: str) -> None:
    """Refuses a change whose form does not carry the token of this log-in."""
    if not given or not hmac.compare_digest(expected.encode(), given.encode()):
        raise Forbidden(
            "csrf", "This page is from an earlier log-in, so nothing was done. Reload the page and do it again."
        )
