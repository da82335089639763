"""Ways in without a working link: the code of a letter typed by hand, and a fresh link by e-mail.

Neither says whether there is such a customer, link or address: the answer is always the same.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.background import BackgroundTask

from kulant.db import reading
from kulant.delivery.portal_mail import mail_fresh_link
from kulant.i18n import translator
from kulant.people.models import Creditor
from kulant.plans.links import find_by_code, find_link, token_for
from kulant.portal import limits
from kulant.portal.fields import read_words
from kulant.portal.pages import HEADERS, CalmRoute, bare, by_a_person, by_hand, require_own_page
from kulant.portal.visit import reader_language
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.web.deps import SettingsDep

router = APIRouter(route_class=CalmRoute, include_in_schema=False)

_LONGEST = 80  # of a customer's number
Text = Annotated[str, Form()]


@router.get("/p")
def ask_for_code(request: Request) -> Response:
    """Where the code of a letter is typed."""
    return _ask(request, number="", problem=None)


def _ask(request: Request, *, number: str, problem: str | None, status: int = 200) -> Response:
    context = {"number": number, "problems": [("code", problem)] if problem else []}
    return bare(request, "entry", reader_language(request), context, status=status)


@router.post("/p")
def open_by_code(request: Request, settings: SettingsDep, number: Text = "", code: Text = "") -> Response:
    """Opens the page of the customer of that number whose letter bears that code."""
    require_own_page(request)
    number, code = read_words(number, _LONGEST), read_words(code, _LONGEST)
    t = translator(reader_language(request))
    with doing(settings, actor="somebody with a letter (portal)") as act:
        # Who tries too often is not counted against the customers whose numbers they try: nobody is locked out so.
        allowed = limits.from_where(act, settings, limits.CODE_BY_ADDRESS, request) and limits.within(
            act, settings, limits.CODE_BY_CUSTOMER, number.casefold()
        )
        found = find_by_code(act.session, settings.secret_key(), number, code, act.today) if allowed else None
        token = token_for(settings.secret_key(), found.link.nonce) if found else None
    if not allowed:
        raise limits.too_often()
    if token is None:
        wrong = t.gettext("The number and the code do not belong together. Please look at the letter once more.")
        return _ask(request, number=number, problem=wrong, status=422)
    asked = request.query_params.get("lang")
    return RedirectResponse(f"/p/{token}" + (f"?lang={asked}" if asked and asked.isalpha() else ""), 303, HEADERS)


@router.post("/p/{token}/fresh", dependencies=[Depends(by_a_person)])
def send_fresh_link(request: Request, settings: SettingsDep, token: str, mine: Text = "") -> Response:
    """Mails a new link to the address on file, if there is one; says the same in any case."""
    require_own_page(request)
    if not by_hand(request, mine):
        return bare(request, "fresh_by_hand", reader_language(request), {"token": token})
    with reading(settings.database_url) as session:
        found = find_link(session, token, settings.today())
        creditor = session.get_one(Creditor, found.link.creditor_id) if found is not None else None
    answer = bare(request, "fresh", reader_language(request), {"creditor": creditor})
    # Done when the answer is on its way: how long it takes tells nobody whether there was an address to mail to.
    answer.background = BackgroundTask(_mail, request, settings, token)
    return answer


def _mail(request: Request, settings: Settings, token: str) -> None:
    with doing(settings, actor="somebody with an old link (portal)") as act:
        allowed = limits.from_where(act, settings, limits.FRESH_BY_ADDRESS, request)
        found = find_link(act.session, token, act.today)
        if found is not None and allowed and limits.within(act, settings, limits.FRESH_BY_LINK, found.link.id):
            mail_fresh_link(act, old=found.link)
