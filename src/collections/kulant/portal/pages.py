"""How the portal answers: its pages, its headers, and the calm page behind a link that opens nothing."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute

from kulant.core.errors import Forbidden, Refusal
from kulant.i18n import LANGUAGES_BY_NAME, Translator, translator
from kulant.portal.seal import seal, unseal
from kulant.portal.visit import NoLink, Visit, reader_language
from kulant.web.templating import page

# Stricter than the desk: no script of any kind, nothing from elsewhere, never inside another page.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}

# What is wrong on a form: the field it concerns and a sentence about it.
Problems = list[tuple[str, str]]


def words(visit: Visit) -> Translator:
    """Texts in the visitor's language."""
    return translator(visit.language)


def show(
    request: Request, visit: Visit, name: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> Response:
    """A page of the portal in the visitor's language."""
    shared = {
        "visit": visit,
        "url": visit.url,
        "creditor": visit.creditor,
        "customer": visit.customer,
        "languages": LANGUAGES_BY_NAME,
        "path": request.url.path,
        "query": {name: value for name, value in request.query_params.items() if name != "lang"},
        "contact_phone": visit.creditor.contact_phone or visit.creditor.phone,
    }
    return page(
        request,
        f"portal/{name}.html",
        shared | dict(context or {}),
        language=visit.language,
        status=status,
        headers=HEADERS,
    )


def show_form(
    request: Request,
    visit: Visit,
    name: str,
    context: Mapping[str, Any],
    *,
    problems: Problems | None = None,
    shown: Mapping[str, Any] | None = None,
) -> Response:
    """A page with a sealed form; with problems it says what to change and keeps what was typed."""
    sealed = seal(visit, name, **(shown or {}))
    full = {**context, "sealed": sealed, "problems": problems or [], "wrong": {field for field, _ in problems or []}}
    return show(request, visit, name, full, status=422 if problems else 200)


def check_seal(visit: Visit, form: str, sealed: str) -> tuple[dict[str, Any], Problems]:
    """What was shown on the form, and a problem to tell the visitor when the seal does not hold."""
    try:
        return unseal(visit, form, sealed), []
    except Forbidden:
        again = words(visit).gettext("This page was open for a while. Please look through it and send it again.")
        return {}, [("form", again)]


def go(visit: Visit, name: str, **query: object) -> Response:
    """On to another of the visitor's pages, so that reloading it sends nothing twice."""
    return RedirectResponse(visit.url(name, **query), 303, HEADERS)


def closed(request: Request, error: NoLink) -> Response:
    """A link that opens nothing: says so calmly and gives away nothing."""
    context = {"creditor": error.creditor, "languages": LANGUAGES_BY_NAME, "path": request.url.path, "query": {}}
    status = 404 if error.creditor is None else 410
    return page(request, "portal/closed.html", context, language=error.language, status=status, headers=HEADERS)


class CalmRoute(APIRoute):
    """A route whose refusals are answered in the portal's own look, never with the desk's pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its refusals turned into pages."""
        handler = super().get_route_handler()

        async def calm(request: Request) -> Response:
            try:
                return await handler(request)
            except NoLink as error:
                return closed(request, error)
            except (Refusal, RequestValidationError) as error:
                return _sorry(request, error)

        return calm


def _sorry(request: Request, error: Refusal | RequestValidationError) -> Response:
    status = error.status if isinstance(error, Refusal) else 422
    context: dict[str, Any] = {
        "home": f"/p/{request.path_params.get('token', '')}",
        "languages": {},
        "path": request.url.path,
        "query": {},
        "creditor": None,
    }
    return page(
        request, "portal/sorry.html", context, language=reader_language(request), status=status, headers=HEADERS
    )
