"""How refusals, missing pages and faults are answered: a calm page, or a message beside what the person was doing."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from kulant.core.errors import Refusal
from kulant.web.deps import NotLoggedIn
from kulant.web.templating import page

_TITLES = {
    400: "That did not work",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Something has changed in the meantime",
    413: "Too large",
    422: "Something is missing",
    429: "Please wait a little",
    500: "Something went wrong here",
}


def _answer(request: Request, status: int, sentence: str) -> HTMLResponse:
    sentence = sentence[:1].upper() + sentence[1:]
    if sentence[-1:].isalnum() or sentence.endswith(("'", '"', ")")):
        sentence += "."
    context = {"title": _TITLES.get(status, _TITLES[400]), "sentence": sentence}
    if "hx-request" in request.headers:
        # The message appears beside what the person was doing; nothing they typed is lost.
        headers = {
            "HX-Retarget": "#messages",
            "HX-Reswap": "innerHTML",
            "HX-Push-Url": "false",
            "HX-Reselect": "#message",
        }
        return page(request, "desk/message.html", context, status=status, headers=headers)
    return page(request, "desk/error.html", context, status=status)


def refused(request: Request, error: Exception) -> Response:
    """A business refusal: its own sentence and status."""
    assert isinstance(error, Refusal)
    return _answer(request, error.status, error.sentence)


def not_logged_in(request: Request, error: Exception) -> Response:
    """Sends the browser to the log-in page, also when only a part of a page was asked for."""
    assert isinstance(error, NotLoggedIn)
    if "hx-request" in request.headers:
        return PlainTextResponse("", 200, {"HX-Redirect": error.address})
    return RedirectResponse(error.address, 303)


def malformed(request: Request, error: Exception) -> Response:
    """A form or address with a field missing or of the wrong kind."""
    assert isinstance(error, RequestValidationError)
    fields = sorted({str(each["loc"][-1]).replace("_", " ") for each in error.errors() if each["loc"]})
    return _answer(request, 422, f"Please check: {', '.join(fields)}. Nothing was changed.")


def no_such_page(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: an unknown address, a wrong method."""
    assert isinstance(error, HTTPException)
    sentence = {
        404: "There is no page at this address.",
        405: "This address is for forms. Go back and use the button there.",
    }.get(error.status_code, "The request could not be answered.")
    return _answer(request, error.status_code, sentence)


def unstorable(request: Request, error: Exception) -> Response:
    """Text that the database cannot hold: far too long, or with characters that are no text."""
    return _answer(request, 400, "Something in that is too long, or not plain text. Nothing was changed.")


def fault(request: Request, error: Exception) -> Response:
    """A fault of ours, answered without details; it is raised on to the server, which logs it in full."""
    return _answer(request, 500, "Nothing was changed. It has been noted in the log; please try again.")


def install(app: FastAPI) -> None:
    """Registers these answers."""
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(NotLoggedIn, not_logged_in)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, no_such_page)
    app.add_exception_handler(DataError, unstorable)
    app.add_exception_handler(Exception, fault)
