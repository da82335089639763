"""The lines of a proposal: which invoices, earlier charges and credits it lists, and what it asks of each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kulant.ledger.rules import Owing
from kulant.treatment.cases import CustomerCase, Debt
from kulant.treatment.ladder import StepDue
from kulant.treatment.stops import Reason


@dataclass(frozen=True, slots=True)
class ItemJudged:
    """What today means for one invoice: the step a letter would take it to, or why nothing happens."""

    debt: Debt
    due_step: StepDue | None
    stop: Reason | None  # why it is not asked for
    waits: Reason | None = None  # why no step is due for it yet
    note: Reason | None = None  # what should be known of it beside the decision


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the letter: an invoice with what is asked of it, or a credit that is deducted (below zero)."""

    item: Owing
    asked_minor: int
    step: str | None


@dataclass(frozen=True, slots=True)
class LadderLetter:
    """The letter the ladder alone would send, and the step it takes each item to, whatever is proposed instead."""

    document: str
    step: str
    channel: str
    steps: dict[int, str]
    fee: str = "none"
    interest: str = "none"

    def as_json(self) -> dict[str, Any]:
        """The letter as the proposal keeps it."""
        return {
            "document": self.document,
            "step": self.step,
            "channel": self.channel,
            "steps": dict(self.steps),
            "fee": self.fee,
            "interest": self.interest,
        }


def debt_rows(items: Sequence[ItemJudged], today: date, letter: LadderLetter | None) -> tuple[Row, ...]:
    """What is overdue and may be asked for. Handed over is only what the law lets be: the invoices of that step."""
    steps = letter.steps if letter else {}
    only_own = letter is not None and letter.document == "hand_over"
    return tuple(
        Row(item.debt.item, item.debt.asked_minor, steps.get(item.debt.item.id))
        for item in items
        if item.stop is None
        and item.debt.is_overdue(today)
        and (not only_own or steps.get(item.debt.item.id) == (letter.step if letter else None))
    )


def soft_rows(case: CustomerCase, items: Sequence[ItemJudged], today: date) -> tuple[Row, ...]:
    """What a call or a plan is about: every overdue invoice, where it stands; earlier charges rest."""
    return (*(Row(row.item, row.asked_minor, None) for row in debt_rows(items, today, None)), *credit_rows(case))


def letter_rows(case: CustomerCase, debts: Sequence[Row], items: Sequence[ItemJudged]) -> tuple[Row, ...]:
    """The lines of the ladder's letter: it moves its invoices on, and asks for earlier charges along with them."""
    return (*debts, *charge_rows(case, debts, items), *credit_rows(case))


def charge_rows(case: CustomerCase, debts: Sequence[Row], items: Sequence[ItemJudged]) -> tuple[Row, ...]:
    """Earlier charges that are still open, except those of an invoice that rests or is not on this letter."""
    listed = {row.item.id for row in debts}
    elsewhere = {item.debt.item.id for item in items} - listed
    return tuple(
        Row(charge, charge.open_minor, None) for charge in case.charges if charge.belongs_to_id not in elsewhere
    )


def credit_rows(case: CustomerCase) -> tuple[Row, ...]:
    return tuple(Row(credit, credit.open_minor, None) for credit in case.credits)
