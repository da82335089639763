"""What the law wants a letter to say, in words: most of it the letter shows anyway, the rest is a short sentence."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from kulant.i18n import Translator

# Shown by every letter in parts of its own: sender, table, how to pay, and what a notice says of what follows.
SHOWN = frozenset(
    ("creditor", "claim", "principal", "interest", "costs", "interest_rate", "interest_from", "interest_base", "total",
     "how_to_pay", "deadline", "collection_follows", "consequence", "object_to", "statement")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Duty:
    """What the sentences speak of, already written in the letter's language."""

    pay_by: str
    answers_to: str  # who takes objections
    collection_cost: str | None = None
    costs_first: bool = False


def duties(must_say: Collection[str], duty: Duty, t: Translator) -> tuple[str, ...]:
    """The sentences for what the letter must say and does not show otherwise, always in the same order."""
    return tuple(said for key, write in _SENTENCES.items() if key in must_say and (said := write(duty, t)))


def _no_further_cost(duty: Duty, t: Translator) -> str:
    return t.gettext("If you pay by %(day)s, it costs you nothing more.", day=duty.pay_by)


def _collection_cost(duty: Duty, t: Translator) -> str | None:
    if duty.collection_cost is None:
        return None
    return t.gettext("After that day, debt collection adds %(cost)s.", cost=duty.collection_cost)


def _right_to_object(duty: Duty, t: Translator) -> str:
    return t.gettext(
        "You may object. If you do not agree, tell %(who)s by %(day)s.", who=duty.answers_to, day=duty.pay_by
    )


def _agreement(_duty: Duty, t: Translator) -> str:
    return t.gettext("The debt comes from our agreement with you about what the invoices name.")


def _reply_forms(_duty: Duty, t: Translator) -> str:
    return t.gettext("Ask us for the reply form and the form about your money. Both are free.")


def _allocation_order(duty: Duty, t: Translator) -> str:
    if duty.costs_first:
        return t.gettext("If you pay a part, fees and interest are paid first.")
    return t.gettext("If you pay a part, the invoices are paid first.")


_SENTENCES: dict[str, Callable[[Duty, Translator], str | None]] = {
    "no_further_cost": _no_further_cost,
    "collection_cost": _collection_cost,
    "right_to_object": _right_to_object,
    "agreement": _agreement,
    "reply_forms": _reply_forms,
    "allocation_order": _allocation_order,
}
