"""A decision whole: what it was reckoned from, who decided what, whether it comes out the same again, and what if."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from kulant import i18n
from kulant.core.errors import Refusal
from kulant.core.money import to_minor
from kulant.desk import wording
from kulant.desk.proposal import ShownOption, shown_option
from kulant.desk.shell import ShellDep
from kulant.ledger.models import Customer
from kulant.relationship.why_late import UNKNOWN, WORDS
from kulant.treatment.models import Proposal
from kulant.treatment.priors import BASIS, PRIORS
from kulant.treatment.queries import proposal_by_id
from kulant.treatment.question import Question
from kulant.treatment.records import OVERRIDES, proposed_treatment, records_of
from kulant.treatment.replay import question_of, replay
from kulant.treatment.words import treatment_words
from kulant.web.deps import Reader, RowId

router = APIRouter()

_LANGUAGE = "en"
_ACTS = {"chosen": "Chose", "approved": "Approved", "dismissed": "Dismissed", "undone": "Took back"}


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The comparison were a treatment to recover another share."""

    treatment: str
    words: str
    percent: str
    winner: str
    changed: bool
    options: list[ShownOption]
    why: str


@router.get("/proposals/{proposal_id}/decision")
def show(
    shell: ShellDep, session: Reader, proposal_id: RowId,
    treatment: Annotated[str, Query(max_length=20)] = "", recovery: Annotated[str, Query(max_length=10)] = "",
) -> Response:  # fmt: skip
    """What a proposal rests on, and what would be proposed if an option recovered more or less."""
    proposal = proposal_by_id(session, shell.viewer.creditor.id, proposal_id)
    question = question_of(proposal)
    return shell.page(
        "desk/decision.html",
        here="overdue",
        proposal=proposal,
        customer=session.get_one(Customer, proposal.customer_id),
        title=wording.title_of(proposed_treatment(proposal)),
        proposed=proposed_treatment(proposal),
        options=[shown_option(option, proposal.currency, _debt(proposal)) for option in proposal.options],
        inputs=_inputs(proposal),
        asked=proposal.facts.get("question") or {},
        records=[
            (row, f"{_ACTS[row.act]}: {treatment_words(row.treatment)}", OVERRIDES.get(row.override or "", ""))
            for row in records_of(session, [proposal.id]).get(proposal.id, [])
        ],
        again=replay(proposal),
        choices=[(option["treatment"], wording.title_of(option["treatment"])) for option in proposal.options],
        what_if=_what_if(proposal, question, treatment, recovery) if question and treatment else None,
    )


def _what_if(proposal: Proposal, question: Question, treatment: str, recovery: str) -> WhatIf:
    """Reckons the stored question again with another recovery of one treatment."""
    if treatment not in PRIORS:
        raise Refusal("no_treatment", f"There is no option {treatment}.")
    share = _share(recovery)
    figures = question.figures.with_recovery(treatment, share)
    decision = Question(facts=question.facts, due=question.due, figures=figures).answer()
    answer = decision.as_json()
    return WhatIf(
        treatment=treatment,
        words=wording.title_of(treatment),
        percent=f"{share / 100:g}",
        winner=wording.title_of(decision.treatment),
        changed=decision.treatment != proposed_treatment(proposal),
        options=[shown_option(option, proposal.currency, _debt(proposal)) for option in answer["options"]],
        why=decision.reasons[0].text if decision.reasons else "",
    )


def _share(percent: str) -> int:
    """A share given in percent, in hundredths of one."""
    try:
        share = int(Decimal(percent.strip().rstrip("%").strip().replace(",", ".")) * 100)
    except (ArithmeticError, ValueError):  # no number, or one beyond all numbers
        raise Refusal("bad_share", f"“{percent}” is not a share. Write a number from 0 to 100.") from None
    if not 0 <= share <= BASIS:
        raise Refusal("bad_share", "A share lies between 0 and 100 percent.")
    return share


def _debt(proposal: Proposal) -> int:
    return proposal.demand_minor - proposal.fees_minor - proposal.interest_minor


def _inputs(proposal: Proposal) -> list[tuple[str, str]]:
    """What the decision was reckoned from, in words; what was not known is left out."""
    inputs: dict[str, Any] = proposal.facts.get("inputs") or {}
    known: dict[str, Any] = inputs.get("relationship", {})

    def money(text: str) -> str:
        return i18n.money(to_minor(text, proposal.currency), proposal.currency, _LANGUAGE)

    rows = [("Day", i18n.short_date(proposal.on, _LANGUAGE))] if inputs else []
    for one in inputs.get("invoices", []):
        part = f", {money(one['disputed'])} of it disputed" if to_minor(one["disputed"], proposal.currency) else ""
        rows.append(("Open, due " + one.get("due", "on no day"), f"{money(one['open'])}{part}"))
    if inputs.get("history"):
        late = sum(row["paid"] > row["due"] for row in inputs["history"])
        rows.append(("Paid before", f"{len(inputs['history'])} invoices, {late} of them late"))
    rows += [(_NAMES.get(name, name.replace("_", " ").capitalize()), _said(name, value, money))
             for name, value in known.items() if value not in (0, False)]  # fmt: skip
    if inputs:
        rows.append(("Why they are late", WORDS.get(inputs.get("late_reason", UNKNOWN), "Not known")))
    rows += [(wording.title_of(step["document"]), step.get("date", "on an unknown day"))
             for step in inputs.get("steps_sent", [])]  # fmt: skip
    rows += [("Promise by " + one.get("due", "?"), {True: "kept", False: "broken"}.get(one.get("kept"), "open"))
             for one in inputs.get("promises", [])]  # fmt: skip
    rows += [("Payment plan", f"{one['status']} {one.get('date', '')}".strip()) for one in inputs.get("plans", [])]
    return rows


_NAMES = {
    "value_12m": "Worth in 12 months",
    "last_contact": "Last contact",
    "contact_gap_days": "Usual days between contacts",
    "strikes_24m": "Strikes against us in 24 months",
    "churn_risk": "Risk of losing them",
    "concession_cap": "A concession may cost at most",
}


def _said(name: str, value: Any, money: Any) -> str:
    if name in ("value_12m", "concession_cap"):
        return str(money(value))
    if name == "churn_risk":
        return f"{value:.0%}"
    return "yes" if value is True else str(value)
