"""The programs' door as an application of its own, to be put under ``/api/v1``."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from starlette.requests import Request

from kulant.api import (
    routes_customers,
    routes_decisions,
    routes_documents,
    routes_imports,
    routes_letterhead,
    routes_mail,
    routes_payments,
    routes_plans,
    routes_policies,
    routes_privacy,
    routes_pure,
    routes_relationship,
    routes_reports,
    routes_setup,
    routes_webhooks,
)
from kulant.api.access import Gate
from kulant.api.describing import describe
from kulant.api.limits import RateLimit
from kulant.intake.shelf import LARGEST
from kulant.settings import Settings
from kulant.web import answers
from kulant.web.security import BodyLimit

PREFIX = "/api/v1"

# What a call may bring: a thousand contacts with their texts stay below, and so does any list of numbers.
_USUAL = 2 * 2**20
_FORM = 2**20  # what a form adds to its file

_LARGER = {
    f"{PREFIX}/imports": ("import", LARGEST + _FORM),
    f"{PREFIX}/interactions": ("import", 8 * 2**20),
    f"{PREFIX}/propose": ("read", routes_pure.LARGEST_FACTS),
    f"{PREFIX}/claim": ("read", routes_pure.LARGEST_FACTS),
}


def create_api(settings: Settings, limit: RateLimit | None = None) -> FastAPI:
    """The API for these settings."""
    app = FastAPI(title="Kulant", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.settings = settings
    # The gate is outermost: who is not let in has nothing read of what they send.
    app.add_middleware(
        BodyLimit, usual=_USUAL, larger={path: most for path, (_, most) in _LARGER.items()}, trusted=_may_send
    )
    app.add_middleware(Gate, settings=settings, limit=limit or RateLimit())
    answers.install(app)
    # Customers come last: a customer's number may hold a slash, so their address takes what others leave.
    for part in (
        routes_pure,
        routes_setup,
        routes_letterhead,
        routes_webhooks,
        routes_policies,
        routes_imports,
        routes_decisions,
        routes_mail,
        routes_plans,
        routes_payments,
        routes_documents,
        routes_reports,
        routes_privacy,
        routes_relationship,
        routes_customers,
    ):
        app.include_router(part.router)

    @app.get("/openapi.json", include_in_schema=False)
    def description() -> Response:
        """This API's own description."""
        return JSONResponse(describe(app), headers={"Cache-Control": "public, max-age=300"})

    return app


def _may_send(request: Request) -> bool:
    """Whether a token may bring as much as its address takes."""
    scope, _ = _LARGER[request.scope["path"]]
    return scope in request.state.bearer.scopes
