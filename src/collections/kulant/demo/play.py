"""What the replay carries from day to day, and one scene as it is played."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import select

from kulant.core.money import to_minor
from kulant.db import Act
from kulant.demo.customers import Profile
from kulant.demo.invoices import Bill, Receipt
from kulant.demo.stories import Scene
from kulant.ledger.models import Customer
from kulant.people.models import Creditor
from kulant.settings import Settings
from kulant.treatment.models import Proposal


@dataclass(slots=True)
class Stage:
    """What the replay carries from day to day."""

    settings: Settings
    today: date  # the business date everything leads up to
    bills: dict[tuple[str, int], Bill]  # the invoices of stories, by customer number and place
    bank: list[Receipt] = field(default_factory=list)  # paid, but not yet imported
    credit_notes: list[Bill] = field(default_factory=list)  # written, but not yet imported
    counted: int = 0

    def pay(self, receipt: Receipt) -> None:
        """Puts a payment on the bank account; it is known here when the bank file is imported."""
        self.counted += 1
        self.bank.append(replace(receipt, number=f"BANK{self.counted:05d}"))


@dataclass(frozen=True, slots=True)
class Play:
    """One scene as it is played."""

    act: Act
    stage: Stage
    creditor: Creditor
    customer: Customer
    profile: Profile
    scene: Scene

    @property
    def bill(self) -> Bill:
        return self.stage.bills[self.profile.number, self.scene.nth]

    @property
    def amount_minor(self) -> int:
        return to_minor(self.scene.amount, self.profile.currency) if self.scene.amount else self.bill.amount_minor

    @property
    def proposal(self) -> Proposal:
        """The proposal that waits for the clerk."""
        return self.act.session.scalars(
            select(Proposal).where(Proposal.customer_id == self.customer.id, Proposal.status == "proposed")
        ).one()
