"""Settings: the creditor's own data, and the law we compute by, figure by figure, to be entered and confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from kulant.core.calendar import read_day
from kulant.core.errors import Refusal
from kulant.core.words import day_words
from kulant.desk.flash import Flash, redirect
from kulant.desk.shell import ShellDep
from kulant.law.book import COUNTRIES, Law, law_book
from kulant.law.entered import NOT_BEFORE, UNSET
from kulant.law.entries import enter, entered, set_regime
from kulant.law.model import Regime
from kulant.law.overview import Shown, figures, in_force
from kulant.law.rates_due import Due, due, missing, next_half_year, running_half_year
from kulant.ledger.allocation import allocation_order
from kulant.people.models import Creditor
from kulant.web.deps import ActDep, Reader, SettingsDep, Writer

router = APIRouter(prefix="/settings")


@dataclass(frozen=True, slots=True)
class Book:
    """A country's law as the page shows it."""

    law: Law
    now: list[Shown]
    earlier: list[Shown]
    due: list[Due]
    next_half: date  # the first half-year of which something is missing
    follows: list[Shown]  # for each figure that is missing there, the row it follows

    @property
    def unverified(self) -> int:
        """How many figures nobody has seen in a source, of all times."""
        return sum(not one.verified for one in (*self.now, *self.earlier))

    @property
    def regime(self) -> Regime | None:
        """The law that takes the place of this one."""
        return self.law.file.regimes[-1] if self.law.file.regimes else None


@router.get("")
def show(
    shell: ShellDep,
    session: Reader,
    country: Annotated[str, Query(max_length=2)] = "",
    figure: Annotated[str, Query(max_length=60)] = "",
    since: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Everything that is set for this creditor, and the law of a country."""
    creditor = shell.viewer.creditor
    rows = entered(session)
    own = creditor.country if creditor.country in COUNTRIES else "EU"
    chosen = country if country in COUNTRIES else own
    book = _book(law_book(chosen, rows), shell.today)
    every = (*book.now, *book.earlier)
    return shell.page(
        "desk/settings.html",
        here="settings",
        creditor=creditor,
        company=_company(creditor),
        book=book,
        own=law_book(own, rows),
        others=[law_book(one, rows) for one in COUNTRIES if one != own],
        opened=next((one for one in every if one.what == figure and one.since.isoformat() == since), None),
        may_change=shell.viewer.may_manage,
    )


def _book(law: Law, today: date) -> Book:
    shown = [one for one in figures(law) if not one.what.startswith("act:")]
    now = in_force(shown, today)
    half = running_half_year(today)
    while not missing(law, half):
        half = next_half_year(half)
    return Book(
        law=law,
        now=now,
        earlier=[one for one in reversed(shown) if one not in now],
        due=due(law, today),
        next_half=half,
        follows=[_last(shown, what) for what in missing(law, half)],
    )


def _last(shown: list[Shown], what: str) -> Shown:
    return max((one for one in shown if one.what == what), key=lambda one: one.since)


def _company(creditor: Creditor) -> list[tuple[str, str]]:
    """What is set for the creditor, in words; what is not set is said to be so."""
    order = allocation_order(creditor)
    address = ", ".join((creditor.address or "").splitlines())
    contact = ", ".join(
        part for part in (creditor.contact_name, creditor.contact_phone, creditor.contact_email) if part
    )
    return [
        ("Name", creditor.name),
        ("Organisation number", creditor.organisation_number or "not set"),
        ("Address", address or "not set"),
        ("Country, currency, language", f"{creditor.country}, {creditor.currency}, {creditor.language}"),
        ("Bank account", creditor.bank_account or "not set"),
        ("IBAN and BIC for payment codes", " ".join(filter(None, (creditor.iban, creditor.bic))) or "not set"),
        ("Swish number", creditor.swish or "not set"),
        ("Customers may call", contact or "not set"),
        ("Terms of payment", f"{creditor.payment_days} days, where an invoice names no due date"),
        ("Part-payments pay", f"{order.words} ({order.because})"),
        ("Reminder fees agreed", "yes, they stand in the terms of sale" if creditor.fee_agreed else "no"),
        ("Time to undo", f"{creditor.undo_seconds} seconds after an approval"),
    ]


@router.post("/law")
def enter_figure(
    act: ActDep,
    viewer: Writer,
    settings: SettingsDep,
    country: Annotated[str, Form(max_length=2)],
    figure: Annotated[str, Form(max_length=60)],
    since: Annotated[str, Form(max_length=10)],
    value: Annotated[str, Form(max_length=40)],
    source: Annotated[str, Form(max_length=500)],
) -> Response:
    """Enters a new figure, or confirms or corrects one."""
    viewer.require_manager("the law we compute by")
    made = enter(act, country=country, what=figure, since=_day(since), value=value, source=source)
    law = law_book(country, entered(act.session))
    said = f"The law of {law.file.name} is known to {day_words(law.known_to)}."
    return redirect(settings, f"/settings?country={quote(country)}", Flash(f"Entered: {made.value}.", said))


@router.post("/regime")
def decide_regime(
    act: ActDep,
    viewer: Writer,
    settings: SettingsDep,
    country: Annotated[str, Form(max_length=2)],
    decision: Annotated[str, Form(max_length=20)],
    source: Annotated[str, Form(max_length=500)],
    since: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Says when a coming law begins, that it does not begin before a day, or that it is open."""
    viewer.require_manager("the law we compute by")
    day = None if decision == UNSET else _day(since)
    set_regime(act, country=country, since=day, source=source, not_before=decision == NOT_BEFORE)
    law = law_book(country, entered(act.session))
    said = f"The law of {law.file.name} is known to {day_words(law.known_to)}."
    return redirect(settings, f"/settings?country={quote(country)}", Flash("Noted.", said))


def _day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError:
        raise Refusal("bad_date", "Give the day it holds from.") from None
