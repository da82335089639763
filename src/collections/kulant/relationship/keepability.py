"""Keepability: how much kindness is believed to add to the chance that a customer stays, and what it may cost. Pure.

The third axis beside value and attachment: whom it pays to be kind to is neither who buys most nor who is likeliest to
leave (``science.md`` section 1, Ascarza). Every figure is a **prior, not measured**: the start is what the kindest
treatment is believed to add, and what is known of the customer multiplies it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from kulant.core.money import round_half_up
from kulant.core.words import amount_words

LABEL = "prior, not measured"

# What each kind treatment is believed to add to P(stay); the same beliefs as in the priors of the decision, where a
# treatment that adds two points here takes two points off the chance of losing the customer.
KINDNESS = {"payment_plan": 0.02, "fee_waiver": 0.01, "call": 0.0}
KINDEST = "payment_plan"
TREATMENT_WORDS = {"payment_plan": "a payment plan", "fee_waiver": "waiving fees", "call": "a call"}

# Most can be won where it is undecided whether they stay; this much of it even where it seems decided.
LEAST_ROOM = 0.2

COMPLAINT_TIMES = 1.5
STRIKE_TIMES = 1.25
LOST_TRUST_TIMES = 0.5
DANGER_TIMES = 1.25

MOST = 0.25  # nobody believes that one kind act does more


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a customer that makes kindness bring more or less; what is unknown changes nothing."""

    p_active: float | None = None  # chance that they are still a customer
    open_complaint: bool = False
    strikes: int = 0
    strikes_stop: int = 2  # from so many on trust is lost
    in_danger: bool = False
    phase: str | None = None  # its name
    phase_times: float = 1.0
    plan_allowed: bool = True


@dataclass(frozen=True, slots=True)
class Factor:
    """One reason: what it is, in words, and how many times as much kindness brings for it."""

    code: str
    text: str
    times: float

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"code": self.code, "text": self.text, "times": self.times}


@dataclass(frozen=True, slots=True)
class Keepability:
    """What the kindest treatment allowed is believed to add to P(stay), and why."""

    gain: float
    treatment: str
    factors: tuple[Factor, ...]

    def reasons(self) -> list[dict[str, Any]]:
        """The prior and each factor, as they are stored."""
        base = KINDNESS[self.treatment]
        text = f"{_sentence(TREATMENT_WORDS[self.treatment])} is believed to add {points_words(base)} ({LABEL})"
        first = {"code": "prior", "text": text, "treatment": self.treatment, "gain": base}
        return [first, *(factor.as_json() for factor in self.factors)]


def keepability(evidence: Evidence) -> Keepability:
    """The kindest treatment allowed, and what it is believed to add for this customer."""
    treatment = KINDEST if evidence.plan_allowed else "fee_waiver"
    factors = tuple(_factors(evidence))
    return Keepability(gain(treatment, [factor.times for factor in factors]), treatment, factors)


def gain(treatment: str, times: Sequence[float]) -> float:
    """What a treatment is believed to add to P(stay): its prior times every factor. Unkind treatments add nothing."""
    added = KINDNESS.get(treatment, 0.0)
    for factor in times:
        added *= factor
    return round(min(added, MOST), 4)


def gain_by(reasons: Sequence[Mapping[str, Any]] | None, treatment: str) -> float:
    """What another treatment is believed to add for the customer whose keepability has these stored reasons."""
    return gain(treatment, [float(reason["times"]) for reason in reasons or () if "times" in reason])


def _factors(evidence: Evidence) -> Iterator[Factor]:
    if evidence.p_active is not None:
        room = round(max(LEAST_ROOM, 4 * evidence.p_active * (1 - evidence.p_active)), 2)
        active = f"{evidence.p_active:.0%}".replace("%", "\u00a0%")
        yield Factor("churn_risk", f"{active} likely to be active: {_room_words(room)}", room)
    if evidence.open_complaint:
        yield Factor("complaint_open", "a complaint is open: putting it right is noticed", COMPLAINT_TIMES)
    if evidence.strikes >= evidence.strikes_stop:
        yield Factor("trust_lost", f"{evidence.strikes} strikes against us: kindness brings less", LOST_TRUST_TIMES)
    elif evidence.strikes:
        yield Factor("strike", "a strike against us can still be made good", STRIKE_TIMES)
    if evidence.in_danger:
        yield Factor("danger", "overlooked lately: attention is noticed", DANGER_TIMES)
    if evidence.phase and evidence.phase_times != 1:
        yield Factor("phase", f"in the phase “{evidence.phase}”", evidence.phase_times)


def _room_words(room: float) -> str:
    if room >= 0.75:
        return "it is undecided whether they stay, so most can be won"
    return "part of it seems decided" if room > LEAST_ROOM else "it seems decided, so little can be won"


def points_words(share: float) -> str:
    """A share as points of a hundred, as one says it.

    >>> points_words(0.0125)
    '1.25 points'
    """
    said = f"{100 * share:.2f}".rstrip("0").rstrip(".")
    return f"{said} point" if said == "1" else f"{said} points"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Concession:
    """What a concession gives away, in minor units: fees and interest not asked for, staff time, waiting for money."""

    fees_minor: int = 0
    interest_minor: int = 0
    staff_minor: int = 0
    financing_minor: int = 0

    @property
    def cost_minor(self) -> int:
        """All of it."""
        return self.fees_minor + self.interest_minor + self.staff_minor + self.financing_minor


@dataclass(frozen=True, slots=True)
class Cap:
    """Whether a concession stays within what it is believed to keep. ``cap_minor``: none where nobody can say."""

    cost_minor: int
    cap_minor: int | None
    text: str

    @property
    def allowed(self) -> bool:
        """Within the cap; also where the cap is unknown, since unknown is never bad."""
        return self.cap_minor is None or self.cost_minor <= self.cap_minor


def concession_cap(
    concession: Concession, *, stay_gain: float | None, value_minor: int | None, currency: str, enforced: bool = True
) -> Cap:
    """A concession may cost at most ΔP(stay) × V: what it is believed to keep of the customer's 12-month value.

    ``stay_gain``: what the treatment is believed to add to P(stay), see :func:`gain_by`. ``enforced``: the creditor's
    rule ``concession_cap``. Above the cap it is made only by somebody who says why.
    """
    cost = concession.cost_minor
    costs = f"It costs {amount_words(cost, currency)}."
    if not enforced:
        return Cap(cost, None, f"{costs} The rules set no cap.")
    if stay_gain is None or value_minor is None:
        return Cap(cost, None, f"{costs} What it may cost at most is unknown, because the customer's value is.")
    exact = Decimal(str(stay_gain)) * max(value_minor, 0)
    cap = int(exact.to_integral_value(ROUND_DOWN))
    believed = (
        f"It is believed to keep {amount_words(cap, currency)}: {points_words(stay_gain)} more likely to stay × "
        f"{amount_words(max(value_minor, 0), currency)} in 12 months ({LABEL})."
    )
    return Cap(cost, cap, f"{costs} {believed}")


def financing_minor(amount_minor: int, days: int, yearly_rate: float) -> int:
    """What waiting so many days for an amount costs, at simple interest."""
    return round_half_up(Decimal(amount_minor) * Decimal(str(yearly_rate)) * max(days, 0) / 365)
