"""Who is visiting: the link in the address, the customer it belongs to, the language they read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant import i18n
from kulant.db import Act
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.plans.links import is_open, opened_by
from kulant.plans.models import PortalLink
from kulant.settings import Settings
from kulant.transaction import doing
from kulant.web.deps import Reader, SettingsDep, give_back


class NoLink(Exception):
    """The address opens nothing. ``creditor`` and ``link`` are known only when the link was once real."""

    def __init__(self, language: str, creditor: Creditor | None = None, link: PortalLink | None = None) -> None:
        super().__init__(language)
        self.language = language
        self.creditor = creditor
        self.link = link


@dataclass(frozen=True, slots=True)
class Visit:
    """A customer looking at their own page."""

    session: Session
    settings: Settings
    link: PortalLink
    creditor: Creditor
    customer: Customer
    token: str
    today: date
    language: str
    asked_language: str | None
    asked_currency: str | None
    memo: dict[str, Any] = field(default_factory=dict)  # what was read for this page already

    def path(self, page: str = "") -> str:
        """The same without language and currency."""
        return f"/p/{self.token}" + (f"/{page}" if page else "")

    def url(self, page: str = "", **query: object) -> str:
        """The address of one of the customer's pages, keeping the language and currency they chose."""
        kept = {"lang": self.asked_language, "currency": self.asked_currency, **query}
        given = {name: value for name, value in kept.items() if value not in (None, "")}
        return self.path(page) + (f"?{urlencode(given)}" if given else "")


def get_visit(token: str, request: Request, session: Reader, settings: SettingsDep) -> Visit:
    """The visit a link opens; the link is the only key, and it opens one customer."""
    try:
        return open_visit(session, settings, token, request)
    finally:
        give_back(session)


VisitDep = Annotated[Visit, Depends(get_visit)]


@contextmanager
def acting(visit: Visit, request: Request) -> Iterator[tuple[Act, Visit]]:
    """A transaction in which the customer does something. The link is looked up again inside it.

    The connection that read the page is given back first: were it kept, as many customers at a time as there are
    connections would each hold one and wait for another, for ever.
    """
    give_back(visit.session)
    visit.memo.clear()
    actor = f"{visit.customer.name[:90]} (portal)"
    with doing(visit.settings, actor=actor, country=visit.creditor.country) as act:
        yield act, open_visit(act.session, visit.settings, visit.token, request)


def open_visit(session: Session, settings: Settings, token: str, request: Request) -> Visit:
    """Looks the link up; ``NoLink`` when it does not open anything today."""
    asked = request.query_params.get("lang")
    asked = asked if asked in i18n.LANGUAGES else None
    found = session.execute(
        select(PortalLink, Creditor, Customer)
        .join(Creditor, Creditor.id == PortalLink.creditor_id)
        .join(Customer, Customer.id == PortalLink.customer_id)
        .where(opened_by(token))
    ).first()
    if found is None:
        raise NoLink(reader_language(request))
    link, creditor, customer = found
    today = settings.today(creditor.country)
    own = i18n.fallback(i18n.language_of(customer.language, customer.country, creditor.language))
    if not is_open(link, today):
        raise NoLink(asked or own, creditor, link)
    currency = request.query_params.get("currency")
    return Visit(
        session=session,
        settings=settings,
        link=link,
        creditor=creditor,
        customer=customer,
        token=token,
        today=today,
        language=asked or own,
        asked_language=asked,
        asked_currency=currency if currency and currency.isalpha() and len(currency) == 3 else None,
    )


def address_of_visitor(request: Request) -> str:
    """The network address a request came from, for limits and for the evidence of an agreement."""
    return request.client.host if request.client else ""


def reader_language(request: Request) -> str:
    """The language of somebody we do not know: the one asked for, else the first their browser names that we write."""
    asked = request.query_params.get("lang", "")
    if asked in i18n.LANGUAGES:
        return asked
    for each in request.headers.get("accept-language", "").split(","):
        code = each.partition(";")[0].strip().lower()
        if code.startswith("en") or i18n.fallback(code) != "en":
            return i18n.fallback(code)
    return "en"
