"""The web application: static files, health, the desk, the portal, the API."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response
from starlette.types import Scope

from kulant.api.app import PREFIX, create_api
from kulant.db import reading
from kulant.desk.routes import router as desk
from kulant.desk.uploads import LARGEST
from kulant.letters.logos import LARGEST_FILE
from kulant.paths import resource_dir
from kulant.portal.entry import router as portal_entry
from kulant.portal.files import largest_of, may_give_files
from kulant.portal.pages import portal_answer
from kulant.portal.paying import public as portal_paying
from kulant.portal.routes import router as portal
from kulant.settings import Settings
from kulant.web import answers, metrics
from kulant.web.compress import Compressed
from kulant.web.deps import may_send_files
from kulant.web.security import BodyLimit, SecurityHeaders

# Nothing people type comes near to it; a form with a thousand ticked customers is well below.
FORM_SIZE = 1024 * 1024


class KeptFiles(StaticFiles):
    """Static files; those asked for by their content hash may be kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        kept = b"v=" in scope.get("query_string", b"")
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "public, max-age=86400"
        return answer


def create_app(settings: Settings) -> FastAPI:
    """The application for these settings."""
    app = FastAPI(title="Kulant", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.settings = settings
    app.add_middleware(Compressed)
    app.add_middleware(
        BodyLimit,
        usual=FORM_SIZE,
        larger={"/import/look": LARGEST + FORM_SIZE, "/letterhead/logo": LARGEST_FILE + FORM_SIZE},
        trusted=lambda request: may_give_files(request, settings) or may_send_files(request, settings),
        elsewhere=f"{PREFIX}/",
        largest_of=largest_of,
        own=portal_answer,
    )
    app.add_middleware(SecurityHeaders, https=settings.base_url.startswith("https:"))
    answers.install(app, portal_answer)
    app.mount("/static", KeptFiles(directory=resource_dir("static")), name="static")
    app.mount(PREFIX, create_api(settings), name="api")
    app.include_router(portal_entry)
    app.include_router(portal_paying)
    app.include_router(portal)
    app.include_router(desk)
    _add_health(app, settings)
    metrics.install(app, settings)  # outermost: what any other layer refuses is counted too
    return app


def _add_health(app: FastAPI, settings: Settings) -> None:
    @app.get("/healthz", include_in_schema=False)
    def alive() -> JSONResponse:
        """The process answers."""
        return JSONResponse({"status": "ok"})

    @app.get("/readyz", include_in_schema=False)
    def ready() -> JSONResponse:
        """The database answers and has the tables this program needs."""
        try:
            with reading(settings.database_url) as session:
                session.execute(text("SELECT 1 FROM creditor LIMIT 1"))
        except SQLAlchemyError:
            return JSONResponse({"status": "database not ready; run: kulant db upgrade"}, 503)
        return JSONResponse({"status": "ok"})
