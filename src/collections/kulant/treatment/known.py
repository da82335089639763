"""What is known of a case, as the pure decision takes it: facts of the account, the relationship and what was tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from kulant.plans.states import RUNNING
from kulant.relationship.danger import is_late
from kulant.relationship.keepability import Concession, concession_cap, gain_by
from kulant.relationship.models import Concern, Score
from kulant.relationship.rulebook import RuleBook
from kulant.relationship.why_late import UNKNOWN
from kulant.treatment.cases import CustomerCase, Debt
from kulant.treatment.facts import Facts, Invoice, Paid, PlanFact, Promise, Sent
from kulant.treatment.learning import Lessons
from kulant.treatment.priors import Figures
from kulant.treatment.stops import CONTACT_GAP_DAYS, CONTACT_GAP_TIMES, HIGH_CHURN_RISK, STRIKES_STOP

# After somebody called, a call counts as just made for so long.
CALL_MEMORY_DAYS = 14

# A call that was given to a person and that nobody has noted counts as tried after so long: the customer's next letter
# must not wait for ever for somebody here, and whoever approves that letter reads that it was so.
CALL_GIVEN_DAYS = 30


@dataclass(frozen=True, slots=True)
class Known:
    """A creditor's rules of care, and what their outcomes have taught."""

    rules: RuleBook = field(default_factory=RuleBook)
    lessons: Lessons = field(default_factory=Lessons)

    def figures(self, facts: Facts) -> Figures:
        """What is believed and was learned of such a case. A consumer's grade does not decide (GDPR art. 22)."""
        return self.lessons.figures(facts.late_reason, facts.deciding_grade)


NOTHING_KNOWN = Known()


def case_facts(
    case: CustomerCase, debts: Sequence[Debt], *, today: date, country: str, known: Known = NOTHING_KNOWN
) -> Facts:
    """The facts of a case about these debts."""
    score = case.score if case.score is not None and case.score.currency == case.currency else None
    standing, rules = case.standing, known.rules
    gap = standing.contact_gap_days if standing else None
    fees = sum(charge.open_minor for charge in case.charges if charge.open_minor > 0)
    return Facts(
        today=today,
        country=country,
        currency=case.currency,
        customer_kind=case.customer.kind,
        invoices=tuple(Invoice(debt.item.due_date, debt.item.open_minor, debt.disputed_minor) for debt in debts),
        history=tuple(Paid(row.due, row.paid) for row in case.history),
        value_minor=score.value_12m_minor if score else None,
        last_contact=case.last_contact,
        contact_gap_days=gap,
        contact_gap_limit=_gap_limit(rules, gap),
        open_complaints=sum(concern.kind == "complaint" for concern in case.concerns),
        strikes_24m=standing.strikes if standing else 0,
        strikes_stop=None if rules.strikes_stop == STRIKES_STOP else rules.strikes_stop,
        unanswered_requests=sum(_waits_too_long(concern, rules, today, country) for concern in case.concerns),
        open_gap=standing is not None and standing.open_gap,
        strategic=case.customer.strategic,
        churn_risk=_churn_risk(case),
        grade=case.score.grade if case.score else None,
        concession_cap_minor=_cap(case, score, fees, rules) if fees else None,
        late_reason=_late_reason(case),
        steps_sent=tuple(sorted(_tried(case, debts, today), key=lambda step: (step.document, step.on or today))),
        promises=tuple(Promise(row.due, {"kept": True, "broken": False}.get(row.status)) for row in case.promises),
        plans=tuple(
            PlanFact(plan.status, plan.ended_on or plan.offered_on) for plan in case.plans if plan.status not in RUNNING
        ),
        unmatched_minor=max(0, case.credit_minor),
        fees_minor=fees,
        call_tried_recently=case.last_call is not None and (today - case.last_call).days < CALL_MEMORY_DAYS,
    )


def _tried(case: CustomerCase, debts: Sequence[Debt], today: date) -> Iterator[Sent]:
    """Letters that left, and calls: noted ones, and those given to a person so long ago that they count as made."""
    yield from {Sent(step.document, step.sent_on) for debt in debts for step in debt.steps}
    if case.last_call is not None:
        yield Sent("call", case.last_call)
    given = today - timedelta(days=CALL_GIVEN_DAYS)
    for former in case.proposals:
        if former.status == "sent" and former.treatment == "call" and former.decided_on and former.decided_on <= given:
            yield Sent("call", former.decided_on)
        if former.status == "sent" and former.treatment == "fee_waiver" and former.decided_on:
            yield Sent("fee_waiver", former.decided_on)


def _waits_too_long(concern: Concern, rules: RuleBook, today: date, country: str) -> bool:
    """Whether a request has not been answered in the working days the rules give us."""
    asked = concern.kind == "request"
    return asked and is_late(concern.opened_on, today, days=rules.danger_request_days, country=country)


def _gap_limit(rules: RuleBook, gap: int | None) -> int | None:
    """So many days without contact are too many; none where the creditor's rules are those the decision knows."""
    if (rules.danger_gap_days, rules.danger_gap_times) == (CONTACT_GAP_DAYS, CONTACT_GAP_TIMES):
        return None
    return int(max(rules.danger_gap_days, rules.danger_gap_times * (gap or 0)))


def _churn_risk(case: CustomerCase) -> float | None:
    """The risk of losing a customer the save desk works for; for the others it weighs in their value already."""
    if case.standing is None or not case.standing.saving or case.score is None:
        return None
    return round(max(HIGH_CHURN_RISK, 1 - case.score.p_alive), 3)


def _late_reason(case: CustomerCase) -> str | None:
    """Why they are late, as somebody said. Only a clerk may say that they do not want to pay."""
    said = case.late_reason
    if said is None or said.code == UNKNOWN or (said.code == "unwilling" and said.said_by != "clerk"):
        return None
    return said.code


def _cap(case: CustomerCase, score: Score | None, fees: int, rules: RuleBook) -> int | None:
    """What waiving the fees may cost at most; the fees themselves where the creditor sets no cap."""
    if not rules.concession_cap:
        return fees
    if case.standing is None or case.standing.keepability is None or score is None:
        return None
    return concession_cap(
        Concession(fees_minor=fees),
        stay_gain=gain_by(case.standing.keepability_reasons, "fee_waiver"),
        value_minor=score.value_12m_minor,
        currency=case.currency,
    ).cap_minor
