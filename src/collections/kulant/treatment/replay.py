"""A stored decision, shown whole and reckoned again from its own inputs: the same question must get the same answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from kulant.ledger.models import Customer
from kulant.treatment import priors
from kulant.treatment.decision import RULES
from kulant.treatment.models import Proposal
from kulant.treatment.models_record import DecisionRecord
from kulant.treatment.priors import DOCUMENTS
from kulant.treatment.question import Question
from kulant.treatment.records import proposed_treatment, records_of

_ORDER = {document: place for place, document in enumerate(DOCUMENTS)}


@dataclass(frozen=True, slots=True)
class Replay:
    """What reckoning again gave. ``same``: none where nothing was weighed, or by rules this program has not."""

    same: bool | None
    why: str
    treatment: str | None = None
    differs: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As ``kulant decision show --replay`` prints it."""
        return {"same": self.same, "why": self.why, "treatment": self.treatment, "differs": list(self.differs)}


def question_of(proposal: Proposal) -> Question | None:
    """The question that was asked; none where nothing was weighed."""
    asked, inputs = proposal.facts.get("question"), proposal.facts.get("inputs")
    return Question.from_json(inputs, asked) if asked is not None and inputs is not None else None


def replay(proposal: Proposal) -> Replay:
    """Asks the stored question again and holds the answer against the stored one."""
    asked = proposal.facts.get("question")
    if asked is None:
        return Replay(None, "Nothing was weighed: the ladder alone asked for it.")
    if asked["rules"] != RULES or asked["table"] not in priors.VERSIONS:
        made_by = f"rules {asked['rules']} and the table {asked['table']}"
        return Replay(None, f"It was made by {made_by}; this program has {RULES} and {priors.VERSION}.")
    question = question_of(proposal)
    assert question is not None
    decision = question.answer()
    ceiling = asked.get("ceiling")
    treatment = _under(decision.treatment, ceiling)
    answer = decision.as_json()
    then = {
        "treatment": proposed_treatment(proposal),
        "options": [_comparable(option, ceiling) for option in proposal.options],
        "break_evens": proposal.break_evens,
        "offers": proposal.offers,
    }
    now = {
        "treatment": treatment,
        "options": [_comparable(option, ceiling) for option in answer["options"]],
        "break_evens": answer["break_evens"],
        "offers": answer["offers"],
    }
    differs = [part for part in then if then[part] != now[part]]
    said = [reason["text"] for reason in proposal.reasons]
    # What a broken plan says of itself comes from the plan, not from the sums.
    own = [one.text for one in decision.reasons if not (question.after_broken_plan and one.code == "plan_broken")]
    if any(text not in said for text in own):
        differs.append("reasons")
    if differs:
        return Replay(False, f"Reckoned again it differs in: {', '.join(differs)}.", treatment, tuple(differs))
    return Replay(True, "Reckoned again from the stored inputs it comes out the same.", treatment)


def _under(treatment: str, ceiling: str | None) -> str:
    """The treatment under the ladder's tone ceiling: a letter firmer than it waits for a person."""
    if ceiling is not None and treatment in _ORDER and _ORDER[treatment] > _ORDER[ceiling]:
        return "hold"
    return treatment


def _comparable(option: dict[str, Any], ceiling: str | None) -> dict[str, Any]:
    """An option without what the tone ceiling says of it, which stands in the ladder and not in the sums."""
    if ceiling is not None and _under(option["treatment"], ceiling) == "hold" and option["treatment"] in _ORDER:
        return option | {"allowed": False, "because": ""}
    return option


def decision_json(session: Session, proposal: Proposal, *, again: bool) -> dict[str, Any]:
    """A decision whole: inputs, versions, ranking, answer, and who decided what; with ``again``, reckoned anew."""
    customer = session.get_one(Customer, proposal.customer_id)
    asked = proposal.facts.get("question") or {}
    shown = {
        "id": str(proposal.id),
        "customer": customer.number,
        "currency": proposal.currency,
        "date": proposal.on.isoformat(),
        "versions": {
            "rules": asked.get("rules"),
            "table": asked.get("table"),
            "ladder": proposal.facts.get("ladder"),
            "ladder_version": proposal.facts.get("ladder_version"),
        },
        "inputs": proposal.facts.get("inputs"),
        "question": asked or None,
        "grade": proposal.grade,
        "late_reason": proposal.late_reason,
        "proposed": proposed_treatment(proposal),
        "options": proposal.options,
        "break_evens": proposal.break_evens,
        "reasons": proposal.reasons,
        "offers": proposal.offers,
        "treatment": proposal.treatment,
        "status": proposal.status,
        "decisions": [record_json(row) for row in records_of(session, [proposal.id]).get(proposal.id, [])],
    }
    return shown | {"replay": replay(proposal).as_json()} if again else shown


def record_json(row: DecisionRecord) -> dict[str, Any]:
    """One decision of a person, for programs."""
    return {
        "act": row.act,
        "proposed": row.proposed,
        "treatment": row.treatment,
        "override": row.override,
        "reason": row.reason,
        "by": row.decided_by,
        "date": row.decided_on.isoformat(),
        "at": row.decided_at.isoformat(),
    }
