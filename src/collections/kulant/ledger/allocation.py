"""In which order a payment is used up: the creditor's own rule, else the country's. Pure but for the law it asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from kulant.core.errors import Refusal
from kulant.law.book import law_book
from kulant.people.models import Creditor

PRINCIPAL_FIRST, COSTS_FIRST = "principal_first", "costs_first"
_ORDERS = {
    PRINCIPAL_FIRST: "invoices first, oldest due first, then fees and interest",
    COSTS_FIRST: "invoice by invoice, oldest due first: fees, then interest, then the invoice itself",
}
# Within one invoice: what it cost to ask, what waiting cost, what was bought.
_RANK = {"fee": 0, "compensation": 0, "interest": 1}
_PRINCIPAL = 2


@dataclass(frozen=True, slots=True)
class Order:
    """The order in force and why it is."""

    code: str  # principal_first | costs_first
    because: str

    @property
    def words(self) -> str:
        """The order in one phrase, as it is shown wherever money is allocated."""
        return _ORDERS[self.code]


@dataclass(frozen=True, slots=True)
class Debt:
    """An open debt as the order sees it; a charge stands with its invoice."""

    id: int
    kind: str
    open_minor: int
    due: date | None = None
    invoice_id: int | None = None  # of a charge; an invoice is its own
    invoice_due: date | None = None


def allocation_order(creditor: Creditor) -> Order:
    """What the creditor has chosen, else the rule of its country, else what costs the customer least."""
    if creditor.allocation_order is not None:
        return Order(creditor.allocation_order, "chosen by the creditor")
    try:
        rule = law_book(creditor.country).file.allocation
    except Refusal:
        rule = None
    if rule is None:
        return Order(PRINCIPAL_FIRST, f"no rule is known for {creditor.country}; this costs the customer least")
    return Order(rule.order, rule.rule)


def ordered(debts: Iterable[Debt], order: str) -> list[Debt]:
    """The debts as they are paid; those of equal standing by due date, then by age of the posting."""

    def place(debt: Debt) -> tuple[object, ...]:
        invoice = (debt.invoice_due or debt.due or date.max, debt.invoice_id or debt.id)
        rank = _RANK.get(debt.kind, _PRINCIPAL)
        if order == COSTS_FIRST:
            return (*invoice, rank, debt.id)
        return (rank != _PRINCIPAL, *invoice, rank, debt.id)

    return sorted(debts, key=place)


def small_sets(
    amounts: Sequence[tuple[int, int]], total: int, *, most: int = 4, found: int = 2
) -> list[tuple[int, ...]]:
    """Sets of two to ``most`` debts that sum to the total exactly; stops after ``found`` of them.

    Debts are ``(id, open)``. With every debt worth more than nothing, what is already too much is not looked at.
    """
    candidates = sorted(((minor, item_id) for item_id, minor in amounts if 0 < minor < total), reverse=True)
    sets: list[tuple[int, ...]] = []

    def look(start: int, left: int, chosen: tuple[int, ...]) -> None:
        for place in range(start, len(candidates)):
            minor, item_id = candidates[place]
            if minor > left:
                continue
            if minor * (most - len(chosen)) < left:
                return  # even as many of the largest that remain would not reach
            if minor == left:
                if chosen:
                    sets.append((*chosen, item_id))
            elif len(chosen) + 1 < most:
                look(place + 1, left - minor, (*chosen, item_id))
            if len(sets) >= found:
                return

    look(0, total, ())
    return sets
