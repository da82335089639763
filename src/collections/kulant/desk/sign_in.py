"""Logging in and out, and choosing which creditor to work on."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kulant.core.errors import NotFound, Refusal
from kulant.desk.shell import LANGUAGE
from kulant.people.sessions import SESSION_LENGTH, log_in, log_out
from kulant.transaction import doing
from kulant.web.deps import CREDITOR_COOKIE, SESSION_COOKIE, SettingsDep, Viewer, ViewerDep, find_viewer, safe_back
from kulant.web.security import require_same_origin, require_token
from kulant.web.templating import page

router = APIRouter()


@router.get("/login")
def show_login(request: Request, settings: SettingsDep, next: str = "/") -> Response:
    """The log-in page; whoever is logged in already goes on."""
    if find_viewer(request, settings) is not None:
        return RedirectResponse(safe_back(next), 303)
    return _login_page(request, name="", problem="", next_page=safe_back(next))


def _login_page(request: Request, *, name: str, problem: str, next_page: str, status: int = 200) -> Response:
    context = {"name": name, "problem": problem, "next": next_page}
    return page(request, "desk/login.html", context, language=LANGUAGE, status=status)


@router.post("/login")
def send_login(
    request: Request,
    settings: SettingsDep,
    name: Annotated[str, Form(max_length=80)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Logs in, or says on the same page why not."""
    require_same_origin(request)
    try:
        with doing(settings, actor=name.strip() or "nobody") as act:
            token = log_in(act, name=name, password=password)
    except Refusal as refusal:
        return _login_page(
            request, name=name, problem=refusal.sentence, next_page=safe_back(next), status=refusal.status
        )
    if token is None:
        problem = "Name and password do not belong together. Please check both."
        return _login_page(request, name=name, problem=problem, next_page=safe_back(next), status=401)
    answer = RedirectResponse(safe_back(next), 303)
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(SESSION_LENGTH / timedelta(seconds=1)),
        httponly=True,
        samesite="lax",
        secure=settings.base_url.startswith("https:"),
    )
    return answer


def _proven(request: Request, viewer: Viewer, csrf: str) -> None:
    require_same_origin(request)
    require_token(viewer.csrf_token, csrf)


@router.post("/logout")
def send_logout(
    request: Request, viewer: ViewerDep, settings: SettingsDep, csrf: Annotated[str, Form()] = ""
) -> Response:
    """Ends the session here and in the database."""
    _proven(request, viewer, csrf)
    with doing(settings, actor=viewer.name) as act:
        log_out(act, token=request.cookies[SESSION_COOKIE])
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(SESSION_COOKIE)
    answer.delete_cookie(CREDITOR_COOKIE)
    return answer


@router.post("/creditor")
def choose_creditor(
    request: Request,
    viewer: ViewerDep,
    settings: SettingsDep,
    code: Annotated[str, Form()],
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """Works on another of the creditors this person may see."""
    _proven(request, viewer, csrf)
    if code not in {creditor.code for creditor in viewer.creditors}:
        raise NotFound("no_creditor", "There is no such creditor for you.")
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        CREDITOR_COOKIE, code, httponly=True, samesite="lax", secure=settings.base_url.startswith("https:")
    )
    return answer
