"""What each treatment is believed to bring, cost and do to the relationship: one table, none of it measured.

Every figure is a **prior, not measured**: a judgement to start from, published so that it can be argued with, and meant
to be replaced by the creditor's own outcomes. Shares and churn are in hundredths of a percent, so that all sums are
whole numbers.

The laws of the decision lean on four properties of this table, which ``tests/treatment/test_laws.py`` checks: a better
history only ever raises what a soft treatment recovers; what a letter recovers does not depend on history; soft
treatments never cost goodwill; firmer letters cost ever more of it. What outcomes teach (``learning.py``) keeps them.

A table is never changed once a version of it has been used: another one gets another version, and the old ones stay
here, so that every decision can be reckoned again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from kulant.core.money import minor_digits

VERSION = "2026-11.2"
VERSIONS = ("2026-11", VERSION)  # a decision keeps what its table said of its reason and grade, where it said any
LABEL = "prior, not measured"
STRENGTH = 20  # a prior counts like so many cases of the creditor's own

FIRMNESS = {
    "none": 0, "hold": 0, "thank_you": 0, "apology": 0,
    "courtesy": 1, "reminder": 1,
    "call": 2, "payment_plan": 2, "fee_waiver": 2,
    "fee_reminder": 3, "final_reminder": 3,
    "formal_notice": 4, "hand_over": 5,
}  # fmt: skip
GRADES = ("A", "B", "C", "D")
SOFT = ("payment_plan", "fee_waiver", "call")  # gentlest first, for near-ties
DOCUMENTS = ("courtesy", "reminder", "fee_reminder", "final_reminder", "formal_notice", "hand_over")

UNIT = 10**12  # weights are kept as whole parts of this, so that no comparison ever rounds
BASIS = 10_000  # a whole, in hundredths of a percent
DISCOUNT = Decimal("1.1")  # money a year later is worth a tenth less

# A relationship of unknown value counts as worth twice the debt: enough to prefer the gentler step to a letter.
UNKNOWN_VALUE_IN_DEBTS = 2
NEAR_TIE = 97  # percent: within three percent the gentler step is taken

# Habit: the share of late payments, pulled towards the usual share as if that had been seen a few times before.
USUAL_LATE_SHARE = 0.30
USUAL_LATE_WEIGHT = 4
CHRONIC_ABOVE = 0.55
LATE_AFTER_DAYS = 3  # a payment so many days over is a matter of banking, not of habit

BROKEN_PROMISE_BASIS = 300  # each broken promise takes so much off what a call or a plan is believed to recover
BROKEN_PROMISES_COUNTED = 3


@dataclass(frozen=True, slots=True)
class Prior:
    """What one treatment is believed to do, costs in Norwegian kroner."""

    recovery: int  # share of the debt recovered within 180 days
    days: int  # until it comes
    cost: int  # handling and postage
    churn: int  # change in the chance of losing the customer


PRIORS = {
    "courtesy": Prior(recovery=6200, days=50, cost=10, churn=0),
    "reminder": Prior(recovery=6600, days=45, cost=15, churn=100),
    "call": Prior(recovery=7600, days=35, cost=180, churn=0),
    "payment_plan": Prior(recovery=8800, days=85, cost=120, churn=-200),
    "fee_waiver": Prior(recovery=7200, days=20, cost=15, churn=-100),
    "hold": Prior(recovery=6000, days=80, cost=0, churn=0),
    "fee_reminder": Prior(recovery=7000, days=44, cost=18, churn=200),
    "final_reminder": Prior(recovery=8000, days=42, cost=25, churn=400),
    "formal_notice": Prior(recovery=8600, days=40, cost=60, churn=1000),
    "hand_over": Prior(recovery=8400, days=60, cost=90, churn=2500),
}
# A customer who mostly pays late keeps plans less often, and waiting helps less.
CHRONIC = {
    "payment_plan": replace(PRIORS["payment_plan"], recovery=7000, days=95),
    "hold": replace(PRIORS["hold"], recovery=5500),
}

# Thousandths of a krone's amount that mean about the same elsewhere.
_SCALE = {"NOK": 1000, "SEK": 1000, "DKK": 1000, "ISK": 13_000, "JPY": 14_000, "PLN": 400, "CZK": 2300}
_SCALE_ELSEWHERE = 100  # euro, dollar, pound, franc

WORTH_WRITING = 25  # kroner: below it a letter costs about what it brings
WORTH_CALLING = 250  # kroner: below it a call does


@dataclass(frozen=True, slots=True)
class Figure:
    """What a treatment recovers by a table and the outcomes seen, in hundredths of a percent."""

    usual: int
    chronic: int  # of a customer who mostly pays late
    observed: int  # own cases behind it
    strength: int = STRENGTH  # cases the prior weighs like


@dataclass(frozen=True, slots=True)
class Figures:
    """What outcomes have taught about each treatment for one reason and grade; those nobody has seen are left out."""

    cells: tuple[tuple[str, Figure], ...]

    def of(self, treatment: str) -> Figure | None:
        """The figure of a treatment; none where the prior stands alone."""
        return next((figure for name, figure in self.cells if name == treatment), None)

    def with_recovery(self, treatment: str, recovery: int) -> Figures:
        """The same, were the treatment to recover so much: for trying out."""
        found = self.of(treatment)
        kept = tuple(cell for cell in self.cells if cell[0] != treatment)
        tried = Figure(recovery, recovery, found.observed if found else 0, found.strength if found else STRENGTH)
        return Figures((*kept, (treatment, tried)))

    def as_json(self) -> dict[str, list[int]]:
        """As it is stored with a decision."""
        return {name: [one.usual, one.chronic, one.observed, one.strength] for name, one in self.cells}

    @classmethod
    def from_json(cls, stored: Mapping[str, Sequence[int]]) -> Figures:
        """As it was stored."""
        return cls(tuple((name, Figure(*numbers)) for name, numbers in sorted(stored.items())))


@dataclass(frozen=True, slots=True)
class Priced:
    """A prior made ready for sums in one currency."""

    treatment: str
    firmness: int
    recovery: int
    days: int
    cost_minor: int
    churn: int
    weight: int  # what one unit of debt brings, discounted, in parts of UNIT
    observed: int  # own cases behind the recovery, beside the prior's
    strength: int  # cases the prior weighs like


def in_currency(kroner: int, currency: str) -> int:
    """Minor units of a currency that mean about as much as so many Norwegian kroner."""
    digits: int = 10 ** minor_digits(currency)
    return kroner * digits * _SCALE.get(currency, _SCALE_ELSEWHERE) // 1000


@lru_cache(maxsize=4096)
def priced(currency: str, chronic: bool, broken_promises: int, figures: Figures | None = None) -> dict[str, Priced]:
    """The whole table for a currency and a payment habit, with what outcomes have taught."""
    less = BROKEN_PROMISE_BASIS * min(broken_promises, BROKEN_PROMISES_COUNTED)
    table = {}
    for treatment, usual in PRIORS.items():
        prior = CHRONIC.get(treatment, usual) if chronic else usual
        learned = figures.of(treatment) if figures else None
        recovery = prior.recovery if learned is None else learned.chronic if chronic else learned.usual
        if treatment in ("call", "payment_plan"):
            recovery = max(recovery - less, 0)
        cost = in_currency(prior.cost, currency)
        weight = discounted(recovery, prior.days)
        observed = learned.observed if learned else 0
        table[treatment] = Priced(
            treatment, FIRMNESS[treatment], recovery, prior.days, cost, prior.churn, weight, observed,
            learned.strength if learned else STRENGTH,
        )  # fmt: skip
    return table


@lru_cache(maxsize=16_384)
def discounted(recovery: int, days: int) -> int:
    """A share that comes in so many days, as parts of UNIT today."""
    share = Decimal(recovery) / BASIS / DISCOUNT ** (Decimal(days) / 365)
    return round(share * UNIT)
