"""Proof that a person agrees who has the invoice or reads the mailbox on file: a mail scanner has neither in hand."""

from __future__ import annotations

import hmac

from fastapi import Request

from kulant.plans.one_time_codes import try_code
from kulant.portal import limits
from kulant.portal.account import Account
from kulant.portal.fields import read_words
from kulant.portal.pages import words
from kulant.portal.visit import Visit, acting

_LONGEST = 80
_JOINED = "\u2060"  # no line ends here


def proof_problem(request: Request, visit: Visit, account: Account, typed: str) -> str | None:
    """What to say when the number or code is not right; none when it is. Counts the try."""
    t = words(visit)
    typed = read_words(typed, _LONGEST)
    if not typed:
        return t.gettext("Write the number of one of the invoices, or a code that we have mailed you.")
    with acting(visit, request) as (act, here):
        if not limits.within(act, here.settings, limits.PROOF_BY_LINK, here.link.id):
            return t.gettext("This was tried very often. Please wait an hour, or call us.")
        fits = _is_number(account, typed) or try_code(
            act, link=here.link, typed=typed, secret=here.settings.secret_key()
        )
    return None if fits else t.gettext("We do not know this number or code. Please look at the invoice once more.")


def _is_number(account: Account, typed: str) -> bool:
    """Whether it is the number of an invoice that the customer owes here; every one is compared."""
    items = [part.item for part in account.asked] + list(account.active_plan.items if account.active_plan else ())
    given = _plain(typed)
    found = [hmac.compare_digest(_plain(item.number).encode(), given.encode()) for item in items]
    return bool(given) and any(found)


def _plain(number: str) -> str:
    """A number as people write it: without spaces and strokes, capital or small."""
    return "".join(sign for sign in number.casefold() if sign.isalnum())


def masked(email: str | None) -> str | None:
    """An address that its owner knows again and nobody else can write to: k…@firma.example."""
    if email is None or "@" not in email:
        return None
    name, _, host = email.rpartition("@")
    return f"{name[:1]}…{_JOINED}@{host}"
