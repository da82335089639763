"""What could be done about a debt, and what each option is worth: every option in the open, with its sums. Pure.

expected value = debt · recovery / 1.1^(days/365) − cost − concession − churn · value
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from kulant.core.money import decimal_string
from kulant.plans.rules import smallest_instalment
from kulant.treatment import priors
from kulant.treatment.facts import Facts
from kulant.treatment.priors import BASIS, FIRMNESS, SOFT, UNIT, Figures
from kulant.treatment.stops import why_no_plan
from kulant.treatment.timing import Due, documents_due

ALWAYS_SHOWN = (
    "hold", "reminder", "call", "payment_plan", "fee_waiver", "final_reminder", "formal_notice", "hand_over",
)  # fmt: skip
LEAST_INSTALMENTS = 2

# A plan that ended in one of these ways was really tried; one that is offered waits for its answer first.
_PLAN_TRIED = frozenset(("offered", "declined", "expired", "broken"))

ABOVE_CAP = "it would cost more than the goodwill it is believed to keep"


@dataclass(frozen=True)
class Case:
    """The facts, added up for one decision."""

    facts: Facts
    due: Due | None
    owed: int  # overdue, before credits
    disputed: int
    asked: int  # what is left to ask for: the debt of every sum below
    days_late: int  # of the oldest invoice with something to ask for
    figures: Figures | None = None  # what is believed and was learned of this reason and grade

    @classmethod
    def of(cls, facts: Facts, due: Due | None, figures: Figures | None = None) -> Case:
        """Adds up what was due before today; credits count whenever they fall due."""
        owed = disputed = credits = days_late = 0
        for invoice in facts.invoices:
            if invoice.open_minor < 0:
                credits -= invoice.open_minor
            elif invoice.due is not None and invoice.due < facts.today:
                contested = min(invoice.disputed_minor, invoice.open_minor)
                owed += invoice.open_minor
                disputed += contested
                if contested < invoice.open_minor:
                    days_late = max(days_late, (facts.today - invoice.due).days)
        asked = owed - disputed - credits - facts.unmatched_minor
        return cls(facts, due, owed, disputed, asked, days_late, figures)

    @cached_property
    def documents(self) -> tuple[str, ...]:
        """The letters whose time has come, gentlest first."""
        return documents_due(self.facts, self.days_late, self.due)

    @property
    def value(self) -> int:
        """The relationship's worth in 12 months; an unknown one is given the benefit of the doubt."""
        known = self.known_value
        return max(self.asked, 0) * priors.UNKNOWN_VALUE_IN_DEBTS if known is None else max(known, 0)

    @property
    def known_value(self) -> int | None:
        """The worth that may be used. What a consumer is worth does not decide about them (GDPR art. 22)."""
        return None if self.facts.customer_kind == "consumer" else self.facts.value_minor

    @cached_property
    def late_share(self) -> float:
        """The share of invoices paid late, pulled towards the usual share while few are known."""
        grace = priors.LATE_AFTER_DAYS
        late = sum((row.paid - row.due).days > grace for row in self.facts.history)
        weight = priors.USUAL_LATE_WEIGHT
        return (late + weight * priors.USUAL_LATE_SHARE) / (len(self.facts.history) + weight)

    @property
    def is_chronic(self) -> bool:
        return self.late_share > priors.CHRONIC_ABOVE

    @property
    def broken_promises(self) -> int:
        today = self.facts.today
        return sum(one.kept is False and one.due is not None and one.due < today for one in self.facts.promises)

    @cached_property
    def table(self) -> dict[str, priors.Priced]:
        """What every treatment is believed to do in this case."""
        return priors.priced(self.facts.currency, self.is_chronic, self.broken_promises, self.figures)

    @cached_property
    def tried(self) -> frozenset[str]:
        """The soft treatments really tried since the oldest of the debt fell due, whose time has passed.

        The decision waits for the answer to an offered plan; a call has been answered, or not, when it is noted.
        """
        facts = self.facts
        since = facts.today - timedelta(days=self.days_late)

        def counts(on: date | None) -> bool:
            return on is not None and since <= on <= facts.today

        found = {step.document for step in facts.steps_sent if step.document in SOFT and counts(step.on)}
        if any(plan.status in _PLAN_TRIED and counts(plan.on) for plan in facts.plans):
            found.add("payment_plan")
        if facts.call_tried_recently:
            found.add("call")
        return frozenset(found)

    def below(self, kroner: int) -> bool:
        """Whether the debt is smaller than about so many Norwegian kroner."""
        return self.asked < priors.in_currency(kroner, self.facts.currency)

    @cached_property
    def too_small_to_divide(self) -> bool:
        return self.asked < LEAST_INSTALMENTS * smallest_instalment(self.facts.currency)


@dataclass(frozen=True, slots=True)
class Option:
    """One treatment with all that its expected value is made of. ``because`` says why it is not allowed."""

    treatment: str
    firmness: int
    because: str | None
    recovery: int
    days: int
    cost: int
    concession: int
    churn: int
    gross: int  # discounted recovery less churn, before cost and concession, in parts of UNIT: compared exactly
    expected: int
    goodwill: int  # what the change in the chance of losing them costs (below zero: brings), in minor units
    observed: int  # own cases behind the recovery, beside the prior's
    strength: int  # cases the prior weighs like
    cap: int | None = None  # what the concession may cost at most, where that is known
    above_cap: bool = False  # only that it is above the cap forbids it; somebody may say why it is worth it

    @property
    def allowed(self) -> bool:
        return self.because is None

    @property
    def kept(self) -> int:
        """What is left of the gross when the concession is made, still before handling cost."""
        return self.gross - self.concession * UNIT

    def as_json(self, currency: str) -> dict[str, object]:
        """The option as the contract shows it."""
        shown: dict[str, object] = {
            "treatment": self.treatment,
            "firmness": self.firmness,
            "allowed": self.allowed,
            "because": self.because,
            "recovery": self.recovery / BASIS,
            "days": self.days,
            "cost": decimal_string(self.cost, currency),
            "concession": decimal_string(self.concession, currency),
            "churn_delta": self.churn / BASIS,
            "relationship_cost": decimal_string(self.goodwill, currency),
            "expected_value": decimal_string(self.expected, currency),
            "prior_cases": self.strength,
            "observed_cases": self.observed,
        }
        if self.cap is not None:
            shown["concession_cap"] = decimal_string(self.cap, currency)
            shown["above_cap"] = self.above_cap
        return shown


def weigh(case: Case, because: dict[str, str]) -> dict[str, Option]:
    """Every option worth showing, gentlest first, with why it is not allowed where it is not."""
    table = case.table
    also_due = [document for document in case.documents if document not in ALWAYS_SHOWN]
    shown = sorted((*ALWAYS_SHOWN, *also_due), key=FIRMNESS.__getitem__) if also_due else _SHOWN
    debt, value = max(case.asked, 0), case.value
    weighed = {}
    for treatment in shown:
        prior = table[treatment]
        gross = debt * prior.weight - value * prior.churn * (UNIT // BASIS)
        concession, cap, above = 0, None, False
        why_not = because.get(treatment)
        if treatment == "fee_waiver":
            concession = _part(case.facts.fees_minor, prior.recovery)
            cap = concession_cap(case) if case.facts.fees_minor else None
            above = why_not == ABOVE_CAP
        weighed[treatment] = Option(
            treatment,
            prior.firmness,
            why_not,
            prior.recovery,
            prior.days,
            prior.cost_minor,
            concession,
            prior.churn,
            gross,
            _rounded(gross) - prior.cost_minor - concession,
            _rounded(value * prior.churn * (UNIT // BASIS)),
            prior.observed,
            prior.strength,
            cap,
            above,
        )
    return weighed


_SHOWN = sorted(ALWAYS_SHOWN, key=FIRMNESS.__getitem__)


def concession_cap(case: Case) -> int | None:
    """What waiving fees may cost at most: what it is believed to keep. None where nobody can say."""
    if case.known_value is None:
        return None
    if case.facts.concession_cap_minor is not None:
        return case.facts.concession_cap_minor
    return _part(case.value, -priors.PRIORS["fee_waiver"].churn)


def why_no_waiver(case: Case) -> str | None:
    """Why fees are not waived: there are none, or it would cost more than the goodwill it is believed to keep."""
    fees = case.facts.fees_minor
    if not fees:
        return "there are no fees to waive"
    cap = concession_cap(case)
    # By the prior, not by what was learned: a waiver that works better must not become dearer than its cap by it.
    prior = priors.PRIORS["fee_waiver"]
    handling = priors.in_currency(prior.cost, case.facts.currency)
    if cap is not None and _part(fees, prior.recovery) + handling > cap:
        return ABOVE_CAP
    return None


def why_plan_impossible(case: Case) -> str | None:
    """Why no payment plan can be offered: an earlier one, or a debt too small to divide."""
    if case.too_small_to_divide:
        return "the debt is too small to divide"
    return why_no_plan(case.facts)


def _part(minor: int, basis: int) -> int:
    """So many hundredths of a percent of an amount, halves up."""
    return (minor * basis + BASIS // 2) // BASIS


def _rounded(parts: int) -> int:
    """Minor units of an exact sum, halves away from zero."""
    whole = (abs(parts) + UNIT // 2) // UNIT
    return whole if parts >= 0 else -whole
