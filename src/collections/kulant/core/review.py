"""Whom a daily run looks at: everybody, or only those about whom something changed since it last did that day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Review:
    """One creditor's customers as a run of the day has to look at them."""

    creditor_id: int
    by: str  # what it judges by: ladders, rules, law, program
    customers: set[int] | None = None  # none: everybody
    found: dict[int, str] = field(default_factory=dict)  # the mark of each customer when the run began to look

    def also(self, customer_ids: Iterable[int]) -> None:
        """These too: something about them has changed while the run went on."""
        if self.customers is not None:
            self.customers.update(customer_ids)

    def everybody(self, by: str) -> None:
        """All of them, for it judges by something else now."""
        self.by, self.customers = by, None

    @property
    def nobody(self) -> bool:
        """Whether there is nothing to look at."""
        return self.customers is not None and not self.customers
