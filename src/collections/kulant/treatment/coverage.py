"""Which ladder applies to how many customers: every one gets the ladder that asks most of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kulant.i18n import language_of
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.treatment.ladder import Traits, most_specific
from kulant.treatment.ladder_queries import Alike, customers_alike, customers_numbered
from kulant.treatment.policies import LadderInForce, ladder_for


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many customers each ladder is for, by its name, and how many have none."""

    by_ladder: Counter[str]
    without: int


def coverage(session: Session, *, creditor: Creditor, ladders: Sequence[LadderInForce]) -> Coverage:
    """Two statements, however many customers there are: those alike are counted, those named by number looked up."""
    policies = [ladder.policy for ladder in ladders]
    numbers = sorted({number for policy in policies for number in policy.applies_to.customers or ()})

    def unnamed(one: Alike | Customer) -> str:
        """The ladder of such a customer when no ladder names them; no customer has an empty number."""
        language = language_of(one.language, one.country, creditor.language)
        country = one.country or creditor.country
        traits = Traits(number="", segment=one.segment, kind=one.kind, country=country, language=language)
        chosen = most_specific(policies, traits)
        return chosen.name if chosen else ""

    found: Counter[str] = Counter()
    for alike in customers_alike(session, creditor.id):
        found[unnamed(alike)] += alike.count
    for customer in customers_numbered(session, creditor.id, numbers):
        named = ladder_for(customer, creditor, ladders)
        found[unnamed(customer)] -= 1
        found[named.policy.name if named else ""] += 1
    without = found.pop("", 0)
    return Coverage(found, without)
