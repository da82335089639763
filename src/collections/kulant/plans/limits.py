"""What a creditor lets payment plans be: how many payments, how long, how small, what they may cost, what may be
changed on the way, and when who is told that one is late. Kept by version; nothing set means the usual.

Whatever lies beyond these limits is not forbidden: a second person approves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.orm import Session

from kulant.core.money import to_minor
from kulant.db import Act
from kulant.law.book import law_book
from kulant.people.models import Creditor
from kulant.people.models_rules import CreditorRules
from kulant.people.rules_kept import keep_rules, read_changed, rules_in_force
from kulant.plans.rules import GRACE_DAYS, smallest_instalment
from kulant.relationship.said import said

NAME = "plans"

MOST_EVER = 36  # payments; beyond it a claim is no longer paid off, it is lent
HIGHEST_RATE = Decimal(50)  # percent a year; whatever is written, the law's rate of the day is the most


def _no_floating(value: Decimal) -> Decimal:
    if value.as_tuple().exponent < -2:  # type: ignore[operator]
        raise ValueError("has more than two decimals")
    return value


Money = Annotated[Decimal, Field(gt=0, lt=10**12), AfterValidator(_no_floating)]
Percent = Annotated[Decimal, Field(gt=0, le=HIGHEST_RATE), AfterValidator(_no_floating)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Times = Annotated[int, Field(ge=0, le=12)]


class PlanRules(BaseModel):
    """The limits in force."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # What may be agreed without a second person.
    most_instalments: Annotated[int, Field(ge=1, le=MOST_EVER)] = 6
    most_days: Annotated[int, Field(ge=14, le=1100)] = 215  # from the agreement to the last payment
    smallest_instalment: dict[Currency, Money] = Field(default_factory=dict)  # by currency; absent: the usual
    first_payment_percent: Annotated[int, Field(ge=0, le=50)] = 0  # of the claim, at least
    first_within_days: Annotated[int, Field(ge=7, le=90)] = 45
    largest_claim: dict[Currency, Money] = Field(default_factory=dict)  # above it every own wish needs a second person
    offer_days: Annotated[int, Field(ge=1, le=60)] = 14  # how long the customer may think about it

    # What paying in parts costs. Never more than the law of the creditor's country allows on the day.
    interest: Literal["none", "statutory"] | Percent = "none"
    interest_free_grades: Annotated[tuple[Literal["A", "B", "C", "D"], ...], Field(max_length=4)] = ("A", "B")
    fee: Literal["none", "statutory"] | Money = "none"

    # What the customer may change alone while the plan runs, and how often in one plan.
    move_days: Annotated[int, Field(ge=1, le=31)] = 14
    moves: Times = 1
    skips: Times = 1
    day_changes: Times = 1
    reshapes: Times = 1

    # The ladder of a plan that is late: days after the instalment was due.
    nudge_day: Annotated[int, Field(ge=1, le=30)] = 1
    reshape_day: Annotated[int, Field(ge=1, le=30)] = 4
    grace_days: Annotated[int, Field(ge=0, le=30)] = GRACE_DAYS  # on the day after them a person calls
    misses_to_decide: Annotated[int, Field(ge=2, le=6)] = 2  # so many misses, and a person decides about the plan

    @model_validator(mode="after")
    def _steps_in_order(self) -> Self:
        if not self.nudge_day < self.reshape_day <= self.grace_days + 1:
            raise ValueError("the nudge comes before the reshaped offer, and that before the call after the grace")
        return self

    def smallest_minor(self, currency: str) -> int:
        """The smallest payment that may be agreed, in minor units."""
        given = self.smallest_instalment.get(currency)
        return smallest_instalment(currency) if given is None else to_minor(given, currency)

    def largest_minor(self, currency: str) -> int | None:
        """Above so much an own wish needs a second person; none where there is no such limit."""
        given = self.largest_claim.get(currency)
        return None if given is None else to_minor(given, currency)


def plan_rules(session: Session, creditor_id: int) -> PlanRules:
    """The limits in force for the creditor; the usual ones until somebody sets others."""
    return PlanRules.model_validate(rules_in_force(session, creditor_id, NAME) or {})


def keep_plan_rules(act: Act, *, creditor: Creditor, rules: PlanRules, why: str) -> CreditorRules:
    """Puts other limits in force as a new version that says who, when and why; those before are kept.

    Interest and fees need a country whose law is known; elsewhere they are refused.
    """
    if rules.interest != "none" or rules.fee != "none":
        law = law_book(creditor.country)
        if rules.fee != "none" and not any(row.most for row in law.file.plan_fees):
            law.refuse("the law names no sum that a payment plan may cost, so no fee can be taken")
    kept = rules.model_dump(mode="json")
    return keep_rules(act, creditor=creditor, name=NAME, rules=kept, why=said(why, "changing the limits of plans"))


def read_plan_rules(given: Any, now: PlanRules, titles: Mapping[str, str] | None = None) -> PlanRules:
    """The limits in force with what is given changed (see ``read_changed``)."""
    return read_changed(PlanRules, given, now, titles, example="most_instalments: 6")
