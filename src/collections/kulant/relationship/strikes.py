"""Strikes: bad experiences we gave a customer. The same mistake counts once; one counted wrongly is struck out.

Automatic ones name what they are about by their key: an answer that came late, a promise of ours that was broken, a
reminder for what was paid. A clerk adds the others, mostly an error in an invoice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from kulant.core.calendar import add_months
from kulant.core.errors import Conflict, Refusal
from kulant.core.events import Event
from kulant.core.words import day_words
from kulant.db import Act
from kulant.ledger.models import Customer, OpenItem
from kulant.relationship import queries
from kulant.relationship.models_care import Strike
from kulant.relationship.rulebook import RuleBook
from kulant.relationship.said import said

CODES = {
    "invoice_error": "Error in an invoice",
    "wrong_reminder": "Wrong reminder",
    "late_reply": "Late reply",
    "broken_promise": "Broken promise of ours",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStrike:
    """A strike to be counted once; ``key`` tells what it is about."""

    customer_id: int
    code: str
    on: date
    text: str
    key: str
    item_id: int | None = None


def counting_since(today: date, rules: RuleBook) -> date:
    """The first day whose strikes still count."""
    return add_months(today, -rules.strike_months)


def add_strikes(act: Act, *, creditor_id: int, strikes: Sequence[NewStrike]) -> list[Strike]:
    """Counts those of these strikes that were never counted, not even to be struck out later."""
    wanted = {strike.key: strike for strike in strikes}
    known = queries.known_strikes(act.session, creditor_id, wanted)
    new = [_strike(creditor_id, strike) for key, strike in wanted.items() if key not in known]
    act.session.add_all(new)
    act.session.flush()
    for strike in new:
        _tell(act, strike, "strike_added", f"Strike against us, {CODES[strike.code].lower()}: {strike.text}")
    return new


def _strike(creditor_id: int, new: NewStrike) -> Strike:
    return Strike(
        creditor_id=creditor_id,
        customer_id=new.customer_id,
        code=new.code,
        on=new.on,
        text=new.text,
        key=new.key,
        item_id=new.item_id,
    )


def add_strike(
    act: Act,
    *,
    customer: Customer,
    code: str = "invoice_error",
    text: str,
    on: date | None = None,
    key: str | None = None,
    item: OpenItem | None = None,
) -> Strike | None:
    """Counts a mistake of ours, today's or an earlier day's; none when one of that key was counted already."""
    if code not in CODES:
        raise Refusal("bad_code", f"a strike is one of {', '.join(CODES)}, not {code!r}")
    if on is not None and on > act.today:
        raise Refusal("not_yet", f"{day_words(on)} has not come yet; give the day of the mistake")
    new = NewStrike(
        customer_id=customer.id,
        code=code,
        on=on or act.today,
        text=said(text, "a strike"),
        key=key or f"said:{uuid4().hex}",
        item_id=item.id if item else None,
    )
    added = add_strikes(act, creditor_id=customer.creditor_id, strikes=[new])
    return added[0] if added else None


def withdraw_strike(act: Act, *, strike: Strike, reason: str) -> None:
    """Strikes one out that was counted wrongly; it stays readable with the reason."""
    if strike.withdrawn_on is not None:
        raise Conflict("withdrawn_already", "this strike was withdrawn already")
    strike.withdrawn_reason = said(reason, "withdrawing a strike")
    strike.withdrawn_on, strike.withdrawn_by = act.today, act.actor
    _tell(act, strike, "strike_withdrawn", f"Strike withdrawn ({strike.text.rstrip('.')}): {strike.withdrawn_reason}")


def _tell(act: Act, strike: Strike, kind: str, text: str) -> None:
    act.tell(
        Event(
            kind,
            text,
            creditor_id=strike.creditor_id,
            customer_id=strike.customer_id,
            item_id=strike.item_id,
            data={"strike": strike.id, "code": strike.code, "on": strike.on.isoformat()},
        )
    )
