"""A relationship on the customer's page: three axes side by side, what to mind, the check of expectations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy.orm import Session

from kulant.core.errors import Refusal
from kulant.core.money import Money, round_half_up, to_decimal
from kulant.core.words import amount_words, day_words
from kulant.desk.concessions import PLAN, plan_concession
from kulant.desk.flash import Flash, redirect
from kulant.desk.wording import sentence_case
from kulant.ledger.models import Customer
from kulant.ledger.queries import customer_by_number
from kulant.people.models import Creditor
from kulant.relationship import standing_queries
from kulant.relationship.break_even import LOST_BEFORE, NOT_YET, REACHED, UNKNOWN, came_within
from kulant.relationship.expectations import answer_check, check_of, close_check, first_paid, gap_words, is_open_gap
from kulant.relationship.keepability import concession_cap, gain_by, points_words
from kulant.relationship.models import Score
from kulant.relationship.models_care import ExpectationCheck, SaveCase
from kulant.relationship.models_view import Standing
from kulant.relationship.rulebook import RuleBook, rules_of
from kulant.relationship.save_desk import OUTCOMES, close_case, open_case_of
from kulant.relationship.standings import standing_now
from kulant.treatment.queries import without_plan
from kulant.web.deps import ActDep, RowId, SettingsDep, Writer, safe_back

router = APIRouter()

Back = Annotated[str, Form()]
Words = Annotated[str, Form(max_length=4000)]
Points = Annotated[str, Form(max_length=2)]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its figure, what it is made of, and for a bar the part of a hundred it fills."""

    name: str
    figure: str
    unit: str
    reasons: Sequence[tuple[str, str]]  # words, and what they count
    share: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ShownRelationship:
    """What the section shows."""

    axes: Sequence[Axis]
    phase: str
    danger: Sequence[str]
    strikes: str
    break_even: str
    check: ExpectationCheck | None
    check_words: str
    gap: bool
    may_ask: bool
    saving: SaveCase | None
    plan_cost: str  # what letting them pay in parts costs us, beside what it is believed to keep
    save_outcomes = OUTCOMES


def shown_relationship(
    session: Session, creditor: Creditor, customer: Customer, score: Score | None, today: date, overdue: Money
) -> ShownRelationship:
    """How the relationship stands at this moment, in words."""
    rules = rules_of(session, creditor.id)
    no_plan = customer.id in without_plan(session, creditor.id, today, [customer.id])
    standing = standing_now(session, creditor, customer.id, today, no_plan=no_plan)
    scope = standing_queries.Scope(session, creditor.id, today, [customer.id])
    earned = standing_queries.earned(scope, creditor.currency, rules.cost_to_serve_share).get(customer.id)
    begins = standing_queries.ledger_begins(session, creditor.id)
    check = check_of(session, customer.id)
    return ShownRelationship(
        axes=(_value(score, rules), _attachment(standing, rules), _keepability(standing, score, rules)),
        phase=_phase(standing, rules),
        danger=[sign["text"] for sign in standing.danger_reasons],
        strikes=_strikes(standing, rules),
        break_even=_break_even(standing, customer, creditor, earned.margin_minor if earned else 0, begins),
        check=check,
        check_words=_check_words(check, rules),
        gap=check is not None and is_open_gap(check, rules),
        may_ask=(check is None or check.closed_on is None) and first_paid(session, customer.id) is not None,
        saving=open_case_of(session, customer.id),
        plan_cost=_plan_cost(standing, score, rules, overdue),
    )


def _plan_cost(standing: Standing, score: Score | None, rules: RuleBook, overdue: Money) -> str:
    """What a plan without interest costs. Everybody may have the base plan, so above its cap it is only said."""
    cap = concession_cap(
        plan_concession(overdue.minor, overdue.currency, rules),
        stay_gain=gain_by(standing.keepability_reasons, "payment_plan") if standing.keepability is not None else None,
        value_minor=score.value_12m_minor if score is not None and score.currency == overdue.currency else None,
        currency=overdue.currency,
        enforced=rules.concession_cap,
    )
    above = (
        "" if cap.allowed else " That is more than it is believed to keep; the base plan is for everybody all the same."
    )
    return f"A plan without interest: staff time and waiting about {PLAN.days} days. {cap.text}{above}"


def _strikes(standing: Standing, rules: RuleBook) -> str:
    if not standing.strikes:
        return "None"
    stopped = standing.strikes >= rules.strikes_stop
    then = "nothing goes out by itself" if stopped else f"from {rules.strikes_stop} on nothing goes out by itself"
    return f"{standing.strikes} in {rules.strike_months} months; {then}"


def _value(score: Score | None, rules: RuleBook) -> Axis:
    if score is None:
        return Axis("Value", "–", "nothing bought yet", ())
    figure = f"{round_half_up(to_decimal(score.value_12m_minor, score.currency)):,}".replace(",", "\u00a0")
    thin = "thin data: an estimate" if score.thin_data else "expected margin, 12 months"
    reasons = [(sentence_case(reason["text"]), "") for reason in score.reasons if reason["code"] != "habit"]
    replacing = rules.replacement_cost.get(score.currency)
    if replacing is not None:
        reasons.append((f"Replacing them costs about {amount_words(replacing, score.currency)}", ""))
    return Axis("Value", figure, score.currency, reasons, note=f"Grade {score.grade}, {thin}")


def _attachment(standing: Standing, rules: RuleBook) -> Axis:
    if standing.attachment is None:
        return Axis("Attachment", "–", "nothing known yet", ())
    reasons = [(reason["text"], _signed(reason["points"])) for reason in standing.attachment_reasons]
    low = f"Low: below {rules.attachment_low}" if standing.attachment < rules.attachment_low else ""
    return Axis("Attachment", str(standing.attachment), "of 100", reasons, standing.attachment, low)


def _signed(points: int) -> str:
    return f"{points:+d}".replace("-", "\u2212") if points else "0"


def _keepability(standing: Standing, score: Score | None, rules: RuleBook) -> Axis:
    if standing.keepability is None:
        return Axis("Keepability", "–", "nothing known yet", ())
    figure, _, unit = points_words(standing.keepability).partition(" ")
    reasons = [
        (sentence_case(reason["text"]), f"× {reason['times']:g}" if "times" in reason else "")
        for reason in standing.keepability_reasons
    ]
    note = "more likely to stay"
    if score is not None and rules.concession_cap:
        worth = amount_words(int(standing.keepability * score.value_12m_minor), score.currency)
        note += f"; a concession may cost up to {worth}"
    return Axis("Keepability", f"+{figure}", unit, reasons, note=note)


def _phase(standing: Standing, rules: RuleBook) -> str:
    codes = [phase.code for phase in rules.phases]
    if standing.phase not in codes:
        return "Not begun"
    place = codes.index(standing.phase)
    return f"{rules.phases[place].name} ({place + 1} of {len(codes)})"


def _break_even(
    standing: Standing, customer: Customer, creditor: Creditor, earned_minor: int, begins: date | None
) -> str:
    whole = came_within(customer.customer_since, begins)
    if customer.acquisition_cost_minor is None:
        return "Unknown: nobody said what winning them cost (acquisition_cost in the customers file)"
    cost = amount_words(customer.acquisition_cost_minor, creditor.currency)
    if standing.break_even == REACHED and standing.break_even_on is not None:
        when = "in" if whole else "at the latest in"
        return f"Reached {when} {standing.break_even_on:%B %Y}: winning them cost {cost}"
    if standing.break_even == UNKNOWN:
        return "Unknown: they came before the ledger begins, or buy in another currency than their cost is known in"
    so_far = f"{amount_words(earned_minor, creditor.currency)} of {cost} earned back"
    return {NOT_YET: f"Not yet: {so_far}", LOST_BEFORE: f"Lost before it: {so_far}"}[standing.break_even]


def _check_words(check: ExpectationCheck | None, rules: RuleBook) -> str:
    if check is None:
        return f"Asked {rules.check_after_days} days after the first paid invoice"
    if check.got is None:
        closed = f"Not asked: {check.closed_why}" if check.closed_on else ""
        return closed or f"To be asked since {day_words(check.due)}"
    answer = sentence_case(gap_words(check)) + (f": “{check.words}”" if check.words else "")
    if check.closed_on is not None:
        return f"{answer}. Put right on {day_words(check.closed_on)}: {check.closed_why}"
    return answer


@router.post("/customers/{number:path}/check/close")
def close(act: ActDep, viewer: Writer, settings: SettingsDep, number: str, why: Words, back: Back = "/") -> Response:
    """The gap was put right, or the customer does not want to be asked."""
    customer = customer_by_number(act.session, viewer.creditor.id, number)
    check = close_check(act, customer=customer, why=why)
    said = "Reminders may go out again." if check.got is not None else "They are not asked again."
    return redirect(settings, safe_back(back), Flash("The expectation check is closed.", said))


@router.post("/customers/{number:path}/check")
def check(
    act: ActDep, viewer: Writer, settings: SettingsDep, number: str,
    got: Points = "", expected: Points = "", words: Words = "", back: Back = "/",
) -> Response:  # fmt: skip
    """What the customer expected of us and what they got, as they said it in a call."""
    customer = customer_by_number(act.session, viewer.creditor.id, number)
    reached = _points(got, "what they got")
    if reached is None:
        raise Refusal("no_points", "Say what they got, from 0 to 10.")
    asked = answer_check(
        act, customer=customer, got=reached, expected=_points(expected, "what they expected"), words=words
    )
    gap = is_open_gap(asked, rules_of(act.session, viewer.creditor.id))
    said = "There is a gap: put it right, then close it here. No reminder goes out before." if gap else ""
    return redirect(settings, safe_back(back), Flash(f"Recorded for {customer.name}.", said))


def _points(text: str, what: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or int(text) > 10:
        raise Refusal("bad_points", f"For {what}, give a whole number from 0 to 10.")
    return int(text)


@router.post("/save-desk/{case_id}/close")
def close_save_case(
    act: ActDep, viewer: Writer, settings: SettingsDep, case_id: RowId,
    outcome: Annotated[str, Form(max_length=8)], words: Words, back: Back = "/save-desk",
) -> Response:  # fmt: skip
    """How a case of the save desk ended, and what was done."""
    closed = close_case(act, creditor=viewer.creditor, case_id=case_id, outcome=outcome, words=words)
    said = "Say on their page why they left." if closed.outcome == "lost" else ""
    return redirect(settings, safe_back(back), Flash(f"Case closed: {OUTCOMES[outcome].lower()}.", said))
