"""How much a customer has heard from us lately, as the meter on their page, and what the cap says about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kulant.core.words import day_words
from kulant.desk.wording import CHANNEL_WORDS
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.relationship.pressure import MONTH, WEEK, Contacted, Pressure, free_again, pressure, within
from kulant.relationship.pressure_queries import contacts
from kulant.treatment.ladder import ContactCap
from kulant.treatment.policies import ladder_for, ladders_in_force
from kulant.treatment.words import treatment_words

_LEVELS = {"none": "nothing", "light": "light", "noticeable": "noticeable", "heavy": "heavy"}


@dataclass(frozen=True, slots=True)
class Meter:
    """One reading: the days it looks back, the weight and the weight it is full at, and the level in words."""

    days: int
    weight: int
    full: int
    level: str
    words: str

    @property
    def shown(self) -> int:
        """What the bar shows: it cannot be more than full."""
        return min(self.weight, self.full)


@dataclass(frozen=True, slots=True)
class ShownPressure:
    """Both readings, the contacts behind them, and what the ladder's cap says."""

    meters: Sequence[Meter]
    contacts: Sequence[str]
    cap: str


def shown_pressure(session: Session, *, creditor: Creditor, customer: Customer, today: date) -> ShownPressure:
    """The meter of the last week and month."""
    found = contacts(session, [customer.id], today, MONTH).get(customer.id, [])
    month = pressure(found, today, MONTH)
    ladder = ladder_for(customer, creditor, ladders_in_force(session, creditor.id))
    contact = ladder.policy.contact if ladder else None
    return ShownPressure(
        meters=[_meter(pressure(found, today, WEEK)), _meter(month)],
        contacts=[_line(one) for one in reversed(month.contacts)],
        cap=_cap(contact.max_contacts if contact else None, found, today),
    )


def _meter(of: Pressure) -> Meter:
    count = len(of.contacts)
    said = f"{count} contact{'' if count == 1 else 's'}" if count else "no contact of ours"
    return Meter(of.days, of.weight, of.full, _LEVELS[of.level], said)


def _line(one: Contacted) -> str:
    way = "call" if one.channel == "call" else CHANNEL_WORDS.get(one.channel, one.channel)
    what = f", {treatment_words(one.document)}" if one.document else ""
    return f"{day_words(one.on)}: {way}{what} (weighs {one.weight})"


def _cap(cap: ContactCap | None, found: Sequence[Contacted], today: date) -> str:
    if cap is None:
        return "The ladder sets no cap on contacts."
    heard = [one.on for one in within(found, today, cap.days)]
    free = free_again([one.on for one in found], count=cap.count, days=cap.days, today=today)
    said = f"{len(heard)} of at most {cap.count} contacts in {cap.days} days"
    return f"{said}: nothing more before {day_words(free)}, formal notices excepted." if free else f"{said}."
