"""Posting what a letter has charged: interest, fees, compensation, each an open item of its own beside the invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kulant.core.events import Event
from kulant.core.words import amount_words
from kulant.db import Act
from kulant.ledger import queries
from kulant.ledger.models import CombinedReferenceItem, OpenItem
from kulant.ledger.posting import NewItem, post_items
from kulant.people.models import Creditor

CHARGES = ("fee", "interest", "compensation")


@dataclass(frozen=True, slots=True)
class NewCharge:
    """So much was charged on an invoice, by that rule."""

    kind: str
    invoice: OpenItem
    amount_minor: int
    rule: str


def post_charges(
    act: Act, *, creditor: Creditor, letter: int, charges: Sequence[NewCharge], due: date
) -> list[OpenItem]:
    """Posts what a letter that has left charged, to be paid by the day the letter names; what is nothing is left out.

    The number of each names the letter, so that the same letter can never charge twice.
    """
    items = [
        NewItem(
            kind=one.kind,
            number=charge_number(one, letter),
            currency=one.invoice.currency,
            amount_minor=one.amount_minor,
            customer_id=one.invoice.customer_id,
            issue_date=act.today,
            due_date=due,
            belongs_to_id=one.invoice.id,
            reason=one.rule,
        )
        for one in charges
        if one.amount_minor > 0
    ]
    posted = post_items(act, creditor=creditor, items=items) if items else []
    if posted:
        total = sum(item.amount_minor for item in posted)
        act.tell(
            Event(
                "charges_posted",
                f"Charged with the letter: {amount_words(total, posted[0].currency)} in interest and fees.",
                creditor_id=creditor.id,
                customer_id=posted[0].customer_id,
                data={"proposal": letter, "items": [item.number for item in posted]},
            )
        )
    return posted


def join_reference(act: Act, *, creditor_id: int, reference: str, items: Sequence[OpenItem]) -> None:
    """Lets the letter's reference stand for what the letter charged too."""
    combined = act.session.scalar(queries.combined_reference(creditor_id, reference))
    if combined is not None:
        act.session.add_all(CombinedReferenceItem(reference_id=combined, item_id=item.id) for item in items)


def charge_number(charge: NewCharge, letter: int) -> str:
    """The number of a charge: a letter has one fee, and interest and compensation for each of its invoices."""
    own = f"{charge.kind}:{letter}"
    # An invoice number may be as long as the column; its id then stands for it.
    named = own if charge.kind == "fee" else f"{own}:{charge.invoice.number}"
    return named if len(named) <= 80 else f"{own}:#{charge.invoice.id}"


def letter_of(charge: OpenItem) -> int:
    """The letter that made a charge, which its number names; zero where it names none."""
    named = charge.number.split(":")[1:2]
    return int(named[0]) if named and named[0].isdecimal() else 0
