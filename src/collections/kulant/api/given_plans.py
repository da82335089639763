"""What programs may send about payment plans, field by field."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from kulant.api.given import Amount, Currency, Day, Given, Text


class OfferWanted(Given):
    """The currency to make offers in; by default the one they owe in longest."""

    currency: Currency | None = None


class Acceptance(Given):
    """Which of the offers was accepted, and who agreed; the customer's own name when left out."""

    offer: Annotated[str, Field(pattern=r"^[0-9]{1,9}$", examples=["2"])]
    name: Annotated[str, Field(min_length=1, max_length=120)] | None = None


class PlanChangeWanted(Given):
    """A change of a plan that runs: move (to), skip, day or reshape (parts). With ``dry_run`` it is only worked out."""

    kind: Literal["move", "skip", "day", "reshape"]
    number: Annotated[int, Field(ge=1, le=99)] | None = None
    to: Day | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    parts: Annotated[int, Field(ge=1, le=36)] | None = None
    dry_run: bool = False


class OwnPlan(Given):
    """How a customer proposes to pay: so much a month, or in so many payments."""

    monthly: Amount | None = None
    parts: Annotated[int, Field(ge=1, le=36)] | None = None
    first: Day | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    words: Annotated[str, Field(max_length=2000)] = ""
    name: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    currency: Currency | None = None


class OwnOffer(Given):
    """Another way of paying to put on offer; ``why`` is needed where it goes beyond the limits."""

    monthly: Amount | None = None
    parts: Annotated[int, Field(ge=1, le=36)] | None = None
    first: Day | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    first_amount: Amount | None = None
    shape: Literal["equal", "graded", "seasonal"] = "equal"
    quiet_months: Annotated[list[Annotated[int, Field(ge=1, le=12)]], Field(max_length=12)] = []
    free: bool = False
    why: Annotated[str, Field(max_length=2000)] = ""
    currency: Currency | None = None


class ProposalAnswer(Given):
    """Whether a customer's own plan is accepted, and the words they are told."""

    accept: bool
    words: Annotated[str, Field(max_length=2000)] = ""


class OfferDecision(Given):
    """Whether an offer beyond the limits is approved; why, where it is not."""

    approve: bool
    why: Annotated[str, Field(max_length=2000)] = ""


class LimitsGiven(Given):
    """Limits of plans by name; those not named stay as they are."""

    limits: dict[str, Any]
    why: Text = "set by a program"
