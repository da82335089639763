"""What could be done about a debt, and what each option is worth: every option in the open, with its sums. Pure.

expected value = debt · recovery / 1.1^(days/365) − cost − concession − churn · value
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from kulant.core.money import decimal_string
from kulant.plans.rules import smallest_instalment
from kulant.treatment import priors
from kulant.treatment.facts import Facts
from kulant.treatment.priors import BASIS, FIRMNESS, UNIT
from kulant.treatment.stops import why_no_plan
from kulant.treatment.timing import Due, documents_due

ALWAYS_SHOWN = (
    "hold", "reminder", "call", "payment_plan", "fee_waiver", "final_reminder", "formal_notice", "hand_over",
)  # fmt: skip
LEAST_INSTALMENTS = 2


@dataclass(frozen=True)
class Case:
    """The facts, added up for one decision."""

    facts: Facts
    due: Due | None
    owed: int  # overdue, before credits
    disputed: int
    asked: int  # what is left to ask for: the debt of every sum below
    days_late: int  # of the oldest invoice with something to ask for

    @classmethod
    def of(cls, facts: Facts, due: Due | None) -> Case:
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
        return cls(facts, due, owed, disputed, asked, days_late)

    @cached_property
    def documents(self) -> tuple[str, ...]:
        """The letters whose time has come, gentlest first."""
        return documents_due(self.facts, self.days_late, self.due)

    @property
    def value(self) -> int:
        """The relationship's worth in 12 months; an unknown one is given the benefit of the doubt."""
        known = self.facts.value_minor
        return max(self.asked, 0) * priors.UNKNOWN_VALUE_IN_DEBTS if known is None else max(known, 0)

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

    @property
    def allowed(self) -> bool:
        return self.because is None

    @property
    def kept(self) -> int:
        """What is left of the gross when the concession is made, still before handling cost."""
        return self.gross - self.concession * UNIT

    def as_json(self, currency: str) -> dict[str, object]:
        """The option as the contract shows it."""
        return {
            "treatment": self.treatment,
            "firmness": self.firmness,
            "allowed": self.allowed,
            "because": self.because,
            "recovery": self.recovery / BASIS,
            "days": self.days,
            "cost": decimal_string(self.cost, currency),
            "concession": decimal_string(self.concession, currency),
            "churn_delta": self.churn / BASIS,
            "expected_value": decimal_string(self.expected, currency),
        }


def weigh(case: Case, because: dict[str, str]) -> dict[str, Option]:
    """Every option worth showing, gentlest first, with why it is not allowed where it is not."""
    table = priors.priced(case.facts.currency, case.is_chronic, case.broken_promises)
    also_due = [document for document in case.documents if document not in ALWAYS_SHOWN]
    shown = sorted((*ALWAYS_SHOWN, *also_due), key=FIRMNESS.__getitem__)
    debt, value = max(case.asked, 0), case.value
    weighed = {}
    for treatment in shown:
        prior = table[treatment]
        concession = _part(case.facts.fees_minor, prior.recovery) if treatment == "fee_waiver" else 0
        gross = debt * prior.weight - value * prior.churn * (UNIT // BASIS)
        weighed[treatment] = Option(
            treatment,
            prior.firmness,
            because.get(treatment),
            prior.recovery,
            prior.days,
            prior.cost_minor,
            concession,
            prior.churn,
            gross,
            _rounded(gross) - prior.cost_minor - concession,
        )
    return weighed


def why_no_waiver(case: Case) -> str | None:
    """Why fees are not waived: there are none, or it would cost more than the goodwill it is believed to keep."""
    fees = case.facts.fees_minor
    if not fees:
        return "there are no fees to waive"
    if case.facts.value_minor is None:
        return None
    prior = priors.PRIORS["fee_waiver"]
    if _part(fees, prior.recovery) > _part(case.value, -prior.churn):
        return "it would cost more than the goodwill it is believed to keep"
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
