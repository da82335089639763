"""Tone ceilings: how firm a letter some customers get at most; anything firmer waits for a person. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kulant.treatment.decision import Decision
from kulant.treatment.judge import Judgement
from kulant.treatment.ladder import Policy
from kulant.treatment.priors import DOCUMENTS
from kulant.treatment.rows import soft_rows
from kulant.treatment.stops import Reason
from kulant.treatment.words import treatment_words

_ORDER = {document: place for place, document in enumerate(DOCUMENTS)}


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The firmest letter a customer may get, and whose ceiling it is."""

    document: str
    whose: str

    def is_below(self, document: str | None) -> bool:
        """Whether this document is firmer than the ceiling."""
        return document is not None and _ORDER.get(document, -1) > _ORDER[self.document]

    def words(self) -> str:
        """The rule in words, starting in lower case."""
        return f"{self.whose} get no letter firmer than the {treatment_words(self.document)}"


def ceiling_of(policy: Policy, *, segment: str | None, grade: str | None, phase: str | None) -> Ceiling | None:
    """The ceiling for such a customer; of several, the gentlest. Unknown segment, grade or phase: none of theirs."""
    given = policy.tone_ceiling
    found = []
    if given is not None and segment in given.segments:
        found.append(Ceiling(given.segments[segment], f"customers of the segment {segment}"))
    if given is not None and grade in given.grades:
        found.append(Ceiling(given.grades[grade], f"customers of grade {grade}"))
    if given is not None and phase in given.phases:
        found.append(Ceiling(given.phases[phase], f"customers in the phase {phase}"))
    return min(found, key=lambda ceiling: _ORDER[ceiling.document], default=None)


def under_ceiling(judgement: Judgement, policy: Policy) -> Judgement:
    """The judgement with nothing firmer than the ceiling in it: a letter that is becomes a task for a person.

    Neither is a firmer letter left among the options, so that nobody chooses one that the send gate would stop.
    """
    case = judgement.case
    ceiling = ceiling_of(
        policy,
        segment=case.customer.segment,
        grade=case.score.grade if case.score else None,
        phase=case.standing.phase if case.standing else None,
    )
    if ceiling is None or judgement.decision is None:
        return judgement
    decision = _without_firmer(judgement.decision, ceiling)
    if not judgement.proposes or not ceiling.is_below(judgement.document):
        return replace(judgement, decision=decision, ceiling=ceiling.document)
    why = Reason("tone_ceiling", f"{_due(judgement)} {ceiling.words()}; a person decides what to do instead.")
    return replace(
        judgement,
        reasons=(why, *judgement.reasons),
        decision=replace(decision, treatment="hold", document=None, channel="task", reasons=(why, *decision.reasons)),
        document=None,
        channel="task",
        step=None,
        ladder_letter=None,
        debt_rows=(),
        ceiling=ceiling.document,
        rows=soft_rows(case, judgement.items, judgement.facts.today) if judgement.facts else (),
    )


def _due(judgement: Judgement) -> str:
    if judgement.document == "hand_over":
        return "Handing over is due by the ladder, but"
    return f"The {treatment_words(judgement.document or '')} is due by the ladder, but"


def _without_firmer(decision: Decision, ceiling: Ceiling) -> Decision:
    because = ceiling.words()
    options = tuple(
        replace(option, because=because) if option.allowed and ceiling.is_below(option.treatment) else option
        for option in decision.options
    )
    return replace(decision, options=options)
