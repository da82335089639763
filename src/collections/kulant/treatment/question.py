"""The question a run puts to the decision, whole: kept with its answer, so that it can be asked and answered again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from kulant.treatment import priors
from kulant.treatment.decision import RULES, Decision, decide
from kulant.treatment.facts import Facts, facts_json
from kulant.treatment.priors import Figures
from kulant.treatment.reading import read_facts
from kulant.treatment.timing import Due

NOTHING_LEARNED = Figures(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything an answer depends on, besides the rules themselves."""

    facts: Facts
    due: Due
    figures: Figures = NOTHING_LEARNED  # what was believed and learned by that day, where it is not the priors alone
    lot: str | None = None  # the name of the case, where lots are drawn among near-ties
    after_broken_plan: bool = False  # the first thing after it is that somebody calls

    def answer(self) -> Decision:
        """What the decision says."""
        decision = decide(self.facts, due=self.due, figures=self.figures, lot=self.lot)
        if self.after_broken_plan and self.due.document is None and _waits(decision):
            return _as_call(decide(self.facts, due=Due("final_reminder"), figures=self.figures, lot=self.lot))
        return decision

    def as_json(self) -> dict[str, Any]:
        """All of it but the facts, which are kept beside it; with the versions it was answered by."""
        return {
            "rules": RULES,
            "table": priors.VERSION,
            "due": asdict(self.due),
            "figures": self.figures.as_json(),
            "lot": self.lot,
            "after_broken_plan": self.after_broken_plan,
        }

    @classmethod
    def from_json(cls, inputs: Mapping[str, Any], asked: Mapping[str, Any]) -> Question:
        """The question as it was kept."""
        figures = asked["figures"]
        return cls(
            facts=read_facts(dict(inputs)),
            due=Due(**asked["due"]),
            figures=Figures.from_json(figures) if figures else NOTHING_LEARNED,
            lot=asked["lot"],
            after_broken_plan=asked["after_broken_plan"],
        )

    def inputs(self) -> dict[str, Any]:
        """The facts in the form ``kulant propose --facts`` reads."""
        return facts_json(self.facts)


def lot_name(customer_id: int, currency: str, oldest_due: date | None) -> str:
    """What lots are drawn by: the case and the day its oldest debt fell due, so that the draw lasts as long as it."""
    return f"{customer_id}/{currency}/{oldest_due.isoformat() if oldest_due else ''}"


def _waits(decision: Decision) -> bool:
    """Whether something is owed and only the ladder's days have not passed."""
    return decision.treatment == "none" and any(reason.code == "waiting" for reason in decision.reasons)


def _as_call(decision: Decision) -> Decision:
    """The first thing after a broken plan is that somebody calls, whatever the sums prefer."""
    return Decision(
        treatment="call",
        document=None,
        channel="call",
        reasons=(),
        options=decision.options,
        break_evens=(),
        offers=(),
        currency=decision.currency,
    )
