"""A ladder told in sentences, for people who do not read YAML."""

from __future__ import annotations

from kulant.core.money import decimal_string
from kulant.treatment.ladder import AppliesTo, Policy, Step, ToneCeiling
from kulant.treatment.words import treatment_words

_CHANNELS = {
    "email": "by e-mail (as a letter where there is no address)",
    "letter": "as a letter",
    "call": "by telephone",
    "task": "as a task for a person",
}
# How the decision treats consumers, as GDPR art. 22 asks; said beside the ladders.
CONSUMERS = (
    "Consumers: nothing firmer than a reminder leaves without a person having decided it, whatever a step says about "
    "approval. What a consumer is worth to us, and their grade, do not decide about them. Every step says why, "
    "a person can always choose another, and the customer can object through the link in every letter."
)
_APPROVALS = {"auto": "without asking", "ask": "after somebody approved it"}


def ladder_sentences(policy: Policy) -> list[str]:
    """What the ladder does, one sentence a rule, in the order things happen."""
    sentences = [_for_whom(policy.applies_to)]
    sentences += [_step(step, n == 0) for n, step in enumerate(policy.steps)]
    if policy.interest == "statutory":
        sentences.append("Letters about a late debt ask for late interest by law, from the due date to their day.")
    if policy.relationship:
        sentences.append("Where the relationship says so, a call or a payment plan takes the place of a firmer letter.")
    sentences += _limits(policy)
    return sentences


def why_this_ladder(policy: Policy) -> str:
    """Why a ladder is the customer's: whom it is for."""
    whom = _for_whom(policy.applies_to)
    return f"{whom} Where several ladders fit a customer, the one with the most conditions is theirs."


def _for_whom(applies_to: AppliesTo) -> str:
    given = applies_to.model_dump(exclude_none=True)
    if not given:
        return "For every customer without a ladder of their own."
    return "For " + "; ".join(f"{what} {', '.join(names)}" for what, names in given.items()) + "."


def _step(step: Step, is_first: bool) -> str:
    name = treatment_words(step.document).capitalize()
    if step.approval == "off":
        return f"{name}: switched off; its days still count."
    from_due = step.after.origin == "due_date"
    day = _day(step.after.days, "the due date" if from_due else "the day the step before was sent")
    if step.after.month_end:
        day = f"{day}, moved to the end of that month"
    costs = _costs(step.fee)
    held = "" if is_first or not from_due else ", once the step before was sent"
    smallest = f", from {_amounts(step.minimum_amount)}" if step.minimum_amount else ""
    return f"{name}: {day}{held}{smallest}, {_CHANNELS[step.channel]}, {_APPROVALS[step.approval]}{costs}."


def _costs(fee: str) -> str:
    if fee == "none":
        return ""
    if fee == "statutory":
        return "; it costs what the law allows"
    return f"; it costs {fee}, or less where the law says so"


def _day(days: int, base: str) -> str:
    if not days:
        return f"on {base}"
    return f"{abs(days)} days {'after' if days > 0 else 'before'} {base}"


def _limits(policy: Policy) -> list[str]:
    found = []
    if policy.minimum_balance:
        found.append(f"Nothing is asked below {_amounts(policy.minimum_balance)}.")
    found.append(f"At least {policy.minimum_days_between} days between two letters, and one step at a time.")
    contact = policy.contact
    if contact and contact.hours:
        opens, closes = contact.hours
        found.append(f"E-mail only between {opens:%H:%M} and {closes:%H:%M} where the customer is.")
    quiet = [day for day, kept in (("weekends", contact and contact.weekdays_only),
                                   ("public holidays", contact and contact.holidays)) if kept]  # fmt: skip
    if quiet:
        found.append(f"No e-mail on {' and '.join(quiet)} where the customer is.")
    if contact and contact.max_contacts:
        cap = contact.max_contacts
        found.append(f"At most {cap.count} contacts in {cap.days} days, whatever the channel; formal notices excepted.")
    found += _ceilings(policy.tone_ceiling)
    if policy.bank_data_max_age_days is not None:
        found.append(f"Sending waits while the newest bank data is older than {policy.bank_data_max_age_days} days.")
    return found


def _ceilings(ceiling: ToneCeiling | None) -> list[str]:
    given = ceiling or ToneCeiling()
    whose = [(f"Segment {name}", tone) for name, tone in given.segments.items()]
    whose += [(f"Grade {grade}", tone) for grade, tone in given.grades.items()]
    whose += [(f"Phase {phase}", tone) for phase, tone in given.phases.items()]
    return [
        f"{who}: no letter firmer than the {treatment_words(tone)}; a person decides instead." for who, tone in whose
    ]


def _amounts(minimums: dict[str, int]) -> str:
    return " / ".join(f"{decimal_string(minor, currency)} {currency}" for currency, minor in minimums.items())
