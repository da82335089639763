"""The daily proposals: judges every customer with a late debt and keeps what is proposed in step with the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from kulant.core.events import Event
from kulant.core.words import amount_words
from kulant.db import Act
from kulant.law import entries as law_entries
from kulant.law.entered import Entered
from kulant.people.models import Creditor
from kulant.treatment import queries
from kulant.treatment.caps import restrained
from kulant.treatment.cases import CustomerCase, load_cases
from kulant.treatment.charged import with_charges
from kulant.treatment.clerk import look_again, withdraw
from kulant.treatment.facts import facts_json
from kulant.treatment.judge import Judgement, judge
from kulant.treatment.limits import with_limits
from kulant.treatment.models import Proposal, ProposalItem
from kulant.treatment.policies import LadderInForce, ladder_for, ladders_in_force
from kulant.treatment.stops import Reason
from kulant.treatment.verdicts import finish_verdicts, keep_verdicts
from kulant.treatment.words import treatment_words

# So many customers are read and judged at a time: bounded memory, a dozen statements a chunk.
CHUNK = 400

# A proposal's interest may be so many days behind before it is proposed anew.
INTEREST_DAYS = 7

# A courtesy note may go out so many days before the due date at the most.
COURTESY_DAYS = 60


@dataclass(slots=True)
class Proposed:
    """What a run changed."""

    created: list[Proposal] = field(default_factory=list)
    unchanged: int = 0
    withdrawn: int = 0


def propose_all(act: Act, *, creditor: Creditor) -> Proposed:
    """Proposes one step for every customer and currency that needs one; run again, it changes nothing.

    A waiting proposal that no longer fits the ledger is superseded by the one that does, or by none. What is approved
    already is left to the send gate, which checks it when it leaves.
    """
    result = Proposed()
    entered = law_entries.entered(act.session)
    for chunk in _chunks(act, creditor):
        undecided = [pair for pair in chunk if pair[0].live is None or pair[0].live.status != "approved"]
        result.unchanged += len(chunk) - len(undecided)
        judged = judge_cases(act.session, creditor, undecided, act.today, entered)
        keep_verdicts(act, creditor, judged)
        for judgement, (_, ladder) in zip(judged, undecided, strict=True):
            _keep_in_step(act, creditor, judgement, ladder, result)
    finish_verdicts(act, creditor)
    return result


def judge_cases(
    session: Session,
    creditor: Creditor,
    cases: Sequence[tuple[CustomerCase, LadderInForce | None]],
    today: date,
    entered: tuple[Entered, ...] = (),
) -> list[Judgement]:
    """The judgements of these cases, within tone ceilings and contact caps, with what their letters would charge."""
    judged = [(judge_case(case, ladder, creditor, today, entered), ladder) for case, ladder in cases]
    return with_charges(session, creditor, restrained(session, judged, today), today, entered)


def judge_case(
    case: CustomerCase,
    ladder: LadderInForce | None,
    creditor: Creditor,
    today: date,
    entered: tuple[Entered, ...] = (),
) -> Judgement:
    """The judgement of a case by its ladder; without a ladder nothing is proposed."""
    if ladder is None:
        return Judgement(case, (), (Reason("no_ladder", "No ladder applies to this customer."),))
    return judge(
        case,
        ladder.policy,
        today=today,
        country=creditor.country,
        home_language=creditor.language,
        entered=entered,
    )


def judge_customers(
    session: Session, *, creditor: Creditor, customer_ids: Sequence[int], today: date
) -> list[Judgement]:
    """Today's judgement of these customers, without storing anything; what ``kulant explain`` shows."""
    ladders = ladders_in_force(session, creditor.id)
    entered = law_entries.entered(session)
    cases = [(case, ladder_for(case.customer, creditor, ladders)) for case in load_cases(session, customer_ids, today)]
    return with_limits(judge_cases(session, creditor, cases, today, entered), creditor, today, entered)


def _chunks(act: Act, creditor: Creditor) -> Iterator[list[tuple[CustomerCase, LadderInForce | None]]]:
    ladders = ladders_in_force(act.session, creditor.id)
    horizon = act.today + timedelta(days=COURTESY_DAYS if _has_courtesy(ladders) else 0)
    ids = queries.customers_to_judge(act.session, creditor.id, due_before=horizon, today=act.today)
    for start in range(0, len(ids), CHUNK):
        cases = load_cases(act.session, ids[start : start + CHUNK], act.today)
        yield [(case, ladder_for(case.customer, creditor, ladders)) for case in cases]


def _has_courtesy(ladders: Sequence[LadderInForce]) -> bool:
    return any(step.document == "courtesy" for ladder in ladders for step in ladder.policy.steps)


def _keep_in_step(
    act: Act, creditor: Creditor, judgement: Judgement, ladder: LadderInForce | None, result: Proposed
) -> None:
    live = judgement.case.live
    if live is not None and judgement.proposes and _is_same(live, judgement, act.today):
        result.unchanged += 1
        return
    if live is not None:
        look_again(act, live)
        if live.status not in ("proposed", "blocked"):  # somebody has decided since the cases were read
            result.unchanged += 1
            return
        withdraw(act, proposal=live, reason=judgement.reasons[0].text if judgement.reasons else "nothing to do")
        act.session.flush()
        result.withdrawn += 1
    if judgement.proposes:
        result.created.append(_store(act, creditor, judgement, ladder))


def _is_same(live: Proposal, judgement: Judgement, today: date) -> bool:
    """Whether it would be proposed again as it is. Interest grows daily; it is brought up to date once a week."""
    grown = live.interest_minor > 0 and (today - live.on).days >= INTEREST_DAYS
    return live.facts.get("fingerprint") == _fingerprint(judgement) and not grown


def _fingerprint(judgement: Judgement) -> str:
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


def _store(act: Act, creditor: Creditor, judgement: Judgement, ladder: LadderInForce | None) -> Proposal:
    case, decision = judgement.case, judgement.decision
    shown = decision.as_json() if decision else {}
    treatment = decision.treatment if decision else str(judgement.document)
    proposal = Proposal(
        creditor_id=creditor.id,
        customer_id=case.customer.id,
        currency=case.currency,
        on=act.today,
        ladder_id=ladder.row_id if ladder else None,
        treatment=treatment,
        document=judgement.document,
        channel=judgement.channel,
        language=judgement.language,
        step=judgement.step,
        firmness=decision.firmness if decision else 1,
        demand_minor=judgement.demand_minor,
        fees_minor=sum(line.amount_minor for line in judgement.charges if line.kind != "interest"),
        interest_minor=sum(line.amount_minor for line in judgement.charges if line.kind == "interest"),
        charges=[line.as_json() for line in judgement.charges],
        reasons=[asdict(reason) for reason in judgement.all_reasons],
        options=shown.get("options", []),
        break_evens=shown.get("break_evens", []),
        offers=shown.get("offers", []),
        facts=_inputs(judgement, ladder) | {"fingerprint": _fingerprint(judgement), "priors": shown.get("priors")},
        status="proposed",
        blocked=[],
        created_at=act.now,
    )
    act.session.add(proposal)
    act.session.flush()
    act.session.add_all(
        ProposalItem(proposal_id=proposal.id, item_id=row.item.id, asked_minor=row.asked_minor, step=row.step)
        for row in judgement.rows
    )
    act.tell(
        Event(
            "proposed",
            f"Proposed: {treatment_words(treatment)}, {amount_words(proposal.demand_minor, case.currency)}. "
            f"{judgement.reasons[0].text if judgement.reasons else ''}".strip(),
            creditor_id=creditor.id,
            customer_id=case.customer.id,
            data={"proposal": proposal.id},
        )
    )
    return proposal


def _inputs(judgement: Judgement, ladder: LadderInForce | None) -> dict[str, Any]:
    """The decision's inputs as they were, in the form ``kulant propose --facts`` reads, and the ladder's version."""
    named: dict[str, Any] = {"ladder": ladder.policy.name, "ladder_version": ladder.version} if ladder else {}
    if judgement.ceiling is not None:
        named["tone_ceiling"] = judgement.ceiling
    if judgement.ladder_letter is not None:
        named["ladder_letter"] = asdict(judgement.ladder_letter)
    if judgement.charged.lines:
        named["charges"] = [line.as_json() for line in judgement.charged.lines]
    if judgement.facts is None:
        return named
    return named | {"inputs": facts_json(judgement.facts)}
