"""The friendly note before the due date, as a document: what is due on one day, and the reference that pays it all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.delivery.models import Delivery
from kulant.ledger import references
from kulant.ledger.models import OpenItem
from kulant.ledger.service import ensure_combined_reference
from kulant.letters.content import build_letter
from kulant.letters.customer_tone import customer_tone
from kulant.letters.own_texts import own_text
from kulant.letters.sheet import Parties
from kulant.letters.tables import LetterItem
from kulant.relationship.queries import scores

_OF_A_COURTESY = 7  # the first digit of references that friendly notes make


def courtesy_content(act: Act, to: Parties, delivery: Delivery) -> dict[str, Any]:
    """The note as plain data."""
    items = act.session.scalars(
        select(OpenItem).where(OpenItem.id.in_(delivery.context["items"])).order_by(OpenItem.due_date, OpenItem.id)
    ).all()
    if not items or delivery.context["due"] is None:
        raise Refusal("nothing_due", "there is nothing to write a friendly note about")
    score = scores(act.session, [to.customer.id]).get(to.customer.id)
    grade = score.grade if score else None
    return build_letter(
        creditor=to.creditor,
        customer=to.customer,
        contact=to.contact,
        kind="courtesy",
        language=to.language,
        on=to.on,
        items=[LetterItem(item.number, item.open_minor, item.issue_date, item.due_date) for item in items],
        total_minor=sum(item.open_minor for item in items),
        currency=items[0].currency,
        payment_reference=_own(to, items) or _made(act, to, delivery, items),
        pay_by=date.fromisoformat(delivery.context["due"]),
        tone=customer_tone(act.session, customer=to.customer, document="courtesy", grade=grade),
        own=own_text(act.session, to.creditor.id, "courtesy", to.written_in),
    )


def _own(to: Parties, items: Sequence[OpenItem]) -> str | None:
    """The only invoice's own; where the bank wants references of a scheme, its number is none."""
    if len(items) > 1:
        return None
    return items[0].payment_reference or (None if to.creditor.reference_scheme else items[0].number)


def _made(act: Act, to: Parties, delivery: Delivery, items: Sequence[OpenItem]) -> str:
    reference = references.make_own(to.creditor.reference_scheme, _OF_A_COURTESY, delivery.id)
    return ensure_combined_reference(
        act, customer=to.customer, currency=items[0].currency, reference=reference, items=items
    )
