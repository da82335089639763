"""Writes what a run proposes and withdraws: a chunk of customers at a time, without an object for each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kulant.core.events import Event
from kulant.core.words import amount_words
from kulant.db import Act, canonical_json
from kulant.ledger.bulk import among, insert_rows, reserve_ids
from kulant.people.models import Creditor
from kulant.treatment.facts import facts_json
from kulant.treatment.judge import Judgement
from kulant.treatment.models import Proposal, ProposalItem
from kulant.treatment.policies import LadderInForce
from kulant.treatment.stops import Reason
from kulant.treatment.words import treatment_words

_COLUMNS = (
    "id", "creditor_id", "customer_id", "currency", "proposed_on", "ladder_id", "treatment", "document", "channel",
    "language", "step", "firmness", "demand_minor", "fees_minor", "interest_minor", "charges", "reasons", "options",
    "break_evens", "offers", "facts", "grade", "late_reason", "status", "blocked", "created_at",
)  # fmt: skip
_ITEM_COLUMNS = ("proposal_id", "item_id", "asked_minor", "step")

Pair = tuple[Judgement, LadderInForce | None]


class Waiting(NamedTuple):
    """A live proposal as it is now, under a lock."""

    id: int
    status: str
    treatment: str


def look_again(session: Session, proposal_ids: Sequence[int]) -> dict[int, Waiting]:
    """Reads these proposals as they are now and keeps others from deciding them until this is done."""
    session.flush()
    rows = session.execute(
        select(Proposal.id, Proposal.status, Proposal.treatment)
        .where(among(session, Proposal.id, sorted(proposal_ids)))
        .order_by(Proposal.id)
        .with_for_update()
    )
    return {row.id: row for row in map(Waiting._make, rows)}


def withdraw_all(act: Act, creditor: Creditor, waiting: Mapping[int, Waiting], judged: Sequence[Judgement]) -> None:
    """The live proposals of these judgements no longer fit what is true: nobody has to decide about them any more."""
    rows = []
    for judgement in judged:
        live = judgement.case.live
        if live is None:
            continue
        reason = judgement.reasons[0].text if judgement.reasons else "nothing to do"
        rows.append({"id": live.id, "status": "superseded", "decision_reason": reason})
        act.tell(
            Event(
                "proposal_withdrawn",
                f"Withdrawn: {treatment_words(waiting[live.id].treatment)}. {reason}",
                creditor_id=creditor.id,
                customer_id=live.customer_id,
                data={"proposal": live.id},
            )
        )
    if rows:
        act.session.execute(update(Proposal), rows)


def store_all(act: Act, creditor: Creditor, pairs: Sequence[Pair]) -> Sequence[int]:
    """Writes the proposals of these judgements with their items; their ids, in the same order."""
    ids = reserve_ids(act.session, Proposal, len(pairs))
    insert_rows(act.session, Proposal, _COLUMNS, _proposal_rows(act, creditor, ids, pairs))
    insert_rows(act.session, ProposalItem, _ITEM_COLUMNS, _item_rows(ids, pairs))
    for proposal_id, (judgement, _) in zip(ids, pairs, strict=True):
        _tell(act, creditor, proposal_id, judgement)
    return ids


def _proposal_rows(
    act: Act, creditor: Creditor, ids: Sequence[int], pairs: Sequence[Pair]
) -> Iterator[tuple[Any, ...]]:
    nothing = canonical_json([])
    for proposal_id, (judgement, ladder) in zip(ids, pairs, strict=True):
        case, decision = judgement.case, judgement.decision
        shown = decision.as_json() if decision else {}
        charges = judgement.charges
        facts = inputs(judgement, ladder)
        yield (
            proposal_id,
            creditor.id,
            case.customer.id,
            case.currency,
            act.today,
            ladder.row_id if ladder else None,
            treatment_of(judgement),
            judgement.document,
            judgement.channel,
            judgement.language,
            judgement.step,
            decision.firmness if decision else 1,
            judgement.demand_minor,
            sum(line.amount_minor for line in charges if line.kind != "interest"),
            sum(line.amount_minor for line in charges if line.kind == "interest"),
            canonical_json([line.as_json() for line in charges]) if charges else nothing,
            canonical_json([reason_json(reason) for reason in judgement.all_reasons]),
            canonical_json(shown.get("options", [])),
            canonical_json(shown.get("break_evens", [])),
            canonical_json(shown.get("offers", [])),
            canonical_json(facts | {"fingerprint": fingerprint(judgement), "priors": shown.get("priors")}),
            case.score.grade if case.score else None,
            case.late_reason.code if case.late_reason else None,
            "proposed",
            nothing,
            act.now,
        )


def _item_rows(ids: Sequence[int], pairs: Sequence[Pair]) -> Iterator[tuple[Any, ...]]:
    for proposal_id, (judgement, _) in zip(ids, pairs, strict=True):
        for row in judgement.rows:
            yield (proposal_id, row.item.id, row.asked_minor, row.step)


def _tell(act: Act, creditor: Creditor, proposal_id: int, judgement: Judgement) -> None:
    words, amount = (
        treatment_words(treatment_of(judgement)),
        amount_words(judgement.demand_minor, judgement.case.currency),
    )
    why = judgement.reasons[0].text if judgement.reasons else ""
    act.tell(
        Event(
            "proposed",
            f"Proposed: {words}, {amount}. {why}".strip(),
            creditor_id=creditor.id,
            customer_id=judgement.case.customer.id,
            data={"proposal": proposal_id},
        )
    )


def treatment_of(judgement: Judgement) -> str:
    """The treatment that is proposed: the decision's, or the document where nothing was weighed."""
    return judgement.decision.treatment if judgement.decision else str(judgement.document)


def reason_json(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, "text": reason.text}


def fingerprint(judgement: Judgement) -> str:
    """What makes two judgements the same proposal: what is done, by which step, about exactly which amounts.

    How far interest has grown makes no difference, only on which invoices it is asked.
    """
    treatment = judgement.decision.treatment if judgement.decision else judgement.document
    rows = ";".join(f"{row.item.id}:{row.asked_minor}:{row.step or ''}" for row in judgement.rows)
    charged = judgement.charged
    lines = dict.fromkeys(
        f"{line.kind}:{line.item_id}{'' if line.kind == 'interest' else f':{line.amount_minor}'}"
        for line in charged.lines
    )
    added = "".join(f"|{part}" for part in (*lines, *([charged.reason.code] if charged.reason else ())))
    return f"{treatment}|{judgement.document or ''}|{judgement.step or ''}|{rows}{added}"


def inputs(judgement: Judgement, ladder: LadderInForce | None) -> dict[str, Any]:
    """The decision's inputs as they were, in the form ``kulant propose --facts`` reads, and the ladder's version."""
    named: dict[str, Any] = {"ladder": ladder.policy.name, "ladder_version": ladder.version} if ladder else {}
    if judgement.ladder_letter is not None:
        named["ladder_letter"] = judgement.ladder_letter.as_json()
    if judgement.charged.lines:
        named["charges"] = [line.as_json() for line in judgement.charged.lines]
    if judgement.facts is None:
        return named
    if judgement.question is not None:
        by_chance = judgement.decision is not None and judgement.decision.by_chance
        named["question"] = judgement.question.as_json() | {"ceiling": judgement.ceiling, "by_chance": by_chance}
    return named | {"inputs": facts_json(judgement.facts)}
