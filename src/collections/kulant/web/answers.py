"""How refusals, missing pages and faults are answered.

People get a calm page, or a message beside what they were doing; programs, which live under ``/api``, get a problem
document. Both say the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from kulant.core.errors import Refusal
from kulant.web.deps import NotLoggedIn
from kulant.web.problems import Problem, is_for_programs, problem_of, problem_response
from kulant.web.templating import page

# At an address for people the same is said as one says it of pages.
_OF_PAGES = {
    404: "There is no page at this address.",
    405: "This address is for forms. Go back and use the button there.",
}


# How a door answers in a look of its own; none where the address is not one of its own.
OwnAnswer = Callable[[Request, Problem], Response | None]


def answer(request: Request, error: Exception) -> Response:
    """The answer to what went wrong. A fault is raised on to the server afterwards, which logs it in full."""
    problem = problem_of(error)
    own: OwnAnswer | None = getattr(request.app.state, "own_answer", None)
    if own is not None and (said := own(request, problem)) is not None:
        return said
    if is_for_programs(request.url.path):
        return problem_response(problem)
    if isinstance(error, HTTPException):
        problem = replace(problem, detail=_OF_PAGES.get(problem.status, problem.detail))
    return _page(request, problem)


def _page(request: Request, problem: Problem) -> HTMLResponse:
    context = {"title": problem.title, "sentence": problem.detail}
    if "hx-request" in request.headers:
        # The message appears beside what the person was doing; nothing they typed is lost.
        headers = {
            "HX-Retarget": "#messages",
            "HX-Reswap": "innerHTML",
            "HX-Push-Url": "false",
            "HX-Reselect": "#message",
        }
        return page(request, "desk/message.html", context, status=problem.status, headers=headers)
    return page(request, "desk/error.html", context, status=problem.status)


def not_logged_in(request: Request, error: Exception) -> Response:
    """Sends the browser to the log-in page, also when only a part of a page was asked for."""
    assert isinstance(error, NotLoggedIn)
    if "hx-request" in request.headers:
        return PlainTextResponse("", 200, {"HX-Redirect": error.address})
    return RedirectResponse(error.address, 303)


def install(app: FastAPI, own: OwnAnswer | None = None) -> None:
    """Registers these answers, and before them those of a door with a look of its own."""
    app.state.own_answer = own
    app.add_exception_handler(NotLoggedIn, not_logged_in)
    for kind in (Refusal, RequestValidationError, HTTPException, DataError, UnicodeEncodeError, Exception):
        app.add_exception_handler(kind, answer)
