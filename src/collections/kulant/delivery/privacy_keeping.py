"""How long what is kept of a customer has to be kept, by bookkeeping law, bundle by bundle."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.privacy_nouns import NOUNS, Bundle, Noun, day_of
from kulant.law.retention import CALENDAR_YEAR, Kept, Kind, kept_until
from kulant.ledger.models import OpenItem
from kulant.people.models import Creditor
from kulant.people.rules_kept import keep_rules, rules_in_force
from kulant.plans.models import Plan

BUNDLES: tuple[Bundle, ...] = ("letters", "agreements", "books")
RULES = "privacy"  # the creditor's rules of that name say when its financial year ends
_CHARGES = ("fee", "interest", "compensation")


def kept_of(session: Session, creditor: Creditor, customer_id: int, today: date) -> dict[Bundle, Kept]:
    """Until when each bundle is kept that has anything in it."""
    found: dict[Bundle, Kept] = {}
    year_end = financial_year_end(session, creditor.id)
    for bundle in BUNDLES:
        last = last_day(session, bundle, customer_id)
        if last is not None:
            kind = _kind(session, bundle, customer_id)
            found[bundle] = kept_until(creditor.country, kind, last, today=today, year_end=year_end)
    return found


def financial_year_end(session: Session, creditor_id: int) -> tuple[int, int]:
    """Month and day on which the creditor's financial year ends; the calendar year until somebody says otherwise."""
    said = (rules_in_force(session, creditor_id, RULES) or {}).get("financial_year_ends")
    if not said:
        return CALENDAR_YEAR
    month, _, day = str(said).partition("-")
    return int(month), int(day)


def set_financial_year_end(act: Act, *, creditor: Creditor, day: str) -> None:
    """Keeps the last day of the financial year, as ``MM-DD``."""
    try:
        date.fromisoformat(f"2024-{day}")
    except ValueError:
        raise Refusal("bad_day", f"{day!r} is no day of a year; write month and day, e.g. 06-30") from None
    rules = (rules_in_force(act.session, creditor.id, RULES) or {}) | {"financial_year_ends": day}
    keep_rules(act, creditor=creditor, name=RULES, rules=rules, why="the end of the financial year was set")


def last_day(session: Session, bundle: Bundle, customer_id: int) -> date | None:
    """The newest day of anything in the bundle; none where it is empty."""
    days = [_last(session, noun, customer_id) for noun in NOUNS if noun.bundle == bundle and noun.dated]
    return max((day for day in days if day is not None), default=None)


def _last(session: Session, noun: Noun, customer_id: int) -> date | None:
    day = day_of(noun)
    newest: date | None = session.scalar(select(func.max(day)).where(noun.of(customer_id)))
    return newest


def _kind(session: Session, bundle: Bundle, customer_id: int) -> Kind:
    """Letters that charged something, or led to an agreement, are what a posting rests on."""
    if bundle == "books":
        return "books"
    if bundle == "agreements":
        return "vouchers"
    charged = select(OpenItem.id).where(OpenItem.customer_id == customer_id, OpenItem.kind.in_(_CHARGES)).limit(1)
    agreed = select(Plan.id).where(Plan.customer_id == customer_id, Plan.accepted_on.is_not(None)).limit(1)
    if session.scalar(charged) is not None or session.scalar(agreed) is not None:
        return "vouchers"
    return "letters"
