"""The decision: which treatment a late debt gets today. A pure function of the facts.

From the top: what stops everything; which letters may go; a reminder if that is all that is due; what the reason for
being late asks for first; otherwise the gentlest firm letter that is nearly the best one, and only if it recovers
clearly more money, churn counted, than **every** soft treatment that was not tried yet. A letter never wins because it
is cheap to send, and a soft treatment that was tried, and whose time has passed, does not hold the next letter back.

Why the laws hold. Stops and small debts leave firmness 0, care leaves at most 2, and neither depends on value or habit.
The reason for being late only ever adds a soft treatment to try first, or a stop; only unwillingness takes some away.
Letters are weighed by debt · weight − churn · value, where firmer ones cost more goodwill and soft ones none: so more
value, less debt or a better habit can only make a gentler letter nearly the best, or a letter lose to a soft treatment.
Fewer days late only take letters away, firmest first. Handling costs are shown but not compared, so that apart from the
limits for small debts nothing depends on scale.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from kulant.core.errors import Refusal
from kulant.core.money import decimal_string
from kulant.plans.rules import Offer, make_offers
from kulant.treatment import priors, wording
from kulant.treatment.facts import Facts
from kulant.treatment.learning import shipped_figures
from kulant.treatment.options import Case, Option, weigh, why_no_waiver, why_plan_impossible
from kulant.treatment.priors import DOCUMENTS, FIRMNESS, NEAR_TIE, SOFT, Figures
from kulant.treatment.reading import read_facts
from kulant.treatment.stops import Reason, Stop, calls_for_a_person, calls_for_care, hard_stops, why_no_plan
from kulant.treatment.timing import Due, why_not

# The version of these rules: a decision is reckoned again by the rules it was made by.
RULES = "2026-11.5"

_CHANNELS = {"call": "call", "hold": "task", "hand_over": "task", "fee_waiver": "task", "none": None}
_AMOUNTS = frozenset(("value",))

# What a reason asks for before any firm letter, as long as it was not tried.
_FIRST = {"cash_gap": "payment_plan", "forgot": "call", "never_arrived": "call", "approval": "call"}


@dataclass(frozen=True, slots=True)
class Decision:
    """The treatment, why, what else was considered, and what would have changed the answer."""

    treatment: str
    document: str | None
    channel: str | None
    reasons: tuple[Reason, ...]
    options: tuple[Option, ...]
    break_evens: tuple[dict[str, Any], ...]
    offers: tuple[Offer, ...]
    currency: str
    by_chance: bool = False  # drawn by lot among soft treatments within three percent of each other

    @property
    def firmness(self) -> int:
        return FIRMNESS[self.treatment]

    def as_json(self) -> dict[str, Any]:
        """The decision as the contract shows it."""
        shown = {
            "treatment": self.treatment,
            "firmness": self.firmness,
            "document": self.document,
            "channel": self.channel,
            "reasons": [{"code": reason.code, "text": reason.text} for reason in self.reasons],
            "options": [option.as_json(self.currency) for option in self.options],
            "break_evens": [self._with_value(line) for line in self.break_evens],
            "offers": [self._offer(offer) for offer in self.offers],
            "priors": _PRIORS,
        }
        return shown | {"by_chance": True} if self.by_chance else shown

    def _with_value(self, line: dict[str, Any]) -> dict[str, Any]:
        return {key: decimal_string(v, self.currency) if key in _AMOUNTS else v for key, v in line.items()}

    def _offer(self, offer: Offer) -> dict[str, Any]:
        return {
            "instalments": offer.instalments,
            "first_due": offer.first_due.isoformat(),
            "amounts": [decimal_string(amount, self.currency) for amount in offer.amounts],
            "total": decimal_string(offer.total_minor, self.currency),
            "interest": decimal_string(offer.interest_minor, self.currency),
        }


@dataclass(frozen=True, slots=True)
class _Choice:
    """What was chosen before it is written up. ``channel`` unset: the treatment's own."""

    treatment: str
    reasons: list[Reason]
    channel: str | None = None
    weighed: bool = False  # chosen by the sums, so that break-evens mean something
    by_chance: bool = False


_PRIORS = f"{priors.VERSION} ({priors.LABEL})"


def propose(data: object, *, default_today: date | None = None) -> dict[str, Any] | list[dict[str, Any]]:
    """Facts as JSON to the decision as JSON; an array of facts to an array of decisions, in order."""
    if not isinstance(data, list):
        return decide(read_facts(data, default_today=default_today)).as_json()
    answers = []
    for n, one in enumerate(data):
        try:
            answers.append(decide(read_facts(one, default_today=default_today)).as_json())
        except Refusal as refusal:
            raise Refusal(refusal.code, f"facts[{n}]: {refusal.sentence}") from None
    return answers


def decide(facts: Facts, *, due: Due | None = None, figures: Figures | None = None, lot: str | None = None) -> Decision:
    """The treatment for these facts. ``due`` is what the creditor's ladder says of the day; without it the usual waits
    say which letters may go.

    ``figures``: what is believed and was learned about this reason and grade; none: the shipped table.
    ``lot``: the name of the case, where lots are drawn among soft treatments that are as good as equal; the same name
    always draws the same.
    """
    if figures is None:
        figures = shipped_figures(facts.late_reason, facts.deciding_grade)
    case = Case.of(facts, due, figures)
    stops = hard_stops(facts, owed=case.owed, disputed=case.disputed, asked=case.asked)
    person, care = ([], []) if _plain(due) else (calls_for_a_person(facts), calls_for_care(facts))
    notes = _not_yet(case)
    because = _forbidden(case, stops, person + care, notes)
    options = weigh(case, because)
    if stops:
        choice = _stopped(stops)
    elif due is None and case.below(priors.WORTH_WRITING):
        choice = _Choice("none", [Reason("too_small", "The debt is smaller than what a letter costs.")])
    elif not case.documents:
        choice = _Choice("none", [wording.waiting(case, notes)])
    elif FIRMNESS[case.documents[-1]] == 1:
        choice = _gentle(case, person, care)
    else:
        choice = _firm_or_soft(case, options, person, care, lot)
    return _written(case, options, choice)


def _plain(due: Due | None) -> bool:
    return due is not None and not due.relationship


def _stopped(stops: list[Stop]) -> _Choice:
    first = stops[0]
    return _Choice(first.treatment, [stop.reason for stop in stops], first.channel or "wait")


def _gentle(case: Case, person: list[Reason], care: list[Reason]) -> _Choice:
    """A reminder is all that is due. Where a person should call first it waits: a call is firmer than a reminder."""
    if person:
        return _Choice("hold", person + care, "call")
    document = case.documents[-1]
    return _Choice(document, [wording.why_first(document), *wording.about_the_reason(case, document), *care])


def _firm_or_soft(
    case: Case, options: dict[str, Option], person: list[Reason], care: list[Reason], lot: str | None
) -> _Choice:
    """A firm letter is due: it goes only if nothing speaks for care, what the reason asks for was tried, and it
    clearly beats every soft treatment that was not."""
    if _plain(case.due):
        return _Choice(case.documents[-1], [Reason("ladder", "The ladder's next letter is due.")])
    if person or care:
        return _soft(case, options, person, care, lot)
    letter = _best_letter(case, options)
    first = _to_try_first(case)
    if first is not None:
        return _soft(case, options, [], [], lot, first)
    rivals = [] if case.facts.late_reason == "unwilling" else _rivals(case, options)
    if letter and all(NEAR_TIE * letter.gross > 100 * rival.gross for rival in rivals):
        about = wording.about_the_reason(case, letter.treatment)
        reasons = [_why_letter(case, options, letter), *about, *wording.about_the_customer(case)]
        return _Choice(letter.treatment, reasons, weighed=True)
    return _soft(case, options, person, care, lot)


def _why_letter(case: Case, options: dict[str, Option], letter: Option) -> Reason:
    if case.facts.late_reason == "unwilling":
        return Reason("unwilling", "They can pay and do not want to, a clerk says: the next letter goes.")
    if case.due and case.too_small_to_divide:
        return Reason("small_debt", "Too small a debt for a plan or a call; the ladder's letter goes.")
    if case.tried:
        return wording.soft_was_tried(case, letter)
    return wording.recommendation(case, options, letter)


def _to_try_first(case: Case) -> str | None:
    """The soft treatment that the reason for being late asks for before any firm letter; none once it was tried.

    How small the debt is makes no difference, except to a ladder, which says itself what small debts get.
    """
    first = _FIRST.get(case.facts.late_reason or "")
    if first is None or first in case.tried or (case.due is not None and case.too_small_to_divide):
        return None
    return None if first == "payment_plan" and why_no_plan(case.facts) is not None else first


def _best_letter(case: Case, options: dict[str, Option]) -> Option | None:
    """The gentlest of the letters due that comes within three percent of the best of them."""
    letters = [options[document] for document in case.documents]
    best = max(letter.gross for letter in letters)
    if best <= 0:
        return None
    return next(letter for letter in letters if 100 * letter.gross >= NEAR_TIE * best)


def _rivals(case: Case, options: dict[str, Option]) -> list[Option]:
    """The soft treatments a letter must beat: those that were not tried yet.

    A plan counts even for a debt too small to divide, so that a smaller debt never meets a firmer letter; only a
    ladder, which says itself what small debts get, goes on without it.
    """
    if case.due is not None and case.too_small_to_divide:
        return []
    able = []
    if why_no_plan(case.facts) is None:
        able.append("payment_plan")
    if why_no_waiver(case) is None:
        able.append("fee_waiver")
    able.append("call")
    return [options[soft] for soft in able if soft not in case.tried]


def _soft(
    case: Case,
    options: dict[str, Option],
    person: list[Reason],
    care: list[Reason],
    lot: str | None,
    first: str | None = None,
) -> _Choice:
    """The soft treatment worth most; a call where a person should speak with them; nothing for a debt too small.

    ``first``: what the reason for being late asks for, where it can be done.
    """
    reasons = person + care + wording.about_the_customer(case)
    if case.below(priors.WORTH_CALLING):
        small = Reason("too_small", "The debt is smaller than what a call costs; let it rest or write it off.")
        return _Choice("hold", [small, *reasons])
    best, drawn = _best_soft(case, options, lot)
    asked_for = first or _FIRST.get(case.facts.late_reason or "")
    if person or any(reason.code == "one_strike" for reason in care):
        chosen = options["call"]
    elif asked_for and options[asked_for].allowed and asked_for not in case.tried:
        chosen = options[asked_for]
    else:
        chosen = best
    by_chance = drawn and chosen is best
    about = wording.about_the_reason(case, chosen.treatment)
    if person or care:
        return _Choice(chosen.treatment, [*reasons, *about], weighed=chosen is best, by_chance=by_chance)
    why = wording.drawn(case, chosen) if by_chance else wording.recommendation(case, options, chosen)
    if first and chosen.treatment == first:
        why, about = about[0], []
    return _Choice(chosen.treatment, [why, *about, *reasons], weighed=True, by_chance=by_chance)


def _best_soft(case: Case, options: dict[str, Option], lot: str | None) -> tuple[Option, bool]:
    """The soft option worth most, and whether it was drawn by lot.

    Of a near-tie it is the gentler, or one drawn by lot where that is wanted. What was tried comes last; where nothing
    else is left, a call is made again.
    """
    able = [options[soft] for soft in SOFT if options[soft].allowed]
    able = [option for option in able if option.treatment not in case.tried] or [options["call"]]
    best = max(option.kept for option in able)
    within = NEAR_TIE if best > 0 else 100
    near = [option for option in able if 100 * option.kept >= within * best]
    if lot is None or len(near) < 2:
        return near[0], False
    return _drawn(near, lot), True


def _drawn(near: Sequence[Option], lot: str) -> Option:
    """One of them by lot; the same name draws the same whenever and wherever it is asked."""
    return near[int.from_bytes(sha256(lot.encode()).digest()[:8]) % len(near)]


def _not_yet(case: Case) -> dict[str, str]:
    """Why each letter may not go today, in ladder order; those that may are left out."""
    notes = {}
    for document in DOCUMENTS:
        if document in case.documents:
            continue
        note = why_not(case.facts, case.days_late, document) if case.due is None else None
        notes[document] = note or "the ladder does not ask for it today"
    return notes


def _forbidden(case: Case, stops: list[Stop], care: list[Reason], notes: dict[str, str]) -> dict[str, str]:
    """Why each option that is not allowed is not. Waiting always is."""
    if stops:
        return dict.fromkeys((*DOCUMENTS, *SOFT), stops[0].reason.text)
    because = dict(notes)
    checks: dict[str, Callable[[Case], str | None]] = {
        "payment_plan": why_plan_impossible,
        "fee_waiver": why_no_waiver,
    }
    for soft, check in checks.items():
        reason = check(case)
        if reason is not None:
            because[soft] = reason
    first_a_call = any(reason.code in ("danger_zone", "open_gap", "unhappy") for reason in care)
    for document in case.documents:
        if care and (first_a_call or FIRMNESS[document] > 2):
            because[document] = care[0].text
    return because


def _written(case: Case, options: dict[str, Option], choice: _Choice) -> Decision:
    facts, treatment = case.facts, choice.treatment
    is_letter = treatment in DOCUMENTS
    offers = make_offers(case.asked, facts.currency, facts.today, facts.country) if treatment == "payment_plan" else []
    break_evens = wording.break_evens(case, options, options[treatment]) if choice.weighed else []
    about_debt = wording.about_the_debt(case) if treatment not in ("none", "hold") else []
    return Decision(
        treatment=treatment,
        document=treatment if is_letter else None,
        channel=_channel(case, choice),
        reasons=(*choice.reasons, *about_debt),
        options=tuple(options.values()),
        break_evens=tuple(break_evens),
        offers=tuple(offers),
        currency=facts.currency,
        by_chance=choice.by_chance,
    )


def _channel(case: Case, choice: _Choice) -> str | None:
    """How it goes out: a ladder's letter by the ladder's channel; nothing (none) where we only wait."""
    if choice.channel == "wait":
        return None
    if choice.channel:
        return choice.channel
    if case.due and choice.treatment in DOCUMENTS:
        return case.due.channel
    return _CHANNELS.get(choice.treatment, "email")
