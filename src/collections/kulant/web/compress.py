"""Text sent compressed where that is safe: style sheets, scripts, and the customer's pages.

The desk's pages are not: they hold a secret of a log-in beside what others may put into an address, and how well that
compresses would tell of it. The portal knows no log-in; its only secret is the address itself.
"""

from __future__ import annotations

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_BEGINNINGS = ("/static/", "/p/", "/pay/")
_ENTRY = "/p"
_PACKED_ALREADY = (".woff2", ".png", ".pdf", "/logo")
_LEAST = 700  # bytes: less fits into one packet anyway


class Compressed:
    """Compresses what those addresses answer, for browsers that take it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.packing = GZipMiddleware(app, minimum_size=_LEAST, compresslevel=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = scope["type"] == "http" and (scope["path"] == _ENTRY or scope["path"].startswith(_BEGINNINGS))
        packed = wanted and not scope["path"].endswith(_PACKED_ALREADY)
        await (self.packing if packed else self.app)(scope, receive, send)
