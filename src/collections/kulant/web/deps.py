"""What a route may ask for: settings, the person logged in, the creditor worked on, a session, a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, cast
from urllib.parse import quote

from fastapi import Depends, Form, Header, Request
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from kulant.core.errors import Forbidden, Refusal
from kulant.db import Act, reading
from kulant.people.models import Creditor
from kulant.people.service import creditors_of
from kulant.people.sessions import session_user
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.web.security import require_same_origin, require_token

SESSION_COOKIE = "kulant_session"
CREDITOR_COOKIE = "kulant_creditor"
MANAGERS = ("manager", "admin")


class NotLoggedIn(Exception):
    """Nobody is logged in; the application answers with the log-in page and comes back afterwards."""

    def __init__(self, back: str) -> None:
        super().__init__(back)
        self.address = "/login" + (f"?next={quote(back)}" if back not in ("", "/") else "")


# A row's number from an address or form; one that no database could hold is refused before it is asked for.
RowId = Annotated[int, Field(ge=1, lt=2**63)]


def get_settings(request: Request) -> Settings:
    """The settings the application was made with."""
    return cast(Settings, request.app.state.settings)


SettingsDep = Annotated[Settings, Depends(get_settings)]


def get_reader(settings: SettingsDep) -> Iterator[Session]:
    """A session for looking things up; it is rolled back at the end."""
    with reading(settings.database_url) as session:
        yield session


Reader = Annotated[Session, Depends(get_reader, scope="function")]


def give_back(session: Session) -> None:
    """Gives the connection back to the pool; what was read stays readable, and what is read next takes one again.

    What a dependency has read with is not kept until the route runs: between the two a request waits for a thread, and
    a route that changes something opens a transaction of its own. Were the first connection kept meanwhile, as many
    requests at a time as there are connections would each hold one and wait for another, until all are refused.
    """
    session.expunge_all()
    session.rollback()


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person logged in, the creditors they may see and the one they are looking at."""

    name: str
    display_name: str
    role: str
    csrf_token: str
    creditors: tuple[Creditor, ...]
    chosen: Creditor | None

    @property
    def creditor(self) -> Creditor:
        """The creditor worked on."""
        if self.chosen is None:
            raise Forbidden("no_creditor", "You have no creditor to work on yet. Ask an administrator to give you one.")
        return self.chosen

    @property
    def may_act(self) -> bool:
        """Whether they may change anything; a viewer only looks."""
        return self.role != "viewer"

    @property
    def may_manage(self) -> bool:
        """Whether they may change what everybody works by: ladders, rules, limits, texts, the law's figures."""
        return self.role in MANAGERS

    def require_manager(self, what: str) -> None:
        """Refuses those who may not change it; ``what`` ends the sentence: "the rules of care"."""
        if not self.may_manage:
            raise Forbidden("only_managers", f"Only a manager or an administrator may change {what}.")


def find_viewer(request: Request, settings: Settings) -> Viewer | None:
    """Who is logged in on this browser, if anybody."""
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return None
    with reading(settings.database_url) as session:
        found = session_user(session, token, now=datetime.now(UTC))
        if found is None:
            return None
        user, csrf_token = found
        creditors = tuple(creditors_of(session, user))
    code = request.cookies.get(CREDITOR_COOKIE)
    chosen = next((each for each in creditors if each.code == code), creditors[0] if creditors else None)
    return Viewer(user.name, user.display_name, user.role, csrf_token, creditors, chosen)


def may_send_files(request: Request, settings: Settings) -> bool:
    """Whether somebody is logged in on this browser who may change things, and asks from our own page."""
    try:
        require_same_origin(request)
    except Refusal:
        return False
    viewer = find_viewer(request, settings)
    return viewer is not None and viewer.may_act


def get_viewer(request: Request, settings: SettingsDep) -> Viewer:
    """The person logged in; sends everybody else to the log-in page."""
    viewer = find_viewer(request, settings)
    if viewer is None:
        raise NotLoggedIn(_way_back(request))
    return viewer


def _way_back(request: Request) -> str:
    if request.method != "GET":
        return "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


ViewerDep = Annotated[Viewer, Depends(get_viewer)]


def get_today(viewer: ViewerDep, settings: SettingsDep) -> date:
    """The business date where the creditor is."""
    return settings.today(viewer.creditor.country)


Today = Annotated[date, Depends(get_today)]


def require_writer(
    request: Request,
    viewer: ViewerDep,
    csrf: Annotated[str, Form()] = "",
    x_csrf_token: Annotated[str, Header()] = "",
) -> Viewer:
    """The person logged in, on a form that proves to be ours, with the right to change things."""
    require_same_origin(request)
    require_token(viewer.csrf_token, csrf or x_csrf_token)
    if not viewer.may_act:
        raise Forbidden("only_viewing", "You may look but not change anything here. Ask a colleague with the right to.")
    return viewer


Writer = Annotated[Viewer, Depends(require_writer)]


def get_act(viewer: Writer, settings: SettingsDep) -> Iterator[Act]:
    """One transaction for the request, committed before the answer leaves: a failing commit is never answered 200."""
    with doing(settings, actor=viewer.name, country=viewer.creditor.country) as act:
        yield act


ActDep = Annotated[Act, Depends(get_act, scope="function")]


async def get_form(request: Request) -> FormData:
    """The form as it was sent, where its fields are not named by us."""
    return await request.form()


RawForm = Annotated[FormData, Depends(get_form)]


_LONGEST_BACK = 1000  # it stands in headers, which browsers and proxies take only so long


def safe_back(address: str | None) -> str:
    """An address within this site to return to; anything else becomes the front page."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return "/"
    if len(address) > _LONGEST_BACK:
        return "/"
    if any(ord(letter) < 32 for letter in address):
        raise Refusal("bad_address", "That address has characters it may not have.")
    return address
