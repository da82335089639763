"""Who decided what about proposals, and why: written once, never changed, read by reports and by the next decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.db import Act
from kulant.ledger.bulk import among, insert_rows
from kulant.treatment.models import Proposal
from kulant.treatment.models_record import DecisionRecord
from kulant.treatment.words import treatment_words

# Why a clerk decided otherwise than was proposed; what overrides are counted by.
OVERRIDES = {
    "spoke_with_them": "I have spoken with them",
    "knows_more": "I know something that is not recorded here",
    "wrong_facts": "What it rests on is wrong",
    "too_firm": "Too firm for this customer",
    "too_soft": "Too soft; this was tried before",
    "agreed_otherwise": "Agreed otherwise with the customer or inside the house",
    "above_cap": "Worth more than the cap allows",
    "not_now": "Not now",
    "other": "Something else",
}
ACTS = ("chosen", "approved", "dismissed", "undone")
LONGEST = 1000


def override_reason(code: str | None, text: str | None, what: str) -> tuple[str, str]:
    """The code and the words of an override; refuses one without either. ``what`` begins the refusal."""
    text = " ".join((text or "").split())
    code = code or ("other" if text else None)
    if code is None:
        raise Refusal("no_reason", f"{what} needs a reason")
    if code not in OVERRIDES:
        raise Refusal("bad_reason", f"reason {code!r} is not one of {', '.join(OVERRIDES)}")
    if not text and code == "other":
        raise Refusal("no_reason", f"{what} needs a reason in words")
    if len(text) > LONGEST:
        raise Refusal("too_long", f"a reason may have at most {LONGEST} characters")
    return code, text or OVERRIDES[code]


def proposed_treatment(proposal: Proposal) -> str:
    """The treatment the program had put first, whatever was chosen since."""
    return str(proposal.facts.get("fingerprint") or proposal.treatment).partition("|")[0]


def record(
    act: Act, proposal: Proposal, what: str, *, override: str | None = None, reason: str | None = None
) -> DecisionRecord:
    """Writes down what a person decided about a proposal as it stands now."""
    assert what in ACTS, what
    row = DecisionRecord(
        creditor_id=proposal.creditor_id,
        customer_id=proposal.customer_id,
        proposal_id=proposal.id,
        act=what,
        proposed=proposed_treatment(proposal),
        treatment=proposal.treatment,
        override=override,
        reason=reason,
        grade=proposal.grade,
        late_reason=proposal.late_reason,
        decided_by=act.actor,
        decided_on=act.today,
        decided_at=act.now,
    )
    act.session.add(row)
    return row


_COLUMNS = (
    "creditor_id", "customer_id", "proposal_id", "act", "proposed", "treatment", "override", "reason", "grade",
    "late_reason", "decided_by", "decided_on", "decided_at",
)  # fmt: skip


def record_all(
    act: Act, proposals: Sequence[Proposal], what: str, reasons: Mapping[int, tuple[str | None, str | None]]
) -> None:
    """The same for many at once. ``reasons``: the code and the words of an override, by proposal."""
    assert what in ACTS, what
    rows = (
        (
            one.creditor_id, one.customer_id, one.id, what, proposed_treatment(one), one.treatment,
            *reasons.get(one.id, (None, None)), one.grade, one.late_reason, act.actor, act.today, act.now,
        )
        for one in proposals
    )  # fmt: skip
    insert_rows(act.session, DecisionRecord, _COLUMNS, rows)


def records_of(session: Session, proposal_ids: Collection[int]) -> dict[int, list[DecisionRecord]]:
    """What was decided about each of these proposals, oldest first; no statement for none."""
    by_proposal: dict[int, list[DecisionRecord]] = defaultdict(list)
    if proposal_ids:
        rows = session.scalars(
            select(DecisionRecord)
            .where(among(session, DecisionRecord.proposal_id, sorted(proposal_ids)))
            .order_by(DecisionRecord.id)
        )
        for row in rows:
            by_proposal[row.proposal_id].append(row)
    return by_proposal


def choice(records: Sequence[DecisionRecord]) -> DecisionRecord | None:
    """The choice that stands: the last one, as long as it is another treatment than the one proposed."""
    last = next((row for row in reversed(records) if row.act == "chosen"), None)
    return last if last is not None and last.treatment != last.proposed else None


def choice_words(chosen: DecisionRecord) -> str:
    """The choice in a sentence."""
    words = f"Chosen by {chosen.decided_by} instead of what was proposed: {treatment_words(chosen.proposed)}."
    return f"{words} {chosen.reason.rstrip('.')}." if chosen.reason else words


def why_of(session: Session, proposal: Proposal) -> str:
    """Why the proposal says what it says: the clerk's choice, else the first reason."""
    chosen = choice(records_of(session, [proposal.id]).get(proposal.id, []))
    if chosen is not None:
        return choice_words(chosen)
    return str(proposal.reasons[0]["text"]) if proposal.reasons else ""
