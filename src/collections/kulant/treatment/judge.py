"""What to do about one customer today, item by item: the ladder, what stands in its way, and the decision. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kulant.core.words import amount_words, day_words
from kulant.i18n import language_of
from kulant.law.entered import Entered
from kulant.ledger.reach import email_address
from kulant.treatment.cases import MEMORY_DAYS, CustomerCase, Debt
from kulant.treatment.charges import NOTHING, Charge, Charges
from kulant.treatment.deadlines import BY_LAW, why_wait
from kulant.treatment.decision import Decision
from kulant.treatment.facts import Facts
from kulant.treatment.known import NOTHING_KNOWN, Known, case_facts
from kulant.treatment.ladder import Policy, Step, StepDue, next_step
from kulant.treatment.question import Question, lot_name
from kulant.treatment.rows import ItemJudged, LadderLetter, Row, credit_rows, debt_rows, letter_rows, soft_rows
from kulant.treatment.stops import Reason, resting
from kulant.treatment.timing import Due


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome for a case. ``rows`` and the rest of the proposal are empty when nothing is proposed."""

    case: CustomerCase
    items: tuple[ItemJudged, ...]
    reasons: tuple[Reason, ...]
    decision: Decision | None = None
    facts: Facts | None = None
    proposes: bool = False
    document: str | None = None
    channel: str = "task"
    language: str = "en"
    step: str | None = None
    rows: tuple[Row, ...] = ()
    ladder_letter: LadderLetter | None = None
    debt_rows: tuple[Row, ...] = ()  # the invoices that the ladder's letter would list
    charged: Charges = NOTHING  # what the ladder's letter would add
    question: Question | None = None  # what was put to the decision; none where nothing was weighed
    ceiling: str | None = None  # the firmest letter that the ladder's tone ceiling lets them get

    @property
    def asks_for_charges(self) -> bool:
        """Whether the ladder's letter is to cost something, as far as the law lets it."""
        letter = self.ladder_letter
        return self.proposes and letter is not None and (letter.fee, letter.interest) != ("none", "none")

    @property
    def charges(self) -> tuple[Charge, ...]:
        """What this proposal adds: only the ladder's own letter adds anything."""
        sent = self.ladder_letter is not None and self.step is not None and self.document == self.ladder_letter.document
        return self.charged.lines if sent else ()

    @property
    def all_reasons(self) -> tuple[Reason, ...]:
        """The reasons, and why there are no charges where the ladder asks for some."""
        return (*self.reasons, self.charged.reason) if self.charged.reason else self.reasons

    @property
    def demand_minor(self) -> int:
        """What the letter asks for."""
        return sum(row.asked_minor for row in self.rows) + sum(line.amount_minor for line in self.charges)


def judge(
    case: CustomerCase,
    policy: Policy,
    *,
    today: date,
    country: str,
    home_language: str,
    entered: tuple[Entered, ...] = (),
    known: Known = NOTHING_KNOWN,
) -> Judgement:
    """Goes through the case in order: items, what stops the whole customer, the step due, the decision.

    ``entered``: what people here have entered beside the law's files. ``known``: the creditor's rules of care, and what
    outcomes have taught.
    """
    items = tuple(
        _with_legal_wait(case, _judge_item(debt, policy, today), today, country, entered) for debt in case.debts
    )
    open_to_ask = [item for item in items if item.stop is None]
    stop = _customer_stop(case, policy, today, open_to_ask)
    if stop is not None:
        return Judgement(case, items, (stop,))
    step = _step_of_the_letter(case, policy, open_to_ask, today)
    facts = _facts(case, items, today, country, known)
    if step is not None and step.document == "courtesy":
        rests = resting(facts)
        return Judgement(case, items, tuple(rests)) if rests else _courtesy(case, items, step, home_language)
    letter = None
    if step is not None:
        held_up = _held_up(case, step, open_to_ask, today, country, entered)
        letter = _ladder_letter(case, policy, open_to_ask, step, held_up)
    channel = step.channel if step else "email"
    broken = _broken_plan(case, today)
    question = Question(
        facts=facts,
        due=Due(step.document if step else None, channel, policy.relationship, lawful=True),
        figures=known.figures(facts),
        lot=lot_name(case.customer.id, case.currency, _oldest_due(items)) if known.rules.draw_lots else None,
        after_broken_plan=broken is not None,
    )
    return _judged(case, items, question, letter, broken, today, home_language)


def _oldest_due(items: Sequence[ItemJudged]) -> date | None:
    return min((item.debt.item.due_date for item in items if item.debt.item.due_date is not None), default=None)


def _with_legal_wait(
    case: CustomerCase, item: ItemJudged, today: date, country: str, entered: tuple[Entered, ...]
) -> ItemJudged:
    """The item as judged, unless its step is due by the ladder but the law, or a day we gave, makes it wait."""
    if item.due_step is None or item.debt.item.due_date is None:
        return item
    waits = why_wait(
        item.due_step.document,
        country=country,
        debtor=case.customer.kind,
        due=item.debt.item.due_date,
        sent=[(step.document, step.sent_on) for step in item.debt.steps],
        today=today,
        entered=entered,
    )
    return ItemJudged(item.debt, None, item.stop, waits) if waits else item


def _judge_item(debt: Debt, policy: Policy, today: date) -> ItemJudged:
    stop = _item_stop(debt)
    if stop is not None or debt.item.due_date is None:
        return ItemJudged(debt, None, stop or Reason("no_due_date", "It has no due date."))
    sent = [(step.step, step.sent_on) for step in debt.steps]
    step = next_step(policy, due=debt.item.due_date, sent=sent, today=today)
    if step is not None and step.on <= today:
        return ItemJudged(debt, step, None)
    if not debt.is_overdue(today):
        return ItemJudged(debt, None, Reason("not_due", f"It is due on {day_words(debt.item.due_date)}."))
    if step is None:
        return ItemJudged(debt, None, None, Reason("ladder_ended", "Every step of the ladder has been taken."))
    return ItemJudged(
        debt, None, None, Reason("waiting", f"The next step, {step.code}, comes on {day_words(step.on)}.")
    )


def _item_stop(debt: Debt) -> Reason | None:
    if debt.plan is not None:
        return Reason("in_plan", f"Payment plan {debt.plan.id} covers it; reminders rest while it is kept.")
    handed = next((step.sent_on for step in debt.steps if step.document == "hand_over"), None)
    if handed is not None:
        return Reason("handed_over", f"It was handed over on {day_words(handed)}; we do not ask for it any more.")
    if debt.held_until is not None:
        return Reason("held", f"It is on hold until {day_words(debt.held_until)}.")
    if debt.asked_minor == 0:
        return Reason("disputed", "All of it is disputed.")
    return None


def _customer_stop(case: CustomerCase, policy: Policy, today: date, open_to_ask: Sequence[ItemJudged]) -> Reason | None:
    if case.customer.no_dunning:
        return Reason("no_dunning", "This customer is marked as never to be reminded.")
    hold = next((hold for hold in case.holds if hold.item_id is None), None)
    if hold is not None:
        return Reason("held", f"The customer is on hold until {day_words(hold.until)}: {hold.reason}")
    overdue = sum(item.debt.asked_minor for item in open_to_ask if item.debt.is_overdue(today))
    balance = overdue - case.credit_minor
    if balance > 0 and balance < policy.minimum(case.currency):
        amount = amount_words(policy.minimum(case.currency), case.currency)
        return Reason("below_minimum", f"Less than the ladder's minimum of {amount} is owed.")
    return _too_soon(case, policy, today)


def _too_soon(case: CustomerCase, policy: Policy, today: date) -> Reason | None:
    gap = timedelta(days=policy.minimum_days_between)
    days = [step.sent_on for debt in case.debts for step in debt.steps]
    sent = case.last_decided("sent")
    if sent is not None and sent.decided_on is not None:
        days.append(sent.decided_on)
    if days and today < max(days) + gap:
        last = max(days)
        waits = f"They heard from us on {day_words(last)}; the next letter waits until {day_words(last + gap)}."
        return Reason("too_soon", waits)
    dismissed = case.last_decided("dismissed")
    if dismissed is not None and dismissed.decided_on is not None and today < dismissed.decided_on + gap:
        why = dismissed.decision_reason or "no reason given"
        on = day_words(dismissed.decided_on)
        return Reason("dismissed", f"Dismissed on {on} ({why}); it comes back after {gap.days} days.")
    return None


def _step_of_the_letter(
    case: CustomerCase, policy: Policy, open_to_ask: Sequence[ItemJudged], today: date
) -> StepDue | None:
    """The highest step due that the demand is large enough for. A debt found late starts at the first step."""
    due = {item.due_step.code: item.due_step for item in open_to_ask if item.due_step is not None}
    for step in reversed(policy.steps):
        if step.code not in due:
            continue
        demand = _demand(case, step, open_to_ask, today)
        if demand > 0 and demand >= policy.minimum_of_step(step, case.currency):
            return due[step.code]
    return None


def _demand(case: CustomerCase, step: Step, open_to_ask: Sequence[ItemJudged], today: date) -> int:
    """What a letter of that step would ask for: all that is late; of a courtesy note, what falls due with it."""
    asked = (
        item.debt.asked_minor
        for item in open_to_ask
        if (
            item.due_step is not None and item.due_step.code == step.code
            if step.document == "courtesy"
            else item.debt.is_overdue(today)
        )
    )
    return sum(asked) - case.credit_minor


def _held_up(
    case: CustomerCase,
    step: StepDue,
    open_to_ask: Sequence[ItemJudged],
    today: date,
    country: str,
    entered: tuple[Entered, ...],
) -> set[int]:
    """The invoices due for a softer letter about which the letter of that step may not go yet."""
    softer = [item for item in open_to_ask if item.due_step is not None and item.due_step.document != step.document]
    judged = (
        _with_legal_wait(case, ItemJudged(item.debt, step, None), today, country, entered)
        for item in softer
        if step.document in BY_LAW
    )
    return {item.debt.item.id for item in judged if item.waits is not None}


def _ladder_letter(
    case: CustomerCase, policy: Policy, open_to_ask: Sequence[ItemJudged], step: StepDue, held_up: set[int]
) -> LadderLetter:
    """The letter of that step. An item whose own step lies beyond it is listed along and stays where it is.

    So is one that the law does not let this letter be about yet: its own letter comes when this one has been answered.
    """
    codes = [one.code for one in policy.steps]
    reached = set(codes[: codes.index(step.code) + 1])
    steps = {
        item.debt.item.id: item.due_step.code
        for item in open_to_ask
        if item.due_step is not None and item.due_step.code in reached and item.debt.item.id not in held_up
    }
    channel = _channel(case, step.channel)
    return LadderLetter(step.document, step.code, channel, steps, step.step.fee, policy.interest)


def _facts(case: CustomerCase, items: Sequence[ItemJudged], today: date, country: str, known: Known) -> Facts:
    """The case as the pure decision knows it: only what is not covered by a plan or a hold."""
    concerned = [item.debt for item in items if item.stop is None or item.stop.code == "disputed"]
    return case_facts(case, concerned, today=today, country=country, known=known)


def _broken_plan(case: CustomerCase, today: date) -> Reason | None:
    """A plan that was broken and has not been answered by anything of ours since, as far back as is remembered."""
    broken = [plan for plan in case.plans if plan.status == "broken" and plan.ended_on is not None]
    if not broken or broken[-1] is not case.plans[-1]:
        return None
    ended = broken[-1].ended_on
    sent = case.last_decided("sent")
    answered = sent is not None and sent.decided_on is not None and ended is not None and sent.decided_on >= ended
    if ended is None or answered or (today - ended).days > MEMORY_DAYS:
        return None
    return Reason(
        "plan_broken", f"Payment plan {broken[-1].id} was broken on {day_words(ended)}: {broken[-1].end_reason}."
    )


def _judged(
    case: CustomerCase,
    items: tuple[ItemJudged, ...],
    question: Question,
    letter: LadderLetter | None,
    broken: Reason | None,
    today: date,
    home_language: str,
) -> Judgement:
    decision, facts = question.answer(), question.facts
    first = (broken,) if broken is not None else ()
    reasons = (*first, *(reason for reason in decision.reasons if not first or reason.code != "plan_broken"))
    if not _is_to_do(decision, letter):
        return Judgement(case, items, reasons, decision, facts, question=question)
    sent = letter if letter is not None and decision.document == letter.document else None
    debts = debt_rows(items, today, letter)
    rows = letter_rows(case, debts, items) if sent else soft_rows(case, items, today)
    return Judgement(
        case=case,
        items=items,
        reasons=reasons,
        decision=decision,
        facts=facts,
        proposes=True,
        document=decision.document,
        channel=_channel(case, decision.channel or "task"),
        language=_language(case, home_language),
        step=sent.step if sent else None,
        rows=rows,
        ladder_letter=letter,
        debt_rows=debts,
        question=question,
    )


def _is_to_do(decision: Decision, letter: LadderLetter | None) -> bool:
    """Whether somebody or something must act. A hold is to be acted on only where a person should call before the
    letter that is due; a dispute, a complaint or hardship already lies with somebody."""
    if decision.treatment == "hold":
        return decision.channel == "call" and letter is not None
    return decision.treatment != "none" and decision.channel is not None


def _courtesy(case: CustomerCase, items: tuple[ItemJudged, ...], step: StepDue, home_language: str) -> Judgement:
    """A courtesy note before the due date lists what is about to be due; nothing is weighed, for nothing is late."""
    rows = tuple(
        Row(item.debt.item, item.debt.asked_minor, item.due_step.code)
        for item in items
        if item.stop is None and item.due_step is not None and item.due_step.code == step.code
    )
    return Judgement(
        case=case,
        items=items,
        reasons=(Reason("courtesy", "A friendly note before the due date."),),
        proposes=True,
        document="courtesy",
        channel=_channel(case, step.channel),
        language=_language(case, home_language),
        step=step.code,
        rows=(*rows, *credit_rows(case)),
    )


def _channel(case: CustomerCase, wanted: str) -> str:
    """E-mail falls back to a letter where none reaches the customer."""
    unreachable = email_address(case.customer, case.contact) is None
    return "letter" if wanted == "email" and unreachable else wanted


def _language(case: CustomerCase, home_language: str) -> str:
    return language_of(case.customer.language, case.customer.country, home_language)
