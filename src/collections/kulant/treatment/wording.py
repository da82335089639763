"""How a decision is explained: what was known, what was compared, and what would change the answer. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from kulant.core.money import minor_digits
from kulant.relationship.why_late import ANSWERS, UNKNOWN, WORDS
from kulant.treatment.options import Case, Option
from kulant.treatment.priors import BASIS, NEAR_TIE, discounted
from kulant.treatment.stops import Reason

NAMES = {
    "hold": "waiting", "courtesy": "a courtesy note", "reminder": "a reminder", "call": "a call",
    "payment_plan": "a payment plan", "fee_waiver": "waiving the fees", "fee_reminder": "a reminder with a fee",
    "final_reminder": "a final reminder", "formal_notice": "a formal notice", "hand_over": "handing over",
}  # fmt: skip

THE = {
    name: f"The {words.removeprefix('a ')}" if words.startswith("a ") else words.capitalize()
    for name, words in NAMES.items()
}  # as the subject of a sentence


def said(minor: int, currency: str) -> str:
    """An amount in whole units for a sentence: 42,849."""
    unit = 10 ** minor_digits(currency)
    whole = (abs(minor) + unit // 2) // unit
    return f"{'-' if minor < 0 and whole else ''}{whole:,}"


def about_the_debt(case: Case) -> list[Reason]:
    """What was left out of the debt before anything was weighed."""
    found = []
    currency = case.facts.currency
    if case.disputed:
        found.append(Reason("disputed_part", f"{said(case.disputed, currency)} is disputed and is not asked for."))
    if case.facts.unmatched_minor:
        received = said(case.facts.unmatched_minor, currency)
        found.append(Reason("unmatched_payment", f"{received} received but not yet matched was deducted."))
    return found


def about_the_customer(case: Case) -> list[Reason]:
    """Value and habit, as far as they weigh in the sums."""
    found = [_about_value(case)]
    if case.is_chronic:
        known = len(case.facts.history)
        found.append(
            Reason("pays_late", f"Mostly pays late ({known} invoices known), so a plan is less likely to hold.")
        )
    if case.broken_promises:
        found.append(Reason("promise_broken", f"Promises to pay that were not kept: {case.broken_promises}."))
    if any(plan.status == "broken" for plan in case.facts.plans):
        found.append(Reason("plan_broken", "An earlier payment plan was broken."))
    return found


def _about_value(case: Case) -> Reason:
    currency, value = case.facts.currency, case.value
    if case.facts.customer_kind == "consumer":
        return Reason("value_not_used", "What a private person is worth to us does not decide how they are treated.")
    if case.facts.value_minor is None:
        return Reason(
            "value_unknown",
            f"What the relationship is worth is not known; it counts as {said(value, currency)}, twice the debt.",
        )
    worth = f"Worth {said(value, currency)} in the next 12 months against a debt of {said(case.asked, currency)}"
    if value >= case.asked:
        return Reason("value_high", f"{worth}; keeping the customer weighs more than haste.")
    return Reason("value_low", f"{worth}.")


def about_the_reason(case: Case, treatment: str) -> list[Reason]:
    """Why they are late, as said, and what that asks for; that nobody knows, where the step can ask."""
    said = case.facts.late_reason
    if said is None:
        how = "ask when you call" if treatment == "call" else "the letter lets them say"
        return [Reason("reason_unknown", f"Why they are late is not known; {how}.")]
    return [Reason(f"late_{said}", f"{WORDS[said]}: {ANSWERS.get(said, ANSWERS[UNKNOWN])}.")]


def soft_was_tried(case: Case, letter: Option) -> Reason:
    """What was tried before this letter, and that its time has passed."""
    tried = [_DONE[soft] for soft in _DONE if soft in case.tried]
    return Reason(
        "soft_was_tried",
        f"{' and '.join(tried)[:1].upper()}{' and '.join(tried)[1:]} without an answer that settled it; "
        f"{NAMES[letter.treatment]} comes next.",
    )


_DONE = {"payment_plan": "a payment plan was offered", "fee_waiver": "fees were waived", "call": "they were called"}


def drawn(case: Case, chosen: Option) -> Reason:
    """That the sums could not decide, so that lots were drawn to learn which does better."""
    expected = said(chosen.expected, case.facts.currency)
    return Reason(
        "drawn",
        f"{NAMES[chosen.treatment].capitalize()}, expected {expected}, was drawn by lot among soft treatments that lie "
        "within 3% of each other, to learn which does better.",
    )


def recommendation(case: Case, options: dict[str, Option], chosen: Option) -> Reason:
    """The sums in one sentence, and what would turn them. What was tried is no rival; where it would bring more, that
    is said."""
    currency = case.facts.currency
    others = [option for option in options.values() if option.allowed and option.firmness and option is not chosen]
    rival = max((one for one in others if one.treatment not in case.tried), key=lambda option: option.expected)
    start = f"{NAMES[chosen.treatment].capitalize()} is recommended: expected {said(chosen.expected, currency)}"
    sums = f"{start} against {said(rival.expected, currency)} for {NAMES[rival.treatment]}"
    code, why = _why_ahead(case, chosen, rival)
    return Reason(code, f"{sums}{why}{_tried_before(case, others, chosen)}")


def _why_ahead(case: Case, chosen: Option, rival: Option) -> tuple[str, str]:
    """Why the chosen one goes before its best rival: the code, and what follows the sums."""
    if rival.expected <= chosen.expected:
        return "expected_value", f".{_turning_point(case, chosen, rival)}"
    near = rival.expected * NEAR_TIE <= chosen.expected * 100
    if rival.firmness > chosen.firmness:
        if near:
            return "near_tie", "; within 3% the gentler step is taken."
        return "harder_letter_pays_less", "; a firmer letter is not sent because it costs less to handle."
    if near:
        return "near_tie", "; the difference is too small to decide."
    if rival.kept * NEAR_TIE <= chosen.kept * 100:
        return "near_tie", "; what it costs to handle does not decide."
    return "expected_value", "."


def _tried_before(case: Case, others: Sequence[Option], chosen: Option) -> str:
    """That what would bring more was tried already; nothing where nothing would."""
    more = [one for one in others if one.treatment in case.tried and one.expected > chosen.expected]
    if not more or chosen.treatment in case.tried:
        return ""
    best = max(more, key=lambda option: option.expected)
    expected = said(best.expected, case.facts.currency)
    return f" {NAMES[best.treatment].capitalize()}, expected {expected}, was tried already."


def _turning_point(case: Case, chosen: Option, rival: Option) -> str:
    needed = recovery_needed(case, chosen, rival)
    if needed is None:
        return ""
    return f" Would change if {NAMES[chosen.treatment]} recovered less than {needed:.0%}."


def recovery_needed(case: Case, chosen: Option, rival: Option) -> float | None:
    """The share the chosen one must recover to stay ahead; none where the sums do not put it ahead."""
    if chosen.expected < rival.expected:
        return None
    money = case.asked * discounted(BASIS, chosen.days) / discounted(BASIS, 0)
    if chosen.treatment == "fee_waiver":
        money -= case.facts.fees_minor  # what is waived is only lost where the rest is paid
    goodwill = chosen.churn * case.value / BASIS
    needed = round((rival.expected + chosen.cost + goodwill) / money, 2) if money > 0 else 0
    return needed if needed > 0 else None


def value_needed(case: Case, chosen: Option, rival: Option) -> int | None:
    """What the relationship would have to be worth for both to come out equal, in minor units."""
    steeper = chosen.churn - rival.churn
    if steeper == 0 or case.known_value is None:
        return None
    value = case.value + round((chosen.expected - rival.expected) * BASIS / steeper)
    return value if value > 0 else None


def break_evens(case: Case, options: dict[str, Option], chosen: Option) -> list[dict[str, object]]:
    """For each other allowed option: the recovery below which the chosen one would no longer win, and the value at
    which a letter and a soft treatment change places."""
    found: list[dict[str, object]] = []
    for rival in options.values():
        needed = recovery_needed(case, chosen, rival) if rival.allowed and rival is not chosen else None
        if needed is None:
            continue
        line: dict[str, object] = {"against": rival.treatment, "needs_recovery_at_least": needed}
        value = value_needed(case, chosen, rival)
        if value is None or (chosen.firmness > 2) == (rival.firmness > 2):
            value = None
        else:
            line["value"] = value
        line["text"] = _break_even(case, chosen, rival, needed, value)
        found.append(line)
    return found


def _break_even(case: Case, chosen: Option, rival: Option, needed: float, value: int | None) -> str:
    """In words: "The payment plan wins against a formal notice as long as at least 66% of it is paid"."""
    wins = f"{THE[chosen.treatment]} wins against {NAMES[rival.treatment]}"
    wins = f"{wins} as long as at least {needed:.0%} of it is paid"
    if value is None:
        return f"{wins}."
    more = "less" if chosen.firmness > rival.firmness else "more"
    return f"{wins}, and as long as the customer is worth {more} than {said(value, case.facts.currency)} a year."


def waiting(case: Case, notes: dict[str, str]) -> Reason:
    """Why nothing is due though something is owed."""
    sent = {step.document for step in case.facts.steps_sent}
    if case.due is not None and case.due.document:
        return Reason("legal_wait", "Handing over waits until the last day of a formal notice has passed.")
    if case.due is not None:
        return Reason("waiting", "The ladder asks for nothing today.")
    if "hand_over" in sent:
        return Reason("handed_over", "The debt was handed over; nothing more is sent from here.")
    following = next((one for one in notes if "already sent" not in notes[one]), None)
    if following is None:
        return Reason("waiting", "Every letter was sent; the next step is a person's.")
    return Reason("waiting", f"{NAMES[following].capitalize()} comes next; {notes[following]}.")


def why_first(document: str) -> Reason:
    """The gentlest letters need no sums."""
    if document == "courtesy":
        return Reason("courtesy", "A friendly note before anything is asked.")
    return Reason("first_reminder", "Nothing was sent yet; a friendly reminder comes first.")
