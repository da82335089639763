"""The daily proposals: judges every customer with a late debt and keeps what is proposed in step with the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy.orm import Session

from kulant.core.review import Review
from kulant.db import Act
from kulant.law import entries as law_entries
from kulant.law.entered import Entered
from kulant.people.models import Creditor
from kulant.treatment.caps import restrained
from kulant.treatment.case_queries import Former, count_live, customers_to_judge
from kulant.treatment.cases import CustomerCase, load_cases
from kulant.treatment.charged import debtor_kind, with_charges
from kulant.treatment.judge import Judgement, judge
from kulant.treatment.known import NOTHING_KNOWN, Known
from kulant.treatment.lessons import what_is_known
from kulant.treatment.limits import with_limits
from kulant.treatment.policies import LadderInForce, ladder_for, ladders_in_force
from kulant.treatment.priors import FIRMNESS
from kulant.treatment.proposing import Pair, Waiting, fingerprint, look_again, store_all, withdraw_all
from kulant.treatment.stops import Reason
from kulant.treatment.verdicts import finish_verdicts, keep_verdicts

# So many customers are read and judged at a time: bounded memory, a dozen statements a chunk.
CHUNK = 1_000

# A proposal's interest may be so many days behind before it is proposed anew.
INTEREST_DAYS = 7

# A courtesy note may go out so many days before the due date at the most.
COURTESY_DAYS = 60


@dataclass(slots=True)
class Proposed:
    """What a run changed."""

    created: list[int] = field(default_factory=list)  # the proposals' ids
    automatic: list[int] = field(default_factory=list)  # those of them that need nobody's approval
    unchanged: int = 0
    withdrawn: int = 0


def propose_all(act: Act, *, creditor: Creditor, review: Review | None = None) -> Proposed:
    """Proposes one step for every customer and currency that needs one; run again, it changes nothing.

    With a ``review`` only those are judged whom it looks at; of the others nothing has changed.

    A waiting proposal that no longer fits the ledger is superseded by the one that does, or by none. What is approved
    already is left to the send gate, which checks it when it leaves.
    """
    result = Proposed()
    entered = law_entries.entered(act.session)
    known = what_is_known(act.session, creditor.id)
    for chunk in _chunks(act, creditor, review):
        undecided = [pair for pair in chunk if pair[0].live is None or pair[0].live.status != "approved"]
        result.unchanged += len(chunk) - len(undecided)
        judged = judge_cases(act.session, creditor, undecided, act.today, entered, known)
        keep_verdicts(act, creditor, judged)
        ladders = [ladder for _, ladder in undecided]
        _keep_in_step(act, creditor, list(zip(judged, ladders, strict=True)), result)
    finish_verdicts(act, creditor)
    if review is not None and review.customers is not None:
        result.unchanged = count_live(act.session, creditor.id) - len(result.created)
    return result


def judge_cases(
    session: Session,
    creditor: Creditor,
    cases: Sequence[tuple[CustomerCase, LadderInForce | None]],
    today: date,
    entered: tuple[Entered, ...] = (),
    known: Known = NOTHING_KNOWN,
) -> list[Judgement]:
    """The judgements of these cases, within tone ceilings and contact caps, with what their letters would charge."""
    judged = [(judge_case(case, ladder, creditor, today, entered, known), ladder) for case, ladder in cases]
    return with_charges(session, creditor, restrained(session, judged, today), today, entered)


def judge_case(
    case: CustomerCase,
    ladder: LadderInForce | None,
    creditor: Creditor,
    today: date,
    entered: tuple[Entered, ...] = (),
    known: Known = NOTHING_KNOWN,
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
        known=known,
    )


def judge_customers(
    session: Session, *, creditor: Creditor, customer_ids: Sequence[int], today: date
) -> list[Judgement]:
    """Today's judgement of these customers, without storing anything; what ``kulant explain`` shows."""
    ladders = ladders_in_force(session, creditor.id)
    entered = law_entries.entered(session)
    cases = [(case, ladder_for(case.customer, creditor, ladders)) for case in load_cases(session, customer_ids, today)]
    judged = judge_cases(session, creditor, cases, today, entered, what_is_known(session, creditor.id))
    return with_limits(judged, creditor, today, entered)


def _chunks(
    act: Act, creditor: Creditor, review: Review | None
) -> Iterator[list[tuple[CustomerCase, LadderInForce | None]]]:
    ladders = ladders_in_force(act.session, creditor.id)
    horizon = act.today + timedelta(days=COURTESY_DAYS if _has_courtesy(ladders) else 0)
    ids = customers_to_judge(act.session, creditor.id, due_before=horizon, today=act.today)
    if review is not None and review.customers is not None:
        ids = [customer_id for customer_id in ids if customer_id in review.customers]
    for start in range(0, len(ids), CHUNK):
        cases = load_cases(act.session, ids[start : start + CHUNK], act.today)
        yield [(case, ladder_for(case.customer, creditor, ladders)) for case in cases]


def _has_courtesy(ladders: Sequence[LadderInForce]) -> bool:
    return any(step.document == "courtesy" for ladder in ladders for step in ladder.policy.steps)


def _keep_in_step(act: Act, creditor: Creditor, judged: Sequence[Pair], result: Proposed) -> None:
    """Leaves what would be proposed again as it is, withdraws what does not fit any more, writes what is new."""
    changed = [pair for pair in judged if not _stays(pair[0], act.today)]
    waiting = look_again(act.session, [live.id for judgement, _ in changed if (live := judgement.case.live)])
    ours = [pair for pair in changed if _is_undecided(pair[0].case.live, waiting)]
    new = [pair for pair in ours if pair[0].proposes]
    result.unchanged += _with_live(judged) - _with_live(ours)
    result.withdrawn += _with_live(ours)
    withdraw_all(act, creditor, waiting, [judgement for judgement, _ in ours])
    ids = store_all(act, creditor, new)
    result.created += ids
    result.automatic += [proposal_id for proposal_id, pair in zip(ids, new, strict=True) if _is_automatic(*pair)]


def _stays(judgement: Judgement, today: date) -> bool:
    """Whether nothing is to be written: nothing is proposed and nothing waits, or it would be proposed as it is.

    Interest grows daily; it is brought up to date once a week.
    """
    live = judgement.case.live
    if live is None or not judgement.proposes:
        return live is None and not judgement.proposes
    grown = live.interest_minor > 0 and (today - live.on).days >= INTEREST_DAYS
    return not grown and live.fingerprint == fingerprint(judgement)


def _with_live(pairs: Sequence[Pair]) -> int:
    return sum(judgement.case.live is not None for judgement, _ in pairs)


def _is_undecided(live: Former | None, waiting: Mapping[int, Waiting]) -> bool:
    """Whether nobody has decided about it since the cases were read."""
    return live is None or waiting[live.id].status in ("proposed", "blocked")


def _is_automatic(judgement: Judgement, ladder: LadderInForce | None) -> bool:
    """Whether the ladder lets it leave without asking: its own letter, never a softer or other treatment.

    Of consumers a person decides anything firmer than a reminder, whatever the ladder says (GDPR art. 22).
    """
    if ladder is None or judgement.step is None:
        return False
    is_firm = FIRMNESS[judgement.document or "none"] > FIRMNESS["reminder"]
    if is_firm and debtor_kind(judgement.case.customer.kind) == "consumer":
        return False
    return any(step.code == judgement.step and step.approval == "auto" for step in ladder.policy.steps)
