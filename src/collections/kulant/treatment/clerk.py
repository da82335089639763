"""What the clerk decides about a proposal: approve, edit, dismiss. Its inputs and ranking stay as they were.

Each decision is written down beside it (``records.py``); one against what was proposed says why.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm.attributes import set_committed_value

from kulant.core.errors import Conflict, Refusal
from kulant.core.events import Event
from kulant.db import Act
from kulant.i18n import LANGUAGES
from kulant.ledger.bulk import among
from kulant.treatment.models import Proposal
from kulant.treatment.queries import proposal_items
from kulant.treatment.records import choice, override_reason, proposed_treatment, record, record_all, records_of
from kulant.treatment.words import treatment_words

CHANNELS = ("email", "letter", "call", "task")


def look_again(act: Act, proposal: Proposal) -> None:
    """Reads the proposal as it is now and keeps others from deciding it until this is done."""
    act.session.flush()
    act.session.refresh(proposal, with_for_update=True)


def look_again_at(act: Act, creditor_id: int, proposal_ids: Collection[int]) -> Sequence[Proposal]:
    """Reads those of these proposals that are the creditor's as they are now, and keeps others from deciding them."""
    act.session.flush()
    return act.session.scalars(
        select(Proposal)
        .where(Proposal.creditor_id == creditor_id, among(act.session, Proposal.id, sorted(proposal_ids)))
        .order_by(Proposal.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def mark_all_approved(act: Act, proposals: Sequence[Proposal]) -> None:
    """Records the approvals; the outbox makes letters of them. A few statements, however many they are."""
    if not proposals:
        return
    decided = {"status": "approved", "decided_by": act.actor, "decided_on": act.today, "blocked": []}
    ids = [proposal.id for proposal in proposals]
    act.session.execute(
        update(Proposal).where(among(act.session, Proposal.id, ids)).values(**decided),
        execution_options={"synchronize_session": False},
    )
    changed = [proposal.id for proposal in proposals if proposal.treatment != proposed_treatment(proposal)]
    records = records_of(act.session, changed)
    reasons = {}
    for proposal in proposals:
        for name, value in decided.items():
            set_committed_value(proposal, name, value)
        if (chosen := choice(records.get(proposal.id, []))) is not None and proposal.id in records:
            reasons[proposal.id] = (chosen.override, chosen.reason)
        _tell(act, proposal, "proposal_approved", f"Approved: {treatment_words(proposal.treatment)}.")
    record_all(act, proposals, "approved", reasons)


def dismiss(act: Act, *, proposal: Proposal, reason: str, override: str | None = None) -> None:
    """Says no to a proposal, and why; the step comes back after the ladder's minimum days between letters.

    ``override``: the code of the reason; none: it is in the words.
    """
    look_again(act, proposal)
    override, reason = override_reason(override, reason, "dismissing")
    if proposal.status not in ("proposed", "blocked"):
        raise Conflict("decided_already", f"proposal {proposal.id} is {proposal.status}; it cannot be dismissed")
    proposal.status, proposal.decided_by, proposal.decided_on = "dismissed", act.actor, act.today
    proposal.decision_reason = reason
    record(act, proposal, "dismissed", override=override, reason=reason)
    _tell(act, proposal, "proposal_dismissed", f"Dismissed: {treatment_words(proposal.treatment)}. {reason}")


def withdraw(act: Act, *, proposal: Proposal, reason: str) -> None:
    """It no longer fits what is true: nobody has to decide about it any more, and nothing leaves for it."""
    proposal.status, proposal.decision_reason = "superseded", reason
    _tell(act, proposal, "proposal_withdrawn", f"Withdrawn: {treatment_words(proposal.treatment)}. {reason}")


def edit(
    act: Act,
    *,
    proposal: Proposal,
    treatment: str | None = None,
    channel: str | None = None,
    language: str | None = None,
    message: str | None = None,
    override: str | None = None,
    reason: str | None = None,
) -> None:
    """Changes what a waiting proposal will send: treatment, channel, language, or a sentence of one's own.

    Only treatments that were weighed as allowed may be chosen, so that editing cannot get around a rule; except that
    somebody may say why a concession is worth more than its cap. Another treatment than the one proposed needs a
    reason: its code (``override``), words, or both.
    """
    look_again(act, proposal)
    if proposal.status not in ("proposed", "blocked"):
        raise Conflict("decided_already", f"proposal {proposal.id} is {proposal.status}; it cannot be changed")
    changes = []
    if treatment and treatment != proposal.treatment:
        _choose(act, proposal, treatment, override, reason)
        changes.append(treatment_words(treatment))
    if channel and channel != proposal.channel:
        if channel not in CHANNELS:
            raise Refusal("bad_channel", f"channel {channel!r} is not one of {', '.join(CHANNELS)}")
        if channel in ("email", "letter") and proposal.treatment not in WITH_A_LETTER:
            words = treatment_words(proposal.treatment)
            raise Refusal("no_letter", f"{words}: this sends no letter; choose the channel call or task")
        proposal.channel = channel
        changes.append(f"by {channel}")
    if language and language != proposal.language:
        if language not in LANGUAGES:
            raise Refusal("bad_language", f"language {language!r} is not one of {', '.join(LANGUAGES)}")
        proposal.language = language
        changes.append(f"in {language}")
    if message is not None and (message.strip() or None) != proposal.message:
        if len(message) > 600:
            raise Refusal("too_long", "the personal sentence may have at most 600 characters")
        proposal.message = message.strip() or None
        changes.append("with a personal sentence" if proposal.message else "without a personal sentence")
    if changes:
        # What was approved and held back was the letter as it was: changed, it needs the approval anew.
        proposal.status, proposal.decided_by, proposal.decided_on, proposal.blocked = "proposed", None, None, []
        _tell(act, proposal, "proposal_edited", f"Changed the proposal: {', '.join(changes)}.")


def _choose(act: Act, proposal: Proposal, treatment: str, override: str | None, reason: str | None) -> None:
    """Takes another option. The ladder's own letter takes the items to their steps, anything else leaves them there."""
    option = next((option for option in proposal.options if option["treatment"] == treatment), None)
    if option is None or not may_choose(option):
        because = (option or {}).get("because") or "it was not among the options"
        raise Refusal("not_allowed", f"{treatment_words(treatment)} cannot be chosen: {because}")
    code, words = None, None
    if treatment != proposed_treatment(proposal):
        given = override or ("above_cap" if option.get("above_cap") and reason else None)
        code, words = override_reason(given, reason, "another step than the one proposed")
        if option.get("above_cap") and not (reason or "").strip():
            raise Refusal("no_reason", "a concession above its cap needs a reason in words")
    proposal.treatment = treatment
    proposal.firmness = option["firmness"]
    proposal.document = DOCUMENT_OF.get(treatment)
    proposal.channel = {"call": "call", "hand_over": "task"}.get(treatment, _usual_channel(treatment))
    kept = proposal.facts.get("ladder_letter")
    letter = kept if kept is not None and kept["document"] == treatment else None
    if letter is not None:
        proposal.channel = letter["channel"]
    proposal.step = letter["step"] if letter else None
    steps = letter["steps"] if letter else {}
    for row, item in proposal_items(act.session, [proposal.id]).get(proposal.id, []):
        row.step = steps.get(str(item.id))
    set_charges(proposal, proposal.facts.get("charges", []) if letter else [])
    record(act, proposal, "chosen", override=code, reason=words)


def may_choose(option: dict[str, Any]) -> bool:
    """Whether a clerk may take this option: it is allowed, or only its cap forbids it."""
    return bool(option["allowed"] or option.get("above_cap"))


def set_charges(proposal: Proposal, lines: Sequence[dict[str, Any]]) -> None:
    """What the letter adds, and the demand with it; only the ladder's own letter adds anything."""
    proposal.demand_minor -= proposal.fees_minor + proposal.interest_minor
    proposal.charges = [dict(line) for line in lines]
    proposal.interest_minor = sum(line["amount_minor"] for line in lines if line["kind"] == "interest")
    proposal.fees_minor = sum(line["amount_minor"] for line in lines if line["kind"] != "interest")
    proposal.demand_minor += proposal.fees_minor + proposal.interest_minor


def _usual_channel(treatment: str) -> str:
    return "email" if treatment in WITH_A_LETTER else "task"


# Treatments that send a document of their own name; the others send none, or the plan offer.
DOCUMENT_OF = {
    name: name for name in ("courtesy", "reminder", "fee_reminder", "final_reminder", "formal_notice", "hand_over")
}
WITH_A_LETTER = frozenset((*DOCUMENT_OF, "payment_plan"))


def _tell(act: Act, proposal: Proposal, kind: str, text: str) -> None:
    act.tell(
        Event(
            kind,
            text,
            creditor_id=proposal.creditor_id,
            customer_id=proposal.customer_id,
            data={"proposal": proposal.id},
        )
    )
