"""How the portal answers: its pages, its headers, and the calm page behind a link that opens nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from kulant.core.errors import Forbidden, Refusal
from kulant.i18n import LANGUAGES_BY_NAME, Translator, translator
from kulant.portal.fields import MAX_WORDS
from kulant.portal.look import portal_look
from kulant.portal.seal import seal, unseal
from kulant.portal.sheet import Sheet, sheet
from kulant.portal.visit import NoLink, Visit, reader_language
from kulant.web.deps import give_back
from kulant.web.problems import Problem, problem_of
from kulant.web.security import require_same_origin
from kulant.web.templating import page

# Stricter than the desk: one style sheet known by its digest, one small script of our own that may talk to nobody,
# nothing from elsewhere, never inside another page.
_POLICY = (
    "default-src 'none'; style-src {style}; script-src 'self'; img-src 'self'; font-src 'self'; "
    "form-action 'self'{also}; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY.format(style="'none'", also=""),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


class TooOften(Refusal):
    """Tried more often than a person would; to be tried again later."""

    status = 429


# Addresses of the portal, and the customer's page among them.
_OURS = re.compile(r"/(?:p|pay)(?:/|$)")
_TOKEN = re.compile(r"/p/[\w-]{43}(?=/|$)")

# A field that no person sees.
TRAP = "website"

# What is wrong on a form: the field it concerns and a sentence about it.
Problems = list[tuple[str, str]]


def words(visit: Visit) -> Translator:
    """Texts in the visitor's language."""
    return translator(visit.language)


def show(
    request: Request,
    visit: Visit,
    name: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    also_to: str = "",
) -> Response:
    """A page of the portal in the visitor's language. ``also_to``: another site that its forms may lead to."""
    look = portal_look(visit.session, visit.creditor.id)
    style = sheet((look.style if look else None) or "")
    shared = {
        "visit": visit,
        "url": visit.url,
        "creditor": visit.creditor,
        "customer": visit.customer,
        "languages": LANGUAGES_BY_NAME,
        "path": request.url.path,
        "query": {name: value for name, value in request.query_params.items() if name != "lang"},
        "contact_phone": visit.creditor.contact_phone or visit.creditor.phone,
        "look": look,
        "style": style.element,
    }
    give_back(visit.session)
    return page(
        request,
        f"portal/{name}.html",
        shared | dict(context or {}),
        language=visit.language,
        status=status,
        headers=_headers(style, also_to),
    )


def _headers(style: Sheet, also_to: str = "") -> dict[str, str]:
    also = f" {also_to}" if also_to else ""
    return HEADERS | {"Content-Security-Policy": _POLICY.format(style=style.source, also=also)}


def show_form(
    request: Request,
    visit: Visit,
    name: str,
    context: Mapping[str, Any],
    *,
    problems: Problems | None = None,
    shown: Mapping[str, Any] | None = None,
    also_to: str = "",
) -> Response:
    """A page with a sealed form; with problems it says what to change and keeps what was typed."""
    sealed = seal(visit, name, **(shown or {}))
    full = {**context, "sealed": sealed, "problems": problems or [], "wrong": {field for field, _ in problems or []}}
    return show(request, visit, name, full, status=422 if problems else 200, also_to=also_to)


def check_seal(visit: Visit, form: str, sealed: str) -> tuple[dict[str, Any], Problems]:
    """What was shown on the form, and a problem to tell the visitor when the seal does not hold."""
    try:
        return unseal(visit, form, sealed), []
    except Forbidden:
        again = words(visit).gettext("This page was open for a while. Please look through it and send it again.")
        return {}, [("form", again)]


def go(visit: Visit, name: str, **query: object) -> Response:
    """On to another of the visitor's pages, so that reloading it sends nothing twice."""
    give_back(visit.session)
    return RedirectResponse(visit.url(name, **query), 303, HEADERS)


def kept_pdf(pdf: bytes, name: str) -> Response:
    """A document to keep, as it is archived."""
    headers = HEADERS | {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


def soon(request: Request, visit: Visit, back: str) -> Response:
    """In place of a document that a worker is still drawing: asking never draws one, so that it is drawn once."""
    return show(request, visit, "soon", {"back": back}, status=202)


def bare(request: Request, name: str, language: str, context: Mapping[str, Any], *, status: int = 200) -> Response:
    """A page outside any visit, in the reader's language."""
    style = sheet()
    shared = {
        "creditor": None,
        "look": None,
        "style": style.element,
        "languages": LANGUAGES_BY_NAME,
        "path": request.url.path,
        "query": {},
    }
    full = shared | dict(context)
    return page(request, f"portal/{name}.html", full, language=language, status=status, headers=_headers(style))


def closed(request: Request, error: NoLink, written: str = "") -> Response:
    """A link that opens nothing: says so calmly, gives away nothing, and offers a new one.

    ``written``: what somebody wrote while it was closed.
    """
    status = 404 if error.creditor is None else 410
    token = request.path_params.get("token", "")
    return bare(
        request,
        "closed",
        error.language,
        {"creditor": error.creditor, "token": token, "written": written},
        status=status,
    )


def require_own_page(request: Request) -> None:
    """Refuses what another site's page sent. Our pages name no referrer, and with it older browsers name no origin."""
    if "sec-fetch-site" not in request.headers and request.headers.get("origin") == "null":
        return
    require_same_origin(request)


def by_hand(request: Request, ticked: str) -> bool:
    """Whether a person pressed the button of a form that asks for nothing: the browser says so, or the box is ticked.

    Browsers say it where the address is https, of a page that somebody has touched. A program that sends forms by
    script says it as little as an older browser; that one is shown a box to tick.
    """
    return request.headers.get("sec-fetch-user") == "?1" or bool(ticked)


async def by_a_person(request: Request) -> None:
    """Refuses a form in which a field is filled that no person sees: scripts that fill in everything do that."""
    if request.method == "POST" and (await request.form()).get(TRAP):
        raise Forbidden("by_a_script", "This form was filled in by a program, so nothing was done.")


class CalmRoute(APIRoute):
    """A route whose refusals are answered in the portal's own look, with what the customer wrote.

    Programs that try whether a link works ask for its head alone: they get that of the page.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if self.methods and "GET" in self.methods:
            self.methods.add("HEAD")

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its refusals turned into pages."""
        handler = super().get_route_handler()

        async def calm(request: Request) -> Response:
            try:
                return await handler(request)
            except NoLink as error:
                return closed(request, error, await _written(request))
            except (Refusal, RequestValidationError) as error:
                return _sorry(request, problem_of(error), await _written(request))

        return calm


async def _written(request: Request) -> str:
    """What somebody wrote in their own words on a form that was not taken: they shall not have to write it again."""
    if request.method != "POST":
        return ""
    try:
        return str((await request.form()).get("details") or "")[:MAX_WORDS]
    except (HTTPException, RuntimeError):
        return ""  # not a form, or one that was cut off


def portal_answer(request: Request, problem: Problem) -> Response | None:
    """What is said at the portal's addresses where no route of ours has answered; none at other addresses."""
    return _sorry(request, problem) if _OURS.match(request.url.path) else None


def _sorry(request: Request, problem: Problem, written: str = "") -> Response:
    token = _TOKEN.match(request.url.path)
    context = {"home": token[0] if token else "/p", "languages": {}, "status": problem.status, "written": written}
    answer = bare(request, "sorry", reader_language(request), context, status=problem.status)
    answer.headers.update(problem.headers or {})
    return answer
