"""A letter to a real customer, written by a text that is being tried: nothing of it is kept or sent."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.ledger.charges import CHARGES
from kulant.ledger.models import Customer, OpenItem
from kulant.ledger.queries import open_items, primary_contacts
from kulant.ledger.rules import days_late
from kulant.letters.content import LetterItem, build_letter
from kulant.letters.offers import LetterOffer
from kulant.letters.own_texts import OwnText
from kulant.letters.proposal_letter import said_by_law
from kulant.letters.tone import Relationship, tone
from kulant.people.models import Creditor
from kulant.plans.rules import make_offers
from kulant.relationship.models import Score
from kulant.treatment.deadlines import pay_by

_MOST_ITEMS = 20
EXAMPLE_LINK = "https://example.invalid/p/the-customers-own-link"


def example_letter(
    session: Session,
    *,
    creditor: Creditor,
    customer: Customer,
    kind: str,
    language: str,
    own: OwnText | None,
    on: date,
) -> dict[str, Any]:
    """The letter as plain data, about what the customer owes that day; refuses for one who owes nothing."""
    items = owed(session, customer, on)
    currency = items[0].currency
    total = sum(item.open_minor for item in items)
    offers = [LetterOffer(one.schedule) for one in make_offers(total, currency, on, creditor.country)]
    divided = [offer for offer in offers if len(offer.schedule) > 1] or offers
    score = session.get(Score, customer.id)
    return build_letter(
        creditor=creditor,
        customer=customer,
        contact=primary_contacts(session, [customer.id]).get(customer.id),
        kind=kind,
        language=language,
        on=on,
        items=[
            LetterItem(item.number, item.open_minor, item.issue_date, item.due_date, days_late(item.due_date, on))
            for item in items
        ],
        total_minor=total,
        currency=currency,
        payment_reference=items[0].payment_reference,
        pay_by=pay_by(kind, on, creditor.country),
        portal_url=EXAMPLE_LINK,
        offers=divided[:1] if kind == "plan_agreement" else divided,
        **said_by_law(
            session, creditor=creditor, customer=customer, kind=kind, principal_minor=total, charged=False, on=on
        ),
        tone=tone(kind, Relationship(grade=score.grade if score else None, consumer=customer.kind == "consumer")),
        own=own,
    )


def owed(session: Session, customer: Customer, on: date) -> list[OpenItem]:
    """What the customer owes in one currency, overdue items before the others."""
    items = [
        item
        for item in open_items(session, customer.id, today=on)
        if item.kind == "invoice" and item.open_minor > 0 and item.kind not in CHARGES
    ]
    if not items:
        raise Refusal("owes_nothing", f"{customer.name} owes nothing; choose a customer who does")
    late = [item for item in items if item.due_date is not None and item.due_date < on] or items
    return [item for item in late if item.currency == late[0].currency][:_MOST_ITEMS]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text beside another: ``same``, ``added`` or ``removed``."""

    change: str
    text: str


# A variable or a condition is one word of a text; the space behind a word goes with it.
_WORDS = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|[^\s{]+|\{)(\s*)")
# Comparing takes the longer the more often the same words come: such texts are shown one after the other.
_MOST_ALIKE = 40_000


def compare(before: str, after: str) -> list[Piece]:
    """What differs between two texts, word by word; words that change beside each other change together."""
    old, new = (_WORDS.findall(text.strip()) for text in (before, after))
    old_keys, new_keys = ([(word, space.count("\n") > 1) for word, space in words] for words in (old, new))
    times = Counter(new_keys)
    if sum(times[key] for key in old_keys) > _MOST_ALIKE:
        return _changed(before, after)
    pieces: list[Piece] = []
    for change, old_from, old_to, new_from, new_to in difflib.SequenceMatcher(
        a=old_keys, b=new_keys, autojunk=False
    ).get_opcodes():
        come = "".join(word + space for word, space in new[new_from:new_to])
        if change == "equal":
            pieces.append(Piece("same", come))
        else:
            pieces += _changed("".join(word + space for word, space in old[old_from:old_to]), come)
    return pieces


def _changed(gone: str, come: str) -> list[Piece]:
    return [Piece(change, text) for change, text in (("removed", gone), ("added", come)) if text]
